"""A rule that somebody enables by hand changes nothing: the function's setting decides."""

import pytest

from worlds import World

OPT_INS = {
    "RespondFunctionQuarantine": "cloudtrail-quarantine-v3",
    "RespondFunctionNewKey": "cloudtrail-create-access-key",
}


def ignored(stack):
    """The reason for each event that the function ignored."""
    lines = stack.logged("RespondLogGroupName")
    return [line["reason"] for line in lines if line.get("message") == "ignored"]


def delivered(stack, rule):
    return any(arn.endswith(rule) for arn in stack.account.control("delivered"))


@pytest.mark.parametrize(("name", "event"), OPT_INS.items())
def test_opt_in_enabled_by_hand(name, event, stack):
    rule = stack.resources()[name]
    before = len(ignored(stack))
    world = World(stack)
    world.put(world.event(event))
    assert not delivered(stack, rule)

    stack.account.client("events").enable_rule(Name=rule)
    world.put(world.event(event))
    assert delivered(stack, rule)
    assert ignored(stack)[before:] == ["OptedOut"]
    assert world.inactive() == []
    assert world.mails() == []
