"""The results bus: what the function's answers look like there, and what the rules of template.yaml
start for them.

The answers are those of tests/it/snapshots, wrapped as Lambda's destinations wrap them. What people read
of them is made up: the words are compared in tests/it/mails.
"""

import json
from pathlib import Path

import moto_server
import transform

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = transform.read("template.yaml")["Resources"]
ACCOUNT = moto_server.ACCOUNT
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:respond:$LATEST"
SWEEP = "arn:aws:lambda:us-east-1:123456789012:function:sweep:$LATEST"
# What a report that is made up here carries beside its outcomes; hostile to whoever quotes badly.
EXAMPLE = {
    "subject": "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated",
    "body": "What happened:\n<b>'{}'</b> \\ \"quoted\"\n",
    "chat": "In short: '{}' \\ \"quoted\"\n",
    "attributes": {
        "status": '["Deactivated"]',
        "source": '["guardduty"]',
        "severity": "8.0",
        "accountId": ACCOUNT,
    },
    "writeBack": {"asff": [], "ocsf": []},
}


def resolved(value):
    """What the template's intrinsic functions in patterns stand for here."""
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Sub" in value:
        text = value["Fn::Sub"].replace("${RespondFunction.Arn}:$LATEST", FUNCTION)
        return text.replace("${SweepFunction.Arn}:$LATEST", SWEEP)
    if "Ref" in value:
        return {"AWS::AccountId": ACCOUNT}[value["Ref"]]
    return {name: resolved(field) for name, field in value.items()}


def value_matches(test, values):
    if not isinstance(test, dict):
        return any(type(value) is type(test) and value == test for value in values)
    ((operator, operand),) = test.items()
    if operator == "exists":
        return bool(values) == operand
    if operator == "anything-but":
        return any(value != operand for value in values)
    if operator == "numeric":
        sign, number = operand
        assert sign == ">", operand
        numbers = (int, float)
        return any(
            isinstance(value, numbers) and not isinstance(value, bool) and value > number
            for value in values
        )
    raise ValueError(operator)


def matches(pattern, event):
    """Enough of EventBridge's matching for rules on the results bus, and on UpdateAccessKey."""
    for field, test in pattern.items():
        value = event.get(field) if isinstance(event, dict) else None
        if isinstance(test, dict):
            objects = (value or [None]) if isinstance(value, list) else [value]
            if not any(matches(test, one) for one in objects):
                return False
            continue
        values = value if isinstance(value, list) else [] if value is None else [value]
        if isinstance(value, dict):
            values = []
        if not any(value_matches(one, values) for one in test):
            return False
    return True


def path(event, where):
    for name in where.removeprefix("$.").split("."):
        event = event[name]
    return event


def given(target, event):
    """What a target is given of an event."""
    if where := target.get("InputPath"):
        return path(event, where)
    text = target["InputTransformer"]["InputTemplate"]
    for variable, where in target["InputTransformer"]["InputPathsMap"].items():
        text = text.replace(f"<{variable}>", json.dumps(path(event, where)))
    return json.loads(text)


def inputs(event, bus, machine="NotifyStateMachine"):
    """The input of each execution of a machine that the rules of a bus start for an event."""
    started = []
    for name, resource in RESOURCES.items():
        if resource["Type"] != "AWS::Events::Rule":
            continue
        rule = resource["Properties"]
        for target in rule["Targets"]:
            if target["Arn"] != {"Ref": machine}:
                continue
            if ("EventBusName" in rule) != (bus == "results"):
                continue
            if matches(resolved(rule["EventPattern"]), event):
                started.append((name, given(target, event)))
    return started


def record(answer, condition="Success", attempts=1, function=FUNCTION, source="lambda"):
    """As Lambda's destination puts it on the bus (Lambda Developer Guide, asynchronous records)."""
    detail = {
        "version": "1.0",
        "timestamp": "2026-01-02T03:04:05.678Z",
        "requestContext": {
            "requestId": "00000000-0000-4000-8000-000000000001",
            "functionArn": function,
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": {"secret": "must not get any further"},
    }
    if answer is not None:
        detail["responseContext"] = {"statusCode": 200, "executedVersion": "$LATEST"}
        detail["responsePayload"] = answer
    return {
        "version": "0",
        "id": "11111111-2222-3333-4444-555555555555",
        "detail-type": f"Lambda Function Invocation Result - {condition}",
        "source": source,
        "account": ACCOUNT,
        "time": "2026-01-02T03:04:05Z",
        "region": "us-east-1",
        "resources": [function],
        "detail": detail,
    }


def answers():
    """Every answer of the function that the snapshots have, by name."""
    found = {}
    for file in sorted((ROOT / "tests/it/snapshots").glob("*/*.snap")):
        _, _, text = file.read_text(encoding="utf-8").split("---\n", 2)
        snapshot = json.loads(text)
        answer = snapshot.get("answer", snapshot.get("error"))
        if "answer" in snapshot:
            answer |= {name: EXAMPLE[name] for name in ["subject", "body", "chat"]}
        found[f"{file.parent.name}/{file.stem}"] = answer
    return found


def one_input(event, bus="results"):
    ((_, text),) = inputs(event, bus)
    return text


def report(**fields):
    outcome = {
        "status": "Deactivated",
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "userName": "Bob",
        "attention": True,
    }
    return EXAMPLE | {"attention": True, "counts": {"Deactivated": 1}, "outcomes": [outcome]} | fields
