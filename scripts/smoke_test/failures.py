"""The checks on what fails: the failure queue, `make replay`, and the topic for alarms."""

import json
import subprocess
import sys
from pathlib import Path

from .place import PREFIX, NotAsked, mailbox

ROOT = Path(__file__).resolve().parents[2]


def unreadable(place):
    """An event that is nothing the function knows."""
    return {"smoke": place.name}


def records(place):
    """Lambda's records of that event in the failure queue, by request. A dead letter of a rule has attributes."""
    bodies = [m["Body"] for m in place.failures() if place.name in m["Body"] and not m.get("MessageAttributes")]
    found = [json.loads(body).get("detail", {}) for body in bodies]
    return {
        record["requestContext"]["requestId"]: record
        for record in found
        if record.get("requestPayload") == unreadable(place)
    }


def failure_kept(place, limit):
    place.awaited.add("failure")
    place.send(unreadable(place))
    if not (kept := place.wait(lambda: records(place), limit)):
        return False, "it did not come to the failure queue"
    place.awaited.clear()
    ((place.kept, record),) = kept.items()
    context = record["requestContext"]
    return True, f"{context['condition']} after {context['approximateInvokeCount']} attempts"


def replayed(place, limit):
    """The event fails again, so it comes back: a later message, with another request."""
    if not place.wait(lambda: place.kept or "failure-queue" not in place.under_way, 2 * limit) or not place.kept:
        raise NotAsked("no event of this run is in the failure queue")
    if not all(PREFIX in message["Body"] for message in place.failures()):
        raise NotAsked("other events wait in the failure queue, and would be sent as well: replay them first")
    place.awaited.add("failure")
    command = [sys.executable, ROOT / "scripts/replay", place.stack, "--yes"]
    done = subprocess.run(command, capture_output=True, text=True, start_new_session=True)
    if done.returncode:
        return False, f"make replay ended with {done.returncode}"
    if not (back := place.wait(lambda: records(place).keys() - {place.kept}, limit)):
        return False, "the event was sent, and did not fail again"
    place.awaited.clear()
    return place.kept not in records(place), f"sent, and failed again {len(back)} time(s)"


def alarm_arrives(place, limit):
    box = mailbox(place.alarms)
    place.cloudwatch.put_metric_alarm(
        AlarmName=place.name,
        AlarmDescription="A test of iam-key-deactivator, made by `make smoke`. Nothing happened.",
        AlarmActions=[place.outputs["AlarmTopicArn"]],
        Namespace=place.name,
        MetricName="Nothing",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="ignore",
    )
    place.cloudwatch.set_alarm_state(AlarmName=place.name, StateValue="ALARM", StateReason="make smoke")
    return bool(place.wait(lambda: box.about(place.name), limit)), ""
