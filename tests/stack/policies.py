"""Reads the policies of deployed resources and the trust of roles, and changes them temporarily."""

import json
from contextlib import contextmanager
from typing import NamedTuple

# In the place of a statement: a policy must have one, and nobody asks for this.
NOTHING = {"Effect": "Deny", "Principal": "*", "Action": "none:Nothing", "Resource": "*"}


class Policy(NamedTuple):
    """A policy that is read and written as a whole."""

    read: callable
    put: callable

    @contextmanager
    def being(self, statements):
        """Sets these statements temporarily."""
        before = self.read()
        self.put({"Version": "2012-10-17", "Statement": statements})
        try:
            yield
        finally:
            self.put(before)

    def without(self, sid):
        found = self.read()["Statement"]
        kept = [statement for statement in found if statement["Sid"] != sid]
        assert len(kept) + 1 == len(found), sid
        return self.being([*kept, NOTHING])


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
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(policy))

    return Policy(read, put)


def trusting(stack, role, effect, principal):
    """The stack, whose deployed role trusts only this principal, or nobody."""
    statement = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}
    return of_trust(stack, role).being([statement])


# By the types that template.yaml has for them.
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
    """The sources for which a service may use the statement."""
    ((arns,),) = (keys.values() for keys in statement["Condition"].values())
    return arns
