"""The mark: a tag on a user for each key that was reported Inactive. A key that was Inactive before is reported
once, and so is a reactivated key."""

import json

import pytest

from results import attributes_of, denied, mark, outcome, report, unconfirmed
from worlds import World

PARAMETERS = {"KeyReactivatedEvents": "ENABLED", "ChatTopicArn": "create", "HealthEvents": "ENABLED"}


def tag(world, key=None):
    world.iam.tag_user(UserName=world.user, Tags=[{"Key": mark(key or world.key), "Value": "x"}])


# A key that was Inactive before: an attempt may have deactivated it, and been cut off before it could tell.


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_key_found_inactive_is_told_once_and_marked(results, world, chat, attempts):
    before = len(chat.read())
    for _ in range(2):
        results.put(unconfirmed(world), attempts=attempts)
        world.settle()
    (mail,) = world.mails()
    assert mail["Message"] == unconfirmed(world)["body"]
    assert len(chat.read()) == before + 1
    assert list(world.tags()) == [mark(world.key)]


def test_attempt_that_was_cut_off_is_told_by_the_next(world):
    """The first attempt deactivated the key without a report."""
    world.iam.update_access_key(UserName=world.user, AccessKeyId=world.key, Status="Inactive")
    for _ in range(2):
        world.put(world.event("guardduty-compromised-credentials"))
    (mail,) = world.mails()
    assert world.headline("AlreadyInactive") in mail["Message"]
    assert attributes_of(mail)["status"] == ("String.Array", '["AlreadyInactive"]')
    assert list(world.tags()) == [mark(world.key)]


def test_attempt_that_did_one_of_two_keys_is_told_by_the_next(world):
    world.iam.update_access_key(UserName=world.user, AccessKeyId=world.key, Status="Inactive")
    world.put(world.event("health-two-keys", AKIAIALICE7EXAMPLE22=world.sibling))
    (mail,) = world.mails()
    assert world.headline("AlreadyInactive") in mail["Message"]
    assert world.headline("Deactivated", world.sibling) in mail["Message"]
    assert set(world.tags()) == {mark(world.key), mark(world.sibling)}


def test_same_finding_twice_is_one_mail(world):
    for _ in range(2):
        world.put(world.event("guardduty-compromised-credentials"))
    (mail,) = world.mails()
    assert mail["Subject"].startswith("Deactivated: ")


def test_report_that_needs_attention_is_told_at_once_and_marks_its_unconfirmed_keys(results, machine, world):
    machine.new()
    sibling = outcome(world, status="AlreadyInactive", accessKeyId=world.sibling, unconfirmed=True)
    results.put(report(world, outcomes=[outcome(world), sibling], unconfirmed=True))
    world.settle()
    assert len(world.mails()) == 1
    assert set(world.tags()) == {mark(world.key), mark(world.sibling)}
    (execution,) = machine.new()
    assert "WaitForOtherExecutions" not in machine.states(execution)
    # The same finding again.
    results.put(unconfirmed(world))
    world.settle()
    assert len(world.mails()) == 1


class Pair:
    """Two users with a key each, and a deleted user."""

    def __init__(self, stack):
        self.bob, self.alice = World(stack), World(stack)
        gone = outcome(self.bob, userName=f"{self.bob.user}-gone", accessKeyId="AKIAI44QH8DHBEXAMPLE")
        self.outcomes = {"bob": outcome(self.bob), "alice": outcome(self.alice), "gone": gone}

    def report(self, names):
        return unconfirmed(self.bob, *(self.outcomes[name] for name in names))


@pytest.mark.parametrize(
    ("named", "marked", "mails"),
    [
        (["bob"], [], 1),
        (["bob"], ["bob"], 0),
        (["bob", "alice"], ["bob"], 1),
        (["bob", "alice"], ["bob", "alice"], 0),
        (["gone"], [], 0),
        (["gone", "alice"], [], 1),
        (["gone", "alice"], ["alice"], 0),
    ],
)
def test_only_keys_whose_marks_all_say_that_people_know_stay_quiet(stack, results, named, marked, mails):
    pair = Pair(stack)
    for name in marked:
        tag(getattr(pair, name))
    results.put(pair.report(named))
    pair.bob.settle()
    assert len(pair.bob.mails()) == mails
    for name in set(named) - {"gone"}:
        world = getattr(pair, name)
        assert list(world.tags()) == [mark(world.key)], "told or known: marked"


