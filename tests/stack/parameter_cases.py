"""The cases of test_parameters.py: another value of each parameter, and the resources that appear or disappear."""


def arn(service, name):
    return f"arn:aws:{service}:us-east-1:{{account}}:{name}"


def events(function, *names):
    """SAM's rule and permission for each event of a function."""
    of_function = [f"{function}Function{name}" for name in names]
    return [f"{name}{part}" for name in of_function for part in ("", "Permission")]


# What there is with the defaults.
DEFAULT = {
    *("RespondFunction", "RespondFunctionEventInvokeConfig", "RespondRole", "RespondLogGroup"),
    *("SweepFunction", "SweepFunctionEventInvokeConfig", "SweepRole", "SweepLogGroup"),
    *("ScheduledSweep", "ScheduledSweepRole"),
    *("ResultsBus", "ResultsBusPolicy", "FailureRule", "FailureQueue", "FailureQueuePolicy"),
    *("ResultRule", "UnansweredRule", "KeyReactivatedRule"),
    *("NotifyStartRole", "NotifyStateMachine", "NotifyRole"),
    *("NotificationTopic", "NotificationTopicPolicy", "AlarmTopic", "AlarmTopicPolicy"),
    *events("Respond", "GuardDuty", "SecurityHub", "SecurityHubOcsf", "SecurityHubAction"),
    *events("Respond", "Health", "TrustedAdvisor", "Quarantine", "NewKey"),
    *events("Sweep", "Config", "SecurityHubControl", "SecurityHubControlOcsf", "SecurityHubAction"),
    *events("Sweep", "AccessAnalyzer", "TrustedAdvisorRotation"),
    *("ErrorAlarm", "FailedKeysAlarm", "ThrottleAlarm", "DestinationAlarm", "DeactivationsAlarm"),
    *("SweepErrorAlarm", "SweepFailedKeysAlarm", "SweepRefusedAlarm", "SweepOverdueAlarm"),
    *("FailureQueueAlarm", "FailureAlarm", "ResultsDeliveryAlarm", "LostEventAlarm", "NotifyAlarm"),
    *("Dashboard", "DeactivatedQuery", "IgnoredQuery", "FailedQuery"),
}
# Each parameter's other value, and what comes (+) or goes (-) with it. Together: everything on.
ON = {
    "ResponseMode": ("dry-run",),
    "MinSeverity": ("4",),
    "AlwaysActTypes": ("Recon:IAMUser/*",),
    "ExcludedFindingTypes": ("*TorIPCaller",),
    "TrustedProducts": ("aws/*, acme/scanner",),
    "ProtectedUsers": ("break-glass",),
    "DeactivateQuarantinedUsers": ("true",),
    "DeactivateNewKeys": ("true",),
    "DenySessions": ("ENABLED", "+SessionPolicy"),
    "SecurityHubActionArn": (arn("securityhub", "action/custom/now"),),
    "SweepMode": ("enforce",),
    "MaxKeyAgeDays": ("0",),
    "MaxUnusedDays": ("46",),
    "NoticeDays": ("8",),
    "MaxDeactivationPercent": ("26",),
    "MaxDeactivationsPerSweep": ("27",),
    "ExemptTag": ("exempt",),
    "ExemptUsers": ("ci-*",),
    "ExemptPaths": ("/ci/",),
    "ExemptGroups": ("robots",),
    "ConfigEvents": ("ENABLED",),
    "SecurityHubControlEvents": ("ENABLED",),
    "AccessAnalyzerEvents": ("ENABLED",),
    "TrustedAdvisorRotationEvents": ("ENABLED",),
    "TriggerTopicArn": (
        *(arn("sns", "findings"), "+TriggerTopicSubscription", "+TriggerTopicPermission"),
        *("+TriggerTopicSweepSubscription", "+TriggerTopicSweepPermission"),
    ),
    "NotificationEmail": (
        *("security@example.com", "+NotificationSubscription", "+AlarmSubscription"),
    ),
    "ChatTopicArn": ("create", "+ChatTopic", "+ChatTopicPolicy"),
    "SecurityHubWriteBack": (
        *("notify", "+WriteBackRule", "+WriteBackStateMachine", "+WriteBackRole"),
    ),
    "SecurityHubOcsfWriteBack": (
        *("notify", "+OcsfWriteBackRule", "+OcsfWriteBackStateMachine", "+WriteBackRole"),
    ),
    "SweepOverdueHours": ("24",),
    "MaxDeactivationsPerHour": ("11",),
    "ActivateFunction": (
        *("ENABLED", "+ActivateKeyFunction", "+ActivateKeyFunctionEventInvokeConfig"),
        *("+ActivateRole", "+ActivateLogGroup", "+ActivateErrorAlarm"),
    ),
    "Architecture": ("arm64",),
    "ReservedConcurrency": ("2",),
    "LogLevel": ("DEBUG",),
    "LogRetentionDays": ("30",),
    "PermissionsBoundaryArn": ("arn:aws:iam::aws:policy/PowerUserAccess",),
    "KmsKeyArn": (arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),),
}
# What is on by itself.
OFF = {
    "GuardDutyEvents": ("DISABLED",),
    "SecurityHubEvents": ("DISABLED",),
    "HealthEvents": ("DISABLED",),
    "TrustedAdvisorEvents": ("DISABLED",),
    "KeyReactivatedEvents": ("DISABLED",),
    "SweepSchedule": ("disabled", "-ScheduledSweep", "-ScheduledSweepRole", "-SweepOverdueAlarm"),
    "NotificationTopicArn": (
        *(arn("sns", "told"), "-NotificationTopic", "-NotificationTopicPolicy"),
    ),
    "AlarmTopicArn": (arn("sns", "alarms"), "-AlarmTopic", "-AlarmTopicPolicy"),
}
# A second other value of some.
MORE = {
    "SweepOverdueHours": ("0", "-SweepOverdueAlarm"),
    "SecurityHubWriteBack": (
        *("resolve", "+WriteBackRule", "+WriteBackStateMachine", "+WriteBackRole"),
    ),
    "SecurityHubOcsfWriteBack": (
        *("resolve", "+OcsfWriteBackRule", "+OcsfWriteBackStateMachine", "+WriteBackRole"),
    ),
    "SweepSchedule": ("cron(0 7 ? * MON-FRI *)",),
    "ChatTopicArn": (arn("sns", "chat"),),
    "ReservedConcurrency": ("0",),
}
# What deletion leaves: the record of what was deactivated and why (DeletionPolicy).
KEPT = ("RespondLogGroup", "SweepLogGroup")
# What a parameter leaves that is switched off again: the same record.
LEFT = {("AWS::Logs::LogGroup", "ActivateLogGroup")}
