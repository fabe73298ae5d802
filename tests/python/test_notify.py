"""Runs notify.asl.json in moto's interpreter, and looks at who was told what."""

import json
import re

import moto_server
from results_bus import (
    ACCOUNT,
    EXAMPLE,
    FUNCTION,
    SWEEP,
    answers,
    inputs,
    one_input,
    record,
    report,
)
from runner import run, tests_in
from state_machines import HUB, IAM, SNS, SQS, create, execute

BOB = {"userName": "Bob", "keys": [{"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}]}
ALICE = {"userName": "Alice", "keys": [{"accessKeyId": "AKIAIALICE7EXAMPLE22"}]}
MARK = "key-deactivator:deactivated:AKIAIOSFODNN7EXAMPLE"
DENIAL = (
    f"User: arn:aws:sts::{ACCOUNT}:assumed-role/notify/x is not authorized to perform: "
    "iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE"
)


class World:
    """The state machine that tells people, as the template deploys it with these parameters, and who
    listens to it."""

    def __init__(self, chat=False, hasty=False, topic=None, **parameters):
        moto_server.seed({"users": [BOB, ALICE]})
        HUB.iam_errors.clear()
        HUB.iam_calls.clear()
        World.number = getattr(World, "number", 0) + 1
        self.topic, self.queue = self.listen("notifications")
        chat_topic, self.chat_queue = self.listen("chat")
        self.values = {
            "Partition": "aws",
            "AccountId": ACCOUNT,
            "NotificationTopicArn": topic or self.topic,
            "ChatTopicArn": chat_topic if chat is True else chat or "none",
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


def test_every_answer_that_needs_attention_is_told_once_and_no_other():
    # Their users are not all in this world: for those there is nothing to mark.
    world, statuses, silent = World(), set(), set()
    for name, answer in answers().items():
        failed = "errorMessage" in answer
        event = record(answer, "RetriesExhausted" if failed else "Success", 3 if failed else 1)
        found = {outcome["status"] for outcome in answer.get("outcomes", [])}
        started = inputs(event, "results")
        if not failed and not answer["attention"] and not answer.get("unconfirmed"):
            assert started == [], name
            silent |= found
            continue
        ((_, text),) = started
        assert "secret" not in json.dumps(text), name
        moto_server.seed({"users": [BOB, ALICE]})  # nobody knows of any key
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
        assert world.messages(world.chat_queue) == [], name
    for status in ["Deactivated", "Protected", "TemporaryCredential", "RootCredential", "Noticed"]:
        assert status in statuses, (status, statuses)
    assert "Exempt" in silent, silent


def test_every_status_that_needs_attention():
    statuses = ["Deactivated", "DryRun", "Protected", "Noticed", "Pending", "TemporaryCredential"]
    statuses += ["RootCredential", "ForeignAccount", "Failed"]
    world = World()
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


def unconfirmed(*keys, **fields):
    """A report that only names keys that were Inactive before."""
    outcomes = [
        {"status": "AlreadyInactive", "accessKeyId": key, "userName": user, "unconfirmed": True}
        for user, key in keys or [("Bob", "AKIAIOSFODNN7EXAMPLE")]
    ]
    counts = {"AlreadyInactive": len(outcomes)}
    given = {"attention": False, "unconfirmed": True, "counts": counts, "outcomes": outcomes}
    return report(**given | fields)


def test_what_a_retry_may_have_swallowed_is_told_once_and_marked():
    world, answer = World(chat=True), unconfirmed()
    for attempts in [2, 3, 1]:
        assert world.run(one_input(record(answer, attempts=attempts))) == "SUCCEEDED"
    assert world.told()[1] == answer["body"]
    assert len(world.messages(world.chat_queue)) == 1
    assert list(tags()) == [MARK]


def test_a_report_says_which_rule_tells_of_it():
    quiet = {"attention": False, "counts": {}, "outcomes": []}
    assert inputs(record(report(**quiet), attempts=2), "results") == []
    assert [name for name, _ in inputs(record(unconfirmed()), "results")] == ["UnconfirmedRule"]
    both = unconfirmed(attention=True)
    assert [name for name, _ in inputs(record(both), "results")] == ["AttentionRule"]


def test_only_keys_whose_marks_all_say_that_people_know_stay_quiet():
    """Which marks there are, which calls fail, and what is told."""
    bob, alice = ("Bob", "AKIAIOSFODNN7EXAMPLE"), ("Alice", "AKIAIALICE7EXAMPLE22")
    gone = ("Nobody", "AKIAI44QH8DHBEXAMPLE")
    error = {"ListUserTags": (500, "ServiceFailure", "x")}

    def check(keys, marked, errors, told, end="SUCCEEDED"):
        world = World(hasty=True)
        for user, key in marked:
            IAM.tag_user(UserName=user, Tags=[{"Key": f"key-deactivator:deactivated:{key}", "Value": "x"}])
        HUB.iam_errors.update(errors)
        assert world.run(one_input(record(unconfirmed(*keys)))) == end, keys
        assert len(world.messages()) == told, (keys, marked, errors)
        HUB.iam_errors.clear()
        if told and end == "SUCCEEDED":
            for user, key in keys:
                assert user == "Nobody" or f"key-deactivator:deactivated:{key}" in tags(user), user

    check([bob], [], {}, 1)
    check([bob], [bob], {}, 0)
    check([bob, alice], [bob], {}, 1)
    check([bob, alice], [bob, alice], {}, 0)
    check([bob], [("Bob", "AKIAI44QH8DHBEXAMPLE")], {}, 1)
    check([bob], [("Alice", bob[1])], {}, 1)
    check([gone], [], {}, 0)
    check([gone, alice], [], {}, 1)
    check([gone, alice], [alice], {}, 0)
    # What cannot be read is told, whether or not it can be marked.
    check([bob], [bob], error, 1)
    check([bob], [], error | {"TagUser": (403, "AccessDenied", "x")}, 1, "FAILED")
    check([bob], [], {"TagUser": (409, "LimitExceeded", "x")}, 1, "FAILED")


def test_unconfirmed_keys_that_did_not_fit_into_the_report_are_told():
    other = {"status": "NotFound", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "Bob"}
    for outcomes in [[], [other]]:
        world = World()
        answer = unconfirmed(outcomes=outcomes, omitted=7)
        assert world.run(one_input(record(answer))) == "SUCCEEDED"
        assert world.told()[1] == answer["body"] and tags() == {}


def test_a_report_that_needs_attention_is_told_at_once_and_marks_its_unconfirmed_keys():
    alice = {"status": "AlreadyInactive", "accessKeyId": "AKIAIALICE7EXAMPLE22", "userName": "Alice"}
    answer = report()
    answer["outcomes"] = [*answer["outcomes"], alice | {"unconfirmed": True}]
    world = World()
    assert world.run(one_input(record(answer | {"unconfirmed": True}))) == "SUCCEEDED"
    assert world.told()[1] == answer["body"]
    assert MARK in tags() and list(tags("Alice")) == [MARK[:-20] + "AKIAIALICE7EXAMPLE22"]
    assert "ListUserTags" not in HUB.iam_calls[: HUB.iam_calls.index("TagUser")]
    # The same finding again.
    assert world.run(one_input(record(unconfirmed()))) == "SUCCEEDED"
    assert world.messages() == []


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
    world = World()
    # Lambda tells nobody of an attempt that it follows by another; the second is what it records.
    assert "AKIAIALICE7EXAMPLE22" in found["attempts/one-key-fails"]["errorMessage"]
    again = found["attempts/one-key-fails-again"]
    assert world.run(one_input(record(again, attempts=2))) == "SUCCEEDED"
    assert world.told()[1] == again["body"]
    assert {outcome["userName"] for outcome in again["outcomes"]} == {"Bob", "Alice"}


def test_what_a_cut_off_attempt_did_is_announced_once():
    """Of each scene: the second delivery, and a third."""
    found = answers()
    for scene, users in [
        ("cut-off", {"Bob": "AKIAIOSFODNN7EXAMPLE", "Alice": "AKIAIALICE7EXAMPLE22"}),
        ("timed-out", {"Bob": "AKIAIOSFODNN7EXAMPLE"}),
        ("crashed", {"Bob": "AKIAIOSFODNN7EXAMPLE"}),
        ("shown-active", {"Bob": "AKIAIOSFODNN7EXAMPLE"}),
    ]:
        world = World()
        for name in [f"attempts/{scene}-again", f"attempts/{scene}-a-third-time"]:
            for attempts in [2, 3]:
                event = record(found[name], attempts=attempts)
                assert world.run(one_input(event)) == "SUCCEEDED", name
        _, body, attributes = world.told()
        assert body == found[name]["body"]
        for user, key in users.items():
            assert f"{key} of {user}: AlreadyInactive" in found[name]["summary"], name
            assert list(tags(user)) == [f"key-deactivator:deactivated:{key}"], name
        assert attributes["status"] == ("String.Array", '["AlreadyInactive"]')


def test_twice_the_same_finding_is_one_message():
    found = answers()
    first = found["events/guardduty-compromised-credentials"]
    world = World()
    for answer in [first, unconfirmed()]:
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
    world = World(chat=True, hasty=True)
    HUB.iam_errors["TagUser"] = (409, "LimitExceeded", "50 tags")
    check(world, 1, 1, False)
    # A user who is gone has nothing to mark.
    world = World(chat=True)
    answer["outcomes"] = [answer["outcomes"][0] | {"userName": "Nobody"}, *answer["outcomes"]]
    assert world.run(one_input(record(answer))) == "SUCCEEDED"
    assert MARK in tags()


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


def test_a_key_that_the_account_does_not_have_is_nobodys_business():
    """What IAM says to GetAccessKeyLastUsed, how the execution ends, and how often it asks."""

    def check(status, code, message, end, calls):
        world = World(hasty=True)
        IAM.tag_user(UserName="Bob", Tags=[{"Key": MARK, "Value": "x"}])
        HUB.iam_errors["GetAccessKeyLastUsed"] = (status, code, message)
        assert world.run(one_input(activated(), "default")) == end, message
        assert HUB.iam_calls.count("GetAccessKeyLastUsed") == calls, HUB.iam_calls
        assert world.messages() == [] and MARK in tags()

    check(403, "AccessDenied", DENIAL, "SUCCEEDED", 1)
    check(404, "NoSuchEntity", "gone", "SUCCEEDED", 1)
    # A missing permission, and whatever else there is: asked again, and NotifyAlarm rings.
    because = f"{DENIAL} because no identity-based policy allows the iam:GetAccessKeyLastUsed action"
    explicit = f"{DENIAL} with an explicit deny in a service control policy"
    for message in [because, explicit, f"{DENIAL} or not", "is not authorized", ""]:
        check(403, "AccessDenied", message, "FAILED", 3)
    check(403, "ExpiredToken", "x", "FAILED", 3)


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
