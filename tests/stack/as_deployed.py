"""The effect of each parameter that is not a setting of the code, as the services report it."""

import json
from functools import partial

from inventory import RULE, Inventory

NONE = ""


class Deployed(Inventory):
    """A stack at one moment, in an account of its own."""

    def __init__(self, stack):
        super().__init__(stack.account)
        self.outputs, self.kinds = stack.outputs, stack.kinds()
        self.resources = {name: physical for name, (_, physical) in self.kinds.items()}

    def functions(self):
        return self.listed("AWS::Lambda::Function")

    def alarms(self):
        return self.listed("AWS::CloudWatch::Alarm")

    def alarm(self, name):
        found = {alarm["AlarmName"]: alarm for alarm in self.alarms()}
        return found.get(self.resources.get(name))

    def rule(self, name):
        (found,) = [one for one in self.listed(RULE) if one["Name"] == self.rule_name(name)]
        return found

    def rule_name(self, name):
        """A rule of another bus has that bus in its physical ID."""
        return self.resources[name].rpartition("|")[2]

    def schedules(self):
        scheduler = self.account.client("scheduler")
        names = [found["Name"] for found in self.listed("AWS::Scheduler::Schedule")]
        return [scheduler.get_schedule(Name=name) for name in names]


def architectures(found):
    return [name for function in found.functions() for name in function["Architectures"]]


def log_levels(found):
    return [function["LoggingConfig"]["ApplicationLogLevel"] for function in found.functions()]


def concurrency(output, found):
    asked = {"FunctionName": found.outputs[output]}
    answer = found.account.client("lambda").get_function_concurrency(**asked)
    return [answer.get("ReservedConcurrentExecutions", -1)]


def subscribed(found):
    """The topics that each function subscribes to."""
    all_of_them = found.listed("AWS::SNS::Subscription")
    topics = {
        function["FunctionName"]: [
            one["TopicArn"] for one in all_of_them if one["Endpoint"] == function["FunctionArn"]
        ]
        for function in found.functions()
    }
    # No topic may activate a key.
    assert topics.pop(found.resources.get("ActivateKeyFunction"), []) == []
    return [arn for arns in topics.values() for arn in arns or [NONE]]


def emails(found):
    """The addresses that subscribe to the notifications, and to the stack's own alarm topic."""
    subscriptions = found.listed("AWS::SNS::Subscription")
    by_mail = [one for one in subscriptions if one["Protocol"] == "email"]
    topics = {found.outputs["NotificationTopicArn"], found.resources.get("AlarmTopic")} - {None}
    assert {one["TopicArn"] for one in by_mail} == (topics if by_mail else set())
    assert ("SubscriberMissing" in found.outputs) == (not by_mail and made(found))
    return [one["Endpoint"] for one in by_mail] or [NONE]


def made(found):
    """Whether the stack has a topic of its own that somebody must subscribe to."""
    return not {"NotificationTopic", "AlarmTopic"}.isdisjoint(found.resources)


def alarm_actions(found):
    """The topic that each alarm notifies, if it is not the stack's own."""
    actions = [alarm["AlarmActions"] for alarm in found.alarms()]
    assert all(len(topics) == 1 for topics in actions), actions
    assert {topic for (topic,) in actions} == {found.outputs["AlarmTopicArn"]}
    own = found.resources.get("AlarmTopic")
    return [NONE if topic == own else topic for (topic,) in actions]


def deactivations(found):
    return [f"{found.alarm('DeactivationsAlarm')['Threshold']:.0f}"]


