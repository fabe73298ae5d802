"""The same with a look before and after, as this project's function does it: three calls."""

import boto3

iam = boto3.client("iam")


def status(user, key_id):
    keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    return next(key["Status"] for key in keys if key["AccessKeyId"] == key_id)


def handler(event, context):
    key = event["detail"]["resource"]["accessKeyDetails"]
    user, key_id = key["userName"], key["accessKeyId"]
    before = status(user, key_id)
    iam.update_access_key(UserName=user, AccessKeyId=key_id, Status="Inactive")
    verified = status(user, key_id) == "Inactive"
    return {"accessKeyId": key_id, "before": before, "verified": verified}
