"""What test_parameters.py sets: another value of each parameter, and what comes or goes with it."""


def arn(service, name):
    return f"arn:aws:{service}:us-east-1:{{account}}:{name}"


def rules(sign, *names):
    """Rules that invoke a function, each with its permission."""
    return [f"{sign}{name}{part}" for name in names for part in ("Rule", "Permission")]


# What there is with the defaults.
DEFAULT = {
    *("RespondFunction", "RespondFunctionEventInvokeConfig", "RespondRole", "RespondLogGroup"),
    *("SweepFunction", "SweepFunctionEventInvokeConfig", "SweepRole", "SweepLogGroup"),
    *("ScheduledSweep", "ScheduledSweepRole"),
    *("ResultsBus", "ResultsBusPolicy", "FailureRule", "FailureQueue", "FailureQueuePolicy"),
    *("AttentionRule", "UnconfirmedRule", "FailedRule", "UnansweredRule", "KeyReactivatedRule"),
    *("NotifyStartRole", "NotifyStateMachine", "NotifyRole"),
    *("NotificationTopic", "NotificationTopicPolicy"),
    *rules("", "GuardDuty", "GuardDutySequence", "Health", "TrustedAdvisor"),
    *rules("", "SecurityHubKey", "SecurityHubSequence"),
    *rules("", "SecurityHubOcsf", "SecurityHubOcsfNoAccount"),
    *("ErrorAlarm", "FailedKeysAlarm", "ThrottleAlarm", "DestinationAlarm", "DeactivationsAlarm"),
    *("SweepErrorAlarm", "SweepFailedKeysAlarm", "SweepRefusedAlarm", "SweepOverdueAlarm"),
    *("FailureQueueAlarm", "ResultsDeliveryAlarm", "DeliveryAlarm", "SecurityHubDeliveryAlarm"),
    *("NotifyAlarm", "NotifyDeliveryAlarm"),
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
    "DeactivateQuarantinedUsers": ("true", *rules("+", "QuarantineAttached", "QuarantinePut")),
    "DeactivateNewKeys": ("true", *rules("+", "NewKey")),
    "SecurityHubActionArn": (
        *(arn("securityhub", "action/custom/now"), *rules("+", "SecurityHubAction")),
        "+SecurityHubActionSweepPermission",
    ),
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
    "ConfigEvents": ("enabled", *rules("+", "Config"), "+SweepDeliveryAlarm"),
    "SecurityHubControlEvents": (
        *("enabled", *rules("+", "SecurityHubControl", "SecurityHubOldControl")),
        *rules("+", "SecurityHubControlOcsf", "SecurityHubControlOcsfNoAccount"),
        "+SweepDeliveryAlarm",
    ),
    "AccessAnalyzerEvents": ("enabled", *rules("+", "AccessAnalyzer"), "+SweepDeliveryAlarm"),
    "TrustedAdvisorRotationEvents": (
        *("enabled", *rules("+", "TrustedAdvisorRotation"), "+SweepDeliveryAlarm"),
    ),
    "TriggerTopicArn": (
        *(arn("sns", "findings"), "+TriggerTopicSubscription", "+TriggerTopicPermission"),
    ),
    "TriggerQueueArn": (
        *(arn("sqs", "findings"), "+TriggerQueuePipe", "+TriggerQueueRole", "+TriggerQueueAlarm"),
    ),
    "SweepTriggerTopicArn": (
        *(arn("sns", "stale"), "+SweepTriggerTopicSubscription", "+SweepTriggerTopicPermission"),
    ),
    "NotificationEmail": ("security@example.com", "+NotificationSubscription"),
    "ChatTopicArn": ("create", "+ChatTopic", "+ChatTopicPolicy"),
    "SecurityHubWriteBack": (
        *("true", "+HandledAsffRule", "+HandledOcsfRule"),
        *("+WriteBackStateMachine", "+WriteBackRole"),
    ),
    "SecurityHubResolve": ("true",),
    "AlarmTopicArn": (arn("sns", "alarms"),),
    "SweepOverdueHours": ("24",),
    "MaxDeactivationsPerHour": ("11",),
    "Architecture": ("arm64",),
    "ReservedConcurrency": ("2",),
    "SweepReservedConcurrency": ("0",),
    "LogLevel": ("DEBUG",),
    "LogRetentionDays": ("30",),
    "PermissionsBoundaryArn": ("arn:aws:iam::aws:policy/PowerUserAccess",),
    "KmsKeyArn": (arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),),
}
# What is on by itself.
OFF = {
    "GuardDutyEvents": ("disabled", *rules("-", "GuardDuty", "GuardDutySequence")),
    "SecurityHubEvents": (
        *("disabled", *rules("-", "SecurityHubKey", "SecurityHubSequence")),
        *rules("-", "SecurityHubOcsf", "SecurityHubOcsfNoAccount"),
        "-SecurityHubDeliveryAlarm",
    ),
    "HealthEvents": ("disabled", *rules("-", "Health")),
    "TrustedAdvisorEvents": ("disabled", *rules("-", "TrustedAdvisor")),
    "KeyReactivatedEvents": ("disabled", "-KeyReactivatedRule"),
    "SweepSchedule": ("disabled", "-ScheduledSweep", "-ScheduledSweepRole", "-SweepOverdueAlarm"),
    "NotificationTopicArn": (
        *(arn("sns", "told"), "-NotificationTopic", "-NotificationTopicPolicy"),
    ),
}
# A second other value of some.
MORE = {
    "SweepOverdueHours": ("0", "-SweepOverdueAlarm"),
    "SweepSchedule": ("cron(0 7 ? * MON-FRI *)",),
    "ChatTopicArn": (arn("sns", "chat"),),
    "ReservedConcurrency": ("0",),
}
# What a parameter cannot be without.
NEEDS = {"SecurityHubResolve": ("SecurityHubWriteBack",)}
# What goes when all rules on compromised keys are off.
ALL_OFF = {"-DeliveryAlarm"}
# What deletion leaves: the record of what was deactivated and why (DeletionPolicy).
KEPT = ("RespondLogGroup", "SweepLogGroup")
# What is seen in what is told, not in what is deployed.
ELSEWHERE = {"SecurityHubResolve": "test_writeback.py"}
