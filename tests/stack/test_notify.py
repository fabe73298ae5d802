"""Who is told what: records on the results bus, to the mails and chat messages that they cause."""

import json
import re
from collections import Counter

import pytest

from packaging import ROOT
from results import attributes_of, denied, mark, outcome, report, typed
from worlds import World, queue_for

PARAMETERS = {"ChatTopicArn": "create"}


@pytest.fixture
def told(results, machine, chat, world):
    """What a record makes people be told: the mails and chat messages, once its execution has succeeded."""

    def tell(answer, end="SUCCEEDED", **of_record):
        mailbox = world.stack.mailbox
        before = len(mailbox.read()), len(chat.read())
        machine.new()
        results.put(answer, **of_record)
        world.settle()
        assert machine.ends() == [end], answer
        mails, messages = mailbox.read()[before[0] :], chat.read()[before[1] :]
        return mails, [json.loads(message["Message"])["content"] for message in messages]

    return tell


def test_report_is_copied(told, world):
    answer = report(world)
    (mail,), (message,) = told(answer)

    assert (mail["Subject"], mail["Message"]) == (answer["subject"], answer["body"])
    assert attributes_of(mail) == typed(answer["attributes"])
    assert message["description"] == answer["chat"]
    assert mark(world.key) in world.tags()


def test_chat_is_in_amazon_qs_schema(told, chat, world):
    answer = report(world)
    told(answer)

    message = chat.read()[-1]
    assert attributes_of(message) == typed(answer["attributes"])
    assert json.loads(message["Message"]) == {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": "iam-key-deactivator: attention needed",
            "description": answer["chat"],
        },
    }


STATUSES = ["Deactivated", "DryRun", "Protected", "Noticed", "Pending", "TemporaryCredential"]
STATUSES += ["RootCredential", "ForeignAccount", "Failed"]


@pytest.mark.parametrize("function", ["RespondFunction", "SweepFunction"])
@pytest.mark.parametrize("status", STATUSES)
def test_every_status(told, results, machine, world, status, function):
    attributes = report(world)["attributes"] | {"status": json.dumps([status])}
    answer = report(world, outcomes=[{"status": status, "attention": True}], attributes=attributes)
    (mail,), _ = told(answer, function=function)
    assert mail["Message"] == answer["body"]
    assert attributes_of(mail) == typed(attributes)

    results.put(answer | {"attention": False}, function=function)
    world.settle()
    assert machine.ends() == []


def test_ten_keys_are_one_mail_and_ten_marks(told, world):
    keys = [f"AKIAIOSFODNN7EXAMP{number:02}" for number in range(10)]
    answer = report(world, outcomes=[outcome(world, accessKeyId=key) for key in keys])
    (mail,), _ = told(answer)
    assert mail["Message"] == answer["body"]
    assert set(world.tags()) == {mark(key) for key in keys}


def test_long_text(told, world):
    answer = report(world, body="é" * 60_000, chat="x" * 8_000)
    (mail,), (message,) = told(answer)
    assert (mail["Message"], message["description"]) == (answer["body"], answer["chat"])


KEY_LEFT_ACTIVE = {"errorType": "KeyLeftActive", "errorMessage": "AKIA… of Bob: `{}` 'x' \\ \"y\""}
TIMED_OUT = {"errorMessage": "Task timed out after 30.00 seconds"}
INVALID_EVENT = {"errorType": "InvalidEvent", "errorMessage": "detail.x: expected"}
SESSIONS = {"errorType": "SessionsLeftOpen", "errorMessage": "AKIA… of Bob: LimitExceeded"}
SWEEP_FAILED = {"errorType": "SweepFailed", "errorMessage": "iam:ListUsers failed"}
CONTAINMENT, EVENT = "FAILED to handle an event", "did not understand"
SWEEP = "a sweep or the check of a user FAILED"


@pytest.mark.parametrize(
    ("function", "answer", "condition", "subject", "error"),
    [
        ("RespondFunction", KEY_LEFT_ACTIVE, "RetriesExhausted", CONTAINMENT, "KeyLeftActive: AKIA… of Bob: `{}` 'x' \\"),
        ("RespondFunction", TIMED_OUT, "RetriesExhausted", CONTAINMENT, "Error: Task timed out after 30.00 seconds"),
        ("RespondFunction", None, "EventAgeExceeded", CONTAINMENT, "NotRun: "),
        ("RespondFunction", None, "Unheard", CONTAINMENT, "NotRun: "),
        ("RespondFunction", INVALID_EVENT, "RetriesExhausted", EVENT, "InvalidEvent: detail.x: expected"),
        ("RespondFunction", SESSIONS, "RetriesExhausted", "FAILED to deny the sessions", "SessionsLeftOpen: AKIA"),
        ("SweepFunction", SWEEP_FAILED, "RetriesExhausted", SWEEP, "SweepFailed: iam:ListUsers failed"),
        ("SweepFunction", None, "EventAgeExceeded", SWEEP, "NotRun: "),
    ],
)  # fmt: skip
def test_failure(told, results, world, function, answer, condition, subject, error):
    (mail,), (message,) = told(answer, condition=condition, attempts=3, function=function)

    assert subject in mail["Subject"] and re.fullmatch(r"[ -~]{1,99}", mail["Subject"])
    queue = world.stack.resources()["FailureQueue"]
    attempts = f"Condition: {condition}\nAttempts: 3\n"
    for said in (error, attempts, f"Function: {results.functions[function]}\n", queue, "Next steps:\n1. "):
        assert said in mail["Message"], mail["Message"]
    handled = "Status Deactivated: the key is now Inactive." in mail["Message"]
    assert handled == (function == "RespondFunction")
    assert attributes_of(mail) == typed({
        "status": '["Failed"]',
        "source": '["None"]',
        "severity": "10" if function == "RespondFunction" else "0",
        "accountId": world.account.number,
    })
    # What an error says is not for a client that takes it for markup.
    assert message["title"] == mail["Subject"]
    assert error.partition(":")[0] in message["description"]
    assert error.partition(": ")[2] not in message["description"] or error == "NotRun: "


