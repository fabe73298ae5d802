"""The activate function, with IAM enforced: it brings back what was before, and nothing but a person reaches it."""

import json
import os
import re
import subprocess
import sys

import pytest

from deployment import deploy
from holder import Holder
from packaging import ROOT
from results import denied, mark
from stories import activate
from test_marks import activated
from worlds import World, sweep

PARAMETERS = {
    "ActivateFunction": "ENABLED",
    "DenySessions": "ENABLED",
    "SweepMode": "enforce",
    "NoticeDays": "0",
    "TriggerTopicArn": "arn:aws:sns:us-east-1:{account}:findings",
}
FINDING = "guardduty-compromised-credentials"
TIME = r"\d{4}-\d\d-\d\dT[\d:.]+Z"


def note(key):
    return f"key-deactivator:activated:{key}"


def call(world, key=None, **more):
    asked = {"action": "activate", "accessKeyId": key or world.key, "reason": "a false alarm"}
    return {**asked, "requestedBy": "Alice", **more}


def ask(world, key=None, function="ActivateFunctionName", **more):
    """The answer, as a person who waits for it gets it."""
    client, payload = world.account.client("lambda"), json.dumps(call(world, key, **more))
    asked = {"FunctionName": world.stack.outputs[function], "Payload": payload}
    return json.load(client.invoke(**asked)["Payload"])


def status(answer):
    (outcome,) = answer["outcomes"]
    return outcome["status"]


def by_the_function(world, key=None):
    """CloudTrail's record of what the activate function did."""
    arn = world.stack.outputs["ActivateRoleArn"]
    issuer = {"type": "Role", "arn": arn, "userName": arn.rpartition("/")[2]}
    session = arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/function"
    identity = {"type": "AssumedRole", "arn": session, "sessionContext": {"sessionIssuer": issuer}}
    return activated(world, key, identity=identity)


def state(world):
    return world.keys(), world.policies(), world.tags()


def test_key_sessions_and_tags_are_as_they_were_before(stack):
    holder = Holder(stack)
    world = holder.world
    world.iam.tag_user(UserName=world.user, Tags=[{"Key": "team", "Value": "web"}])
    before, session = state(world), holder.session(world.key)
    assert holder.works(*session)

    world.put(world.event(FINDING))
    assert not holder.works(*session) and world.inactive() == [world.key]
    (finding,) = re.findall(rf"^{TIME} guardduty ([0-9a-f]+)$", world.tags()[mark(world.key)])

    answer = ask(world)
    assert status(answer) == "Activated"
    assert answer["outcomes"][0]["origin"]["requestedBy"] == "Alice"
    assert f"Archive or suppress this finding of guardduty, or exclude its type: {finding}." in answer["body"]
    assert holder.works(*session) and holder.key_works(world.key)

    # The note stays until people are told.
    world.put(by_the_function(world))
    assert state(world) == before


def test_people_are_told_once_who_asked_and_why(machine, world):
    world.put(world.event(FINDING))
    ask(world)
    machine.new()
    for _ in range(2):
        world.put(by_the_function(world))
    _, mail = world.mails()
    assert mail["Subject"] == "iam-key-deactivator: an access key was activated at a person's request"
    assert re.search(r"\nRequested by \(not verified\), and why: \d{4}-\d\d-\d\d Alice: a false alarm\n", mail["Message"])
    attributes = {name: found["Value"] for name, found in mail["MessageAttributes"].items()}
    assert (attributes["status"], attributes["severity"]) == ('["Activated"]', "0")
    assert world.tags() == {} and machine.ends() == ["SUCCEEDED"] * 2


def test_note_counts_only_if_the_function_activated_the_key(world):
    world.put(world.event(FINDING))
    ask(world)
    # Without a mark, another activation is nobody's business, whatever the note says.
    world.put(activated(world))
    assert len(world.mails()) == 1 and list(world.tags()) == [note(world.key)]
    # Contained again, and activated by somebody else.
    world.put(world.event(FINDING))
    world.iam.update_access_key(UserName=world.user, AccessKeyId=world.key, Status="Active")
    world.put(activated(world))
    assert world.mails()[-1]["Subject"] == "iam-key-deactivator: a deactivated access key is Active again"
    assert list(world.tags()) == [note(world.key)]


