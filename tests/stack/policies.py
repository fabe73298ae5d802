"""Policies of what is deployed, of resources and of roles' trust: read, and with one statement gone."""

import json
from contextlib import contextmanager
from typing import NamedTuple

# In the place of a statement: a policy must have one, and nobody asks for this.
NOTHING = {"Effect": "Deny", "Principal": "*", "Action": "none:Nothing", "Resource": "*"}


class Policy(NamedTuple):
    """A policy that is read and put as a whole."""

    read: callable
    put: callable

    def statements(self):
        return self.read()["Statement"]

    @contextmanager
    def replaced(self, sid, *others):
        """These instead of the statement."""
        before = self.read()
        kept = [found for found in before["Statement"] if found.get("Sid") != sid]
        assert len(kept) + 1 == len(before["Statement"]), sid
        self.put(before | {"Statement": [*kept, *others]})
        try:
            yield
        finally:
            self.put(before)

    def without(self, sid):
        return self.replaced(sid, NOTHING)


def of_queue(stack, url):
    sqs = stack.account.client("sqs")

    def read():
        asked = {"QueueUrl": url, "AttributeNames": ["Policy"]}
        return json.loads(sqs.get_queue_attributes(**asked)["Attributes"]["Policy"])

    def put(policy):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})

    return Policy(read, put)


def of_topic(stack, arn):
    sns = stack.account.client("sns")

    def read():
        return json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])

    def put(policy):
        asked = {"AttributeName": "Policy", "AttributeValue": json.dumps(policy)}
        sns.set_topic_attributes(TopicArn=arn, **asked)

    return Policy(read, put)


def of_bus(stack, name):
    events = stack.account.client("events")

    def read():
        return json.loads(events.describe_event_bus(Name=name)["Policy"])

    def put(policy):
        events.put_permission(EventBusName=name, Policy=json.dumps(policy))

    return Policy(read, put)


def of_trust(stack, role):
    iam, name = stack.account.client("iam"), stack.resources()[role]

    def read():
        return iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]

    def put(policy):
        asked = {"RoleName": name, "PolicyDocument": json.dumps(policy)}
        iam.update_assume_role_policy(**asked)

    return Policy(read, put)


# The policies of template.yaml, by its types, and the parameter or attribute that says whose they are.
KINDS = {
    "AWS::SQS::QueuePolicy": of_queue,
    "AWS::SNS::TopicPolicy": of_topic,
    "AWS::Events::EventBusPolicy": of_bus,
}


def of_function(stack, arn):
    """The statements that permit its invocation."""
    policy = stack.account.client("lambda").get_policy(FunctionName=arn)["Policy"]
    return json.loads(policy)["Statement"]


def source(statement):
    """On whose behalf a service may invoke a function."""
    ((_, keys),) = statement["Condition"].items()
    assert list(keys) == ["AWS:SourceArn"] or list(keys) == ["aws:SourceArn"], statement
    return next(iter(keys.values()))
