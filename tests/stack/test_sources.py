"""Each source, from its event to the last result: keys, mail, mark, and the update in Security Hub.

All events arrive at once, each about its own world: the function takes five seconds for each."""

import json
from typing import NamedTuple

import pytest
from worlds import World

V1, V2 = "BatchUpdateFindings", "BatchUpdateFindingsV2"


PARAMETERS = {
    "SecurityHubActionArn": "arn:aws:securityhub:us-east-1:{account}:action/custom/DeactivateKey",
    "DeactivateQuarantinedUsers": "true",
    "DeactivateNewKeys": "true",
    "ConfigEvents": "ENABLED",
    "SecurityHubControlEvents": "ENABLED",
    "AccessAnalyzerEvents": "ENABLED",
    "TrustedAdvisorRotationEvents": "ENABLED",
    "TriggerTopicArn": "arn:aws:sns:us-east-1:{account}:findings",
    "SweepMode": "enforce",
    "SecurityHubWriteBack": "notify",
    "SecurityHubOcsfWriteBack": "notify",
}


def bus(world, event):
    world.send(event)


def topic(world, event):
    for record in event["Records"]:
        world.account.client("sns").publish(
            TopicArn=f"arn:aws:sns:us-east-1:{world.account.number}:findings",
            Message=record["Sns"]["Message"],
        )


def person(world, event):
    world.account.client("lambda").invoke(
        FunctionName=world.stack.outputs["RespondFunctionName"],
        InvocationType="Event",
        Payload=json.dumps(event),
    )


class Case(NamedTuple):
    event: str
    key: str = None  # what became of the key that events name, as the mail says it
    sibling: str = None  # and of the user's other one
    days: int = 0  # how old the keys are
    told: str = None  # the call by which Security Hub is told
    by: callable = bus


CASES = [
    Case("guardduty-compromised-credentials", key="Deactivated"),
    Case("guardduty-attack-sequence", key="Deactivated"),
    Case("securityhub-guardduty-key", key="Deactivated", told=V1),
    Case("securityhub-attack-sequence", key="Deactivated"),
    Case("securityhub-ocsf-guardduty-key", key="Deactivated", told=V2),
    Case("securityhub-ocsf-account-of-resource", key="Deactivated", told=V2),
    Case("securityhub-action-key", key="Deactivated"),
    Case("health-credentials-exposed", key="Deactivated"),
    Case("trustedadvisor-exposed-key", key="Deactivated"),
    Case("cloudtrail-quarantine-v3", key="Deactivated", sibling="Deactivated"),
    Case("cloudtrail-quarantine-inline", key="Deactivated", sibling="Deactivated"),
    Case("cloudtrail-create-access-key", sibling="Deactivated"),
    Case("sns-guardduty", key="Deactivated", by=topic),
    Case("direct-one-key", key="Deactivated", by=person),
    Case("trufflehog-verified", key="Deactivated", by=person),
    # Stale keys: a user is looked at, and notice is given. Only a person has them deactivated at once.
    Case("config-non-compliant-user", key="Noticed", sibling="Noticed", days=100),
    Case("securityhub-control-iam3-failed", key="Noticed", sibling="Noticed", days=100),
    Case("securityhub-control-iam8-failed", key="Noticed", sibling="Noticed", days=50),
    Case("securityhub-ocsf-control-iam3-failed", key="Noticed", sibling="Noticed", days=100),
    Case(
        "securityhub-ocsf-control-account-of-resource", key="Noticed", sibling="Noticed", days=100
    ),
    Case("accessanalyzer-unused-key", key="Noticed", sibling="Noticed", days=50),
    Case("trustedadvisor-rotation-red", key="Noticed", sibling="Noticed", days=100),
    Case(
        "securityhub-action-control-iam3",
        key="Deactivated",
        sibling="Deactivated",
        days=100,
        told=V1,
    ),
    Case("config-non-compliant-user", days=0),
    # What is over, harmless, made up or dealt with.
    Case("guardduty-archived"),
    Case("guardduty-low-severity"),
    Case("guardduty-sample-generated"),
    Case("securityhub-notified"),
    Case("securityhub-untrusted-product"),
    Case("securityhub-ocsf-resolved"),
    Case("securityhub-control-iam3-passed", days=100),
    Case("health-closed"),
    Case("trustedadvisor-exposed-ok"),
    Case("cloudtrail-create-access-key-failed"),
    Case("cloudtrail-quarantine-denied"),
]


def name(case):
    return case.event + (f"-after-{case.days}-days" if case.days else "")


@pytest.fixture(scope="module")
def walked(stack):
    """The worlds, when all is over, by the name of the case."""
    worlds = {}
    for case in CASES:
        world = worlds[name(case)] = World(stack)
        world.days_pass(case.days)
        case.by(world, world.event(case.event))
    world.settle()
    return worlds


@pytest.mark.parametrize("case", CASES, ids=name)
def test_source(case, walked):
    world = walked[name(case)]
    said = {world.key: case.key, world.sibling: case.sibling}
    check(world, {key: status for key, status in said.items() if status}, case.told)


def check(world, said, told=None):
    """Exactly these keys are Inactive, and marked or noticed; one mail has exactly that, if there is something."""
    deactivated = [key for key, status in said.items() if status == "Deactivated"]
    assert sorted(world.inactive()) == sorted(deactivated)

    tag = {"Deactivated": "deactivated", "Noticed": "notice"}
    assert sorted(world.tags()) == sorted(
        f"key-deactivator:{tag[status]}:{key}" for key, status in said.items()
    )

    mails = world.mails()
    assert len(mails) == bool(said), mails
    for key in world.keys() if said else ():
        text = mails[0]["Message"]
        assert world.headline(said[key], key) in text if key in said else key not in text, text

    assert [call for call, _ in world.write_backs()] == [told] * (told is not None)


def test_security_hub_is_told_of_the_findings_that_came(walked):
    def identified(case):
        ((_, arguments),) = walked[case].write_backs()
        assert arguments.get("Workflow") == {"Status": "NOTIFIED"} or arguments.get("StatusId") == 2
        (identifier,) = arguments["FindingIdentifiers"]
        return identifier

    def finding(case):
        return walked[case].event(case)["detail"]["findings"][0]

    asff = finding("securityhub-guardduty-key")
    assert identified("securityhub-guardduty-key") == {
        "Id": asff["Id"],
        "ProductArn": asff["ProductArn"],
    }

    ocsf = finding("securityhub-ocsf-guardduty-key")
    assert identified("securityhub-ocsf-guardduty-key") == {
        "CloudAccountUid": ocsf["cloud"]["account"]["uid"],
        "FindingInfoUid": ocsf["finding_info"]["uid"],
        "MetadataProductUid": ocsf["metadata"]["product"]["uid"],
    }


def test_nothing_was_refused_or_lost_on_the_way(walked, stack):
    assert stack.account.control("refusals") == []
    assert stack.failures() == []


# What becomes of failures is in test_failure.py, of marks in test_marks.py.
ELSEWHERE = {"FailureRule", "UnansweredRule", "KeyReactivatedRule"}


def test_every_rule_was_walked(walked, stack):
    delivered = {arn.rpartition("/")[2] for arn in stack.account.control("delivered")}
    rules = {name: found for name, found in stack.resources().items() if name.endswith("Rule")}
    assert {name for name, found in rules.items() if found not in delivered} == ELSEWHERE