def test_sessions_stay_denied_until_both_keys_are_back(stack):
    holder = Holder(stack)
    world = holder.world
    session = holder.session(world.key)
    world.put(world.event("health-two-keys", AKIAIALICE7EXAMPLE22=world.sibling))
    assert sorted(world.inactive()) == sorted([world.key, world.sibling])

    answer = ask(world)
    assert status(answer) == "Activated" and f"other key {world.sibling}" in answer["body"]
    assert holder.key_works(world.key) and not holder.works(*session)
    assert status(ask(world, world.sibling)) == "Activated"
    assert holder.works(*session) and world.policies() == []


def test_key_that_a_sweep_deactivated_names_its_rule(world):
    world.days_pass(50)
    world.renew_sibling()
    sweep(world)
    assert world.inactive() == [world.key]
    assert re.fullmatch(rf"{TIME} direct rule:(first-)?use", world.tags()[mark(world.key)])
    answer = ask(world)
    assert "Exempt the user, because the key is unused" in answer["body"]
    assert world.inactive() == []
    world.remove()


def test_only_a_marked_key_is_activated(world):
    world.iam.update_access_key(UserName=world.user, AccessKeyId=world.key, Status="Inactive")
    assert status(ask(world)) == "NotMarked"
    assert f"--user-name={world.user} --access-key-id {world.key} --status Active" in ask(world)["body"]
    assert status(ask(world, world.sibling)) == "AlreadyActive"
    assert world.inactive() == [world.key] and world.tags() == {}


# Nothing but a direct call to the function itself.


@pytest.fixture
def contained(world):
    world.put(world.event(FINDING))
    assert world.inactive() == [world.key]
    return world


@pytest.mark.parametrize("function", ["RespondFunctionName", "SweepFunctionName"])
def test_no_other_function_activates(contained, function):
    answer = ask(contained, function=function)
    assert "since `activate` is for the activate function" in answer["errorMessage"]
    assert contained.inactive() == [contained.key]


@pytest.mark.parametrize("bare", [True, False])
def test_no_topic_or_bus_activates(contained, bare):
    asked = call(contained)
    if bare:
        arn = f"arn:aws:sns:us-east-1:{contained.account.number}:findings"
        contained.account.client("sns").publish(TopicArn=arn, Message=json.dumps(asked))
    else:
        event = contained.event(FINDING)
        contained.send(event | {"detail": event["detail"] | asked})
    contained.settle()
    assert contained.inactive() == [contained.key]
    assert note(contained.key) not in contained.tags()


def wrapped(asked):
    text = json.dumps(asked)
    notification = {"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": text}
    yield {"Records": [{"EventSource": "aws:sns", "Sns": notification}]}
    for body in (text, json.dumps(notification)):
        yield {"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": body}]}
        yield [{"eventSource": "aws:sqs", "messageId": "m", "body": body}]
    yield {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": asked}


def test_no_envelope_reaches_the_function(contained):
    """As if somebody had given a topic, a queue or a rule the permission to invoke it."""
    client = contained.account.client("lambda")
    function = contained.stack.outputs["ActivateFunctionName"]
    for event in wrapped(call(contained)):
        client.invoke(FunctionName=function, Payload=json.dumps(event))
        assert contained.inactive() == [contained.key], event
    # On AWS there is no policy at all.
    assert json.loads(client.get_policy(FunctionName=function)["Policy"])["Statement"] == []


SOURCES = [
    "accessanalyzer-unused-key",
    "cloudtrail-create-access-key",
    "cloudtrail-quarantine-v3",
    "config-non-compliant-user",
    "guardduty-attack-sequence",
    "health-two-keys",
    "scheduled-event",
    "securityhub-action-key",
    "securityhub-guardduty-key",
    "securityhub-ocsf-guardduty-key",
    "trufflehog-on-a-bus",
    "trustedadvisor-exposed-key",
]


def test_no_sources_event_activates(contained):
    function = contained.stack.outputs["ActivateFunctionName"]
    client = contained.account.client("lambda")
    for name in SOURCES:
        event = contained.event(name)
        contained.put(event)
        client.invoke(FunctionName=function, Payload=json.dumps(event))
        assert contained.key in contained.inactive(), name


# `make deactivate` and `make activate`.


def run(world, action, key=None, *arguments, stack=None):
    account = world.account
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": account.aws.url,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_ACCESS_KEY_ID": account.number,
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    name = stack or world.stack.name
    command = [sys.executable, ROOT / "scripts" / "key", action, name, key or world.key, "why not?"]
    ended = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, timeout=120)
    world.settle()
    return ended.returncode, ended.stdout + ended.stderr


