"""What test_deploy.py changes: another value of each parameter, and what comes or goes with it.

Only what moto's CloudFormation knows is named.
"""

ACCOUNT, REGION = "123456789012", "eu-central-1"


def arn(service, name):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


# What there is with the defaults.
DEFAULT = {
    *("RespondFunction", "RespondRole", "RespondLogGroup"),
    *("SweepFunction", "SweepRole", "SweepLogGroup", "ScheduledSweepRole"),
    *("ResultsBus", "FailureRule", "FailureQueue"),
    *("AttentionRule", "UnconfirmedRule", "FailedRule", "UnansweredRule", "KeyReactivatedRule"),
    *("NotifyStartRole", "NotifyStateMachine", "NotifyRole", "NotificationTopic", "Dashboard"),
    *("GuardDutyRule", "GuardDutySequenceRule", "SecurityHubKeyRule", "SecurityHubSequenceRule"),
    *("SecurityHubOcsfRule", "SecurityHubOcsfNoAccountRule", "HealthRule", "TrustedAdvisorRule"),
}
# Each parameter's other value, and what comes (+) or goes (-) with it. Together: everything on.
ON = {
    "ResponseMode": ("dry-run",),
    "MinSeverity": ("4",),
    "AlwaysActTypes": ("Recon:IAMUser/*",),
    "ExcludedFindingTypes": ("*TorIPCaller",),
    "TrustedProducts": ("aws/*, acme/scanner",),
    "ProtectedUsers": ("break-glass",),
    "DeactivateQuarantinedUsers": ("true", "+QuarantineAttachedRule", "+QuarantinePutRule"),
    "DeactivateNewKeys": ("true", "+NewKeyRule"),
    "SecurityHubActionArn": (arn("securityhub", "action/custom/now"), "+SecurityHubActionRule"),
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
    "ConfigEvents": ("enabled", "+ConfigRule"),
    "SecurityHubControlEvents": (
        *("enabled", "+SecurityHubControlRule", "+SecurityHubOldControlRule"),
        *("+SecurityHubControlOcsfRule", "+SecurityHubControlOcsfNoAccountRule"),
    ),
    "AccessAnalyzerEvents": ("enabled", "+AccessAnalyzerRule"),
    "TrustedAdvisorRotationEvents": ("enabled", "+TrustedAdvisorRotationRule"),
    "TriggerTopicArn": (arn("sns", "findings"),),
    "TriggerQueueArn": (arn("sqs", "findings"), "+TriggerQueueRole"),
    "SweepTriggerTopicArn": (arn("sns", "findings"),),
    "NotificationEmail": ("security@example.com",),
    "ChatTopicArn": ("create", "+ChatTopic"),
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
    "GuardDutyEvents": ("disabled", "-GuardDutyRule", "-GuardDutySequenceRule"),
    "SecurityHubEvents": (
        *("disabled", "-SecurityHubKeyRule", "-SecurityHubSequenceRule", "-SecurityHubOcsfRule"),
        "-SecurityHubOcsfNoAccountRule",
    ),
    "HealthEvents": ("disabled", "-HealthRule"),
    "TrustedAdvisorEvents": ("disabled", "-TrustedAdvisorRule"),
    "KeyReactivatedEvents": ("disabled", "-KeyReactivatedRule"),
    "SweepSchedule": ("disabled", "-ScheduledSweepRole"),
    "NotificationTopicArn": (arn("sns", "told"), "-NotificationTopic"),
}
