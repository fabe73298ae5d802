"""The purpose of each statement in the policies of the queue, the topics and the results bus: a case that fails
without it. `intruder` makes clients for a user who may do nearly everything."""

import json
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

from causes import no_permission
from test_forged import forged_record
from waiting import wait_until
from worlds import World

FINDING = "guardduty-compromised-credentials"
# The functions that the topic of findings invokes.
BY_TOPIC = ("RespondFunctionName", "SweepFunctionName")


def publish(world):
    """Ends when a function has refused the message, and the queue has kept or refused it."""
    since = len(world.account.control("refusals"))
    arn = topic_arn(world.stack)
    event = world.event(FINDING)
    world.account.client("sns").publish(TopicArn=arn, Message=json.dumps(event))

    def over():
        refusals = world.account.control("refusals", since=since)
        lost = [text for text in refusals if arn in text and "sqs:SendMessage" in text]
        return world.stack.failures() or lost

    wait_until(over, "the message, kept or lost")


def topic_arn(stack):
    return f"arn:aws:sns:us-east-1:{stack.account.number}:findings"


def a_rules_event_is_kept(stack, intruder):
    world = World(stack)
    with no_permission(stack, "RespondFunctionName", stack.resources()["RespondFunctionGuardDuty"]):
        world.put(world.event(FINDING))
    assert len(stack.failures()) == 1


def a_message_is_kept(stack, intruder):
    with no_permission(stack, BY_TOPIC[0], topic_arn(stack)):
        publish(World(stack))
    assert len(stack.failures()) == 1


def alarms_notify(stack, intruder):
    alarm = f"arn:aws:cloudwatch:us-east-1:{stack.account.number}:alarm:x"
    asked = {"action": "sns:Publish", "resource": stack.outputs["AlarmTopicArn"]}
    service = "cloudwatch.amazonaws.com"
    assert stack.account.control("service_may", service=service, source=alarm, **asked)


def only_over_tls(service, call):
    def refused(stack, intruder):
        client = stack.account.client(service)
        with insecure(client), pytest.raises(ClientError, match="AccessDenied|AuthorizationError"):
            call(client, stack)

    return refused


@contextmanager
def insecure(client):
    def forwarded(request, **_):
        request.headers["X-Forwarded-Proto"] = "http"

    client.meta.events.register("before-send.*", forwarded)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.*", forwarded)


def send(sqs, stack):
    sqs.send_message(QueueUrl=stack.outputs["FailureQueueUrl"], MessageBody="x")


def tell(output):
    return lambda sns, stack: sns.publish(TopicArn=stack.outputs[output], Message="x")


def records_of_others_are_refused(stack, intruder):
    with pytest.raises(ClientError, match="explicit deny"):
        intruder("events").put_events(Entries=[forged_record(World(stack))])


# The case that fails without a statement, by the policy's name in template.yaml and the statement's.
NEEDED_FOR = {
    ("ResultsBusPolicy", "OnlyTheFunctions"): records_of_others_are_refused,
    ("FailureQueuePolicy", "RulesOfThisStack"): a_rules_event_is_kept,
    ("FailureQueuePolicy", "SubscriptionsOfThisStack"): a_message_is_kept,
    ("FailureQueuePolicy", "OnlyOverTls"): only_over_tls("sqs", send),
    ("NotificationTopicPolicy", "OnlyOverTls"): only_over_tls("sns", tell("NotificationTopicArn")),
    ("ChatTopicPolicy", "OnlyOverTls"): only_over_tls("sns", tell("ChatTopicArn")),
    ("AlarmTopicPolicy", "AlarmsOfThisAccount"): alarms_notify,
    ("AlarmTopicPolicy", "OnlyOverTls"): only_over_tls("sns", tell("AlarmTopicArn")),
}
