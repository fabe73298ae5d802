"""Where the system reports a failure: in a log, a mail, a state machine's history or the failure queue. If only a
metric of AWS shows it, the alarm on that metric."""

from samtranslator.yaml_helper import yaml_parse

from least_privilege import chosen
from packaging import ROOT

GROUPS = ("RespondLogGroupName", "SweepLogGroupName")


class Heard:
    def __init__(self, stack):
        self.stack, self.sfn = stack, stack.account.client("stepfunctions")
        self.logged = {group: len(stack.logged(group)) for group in GROUPS}
        self.mailed = len(stack.mailbox.read())
        self.executed = set(self._executions())

    def logs(self):
        return [line for group in GROUPS for line in self.stack.logged(group)[self.logged[group] :]]

    def warnings(self):
        return [line for line in self.logs() if line.get("level") == "WARN"]

    def mails(self):
        return self.stack.mailbox.read()[self.mailed :]

    def failures(self):
        """The errors of the failed tasks, of executions that did not succeed."""
        failed = [arn for arn in self._executions("FAILED") if arn not in self.executed]
        pages = self.sfn.get_paginator("get_execution_history")
        events = [
            event
            for arn in failed
            for page in pages.paginate(executionArn=arn)
            for event in page["events"]
        ]
        details = ("taskFailedEventDetails", "executionFailedEventDetails")
        return [event[kind].get("cause", "") for event in events for kind in details if kind in event]

    def _executions(self, *status):
        machines = [found["stateMachineArn"] for found in self.sfn.list_state_machines()["stateMachines"]]
        asked = {"statusFilter": status[0]} if status else {}
        pages = self.sfn.get_paginator("list_executions")
        return [
            execution["executionArn"]
            for machine in machines
            for page in pages.paginate(stateMachineArn=machine, **asked)
            for execution in page["executions"]
        ]


def denied(action):
    """The function's log."""
    return f"{action} failed: AccessDenied (the function's role may lack {action})"


def log(heard, action):
    return any(line["reason"] == denied(action) for line in heard.warnings())


def mail(heard, action):
    return any(denied(action) in mail["Message"] for mail in heard.mails())


def execution(heard, action):
    return any(f"not authorized to perform: {action}" in cause for cause in heard.failures())


def dead_letter(heard, action):
    attributes = [message.get("MessageAttributes", {}) for message in heard.stack.failures()]
    reasons = [found["ERROR_MESSAGE"]["StringValue"] for found in attributes if found]
    return any(f"not authorized to perform: {action}" in reason for reason in reasons)


def alarm(name, metric, function):
    """Read from the template: the emulator has neither this metric nor alarms over several metrics."""

    def said(heard, action):
        template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
        dimension = {"Name": "FunctionName", "Value": {"Ref": function}}
        return any(
            found["MetricName"] == metric and dimension in found["Dimensions"]
            for found in metrics(template["Resources"][name]["Properties"])
        )

    return said


def metrics(alarm):
    """The metric that an alarm watches, or those of its expression."""
    given = map(chosen, alarm.get("Metrics", []))
    several = [found["MetricStat"]["Metric"] for found in given if "MetricStat" in found]
    return several or [alarm]
