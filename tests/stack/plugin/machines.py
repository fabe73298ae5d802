"""Step Functions: a state machine acts with its role, and IAM's errors have the names that Catch sees."""

import contextvars
import re

import botocore.session
from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions
from ministack.services.stepfunctions import _ExecutionError

from . import security_hub
from .decisions import Refused, role_may, service_assumes
from .patch import replaces

ROLE = contextvars.ContextVar("role")  # whose tasks run here


# "Creating an IAM role for your state machine"; "Cross-service confused deputy prevention".
@replaces(stepfunctions, "_run_execution")
def _run(original, execution_arn):
    machine = stepfunctions._executions[execution_arn]["stateMachineArn"]
    role = stepfunctions._state_machines[machine]["roleArn"]
    try:
        service_assumes("states.amazonaws.com", role, machine)
    except Refused as refused:
        execution = stepfunctions._executions[execution_arn]
        return stepfunctions._fail_execution(execution, "States.Runtime", str(refused))
    ROLE.set(role)
    return original(execution_arn)


# "Integrating services with Step Functions": arn:aws:states:::aws-sdk:iam:tagUser needs iam:TagUser.
@replaces(stepfunctions, "_invoke_resource")
def _invoke(original, resource, arguments):
    service, call = resource.split(":")[-2:]
    action = f"{service}:{call[0].upper()}{call[1:]}"
    try:
        _authorize(service, action, arguments)
    except Refused as refused:
        raise _ExecutionError(_unmodelled(service), str(refused)) from None
    if service == "securityhub":
        return security_hub.call(call[0].upper() + call[1:], arguments)
    return original(resource, arguments)


def _authorize(service, action, arguments):
    if service == "securityhub":
        return role_may(ROLE.get(), *security_hub.permission(action))
    parameters = stepfunctions._flatten_query_params(
        stepfunctions._convert_params_to_api_names(arguments)
    )
    resource = iam_actions.extract_resource_arn(
        service, "POST", "/", {}, b"", {key: [value] for key, value in parameters.items()},
        get_region(), get_account_id(),
    )  # fmt: skip
    keys = iam_actions.request_tag_context(service, action, b"", parameters)
    role_may(ROLE.get(), action, resource, keys)


# "Handling errors in Step Functions workflows": the error is the service's name and the exception's, as
# the service's model has it; for what has no exception of its own, the service's general one.
def _unmodelled(service):
    prefix = stepfunctions._AWS_SDK_ERROR_PREFIX.get(service, service.capitalize())
    return f"{prefix}.{prefix}Exception"


def _modelled(service):
    shapes = botocore.session.get_session().get_service_model(service).error_shapes
    return {shape.error_code: shape.name for shape in shapes}


IAM_EXCEPTIONS = _modelled("iam")


@replaces(stepfunctions, "_dispatch_aws_sdk_query")
def _query(original, info, service, action, arguments):
    try:
        return original(info, service, action, arguments)
    except _ExecutionError as error:
        found = re.search(r"<Code>(.+?)</Code>\s*<Message>(.*?)</Message>", str(error.cause), re.S)
        if service != "iam" or not found:
            raise
        code, message = found.groups()
        name = f"Iam.{IAM_EXCEPTIONS[code]}" if code in IAM_EXCEPTIONS else _unmodelled("iam")
        raise _ExecutionError(name, f"{message} (Service: Iam, Status Code: 4xx)") from None


# "Call Amazon SNS with Step Functions": message attributes, which ministack leaves behind.
@replaces(stepfunctions, "_invoke_sns_publish")
def _publish(original, resource, arguments):
    attributes = arguments.get("MessageAttributes") or {}
    flat = {name: value for name, value in arguments.items() if name != "MessageAttributes"}
    for number, (name, value) in enumerate(attributes.items(), 1):
        entry = f"MessageAttributes.entry.{number}"
        flat[f"{entry}.Name"] = name
        flat |= {f"{entry}.Value.{key}": text for key, text in value.items()}
    return original(resource, flat)


stepfunctions._SERVICE_DISPATCH["arn:aws:states:::sns:publish"] = stepfunctions._invoke_sns_publish