@pytest.mark.parametrize("answer", ["report", KEY_LEFT_ACTIVE, None], ids=["report", "failure", "no answer"])
def test_forged_record_starts_nothing(results, machine, world, answer):
    answer = report(world) if answer == "report" else answer
    condition = "Success" if answer and "attention" in answer else "RetriesExhausted"
    ours = results.functions["RespondFunction"]
    for changes in (
        {"function": ours.replace("RespondFunction", "OtherFunction")},
        {"function": ours.removesuffix(":$LATEST")},
        {"source": "custom"},
    ):
        results.put(answer, condition, **changes)
    world.settle()
    assert machine.ends() == []


@pytest.mark.parametrize(
    ("action", "mails", "messages", "marked"),
    [("sns:Publish", 0, 0, True), ("iam:TagUser", 1, 1, False)],
)
def test_part_that_fails_hides_no_other(told, world, action, mails, messages, marked):
    with denied(world.stack, "NotifyRole", action):
        found = told(report(world), end="FAILED")
    assert [len(part) for part in found] == [mails, messages]
    assert (mark(world.key) in world.tags()) == marked


@pytest.mark.parametrize("topic", ["NotificationTopicArn", "ChatTopicArn"])
def test_topic_that_fails_hides_no_other(told, world, topic):
    arn = world.stack.outputs[topic]
    with denied(world.stack, "NotifyRole", "sns:Publish", resource=arn):
        mails, messages = told(report(world), end="FAILED")
    assert (len(mails), len(messages)) == ((0, 1) if topic == "NotificationTopicArn" else (1, 0))
    assert mark(world.key) in world.tags()


def test_user_who_is_gone_has_nothing_to_mark(told, world):
    answer = report(world, outcomes=[outcome(world, userName="Nobody"), outcome(world)])
    (mail,), _ = told(answer)
    assert mark(world.key) in world.tags()


def test_only_deactivated_keys_are_marked(told, world):
    statuses = ["AlreadyInactive", "Failed", "Noticed", "DryRun"]
    told(report(world, outcomes=[outcome(world, status=status) for status in statuses]))
    assert world.tags() == {}


# Every event of events/, by either function, to whoever is told of it.


@pytest.fixture(scope="module")
def everything(stack):
    """A queue that has all that comes on the results bus: a rule of somebody else's, as README suggests."""
    account, bus = stack.account, stack.outputs["ResultsBusName"]
    events = account.client("events")
    pattern = json.dumps({"source": ["lambda"]})
    rule = events.put_rule(Name="everything", EventBusName=bus, EventPattern=pattern)["RuleArn"]
    url, arn = queue_for(account, "everything", "events", rule)
    events.put_targets(Rule="everything", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    return url


def test_every_answer_that_needs_attention_is_told_once_and_no_other(stack, everything, world):
    names = sorted(file.stem for file in (ROOT / "events").glob("*.json"))
    functions, before = stack.account.client("lambda"), len(stack.mailbox.read())
    for name in names:
        for function in ("RespondFunction", "SweepFunction"):
            event = json.dumps(World(stack).event(name))
            physical = stack.resources()[function]
            functions.invoke(FunctionName=physical, InvocationType="Event", Payload=event)
    world.settle()

    sqs, records = stack.account.client("sqs"), []
    while found := sqs.receive_message(QueueUrl=everything, MaxNumberOfMessages=10).get("Messages"):
        records += [json.loads(message["Body"])["detail"] for message in found]
        for message in found:
            sqs.delete_message(QueueUrl=everything, ReceiptHandle=message["ReceiptHandle"])
    assert len(records) == 2 * len(names)

    answers = [record["responsePayload"] for record in records]
    reports = [answer for answer in answers if "errorMessage" not in answer]
    errors = [f"{answer['errorType']}: {answer['errorMessage']}" for answer in answers if "errorMessage" in answer]
    mails = stack.mailbox.read()[before:]
    failures = [mail for mail in mails if attributes_of(mail)["status"][1] == '["Failed"]' and "Request: " in mail["Message"]]
    others = [mail for mail in mails if mail not in failures]

    assert Counter(hashable(mail["Subject"], mail["Message"], attributes_of(mail)) for mail in others) == Counter(
        hashable(answer["subject"], answer["body"], typed(answer["attributes"]))
        for answer in reports
        if answer["attention"] or answer.get("unconfirmed")
    )
    assert len(failures) == len(errors)
    for error in errors:
        assert any(error in mail["Message"] for mail in failures), error
    assert all(re.fullmatch(r"[ -~]{1,99}", mail["Subject"]) for mail in mails)
    silent = [answer for answer in reports if not answer["attention"]]
    loud = {one["status"] for answer in reports if answer["attention"] for one in answer["outcomes"]}
    assert loud >= {"Deactivated", "TemporaryCredential", "RootCredential"} and silent, loud


def hashable(*parts):
    return json.dumps(parts)
