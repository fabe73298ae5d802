"""A Security Hub that records updates of findings, and refuses calls that its API does not have."""

import botocore.session
from botocore.validate import validate_parameters
from ministack.core.responses import get_account_id, get_region
from ministack.services.stepfunctions import _ExecutionError

from . import security_hub_api

# (account, call, arguments), in the order in which they came.
CALLS = []
# What is answered instead: the identifiers that are not processed, or an error, by account.
UNPROCESSED = {}
ERRORS = {}


# "Actions, resources, and condition keys for AWS Security Hub": one action for both calls.
def permission(action):
    hub = "hubv2/1" if action.endswith("V2") else "hub/default"
    return action.removesuffix("V2"), f"arn:aws:securityhub:{get_region()}:{get_account_id()}:{hub}"


# "BatchUpdateFindings", "BatchUpdateFindingsV2"
def call(name, arguments):
    model = botocore.session.get_session().get_service_model("securityhub").operation_model(name)
    validate_parameters(arguments, model.input_shape)
    account = get_account_id()
    CALLS.append({"account": account, "call": name, "arguments": arguments})
    if error := ERRORS.get(account):
        raise _ExecutionError(f"SecurityHub.{error}", "as the test wants it")
    refused = UNPROCESSED.get(account, {})
    processed, unprocessed = [], []
    for finding in arguments["FindingIdentifiers"]:
        identifier = finding.get("Id") or finding["FindingInfoUid"]
        if identifier in refused:
            unprocessed.append(
                {"FindingIdentifier": finding, "ErrorCode": refused[identifier], "ErrorMessage": ""}
            )
        else:
            processed.append(finding)
    security_hub_api.update(processed, arguments)
    return {"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}
