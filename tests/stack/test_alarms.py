"""Alarms on the function's own metrics: the function logs the metric of an alarm when the alarm should be raised.

The emulator extracts no metrics from logs: that is done here, as CloudWatch does with its embedded metric format."""

import pytest

from causes import iam_denies
from least_privilege import without
from worlds import World, sweep

PARAMETERS = {"SweepMode": "enforce"}
FINDING = "guardduty-compromised-credentials"


def deactivated(stack):
    world = World(stack)
    world.put(world.event(FINDING))


def left_active(stack):
    world = World(stack)
    with iam_denies(stack):
        world.put(world.event(FINDING))


def swept(stack):
    sweep(World(stack))


def stale_key_left_active(stack):
    world = World(stack)
    sweep(world, days=100)
    with without(stack, "SweepRole", "DeactivateAccessKeys", "iam:UpdateAccessKey"):
        sweep(world, days=8)
    world.remove()


def refused(stack):
    worlds = [World(stack) for _ in range(6)]
    sweep(*worlds, days=100)
    sweep(*worlds, days=8)
    for world in worlds:
        world.remove()


# What happens, and what the alarm's metric counts of it.
ALARMS = {
    "DeactivationsAlarm": (deactivated, [1]),
    "FailedKeysAlarm": (left_active, [1, 1, 1]),  # one for each attempt
    "SweepOverdueAlarm": (swept, [1]),
    "SweepFailedKeysAlarm": (stale_key_left_active, [0, 2]),
    "SweepRefusedAlarm": (refused, [0, 1]),
}


def own_alarms(stack):
    found = stack.account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    names = {physical: name for name, physical in stack.resources().items()}
    return {
        names[alarm["AlarmName"]]: alarm
        for alarm in found
        if alarm["Namespace"] == "IamKeyDeactivator"
    }


def values(stack, alarm):
    """The values that CloudWatch receives for the alarm's metric, with exactly its dimensions."""
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    lines = stack.logged("RespondLogGroupName") + stack.logged("SweepLogGroupName")
    return [
        line[metric["Name"]]
        for line in lines
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ())
        for names in directive["Dimensions"]
        for metric in directive["Metrics"]
        if directive["Namespace"] == alarm["Namespace"]
        and metric["Name"] == alarm["MetricName"]
        and {name: line[name] for name in names} == dimensions
    ]


@pytest.mark.parametrize("name", ALARMS)
def test_alarm_watches_what_is_logged(name, stack):
    happens, expected = ALARMS[name]
    alarm = own_alarms(stack)[name]
    before = len(values(stack, alarm))
    happens(stack)
    assert values(stack, alarm)[before:] == expected


def test_every_alarm_on_own_metrics_is_here(stack):
    assert own_alarms(stack).keys() == ALARMS.keys()


def test_overdue_after_48_hours_without_any_sweep(stack):
    alarm = own_alarms(stack)["SweepOverdueAlarm"]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 48 * 3600
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "LessThanThreshold")
    assert alarm["TreatMissingData"] == "breaching"