def test_what_a_person_types(world):
    def row(text, said):
        return re.search(rf"^{world.key}  {world.user} +{said} ", text, re.MULTILINE)

    code, text = run(world, "deactivate", None, "--dry-run")
    assert code == 0 and row(text, "DryRun") and world.inactive() == [], text
    code, text = run(world, "deactivate", None, "--user", world.user)
    assert code == 0 and row(text, "Deactivated") and "Next steps:\n  1. " in text, text
    # The key is marked, and people are told.
    assert world.inactive() == [world.key] and mark(world.key) in world.tags()
    assert len(world.mails()) == 1

    code, text = run(world, "activate", None, "--dry-run")
    assert code == 0 and row(text, "DryRun") and world.inactive() == [world.key], text
    code, text = run(world, "activate")
    assert code == 0 and row(text, "Activated") and "Next steps:\n  1. " in text, text
    assert world.inactive() == []
    by = f"arn:aws:iam::{world.account.number}:root: why not_"
    assert world.tags()[note(world.key)].endswith(by), world.tags()
    code, text = run(world, "activate")
    assert code == 0 and row(text, "AlreadyActive"), text


def test_what_a_person_types_and_fails(world):
    world.iam.update_access_key(UserName=world.user, AccessKeyId=world.key, Status="Inactive")
    code, text = run(world, "activate")
    assert code == 1 and "NotMarked" in text and "--status Active" in text, text
    code, text = run(world, "activate", None, "--user", "Mallory")
    assert code == 1 and text.startswith("ActivationFailed: ") and f"belongs to user {world.user}" in text, text
    code, text = run(world, "activate", "AKIA")
    assert code == 1 and text.startswith("InvalidEvent: "), text
    code, text = run(world, "activate", " ")
    assert code == 2 and "say which key and why" in text, text
    code, text = run(world, "activate", stack="another")
    assert code == 1 and text.startswith("activate: "), text
    assert world.inactive() == [world.key]


def test_without_the_function_the_command_says_so(new_account):
    stack = deploy(new_account())
    world = World(stack)
    code, text = run(world, "activate")
    assert code == 1 and "deploy it with ActivateFunction=ENABLED" in text, text


def test_asynchronous_call_is_told(contained):
    activate(contained)
    assert contained.inactive() == []
    assert contained.mails()[-1]["Subject"].startswith("Activated: ")


def test_failure_is_told_with_what_is_in_place(contained):
    with denied(contained.stack, "ActivateRole", "iam:UntagUser"):
        activate(contained)
    mail = contained.mails()[-1]
    assert mail["Subject"] == "iam-key-deactivator: an access key is NOT activated, or not completely"
    assert "Only the key's mark may still be in place." in mail["Message"]
    assert "2. Send the same call again (make activate)." in mail["Message"]
    # The same call again does what is left.
    answer = ask(contained)
    assert status(answer) == "Activated" and "already" in answer["outcomes"][0]["reason"].lower()
    assert mark(contained.key) not in contained.tags()
