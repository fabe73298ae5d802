"""Each action of each statement of each role is needed: taken away from the deployed role, a case that
passes with it fails, and whose permission is missing is said."""

import json

import pytest

from least_privilege import permissions, without
from packaging import ROOT
from worlds import Mailbox, World

PARAMETERS = {
    "DeactivateNewKeys": "true",
    "ConfigEvents": "ENABLED",
    "TrustedAdvisorRotationEvents": "ENABLED",
    "SweepMode": "enforce",
    "ExemptPaths": "/ci/",
    "ExemptGroups": "robots",
    "ChatTopicArn": "arn:aws:sns:us-east-1:{account}:chat",
    "SecurityHubWriteBack": "notify",
    "SecurityHubOcsfWriteBack": "notify",
}


@pytest.fixture(scope="module")
def chat(stack):
    return Mailbox(stack.account, stack.outputs["ChatTopicArn"])


def contained(stack, chat):
    """A finding, from the bus to Security Hub."""
    world = World(stack)
    world.put(world.event("securityhub-guardduty-key"))

    assert world.inactive() == [world.key]
    assert verified(stack, world.key)
    assert list(world.tags()) == [f"key-deactivator:deactivated:{world.key}"]
    assert len(world.mails()) == 1
    assert [mail for mail in chat.read() if world.key in mail["Message"]]
    assert len(world.write_backs()) == 1


def verified(stack, key):
    found = [
        line for line in stack.logged("RespondLogGroupName") if line.get("access_key_id") == key
    ]
    return found and all(line["status"] == "Deactivated" and line["verified"] for line in found)


def looked_up(stack, chat):
    """A key whose user nobody names."""
    world = World(stack)
    world.account.client("lambda").invoke(
        FunctionName=stack.outputs["RespondFunctionName"],
        InvocationType="Event",
        Payload=json.dumps({"action": "deactivate", "accessKeyId": world.key, "reason": "a test"}),
    )
    world.settle()
    assert world.inactive() == [world.key]


def exempt_from_new_keys(stack, chat):
    """A new key of a user whose path is exempt."""
    world = World(stack, path="/ci/")
    world.put(world.event("cloudtrail-create-access-key"))

    lines = [
        line for line in stack.logged("RespondLogGroupName") if line.get("user_name") == world.user
    ]
    assert [line["status"] for line in lines] == ["Exempt"]
    assert world.mails() == []


def sweep(*worlds, days=0):
    for world in worlds:
        world.days_pass(days)
    worlds[0].account.control("fire_schedules")
    worlds[0].settle()


def swept(stack, chat):
    """Notice for a key that is not used, and its deactivation, by the credential report."""
    world = World(stack)
    try:
        world.days_pass(50)
        world.renew_sibling()
        sweep(world)
        assert list(world.tags()) == [f"key-deactivator:notice:{world.key}"]
        sweep(world, days=8)
        assert world.inactive() == [world.key]
        assert list(world.tags()) == [f"key-deactivator:deactivated:{world.key}"]
        assert len(world.mails()) == 2
        assert not [
            line for line in stack.logged("SweepLogGroupName") if line.get("level") == "WARN"
        ]
    finally:
        world.remove()


def looked_at(stack, chat):
    """A user whom AWS Config names by ID, and one whom Trusted Advisor names."""
    for event in ("config-non-compliant-user", "trustedadvisor-rotation-red"):
        world = World(stack)
        try:
            world.days_pass(100)
            world.put(world.event(event))
            assert len(world.tags()) == 2
        finally:
            world.remove()


def back(stack, chat):
    """A key that was deactivated is Active again."""
    world = World(stack)
    mark = {"Key": f"key-deactivator:deactivated:{world.key}", "Value": "x"}
    world.iam.tag_user(UserName=world.user, Tags=[mark])
    event = world.event("cloudtrail-create-access-key")
    event["detail"] |= {
        "eventName": "UpdateAccessKey",
        "requestParameters": {"accessKeyId": world.key, "status": "Active"},
        "responseElements": None,
    }
    world.put(event)
    assert len(world.mails()) == 1
    assert world.tags() == {}


def kept(stack, chat):
    """A schedule that may not invoke leaves its event in the failure queue."""
    with without(stack, "ScheduledSweepRole", "InvokeFunction", "lambda:InvokeFunction"):
        stack.account.control("fire_schedules")
    messages = stack.failures()
    stack.account.client("sqs").purge_queue(QueueUrl=stack.outputs["FailureQueueUrl"])
    assert [message["Body"] for message in messages] == ['{"action":"sweep"}']


