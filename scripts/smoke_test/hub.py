"""The checks of `make smoke` on Security Hub's write-backs, each on a finding of its own."""

from botocore.exceptions import ClientError

from .place import NotAsked, code_of, now

REQUIRED = ("SchemaVersion", "Id", "ProductArn", "GeneratorId", "AwsAccountId", "Types", "CreatedAt", "Severity",
            "Title", "Description")
NOTE = "make smoke wrote this"
SHOWN = 120  # seconds until an imported finding is shown


def new_finding(place, check):
    """About nothing: it names no key, so the stack's rules do not match it."""
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"{place.name}-{check}",
        "ProductArn": f"arn:{place.partition}:securityhub:{place.region}:{place.account}"
        f":product/{place.account}/default",
        "GeneratorId": place.name,
        "AwsAccountId": place.account,
        "Types": ["Software and Configuration Checks"],
        "CreatedAt": now(),
        "UpdatedAt": now(),
        "Severity": {"Label": "INFORMATIONAL"},
        "Title": f"{place.name}-{check}",
        "Description": "A test of iam-key-deactivator, made by `make smoke`. Nothing happened.",
        "Resources": [{"Type": "Other", "Id": f"{place.name}-{check}"}],
        "RecordState": "ACTIVE",
    }


def archived(finding):
    asked = {name: finding[name] for name in REQUIRED}
    asked["Severity"] = {"Label": "INFORMATIONAL"}
    asked["Resources"] = [{"Type": "Other", "Id": finding["Id"]}]
    return asked | {"UpdatedAt": now(), "RecordState": "ARCHIVED"}


def import_finding(place, check):
    finding = new_finding(place, check)
    place.findings.append(finding)
    answer = place.securityhub.batch_import_findings(Findings=[finding])
    if failed := answer["FailedFindings"]:
        raise RuntimeError(failed[0]["ErrorCode"])
    return finding


def machine_of(place, setting, logical, describe):
    """The state machine that writes back, where there is one and Security Hub is on."""
    if place.settings.get(setting, "none") == "none":
        raise NotAsked(f"{setting} is none: set notify")
    try:
        describe()
    except ClientError as error:
        if code_of(error) not in ("InvalidAccessException", "ResourceNotFoundException"):
            raise
        raise NotAsked("Security Hub is not on in this Region") from None
    return place.resource(logical)


def write_back_asff(place, limit):
    machine = machine_of(place, "SecurityHubWriteBack", "WriteBackStateMachine", place.securityhub.describe_hub)
    finding = import_finding(place, "asff")

    def shown():
        asked = {name: [{"Value": finding[name], "Comparison": "EQUALS"}] for name in ("Id", "ProductArn")}
        return next(iter(place.securityhub.get_findings(Filters=asked)["Findings"]), None)

    if not place.wait(shown, SHOWN):
        return False, "Security Hub does not show an imported finding"
    told = {"findingId": finding["Id"], "productArn": finding["ProductArn"], "note": NOTE, "resolved": False}
    status, _ = place.execute(machine, {"asff": [told], "ocsf": []}, limit)
    if status != "SUCCEEDED":
        return False, f"the state machine: {status}"

    def written():
        found = shown() or {}
        return found.get("Workflow", {}).get("Status") == "NOTIFIED" and found.get("Note", {}).get("Text") == NOTE

    return bool(place.wait(written, limit)), "Workflow.Status and Note"


def write_back_ocsf(place, limit):
    hub = place.securityhub
    machine = machine_of(
        place, "SecurityHubOcsfWriteBack", "OcsfWriteBackStateMachine", hub.describe_security_hub_v2
    )
    finding = import_finding(place, "ocsf")

    def shown():
        title = {"FieldName": "finding_info.title", "Filter": {"Value": finding["Title"], "Comparison": "EQUALS"}}
        found = hub.get_findings_v2(Filters={"CompositeFilters": [{"StringFilters": [title]}]})
        return next(iter(found["Findings"]), None)

    if not (ocsf := place.wait(shown, SHOWN)):
        raise NotAsked("the new Security Hub does not show a finding that was imported as ASFF")
    told = {
        "findingUid": ocsf["finding_info"]["uid"],
        "productUid": ocsf["metadata"]["product"]["uid"],
        "accountUid": ocsf["cloud"]["account"]["uid"],
        "note": NOTE,
        "resolved": False,
    }
    status, _ = place.execute(machine, {"asff": [], "ocsf": [told]}, limit)
    if status != "SUCCEEDED":
        return False, f"the state machine: {status}"
    return bool(place.wait(lambda: (shown() or {}).get("status_id") == 2, limit)), "status_id"
