"""Whether the deployed parts are connected: targets and dead-letter queues exist, and exactly the senders are
permitted."""

import json

from inventory import RULE

# How long Lambda itself keeps an event.
AS_LONG_AS_LAMBDA = {"MaximumEventAgeInSeconds": 6 * 60 * 60}


def check_wiring(found):
    queue = found.outputs["FailureQueueArn"]
    invokers = {function["FunctionArn"]: set() for function in found.functions()}
    senders = set()
    for rule, target in targets(found):
        check_target(found, rule, target, queue)
        senders.add(rule["Arn"])
        if target["Arn"] in invokers:
            invokers[target["Arn"]].add(rule["Arn"])
    for topic, function, dead_letters in subscriptions(found):
        assert dead_letters == queue, topic
        senders.add(topic)
        invokers[function].add(topic)
    for bus, dead_letters in encrypted_buses(found):
        assert dead_letters == queue, bus
        senders.add(bus)

    for function, expected in invokers.items():
        assert sources(function_policy(found, function)) == expected, function
    assert sources(queue_policy(found)) == senders
    check_schedules(found, queue)


def targets(found):
    events = found.account.client("events")
    for rule in found.listed(RULE):
        asked = {"Rule": rule["Name"], "EventBusName": rule["EventBusName"]}
        of_rule = events.list_targets_by_rule(**asked)["Targets"]
        assert of_rule, rule
        yield from ((rule, target) for target in of_rule)


def check_target(found, rule, target, queue):
    """It is a function; the failure queue; or a state machine, which is started with a role."""
    arn = target["Arn"]
    machines = found.listed("AWS::StepFunctions::StateMachine")
    if arn in [machine["stateMachineArn"] for machine in machines]:
        roles = [role["Arn"] for role in found.listed("AWS::IAM::Role")]
        assert target["RoleArn"] in roles, rule
    else:
        assert arn in [queue, *(one["FunctionArn"] for one in found.functions())], (rule, arn)
    if arn != queue:
        assert target["DeadLetterConfig"]["Arn"] == queue, rule
        assert target["RetryPolicy"] == AS_LONG_AS_LAMBDA, rule


def subscriptions(found):
    """Topic, function and dead-letter queue of each subscription of a function."""
    sns = found.account.client("sns")
    for one in found.listed("AWS::SNS::Subscription"):
        if one["Protocol"] == "lambda":
            asked = {"SubscriptionArn": one["SubscriptionArn"]}
            attributes = sns.get_subscription_attributes(**asked)["Attributes"]
            redrive = json.loads(attributes["RedrivePolicy"])
            yield one["TopicArn"], one["Endpoint"], redrive["deadLetterTargetArn"]


def encrypted_buses(found):
    """Only what cannot be decrypted needs a bus's own dead-letter queue."""
    name = found.outputs["ResultsBusName"]
    bus = found.account.client("events").describe_event_bus(Name=name)
    assert ("KmsKeyIdentifier" in bus) == ("DeadLetterConfig" in bus)
    if "DeadLetterConfig" in bus:
        yield bus["Arn"], bus["DeadLetterConfig"]["Arn"]


def check_schedules(found, queue):
    for schedule in found.schedules():
        target = schedule["Target"]
        assert target["Arn"] == found.outputs["SweepFunctionArn"]
        assert target["DeadLetterConfig"]["Arn"] == queue
        assert target["RoleArn"].endswith(f":role/{found.resources['ScheduledSweepRole']}")


def function_policy(found, function):
    return json.loads(found.account.client("lambda").get_policy(FunctionName=function)["Policy"])


def queue_policy(found):
    sqs, url = found.account.client("sqs"), found.outputs["FailureQueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    return json.loads(attributes["Policy"])


def sources(policy):
    """The sources for which services may use the policy."""
    arns = set()
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            ((condition,),) = (keys.values() for keys in statement["Condition"].values())
            arns.update([condition] if isinstance(condition, str) else condition)
    return arns
