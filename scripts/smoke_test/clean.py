"""Removes what `make smoke` created, in this run or in an earlier one that was killed.

Finds it by its prefix. What this run remembers is removed as well: lists lag behind.
"""

import time
from contextlib import contextmanager

from botocore.exceptions import ClientError

from . import hub
from .place import ERRORS, PATH, PREFIX, code_of


PAUSES = (1, 2, 4, 8)  # seconds


def users(place):
    pages = place.iam.get_paginator("list_users").paginate(PathPrefix=PATH)
    found = {user["UserName"] for page in pages for user in page["Users"]}
    return {name for name in found | set(place.users) if name.startswith(PREFIX)}


def remove_user(place, name):
    try:
        for key in place.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            place.iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for policy in place.iam.list_user_policies(UserName=name)["PolicyNames"]:
            place.iam.delete_user_policy(UserName=name, PolicyName=policy)
        for policy in place.iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
            place.iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
        delete_user(place, name)
    except place.iam.exceptions.NoSuchEntityException:
        pass


def delete_user(place, name):
    """IAM may still see a key that was just deleted."""
    for pause in PAUSES:
        try:
            return place.iam.delete_user(UserName=name)
        except place.iam.exceptions.DeleteConflictException:
            time.sleep(pause)
    return place.iam.delete_user(UserName=name)


def queues(place):
    pages = place.sqs.get_paginator("list_queues").paginate(QueueNamePrefix=PREFIX)
    return {url for page in pages for url in page.get("QueueUrls", [])} | set(place.queues)


def remove_queue(place, url):
    try:
        place.sqs.delete_queue(QueueUrl=url)
    except ClientError as error:
        if "NonExistentQueue" not in code_of(error) and "QueueDoesNotExist" not in code_of(error):
            raise


def buckets(place):
    found = {bucket["Name"] for bucket in place.s3.list_buckets()["Buckets"]}
    return {name for name in found | set(place.buckets) if name.startswith(PREFIX)}


def remove_bucket(place, name):
    try:
        place.s3.delete_object(Bucket=name, Key="object")
        place.s3.delete_bucket(Bucket=name)
    except place.s3.exceptions.NoSuchBucket:
        pass


def subscriptions(place):
    for page in place.sns.get_paginator("list_subscriptions").paginate():
        for found in page["Subscriptions"]:
            if found["Endpoint"].rpartition(":")[2].startswith(PREFIX):
                yield found["SubscriptionArn"]


def remove_subscription(place, arn):
    place.sns.unsubscribe(SubscriptionArn=arn)


def alarms(place):
    pages = place.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=PREFIX)
    return [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]


def remove_alarm(place, name):
    place.cloudwatch.delete_alarms(AlarmNames=[name])


def messages(place):
    return {message["MessageId"] for message in place.failures() if PREFIX in message["Body"]}


def remove_message(place, identifier):
    place.failures(delete=lambda message: message["MessageId"] == identifier)


def findings(place):
    """A finding cannot be deleted; one that is archived disappears by itself."""
    kept = {"GeneratorId": [{"Value": PREFIX, "Comparison": "PREFIX"}]}
    active = {"RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}]}
    try:
        pages = place.securityhub.get_paginator("get_findings").paginate(Filters=kept | active)
        listed = [finding for page in pages for finding in page["Findings"]]
    except ERRORS:
        listed = []  # Security Hub is not on, or not ours to ask: then no finding was imported
    known = {finding["Id"] for finding in listed}
    return listed + [finding for finding in place.findings if finding["Id"] not in known]


def remove_finding(place, finding):
    place.securityhub.batch_import_findings(Findings=[hub.archived(finding)])


# What people call it; who finds it; who removes one.
KINDS = [
    ("subscription", subscriptions, remove_subscription),
    ("queue", queues, remove_queue),
    ("bucket", buckets, remove_bucket),
    ("alarm", alarms, remove_alarm),
    ("user", users, remove_user),
    ("message in the failure queue", messages, remove_message),
    ("finding", findings, remove_finding),
]


def left(place):
    """How many of each kind there are."""
    return {kind: count for kind, find, _ in KINDS if (count := len(list(find(place))))}


def remove(place):
    """Removes everything; returns what could not be removed."""
    failed = []
    for kind, find, remove_one in KINDS:
        with noting(failed, kind):
            for found in list(find(place)):
                with noting(failed, kind):
                    remove_one(place, found)
    return failed


@contextmanager
def noting(failed, kind):
    """What cannot be removed does not keep the rest."""
    try:
        yield
    except ERRORS as error:
        failed.append(f"{kind}: {code_of(error)}")