def test_mark_of_another_key_or_user_says_nothing(stack, results):
    pair = Pair(stack)
    tag(pair.bob, pair.bob.sibling)
    tag(pair.alice, pair.bob.key)
    results.put(pair.report(["bob"]))
    pair.bob.settle()
    assert len(pair.bob.mails()) == 1


@pytest.mark.parametrize("marked", [True, False])
def test_mark_that_cannot_be_read_is_told(results, machine, world, marked):
    if marked:
        tag(world)
    machine.new()
    with denied(world.stack, "NotifyRole", "iam:ListUserTags"):
        results.put(unconfirmed(world))
        world.settle()
    assert machine.ends() == ["SUCCEEDED"]
    assert len(world.mails()) == 1
    assert list(world.tags()) == [mark(world.key)]


def test_mark_that_can_be_neither_read_nor_set_is_told(results, machine, world):
    machine.new()
    with denied(world.stack, "NotifyRole", ["iam:ListUserTags", "iam:TagUser"]):
        results.put(unconfirmed(world))
        world.settle()
    assert machine.ends() == ["FAILED"]
    assert len(world.mails()) == 1


@pytest.mark.parametrize("outcomes", [[], [{"status": "NotFound", "unconfirmed": False}]], ids=["none", "another"])
def test_unconfirmed_keys_that_did_not_fit_into_the_report_are_told(results, world, outcomes):
    results.put(unconfirmed(world) | {"outcomes": [outcome(world, **changes) for changes in outcomes], "omitted": 7})
    world.settle()
    assert len(world.mails()) == 1
    assert world.tags() == {}


# A key that comes back.


def activated(world, key=None, identity=None, status="Active", **changes):
    """CloudTrail's record, reduced to the fields that are read. CloudTrail may omit the user."""
    parameters = {"status": status, "accessKeyId": key or world.key}
    mallory = {"type": "IAMUser", "arn": f"arn:aws:iam::{world.account.number}:user/Mallory", "accessKeyId": "AKIASECRET"}
    detail = {
        "eventSource": "iam.amazonaws.com",
        "eventName": "UpdateAccessKey",
        "eventTime": "2026-01-02T03:04:05Z",
        "userIdentity": identity or mallory,
        "requestParameters": parameters,
        "responseElements": None,
    }
    event = {
        "version": "0",
        "id": "11111111-2222-3333-4444-555555555555",
        "source": "aws.iam",
        "detail-type": "AWS API Call via CloudTrail",
        "account": world.account.number,
        "time": "2026-01-02T03:04:05Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail | changes.pop("detail", {}),
    }
    return event | changes


def test_reactivated_key_is_reported_once(world, chat):
    world.put(world.event("guardduty-compromised-credentials"))
    assert mark(world.key) in world.tags()
    world.iam.update_access_key(UserName=world.user, AccessKeyId=world.key, Status="Active")
    before = len(chat.read())
    world.put(activated(world))

    first, mail = world.mails()
    assert mail["Subject"] == "iam-key-deactivator: a deactivated access key is Active again"
    by = f"arn:aws:iam::{world.account.number}:user/Mallory"
    for said in (
        f"Access key: {world.key}\nUser: {world.user}\nAccount: {world.account.number}\nActivated by: {by}\nAt: 2026-01-02T03:04:05Z\n",
        f"{world.key} of {world.user} is Active again. ",
        "Next steps:\n1. Ask who activated it, and why.",
        f"--user-name={world.user} --access-key-id {world.key} --status Inactive\n",
    ):
        assert said in mail["Message"], mail["Message"]
    assert attributes_of(mail) == {
        "status": ("String.Array", '["Reactivated"]'),
        "source": ("String.Array", '["cloudtrail"]'),
        "severity": ("Number", "10"),
        "accountId": ("String", world.account.number),
    }
    (message,) = chat.read()[before:]
    content = json.loads(message["Message"])["content"]
    assert content["title"] == mail["Subject"] and world.key in content["description"]

    # The mark is gone. The same record again, or its owner activates it another day: nothing.
    assert world.tags() == {}
    world.put(activated(world))
    assert len(world.mails()) == 2


