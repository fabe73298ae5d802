"""Each role needs each action of its statements: without the action in the deployed role, a case fails that
passes with it, and the system names the missing permission."""

from typing import NamedTuple

import pytest

from heard import Heard, alarm, dead_letter, execution, log, mail
from least_privilege import deployed, permissions, without
from packaging import ROOT
from policies import trusting
from stories import (
    activated,
    back,
    contained,
    exempt_from_new_keys,
    kept,
    looked_at,
    looked_up,
    quarantined,
    swept,
    written_back,
    written_back_in_ocsf,
)

PARAMETERS = {
    "DeactivateQuarantinedUsers": "true",
    "DeactivateNewKeys": "true",
    "DenySessions": "ENABLED",
    "ActivateFunction": "ENABLED",
    "ConfigEvents": "ENABLED",
    "TrustedAdvisorRotationEvents": "ENABLED",
    "SweepMode": "enforce",
    "ExemptPaths": "/ci/",
    "ExemptGroups": "robots",
    "ChatTopicArn": "arn:aws:sns:us-east-1:{account}:chat",
    "SecurityHubWriteBack": "notify",
    "SecurityHubOcsfWriteBack": "notify",
    "KmsKeyArn": "arn:aws:kms:us-east-1:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}


class Need(NamedTuple):
    story: callable  # which fails without the action
    said: callable  # where the system then says what is missing: see heard.py


UNDELIVERED = "DestinationAlarm", "DestinationDeliveryFailures"
RESPONSE_UNTOLD, SWEEP_UNTOLD, ACTIVATION_UNTOLD = (
    alarm(*UNDELIVERED, function)
    for function in ("RespondFunction", "SweepFunction", "ActivateKeyFunction")
)
SWEEP_LOST = alarm("SweepOverdueAlarm", "AccountSweepCompleted", "SweepFunction")

NEEDED_FOR = {
    ("RespondRole", "DeactivateAccessKeys", "iam:GetAccessKeyLastUsed"): Need(looked_up, mail),
    ("RespondRole", "DeactivateAccessKeys", "iam:ListAccessKeys"): Need(quarantined, mail),
    ("RespondRole", "DeactivateAccessKeys", "iam:UpdateAccessKey"): Need(looked_up, mail),
    ("RespondRole", "ReadPaths", "iam:GetUser"): Need(exempt_from_new_keys, mail),
    ("RespondRole", "DenySessions", "iam:AttachUserPolicy"): Need(contained, mail),
    ("RespondRole", "DeliverResults", "events:PutEvents"): Need(contained, RESPONSE_UNTOLD),
    ("SweepRole", "ListUsers", "iam:GenerateCredentialReport"): Need(swept, log),
    ("SweepRole", "ListUsers", "iam:GetCredentialReport"): Need(swept, log),
    ("SweepRole", "ListUsers", "iam:ListUsers"): Need(looked_at, mail),
    ("SweepRole", "ReadUsers", "iam:GetAccessKeyLastUsed"): Need(swept, mail),
    ("SweepRole", "ReadUsers", "iam:GetUser"): Need(looked_at, mail),
    ("SweepRole", "ReadUsers", "iam:ListAccessKeys"): Need(swept, mail),
    ("SweepRole", "ReadUsers", "iam:ListGroupsForUser"): Need(swept, mail),
    ("SweepRole", "ReadUsers", "iam:ListUserTags"): Need(swept, mail),
    ("SweepRole", "DeactivateAccessKeys", "iam:UpdateAccessKey"): Need(swept, mail),
    ("SweepRole", "GiveNotice", "iam:TagUser"): Need(swept, mail),
    ("SweepRole", "RemoveObsoleteTags", "iam:UntagUser"): Need(swept, log),
    ("SweepRole", "DeliverResults", "events:PutEvents"): Need(swept, SWEEP_UNTOLD),
    **{
        ("ActivateRole", "ActivateAccessKeys", f"iam:{action}"): Need(activated, mail)
        for action in ("GetAccessKeyLastUsed", "ListAccessKeys", "ListUserTags", "UpdateAccessKey")
    },
    ("ActivateRole", "WriteNote", "iam:TagUser"): Need(activated, mail),
    ("ActivateRole", "RemoveMark", "iam:UntagUser"): Need(activated, mail),
    ("ActivateRole", "AllowSessions", "iam:DetachUserPolicy"): Need(activated, mail),
    ("ActivateRole", "DeliverResults", "events:PutEvents"): Need(activated, ACTIVATION_UNTOLD),
    ("NotifyStartRole", "StartNotification", "states:StartExecution"): Need(back, dead_letter),
    ("NotifyStartRole", "StartWriteBack", "states:StartExecution"): Need(written_back, dead_letter),
    ("NotifyStartRole", "StartOcsfWriteBack", "states:StartExecution"): Need(
        written_back_in_ocsf, dead_letter
    ),
    ("NotifyRole", "Publish", "sns:Publish"): Need(back, execution),
    ("NotifyRole", "PublishToChat", "sns:Publish"): Need(back, execution),
    ("NotifyRole", "ReadTags", "iam:ListUserTags"): Need(back, execution),
    ("NotifyRole", "AddTags", "iam:TagUser"): Need(swept, execution),
    ("NotifyRole", "FindOwners", "iam:GetAccessKeyLastUsed"): Need(back, execution),
    ("NotifyRole", "RemoveTags", "iam:UntagUser"): Need(back, execution),
    ("WriteBackRole", "WriteBack", "securityhub:BatchUpdateFindings"): Need(written_back, execution),
    ("ScheduledSweepRole", "InvokeFunction", "lambda:InvokeFunction"): Need(swept, dead_letter),
    ("ScheduledSweepRole", "KeepWhatFailed", "sqs:SendMessage"): Need(kept, SWEEP_LOST),
}
# Services that act with a role which they must be trusted to assume.
TRUSTED_FOR = {
    "NotifyStartRole": Need(back, dead_letter),
    "NotifyRole": Need(back, execution),
    "WriteBackRole": Need(written_back, execution),
    "ScheduledSweepRole": Need(swept, dead_letter),
}
# What nothing here can test, and why: docs/testing.md says so as well.
UNTESTED = {
    ("RespondRole", "WriteOwnLog"): "the emulator writes the logs itself",
    ("SweepRole", "WriteOwnLog"): "the emulator writes the logs itself",
    ("ActivateRole", "WriteOwnLog"): "the emulator writes the logs itself",
    ("NotifyRole", "PublishEncrypted"): "nothing is encrypted",
    ("ScheduledSweepRole", "EncryptWhatFailed"): "nothing is encrypted",
}


def test_every_permission_is_tested_or_said_not_to_be():
    tested = [found for found in permissions() if found[:2] not in UNTESTED]
    assert sorted(tested) == sorted(NEEDED_FOR)

    documented = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    for role, statement in UNTESTED:
        assert f"`{role}` `{statement}`" in documented


def test_deployed_roles_have_the_templates_permissions_and_no_more(stack):
    assert sorted(deployed(stack)) == sorted(permissions())


STORIES = sorted({need.story for need in NEEDED_FOR.values()}, key=str)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_story_passes_with_the_roles_as_they_are(story, stack, chat):
    heard, since = Heard(stack), len(stack.account.control("refusals"))

    story(stack, chat)

    refusals = stack.account.control("refusals", since=since)
    # The story that asks for a dead letter has the invocation refused.
    assert [text for text in refusals if "lambda:InvokeFunction" not in text] == []
    assert heard.failures() == []


@pytest.fixture
def heard(stack):
    yield Heard(stack)
    stack.account.client("sqs").purge_queue(QueueUrl=stack.outputs["FailureQueueUrl"])


@pytest.mark.parametrize("permission", NEEDED_FOR, ids="-".join)
def test_needed(permission, stack, chat, heard):
    need, (role, _, action) = NEEDED_FOR[permission], permission

    with without(stack, *permission):
        check_fails(need, stack, chat, heard, stack.resources()[role], action)


@pytest.mark.parametrize("role", TRUSTED_FOR)
def test_needs_to_be_trusted(role, stack, chat, heard):
    need, name = TRUSTED_FOR[role], stack.resources()[role]

    with trusting(stack, role, "Deny", "*"):
        check_fails(need, stack, chat, heard, name, "sts:AssumeRole")


def check_fails(need, stack, chat, heard, role, action):
    since = len(stack.account.control("refusals"))

    with pytest.raises(AssertionError):
        need.story(stack, chat)

    refusals = stack.account.control("refusals", since=since)
    assert [text for text in refusals if role in text and action in text]
    assert need.said(heard, action)
