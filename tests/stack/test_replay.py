"""scripts/replay on a queue, with a stub for Lambda that accepts only the calls of a case."""

import contextlib
import io
import json
import runpy
import sys
from itertools import count
from unittest import mock

import boto3
import pytest
from botocore.stub import Stubber

from packaging import ROOT

REPLAY = runpy.run_path(str(ROOT / "scripts" / "replay"))
REPLAY["receive"].__globals__["WAIT"] = 0
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
RESPOND, SWEEP, OTHER = ARN + "respond", ARN + "sweep", ARN + "other"
TOPIC, BOTH = (f"arn:aws:sns:us-east-1:123456789012:{name}" for name in ("one", "both"))
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:notify"
WRITE_BACK = "arn:aws:states:us-east-1:123456789012:stateMachine:write-back"
EVENT = {"source": "aws.guardduty", "detail": {"secret": "must not be shown"}}
NUMBERS = count(1)


def template(queue=True):
    outputs = {
        "RespondFunctionArn": {"Value": RESPOND},
        "SweepFunctionArn": {"Value": SWEEP},
        "NotifyStateMachineArn": {"Value": MACHINE},
    }
    if queue:
        outputs["FailureQueueUrl"] = {"Value": {"Ref": "Queue"}}
    return json.dumps(
        {
            "Parameters": {"TriggerTopicArn": {"Type": "String", "Default": ""}},
            "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
            "Outputs": outputs,
        }
    )


def record(condition="RetriesExhausted", function=RESPOND + ":$LATEST", event=EVENT, **response):
    """A failure in the queue, as Lambda's destination and the rule deliver it."""
    detail = {
        "timestamp": "2026-01-02T03:04:05.678Z",
        "requestContext": {"functionArn": function, "condition": condition},
        "requestPayload": event,
        "responsePayload": {"errorType": "KeyLeftActive", "errorMessage": "secret", **response},
    }
    return {"source": "lambda", "detail-type": "x", "detail": detail}


def letter(target, body=EVENT):
    attributes = {"RULE_ARN": "r", "TARGET_ARN": target, "ERROR_CODE": "NO_PERMISSIONS"}
    return body, attributes


def notification(topic):
    return {"Type": "Notification", "TopicArn": topic, "Message": json.dumps(EVENT)}


class Run:
    """One run: the messages in the queue, the calls to Lambda and their answers, and the result."""

    def __init__(self, account, bodies, invoked=(), refuse=(), args=("{stack}", "--yes"), answer=None, **topics):
        clients = {name: account.client(name) for name in ("cloudformation", "sqs")}
        clients["lambda"] = boto3.client("lambda", region_name=account.region)
        stack = f"replay-{next(NUMBERS)}"
        queue = deploy(clients["cloudformation"], stack, topics)
        for body in bodies:
            send(clients["sqs"], queue, *(body if isinstance(body, tuple) else (body, {})))
        out = io.StringIO()
        terminal = io.StringIO(answer)
        terminal.isatty = lambda: answer is not None
        with (
            Stubber(clients["lambda"]) as stubber,
            mock.patch.object(boto3, "client", clients.get),
            mock.patch.object(sys, "argv", ["replay", *(arg.format(stack=stack) for arg in args)]),
            mock.patch.object(sys, "stdin", terminal),
            contextlib.redirect_stdout(out),
        ):
            expect(stubber, invoked, refuse)
            with pytest.raises(SystemExit) as end:
                REPLAY["main"]()
            stubber.assert_no_pending_responses()
        self.code, self.out = end.value.code, out.getvalue()
        # One call receives all: no message is hidden.
        asked = {"QueueUrl": queue, "MaxNumberOfMessages": 10}
        self.left = len(clients["sqs"].receive_message(**asked).get("Messages", []))


def deploy(cloudformation, stack, topics):
    """A stack as replay expects it, and a second one without a queue. Returns the queue's URL."""
    given = [{"ParameterKey": key, "ParameterValue": topics[key]} for key in topics]
    for name, has_queue in ((stack, True), (f"{stack}-no-queue", False)):
        cloudformation.create_stack(StackName=name, TemplateBody=template(has_queue), Parameters=given)
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.05})
    outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    (queue,) = (output["OutputValue"] for output in outputs if output["OutputKey"] == "FailureQueueUrl")
    return queue


def send(sqs, queue, body, attributes):
    text = body if isinstance(body, str) else json.dumps(body)
    values = {k: {"DataType": "String", "StringValue": v} for k, v in attributes.items()}
    sqs.send_message(QueueUrl=queue, MessageBody=text, MessageAttributes=values)


def expect(stubber, invoked, refuse):
    for function, event in invoked:
        call = {"FunctionName": function, "InvocationType": "Event", "Payload": json.dumps(event)}
        if function in refuse:
            stubber.add_client_error("invoke", "TooManyRequestsException", "\x1b[2Jno")
        else:
            stubber.add_response("invoke", {"StatusCode": 202}, call)


