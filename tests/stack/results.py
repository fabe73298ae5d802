"""The results bus: records as Lambda's destinations put them there, and the state machines that they start."""

import json
from contextlib import contextmanager

FORMS = {"status": "String.Array", "source": "String.Array", "severity": "Number", "accountId": "String"}


def report(world, **changes):
    """The function's report on the world's first key, with text that breaks careless quoting."""
    return {
        "subject": f"{world.key} of {world.user}: Deactivated",
        "body": f"What happened to {world.user}:\n<b>'{{}}'</b> \\ \"quoted\" $.x {{% $x %}} é\n",
        "chat": "In short: <!here> *x* '{}' \\ \"quoted\"\n",
        "attributes": {
            "status": '["Deactivated"]',
            "source": '["guardduty"]',
            "severity": "8.0",
            "accountId": world.account.number,
        },
        "attention": True,
        "outcomes": [outcome(world)],
        "writeBack": {"asff": [], "ocsf": []},
    } | changes


def outcome(world, **changes):
    found = {"status": "Deactivated", "accessKeyId": world.key, "userName": world.user, "attention": True}
    return found | changes


def unconfirmed(world, *outcomes):
    """A report that names only keys that were Inactive before."""
    found = outcomes or [outcome(world)]
    changes = {"status": "AlreadyInactive", "unconfirmed": True, "attention": False}
    return report(world, attention=False, unconfirmed=True, outcomes=[one | changes for one in found])


def mark(key):
    return f"key-deactivator:deactivated:{key}"


def attributes_of(mail):
    return {name: (found["Type"], found["Value"]) for name, found in mail["MessageAttributes"].items()}


def typed(attributes):
    return {name: (FORMS[name], value) for name, value in attributes.items()}


class Results:
    """The stack's results bus, and its targets."""

    def __init__(self, stack):
        self.stack, self.account = stack, stack.account
        self.functions = {
            name: f"arn:aws:lambda:{self.account.region}:{self.account.number}:function:{physical}:$LATEST"
            for name, physical in stack.resources().items()
            if name in ("RespondFunction", "SweepFunction")
        }

    # "Capturing records of Lambda asynchronous invocations"
    def record(self, answer, condition="Success", attempts=1, function="RespondFunction", **changes):
        arn = self.functions.get(function, function)
        detail = {
            "version": "1.0",
            "timestamp": "2026-01-02T03:04:05.678Z",
            "requestContext": {
                "requestId": "00000000-0000-4000-8000-000000000001",
                "functionArn": arn,
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
            "source": "lambda",
            "account": self.account.number,
            "time": "2026-01-02T03:04:05Z",
            "region": self.account.region,
            "resources": [arn],
            "detail": detail,
        } | changes

    def put(self, *args, **of_record):
        """A record on the bus."""
        bus = self.stack.outputs["ResultsBusName"]
        self.account.control("put_event", event=self.record(*args, **of_record), bus=bus)


class Machine:
    """A state machine of the stack."""

    def __init__(self, stack, name):
        self.sfn = stack.account.client("stepfunctions")
        self.arn = stack.resources()[name]
        self.known = set()

    def new(self):
        """The executions since the last call."""
        pages = self.sfn.get_paginator("list_executions").paginate(stateMachineArn=self.arn)
        arns = {found["executionArn"] for page in pages for found in page["executions"]} - self.known
        self.known |= arns
        return [self.sfn.describe_execution(executionArn=arn) for arn in sorted(arns)]

    def ends(self):
        """Their final status."""
        return [found["status"] for found in self.new()]

    def states(self, execution):
        """The states that an execution entered, except those in a Map."""
        arn = execution["executionArn"]
        pages = self.sfn.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [event for page in pages for event in page["events"]]
        entered = [event.get("stateEnteredEventDetails") for event in events]
        return [state["name"] for state in entered if state]

    def next_state(self, state, given):
        """The state that follows for this input."""
        definition = json.loads(self.sfn.describe_state_machine(stateMachineArn=self.arn)["definition"])
        answer = self.sfn.test_state(
            definition=json.dumps(definition["States"][state] | {"QueryLanguage": "JSONata"}),
            roleArn="arn:aws:iam::123456789012:role/none",
            input=json.dumps(given),
        )
        return answer["nextState"]


@contextmanager
def denied(stack, role, action, resource="*"):
    """Temporarily denies this action to a role of the stack."""
    name, iam = stack.resources()[role], stack.account.client("iam")
    statement = {"Effect": "Deny", "Action": action, "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="denied", PolicyDocument=policy)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="denied")
