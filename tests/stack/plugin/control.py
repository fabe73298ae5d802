"""The emulator's own control interface for the tests, POST /_stack/NAME with JSON: events of AWS's services,
days that pass, and internal state."""

import json
import re
from datetime import datetime, timedelta

from ministack import app
from ministack.core.responses import get_account_id, request_scope
from ministack.services import iam, scheduler, stepfunctions

from . import decisions, functions, keys, managed_policies, rules, security_hub  # noqa: F401
from .patch import replaces

DATE = "%Y-%m-%dT%H:%M:%SZ"
BY_PATH = {}


def offered(call):
    BY_PATH[f"/_stack/{call.__name__}"] = call
    return call


@offered
def put_event(event, bus="default"):
    rules.put_aws_event(event, bus)


@offered
def used(key, date):
    keys.LAST_USED[key] = date


@offered
def days_pass(users, days):
    """These users' keys, notices and exemptions are so many days older."""
    earlier = timedelta(days=days)
    for key, found in iam._access_keys.items():
        if found["UserName"] in users:
            found["CreateDate"] = _moved(found["CreateDate"], DATE, earlier)
            for dates in (keys.LAST_USED, keys.CHANGED):
                if key in dates:
                    dates[key] = _moved(dates[key], DATE, earlier)
    for user in users:
        for tag in iam._users[user].get("Tags", []):
            tag["Value"] = re.sub(
                r"\d{4}-\d\d-\d\d", lambda day: _moved(day[0], "%Y-%m-%d", earlier), tag["Value"]
            )


def _moved(text, form, earlier):
    return (datetime.strptime(text, form) - earlier).strftime(form)


@offered
def fire_schedules():
    """Starts every schedule of this account."""
    for key in scheduler._schedules._data:
        if key[0] == get_account_id():
            scheduler._schedule_last_fired[key] = 0
    scheduler._tick_schedules()


@offered
def settled():
    """Whether this account is idle: no invocation and no execution is running."""
    running = [
        found for found in stepfunctions._executions.values() if found["status"] == "RUNNING"
    ]
    return not functions.UNDER_WAY[get_account_id()] and not running


@offered
def refusals(since=0):
    return [text for account, text in decisions.REFUSALS if account == get_account_id()][since:]


@offered
def delivered():
    """The rules and schedules that reached their target."""
    return [arn for account, arn in rules.DELIVERED if account == get_account_id()]


@offered
def may(role, action, resource, keys):
    return _permitted(decisions.role_may, role, action, resource, keys)


@offered
def service_may(service, action, resource, source):
    return _permitted(decisions.service_may, service, action, resource, source)


@offered
def assumes(service, role, source):
    return _permitted(decisions.service_assumes, service, role, source)


def _permitted(decide, *asked):
    try:
        decide(*asked)
    except decisions.Refused:
        return False
    return True


@offered
def security_hub_calls():
    return [call for call in security_hub.CALLS if call["account"] == get_account_id()]


@offered
def security_hub_answers(unprocessed={}, error=None):
    security_hub.UNPROCESSED[get_account_id()] = unprocessed
    security_hub.ERRORS[get_account_id()] = error


@replaces(app, "app")
async def _serve(original, scope, receive, send):
    if scope["type"] != "http":
        return await original(scope, receive, send)
    if call := BY_PATH.get(scope["path"]):
        return await _answer(call, receive, send)
    # Every request counts as sent over TLS, unless a test says otherwise.
    if not any(name.lower() == b"x-forwarded-proto" for name, _ in scope["headers"]):
        scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
    return await original(scope, receive, send)


async def _answer(call, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body")
    request = json.loads(body)
    with request_scope(request["account"], request["region"]):
        answer = json.dumps(call(**request["arguments"])).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json")],
        }
    )
    await send({"type": "http.response.body", "body": answer})
