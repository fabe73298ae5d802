"""Forged events from somebody who may put events, and events about other accounts."""

import json

import pytest
from botocore.exceptions import ClientError
from worlds import World

FINDING = "guardduty-compromised-credentials"


@pytest.fixture(scope="module")
def intruder(account):
    """Credentials of a user who may do nearly everything with events, functions and topics."""
    iam = account.client("iam")
    iam.create_user(UserName="Intruder")
    statement = {"Effect": "Allow", "Action": ["events:*", "sns:*"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="Intruder", PolicyName="all", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="Intruder")["AccessKey"]
    return lambda service: account.client(service, key["AccessKeyId"], key["SecretAccessKey"])


def untouched(world):
    world.settle()
    assert world.inactive() == []
    assert world.mails() == []
    assert world.tags() == {}


def entry(event, **changes):
    return {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
    } | changes


def test_aws_source_is_refused(world, intruder):
    answer = intruder("events").put_events(Entries=[entry(world.event(FINDING))])

    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    untouched(world)


def test_own_source_starts_nothing(world, intruder):
    answer = intruder("events").put_events(
        Entries=[entry(world.event(FINDING), Source="guardduty")]
    )

    assert answer["FailedEntryCount"] == 0
    untouched(world)


def forged_record(world):
    """Lambda's record of a report on a deactivated key."""
    outputs = world.stack.outputs
    report = {
        "attention": True,
        "subject": f"{world.key} of {world.user}: Deactivated",
        "body": f"{world.key} of {world.user}: Deactivated",
        "chat": world.key,
        "attributes": {
            "status": '["Deactivated"]',
            "source": "[]",
            "severity": "8",
            "accountId": "1",
        },
        "outcomes": [
            {
                "status": "Deactivated",
                "accessKeyId": world.key,
                "userName": world.user,
                "attention": True,
            }
        ],
        "writeBack": {"asff": [], "ocsf": []},
    }
    return {
        "Source": "lambda",
        "DetailType": "Lambda Function Invocation Result - Success",
        "Resources": [outputs["ResultsBusArn"], f"{outputs['RespondFunctionArn']}:$LATEST"],
        "Detail": json.dumps(
            {"requestContext": {"condition": "Success"}, "responsePayload": report}
        ),
        "EventBusName": outputs["ResultsBusName"],
    }


def test_results_bus_takes_records_of_the_functions_only(world, intruder):
    with pytest.raises(ClientError, match="explicit deny"):
        intruder("events").put_events(Entries=[forged_record(world)])
    untouched(world)


def test_somebodys_rule_may_not_invoke_the_function(world, intruder):
    events, function = intruder("events"), world.stack.outputs["RespondFunctionArn"]
    events.put_rule(Name="rogue", EventPattern=json.dumps({"source": ["rogue"]}))
    events.put_targets(Rule="rogue", Targets=[{"Id": "1", "Arn": function}])
    events.put_events(Entries=[entry(world.event(FINDING), Source="rogue")])

    untouched(world)
    assert any("rule/rogue" in refusal for refusal in world.account.control("refusals"))


def test_somebodys_topic_may_not_invoke_the_function(world, intruder):
    sns, function = intruder("sns"), world.stack.outputs["RespondFunctionArn"]
    topic = sns.create_topic(Name="rogue")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    sns.publish(TopicArn=topic, Message=json.dumps(world.event(FINDING)))

    world.wait_for_refusal(f"sns.amazonaws.com for {topic}")
    untouched(world)


def test_finding_about_another_account_is_not_taken(world):
    world.put(world.event(FINDING, **{world.account.number: "210987654321"}))
    untouched(world)


def test_key_of_another_account_is_told_and_left_alone(world, aws):
    elsewhere = World(type(world.stack)(aws.account("210987654321"), "none"))
    world.put(world.event(FINDING, **{world.key: elsewhere.key}))

    assert elsewhere.inactive() == [] and world.inactive() == []
    (mail,) = world.stack.mailbox.about(elsewhere.key)
    assert f"{elsewhere.key}" in mail["Subject"] and "another account" in mail["Subject"]
