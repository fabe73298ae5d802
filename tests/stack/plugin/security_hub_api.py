"""Security Hub for people: findings are imported, shown and written back, each in both forms.

AWS does not say that an imported finding (ASFF) is shown in the new form (OCSF) as well. Here it is, so that
the write-back of both forms is run.
"""

import json

from ministack import app
from ministack.core import router
from ministack.core.responses import get_account_id

FINDINGS = {}  # by account, then by ID, as ASFF


def _of_account():
    return FINDINGS.setdefault(get_account_id(), {})


# "BatchImportFindings"
def _import(asked):
    for finding in asked["Findings"]:
        known = _of_account().get(finding["Id"], {"Workflow": {"Status": "NEW"}})
        _of_account()[finding["Id"]] = known | finding
    return {"SuccessCount": len(asked["Findings"]), "FailedCount": 0, "FailedFindings": []}


# "GetFindings": all filters must match; one of the values of each.
def _get(asked):
    def matches(finding, name, wanted):
        compare = str.startswith if wanted["Comparison"] == "PREFIX" else str.__eq__
        return compare(finding[name], wanted["Value"])

    return {
        "Findings": [
            finding
            for finding in _of_account().values()
            if all(any(matches(finding, name, one) for one in ones) for name, ones in asked["Filters"].items())
        ]
    }


# "GetFindingsV2"
def _get_v2(asked):
    ((title,),) = [one["StringFilters"] for one in asked["Filters"]["CompositeFilters"]]
    return {
        "Findings": [
            {
                "finding_info": {"uid": finding["Id"], "title": finding["Title"]},
                "metadata": {"product": {"uid": finding["ProductArn"]}},
                "cloud": {"account": {"uid": finding["AwsAccountId"]}},
                "status_id": finding.get("StatusId", 1),
            }
            for finding in _of_account().values()
            if finding["Title"] == title["Filter"]["Value"]
        ]
    }


# "DescribeHub", "DescribeSecurityHubV2"
CALLS = {
    "/accounts": lambda asked: {"HubArn": "arn:aws:securityhub:::hub/default"},
    "/hubv2": lambda asked: {"HubV2Arn": "arn:aws:securityhub:::hubv2/1"},
    "/findings/import": _import,
    "/findings": _get,
    "/findingsv2": _get_v2,
}


def update(identifiers, arguments):
    """What a write-back changes of findings that were imported."""
    for named in identifiers:
        if finding := _of_account().get(named.get("Id") or named.get("FindingInfoUid")):
            finding |= {name: arguments[name] for name in ("Workflow", "Note", "StatusId") if name in arguments}


async def _handle(method, path, headers, body, query):
    answer = CALLS[path](json.loads(body or b"{}"))
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


router.SERVICE_PATTERNS["securityhub"] = {}
app.SERVICE_HANDLERS["securityhub"] = _handle
