"""What the stack's roles may not do: resources and conditions of their statements, as deployed."""

import pytest

from worlds import World

PARAMETERS = {"SweepMode": "enforce", "SecurityHubWriteBack": "notify"}
NOTICE, MARK = "key-deactivator:notice:x", "key-deactivator:deactivated:x"


@pytest.fixture(scope="module")
def may(stack):
    """Whether a role may do something to a user of the account, or to what is named."""
    arns = {"user": f"arn:aws:iam::{stack.account.number}:user/path/{World(stack).user}"}

    def ask(role, action, resource="user", tags=()):
        arn = f"arn:aws:iam::{stack.account.number}:role/{stack.resources()[role]}"
        keys = {"aws:TagKeys": list(tags)} if tags else {}
        resource = arns.get(resource, resource)
        return stack.account.control("may", role=arn, action=action, resource=resource, keys=keys)

    return ask


FUNCTIONS = ("RespondRole", "SweepRole")


@pytest.mark.parametrize("role", FUNCTIONS)
def test_functions_deactivate_and_never_delete(role, may):
    assert may(role, "iam:UpdateAccessKey")
    for action in (
        "iam:DeleteAccessKey",
        "iam:CreateAccessKey",
        "iam:DeleteUser",
        "iam:PutUserPolicy",
    ):
        assert not may(role, action)
    assert not may(role, "iam:UpdateAccessKey", "arn:aws:iam::210987654321:user/Bob")


@pytest.mark.parametrize("role", FUNCTIONS)
def test_functions_put_events_on_their_bus_only(role, may, stack):
    assert may(role, "events:PutEvents", stack.outputs["ResultsBusArn"])
    assert not may(
        role, "events:PutEvents", stack.outputs["ResultsBusArn"].replace("iam-key", "other")
    )
    assert not may(role, "sns:Publish", stack.outputs["NotificationTopicArn"])


@pytest.mark.parametrize(
    ("role", "action", "own", "others"),
    [
        ("SweepRole", "iam:TagUser", [NOTICE], MARK),
        ("SweepRole", "iam:UntagUser", [NOTICE, MARK], "key-deactivator:exempt-until"),
        ("NotifyRole", "iam:TagUser", [MARK], NOTICE),
        ("NotifyRole", "iam:UntagUser", [MARK], "key-deactivator:exempt-until"),
    ],
)
def test_only_own_tags(role, action, own, others, may):
    assert may(role, action, tags=own)
    assert not may(role, action, tags=[others])
    assert not may(role, action, tags=[*own, others])
    assert not may(role, action)  # ForAllValues holds for none at all


@pytest.mark.parametrize(
    ("role", "action", "output", "other"),
    [
        ("NotifyRole", "sns:Publish", "NotificationTopicArn", "-of-somebody"),
        ("NotifyStartRole", "states:StartExecution", "NotifyStateMachineArn", "-of-somebody"),
        ("ScheduledSweepRole", "lambda:InvokeFunction", "SweepFunctionArn", "-of-somebody"),
        ("ScheduledSweepRole", "sqs:SendMessage", "FailureQueueArn", "-of-somebody"),
    ],
)
def test_only_what_is_the_stacks(role, action, output, other, may, stack):
    assert may(role, action, stack.outputs[output])
    assert not may(role, action, stack.outputs[output] + other)


def test_scheduler_may_not_invoke_the_other_function(may, stack):
    assert not may(
        "ScheduledSweepRole", "lambda:InvokeFunction", stack.outputs["RespondFunctionArn"]
    )
