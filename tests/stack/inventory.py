"""The resources of an account, as each service lists them, independent of CloudFormation."""

from functools import cache

# Service, operation, where the answer has the list, and the items' names.
LISTS = {
    "AWS::CloudWatch::Alarm": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "AWS::CloudWatch::Dashboard": (
        *("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ),
    "AWS::Events::EventBus": ("events", "list_event_buses", "EventBuses", "Name"),
    "AWS::IAM::Role": ("iam", "list_roles", "Roles", "RoleName"),
    "AWS::Lambda::Function": ("lambda", "list_functions", "Functions", "FunctionName"),
    "AWS::Logs::LogGroup": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "AWS::SNS::Subscription": ("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    "AWS::SNS::Topic": ("sns", "list_topics", "Topics", "TopicArn"),
    "AWS::SQS::Queue": ("sqs", "list_queues", "QueueUrls", None),
    "AWS::Scheduler::Schedule": ("scheduler", "list_schedules", "Schedules", "Name"),
    "AWS::StepFunctions::StateMachine": (
        *("stepfunctions", "list_state_machines", "stateMachines", "stateMachineArn"),
    ),
}
RULE = "AWS::Events::Rule"


class Inventory:
    """Requests each list once, when it is first needed."""

    def __init__(self, account):
        self.account = account
        self.listed = cache(self._listed)

    def _listed(self, kind):
        if kind == RULE:
            return self._rules()
        service, operation, where, _ = LISTS[kind]
        client = self.account.client(service)
        if client.can_paginate(operation):
            pages = client.get_paginator(operation).paginate()
        else:
            pages = [getattr(client, operation)()]
        return [item for page in pages for item in page.get(where, [])]

    def _rules(self):
        """Of all buses."""
        buses = [bus["Name"] for bus in self.listed("AWS::Events::EventBus")]
        pages = [self.account.client("events").list_rules(EventBusName=bus) for bus in buses]
        return [rule for page in pages for rule in page["Rules"]]

    def names(self):
        """(type, name) of every resource."""
        names = {kind: name for kind, (*_, name) in LISTS.items()} | {RULE: "Name"}
        return {
            (kind, short(item[name] if name else item))
            for kind, name in names.items()
            for item in self.listed(kind)
        }


def names_in(account):
    return Inventory(account).names()


def short(name):
    """The last part of a URL or of a log group's name: a queue's URL has the host one asks."""
    return name.rpartition("/")[2]
