"""The schedule: notice, due date, deactivation and notification; a refused landslide; dry run.

Days pass in IAM, not in the function: keys, notices and last uses are that much older."""

import time
from datetime import datetime, timedelta, timezone

import pytest
from deployment import deploy
from worlds import World, sweep, with_mailbox


def today():
    return datetime.now(timezone.utc).date()


PARAMETERS = {"SweepMode": "enforce"}


@pytest.fixture(autouse=True)
def on_one_day():
    """These tests count UTC days: none begins in the last minute of one."""
    now = datetime.now(timezone.utc)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    left = (midnight - now).total_seconds()
    if left < 60:
        time.sleep(left + 1)


def swept(stack, *worlds, days=0):
    """The mails of the next sweep."""
    seen = len(stack.mailbox.read())
    sweep(*worlds, days=days)
    return stack.mailbox.read()[seen:]


def notice(world, key):
    return world.tags().get(f"key-deactivator:notice:{key}")


def marked(world, key):
    return f"key-deactivator:deactivated:{key}" in world.tags()


def test_from_notice_to_deactivation(stack):
    world, exempt, used = World(stack), World(stack), World(stack)
    for one in (world, exempt):
        one.days_pass(100)
        one.renew_sibling()
    used.days_pass(60)  # too long for a key that is not used
    for key in (used.key, used.sibling):
        used.used_today(key)
    tag = {"Key": "key-deactivator:exempt-until", "Value": f"{today() + timedelta(days=30)}"}
    exempt.iam.tag_user(UserName=exempt.user, Tags=[tag])
    everyone = (world, exempt, used)

    (mail,) = swept(stack, *everyone)
    assert world.headline("Noticed") in mail["Message"]
    assert notice(world, world.key) == f"{today()}/{today() + timedelta(days=7)}"

    assert swept(stack, *everyone, days=1) == []

    (mail,) = swept(stack, *everyone, days=5)
    assert world.headline("Pending") in mail["Message"]
    assert world.inactive() == []

    (mail,) = swept(stack, *everyone, days=1)
    assert world.headline("Deactivated") in mail["Message"]
    assert world.keys() == {world.key: "Inactive", world.sibling: "Active"}
    assert notice(world, world.key) is None and marked(world, world.key)

    assert swept(stack, *everyone, days=1) == []
    for one in (exempt, used):
        assert one.inactive() == []
        assert all(one.user not in mail["Message"] for mail in stack.mailbox.read())
    assert stack.account.control("refusals") == [] and stack.failures() == []


def test_landslide_is_refused(new_account):
    stack = with_mailbox(deploy(new_account(), PARAMETERS))
    worlds = [World(stack) for _ in range(3)]

    swept(stack, *worlds, days=100)
    before = [world.tags() for world in worlds]
    assert all(len(tags) == 2 for tags in before)

    (mail,) = swept(stack, *worlds, days=8)
    assert "refused" in mail["Subject"].lower()
    for world in worlds:
        assert world.inactive() == []
        assert world.key in mail["Message"] and world.sibling in mail["Message"]
        assert len(world.tags()) == 2 and not marked(world, world.key)


def test_dry_run_is_told_once_and_touches_nothing(new_account):
    stack = with_mailbox(deploy(new_account()))
    world = World(stack)
    world.days_pass(90)  # too old since today
    for key in (world.key, world.sibling):
        world.used_today(key)

    (mail,) = swept(stack, world)
    assert world.headline("DryRun") in mail["Message"]

    reminded = today().weekday() == 0  # on Mondays
    assert len(swept(stack, world, days=1)) == reminded
    assert world.tags() == {} and world.inactive() == []
