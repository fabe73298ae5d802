"""`make smoke` against the local AWS: what it says, that it can say no, and that nothing of it stays."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack

import pytest

import causes
from deployment import deploy
from packaging import ROOT
from waiting import wait_until
from worlds import World

PARAMETERS = {
    "TriggerTopicArn": "arn:aws:sns:us-east-1:{account}:findings",
    "DenySessions": "ENABLED",
    "SecurityHubWriteBack": "notify",
    "SecurityHubOcsfWriteBack": "notify",
}
PREFIX = "iam-key-deactivator-smoke-"
# The local AWS is made after the documentation: it cannot contradict it.
YES = {
    "mail", "finding-invoked", "finding-published", "new-key", "key-stops", "sessions-end", "services-act", "deleted-named", "deleted-unnamed",
    "deleted-user-named", "deleted-user-unnamed", "denial-text", "denial-name", "write-back-asff",
    "write-back-ocsf", "alarm", "failure-queue", "replay", "is-truncated", "last-rotated",
}  # fmt: skip


def documented(account):
    """The permissions that docs/operations.md asks for, for this account."""
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    block = re.search(r'```json\n(\[\n  \{ "Sid": "OwnUsers".*?)```', text, re.S)[1]
    return json.loads(block.replace("111122223333", account.number))


class Person:
    """Somebody who may do only what the docs say, without `denied`."""

    def __init__(self, stack, name, denied=()):
        self.stack, self.account, iam = stack, stack.account, stack.account.client("iam")
        statements = documented(self.account)
        if denied:
            statements.append({"Effect": "Deny", "Action": denied, "Resource": "*"})
        iam.create_user(UserName=name)
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=name, PolicyName="smoke", PolicyDocument=document)
        self.key = iam.create_access_key(UserName=name)["AccessKey"]

    def start(self, directory, *arguments):
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": self.account.aws.url,
            "AWS_ACCESS_KEY_ID": self.key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.key["SecretAccessKey"],
            "AWS_DEFAULT_REGION": self.account.region,
        }
        script = ROOT / "scripts/smoke"
        command = [sys.executable, script, self.stack.name, "--output", directory / "smoke.json", *arguments]
        return subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip

    def run(self, directory, *arguments):
        """The exit code, what it printed, and the verdicts by name."""
        process = self.start(directory, *arguments)
        out, _ = process.communicate()
        file = directory / "smoke.json"
        verdicts = json.loads(file.read_text())["verdicts"] if file.exists() else []
        return process.returncode, out, {one["name"]: one["verdict"] for one in verdicts}


@pytest.fixture(scope="module")
def person(stack):
    return Person(stack, "Tester")


@pytest.fixture(scope="module")
def bystander(stack):
    """A user under the path of the throw-away users, with another name."""
    return World(stack, path="/iam-key-deactivator-smoke/", name="Bystander")


@pytest.fixture(scope="module")
def whole(person, bystander, tmp_path_factory):
    directory = tmp_path_factory.mktemp("smoke")
    return *person.run(directory, "--yes"), (directory / "smoke.json").read_text()


def left(stack):
    """Everything of a run that is still there; what is in the failure queue apart."""
    account = stack.account
    topics = [stack.outputs[name] for name in ("NotificationTopicArn", "AlarmTopicArn")]
    sns, filters = account.client("sns"), {"RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}]}
    subscriptions = [one for topic in topics for one in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]]
    found = [
        *[user["UserName"] for user in account.client("iam").list_users()["Users"]],
        *account.client("sqs").list_queues().get("QueueUrls", []),
        *[bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]],
        *[alarm["AlarmName"] for alarm in account.client("cloudwatch").describe_alarms()["MetricAlarms"]],
        *[subscription["Endpoint"] for subscription in subscriptions],
        *[finding["Id"] for finding in account.client("securityhub").get_findings(Filters=filters)["Findings"]],
    ]
    return [name for name in found if PREFIX in name]


def in_failure_queue(stack):
    return [message["Body"] for message in stack.failures() if PREFIX in message["Body"]]


def test_every_fact_has_a_verdict(whole):
    code, out, verdicts, _ = whole

    assert verdicts == dict.fromkeys(YES, "yes"), out
    assert code == 0, out


def test_nothing_stays_and_nobody_else_is_touched(whole, stack, bystander):
    assert left(stack) == [] and in_failure_queue(stack) == [], whole[1]
    assert set(bystander.keys().values()) == {"Active"} and bystander.tags() == {}


def test_what_is_sent_in_names_nobody(whole, person, stack):
    _, out, _, text = whole

    for secret in (stack.account.number, "arn:aws", "AKIA", person.key["AccessKeyId"]):
        assert secret not in text, text
    assert "AKIA" not in out and person.key["SecretAccessKey"] not in out
    # It is anonymous because names are taken out, not because there are none.
    assert "User: ARN is not authorized to perform" in text


def unheard(stack):
    """Nobody is told of results, and the trigger topic does not reach the function."""
    broken = ExitStack()
    for cause in (causes.nobody_can_be_told, causes.topic_may_not_invoke):
        broken.enter_context(cause(stack))
    return broken


# What is broken, and the verdicts that it changes.
BROKEN = {unheard: {"mail", "finding-published"}, causes.iam_denies: {"finding-invoked", "finding-published", "new-key"}}
ASKED = ("mail", "finding-invoked", "finding-published", "new-key", "denial-name", "alarm")


@pytest.mark.parametrize("cause", BROKEN, ids=lambda cause: cause.__name__)
def test_says_no_to_what_is_broken_alone(cause, stack, person, tmp_path):
    expected = BROKEN[cause]
    with cause(stack):
        code, out, verdicts = person.run(tmp_path, "--yes", "--limit", "20", "--only", *ASKED)

    assert {name for name, verdict in verdicts.items() if verdict == "no"} == expected, out
    assert {verdict for name, verdict in verdicts.items() if name not in expected} == {"yes"}, out
    assert code == 1 and left(stack) == [], out


def test_a_check_that_throws_does_not_stop_the_rest(stack, tmp_path):
    person = Person(stack, "Limited", denied=["cloudwatch:PutMetricAlarm"])
    code, out, verdicts = person.run(tmp_path, "--yes", "--only", *ASKED)

    assert verdicts == dict.fromkeys(ASKED, "yes") | {"alarm": "unknown"}, out
    assert "AccessDenied" in out and code == 1 and left(stack) == [], out


def test_clean_up_goes_on_and_the_next_run_ends_it(stack, person, tmp_path):
    limited = Person(stack, "Untidy", denied=["sqs:DeleteQueue"])
    code, out, _ = limited.run(tmp_path, "--yes", "--only", "is-truncated")

    assert code == 1 and "could not remove: queue: AccessDenied" in out
    assert {name.rpartition("-")[2] for name in left(stack)} == {"mails", "alarms"}, out

    code, out, verdicts = person.run(tmp_path, "--yes", "--only", "is-truncated")
    assert "2 of kind queue" in out and verdicts == {"is-truncated": "yes"}
    assert code == 0 and left(stack) == [], out


# The code it ends with, and whether it tidies up first.
ENDINGS = {signal.SIGINT: (130, True), signal.SIGTERM: (130, True), signal.SIGKILL: (-signal.SIGKILL, False)}


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_ended_in_the_middle(ending, stack, person, world, tmp_path):
    code, tidy = ENDINGS[ending]
    process = person.start(tmp_path, "--yes")
    wait_until(lambda: len(left(stack)) > 8, "a run in the middle")
    process.send_signal(ending)
    out, _ = process.communicate()

    assert process.returncode == code, out
    assert (left(stack) == []) == tidy, out
    assert not (tmp_path / "smoke.json").exists()

    # An event that was under way may have come to the failure queue since.
    world.settle()
    person.run(tmp_path, "--yes", "--only", "is-truncated")
    assert left(stack) == [] and in_failure_queue(stack) == []


def test_does_nothing_unasked(stack, person, tmp_path):
    code, out, verdicts = person.run(tmp_path)

    assert code == 0 and "Nothing was done" in out and verdicts == {}
    assert stack.account.number in out and stack.account.region in out and stack.name in out


def test_does_not_ask_what_the_deployment_cannot_answer(new_account, tmp_path):
    stack = deploy(new_account(), {"ResponseMode": "dry-run", "KeyReactivatedEvents": "DISABLED"})
    code, out, verdicts = Person(stack, "Tester").run(tmp_path, "--yes")

    asked = {"mail", "key-stops", "denial-text", "alarm", "failure-queue", "replay", "is-truncated", "last-rotated"}
    expected = {name: "yes" if name in asked else "not asked" for name in YES}
    assert verdicts == expected, out
    assert code == 0 and left(stack) == [] and in_failure_queue(stack) == [], out


def test_other_events_in_the_failure_queue_are_not_replayed(stack, person, tmp_path):
    url, sqs = stack.outputs["FailureQueueUrl"], stack.account.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody='{"of": "somebody else"}')
    try:
        code, out, verdicts = person.run(tmp_path, "--yes", "--only", "failure-queue", "replay")

        assert verdicts == {"failure-queue": "yes", "replay": "not asked"}, out
        assert [message["Body"] for message in stack.failures()] == ['{"of": "somebody else"}']
    finally:
        sqs.purge_queue(QueueUrl=url)


def test_refuses_where_new_keys_are_deactivated(new_account, tmp_path):
    stack = deploy(new_account(), {"DeactivateNewKeys": "true"})
    code, out, verdicts = Person(stack, "Tester").run(tmp_path, "--yes")

    assert code == 1 and "DeactivateNewKeys is true" in out and verdicts == {} and left(stack) == []
