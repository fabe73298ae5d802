"""Runs the state machines in moto's interpreter, and looks at who was told what.

The answers of the function are those of tests/it/snapshots, wrapped as Lambda's destinations wrap
them. The rules of template.yaml decide which of them start which state machine, and with what input.
moto has no BatchUpdateFindings and no BatchUpdateFindingsV2: both are stood in for below, and what
is asked of them is checked against botocore's model of Security Hub.
"""

import json
import logging
import os
import re
import threading
import time
from operator import gt, lt
from pathlib import Path

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

import boto3  # noqa: E402
import botocore.session  # noqa: E402
from botocore.validate import ParamValidator  # noqa: E402
from moto.core.config import default_user_config  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402
from werkzeug.wrappers import Request, Response  # noqa: E402

import moto_server  # noqa: E402
import transform  # noqa: E402
from runner import run, tests_in  # noqa: E402

logging.getLogger("moto").setLevel(logging.CRITICAL)  # it tells of every path that is not there

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = transform.read("template.yaml")
RESOURCES = TEMPLATE["Resources"]
ACCOUNT = moto_server.ACCOUNT
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:respond:$LATEST"
SWEEP = "arn:aws:lambda:us-east-1:123456789012:function:sweep:$LATEST"
BOB = {"userName": "Bob", "keys": [{"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}]}
MARK = "key-deactivator:deactivated:AKIAIOSFODNN7EXAMPLE"
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

# ── Security Hub ──────────────────────────────────────────────────────────────────────────────────


class SecurityHub:
    """In front of moto: answers the two calls that moto lacks, and keeps what was asked."""

    paths = {
        "/findings/batchupdate": "BatchUpdateFindings",
        "/findingsv2/batchupdatev2": "BatchUpdateFindingsV2",
    }

    def __init__(self, app):
        self.app, self.calls, self.refuse = app, [], set()
        self.model = botocore.session.get_session().get_service_model("securityhub")

    def __call__(self, environ, start_response):
        request = Request(environ)
        operation = self.paths.get(request.path)
        if operation is None or request.method != "PATCH":
            return self.app(environ, start_response)
        body = json.loads(request.get_data())
        shape = self.model.operation_model(operation).input_shape
        report = ParamValidator().validate(body, shape)
        unknown = body.keys() - shape.members.keys()
        self.calls.append((operation, body, report.generate_report(), unknown))
        processed, unprocessed = [], []
        for identifier in body["FindingIdentifiers"]:
            if self.refuse & set(identifier.values()):
                error = {"ErrorCode": "FindingNotFound", "ErrorMessage": "gone"}
                unprocessed.append({"FindingIdentifier": identifier, **error})
            else:
                processed.append(identifier)
        answer = {"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}
        response = Response(json.dumps(answer), content_type="application/json")
        return response(environ, start_response)


HUB = SecurityHub(moto_server.App())
default_user_config["stepfunctions"]["execute_state_machine"] = True
SERVER = make_server(
    "127.0.0.1", 0, HUB, threaded=True, request_handler=moto_server.QuietHandler
)
os.environ["MOTO_PORT"] = str(SERVER.port)
threading.Thread(target=SERVER.serve_forever, daemon=True).start()


def client(service):
    url = f"http://127.0.0.1:{SERVER.port}"
    return boto3.client(service, region_name="us-east-1", endpoint_url=url)


SNS, SQS, SFN, IAM = client("sns"), client("sqs"), client("stepfunctions"), client("iam")

# ── The template's rules ──────────────────────────────────────────────────────────────────────────


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
        compare = {">": gt, "<": lt}[sign]
        numbers = (int, float)
        return any(
            isinstance(value, numbers) and not isinstance(value, bool) and compare(value, number)
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
        found[f"{file.parent.name}/{file.stem}"] = answer
    return found


# ── The state machines ────────────────────────────────────────────────────────────────────────────


def create(machine, values, hasty=False):
    """A state machine of the template with these substitutions; its ARN."""
    properties = RESOURCES[machine]["Properties"]
    asked = properties["DefinitionSubstitutions"]
    assert values.keys() == asked.keys(), values.keys() ^ asked.keys()
    text = (ROOT / properties["DefinitionUri"]).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace("${" + name + "}", value)
    assert "${" not in text, "a substitution is missing"
    if hasty:  # do not wait between attempts
        text = re.sub(r'"IntervalSeconds": \d+', '"IntervalSeconds": 1', text)
        text = re.sub(r'"MaxAttempts": [1-9]', '"MaxAttempts": 1', text)
    create.number = getattr(create, "number", 0) + 1
    answer = SFN.create_state_machine(
        name=f"{machine}-{create.number}",
        definition=text,
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/teller",
    )
    return answer["stateMachineArn"]


def execute(machine, text):
    """How one execution with this input ends."""
    execute.number = getattr(execute, "number", 0) + 1
    answer = SFN.start_execution(
        stateMachineArn=machine, name=f"run-{execute.number}", input=json.dumps(text)
    )
    end = time.monotonic() + 60
    while time.monotonic() < end:
        state = SFN.describe_execution(executionArn=answer["executionArn"])
        if state["status"] != "RUNNING":
            return state["status"]
        time.sleep(0.02)
    raise AssertionError("the state machine does not end")


class Hub:
    """The state machine that writes back, and the Security Hub that it writes to."""

    def __init__(self, resolve="false", hasty=False):
        HUB.calls.clear()
        HUB.refuse.clear()
        values = {"Partition": "aws", "SecurityHubResolve": resolve}
        self.machine = create("WriteBackStateMachine", values, hasty)

    def told(self, answer, **of_record):
        """What the calls for an answer are, and how the execution ends, if any is started."""
        HUB.calls.clear()
        started = inputs(record(answer, **of_record), "results", "WriteBackStateMachine")
        assert len(started) <= 1, started
        ends = [execute(self.machine, text) for _, text in started]
        return sorted(HUB.calls, key=lambda call: call[0]), *ends


class World:
    """The state machine that tells people, as the template deploys it with these parameters, and who
    listens to it."""

    def __init__(self, chat=False, hasty=False, topic=None, **parameters):
        moto_server.seed({"users": [BOB]})
        World.number = getattr(World, "number", 0) + 1
        self.topic, self.queue = self.listen("notifications")
        chat_topic, self.chat_queue = self.listen("chat")
        self.values = {
            "Partition": "aws",
            "AccountId": ACCOUNT,
            "NotificationTopicArn": topic or self.topic,
            "ChatTopicArn": chat_topic if chat is True else chat or "none",
            "KeyReactivatedEvents": "enabled",
            "FailureQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/failures",
            "SweepFunctionArn": SWEEP.removesuffix(":$LATEST"),
        } | parameters
        self.machine = create("NotifyStateMachine", self.values, hasty)

    def listen(self, name):
        topic = SNS.create_topic(Name=f"{name}-{World.number}")["TopicArn"]
        queue = SQS.create_queue(QueueName=f"{name}-{World.number}")["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}-{World.number}"
        SNS.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return topic, queue

    def run(self, text):
        return execute(self.machine, text)

    def messages(self, queue=None):
        received = []
        while True:
            answer = SQS.receive_message(QueueUrl=queue or self.queue, MaxNumberOfMessages=10)
            if not answer.get("Messages"):
                return received
            for message in answer["Messages"]:
                received.append(json.loads(message["Body"]))
                SQS.delete_message(
                    QueueUrl=queue or self.queue, ReceiptHandle=message["ReceiptHandle"]
                )

    def told(self):
        """The only message, as subject, text and attributes."""
        (message,) = self.messages()
        attributes = {
            name: (value["Type"], value["Value"])
            for name, value in message["MessageAttributes"].items()
        }
        return message["Subject"], message["Message"], attributes


def tags(user="Bob"):
    return {tag["Key"]: tag["Value"] for tag in IAM.list_user_tags(UserName=user)["Tags"]}


def attributes_of(answer):
    kinds = {"status": "String.Array", "source": "String.Array", "severity": "Number"}
    return {
        name: (kinds.get(name, "String"), value) for name, value in answer["attributes"].items()
    }


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


# ── Tests ─────────────────────────────────────────────────────────────────────────────────────────


def test_every_answer_that_needs_attention_is_told_once_and_no_other():
    # Their users are not all in this world, so none is marked.
    world, statuses, silent = World(KeyReactivatedEvents="disabled"), set(), set()
    for name, answer in answers().items():
        answer = answer
        failed = "errorMessage" in answer
        again = name.endswith("-again")
        event = record(answer, "RetriesExhausted" if failed else "Success", 3 if failed else 1 + again)
        found = {outcome["status"] for outcome in answer.get("outcomes", [])}
        started = inputs(event, "results")
        if not failed and not answer["attention"] and name != "attempts/cut-off-again":
            assert started == [], name
            silent |= found
            continue
        ((_, text),) = started
        assert "secret" not in json.dumps(text), name
        assert world.run(text) == "SUCCEEDED", name
        subject, body, attributes = world.told()
        assert re.fullmatch(r"[ -~]{1,99}", subject), name
        if failed:
            assert f"{answer['errorType']}: {answer['errorMessage']}" in body, name
            assert attributes["status"] == ("String.Array", '["Failed"]'), name
            continue
        statuses |= found
        assert (subject, body) == (answer["subject"], answer["body"]), name
        assert attributes == attributes_of(answer), name
    assert world.messages(world.chat_queue) == []
    for status in ["Deactivated", "Protected", "TemporaryCredential", "RootCredential", "Noticed"]:
        assert status in statuses, (status, statuses)
    assert "Exempt" in silent, silent


def test_every_status_that_needs_attention():
    statuses = ["Deactivated", "DryRun", "Protected", "Noticed", "Pending", "TemporaryCredential"]
    statuses += ["RootCredential", "ForeignAccount", "Failed"]
    world = World(KeyReactivatedEvents="disabled")
    for status in statuses:
        attributes = EXAMPLE["attributes"] | {"status": json.dumps([status])}
        outcomes = [{"status": status, "attention": True}]
        answer = report(outcomes=outcomes, counts={status: 1}, attributes=attributes)
        for function in (FUNCTION, SWEEP):
            assert world.run(one_input(record(answer, function=function))) == "SUCCEEDED"
            subject, body, got = world.told()
            assert (subject, body, got) == (answer["subject"], answer["body"], attributes_of(answer))
        quiet = answer | {"attention": False}
        assert inputs(record(quiet), "results") == []


def test_what_a_retry_may_have_swallowed_is_told():
    outcome = {"status": "AlreadyInactive", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "Bob"}
    quiet = report(attention=False, counts={"AlreadyInactive": 1}, outcomes=[outcome])
    assert inputs(record(quiet), "results") == []
    world = World()
    assert world.run(one_input(record(quiet, attempts=2))) == "SUCCEEDED"
    assert world.told()[1] == quiet["body"]
    assert MARK in tags(), "an earlier attempt deactivated it"
    # Throttled, then ignored: nothing to tell.
    ignored = report(attention=False, counts={}, outcomes=[])
    assert inputs(record(ignored, attempts=2), "results") == []
    # Both reasons at once are one message.
    assert len(inputs(record(report(counts={"AlreadyInactive": 1}), attempts=2), "results")) == 1


def test_forged_records_start_nothing():
    other = FUNCTION.replace("respond", "other")
    failure = {"errorType": "KeyLeftActive", "errorMessage": "x"}
    for forged in [
        record(report(), function=other),
        record(report(), function=FUNCTION.removesuffix(":$LATEST")),
        record(report(), source="custom"),
        record(report(), attempts=2, function=other),
        record(failure, "RetriesExhausted", function=other),
        record(failure, "RetriesExhausted", source="custom"),
        record(None, "EventAgeExceeded", function=other),
    ]:
        assert inputs(forged, "results") == [], forged


def test_failures_of_every_kind_are_told():
    world = World(chat=True)
    alarm, unclear, sweep = "iam-key-deactivator FAILED", "did not understand", "a sweep, or a look"
    for function, answer, condition, subject_says, said in [
        (FUNCTION, {"errorType": "KeyLeftActive", "errorMessage": "AKIA… of Bob: `{}` 'x' \\"},
         "RetriesExhausted", alarm, "KeyLeftActive: AKIA… of Bob: `{}` 'x' \\"),
        (FUNCTION, {"errorMessage": "Task timed out after 30.00 seconds"},
         "RetriesExhausted", alarm, "Error: Task timed out after 30.00 seconds"),
        (FUNCTION, None, "EventAgeExceeded", alarm, "NotRun: "),
        (FUNCTION, None, "Unheard", alarm, "NotRun: "),
        (FUNCTION, {"errorType": "InvalidEvent", "errorMessage": "detail.x: expected"},
         "RetriesExhausted", unclear, "InvalidEvent: detail.x: expected"),
        (SWEEP, {"errorType": "SweepFailed", "errorMessage": "iam:ListUsers failed"},
         "RetriesExhausted", sweep, "SweepFailed: iam:ListUsers failed"),
        (SWEEP, None, "EventAgeExceeded", sweep, "NotRun: "),
    ]:  # fmt: skip
        event = record(answer, condition, 3, function=function)
        assert world.run(one_input(event)) == "SUCCEEDED"
        subject, body, attributes = world.told()
        assert subject_says in subject and len(subject) < 100, subject
        assert said in body and condition in body and "Attempts: 3" in body, body
        assert function == SWEEP or "may have been made so by an earlier attempt" in body, body
        assert function in body and world.values["FailureQueueUrl"] in body, body
        assert attributes == {
            "status": ("String.Array", '["Failed"]'),
            "source": ("String.Array", '["None"]'),
            "severity": ("Number", "0" if function == SWEEP else "10"),
            "accountId": ("String", ACCOUNT),
        }
        # What an error says is not for a client that takes it for markup.
        (message,) = world.messages(world.chat_queue)
        content = json.loads(message["Message"])["content"]
        assert content["title"] == subject and "Bob" not in content["description"], content
        assert (answer or {}).get("errorType", "") in content["description"], content


def test_first_attempt_fails_on_one_of_two_keys_and_both_are_announced():
    found = answers()
    world = World(KeyReactivatedEvents="disabled")
    # Lambda tells nobody of an attempt that it follows by another; the second is what it records.
    assert "AKIAIALICE7EXAMPLE22" in found["attempts/one-key-fails"]["errorMessage"]
    again = found["attempts/one-key-fails-again"]
    assert world.run(one_input(record(again, attempts=2))) == "SUCCEEDED"
    body = world.told()[1]
    for said in ["AKIAIOSFODNN7EXAMPLE of Bob", "AKIAIALICE7EXAMPLE22 of Alice", "aws:TokenIssueTime"]:
        assert said in body, body


def test_what_a_cut_off_attempt_did_is_announced():
    answer = answers()["attempts/cut-off-again"]
    assert inputs(record(answer), "results") == []
    world = World(KeyReactivatedEvents="disabled")
    assert world.run(one_input(record(answer, attempts=2))) == "SUCCEEDED"
    _, body, attributes = world.told()
    assert "AKIAIOSFODNN7EXAMPLE of Bob: AlreadyInactive" in body and "could not tell" in body, body
    assert "AKIAIALICE7EXAMPLE22 of Alice: AlreadyInactive" in body, body
    assert attributes["status"] == ("String.Array", '["AlreadyInactive"]')


def test_twice_the_same_finding_is_one_message():
    found = answers()
    first = found["events/guardduty-compromised-credentials"]
    second = EXAMPLE | {"attention": False, "counts": {"AlreadyInactive": 1}, "outcomes": []}
    world = World(KeyReactivatedEvents="disabled")
    for answer in [first, second]:
        for _, text in inputs(record(answer), "results"):
            assert world.run(text) == "SUCCEEDED"
    assert world.told()[0] == first["subject"]


def test_ten_keys_are_one_message():
    keys = [f"AKIAIOSFODNN7EXAMP{number:02}" for number in range(10)]
    outcomes = [{"status": "Deactivated", "accessKeyId": key, "userName": "Bob"} for key in keys]
    world, answer = World(), report(outcomes=outcomes, body="\n".join(keys))
    assert world.run(one_input(record(answer))) == "SUCCEEDED"
    assert world.told()[1] == answer["body"]
    assert set(tags()) == {f"key-deactivator:deactivated:{key}" for key in keys}


def test_hostile_text_is_only_copied():
    body = "line\n" + "<script>&'\"{}$.x\\ States.Format('{}')" + "é" * 10_000
    chat = "<!here> *x* '{}' \\ \"quoted\""
    world, answer = World(chat=True), report(body=body, chat=chat)
    assert world.run(one_input(record(answer))) == "SUCCEEDED"
    assert world.told()[1] == body
    (message,) = world.messages(world.chat_queue)
    assert json.loads(message["Message"])["content"]["description"] == chat


def test_chat_is_in_amazon_qs_schema():
    world, answer = World(chat=True), report()
    assert world.run(one_input(record(answer))) == "SUCCEEDED"
    assert world.told()[0] == answer["subject"]
    (message,) = world.messages(world.chat_queue)
    assert json.loads(message["Message"]) == {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": "iam-key-deactivator: attention is needed",
            "description": answer["chat"],
        },
    }


def write_back(resolved=True):
    asff = {"findingId": "finding/1", "productArn": "product/1", "note": "done\nso", "resolved": resolved}
    ocsf = {"findingUid": "finding/2", "productUid": "product/2", "accountUid": ACCOUNT}
    return {"asff": [asff], "ocsf": [ocsf | {"note": "done too", "resolved": resolved}]}


def test_security_hub_is_told_what_was_handled():
    for resolve, resolved, statuses in [
        ("false", True, ("NOTIFIED", 2)),
        ("true", True, ("RESOLVED", 4)),
        ("true", False, ("NOTIFIED", 2)),
    ]:
        asff = {
            "FindingIdentifiers": [{"Id": "finding/1", "ProductArn": "product/1"}],
            "Workflow": {"Status": statuses[0]},
            "Note": {"Text": "done\nso", "UpdatedBy": "iam-key-deactivator"},
        }
        identifier = {"FindingInfoUid": "finding/2", "MetadataProductUid": "product/2"}
        ocsf = {
            "FindingIdentifiers": [identifier | {"CloudAccountUid": ACCOUNT}],
            "StatusId": statuses[1],
            "Comment": "done too",
        }
        calls = [
            ("BatchUpdateFindings", asff, "", set()),
            ("BatchUpdateFindingsV2", ocsf, "", set()),
        ]
        hub, both = Hub(resolve), write_back(resolved)
        # Whether or not people are told as well, and by whichever attempt.
        for attention in [True, False]:
            for attempts in [1, 2]:
                answer = report(attention=attention, writeBack=both)
                assert hub.told(answer, attempts=attempts) == (calls, "SUCCEEDED"), HUB.calls
        for form, call in zip(["asff", "ocsf"], calls, strict=True):
            answer = report(writeBack={"asff": [], "ocsf": []} | {form: both[form]})
            assert hub.told(answer) == ([call], "SUCCEEDED"), HUB.calls


def test_nothing_to_write_back_writes_nothing():
    hub = Hub("true")
    assert hub.told(report()) == ([],)
    failed = {"errorMessage": "x", "writeBack": write_back()}
    assert hub.told(failed, condition="RetriesExhausted") == ([],)


def test_every_answer_that_has_something_to_write_back_is_written_back():
    hub, written = Hub(), 0
    for name, answer in answers().items():
        back = answer.get("writeBack", {})
        findings = [*back.get("asff", []), *back.get("ocsf", [])]
        calls, *ends = hub.told(answer)
        assert ends == ["SUCCEEDED"] * bool(findings), name
        assert len(calls) == len(findings), name
        assert all(not wrong and not unknown for *_, wrong, unknown in calls), (name, calls)
        written += len(calls)
    assert written >= 10, written


def test_a_finding_that_is_refused_hides_no_other():
    both = write_back()
    both["asff"].append(both["asff"][0] | {"findingId": "finding/3"})
    for refused in ["finding/1", "finding/2"]:
        hub = Hub(hasty=True)
        HUB.refuse.add(refused)
        calls, end = hub.told(report(writeBack=both))
        assert (len(calls), end) == (3, "FAILED"), calls


def test_a_part_that_fails_hides_no_other():
    gone = f"arn:aws:sns:us-east-1:{ACCOUNT}:gone"
    answer = report()

    def check(world, told, chat, marked):
        assert world.run(one_input(record(answer))) == "FAILED"
        assert len(world.messages()) == told
        assert len(world.messages(world.chat_queue)) == chat
        assert (MARK in tags()) == marked

    check(World(topic=gone, chat=True, hasty=True), 0, 1, True)
    check(World(chat=gone, hasty=True), 1, 0, True)
    answer["outcomes"] = [answer["outcomes"][0] | {"userName": "Nobody"}, *answer["outcomes"]]
    check(World(chat=True, hasty=True), 1, 1, True)


def activated(status="Active", identity=None, **detail):
    """As CloudTrail records it, reduced to what is looked at."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/Mallory"
    return {
        "source": "aws.iam",
        "detail-type": "AWS API Call via CloudTrail",
        "account": ACCOUNT,
        "region": "us-east-1",
        "detail": {
            "eventSource": "iam.amazonaws.com",
            "eventName": "UpdateAccessKey",
            "eventTime": "2026-01-02T03:04:05Z",
            "userIdentity": identity or {"type": "IAMUser", "arn": arn, "accessKeyId": "AKIASECRET"},
            "requestParameters": {
                "userName": "Bob",
                "status": status,
                "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            },
            "responseElements": None,
        }
        | detail,
    }


def test_a_key_that_comes_back_is_told_once():
    world = World(chat=True)
    assert world.run(one_input(record(report()))) == "SUCCEEDED"
    world.messages(), world.messages(world.chat_queue)
    assert MARK in tags()
    text = one_input(activated(), "default")
    assert world.run(text) == "SUCCEEDED"
    subject, body, attributes = world.told()
    assert subject == "iam-key-deactivator: an access key that was deactivated is Active again"
    for part in ["AKIAIOSFODNN7EXAMPLE", "Bob", "user/Mallory", "2026-01-02T03:04:05Z"]:
        assert part in body, body
    assert attributes["status"] == ("String.Array", '["Reactivated"]')
    assert len(world.messages(world.chat_queue)) == 1
    # The same record once more, or the key activated by its owner another day: nothing new.
    assert MARK not in tags()
    assert world.run(text) == "SUCCEEDED"
    assert world.messages() == []


def test_the_mark_stays_until_somebody_was_told():
    world = World(topic=f"arn:aws:sns:us-east-1:{ACCOUNT}:gone", hasty=True)
    IAM.tag_user(UserName="Bob", Tags=[{"Key": MARK, "Value": "x"}])
    assert world.run(one_input(activated(), "default")) == "FAILED"
    assert MARK in tags()


def test_a_key_of_nobodys_business_is_not_told():
    world = World()
    IAM.tag_user(UserName="Bob", Tags=[{"Key": MARK[:-1] + "X", "Value": "x"}])
    assert world.run(one_input(activated(), "default")) == "SUCCEEDED"
    assert world.messages() == []
    IAM.untag_user(UserName="Bob", TagKeys=[MARK[:-1] + "X"])
    assert world.run(one_input(activated(), "default")) == "SUCCEEDED"
    assert world.messages() == []


def test_whoever_activated_it_need_not_be_named():
    world = World()
    IAM.tag_user(UserName="Bob", Tags=[{"Key": MARK, "Value": "x"}])
    assert world.run(one_input(activated(identity={"type": "AWSService"}), "default")) == "SUCCEEDED"
    assert "Activated by: not named" in world.told()[1]


def test_only_a_successful_activation_starts_it():
    for event in [
        activated(status="Inactive"),
        activated(errorCode="AccessDenied"),
        activated(eventName="CreateAccessKey"),
        activated() | {"account": "210987654321"},
        activated() | {"source": "custom"},
    ]:
        assert inputs(event, "default") == [], event


def test_marks_only_where_keys_that_come_back_are_looked_for():
    world = World(KeyReactivatedEvents="disabled")
    assert world.run(one_input(record(report()))) == "SUCCEEDED"
    assert tags() == {}


def test_only_deactivated_keys_are_marked():
    outcomes = [
        {"status": status, "accessKeyId": f"AKIAIOSFODNN7EXAMP{number:02}", "userName": "Bob"}
        for number, status in enumerate(["AlreadyInactive", "Failed", "Noticed", "DryRun"])
    ]
    world = World()
    assert world.run(one_input(record(report(outcomes=outcomes)))) == "SUCCEEDED"
    assert tags() == {}


def main():
    run("test_notify.py", tests_in(globals()))


if __name__ == "__main__":
    main()
