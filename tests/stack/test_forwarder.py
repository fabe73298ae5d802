"""regional-forwarder.yaml: events in us-east-1 arrive in the main Region, and are handled there."""

import json

import pytest

from aws import REGION
from conftest import given
from deployment import Stack, deploy
from least_privilege import without
from test_sources import CASES, PARAMETERS, bus, check, name
from worlds import World, with_mailbox

MAIN = "eu-central-1"
# AWS Config and IAM Access Analyzer report where people have them: they are not forwarded.
FORWARDED = [
    case
    for case in CASES
    if case.by is bus and not case.event.startswith(("config-", "accessanalyzer-"))
]


@pytest.fixture(scope="module")
def stack(new_account):
    account = new_account(region=MAIN)
    parameters = {
        text: value.replace(f"sns:{REGION}", f"sns:{MAIN}") for text, value in PARAMETERS.items()
    }
    return with_mailbox(deploy(account, given(account, parameters)))


@pytest.fixture(scope="module")
def elsewhere(stack):
    """The account's other Region, with a forwarder."""
    found = stack.account.aws.account(stack.account.number, REGION)
    deploy(found, {"MainRegion": MAIN}, "regional-forwarder.yaml", f"{stack.name}-forwarder")
    return found


@pytest.fixture(scope="module")
def walked(stack, elsewhere):
    worlds = {}
    for case in FORWARDED:
        world = worlds[name(case)] = World(stack)
        world.days_pass(case.days)
        elsewhere.control("put_event", event=world.event(case.event))
    world.settle()
    return worlds


@pytest.mark.parametrize("case", FORWARDED, ids=name)
def test_forwarded(case, walked):
    world = walked[name(case)]
    said = {world.key: case.key, world.sibling: case.sibling}
    # Security Hub is told of its own Region's findings only.
    check(world, {key: status for key, status in said.items() if status}, told=None)


def test_what_was_forwarded_once_is_not_forwarded_again(stack, elsewhere):
    world = World(stack)
    event = world.event("guardduty-compromised-credentials") | {"region": MAIN}
    elsewhere.control("put_event", event=event)
    world.settle()
    assert world.inactive() == []


def test_nothing_was_refused(walked, stack, elsewhere):
    assert stack.account.control("refusals") == []


def test_what_cannot_be_forwarded_is_kept(stack, elsewhere):
    world, forwarder = World(stack), Stack(elsewhere, f"{stack.name}-forwarder")
    with without(forwarder, "ForwardRole", "PutOnMainBus", "events:PutEvents"):
        elsewhere.control("put_event", event=world.event("guardduty-compromised-credentials"))

    queue = forwarder.resources()["UndeliveredQueue"]
    (message,) = elsewhere.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"]) == world.event("guardduty-compromised-credentials")
    world.settle()
    assert world.inactive() == []
