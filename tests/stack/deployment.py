"""The stack, deployed from template.yaml into an account."""

import json
from functools import cached_property

from packaging import BUCKET, ROOT, package

NAME = "iam-key-deactivator"
REFUSED = ("FAILED", "ROLLBACK_COMPLETE")


def deploy(account, parameters={}, template="template.yaml", name=NAME):
    """Deploys or updates the stack with these parameters. Other parameters have their defaults."""
    stack = Stack(account, name)
    stack.apply(parameters, (ROOT / template).read_text(encoding="utf-8"))
    return stack


class Stack:
    def __init__(self, account, name):
        self.account, self.name = account, name
        self.cloudformation = account.client("cloudformation")

    def apply(self, parameters, source):
        url = self._upload(
            "template.json",
            package(source, self._package).encode(),
            "https://s3.amazonaws.com/{}/{}",
        )
        if self.exists():
            self._update(parameters, TemplateURL=url)
        else:
            self.cloudformation.create_stack(**self._request(parameters, TemplateURL=url))
            self._wait("stack_create_complete")

    def update(self, parameters):
        """Updates the stack to these parameters. Other parameters have their defaults."""
        self._update(parameters, UsePreviousTemplate=True)

    def _update(self, parameters, **template):
        try:
            self.cloudformation.update_stack(**self._request(parameters, **template))
        except self.cloudformation.exceptions.ClientError as error:
            if "No updates are to be performed" in str(error):
                return
            raise
        self._wait("stack_update_complete")
        vars(self).pop("outputs", None)

    def _request(self, parameters, **template):
        return {
            "StackName": self.name,
            "Parameters": [
                {"ParameterKey": k, "ParameterValue": str(v)} for k, v in parameters.items()
            ],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            **template,
        }

    def _package(self, name, content):
        return self._upload(name, content, "s3://{}/{}")

    def _upload(self, name, content, form):
        s3, region = self.account.client("s3"), self.account.region
        bucket = f"{BUCKET}-{self.account.number}-{region}"
        if bucket not in [found["Name"] for found in s3.list_buckets()["Buckets"]]:
            place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
            s3.create_bucket(Bucket=bucket, **(place if region != "us-east-1" else {}))
        s3.put_object(Bucket=bucket, Key=name, Body=content)
        return form.format(bucket, name)

    def _wait(self, waiter):
        try:
            config = {"Delay": 0.2, "MaxAttempts": 600}
            self.cloudformation.get_waiter(waiter).wait(StackName=self.name, WaiterConfig=config)
        except Exception as error:
            events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
            reasons = [
                f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
                for event in reversed(events)
                if event["ResourceStatus"].endswith("FAILED")
            ]
            raise RuntimeError(f"stack {self.name}: " + "; ".join(reasons)) from error

    def exists(self):
        try:
            return bool(self.cloudformation.describe_stacks(StackName=self.name)["Stacks"])
        except self.cloudformation.exceptions.ClientError:
            return False

    def delete(self):
        self.cloudformation.delete_stack(StackName=self.name)
        self._wait("stack_delete_complete")

    @cached_property
    def outputs(self):
        found = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    def resources(self):
        """Logical ID: physical ID."""
        return {name: physical for name, (_, physical) in self.kinds().items()}

    def kinds(self):
        """Logical ID: type and physical ID."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(
            StackName=self.name
        )
        return {
            resource["LogicalResourceId"]: (
                resource["ResourceType"],
                resource["PhysicalResourceId"],
            )
            for page in pages
            for resource in page["StackResourceSummaries"]
        }

    def failures(self):
        """The messages in the failure queue. They stay there."""
        sqs, url = self.account.client("sqs"), self.outputs["FailureQueueUrl"]
        found = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, MessageAttributeNames=["All"]
        )
        return found.get("Messages", [])

    def logged(self, group):
        """A function's log lines in JSON; `group` is the output that names its log group."""
        logs = self.account.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=self.outputs[group])
        lines = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(line) for line in lines if line.startswith("{")]
