"""Updates of handled findings in Security Hub: from records on the results bus to the calls."""

import pytest
from deployment import deploy
from results import Machine, Results
from worlds import wait_until

ASFF, OCSF = "BatchUpdateFindings", "BatchUpdateFindingsV2"
PARAMETERS = ("SecurityHubWriteBack", "SecurityHubOcsfWriteBack")
MACHINES = ("WriteBackStateMachine", "OcsfWriteBackStateMachine")


class Hub:
    """A deployment with write-back, and its Security Hub."""

    def __init__(self, account, written):
        self.account = account
        self.stack = deploy(account, dict.fromkeys(PARAMETERS, written))
        self.results = Results(self.stack)
        self.machines = [Machine(self.stack, name) for name in MACHINES]

    def told(self, answer, **of_record):
        """The calls that a record makes, and how its execution ends, if any is started."""
        before = len(self.account.control("security_hub_calls"))
        self.results.put(answer, **of_record)
        wait_until(lambda: self.account.control("settled"), "the end of the execution")
        calls = self.account.control("security_hub_calls")[before:]
        ends = [end for machine in self.machines for end in machine.ends()]
        return {call["call"]: call["arguments"] for call in calls}, len(calls), ends


@pytest.fixture(scope="module")
def hubs(new_account):
    return {written: Hub(new_account(), written) for written in ("notify", "resolve")}


@pytest.fixture
def hub(hubs):
    yield hubs["notify"]
    hubs["notify"].account.control("security_hub_answers")


def handled(number, resolved):
    """Two findings in a report, one of each form."""
    note = {"note": f"done {number}\n<b>'{{}}'</b> \\ \"quoted\"", "resolved": resolved}
    asff = {"findingId": f"asff/{number}", "productArn": "product/1"}
    ocsf = {"findingUid": f"ocsf/{number}", "productUid": "product/2", "accountUid": "123456789012"}
    return {"asff": [asff | note], "ocsf": [ocsf | note]}


def report(write_back, **changes):
    return {"attention": False, "outcomes": [], "writeBack": write_back} | changes


@pytest.mark.parametrize("attempts", [1, 2])
@pytest.mark.parametrize("form", ["asff", "ocsf", "both"])
@pytest.mark.parametrize(
    ("written", "resolved", "statuses"),
    [
        ("notify", True, ("NOTIFIED", 2)),
        ("resolve", True, ("RESOLVED", 4)),
        ("resolve", False, ("NOTIFIED", 2)),
    ],
)
def test_what_was_handled(hubs, written, resolved, statuses, form, attempts):
    findings = handled(1, resolved)
    note = findings["asff"][0]["note"]
    asff = {
        "FindingIdentifiers": [{"Id": "asff/1", "ProductArn": "product/1"}],
        "Workflow": {"Status": statuses[0]},
        "Note": {"Text": note, "UpdatedBy": "iam-key-deactivator"},
    }
    identifier = {"FindingInfoUid": "ocsf/1", "MetadataProductUid": "product/2"}
    ocsf = {
        "FindingIdentifiers": [identifier | {"CloudAccountUid": "123456789012"}],
        "StatusId": statuses[1],
        "Comment": note,
    }
    expected = {"asff": {ASFF: asff}, "ocsf": {OCSF: ocsf}, "both": {ASFF: asff, OCSF: ocsf}}[form]
    told = {name: found if form in (name, "both") else [] for name, found in findings.items()}
    calls, count, ends = hubs[written].told(report(told), attempts=attempts)
    assert (calls, count, ends) == (expected, len(expected), ["SUCCEEDED"] * len(expected))


@pytest.mark.parametrize(
    ("answer", "condition"),
    [
        (report({"asff": [], "ocsf": []}), "Success"),
        (report({"asff": [], "ocsf": []}, attention=True), "Success"),
        ({"errorMessage": "x", "writeBack": handled(1, True)}, "RetriesExhausted"),
        (None, "EventAgeExceeded"),
    ],
    ids=["none", "none, but news", "failure", "no answer"],
)
def test_nothing_to_write_back_starts_nothing(hub, answer, condition):
    assert hub.told(answer, condition=condition) == ({}, 0, [])


@pytest.mark.parametrize("changes", [{"source": "custom"}, {"function": "arn:aws:lambda:x"}], ids=str)
def test_forged_record_starts_nothing(hub, changes):
    assert hub.told(report(handled(1, True)), **changes) == ({}, 0, [])


# Attempts after a refusal are six; see the machine's Retry.
@pytest.mark.parametrize(
    ("answers", "count", "expected"),
    [
        ({"unprocessed": {"asff/1": "FindingNotFound"}}, 4, ["FAILED", "SUCCEEDED"]),
        ({"unprocessed": {"ocsf/1": "FindingNotFound"}}, 4, ["SUCCEEDED", "FAILED"]),
        ({"error": "AccessDeniedException"}, 4 * 6, ["FAILED", "FAILED"]),
    ],
    ids=["one in ASFF is not processed", "one in OCSF is not processed", "every call is refused"],
)
def test_what_is_refused_hides_no_other(hub, answers, count, expected):
    hub.account.control("security_hub_answers", **answers)
    first, second = handled(1, True), handled(2, True)
    both = {form: [*first[form], *second[form]] for form in first}
    _, calls, ends = hub.told(report(both))
    assert (calls, ends) == (count, expected)