def test_whoever_activated_it_need_not_be_named(world):
    tag(world)
    world.put(activated(world, identity={"type": "AWSService"}))
    (mail,) = world.mails()
    assert "\nActivated by: not named; see the record" in mail["Message"]


def test_mark_stays_until_the_key_is_reported(machine, world):
    tag(world)
    machine.new()
    with denied(world.stack, "NotifyRole", "sns:Publish"):
        world.put(activated(world))
    assert machine.ends() == ["FAILED"]
    assert mark(world.key) in world.tags()


@pytest.mark.parametrize("others", [True, False])
def test_key_without_a_mark_is_not_reported(machine, world, others):
    if others:
        tag(world, world.sibling)
    machine.new()
    world.put(activated(world))
    assert machine.ends() == ["SUCCEEDED"]
    assert world.mails() == []


def test_key_that_the_account_does_not_have_is_not_reported(machine, world):
    machine.new()
    world.put(activated(world, key="AKIAI44QH8DHBEXAMPLE"))
    (execution,) = machine.new()
    assert execution["status"] == "SUCCEEDED"
    assert machine.states(execution) == ["ClassifyInput", "FindOwner", "ClassifyDenial", "Ignore"]


def test_owner_who_may_not_be_asked_for_fails(machine, world):
    tag(world)
    machine.new()
    with denied(world.stack, "NotifyRole", "iam:GetAccessKeyLastUsed"):
        world.put(activated(world))
    (execution,) = machine.new()
    assert execution["status"] == "FAILED"
    assert machine.states(execution)[-1] == "RetryFindOwner"
    assert world.mails() == [] and mark(world.key) in world.tags()


DENIAL = (
    "User: arn:aws:sts::123456789012:assumed-role/notify/x is not authorized to perform: "
    "iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE"
)
SERVICE = " (Service: Iam, Status Code: 403, Request ID: r)"


@pytest.mark.parametrize(
    ("error", "cause", "following"),
    [
        ("Iam.IamException", DENIAL + SERVICE, "Ignore"),
        ("Iam.AccessDeniedException", DENIAL + SERVICE, "Ignore"),
        ("Iam.IamException", f"{DENIAL} because no identity-based policy allows the action{SERVICE}", "RetryFindOwner"),
        ("Iam.IamException", f"{DENIAL} with an explicit deny in a service control policy{SERVICE}", "RetryFindOwner"),
        ("Iam.IamException", f"{DENIAL} or not{SERVICE}", "RetryFindOwner"),
        ("Iam.IamException", DENIAL, "RetryFindOwner"),
        ("Iam.IamException", DENIAL.replace("GetAccessKeyLastUsed", "ListUsers") + SERVICE, "RetryFindOwner"),
        ("Iam.IamException", "Rate exceeded" + SERVICE, "RetryFindOwner"),
        ("Iam.ServiceFailureException", DENIAL + SERVICE, "RetryFindOwner"),
        ("States.Timeout", "", "RetryFindOwner"),
    ],
)
def test_denial_that_says_that_the_key_is_another_accounts(machine, error, cause, following):
    assert machine.next_state("ClassifyDenial", {"Error": error, "Cause": cause}) == following


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "Inactive"},
        {"detail": {"errorCode": "AccessDenied"}},
        {"detail": {"eventName": "CreateAccessKey"}},
        {"account": "210987654321"},
        {"source": "custom"},
    ],
    ids=str,
)
def test_only_a_successful_activation_starts_it(machine, world, changes):
    machine.new()
    world.put(activated(world, **changes))
    assert machine.ends() == []