def overdue_hours(found):
    """`None` without a schedule: the parameter has no effect then."""
    if not found.schedules():
        return None
    alarm = found.alarm("SweepOverdueAlarm")
    return [alarm["Period"] * alarm["EvaluationPeriods"] // 3600 if alarm else 0]


def schedules(found):
    return [one["ScheduleExpression"] for one in found.schedules()] or ["disabled"]


def boundaries(found):
    iam = found.account.client("iam")
    names = [role["RoleName"] for role in found.listed("AWS::IAM::Role")]
    roles = [iam.get_role(RoleName=name)["Role"] for name in names]
    of_roles = [role.get("PermissionsBoundary", {}) for role in roles]
    return [boundary.get("PermissionsBoundaryArn", NONE) for boundary in of_roles]


def allowed(role, sid, found):
    """The resources that a statement of a role's policies names."""
    iam, name = found.account.client("iam"), found.resources.get(role)
    arns = []
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"] if name else []:
        document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        arns += [one["Resource"] for one in document["Statement"] if one["Sid"] == sid]
    return arns or [NONE]


def topics(output, sid, made, own, found):
    """The topic in the output, which the state machine knows and may publish to: `made` if it is
    the stack's own."""
    arn = found.outputs.get(output, NONE)
    assert allowed("NotifyRole", sid, found) == [arn]
    machine = found.account.client("stepfunctions").describe_state_machine(
        stateMachineArn=found.outputs["NotifyStateMachineArn"]
    )
    assert arn in machine["definition"]
    return [made if arn == found.resources.get(own) else arn]


def actions(found):
    """The custom actions that rules listen to."""
    patterns = [json.loads(rule["EventPattern"]) for rule in found.listed(RULE)]
    named = [pattern["resources"] for pattern in patterns if "Custom Action" in str(pattern)]
    return [arn for arns in named for arn in arns]


def log_groups(key, found):
    """Not those that the stack left when a function was switched off."""
    own = [one for kind, one in found.kinds.values() if kind == "AWS::Logs::LogGroup"]
    groups = {group["logGroupName"]: group for group in found.listed("AWS::Logs::LogGroup")}
    return [groups[name].get(key, NONE) for name in own]


def keys(found):
    """Of the failure queue, the results bus, the logs and the stack's own topics."""
    sqs, sns, events = (found.account.client(name) for name in ("sqs", "sns", "events"))
    url = found.outputs["FailureQueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    bus = events.describe_event_bus(Name=found.outputs["ResultsBusName"])
    own = [arn for name, arn in found.resources.items() if name.endswith("Topic")]
    of_topics = [sns.get_topic_attributes(TopicArn=arn)["Attributes"] for arn in own]
    arns = [
        queue.get("KmsMasterKeyId", NONE),
        bus.get("KmsKeyIdentifier", NONE),
        *log_groups("kmsKeyId", found),
        *(topic.get("KmsMasterKeyId", NONE) for topic in of_topics),
    ]
    return [NONE if arn == "alias/aws/sns" else arn for arn in arns]


def states(names, found):
    """Whether rules are switched on."""
    return [found.rule(name)["State"] for name in names]


def of(function, *names):
    return [f"{function}Function{name}" for name in names]


# The rules that a parameter switches on or off.
TOGGLES = {
    "GuardDutyEvents": of("Respond", "GuardDuty"),
    "SecurityHubEvents": of("Respond", "SecurityHub", "SecurityHubOcsf"),
    "HealthEvents": of("Respond", "Health"),
    "TrustedAdvisorEvents": of("Respond", "TrustedAdvisor"),
    "ConfigEvents": of("Sweep", "Config"),
    "SecurityHubControlEvents": of("Sweep", "SecurityHubControl", "SecurityHubControlOcsf"),
    "AccessAnalyzerEvents": of("Sweep", "AccessAnalyzer"),
    "TrustedAdvisorRotationEvents": of("Sweep", "TrustedAdvisorRotation"),
    "KeyReactivatedEvents": ["KeyReactivatedRule"],
}
# The rules that are on while a parameter has a value other than this.
SWITCHED = {
    "SecurityHubActionArn": ("", ["RespondFunctionSecurityHubAction", "SweepFunctionSecurityHubAction"]),
    "DeactivateQuarantinedUsers": ("false", ["RespondFunctionQuarantine"]),
    "DeactivateNewKeys": ("false", ["RespondFunctionNewKey"]),
}


def check_switches(found, parameters):
    """Rules that follow a parameter other than a toggle."""
    for parameter, (off, names) in SWITCHED.items():
        expected = "DISABLED" if parameters[parameter] == off else "ENABLED"
        assert states(names, found) == [expected] * len(names), parameter
    named = {name for _, names in SWITCHED.values() for name in names}
    named |= {name for names in TOGGLES.values() for name in names}
    for name, (kind, _) in found.kinds.items():
        if kind == RULE and name not in named:
            assert states([name], found) == ["ENABLED"], name


AS_DEPLOYED = {
    **{name: partial(states, names) for name, names in TOGGLES.items()},
    "SecurityHubActionArn": actions,
    "TriggerTopicArn": subscribed,
    "SweepSchedule": schedules,
    "NotificationTopicArn": partial(
        topics, "NotificationTopicArn", "Publish", NONE, "NotificationTopic"
    ),
    "ChatTopicArn": partial(topics, "ChatTopicArn", "PublishToChat", "create", "ChatTopic"),
    "NotificationEmail": emails,
    "AlarmTopicArn": alarm_actions,
    "SweepOverdueHours": overdue_hours,
    "MaxDeactivationsPerHour": deactivations,
    "Architecture": architectures,
    "ReservedConcurrency": partial(concurrency, "RespondFunctionName"),
    "LogLevel": log_levels,
    "LogRetentionDays": partial(log_groups, "retentionInDays"),
    "PermissionsBoundaryArn": boundaries,
    "KmsKeyArn": keys,
}
