"""Policies of resources, as deployed: each statement is needed, taken away a case fails; and what they are
there to refuse is refused."""

import json
from contextlib import ExitStack, contextmanager

import pytest
from botocore.exceptions import ClientError

import test_forged
import test_sources
from causes import no_permission
from policies import KINDS, of_function, source
from waiting import wait_until
from worlds import World

PARAMETERS = test_sources.PARAMETERS | {
    "ChatTopicArn": "create",
    "SweepTriggerTopicArn": "arn:aws:sns:us-east-1:{account}:stale",
}
ELSEWHERE = "210987654321"
FUNCTIONS = ("RespondFunction", "SweepFunction")
intruder = test_forged.intruder


@pytest.fixture(autouse=True)
def empty_queue(stack):
    yield
    stack.account.client("sqs").purge_queue(QueueUrl=stack.outputs["FailureQueueUrl"])


# ── Permissions to invoke the functions ──────────────────────────────────────────────────────────

EVENTS = [
    case.event
    for case in test_sources.CASES
    if case.by == test_sources.bus and (case.key or case.sibling)
]
TOPICS = {"findings": "RespondFunctionName", "stale": "SweepFunctionName"}


class Rules:
    """The default bus's rules, and which of them takes an event to functions."""

    def __init__(self, stack):
        self.events = stack.account.client("events")
        self.functions = {stack.outputs[f"{name}Arn"]: f"{name}Name" for name in FUNCTIONS}
        self.invoking = [(rule, self._invoked(rule)) for rule in self.events.list_rules()["Rules"]]

    def _invoked(self, rule):
        targets = self.events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        arns = [target["Arn"] for target in targets]
        return [self.functions[arn] for arn in arns if arn in self.functions]

    def takes(self, event):
        """The only rule that does, and the functions that it invokes, by the outputs that name them."""
        ((rule, functions),) = [
            (rule, functions)
            for rule, functions in self.invoking
            if functions and self._matches(rule, event)
        ]
        return rule["Arn"], functions

    def _matches(self, rule, event):
        if event["source"] not in json.loads(rule["EventPattern"])["source"]:
            return False  # asking would take long
        asked = {"EventPattern": rule["EventPattern"], "Event": json.dumps(event)}
        return self.events.test_event_pattern(**asked)["Result"]


@pytest.fixture(scope="module")
def rules(stack):
    return Rules(stack)


@pytest.mark.parametrize("name", EVENTS)
def test_rule_invokes_by_its_permissions_only(name, stack, rules):
    world = World(stack)
    event = world.event(name)
    rule, functions = rules.takes(event)

    with ExitStack() as gone:
        for function in functions:
            gone.enter_context(no_permission(stack, function, rule))
        world.put(event)

    assert world.inactive() == [] and world.tags() == {} and world.mails() == []
    messages = stack.failures()
    for message in messages:
        assert json.loads(message["Body"])["detail"] == event["detail"]
    assert sorted(map(said, messages)) == sorted(
        (rule, stack.outputs[function.replace("Name", "Arn")]) for function in functions
    )


def said(message):
    """Whose target could not be invoked."""
    found = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert "not authorized to perform: lambda:InvokeFunction" in found["ERROR_MESSAGE"]
    return found["RULE_ARN"], found["TARGET_ARN"]


def publish(world, topic):
    """Over when the message is refused by the function, and kept or refused by the queue."""
    since = len(world.account.control("refusals"))
    arn = topic_arn(world.stack, topic)
    event = world.event("guardduty-compromised-credentials")
    world.account.client("sns").publish(TopicArn=arn, Message=json.dumps(event))

    def over():
        refusals = world.account.control("refusals", since=since)
        lost = [text for text in refusals if arn in text and "sqs:SendMessage" in text]
        return world.stack.failures() or lost

    wait_until(over, "the message, kept or lost")


def topic_arn(stack, topic):
    return f"arn:aws:sns:us-east-1:{stack.account.number}:{topic}"


@pytest.mark.parametrize("topic", TOPICS)
def test_topic_invokes_by_its_permission_only(topic, stack, world):
    with no_permission(stack, TOPICS[topic], topic_arn(stack, topic)):
        publish(world, topic)

    world.settle()
    assert world.inactive() == [] and world.mails() == []
    (message,) = stack.failures()
    assert world.key in message["Body"]


def permitted(stack):
    """(function, service, on whose behalf)"""
    return [
        (function, statement["Principal"]["Service"], source(statement))
        for function in (stack.outputs[f"{name}Arn"] for name in FUNCTIONS)
        for statement in of_function(stack, function)
    ]


def test_every_permission_is_needed(stack, rules):
    taken = [rules.takes(World(stack).event(name)) for name in EVENTS]
    needed = {(function, rule) for rule, functions in taken for function in functions}
    needed |= {(function, topic_arn(stack, topic)) for topic, function in TOPICS.items()}

    found = {(rules.functions[function], arn) for function, _, arn in permitted(stack)}
    assert found == needed


def forged(stack, arn):
    """Of another account, of another Region, and another one of this account."""
    other = "sns" if ":sns:" in arn else "events"
    kind = "somebody" if other == "sns" else "rule/somebody"
    yield arn.replace(stack.account.number, ELSEWHERE)
    yield arn.replace("us-east-1", "us-west-2")
    yield f"arn:aws:{other}:us-east-1:{stack.account.number}:{kind}"


def test_functions_are_invoked_for_nobody_else(stack):
    def may(function, service, arn):
        asked = {"action": "lambda:InvokeFunction", "resource": function}
        return stack.account.control("service_may", service=service, source=arn, **asked)

    for function, service, arn in permitted(stack):
        assert may(function, service, arn)
        assert not may(function, "s3.amazonaws.com", arn), arn
        for foreign in forged(stack, arn):
            assert not may(function, service, foreign), foreign


