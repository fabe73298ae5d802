"""Mistakes in the template and in the state machines, each in one place."""

from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    first: str  # the file of tests that is asked first
    where: tuple  # a resource or a state, and what stands in it before the place
    old: str  # the first after that
    new: str
    file: str = "template.yaml"


NOTIFY, WRITE_BACK = (f"statemachines/{name}.asl.yaml" for name in ("notify", "write-back"))
RESULTS = "!GetAtt ResultsBus.Arn"
DEFAULT_BUS = '!Sub "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"'
LETTERS = "DeadLetterConfig: { Arn: !GetAtt FailureQueue.Arn }\n"
TOPICS_LETTERS = "RedrivePolicy: { deadLetterTargetArn: !GetAtt FailureQueue.Arn }\n"

PATTERNS = [
    ("a field misspelt", ("GuardDuty",), "accessKeyId:", "accessKeyID:"),
    ("any account", ("GuardDuty",), "accountId: [!Ref AWS::AccountId]", "id: [{exists: true}]"),
    ("text for a flag", ("ResultRule",), "attention: [true]", 'attention: ["true"]'),
    ("successes are kept", ("FailureRule",), "anything-but: Success", "prefix: Success"),
]
PERMISSIONS = [
    (
        "of any topic",
        ("TriggerTopicPermission",),
        *("SourceArn: !Ref TriggerTopicArn", "SourceAccount: !Ref AWS::AccountId"),
    ),
]
QUEUE_POLICY = [
    ("not what failed", ("FailureQueuePolicy",), "- !GetAtt FailureRule.Arn\n", "\n"),
    (
        "not a trigger's rule",
        ("FailureQueuePolicy",),
        *("!GetAtt RespondFunctionGuardDuty.Arn", "!GetAtt RespondFunctionHealth.Arn"),
    ),
    (
        "not a trigger's topic",
        ("FailureQueuePolicy", "Sid: SubscriptionsOfThisStack"),
        *("!Ref TriggerTopicArn", "!GetAtt ResultsBus.Arn"),
    ),
]
BUS_POLICY = [
    ("everybody", ("ResultsBusPolicy",), "Effect: Deny", "Effect: Allow"),
    ("not the sweep", ("ResultsBusPolicy",), "!GetAtt SweepRole.Arn", "!GetAtt NotifyRole.Arn"),
]
DESTINATIONS = [
    ("failures elsewhere", ("EventInvokeConfig", "OnFailure:"), RESULTS, DEFAULT_BUS),
    ("results elsewhere", ("EventInvokeConfig", "OnSuccess:"), RESULTS, DEFAULT_BUS),
    ("one try", ("EventInvokeConfig",), "MaximumRetryAttempts: 2", "MaximumRetryAttempts: 0"),
]
INPUTS = [
    ("the whole report", ("WriteBackRule",), ".responsePayload.writeBack", ".responsePayload"),
    (
        "the event, a secret included",
        ("ResultRule",),
        *("response: $.detail.responsePayload", "response: $.detail.requestPayload"),
    ),
]
CONDITIONS = [
    (
        "of another tag",
        ("NotifyRole", "Sid: AddTags"),
        *("key-deactivator:deactivated:*", "key-deactivator:notice:*"),
    ),
    ("of any tag", ("SweepRole", "Sid: GiveNotice"), "key-deactivator:notice:*", "*"),
    (
        "trust in the schedule, not in its group",
        *(("ScheduledSweepRole",), "schedule-group/default", "schedule/default/*"),
    ),
    ("trust for another service", ("NotifyStartRole",), ":events:", ":pipes:"),
]
NO_TAG = ',\n                    "Null": { aws:TagKeys: "false" }'
USERS = '!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*"'
PRIVILEGES = [
    ("users of any account", ("RespondRole",), USERS, '"arn:aws:iam::*:user/*"'),
    ("on anything", ("SweepRole", "Sid: DeactivateAccessKeys"), USERS, '"*"'),
    ("of no tag", ("SweepRole", "Sid: RemoveObsoleteTags"), NO_TAG, ""),
    ("also deletes", ("SweepRole",), "Action: iam:UpdateAccessKey", 'Action: "iam:*AccessKey"'),
    (
        "any state machine",
        ("NotifyStartRole", "Sid: StartNotification"),
        *("Resource: !Ref NotifyStateMachine", "Resource: !Sub '${NotifyStateMachine}*'"),
    ),
    (
        "anybody's destination",
        ("SweepRole", "Sid: DeliverResults"),
        *("Resource: !GetAtt ResultsBus.Arn", f"Resource: {DEFAULT_BUS}"),
    ),
    ("not to chat", ("NotifyRole", "Sid: PublishToChat"), "Effect: Allow", "Effect: Deny"),
]
TOPIC_POLICY = [
    (
        "TLS refused",
        ("NotificationTopicPolicy",),
        *('SecureTransport: "false"', 'SecureTransport: "true"'),
    ),
    ("without TLS", ("NotificationTopicPolicy",), "Effect: Deny", "Effect: Allow"),
]
MACHINES = [
    ("a failed write-back is a success", ("UpdateFindings",), '"failed" in', '"x" in', WRITE_BACK),
    ("never resolved", ("UpdateFinding",), '? "RESOLVED"', '? "NOTIFIED"', WRITE_BACK),
]
SCHEDULE = [
    ("no input", ("ScheduledSweep",), """Input: '{"action":"sweep"}'""", "Input: '{}'"),
    (
        "the other function",
        ("ScheduledSweep",),
        *("!GetAtt SweepFunction.Arn", "!GetAtt RespondFunction.Arn"),
    ),
]
DEAD_LETTERS = [
    ("none for a rule", ("GuardDuty",), LETTERS, "\n"),
    ("none for a topic", ("TriggerTopicSubscription",), TOPICS_LETTERS, "\n"),
    ("none for the schedule", ("ScheduledSweep",), LETTERS, "\n"),
]
OTHERS = [
    (
        "always on",
        ("KeyReactivatedRule",),
        *("State: !Ref KeyReactivatedEvents\n", "\n"),
    ),
    (
        "on with another parameter",
        ("Health",),
        *("State: !Ref HealthEvents\n", "State: !Ref GuardDutyEvents\n"),
    ),
    (
        "another parameter's value",
        ("SweepFunction",),
        *("EXEMPT_USERS: !Ref ExemptUsers", "EXEMPT_USERS: !Ref ProtectedUsers"),
    ),
    ("the log goes with the stack", ("SweepLogGroup",), "RetainExceptOnCreate", "Delete"),
]
SESSIONS = [
    ("any policy is attached", ("RespondRole", "Sid: DenySessions"), "ArnEquals", "ArnNotEquals"),
    (
        "long-lived keys are denied",
        ("SessionPolicy",),
        *('"Null": { aws:TokenIssueTime: "false" }', '"Null": { aws:TokenIssueTime: "true" }'),
    ),
    ("services only", ("SessionPolicy",), 'ViaAWSService: "false"', 'ViaAWSService: "true"'),
    ("nothing is denied", ("SessionPolicy",), "Effect: Deny", "Effect: Allow"),
]
KINDS = {
    "pattern": ("test_sources", PATTERNS),
    "permission": ("test_sources", PERMISSIONS),
    "queue policy": ("test_failure", QUEUE_POLICY),
    "bus policy": ("test_forged", BUS_POLICY),
    "destination": ("test_failure", DESTINATIONS),
    "input path": ("test_notify", INPUTS),
    "role's condition": ("test_narrow", CONDITIONS),
    "privilege": ("test_narrow", PRIVILEGES),
    "topic policy": ("test_resource_policies", TOPIC_POLICY),
    "machine": ("test_writeback", MACHINES),
    "schedule": ("test_schedule", SCHEDULE),
    "dead-letter queue": ("test_failure", DEAD_LETTERS),
    "sessions": ("test_sessions", SESSIONS),
    "other": ("test_parameters", OTHERS),
}
MUTANTS = [
    Mutant(f"{kind}: {name}", first, *rest)
    for kind, (first, made) in KINDS.items()
    for name, *rest in made
]
