"""Failed events: three attempts, the failure queue, a mail; then `make replay`, after the cause is fixed."""

import json
import os
import subprocess
import sys

import pytest

import causes
from causes import CAUSES, FINDING, kept
from packaging import ROOT
from worlds import World

PARAMETERS = {
    "TriggerTopicArn": "arn:aws:sns:us-east-1:{account}:findings",
    "SweepMode": "enforce",
}


@pytest.fixture(scope="module")
def failed(stack):
    """A world for each cause: its event failed, and the cause is fixed."""
    worlds = {}
    for cause, deliver in CAUSES.items():
        world = worlds[cause] = World(stack)
        with cause(stack):
            deliver(world)
        world.at_first = world.keys(), world.mails(), kept(world)
    return worlds


@pytest.fixture(scope="module")
def replayed(failed, stack):
    """The output of `make replay`."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": stack.account.aws.url,
        "AWS_ACCESS_KEY_ID": stack.account.number,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": stack.account.region,
    }
    command = [sys.executable, ROOT / "scripts" / "replay", stack.name, "--yes"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    failed[causes.iam_denies].settle()
    return done


def test_denied_by_iam(failed):
    keys, mails, messages = failed[causes.iam_denies].at_first

    assert set(keys.values()) == {"Active"}
    (message,) = messages
    record = json.loads(message["Body"])["detail"]
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"] == failed[causes.iam_denies].event(FINDING)
    (mail,) = mails
    assert "Failed" in mail["Message"] and "AccessDenied" in mail["Message"]

    refused = failed[causes.iam_denies].account.control("refusals")
    assert (
        len(
            [
                text
                for text in refused
                if "iam:UpdateAccessKey" in text and failed[causes.iam_denies].user in text
            ]
        )
        == 3
    )


def test_not_delivered_to_the_function(failed, stack):
    world = failed[causes.rule_may_not_invoke]
    keys, mails, messages = world.at_first

    assert set(keys.values()) == {"Active"} and mails == []
    (message,) = messages
    assert json.loads(message["Body"]) == world.event(FINDING)
    attributes = {
        name: value["StringValue"] for name, value in message["MessageAttributes"].items()
    }
    assert attributes["TARGET_ARN"] == stack.outputs["RespondFunctionArn"]
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"


def test_never_answered(failed):
    keys, _, messages = failed[causes.no_concurrency].at_first

    assert set(keys.values()) == {"Active"}
    (message,) = messages
    assert (
        json.loads(message["Body"])["detail"]["requestContext"]["condition"] == "EventAgeExceeded"
    )
    assert any(
        "EventAgeExceeded" in mail["Message"]
        for mail in failed[causes.no_concurrency].stack.mailbox.read()
    )


@pytest.mark.parametrize("cause", [causes.topic_may_not_invoke, causes.topic_may_not_invoke_sweep])
def test_not_delivered_from_a_topic(cause, failed):
    keys, mails, messages = failed[cause].at_first

    assert set(keys.values()) == {"Active"} and mails == []
    (message,) = messages
    assert json.loads(message["Body"])["Type"] == "Notification"


def test_contained_and_nobody_told(failed, stack):
    world = failed[causes.nobody_can_be_told]
    keys, mails, messages = world.at_first

    assert keys == {world.key: "Inactive", world.sibling: "Active"} and mails == []
    (message,) = messages
    target = message["MessageAttributes"]["TARGET_ARN"]["StringValue"]
    assert target == stack.outputs["NotifyStateMachineArn"]


HANDLED = [
    cause
    for cause, deliver in CAUSES.items()
    if deliver != causes.stale_topic and cause != causes.nobody_can_be_told
]


@pytest.mark.parametrize("cause", HANDLED, ids=lambda cause: cause.__name__)
def test_replayed(cause, failed, replayed):
    world = failed[cause]

    assert world.keys() == {world.key: "Inactive", world.sibling: "Active"}
    assert world.headline("Deactivated") in world.mails()[-1]["Message"]
    assert kept(world) == []


def test_stale_keys_are_noticed_after_replay(failed, replayed):
    world = failed[causes.topic_may_not_invoke_sweep]

    assert len([tag for tag in world.tags() if tag.startswith("key-deactivator:notice:")]) == 2
    assert world.inactive() == [] and kept(world) == []


def test_replay_says_what_it_sent_and_nothing_of_the_events(failed, replayed, stack):
    assert replayed.returncode == 0, replayed.stderr
    assert "Sent and deleted 5 of 5" in replayed.stdout
    assert "a notification that was not sent; no key depends on it" in replayed.stdout
    assert not any(world.key in replayed.stdout for world in failed.values())
    assert len(stack.failures()) == len(kept(failed[causes.nobody_can_be_told])) == 1
