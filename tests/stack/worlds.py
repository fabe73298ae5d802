"""A world in a deployed stack: users of its own with their keys, the mails about them, and events in which
they take the place of those in events/."""

import json
import re
from datetime import datetime, timezone
from hashlib import sha512
from itertools import count

from packaging import ROOT
from waiting import wait_until

ACCOUNT = "123456789012"  # whose events are in events/
KEY, SIBLING = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"
USERS = re.compile(r"\b(Bob|Alice)\b")
USER_IDS = re.compile(r"\bAIDA[A-Z0-9]{12,}\b")
FINDING_IDS = re.compile(r"\b([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64})\b")
NUMBERS = count(1)
# How a mail's first line about a key says its status.
HEADINGS = {
    "Deactivated": "Deactivated",
    "AlreadyInactive": "Already Inactive",
    "Noticed": "Notice given",
    "Pending": "Pending",
    "DryRun": "Dry run",
}


def queue_for(account, name, service, source):
    """The URL and the ARN of a new queue to which this service may send for this source."""
    arn = f"arn:aws:sqs:{account.region}:{account.number}:{name}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    attributes = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    url = account.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, arn


class Mailbox:
    """A queue that subscribes to a topic, with everything it received."""

    def __init__(self, account, topic):
        self.sqs, self.mails = account.client("sqs"), []
        self.url, arn = queue_for(account, topic.rpartition(":")[2] + "-mailbox", "sns", topic)
        account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def read(self):
        """Every notification so far, the oldest first."""
        while found := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in found:
                self.mails.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return self.mails

    def about(self, word):
        return [mail for mail in self.read() if word in mail["Subject"] + mail["Message"]]


class World:
    """Bob and his two keys, under names that no other world has."""

    def __init__(self, stack, path="/", name=None):
        self.stack, self.account = stack, stack.account
        self.iam = self.account.client("iam")
        self.user = name or f"Bob{next(NUMBERS)}x"
        self.user_id = self.iam.create_user(UserName=self.user, Path=path)["User"]["UserId"]
        self.ids = set()
        self.key, self.sibling = self.add_key(), self.add_key()

    def add_key(self):
        return self.iam.create_access_key(UserName=self.user)["AccessKey"]["AccessKeyId"]

    def remove(self):
        for policy in self.policies():
            self.iam.detach_user_policy(UserName=self.user, PolicyArn=policy)
        for key in self.keys():
            self.iam.delete_access_key(UserName=self.user, AccessKeyId=key)
        self.iam.delete_user(UserName=self.user)

    def renew_sibling(self):
        """The user replaces the second key."""
        self.iam.delete_access_key(UserName=self.user, AccessKeyId=self.sibling)
        self.sibling = self.add_key()

    def event(self, name, **changes):
        """events/NAME.json, about this world; `changes` replace further text."""
        text = (ROOT / "events" / f"{name}.json").read_text(encoding="utf-8")
        for old, new in {
            ACCOUNT: self.account.number,
            KEY: self.key,
            SIBLING: self.sibling,
            **changes,
        }.items():
            text = text.replace(old, new)
        text = USERS.sub(self.user, USER_IDS.sub(self.user_id, text))
        return json.loads(FINDING_IDS.sub(self._own_id, text))

    def _own_id(self, found):
        """A finding's ID that no other world has, of the same form."""
        digits = iter(sha512((self.user + found[0]).encode()).hexdigest())
        self.ids.add(own := re.sub("[0-9a-f]", lambda _: next(digits), found[0]))
        return own

    def put(self, event):
        """Puts the event on the default bus, as AWS's own services do. Returns when everything it caused has ended."""
        self.send(event)
        self.settle()

    def send(self, event):
        self.account.control("put_event", event=event)

    def policies(self):
        """The ARNs of the managed policies that are attached to the user."""
        found = self.iam.list_attached_user_policies(UserName=self.user)["AttachedPolicies"]
        return [policy["PolicyArn"] for policy in found]

    def days_pass(self, days):
        self.account.control("days_pass", users=[self.user], days=days)

    def used_today(self, key):
        self.account.control(
            "used", key=key, date=f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        )

    def settle(self):
        wait_until(
            lambda: self.account.control("settled"), "the end of all invocations and executions"
        )

    def wait_for_refusal(self, text):
        def found():
            return [refusal for refusal in self.account.control("refusals") if text in refusal]

        return wait_until(found, f"a refusal of {text}")

    def keys(self):
        """Status by ID."""
        found = self.iam.list_access_keys(UserName=self.user)["AccessKeyMetadata"]
        return {key["AccessKeyId"]: key["Status"] for key in found}

    def inactive(self):
        return [key for key, status in self.keys().items() if status == "Inactive"]

    def tags(self):
        return {
            tag["Key"]: tag["Value"] for tag in self.iam.list_user_tags(UserName=self.user)["Tags"]
        }

    def headline(self, status, key=None):
        """The first line that a mail has about a key of this world."""
        account = self.account.number
        return f"{HEADINGS[status]}: access key {key or self.key} of user {self.user} in account {account}\n"

    def mails(self):
        return self.stack.mailbox.about(self.user)

    def write_backs(self):
        """The calls to Security Hub about this world's findings: (call, arguments)."""
        calls = self.account.control("security_hub_calls")
        told = [(call["call"], call["arguments"]) for call in calls]
        return [(call, arguments) for call, arguments in told if self.ids & ids_in(arguments)]


def ids_in(arguments):
    return {found[0] for found in FINDING_IDS.finditer(json.dumps(arguments))}


def with_mailbox(stack):
    stack.mailbox = Mailbox(stack.account, stack.outputs["NotificationTopicArn"])
    return stack


def sweep(*worlds, days=0):
    """Lets days pass for these worlds, and starts the schedule."""
    for world in worlds:
        world.days_pass(days)
    worlds[0].account.control("fire_schedules")
    worlds[0].settle()