# ── Policies of the queue, the topics and the results bus ────────────────────────────────────────


def a_rules_event_is_kept(stack, intruder):
    world = World(stack)
    with no_permission(stack, "RespondFunctionName", stack.resources()["GuardDutyRule"]):
        world.put(world.event("guardduty-compromised-credentials"))
    assert len(stack.failures()) == 1


def a_message_is_kept(topic):
    def kept(stack, intruder):
        with no_permission(stack, TOPICS[topic], topic_arn(stack, topic)):
            publish(World(stack), topic)
        assert len(stack.failures()) == 1

    return kept


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
        intruder("events").put_events(Entries=[test_forged.forged_record(World(stack))])


# The case that fails without a statement, by the policy's name in template.yaml and the statement's.
NEEDED_FOR = {
    ("ResultsBusPolicy", "OnlyTheFunctions"): records_of_others_are_refused,
    ("FailureQueuePolicy", "RulesOfThisStack"): a_rules_event_is_kept,
    ("FailureQueuePolicy", "SubscriptionOfThisStack"): a_message_is_kept("findings"),
    ("FailureQueuePolicy", "SweepSubscriptionOfThisStack"): a_message_is_kept("stale"),
    ("FailureQueuePolicy", "OnlyOverTls"): only_over_tls("sqs", send),
    ("NotificationTopicPolicy", "OnlyOverTls"): only_over_tls("sns", tell("NotificationTopicArn")),
    ("ChatTopicPolicy", "OnlyOverTls"): only_over_tls("sns", tell("ChatTopicArn")),
}


@pytest.fixture(scope="module")
def policies(stack):
    """By their names in template.yaml."""
    targets = {
        "ResultsBusPolicy": stack.outputs["ResultsBusName"],
        "FailureQueuePolicy": stack.outputs["FailureQueueUrl"],
        "NotificationTopicPolicy": stack.outputs["NotificationTopicArn"],
        "ChatTopicPolicy": stack.outputs["ChatTopicArn"],
    }
    return {
        name: KINDS[kind](stack, targets[name])
        for name, (kind, _) in stack.kinds().items()
        if kind in KINDS
    }


def test_every_statement_is_tested(policies):
    statements = [
        (name, statement["Sid"])
        for name, policy in policies.items()
        for statement in policy.statements()
    ]
    assert sorted(statements) == sorted(NEEDED_FOR)


@pytest.mark.parametrize("statement", NEEDED_FOR, ids="-".join)
def test_case_passes_with_the_policies_as_they_are(statement, stack, intruder):
    NEEDED_FOR[statement](stack, intruder)


@pytest.mark.parametrize("statement", NEEDED_FOR, ids="-".join)
def test_needed(statement, stack, policies, intruder):
    policy, sid = statement

    with policies[policy].without(sid), pytest.raises((AssertionError, pytest.fail.Exception)):
        NEEDED_FOR[statement](stack, intruder)


SENDERS = {
    "RulesOfThisStack": "events.amazonaws.com",
    "SubscriptionOfThisStack": "sns.amazonaws.com",
    "SweepSubscriptionOfThisStack": "sns.amazonaws.com",
}


@pytest.mark.parametrize("sid", SENDERS)
def test_queue_takes_from_nobody_else(sid, stack, policies):
    def may(action, service, arn):
        asked = {"action": action, "resource": stack.outputs["FailureQueueArn"]}
        return stack.account.control("service_may", service=service, source=arn, **asked)

    (statement,) = [
        found for found in policies["FailureQueuePolicy"].statements() if found["Sid"] == sid
    ]
    found, service = source(statement), SENDERS[sid]
    for arn in [found] if isinstance(found, str) else found:
        assert may("sqs:SendMessage", service, arn)
        assert not may("sqs:ReceiveMessage", service, arn)
        assert not may("sqs:SendMessage", "s3.amazonaws.com", arn)
        for foreign in forged(stack, arn):
            assert not may("sqs:SendMessage", service, foreign), foreign


# ── Who may assume the roles ─────────────────────────────────────────────────────────────────────

TRUST = {
    "NotifyStartRole": ("events", "events:{region}:{account}:rule/x"),
    "NotifyRole": ("states", "states:{region}:{account}:stateMachine:x"),
    "WriteBackRole": ("states", "states:{region}:{account}:stateMachine:x"),
    "ScheduledSweepRole": ("scheduler", "scheduler:{region}:{account}:schedule-group/default"),
    "RespondRole": ("lambda", "lambda:{region}:{account}:function:x"),
    "SweepRole": ("lambda", "lambda:{region}:{account}:function:x"),
}


@pytest.mark.parametrize("role", TRUST)
def test_role_is_assumed_by_its_service_only(role, stack):
    name, place = stack.resources()[role], {"region": "us-east-1", "account": stack.account.number}
    arn = f"arn:aws:iam::{stack.account.number}:role/{name}"
    service, of = TRUST[role]

    def assumes(service, **changes):
        asked = {"service": f"{service}.amazonaws.com", "role": arn}
        source = "arn:aws:" + of.format(**place | changes)
        return stack.account.control("assumes", source=source, **asked)

    assert assumes(service)
    others = {service for service, _ in TRUST.values()} - {service}
    assert not any(assumes(other) for other in others)
    # Functions may be given to whoever may pass the role: Lambda says for none which it is.
    if service != "lambda":
        assert not assumes(service, account=ELSEWHERE)
        assert not assumes(service, region="us-west-2")


def test_every_role_says_who_assumes_it(stack):
    roles = [name for name, (kind, _) in stack.kinds().items() if kind == "AWS::IAM::Role"]
    assert sorted(roles) == sorted(TRUST)
