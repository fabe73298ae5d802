"""Calls that the deployed roles may not make, by the resources and conditions of their statements. First the
decisions about each role, then requests with the roles' credentials. And the services that may assume them."""

import pytest
from botocore.exceptions import ClientError

from least_privilege import as_list, statements
from policies import trusting
from worlds import World

PARAMETERS = {
    "SweepMode": "enforce",
    "SecurityHubWriteBack": "notify",
    "ChatTopicArn": "create",
}
ELSEWHERE = "210987654321"
NOTICE, MARK = "key-deactivator:notice:x", "key-deactivator:deactivated:x"


@pytest.fixture(scope="module")
def may(stack):
    """Whether a role may do something to a user of the account, or to a named resource."""
    arns = {"user": f"arn:aws:iam::{stack.account.number}:user/path/{World(stack).user}"}

    names = stack.resources()

    def ask(role, action, resource="user", tags=()):
        arn = f"arn:aws:iam::{stack.account.number}:role/{names[role]}"
        keys = {"aws:TagKeys": list(tags)} if tags else {}
        resource = arns.get(resource, resource)
        return stack.account.control("may", role=arn, action=action, resource=resource, keys=keys)

    return ask


FUNCTIONS = ("RespondRole", "SweepRole")


@pytest.mark.parametrize("role", FUNCTIONS)
def test_functions_deactivate_and_never_delete(role, may):
    assert may(role, "iam:UpdateAccessKey")
    for action in (
        "iam:DeleteAccessKey",
        "iam:CreateAccessKey",
        "iam:DeleteUser",
        "iam:PutUserPolicy",
    ):
        assert not may(role, action)
    assert not may(role, "iam:UpdateAccessKey", f"arn:aws:iam::{ELSEWHERE}:user/Bob")


@pytest.mark.parametrize("role", FUNCTIONS)
def test_functions_put_events_on_their_bus_only(role, may, stack):
    assert may(role, "events:PutEvents", stack.outputs["ResultsBusArn"])
    assert not may(
        role, "events:PutEvents", stack.outputs["ResultsBusArn"].replace("iam-key", "other")
    )
    assert not may(role, "sns:Publish", stack.outputs["NotificationTopicArn"])


@pytest.mark.parametrize(
    ("role", "action", "own", "others"),
    [
        ("SweepRole", "iam:TagUser", [NOTICE], MARK),
        ("SweepRole", "iam:UntagUser", [NOTICE, MARK], "key-deactivator:exempt-until"),
        ("NotifyRole", "iam:TagUser", [MARK], NOTICE),
        ("NotifyRole", "iam:UntagUser", [MARK], "key-deactivator:exempt-until"),
    ],
)
def test_only_own_tags(role, action, own, others, may):
    assert may(role, action, tags=own)
    assert not may(role, action, tags=[others])
    assert not may(role, action, tags=[*own, others])
    assert not may(role, action)  # ForAllValues holds for none at all


