"""Policies of deployed resources: without any one statement a case fails, and they refuse what they should
refuse."""

import json
from contextlib import ExitStack

import pytest

import test_forged
import test_sources
from causes import no_permission
from policies import KINDS, of_function, source
from policy_cases import BY_TOPIC, NEEDED_FOR, publish, topic_arn
from worlds import World

PARAMETERS = test_sources.PARAMETERS | {"ChatTopicArn": "create", "AlarmTopicArn": ""}
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
        """The rules that do, each with the function that it invokes, by the output that names it; no
        function twice."""
        taken = [
            (rule["Arn"], function)
            for rule, functions in self.invoking
            if functions and self._matches(rule, event)
            for function in functions
        ]
        assert taken and len({function for _, function in taken}) == len(taken)
        return taken

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
    taken = rules.takes(event)

    with ExitStack() as gone:
        for rule, function in taken:
            gone.enter_context(no_permission(stack, function, rule))
        world.put(event)

    assert world.inactive() == [] and world.tags() == {} and world.mails() == []
    messages = stack.failures()
    for message in messages:
        assert json.loads(message["Body"])["detail"] == event["detail"]
    assert sorted(map(said, messages)) == sorted(
        (rule, stack.outputs[function.replace("Name", "Arn")]) for rule, function in taken
    )


def said(message):
    """Rules whose target could not be invoked."""
    found = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert "not authorized to perform: lambda:InvokeFunction" in found["ERROR_MESSAGE"]
    return found["RULE_ARN"], found["TARGET_ARN"]


@pytest.mark.parametrize("function", BY_TOPIC)
def test_topic_invokes_by_its_permission_only(function, stack, world):
    with no_permission(stack, function, topic_arn(stack)):
        publish(world)

    world.settle()
    # The function that sweeps has nothing to do with the finding.
    handled = function != "RespondFunctionName"
    assert world.inactive() == [world.key] * handled and len(world.mails()) == handled
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
    needed = {(function, rule) for rules_of_event in taken for rule, function in rules_of_event}
    needed |= {(function, topic_arn(stack)) for function in BY_TOPIC}

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


@pytest.fixture(scope="module")
def policies(stack):
    """By their names in template.yaml."""
    targets = {
        "ResultsBusPolicy": stack.outputs["ResultsBusName"],
        "FailureQueuePolicy": stack.outputs["FailureQueueUrl"],
        "NotificationTopicPolicy": stack.outputs["NotificationTopicArn"],
        "ChatTopicPolicy": stack.outputs["ChatTopicArn"],
        "AlarmTopicPolicy": stack.outputs["AlarmTopicArn"],
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
        for statement in policy.read()["Statement"]
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
    "SubscriptionsOfThisStack": "sns.amazonaws.com",
}


@pytest.mark.parametrize("sid", SENDERS)
def test_queue_takes_from_nobody_else(sid, stack, policies):
    def may(action, service, arn):
        asked = {"action": action, "resource": stack.outputs["FailureQueueArn"]}
        return stack.account.control("service_may", service=service, source=arn, **asked)

    statements = policies["FailureQueuePolicy"].read()["Statement"]
    (found,) = [source(statement) for statement in statements if statement["Sid"] == sid]
    service = SENDERS[sid]
    for arn in [found] if isinstance(found, str) else found:
        assert may("sqs:SendMessage", service, arn)
        assert not may("sqs:ReceiveMessage", service, arn)
        assert not may("sqs:SendMessage", "s3.amazonaws.com", arn)
        for foreign in forged(stack, arn):
            assert not may("sqs:SendMessage", service, foreign), foreign
