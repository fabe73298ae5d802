"""IAM's decisions about calls that services make; ministack allows them all."""

import contextvars
import logging

from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, iam

from .patch import replaces

# Every refusal, as (account, text): a test that expects one reads here whose it was, and why.
REFUSALS = []
LOG = logging.getLogger("stack")


class Refused(Exception):
    pass


def refuse(who, action, resource, because):
    raise Refused(_record(who, action, resource, because))


def _record(who, action, resource, because):
    text = f"{who} is not authorized to perform: {action} on resource: {resource} ({because})"
    REFUSALS.append((get_account_id(), text))
    LOG.warning(text)
    return text


# "AWS global condition context keys": aws:PrincipalArn of a session is its role's ARN, with the path.
# A service that calls with its own principal has none.
@replaces(iam_evaluator, "_resolve_condition_key")
def _condition_key(original, key, context):
    if key.lower() != "aws:principalarn":
        return original(key, context)
    if context.principal_type == "Service":
        return None
    arn = context.principal_arn
    if ":assumed-role/" in arn:
        name = iam_evaluator._role_name_from_assumed_arn(arn)
        arn = iam._roles.get_scoped(arn.split(":")[4], None, name)["Arn"]
    return arn


# "Amazon EventBridge resource policies for event buses": a Deny there counts for calls of the account too.
def _bus_policy(arn):
    _, _, _, region, account, resource = arn.split(":", 5)
    policy = eventbridge._event_bus_policies.get_scoped(account, region, resource.partition("/")[2])
    return policy, account


eventbridge.bus_policy_for_arn = _bus_policy
iam_evaluator._RESOURCE_POLICY_LOOKUPS["events"] = ("eventbridge", "bus_policy_for_arn")

# Whoever calls does so over TLS, as on AWS, unless a request says otherwise in `x-forwarded-proto` (control.py).
iam_evaluator._request_origin = contextvars.ContextVar("origin", default=("127.0.0.1", True))


def _context(arn, kind, action, resource, keys):
    return EvalContext(
        principal_arn=arn,
        principal_type=kind,
        principal_account=get_account_id() if kind != "Service" else "",
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context={"aws:tagkeys": None} | {key.lower(): value for key, value in keys.items()},
    )


def _source(arn):
    return {"aws:SourceArn": arn, "aws:SourceAccount": arn.split(":")[4]}


def policy_of(resource):
    """The policy of a resource, or None if it has no policy."""
    found = iam_evaluator._resource_policy(resource.split(":")[2], resource)
    return found and found[0]


# "AWS service principals", "The confused deputy problem": a service that calls with its own principal
# needs an Allow in the resource's policy, and says for which resource it calls.
def service_may(service, action, resource, source):
    context = _context("*", "Service", action, resource, _source(source))
    if (
        iam_evaluator.evaluate_resource_policy(policy_of(resource), context, service).decision
        != "Allow"
    ):
        refuse(f"{service} for {source}", action, resource, "the resource's policy")


# "Policy evaluation logic": identity policies, boundary, and the resource's own policy.
def role_may(role, action, resource, keys={}):
    account, name = role.split(":")[4], role.rsplit("/", 1)[-1]
    context = _context(role, "AssumedRole", action, resource, keys)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    result = iam_evaluator.evaluate(
        context, iam_evaluator._gather_role_policies(name, account), *limits
    )
    result = iam_evaluator.combine_resource_policy(
        result, context, policy_of(resource), resource.split(":")[4] or None, limits=limits
    )
    if result.decision != "Allow":
        refuse(
            role,
            action,
            resource,
            result.resource_policy_arn and "the resource's policy" or result.reason,
        )


# "Policy evaluation logic", for a user without a permissions boundary. The keys say whether the request has
# temporary credentials, and whether a service makes it for the user.
def user_may(user, action, resource, keys):
    account, name = user.split(":")[4], user.rsplit("/", 1)[-1]
    context = _context(user, "User", action, resource, keys)
    policies = iam_evaluator._gather_user_policies(name, account)
    result = iam_evaluator.evaluate(context, policies)
    if result.decision != "Allow":
        refuse(user, action, resource, result.reason)


# "How to use trust policies with IAM roles": the service must be trusted, for what it calls for.
def service_assumes(service, role, source):
    found = iam._roles.get_scoped(role.split(":")[4], None, role.rsplit("/", 1)[-1])
    context = _context("*", "Service", "sts:AssumeRole", role, _source(source))
    trust = found and found["AssumeRolePolicyDocument"]
    if iam_evaluator.evaluate_resource_policy(trust, context, service).decision != "Allow":
        refuse(f"{service} for {source}", "sts:AssumeRole", role, "the role's trust policy")


# ministack's own refusals of requests.
@replaces(iam_actions, "access_denied_response")
def _denied(original, service, action, principal, *args, resource_arn="*", **kwargs):
    _record(principal, action, resource_arn, "a request")
    return original(service, action, principal, *args, resource_arn=resource_arn, **kwargs)


# "Actions, resources, and condition keys for Amazon CloudWatch": DeleteAlarms is about the alarms
# that it names.
@replaces(iam_actions, "extract_resource_arn")
def _alarm(original, service, method, path, headers, body, params, *where):
    names = service == "monitoring" and iam_actions._safe_json_field(body, "AlarmNames")
    if isinstance(names, list) and len(names) == 1:
        return f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{names[0]}"
    return original(service, method, path, headers, body, params, *where)
