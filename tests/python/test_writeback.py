"""Runs writeback.asl.json in moto's interpreter, and looks at what Security Hub is told."""

from results_bus import ACCOUNT, answers, inputs, record, report
from runner import run, tests_in
from state_machines import HUB, create, execute


class Hub:
    """The state machine that writes back, and the Security Hub that it writes to."""

    def __init__(self, resolve="false", hasty=False):
        HUB.calls.clear()
        HUB.refuse.clear()
        values = {"Partition": "aws", "SecurityHubResolve": resolve}
        self.machine = create("WriteBackStateMachine", values, hasty)

    def told(self, answer, **of_record):
        """What the calls for an answer are, and how the execution ends, if any is started."""
        HUB.calls.clear()
        started = inputs(record(answer, **of_record), "results", "WriteBackStateMachine")
        assert len(started) <= 1, started
        ends = [execute(self.machine, text) for _, text in started]
        return sorted(HUB.calls, key=lambda call: call[0]), *ends


def write_back(resolved=True):
    asff = {"findingId": "finding/1", "productArn": "product/1", "note": "done\nso", "resolved": resolved}
    ocsf = {"findingUid": "finding/2", "productUid": "product/2", "accountUid": ACCOUNT}
    return {"asff": [asff], "ocsf": [ocsf | {"note": "done too", "resolved": resolved}]}


def test_security_hub_is_told_what_was_handled():
    for resolve, resolved, statuses in [
        ("false", True, ("NOTIFIED", 2)),
        ("true", True, ("RESOLVED", 4)),
        ("true", False, ("NOTIFIED", 2)),
    ]:
        asff = {
            "FindingIdentifiers": [{"Id": "finding/1", "ProductArn": "product/1"}],
            "Workflow": {"Status": statuses[0]},
            "Note": {"Text": "done\nso", "UpdatedBy": "iam-key-deactivator"},
        }
        identifier = {"FindingInfoUid": "finding/2", "MetadataProductUid": "product/2"}
        ocsf = {
            "FindingIdentifiers": [identifier | {"CloudAccountUid": ACCOUNT}],
            "StatusId": statuses[1],
            "Comment": "done too",
        }
        calls = [
            ("BatchUpdateFindings", asff, "", set()),
            ("BatchUpdateFindingsV2", ocsf, "", set()),
        ]
        hub, both = Hub(resolve), write_back(resolved)
        # Whether or not people are told as well, and by whichever attempt.
        for attention in [True, False]:
            for attempts in [1, 2]:
                answer = report(attention=attention, writeBack=both)
                assert hub.told(answer, attempts=attempts) == (calls, "SUCCEEDED"), HUB.calls
        for form, call in zip(["asff", "ocsf"], calls, strict=True):
            answer = report(writeBack={"asff": [], "ocsf": []} | {form: both[form]})
            assert hub.told(answer) == ([call], "SUCCEEDED"), HUB.calls


def test_nothing_to_write_back_writes_nothing():
    hub = Hub("true")
    assert hub.told(report()) == ([],)
    failed = {"errorMessage": "x", "writeBack": write_back()}
    assert hub.told(failed, condition="RetriesExhausted") == ([],)


def test_every_answer_that_has_something_to_write_back_is_written_back():
    hub, written = Hub(), 0
    for name, answer in answers().items():
        back = answer.get("writeBack", {})
        findings = [*back.get("asff", []), *back.get("ocsf", [])]
        calls, *ends = hub.told(answer)
        assert ends == ["SUCCEEDED"] * bool(findings), name
        assert len(calls) == len(findings), name
        assert all(not wrong and not unknown for *_, wrong, unknown in calls), (name, calls)
        written += len(calls)
    assert written >= 10, written


def test_a_finding_that_is_refused_hides_no_other():
    both = write_back()
    both["asff"].append(both["asff"][0] | {"findingId": "finding/3"})
    for refused in ["finding/1", "finding/2"]:
        hub = Hub(hasty=True)
        HUB.refuse.add(refused)
        calls, end = hub.told(report(writeBack=both))
        assert (len(calls), end) == (3, "FAILED"), calls


def main():
    run("test_writeback.py", tests_in(globals()))


if __name__ == "__main__":
    main()
