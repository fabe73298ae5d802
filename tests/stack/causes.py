"""Causes of unhandled events: each is a context in a deployed stack that sends the event."""

import json
from contextlib import contextmanager

from least_privilege import without
from results import denied
from waiting import wait_until

FINDING, STALE = "guardduty-compromised-credentials", "config-non-compliant-user"


def bus(world):
    world.put(world.event(FINDING))


def findings_topic(world):
    publish(world, "findings", FINDING)


def stale_topic(world):
    world.days_pass(100)
    publish(world, "findings", STALE)


def publish(world, topic, event):
    """SNS delivers asynchronously."""
    arn = f"arn:aws:sns:us-east-1:{world.account.number}:{topic}"
    world.account.client("sns").publish(TopicArn=arn, Message=json.dumps(world.event(event)))
    wait_until(lambda: kept(world), "the message in the failure queue")


def kept(world):
    """The messages in the failure queue about this world."""
    failures = world.stack.failures()
    return [m for m in failures if world.key in m["Body"] or world.user_id in m["Body"]]


def iam_denies(stack):
    """The function's role may not deactivate."""
    return denied(stack, "RespondRole", "iam:UpdateAccessKey")


@contextmanager
def no_permission(stack, function, source):
    """Somebody removed the permission of a rule or a topic to invoke the function."""
    client, function = stack.account.client("lambda"), stack.outputs[function]
    policy = json.loads(client.get_policy(FunctionName=function)["Policy"])
    (statement,) = [
        found for found in policy["Statement"] if f'{source}"' in json.dumps(found["Condition"])
    ]
    (arn,) = statement["Condition"]["ArnLike"].values()
    client.remove_permission(FunctionName=function, StatementId=statement["Sid"])
    try:
        yield
    finally:
        client.add_permission(
            FunctionName=function,
            StatementId=statement["Sid"],
            Action=statement["Action"],
            Principal=statement["Principal"]["Service"],
            SourceArn=arn,
        )


def rule_may_not_invoke(stack):
    return no_permission(stack, "RespondFunctionName", stack.resources()["RespondFunctionGuardDuty"])


def topic_may_not_invoke(stack):
    return no_permission(stack, "RespondFunctionName", ":findings")


def topic_may_not_invoke_sweep(stack):
    return no_permission(stack, "SweepFunctionName", ":findings")


@contextmanager
def nobody_can_be_told(stack):
    """The role that starts state machines lacks its permission."""
    role = "NotifyStartRole"
    with without(stack, role, "StartNotification", "states:StartExecution"):
        yield


@contextmanager
def no_concurrency(stack):
    """Somebody stopped the function in an emergency."""
    client, function = stack.account.client("lambda"), stack.outputs["RespondFunctionName"]
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        client.delete_function_concurrency(FunctionName=function)


# By what the event comes.
CAUSES = {
    iam_denies: bus,
    rule_may_not_invoke: bus,
    no_concurrency: bus,
    topic_may_not_invoke: findings_topic,
    topic_may_not_invoke_sweep: stale_topic,
    nobody_can_be_told: bus,
}
