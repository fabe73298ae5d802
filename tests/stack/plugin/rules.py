"""EventBridge: with whose permissions targets are reached, dead-letter queues, and policies of buses."""

import json
from datetime import datetime

from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id
from ministack.services import eventbridge
from ministack.services.cloudformation import provisioners

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


# "PutPermission": a whole policy, or one statement; CloudFormation's AWS::Events::EventBusPolicy is that.
def _put_bus_policy(logical_id, properties, stack):
    bus, sid = properties.get("EventBusName", "default"), properties["StatementId"]
    policy = eventbridge._event_bus_policies.setdefault(
        bus, {"Version": "2012-10-17", "Statement": []}
    )
    others = [statement for statement in policy["Statement"] if statement.get("Sid") != sid]
    policy["Statement"] = [*others, properties["Statement"] | {"Sid": sid}]
    return f"{bus}|{sid}", {}


def _delete_bus_policy(physical_id, properties):
    bus, _, sid = physical_id.partition("|")
    eventbridge._remove_permission({"EventBusName": bus, "StatementId": sid})


provisioners._RESOURCE_HANDLERS["AWS::Events::EventBusPolicy"] = {
    "create": _put_bus_policy,
    "update": lambda physical_id, old, new, stack: _put_bus_policy(None, new, stack),
    "delete": _delete_bus_policy,
}


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
