"""Uses all permissions of the stack, in stories that fail if they do not reach their end.
`chat` is the mailbox of the topic for chat."""

import json

from heard import Heard
from least_privilege import without
from results import Results, report
from worlds import World, sweep


def contained(stack, chat):
    """A finding, from the bus to Security Hub."""
    world = World(stack)
    world.put(world.event("securityhub-guardduty-key"))

    assert world.inactive() == [world.key]
    assert verified(stack, world.key)
    assert list(world.tags()) == [f"key-deactivator:deactivated:{world.key}"]
    assert len(world.mails()) == 1
    assert [mail for mail in chat.read() if world.key in mail["Message"]]
    assert len(world.write_backs()) == 1
    assert world.policies() == [stack.resources()["SessionPolicy"]]


def verified(stack, key):
    found = [
        line for line in stack.logged("RespondLogGroupName") if line.get("access_key_id") == key
    ]
    return found and all(line["status"] == "Deactivated" and line["verified"] for line in found)


def quarantined(stack, chat):
    """Every active key of a user whom AWS has quarantined."""
    world = World(stack)
    world.put(world.event("cloudtrail-quarantine-v3"))
    assert sorted(world.inactive()) == sorted([world.key, world.sibling])


def written_back(stack, chat):
    """A report that asks for a finding to be updated, from the results bus to Security Hub."""
    world = World(stack)
    finding = world.event("securityhub-guardduty-key")["detail"]["findings"][0]
    asked = {"findingId": finding["Id"], "productArn": finding["ProductArn"]}
    asked |= {"note": "done", "resolved": False}
    Results(stack).put(report(world, attention=False, writeBack={"asff": [asked], "ocsf": []}))
    world.settle()
    assert len(world.write_backs()) == 1


def written_back_in_ocsf(stack, chat):
    """The same for a finding of the new Security Hub."""
    world = World(stack)
    finding = world.event("securityhub-ocsf-guardduty-key")["detail"]["findings"][0]
    asked = {
        "findingUid": finding["finding_info"]["uid"],
        "productUid": finding["metadata"]["product"]["uid"],
        "accountUid": finding["cloud"]["account"]["uid"],
    }
    asked |= {"note": "done", "resolved": False}
    Results(stack).put(report(world, attention=False, writeBack={"asff": [], "ocsf": [asked]}))
    world.settle()
    assert len(world.write_backs()) == 1


def looked_up(stack, chat):
    """A key without a named user."""
    world = World(stack)
    world.account.client("lambda").invoke(
        FunctionName=stack.outputs["RespondFunctionName"],
        InvocationType="Event",
        Payload=json.dumps({"action": "deactivate", "accessKeyId": world.key, "reason": "a test"}),
    )
    world.settle()
    assert world.inactive() == [world.key]


def exempt_from_new_keys(stack, chat):
    """A new key of a user whose path is exempt."""
    world = World(stack, path="/ci/")
    world.put(world.event("cloudtrail-create-access-key"))

    lines = [
        line for line in stack.logged("RespondLogGroupName") if line.get("user_name") == world.user
    ]
    assert [line["status"] for line in lines] == ["Exempt"]
    assert world.mails() == []


def swept(stack, chat):
    """Notice for a key that is not used, and its deactivation, by the credential report."""
    world, heard = World(stack), Heard(stack)
    try:
        world.days_pass(50)
        world.renew_sibling()
        sweep(world)
        assert list(world.tags()) == [f"key-deactivator:notice:{world.key}"]
        sweep(world, days=8)
        assert world.inactive() == [world.key]
        assert list(world.tags()) == [f"key-deactivator:deactivated:{world.key}"]
        assert len(world.mails()) == 2
        assert heard.warnings() == []
    finally:
        world.remove()


def looked_at(stack, chat):
    """A user whom AWS Config names by ID, and one whom Trusted Advisor names."""
    for event in ("config-non-compliant-user", "trustedadvisor-rotation-red"):
        world = World(stack)
        try:
            world.days_pass(100)
            world.put(world.event(event))
            assert len(world.tags()) == 2
        finally:
            world.remove()


def back(stack, chat):
    """A deactivated key is Active again."""
    world = World(stack)
    mark = {"Key": f"key-deactivator:deactivated:{world.key}", "Value": "x"}
    world.iam.tag_user(UserName=world.user, Tags=[mark])
    event = world.event("cloudtrail-create-access-key")
    event["detail"] |= {
        "eventName": "UpdateAccessKey",
        "requestParameters": {"accessKeyId": world.key, "status": "Active"},
        "responseElements": None,
    }
    world.put(event)
    assert len(world.mails()) == 1
    assert [mail for mail in chat.read() if world.key in mail["Message"]]
    assert world.tags() == {}


def activated(stack, chat):
    """A contained key, at a person's request: the key, its user's sessions and tags."""
    world = World(stack)
    world.put(world.event("guardduty-compromised-credentials"))
    assert world.inactive() == [world.key]
    activate(world)
    assert world.inactive() == []
    assert list(world.tags()) == [f"key-deactivator:activated:{world.key}"]
    attached = world.iam.list_attached_user_policies(UserName=world.user)["AttachedPolicies"]
    assert attached == []
    subjects = [mail["Subject"].split(":")[0] for mail in world.mails()]
    assert subjects == ["Deactivated", "Activated"]


def activate(world, key=None, **more):
    """Asks the activate function, and does not wait for its answer."""
    call = {"action": "activate", "accessKeyId": key or world.key, "reason": "a false alarm"}
    world.account.client("lambda").invoke(
        FunctionName=world.stack.outputs["ActivateFunctionName"],
        InvocationType="Event",
        Payload=json.dumps({**call, "requestedBy": "Alice", **more}),
    )
    world.settle()


def kept(stack, chat):
    """A schedule that may not invoke leaves its event in the failure queue."""
    with without(stack, "ScheduledSweepRole", "InvokeFunction", "lambda:InvokeFunction"):
        stack.account.control("fire_schedules")
    messages = stack.failures()
    stack.account.client("sqs").purge_queue(QueueUrl=stack.outputs["FailureQueueUrl"])
    assert [message["Body"] for message in messages] == ['{"action":"sweep"}']
