"""Values that CloudFormation accepts and refuses, for the parameters that are not settings of the code
(tests/it/template/settings.rs has those), and of several together."""

WRITE_BACK = (("none", "notify", "resolve"), ("", "true", "None"))
TOGGLE = (("ENABLED", "DISABLED"), ("", "enabled", "true"))


def whole(lowest, highest, *refused):
    """Both ends of a range, the values just beyond, and values that are no whole numbers."""
    within = {lowest, lowest + 1, highest - 1, highest}
    beyond = (str(lowest - 1), str(highest + 1), f"{highest}0")
    return sorted(map(str, within)), (*beyond, "", "x", "90.5", "1e1", "01", *refused)


def arns(*taken, refused=(), empty=True):
    """These ARNs, the same in other partitions, and common mistakes."""
    account = taken[0].split(":")[4]
    others = [taken[0].replace("arn:aws:", f"arn:{name}:") for name in ("aws-cn", "aws-us-gov")]
    broken = []
    for arn in taken:
        service = arn.split(":")[2]
        broken += [
            f" {arn}",
            f"{arn} ",
            f"{arn},{arn}",
            f"{arn}*",
            arn.replace("arn:aws:", "arn:other:"),
            arn.replace("arn:aws:", "aws:"),
            arn.replace(f":{service}:", ":ec2:"),
            arn.replace(account, account[1:]),
            arn.replace(account, f"{account}0"),
            arn[: max(arn.rfind(":"), arn.rfind("/")) + 1],  # no name
        ]
    return (*taken, *others, ""), (*broken, *refused)


TOPIC = "arn:aws:sns:us-east-1:123456789012:keys"
TOPICS = arns(TOPIC, refused=("keys", "create", f"{TOPIC}.fifo"))
DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922)

VALUES = {
    "DenySessions": TOGGLE,
    "GuardDutyEvents": TOGGLE,
    "SecurityHubEvents": TOGGLE,
    "SecurityHubActionArn": arns(
        *("arn:aws:securityhub:us-east-1:123456789012:action/custom/DeactivateKey",),
        refused=("Deactivate", "arn:aws:securityhub:us-east-1:123456789012:action/custom/*"),
    ),
    "HealthEvents": TOGGLE,
    "TrustedAdvisorEvents": TOGGLE,
    "TriggerTopicArn": TOPICS,
    "SweepSchedule": (
        ("disabled", "rate(1 day)", "rate(12 hours)", "cron(0 7 ? * MON-FRI *)"),
        ("", "1 day", "rate(1 days)", "rate(0 days)", "rate(5 minutes)", "cron(0 7 * *)"),
    ),
    "ActivateFunction": TOGGLE,
    "ConfigEvents": TOGGLE,
    "SecurityHubControlEvents": TOGGLE,
    "AccessAnalyzerEvents": TOGGLE,
    "TrustedAdvisorRotationEvents": TOGGLE,
    "NotificationTopicArn": TOPICS,
    "NotificationEmail": (
        ("", "a@b.example", "sec-ops+iam@mail.example.co.uk", f"{'a' * 244}@b.example"),
        ("a", "a@b", "a@b.c, d@e.f", "A <a@b.c>", f"{'a' * 245}@b.example"),
    ),
    "ChatTopicArn": ((*TOPICS[0], "create"), ("chat", "true", "Create")),
    "KeyReactivatedEvents": TOGGLE,
    "SecurityHubWriteBack": WRITE_BACK,
    "SecurityHubOcsfWriteBack": WRITE_BACK,
    "AlarmTopicArn": TOPICS,
    "SweepOverdueHours": whole(0, 168),
    "MaxDeactivationsPerHour": whole(0, 1000000),
    "Architecture": (("x86_64", "arm64"), ("", "x86-64", "ARM64")),
    "ReservedConcurrency": whole(-1, 1000),
    "LogLevel": (("INFO", "DEBUG"), ("", "TRACE", "WARN", "ERROR", "info")),
    "LogRetentionDays": ((*map(str, DAYS), "3288", "3653"), ("0", "2", "366", "3654", "")),
    "PermissionsBoundaryArn": arns(
        *("arn:aws:iam::123456789012:policy/limits/Boundary",),
        refused=("Boundary", "arn:aws:iam::123456789012:role/Boundary"),
    ),
    "KmsKeyArn": arns(
        *("arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",),
        refused=("alias/x", "arn:aws:kms:us-east-1:123456789012:alias/x"),
    ),
}

OTHER = f"{TOPIC}-2"
# What is said to several together, and what differs in one thing and is taken.
TOGETHER = {
    "MaxKeyAgeDays and MaxUnusedDays cannot both be 0": (
        {"MaxKeyAgeDays": "0", "MaxUnusedDays": "0"},
        {"MaxKeyAgeDays": "1", "MaxUnusedDays": "0"},
        {"MaxKeyAgeDays": "0", "MaxUnusedDays": "1"},
    ),
} | {
    f"{told} and {trigger} cannot be the same topic": (
        {told: TOPIC, trigger: TOPIC},
        {told: TOPIC, trigger: OTHER},
    )
    for told in ("NotificationTopicArn", "ChatTopicArn")
    for trigger in ("TriggerTopicArn",)
}