SWEEP_REQUEST = {"action": "sweep"}
SWEEPS = [letter(SWEEP, SWEEP_REQUEST), record(function=SWEEP, event=SWEEP_REQUEST)]
DEEP = json.dumps({"source": "x", "detail": 0}).replace("0", "[" * 990 + "]" * 990)
# case: (messages in the queue, arguments of Run, exit code, messages left, texts in the output)
CASES = {
    "nothing in the queue": ([], {}, 0, 0, ["is empty"]),
    "failure of a function": (
        [record()],
        {"invoked": [(RESPOND, EVENT)]},
        *(0, 0, ["respond", "2026-01-02T03:04:05.678Z", "KeyLeftActive", "deleted 1 of 1"]),
    ),
    "record that did not come over the bus": (
        [record(function=SWEEP)["detail"]],
        {"invoked": [(SWEEP, EVENT)]},
        *(0, 0, ["sweep"]),
    ),
    "event without an answer": (
        [record("EventAgeExceeded", errorType=None)],
        {"invoked": [(RESPOND, EVENT)]},
        *(0, 0, ["EventAgeExceeded"]),
    ),
    "dead letter of a rule": (
        [letter(SWEEP)],
        {"invoked": [(SWEEP, EVENT)]},
        *(0, 0, ["sweep", "NO_PERMISSIONS"]),
    ),
    "the same sweep, twice": (SWEEPS, {"invoked": [(SWEEP, SWEEP_REQUEST)]}, 0, 0, ["2 of 2"]),
    "dead letter of one of two subscriptions": (
        [{"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": BOTH}}]}],
        {
            "invoked": [
                (function, {"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": BOTH}}]})
                for function in (RESPOND, SWEEP)
            ],
            "TriggerTopicArn": BOTH,
        },
        *(0, 0, ["respond, sweep"]),
    ),
    "notification without a record": (
        [notification(BOTH)],
        {
            "invoked": [(function, notification(BOTH)) for function in (RESPOND, SWEEP)],
            "TriggerTopicArn": BOTH,
        },
        *(0, 0, ["respond, sweep"]),
    ),
    "result of an event that was handled": ([record("Success")], {}, 0, 1, ["was handled"]),
    "notification that was not sent": ([letter(MACHINE, record())], {}, 0, 1, ["no key depends on it"]),
    "finding that was not written back": (
        [letter(WRITE_BACK, record("Success"))],
        *({}, 0, 1, ["was handled"]),
    ),
    "function of another stack": ([record(function=OTHER)], {}, 1, 1, ["for no function"]),
    "dead letter for another function": ([letter(OTHER)], {}, 1, 1, ["for no function"]),
    "record without its event": (
        [{"requestContext": {"functionArn": RESPOND, "condition": "x"}}],
        *({}, 1, 1, ["for no function"]),
    ),
    "unknown topic": ([notification(TOPIC)], {}, 1, 1, ["an unknown kind"]),
    "no JSON": (["{"], {}, 1, 1, ["not JSON"]),
    "JSON, but no object": (["[[]]", "7", "null", '{"Records": [7]}'], {}, 1, 4, ["an unknown kind"]),
    "nested too deep": ([letter(RESPOND, DEEP)], {}, 1, 1, ["nested too deep"]),
    "Lambda refuses": (
        [record(), letter(SWEEP)],
        {"invoked": [(RESPOND, EVENT), (SWEEP, EVENT)], "refuse": [RESPOND]},
        *(1, 1, ["TooManyRequests", "deleted 1 of 2"]),
    ),
    "one of two functions refuses": (
        [notification(BOTH)],
        {
            "invoked": [(RESPOND, notification(BOTH)), (SWEEP, notification(BOTH))],
            "refuse": [SWEEP],
            "TriggerTopicArn": BOTH,
        },
        *(1, 1, ["deleted 0 of 1"]),
    ),
    "no terminal": ([record()], {"args": ("{stack}",)}, 0, 1, ["Nothing was sent"]),
    "asked, and no": ([record()] * 2, {"args": ("{stack}",), "answer": "\n"}, 0, 2, ["Send 2 again?"]),
    "asked, and yes": (
        [record()],
        {"args": ("{stack}",), "answer": "y\n", "invoked": [(RESPOND, EVENT)]},
        *(0, 0, ["deleted 1 of 1"]),
    ),
    "asked, and gone": ([record()], {"args": ("{stack}",), "answer": ""}, "\nreplay: stopped", 1, []),
    "more than are received at a time": (
        [letter(RESPOND, {"n": number}) for number in range(25)],
        {"invoked": [(RESPOND, {"n": number}) for number in range(25)]},
        *(0, 0, ["deleted 25 of 25"]),
    ),
    "hostile text": (
        [
            record("a\nb", event=EVENT, errorType="\x1b[2J\r\n  1  \u202e" + "x" * 999),
            (record("x", function="\x1b]0;" + ARN, errorType={"\n": ["\t"]})),
            letter(RESPOND, {"time": "\n\n" + "9" * 99}),
        ],
        {"invoked": [(RESPOND, EVENT), (RESPOND, {"time": "\n\n" + "9" * 99})]},
        *(1, 1, ["?[2J??  1  ?xxx"]),
    ),
    "another stack": ([record()], {"args": ("{stack}-no-queue", "--yes")}, "replay: ", 1, []),
}


@pytest.mark.parametrize("name", CASES)
def test_replay(account, name):
    bodies, arguments, code, left, expected = CASES[name]
    run = Run(account, bodies, **arguments)
    assert run.left == left, f"{run.left} messages are left\n{run.out}"
    same = run.code.startswith(code) if isinstance(code, str) else run.code == code
    assert same, f"ended with {run.code!r}\n{run.out}"
    for text in expected:
        assert text in run.out, f"no {text!r} in\n{run.out}"
    assert "secret" not in run.out, run.out
    assert all(" " <= char <= "~" or char == "\n" for char in run.out), ascii(run.out)
    assert max(map(len, run.out.split("\n"))) <= 240, run.out