# Which story fails without which action.
NEEDED_FOR = {
    ("RespondRole", "DeactivateAccessKeys", "iam:GetAccessKeyLastUsed"): looked_up,
    ("RespondRole", "DeactivateAccessKeys", "iam:ListAccessKeys"): contained,
    ("RespondRole", "DeactivateAccessKeys", "iam:UpdateAccessKey"): looked_up,
    ("RespondRole", "ReadPaths", "iam:GetUser"): exempt_from_new_keys,
    ("RespondRole", "DeliverResults", "events:PutEvents"): contained,
    ("SweepRole", "ListUsers", "iam:GenerateCredentialReport"): swept,
    ("SweepRole", "ListUsers", "iam:GetCredentialReport"): swept,
    ("SweepRole", "ListUsers", "iam:ListUsers"): looked_at,
    ("SweepRole", "LookAtUsers", "iam:GetAccessKeyLastUsed"): swept,
    ("SweepRole", "LookAtUsers", "iam:GetUser"): looked_at,
    ("SweepRole", "LookAtUsers", "iam:ListAccessKeys"): swept,
    ("SweepRole", "LookAtUsers", "iam:ListGroupsForUser"): swept,
    ("SweepRole", "LookAtUsers", "iam:ListUserTags"): swept,
    ("SweepRole", "DeactivateAccessKeys", "iam:UpdateAccessKey"): swept,
    ("SweepRole", "GiveNotice", "iam:TagUser"): swept,
    ("SweepRole", "TakeOffSpentTags", "iam:UntagUser"): swept,
    ("SweepRole", "DeliverResults", "events:PutEvents"): swept,
    ("NotifyStartRole", "StartNotification", "states:StartExecution"): back,
    ("NotifyStartRole", "StartWriteBack", "states:StartExecution"): contained,
    ("NotifyRole", "Publish", "sns:Publish"): back,
    ("NotifyRole", "PublishToChat", "sns:Publish"): back,
    ("NotifyRole", "LookForMarks", "iam:ListUserTags"): back,
    ("NotifyRole", "MarkKeys", "iam:TagUser"): swept,
    ("NotifyRole", "FindOwners", "iam:GetAccessKeyLastUsed"): back,
    ("NotifyRole", "RemoveMarks", "iam:UntagUser"): back,
    ("WriteBackRole", "WriteBack", "securityhub:BatchUpdateFindings"): contained,
    ("ScheduledSweepRole", "InvokeFunction", "lambda:InvokeFunction"): swept,
    ("ScheduledSweepRole", "KeepWhatFailed", "sqs:SendMessage"): kept,
}
# What nothing here can test, and why: docs/testing.md says so as well.
UNTESTED = {
    ("RespondRole", "WriteOwnLog"): "the emulator writes the logs itself",
    ("SweepRole", "WriteOwnLog"): "the emulator writes the logs itself",
    ("NotifyRole", "PublishEncrypted"): "nothing is encrypted",
    ("ScheduledSweepRole", "EncryptWhatFailed"): "nothing is encrypted",
}


def test_every_permission_is_tested_or_said_not_to_be():
    tested = [found for found in permissions() if found[:2] not in UNTESTED]
    assert sorted(tested) == sorted(NEEDED_FOR)

    documented = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    for role, statement in UNTESTED:
        assert f"`{role}` `{statement}`" in documented


@pytest.mark.parametrize(
    "story", sorted(set(NEEDED_FOR.values()), key=str), ids=lambda story: story.__name__
)
def test_story_passes_with_the_roles_as_they_are(story, stack, chat):
    story(stack, chat)


@pytest.mark.parametrize("permission", NEEDED_FOR, ids="-".join)
def test_needed(permission, stack, chat):
    role, _, action = permission
    since = len(stack.account.control("refusals"))

    with without(stack, *permission), pytest.raises(AssertionError):
        NEEDED_FOR[permission](stack, chat)

    refusals = stack.account.control("refusals", since=since)
    assert [text for text in refusals if stack.resources()[role] in text and action in text]
    stack.account.client("sqs").purge_queue(QueueUrl=stack.outputs["FailureQueueUrl"])
