"""Sessions of a compromised key, with IAM enforced: `DenySessions` ends them, and nothing else."""

import json

import pytest
from botocore.exceptions import ClientError

from holder import QUEUE, Holder
from least_privilege import statements
from policies import trusting

PARAMETERS = {"DenySessions": "ENABLED", "ProtectedUsers": "break-glass-*"}
FINDING = "guardduty-compromised-credentials"


@pytest.fixture
def holder(stack):
    return Holder(stack)


@pytest.fixture
def policy(stack):
    return stack.resources()["SessionPolicy"]


def test_a_session_ends_and_the_other_key_works_on(holder, policy):
    world = holder.world
    session, of_sibling = holder.session(world.key), holder.session(world.sibling)
    assert holder.works(*session) and holder.works(*of_sibling)
    assert holder.key_works(world.key) and holder.key_works(world.sibling)

    world.put(world.event(FINDING))

    assert world.inactive() == [world.key] and world.policies() == [policy]
    assert not holder.works(*session)
    assert holder.key_works(world.sibling)
    # One policy for all users: it knows neither the key nor the time of a session.
    assert not holder.works(*of_sibling)
    assert not holder.works(*holder.session(world.sibling))
    (mail,) = world.mails()
    detach = f"aws iam detach-user-policy --user-name={world.user} --policy-arn {policy}"
    assert f"Sessions: denied by {policy}" in mail["Message"] and detach in mail["Message"]

    world.iam.detach_user_policy(UserName=world.user, PolicyArn=policy)
    assert holder.works(*of_sibling)


def test_calls_of_services_for_the_other_key_work_on(holder, policy):
    """AWS's services sign these with temporary credentials of the user. The emulator makes no such calls, so
    the keys of the request are the test's."""
    world = holder.world
    world.iam.attach_user_policy(UserName=world.user, PolicyArn=policy)
    arn = world.iam.get_user(UserName=world.user)["User"]["Arn"]

    def may(**keys):
        queue = f"arn:aws:sqs:us-east-1:{world.account.number}:{QUEUE}"
        asked = {"user": arn, "action": "sqs:SendMessage", "resource": queue}
        keys = {f"aws:{name}": value for name, value in keys.items()}
        return world.account.control("user_may", keys=keys, **asked)

    issued = {"TokenIssueTime": "2026-06-17T12:00:00Z"}
    assert may() and may(ViaAWSService="false")
    assert may(**issued, ViaAWSService="true")
    assert not may(**issued, ViaAWSService="false")
    assert not may(**issued)


def test_a_session_of_a_key_that_people_deactivated_ends(holder, policy):
    world = holder.world
    session = holder.session(world.key)
    world.iam.update_access_key(
        UserName=world.user, AccessKeyId=world.key, Status="Inactive"
    )
    world.put(world.event(FINDING))
    assert world.policies() == [policy] and not holder.works(*session)


def test_a_finding_about_a_session_ends_it(holder, policy):
    world = holder.world
    session = holder.session(world.sibling)
    event = world.event(FINDING)
    event["detail"]["resource"]["accessKeyDetails"]["accessKeyId"] = "ASIAIOSFODNN7EXAMPLE"
    world.put(event)
    assert world.inactive() == [] and world.policies() == [policy]
    assert not holder.works(*session) and holder.key_works(world.sibling)


def test_protected_users_and_dry_runs_keep_their_sessions(stack):
    protected, dry = Holder(stack, name="break-glass-1"), Holder(stack)
    protected.world.put(protected.world.event(FINDING))
    call = {"action": "deactivate", "accessKeyId": dry.world.key, "dryRun": True}
    stack.account.client("lambda").invoke(
        FunctionName=stack.outputs["RespondFunctionName"], Payload=json.dumps(call)
    )
    for holder in (protected, dry):
        assert holder.world.policies() == [] and holder.works(*holder.session(holder.world.key))


def test_sessions_that_are_left_open_are_told_and_denied_on_replay(holder, policy):
    """The user has ten managed policies."""
    world, iam = holder.world, holder.world.iam
    session = holder.session(world.key)
    harmless = {"Effect": "Deny", "Action": "none:Nothing", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [harmless]})
    arns = []
    for number in range(10):
        name = f"{world.user}-{number}"
        made = iam.create_policy(PolicyName=name, PolicyDocument=document)
        arns.append(made["Policy"]["Arn"])
        iam.attach_user_policy(UserName=world.user, PolicyArn=arns[-1])

    world.put(world.event(FINDING))

    assert world.inactive() == [world.key] and policy not in world.policies()
    assert holder.works(*session)
    (mail,) = world.mails()
    assert mail["Subject"] == (
        "iam-key-deactivator FAILED to deny the sessions of a compromised access key"
    )
    assert "SessionsLeftOpen: sessions are left open" in mail["Message"]
    assert "LimitExceeded" in mail["Message"]
    assert len([m for m in holder.stack.failures() if world.key in m["Body"]]) == 1

    iam.detach_user_policy(UserName=world.user, PolicyArn=arns[0])
    world.put(world.event(FINDING))
    assert policy in world.policies() and not holder.works(*session)


@pytest.fixture(scope="module")
def as_respond(stack):
    """IAM, as the respond function's role."""
    arn = f"arn:aws:iam::{stack.account.number}:role/{stack.resources()['RespondRole']}"
    with trusting(stack, "RespondRole", "Allow", {"AWS": stack.account.number}):
        found = stack.account.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")
    found = found["Credentials"]
    key, secret = found["AccessKeyId"], found["SecretAccessKey"]
    return stack.account.client("iam", key, secret, found["SessionToken"])


def test_the_role_attaches_no_other_policy(as_respond, world, policy):
    own = policy.replace("SessionPolicy", "Other")
    for other in ("arn:aws:iam::aws:policy/AdministratorAccess", own, policy + "2"):
        with pytest.raises(ClientError, match="AccessDenied"):
            as_respond.attach_user_policy(UserName=world.user, PolicyArn=other)
    assert world.policies() == []
    as_respond.attach_user_policy(UserName=world.user, PolicyArn=policy)
    for refused in (
        lambda: as_respond.detach_user_policy(UserName=world.user, PolicyArn=policy),
        lambda: as_respond.attach_role_policy(RoleName="x", PolicyArn=policy),
        lambda: as_respond.create_policy_version(PolicyArn=policy, PolicyDocument="{}"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()
    assert world.policies() == [policy]


def test_by_default_nothing_can_be_attached(new_account):
    from deployment import deploy

    stack = deploy(new_account())
    assert "SessionPolicy" not in stack.resources()
    actions = [statement["Action"] for _, statement in statements(stack)]
    assert not any("Policy" in str(action) for action in actions)
