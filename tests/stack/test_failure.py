"""What fails: three attempts, the failure queue, a mail; and `make replay`, when the cause is mended."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
from packaging import ROOT
from worlds import World

FINDING = "guardduty-compromised-credentials"


@contextmanager
def iam_denies(stack):
    """The function's role may not deactivate."""
    iam, role = stack.account.client("iam"), stack.resources()["RespondRole"]
    statement = {"Effect": "Deny", "Action": "iam:UpdateAccessKey", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName="denied", PolicyDocument=policy)
    yield
    iam.delete_role_policy(RoleName=role, PolicyName="denied")


@contextmanager
def rule_may_not_invoke(stack):
    """Somebody has taken the permission away that the rule has on the function."""
    client, function = stack.account.client("lambda"), stack.outputs["RespondFunctionName"]
    rule = stack.resources()["GuardDutyRule"]
    policy = json.loads(client.get_policy(FunctionName=function)["Policy"])
    (statement,) = [
        found for found in policy["Statement"] if rule in json.dumps(found["Condition"])
    ]
    client.remove_permission(FunctionName=function, StatementId=statement["Sid"])
    yield
    source = next(iter(statement["Condition"]["ArnLike"].values()))
    client.add_permission(
        FunctionName=function, StatementId=statement["Sid"], Action=statement["Action"],
        Principal=statement["Principal"]["Service"], SourceArn=source,
    )  # fmt: skip


@contextmanager
def no_concurrency(stack):
    """The function is stopped, as people do in an emergency."""
    client, function = stack.account.client("lambda"), stack.outputs["RespondFunctionName"]
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    yield
    client.delete_function_concurrency(FunctionName=function)


CAUSES = (iam_denies, rule_may_not_invoke, no_concurrency)


@pytest.fixture(scope="module")
def failed(stack):
    """A world for each cause: its event came, and the cause is mended."""
    worlds = {}
    for cause in CAUSES:
        world = worlds[cause] = World(stack)
        with cause(stack):
            world.put(world.event(FINDING))
        world.at_first = world.keys(), world.mails(), kept(world)
    return worlds


def kept(world):
    """The messages in the failure queue about this world."""
    return [message for message in world.stack.failures() if world.key in message["Body"]]


@pytest.fixture(scope="module")
def replayed(failed, stack):
    """What `make replay` said."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": stack.account.aws.url,
        "AWS_ACCESS_KEY_ID": stack.account.number,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": stack.account.region,
    }
    command = [sys.executable, ROOT / "scripts" / "replay", stack.name, "--yes"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    failed[iam_denies].settle()
    return done


def test_denied_by_iam(failed):
    keys, mails, messages = failed[iam_denies].at_first

    assert set(keys.values()) == {"Active"}
    (message,) = messages
    record = json.loads(message["Body"])["detail"]
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"] == failed[iam_denies].event(FINDING)
    (mail,) = mails
    assert "Failed" in mail["Message"] and "AccessDenied" in mail["Message"]

    refused = failed[iam_denies].account.control("refusals")
    assert (
        len(
            [
                text
                for text in refused
                if "iam:UpdateAccessKey" in text and failed[iam_denies].user in text
            ]
        )
        == 3
    )


def test_not_delivered_to_the_function(failed, stack):
    world = failed[rule_may_not_invoke]
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
    keys, _, messages = failed[no_concurrency].at_first

    assert set(keys.values()) == {"Active"}
    (message,) = messages
    assert (
        json.loads(message["Body"])["detail"]["requestContext"]["condition"] == "EventAgeExceeded"
    )
    assert any(
        "EventAgeExceeded" in mail["Message"]
        for mail in failed[no_concurrency].stack.mailbox.read()
    )


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_replayed(cause, failed, replayed):
    world = failed[cause]

    assert world.keys() == {world.key: "Inactive", world.sibling: "Active"}
    assert f"{world.key} of {world.user}: Deactivated" in world.mails()[-1]["Message"]
    assert kept(world) == []


def test_replay_says_what_it_sent_and_nothing_of_the_events(failed, replayed, stack):
    assert replayed.returncode == 0, replayed.stderr
    assert "Sent and deleted 3 of 3" in replayed.stdout
    assert not any(world.key in replayed.stdout for world in failed.values())
    assert stack.failures() == []
