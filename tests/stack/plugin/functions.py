"""Lambda's asynchronous invocations: permissions, retries and destinations."""

import contextvars
import json
import threading
import time
from collections import Counter

from ministack.core.responses import new_uuid, now_iso, request_scope
from ministack.services import eventbridge, lambda_svc, sns

from .dead_letters import keep
from .decisions import Refused, role_may, service_may
from .patch import replaces

# Invocations under way, by account.
UNDER_WAY = Counter()
LOCK = threading.Lock()
PAUSE = lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS  # a minute on AWS


# "How Lambda handles errors and retries with asynchronous invocation"
@replaces(lambda_svc, "invoke_async_with_retry")
def invoke(original, function, event):
    config = function.get("config") or function
    account, region = lambda_svc._account_region_from_function_config(config)

    def run():
        try:
            with request_scope(account, region):
                _attempts(function, config, event)
        finally:
            with LOCK:
                UNDER_WAY[account] -= 1

    with LOCK:
        UNDER_WAY[account] += 1
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()


def _attempts(function, config, event):
    settings = (function.get("event_invoke_configs") or {}).get("$LATEST") or {}
    retries = settings.get("MaximumRetryAttempts")
    for attempt in range(1, 2 + (2 if retries is None else int(retries))):
        if attempt > 1:
            time.sleep(PAUSE * 2 ** (attempt - 2))
        result = lambda_svc._execute_function(function, event)
        if result.get("throttle") or not result.get("error"):
            break
    _deliver(config, settings, _record(config, event, result, attempt))


# "Capturing records of Lambda asynchronous invocations". Lambda would try a throttled event again for
# MaximumEventAgeInSeconds; here that time is over at once.
def _record(config, event, result, attempts):
    throttled, failed = result.get("throttle"), result.get("error")
    condition = "EventAgeExceeded" if throttled else "RetriesExhausted" if failed else "Success"
    record = {
        "version": "1.0",
        "timestamp": now_iso(),
        "requestContext": {
            "requestId": new_uuid(),
            "functionArn": f"{config['FunctionArn']}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
    }
    if not throttled:
        error = {"functionError": result.get("function_error") or "Unhandled"} if failed else {}
        record["responseContext"] = {"statusCode": 200, "executedVersion": "$LATEST", **error}
        record["responsePayload"] = result.get("body")
    return record


# "Adding a destination": Lambda sends with the function's role.
def _deliver(config, settings, record):
    succeeded = record["requestContext"]["condition"] == "Success"
    outcome = "Success" if succeeded else "Failure"
    bus = settings.get("DestinationConfig", {}).get(f"On{outcome}", {}).get("Destination", "")
    if ":event-bus/" not in bus:
        raise NotImplementedError(f"a destination other than an event bus: {bus or 'none'}")
    try:
        role_may(config["Role"], "events:PutEvents", bus)
    except Refused:
        return  # Lambda counts it as DestinationDeliveryFailures
    entry = {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {outcome}",
        "Resources": [bus, record["requestContext"]["functionArn"]],
        "Detail": json.dumps(record),
        "EventBusName": bus,
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def invoke_as(service, function_arn, event, source):
    """Invokes for a service that calls with its own principal."""
    service_may(service, "lambda:InvokeFunction", function_arn, source)
    invoke_by_arn(function_arn, event)


def invoke_by_arn(function_arn, event):
    function, config, _ = lambda_svc._get_func_record_for_ref(function_arn)
    lambda_svc.invoke_async_with_retry(
        lambda_svc._execution_record_for_config(function, config), event
    )


# "Invoking Lambda functions with Amazon SNS notifications", "Amazon SNS dead-letter queues"
@replaces(sns, "_deliver_to_lambda")
def _from_topic(original, endpoint, envelope, topic, subscription, *rest):
    message = json.loads(envelope)
    record = {
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "EventSource": "aws:sns",
        "Sns": message,
    }
    try:
        invoke_as("sns.amazonaws.com", endpoint, {"Records": [record]}, topic)
    except Refused:
        policy = _subscription(topic, subscription).get("attributes", {}).get("RedrivePolicy", "{}")
        queue = (json.loads(policy) if isinstance(policy, str) else policy).get(
            "deadLetterTargetArn"
        )
        if queue:
            keep("sns.amazonaws.com", queue, envelope, {"ErrorCode": "ClientError"}, topic)


def _subscription(topic, arn):
    subscriptions = sns._topic_by_arn_any_scope(topic)["subscriptions"]
    return next(found for found in subscriptions if found["arn"] == arn)
