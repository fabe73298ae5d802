"""Where `make smoke` works: a deployed stack, and what a run creates beside it and removes again."""

import json
import secrets
import threading
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PREFIX = "iam-key-deactivator-smoke-"
PATH = "/iam-key-deactivator-smoke/"  # left-over users are found by their path, in one call
SERVICES = ("cloudformation", "cloudwatch", "iam", "lambda", "s3", "securityhub", "sns", "sqs", "stepfunctions", "sts")
OUTPUTS = ("RespondFunctionArn", "FailureQueueUrl", "NotificationTopicArn", "AlarmTopicArn", "NotifyStateMachineArn")
# A call of the function takes up to 30 seconds.
CONFIG = Config(read_timeout=60, retries={"mode": "standard"}, inject_host_prefix=False)
KNOWN = 60  # seconds until all of IAM knows what is new
HIDDEN = 20  # seconds in which nobody else receives a message that is being looked at
ERRORS = (ClientError, BotoCoreError)


class NotAsked(Exception):
    """This stack, or this account, cannot answer; the text says what to change."""


class Failed(Exception):
    """The function failed on an event that it should handle."""


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def code_of(error):
    """An error's name, without a word of its text: the text names the account."""
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"]
    return type(error).__name__


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Place:
    def __init__(self, stack):
        self.stack, self.name = stack, PREFIX + secrets.token_hex(3)
        self.clients = {name: boto3.client(name, config=CONFIG) for name in SERVICES}
        self.stop = threading.Event()
        self.users, self.queues, self.buckets, self.findings = [], [], [], []
        self.awaited = set()  # events that are to come to the failure queue
        self.mails = self.alarms = None
        self.under_way = set()  # names of checks
        self.kept = None  # the request whose event is in the failure queue
        self._read_stack()

    def __getattr__(self, service):
        """`place.iam` is IAM's client."""
        try:
            return self.__dict__["clients"][service]
        except KeyError:
            raise AttributeError(service) from None

    def _read_stack(self):
        found = self.cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
        self.settings = {one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])}
        if missing := [key for key in OUTPUTS if key not in self.outputs]:
            raise LookupError(f"stack {self.stack} has no output {missing[0]}: is it iam-key-deactivator's?")
        _, self.partition, _, self.region, self.account = self.outputs["RespondFunctionArn"].split(":")[:5]

    def resource(self, logical):
        """The physical ID of a resource of the stack, or None."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.stack)
        found = (one for page in pages for one in page["StackResourceSummaries"])
        return next((one["PhysicalResourceId"] for one in found if one["LogicalResourceId"] == logical), None)

    def wait(self, look, limit):
        """What `look` finds, or None when the time is over."""
        end, pause = time.monotonic() + limit, 0.1
        while not (found := look()):
            if self.stop.wait(min(pause, max(0, end - time.monotonic()))):
                raise Stopped
            if time.monotonic() >= end:
                return None
            pause = min(pause * 1.5, 3)
        return found

    # ── What a run creates ──────────────────────────────────────────────────────────────────────────

    def prepare(self):
        self.mails = self._mailbox("mails", self.outputs["NotificationTopicArn"])
        self.alarms = self._mailbox("alarms", self.outputs["AlarmTopicArn"])

    def _mailbox(self, kind, topic):
        """A queue that subscribes to a topic. Failures wait for the checks that need it."""
        try:
            return Mailbox(self, f"{self.name}-{kind}", topic)
        except ERRORS as error:
            return error

    def user(self, check):
        name = f"{self.name}-{check}"
        if self.stop.is_set():
            raise Stopped
        self.users.append(name)
        self.iam.create_user(UserName=name, Path=PATH, Tags=[{"Key": "created-by", "Value": self.name}])
        self.wait(lambda: self.user_id(name), KNOWN)
        return name

    def bucket(self, check):
        name = f"{self.name}-{check}"
        self.buckets.append(name)
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        self.s3.create_bucket(Bucket=name, **({} if self.region == "us-east-1" else elsewhere))
        return name

    def user_id(self, name):
        try:
            return self.iam.get_user(UserName=name)["User"]["UserId"]
        except self.iam.exceptions.NoSuchEntityException:
            return None

    def key(self, user):
        return self.iam.create_access_key(UserName=user)["AccessKey"]

    def known_key(self, user):
        """A key of which IAM's readers know as well."""
        key = self.key(user)["AccessKeyId"]
        self.wait(lambda: self.status(user, key) and self.owner(key), KNOWN)
        return key

    def status(self, user, key):
        try:
            found = self.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        except self.iam.exceptions.NoSuchEntityException:
            return None
        return next((one["Status"] for one in found if one["AccessKeyId"] == key), None)

    def owner(self, key):
        try:
            return self.iam.get_access_key_last_used(AccessKeyId=key).get("UserName")
        except ClientError as error:
            if code_of(error) in ("AccessDenied", "NoSuchEntity"):
                return None
            raise

    # ── What a run asks of the stack ────────────────────────────────────────────────────────────────

    def must_act(self):
        if self.settings.get("ResponseMode") == "dry-run":
            raise NotAsked("ResponseMode is dry-run: set enforce")

    def ask(self, event):
        """The function's report on an event."""
        answer = self.clients["lambda"].invoke(
            FunctionName=self.outputs["RespondFunctionArn"], Payload=json.dumps(event)
        )
        report = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Failed(report.get("errorType", "FunctionError"))
        return report

    def send(self, event):
        """As all triggers do: the result goes to the results bus."""
        self.clients["lambda"].invoke(
            FunctionName=self.outputs["RespondFunctionArn"], InvocationType="Event", Payload=json.dumps(event)
        )

    def execute(self, machine, given, limit):
        """How an execution ended, and the errors of its tasks."""
        arn = self.stepfunctions.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
        found = {}

        def ended():
            found.update(self.stepfunctions.describe_execution(executionArn=arn))
            return found["status"] != "RUNNING"

        self.wait(ended, limit)
        history = self.stepfunctions.get_execution_history(executionArn=arn, maxResults=100)["events"]
        failed = (event.get("taskFailedEventDetails") for event in history)
        return found["status"], [details for details in failed if details]

    def failures(self, delete=lambda message: False):
        """The messages in the failure queue. They are left there, except those to delete."""
        url, seen = self.outputs["FailureQueueUrl"], {}
        asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1, "VisibilityTimeout": HIDDEN}
        while new := self.sqs.receive_message(**asked, MessageAttributeNames=["All"]).get("Messages"):
            if all(message["MessageId"] in seen for message in new):
                break
            seen |= {message["MessageId"]: message for message in new}
        for message in seen.values():
            handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
            if delete(message):
                self.sqs.delete_message(**handle)
            else:
                self.sqs.change_message_visibility(**handle, VisibilityTimeout=0)
        return list(seen.values())


class Mailbox:
    """A queue that subscribes to a topic, and all that came so far."""

    def __init__(self, place, name, topic):
        self.sqs, self.mails, self.lock = place.sqs, [], threading.Lock()
        arn = f"arn:{place.partition}:sqs:{place.region}:{place.account}:{name}"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.url = place.sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        place.queues.append(self.url)
        place.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def about(self, word):
        """The first message with this word in it."""
        with self.lock:
            asked = {"QueueUrl": self.url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1}
            for message in self.sqs.receive_message(**asked).get("Messages", []):
                self.mails.append(message["Body"])
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            return next((mail for mail in self.mails if word in mail), None)


def mailbox(found):
    """The mailbox, or the error that it met when it was made."""
    if isinstance(found, Exception):
        raise found
    return found
