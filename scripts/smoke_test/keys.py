"""The checks on keys that are deactivated, new, or deleted."""

import json
import time
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from .clean import delete_user
from .place import CONFIG, NotAsked, code_of, mailbox, now

ROOT = Path(__file__).resolve().parents[2]
DENIED = " is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key "


def statuses(report):
    return ", ".join(outcome["status"] for outcome in report["outcomes"]) or "no outcome"


def call(key, user=None):
    named = {"userName": user} if user else {}
    return {"action": "deactivate", "accessKeyId": key, "reason": "make smoke", **named}


def mails_arrive(place, limit):
    box, user = mailbox(place.mails), place.user("told")
    place.send(call(place.known_key(user), user))
    return bool(place.wait(lambda: box.about(user), limit)), ""


def finding(place, user, key):
    """GuardDuty's, about this key."""
    event = json.loads((ROOT / "events/guardduty-compromised-credentials.json").read_text(encoding="utf-8"))
    event["account"] = event["detail"]["accountId"] = place.account
    # The stack measures the time from here.
    event["time"] = event["detail"]["createdAt"] = event["detail"]["updatedAt"] = now()
    event["detail"]["id"] = place.name.encode().hex()[-32:]
    event["detail"]["title"] = event["detail"]["description"] = f"A test: {place.name}"
    event["detail"]["resource"]["accessKeyDetails"] |= {
        "accessKeyId": key,
        "userName": user,
        "principalId": place.user_id(user),
    }
    return event


def from_finding(place, limit, check, deliver):
    """The finding's key is deactivated, and the user's other key is not."""
    place.must_act()
    user = place.user(check)
    key, other = place.known_key(user), place.known_key(user)
    deliver(finding(place, user, key))
    if not place.wait(lambda: place.status(user, key) == "Inactive", limit):
        return False, "the key is still Active"
    status = place.status(user, other)
    return status == "Active", f"the user's other key is {status}"


def finding_invoked(place, limit):
    return from_finding(place, limit, "invoked", place.send)


def finding_published(place, limit):
    if not (topic := place.settings.get("TriggerTopicArn")):
        raise NotAsked("TriggerTopicArn is empty: set a topic")

    def publish(event):
        place.sns.publish(TopicArn=topic, Subject=place.name, Message=json.dumps(event))

    return from_finding(place, limit, "published", publish)


def new_key(place, limit):
    """Asked at once, without waiting until IAM's readers know the key; another one says how long that takes."""
    place.must_act()
    user, began = place.user("new-key"), time.monotonic()
    place.known_key(user)
    lag = time.monotonic() - began
    report = place.ask(call(place.key(user)["AccessKeyId"], user))
    return statuses(report) == "Deactivated", f"{statuses(report)}; IAM's readers knew a key after {lag:.0f} s"


def key_stops(place, limit):
    """The secret stays in this function."""
    user = place.user("stops")
    key = place.key(user)
    sts = boto3.client(
        "sts",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=CONFIG,
    )

    def works():
        try:
            return bool(sts.get_caller_identity())
        except ClientError as error:
            if code_of(error) != "InvalidClientTokenId":
                raise
            return False

    if not place.wait(works, limit):
        return False, "a new key never works"
    place.iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    began = time.monotonic()
    stopped = place.wait(lambda: not works(), limit)
    return bool(stopped), f"refused after {time.monotonic() - began:.0f} s" if stopped else "still works"


# ── A key that is deleted ───────────────────────────────────────────────────────────────────────────


def deleted_key(place, limit, check, user_too):
    user = place.user(check)
    key = place.known_key(user)
    place.iam.delete_access_key(UserName=user, AccessKeyId=key)
    if user_too:
        delete_user(place, user)
    # IAM's readers may know the key for a while.
    place.wait(lambda: not place.owner(key), limit)
    return user, key


def deleted(check, named, user_too):
    def run(place, limit):
        place.must_act()
        user, key = deleted_key(place, limit, check, user_too)
        report = place.ask(call(key, user if named else None))
        reasons = " ".join(outcome.get("reason") or "" for outcome in report["outcomes"])
        return statuses(report) == "NotFound", f"{statuses(report)}: {reasons}"

    return run


def denial_text(place, limit):
    _, key = deleted_key(place, limit, "denial-text", user_too=False)
    try:
        place.iam.get_access_key_last_used(AccessKeyId=key)
    except ClientError as error:
        text = error.response["Error"]["Message"]
        return code_of(error) == "AccessDenied" and text.endswith(DENIED + key), f"{code_of(error)}: {text}"
    return False, "IAM still knows the key"


def denial_name(place, limit):
    """The state machine looks up whose the key is: it ends well only if it knows the denial."""
    if place.settings.get("KeyReactivatedEvents") == "DISABLED":
        raise NotAsked("KeyReactivatedEvents is DISABLED: set ENABLED")
    _, key = deleted_key(place, limit, "denial-name", user_too=False)
    record = {"requestParameters": {"accessKeyId": key, "status": "Active"}, "userIdentity": {}, "eventTime": ""}
    status, failed = place.execute(place.outputs["NotifyStateMachineArn"], record, limit)
    seen = "; ".join(f"{one.get('error')}: {one.get('cause')}" for one in failed)
    return status == "SUCCEEDED" and bool(failed), f"{status}; {seen or 'no task failed'}"