# What would let a role get further than its work: nobody's, on nothing.
NEVER = (
    *("iam:DeleteAccessKey", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:DeleteUser"),
    *("iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:PutRolePolicy", "iam:PassRole"),
    *("sts:AssumeRole", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
    *("events:PutRule", "sns:Subscribe", "sqs:SetQueueAttributes", "states:UpdateStateMachine"),
)


def test_no_role_gets_further(may, stack):
    names, account, region = stack.resources(), stack.account.number, stack.account.region
    role = f"arn:aws:iam::{account}:role/{names['RespondRole']}"
    of = {
        "iam": role,
        "sts": role,
        "lambda": stack.outputs["RespondFunctionArn"],
        "events": f"arn:aws:events:{region}:{account}:rule/{names['RespondFunctionGuardDuty']}",
        "sns": stack.outputs["NotificationTopicArn"],
        "sqs": stack.outputs["FailureQueueArn"],
        "states": stack.outputs["NotifyStateMachineArn"],
    }
    for role in {role for role, _ in statements(stack)}:
        for action in NEVER:
            assert not may(role, action, of[action.split(":")[0]]), (role, action)
            assert not may(role, action), (role, action)


# IAM knows no resource for these.
OF_THE_ACCOUNT = {"iam:GenerateCredentialReport", "iam:GetCredentialReport", "iam:ListUsers"}
TAGS = {"SweepRole": [NOTICE], "NotifyRole": [MARK]}


def test_each_statement_holds_for_its_own_resource_only(may, stack):
    for role, statement in statements(stack):
        actions = as_list(statement["Action"])
        if statement["Resource"] == "*":
            assert set(actions) == OF_THE_ACCOUNT, role
            continue
        tags = TAGS[role] if "Condition" in statement else ()
        for action in actions:
            assert "*" not in action, (role, action)
            for pattern in as_list(statement["Resource"]):
                own = pattern.replace("*", "somebody")
                assert may(role, action, own, tags), (role, action, own)
                for other in others(pattern):
                    assert not may(role, action, other, tags), (role, action, other)


def others(pattern):
    """In another account, in another Region, of another kind, and with a longer name where one is named."""
    own = pattern.replace("*", "somebody")
    arn, partition, service, region, account, resource = own.split(":", 5)
    yield ":".join((arn, partition, service, region, ELSEWHERE, resource))
    if region:
        yield ":".join((arn, partition, service, "us-west-2", account, resource))
    yield ":".join((arn, partition, service, region, account, "x" + resource))
    if not pattern.endswith("*"):
        yield own + "-of-somebody"


# ── Requests ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def signed(stack):
    """A client of a service that signs as a role does."""

    def client(role, service):
        account = stack.account
        arn = f"arn:aws:iam::{account.number}:role/{stack.resources()[role]}"
        with trusting(stack, role, "Allow", {"AWS": account.number}):
            found = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")
        found = found["Credentials"]
        key, secret = found["AccessKeyId"], found["SecretAccessKey"]
        return account.client(service, key, secret, found["SessionToken"])

    return client


def tag(key):
    return lambda iam, world: iam.tag_user(UserName=world.user, Tags=[{"Key": key, "Value": "x"}])


def untag(*keys):
    return lambda iam, world: iam.untag_user(UserName=world.user, TagKeys=list(keys))


def deactivate(iam, world):
    iam.update_access_key(UserName=world.user, AccessKeyId=world.key, Status="Inactive")


def delete(iam, world):
    iam.delete_access_key(UserName=world.user, AccessKeyId=world.key)


def put_event(bus):
    def put(events, world):
        entry = {"Source": "x", "DetailType": "x", "Detail": "{}"}
        name = world.stack.outputs["ResultsBusName"] if bus == "results" else bus
        events.put_events(Entries=[entry | {"EventBusName": name}])

    return put


def publish(topic, suffix=""):
    return lambda sns, world: sns.publish(
        TopicArn=world.stack.outputs[topic] + suffix, Message="x"
    )


def start(machine, suffix=""):
    return lambda states, world: states.start_execution(
        stateMachineArn=world.stack.resources()[machine] + suffix, input="{}"
    )


OTHER = "-of-somebody"
EXEMPT = "key-deactivator:exempt-until"
# What a role may ask for, and the same or the like that it may not.
REQUESTS = {
    "responds, never deletes": ("RespondRole", "iam", deactivate, delete),
    "responds, never tags": ("RespondRole", "iam", deactivate, tag(NOTICE)),
    "sweeps, never deletes": ("SweepRole", "iam", deactivate, delete),
    "gives notice, no exemption": ("SweepRole", "iam", tag(NOTICE), tag(EXEMPT)),
    "ends no exemption": ("SweepRole", "iam", untag(NOTICE, MARK), untag(NOTICE, EXEMPT)),
    "marks, gives no notice": ("NotifyRole", "iam", tag(MARK), tag(NOTICE)),
    "removes marks only": ("NotifyRole", "iam", untag(MARK), untag(MARK, EXEMPT)),
    "responds on its bus": ("RespondRole", "events", put_event("results"), put_event("default")),
    "sweeps on its bus": ("SweepRole", "events", put_event("results"), put_event("default")),
    "tells by its topic": (
        *("NotifyRole", "sns"),
        *(publish("NotificationTopicArn"), publish("NotificationTopicArn", OTHER)),
    ),
    "chats by its topic": (
        *("NotifyRole", "sns", publish("ChatTopicArn"), publish("ChatTopicArn", OTHER)),
    ),
    "starts its machines": (
        *("NotifyStartRole", "stepfunctions"),
        *(start("NotifyStateMachine"), start("NotifyStateMachine", OTHER)),
    ),
}


@pytest.mark.parametrize("request_", REQUESTS)
def test_request(request_, signed, world):
    role, service, allowed, refused = REQUESTS[request_]
    client = signed(role, service)
    allowed(client, world)
    with pytest.raises(ClientError, match="AccessDenied|AuthorizationError"):
        refused(client, world)


# ── Who may assume the roles ─────────────────────────────────────────────────────────────────────

TRUST = {
    "NotifyStartRole": ("events", "events:{region}:{account}:rule/x"),
    "NotifyRole": ("states", "states:{region}:{account}:stateMachine:x"),
    "WriteBackRole": ("states", "states:{region}:{account}:stateMachine:x"),
    "ScheduledSweepRole": ("scheduler", "scheduler:{region}:{account}:schedule-group/default"),
    "RespondRole": ("lambda", "lambda:{region}:{account}:function:x"),
    "SweepRole": ("lambda", "lambda:{region}:{account}:function:x"),
}


@pytest.mark.parametrize("role", TRUST)
def test_role_is_assumed_by_its_service_only(role, stack):
    name, place = stack.resources()[role], {"region": "us-east-1", "account": stack.account.number}
    arn = f"arn:aws:iam::{stack.account.number}:role/{name}"
    service, of = TRUST[role]

    def assumes(service, **changes):
        asked = {"service": f"{service}.amazonaws.com", "role": arn}
        source = "arn:aws:" + of.format(**place | changes)
        return stack.account.control("assumes", source=source, **asked)

    assert assumes(service)
    others = {service for service, _ in TRUST.values()} - {service}
    assert not any(assumes(other) for other in others)
    # Lambda does not say for which function it assumes a role.
    if service != "lambda":
        assert not assumes(service, account=ELSEWHERE)
        assert not assumes(service, region="us-west-2")


def test_every_role_says_who_assumes_it(stack):
    roles = [name for name, (kind, _) in stack.kinds().items() if kind == "AWS::IAM::Role"]
    assert sorted(roles) == sorted(TRUST)
