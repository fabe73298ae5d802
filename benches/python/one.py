"""A GuardDuty finding deactivates its key, as AWS documents it: one call."""

import boto3

iam = boto3.client("iam")


def handler(event, context):
    key = event["detail"]["resource"]["accessKeyDetails"]
    iam.update_access_key(
        UserName=key["userName"], AccessKeyId=key["accessKeyId"], Status="Inactive"
    )
    return {"accessKeyId": key["accessKeyId"], "status": "Deactivated"}
