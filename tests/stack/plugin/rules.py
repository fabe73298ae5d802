"""EventBridge: the permissions to reach targets, dead-letter queues, and policies of buses."""

import json
from datetime import datetime

from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id, request_scope
from ministack.services import eventbridge

from .dead_letters import keep
from .decisions import Refused, role_may, service_assumes, service_may
from .functions import invoke_by_arn
from .patch import replaces

DELIVERED = []  # (account, ARN of the rule or schedule), in the order of delivery

ACTIONS = {
    "lambda": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "states": "states:StartExecution",
    "events": "events:PutEvents",
}


# "Using resource-based policies for Amazon EventBridge" (functions and queues), "Using identity-based
# policies" (a target's role). Scheduler always has a role: "Set up the execution role".
# "How EventBridge retries delivering events": what is not permitted is not tried again.
@replaces(eventbridge, "_invoke_target")
def _invoke_target(original, target, event, rule, view=None):
    scheduled = ":scheduler:" in rule["Arn"]
    service = "scheduler.amazonaws.com" if scheduled else "events.amazonaws.com"
    source = _schedule_group(rule["Arn"]) if scheduled else rule["Arn"]
    role = target.get("RoleArn")
    try:
        if role:
            service_assumes(service, role, source)
            role_may(role, ACTIONS[parse_arn(target["Arn"]).service], target["Arn"])
        else:
            service_may(service, ACTIONS[parse_arn(target["Arn"]).service], target["Arn"], source)
    except Refused as refused:
        _keep(service, target, event, rule, view, refused, role if scheduled else None)
    else:
        DELIVERED.append((get_account_id(), rule["Arn"]))
        original(target, event, rule, view)


def _schedule_group(schedule):
    # "Cross-service confused deputy prevention in EventBridge Scheduler": it names the group.
    start, _, name = schedule.partition(":schedule/")
    return f"{start}:schedule-group/{name.partition('/')[0]}"


# "Using dead-letter queues to process undelivered events": the event as it was, the rest as attributes.
def _keep(service, target, event, rule, view, refused, role):
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if not queue:
        return
    view = view or eventbridge._pattern_event_view(event)
    attributes = {
        "RULE_ARN": rule["Arn"],
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": str(refused),
    }
    body = target.get("Input") or json.dumps(view.event_with_detail())
    keep(service, queue, body, attributes, rule["Arn"], role)


# "Invoking a Lambda function asynchronously": a rule does; with retries and destinations.
@replaces(eventbridge, "_dispatch_to_lambda")
def _to_function(original, arn, payload):
    invoke_by_arn(arn, json.loads(payload))


# "Sending and receiving events between AWS Regions": the event goes on as it is, with the Region where it
# happened.
@replaces(eventbridge, "_dispatch_to_event_bus")
def _to_bus(original, bus, event, rule, path, payload=None):
    with request_scope(bus.account_id, bus.region):
        eventbridge._dispatch_event({**event, "EventBusName": bus.resource.partition("/")[2]})


# "PutPermission": a whole policy, which ministack takes for one statement.
@replaces(eventbridge, "_put_permission")
def _put_permission(original, request):
    if "Policy" not in request:
        return original(request)
    eventbridge._event_bus_policies[request["EventBusName"]] = json.loads(request["Policy"])
    return eventbridge.json_response({})


def put_aws_event(event, bus):
    """An event of an AWS service, which PutEvents refuses: "Events from AWS services"."""
    eventbridge._ensure_default_bus()
    time = datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
    eventbridge._dispatch_event(
        {
            "EventId": event["id"],
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
            "Resources": event["resources"],
            "Time": int(time.timestamp()),
            "Account": event["account"],
            "Region": event["region"],
            "EventBusName": bus,
        }
    )
