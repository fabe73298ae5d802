"""Deploys the transformed template into moto's CloudFormation: creates the stack, changes each
parameter (tests/python/deploy_cases.py), deletes it. tests/python/transform.py comes first.
"""

import json
import os
import re
import warnings
from functools import cache

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402
from moto.cloudformation.parsing import get_model_map  # noqa: E402

from deploy_cases import ACCOUNT, DEFAULT, OFF, ON, REGION  # noqa: E402
from moto_cloudformation import STACK, TEMPLATE, UNKNOWN, arguments  # noqa: E402
from runner import run, tests_in  # noqa: E402

# Where what exists is listed, for each type that moto knows, and its names in the answer.
LISTS = {
    "AWS::CloudWatch::Dashboard": (
        *("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ),
    "AWS::Events::EventBus": ("events", "list_event_buses", "EventBuses", "Name"),
    "AWS::Events::Rule": ("events", "list_rules", "Rules", "Name"),
    "AWS::IAM::Role": ("iam", "list_roles", "Roles", "RoleName"),
    "AWS::Lambda::Function": ("lambda", "list_functions", "Functions", "FunctionName"),
    "AWS::Logs::LogGroup": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "AWS::SNS::Topic": ("sns", "list_topics", "Topics", "TopicArn"),
    "AWS::SQS::Queue": ("sqs", "list_queues", "QueueUrls", None),
    "AWS::StepFunctions::StateMachine": (
        *("stepfunctions", "list_state_machines", "stateMachines", "stateMachineArn"),
    ),
}
STEPS = ON | OFF  # cumulative


@cache
def client(service):
    return boto3.client(service)


def upload():
    """What transform.py has the template point at."""
    s3, where = client("s3"), {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration=where)
    s3.put_object(Bucket="bucket", Key="function.zip", Body=b"no program")


def listed(service, operation, where, name, **asked):
    found = getattr(client(service), operation)(**asked).get(where, [])
    return [item[name] if name else item for item in found]


def there():
    """Logical IDs of all that exists, whatever moto's CloudFormation says."""
    lists = dict(LISTS)
    buses = listed(*lists["AWS::Events::EventBus"])
    rules = lists.pop("AWS::Events::Rule")
    names = [name for where in lists.values() for name in listed(*where)]
    names += [name for bus in buses for name in listed(*rules, EventBusName=bus)]
    own = {STACK: "Dashboard", f"{STACK}-results": "ResultsBus", "default": None}
    names = [re.split("[:/]", name)[-1] for name in names]  # of an ARN or a URL
    return {own[name] if name in own else name.split("-")[1] for name in names} - {None}


def functions():
    return {item["FunctionArn"]: item for item in client("lambda").list_functions()["Functions"]}


def check_wiring():
    """Each rule leads to what exists, and so does each dead letter."""
    names = [url.rsplit("/", 1)[1] for url in listed(*LISTS["AWS::SQS::Queue"])]
    queues = {f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}" for name in names}
    existing = {*queues, *functions(), *listed(*LISTS["AWS::StepFunctions::StateMachine"])}
    for bus in listed(*LISTS["AWS::Events::EventBus"]):
        for rule in listed(*LISTS["AWS::Events::Rule"], EventBusName=bus):
            answer = client("events").list_targets_by_rule(Rule=rule, EventBusName=bus)
            targets = {target["Arn"] for target in answer["Targets"]}
            letters = [target.get("DeadLetterConfig") for target in answer["Targets"]]
            assert targets and targets <= existing, (rule, targets - existing)
            assert {letter["Arn"] for letter in letters if letter} <= queues, (rule, letters)


def check_settings(parameters):
    """Each function's settings are the parameters' values."""
    values = {name: item["Default"] for name, item in TEMPLATE["Parameters"].items()} | parameters
    for function in functions().values():
        variables = function["Environment"]["Variables"]
        assert variables.pop("FUNCTION") in function["FunctionName"].lower()
        for name, value in values.items():
            variable = re.sub("(?<!^)([A-Z])", r"_\1", name).upper()
            if variable in variables:
                assert variables.pop(variable) == value, (name, value)
        assert not variables, variables


def check_permissions():
    """Each rule and topic that invokes a function may. (Moto takes no permission back, so this is
    for a new stack.) Each role has its boundary."""
    for arn in functions():
        policy = json.loads(client("lambda").get_policy(FunctionName=arn)["Policy"])
        conditions = [statement["Condition"]["ArnLike"] for statement in policy["Statement"]]
        may = {condition["AWS:SourceArn"] for condition in conditions}
        rules = client("events").list_rule_names_by_target(TargetArn=arn)["RuleNames"]
        assert {x.split("/")[-1] for x in may if ":rule/" in x} == set(rules), may
        assert [x for x in may if ":sns:" in x] == [ON["TriggerTopicArn"][0]], may
    for name in listed(*LISTS["AWS::IAM::Role"]):
        role = client("iam").get_role(RoleName=name)["Role"]
        boundary = role["PermissionsBoundary"]["PermissionsBoundaryArn"]
        assert boundary == ON["PermissionsBoundaryArn"][0], name


def deployed(step, expected, parameters):
    status = client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), (step, status)
    found = there()
    assert found == expected, f"{step}: missing {expected - found}, not expected {found - expected}"
    check_settings(parameters)
    check_wiring()


def delete():
    client("cloudformation").delete_stack(StackName=STACK)
    assert there() == {"RespondLogGroup", "SweepLogGroup"}, there()


def change(names, what):
    for name in names:
        (what.add if name[0] == "+" else what.remove)(name[1:])


def test_moto_knows_what_it_is_said_to_know():
    known = set(get_model_map())
    types = {resource["Type"] for resource in TEMPLATE["Resources"].values()}
    assert set(UNKNOWN) == types - known, "UNKNOWN is not true any more"
    assert set(LISTS) | {"AWS::Lambda::Permission"} == types & known


def test_every_parameter_has_another_valid_value():
    assert set(STEPS) == set(TEMPLATE["Parameters"])
    for name, (value, *_) in STEPS.items():
        parameter = TEMPLATE["Parameters"][name]
        assert value != parameter["Default"], name
        assert re.search(parameter.get("AllowedPattern", ""), value), name
        assert value in map(str, parameter.get("AllowedValues", [value])), name
        assert len(value) <= parameter.get("MaxLength", 999), name
        if "MinValue" in parameter:
            assert parameter["MinValue"] <= int(value) <= parameter["MaxValue"], name


def test_everything_on():
    upload()
    parameters = {name: value for name, (value, *_) in ON.items()}
    expected = set(DEFAULT)
    change([name for _, *names in ON.values() for name in names], expected)
    client("cloudformation").create_stack(**arguments(parameters, frozen=False))
    deployed("everything on", expected, parameters)
    check_permissions()
    delete()


def test_defaults_then_each_parameter():
    upload()
    parameters, expected = {}, set(DEFAULT)
    client("cloudformation").create_stack(**arguments(parameters))
    deployed("defaults", expected, parameters)
    for name, (value, *changes) in STEPS.items():
        parameters[name] = value
        change(changes, expected)
        client("cloudformation").update_stack(**arguments(parameters))
        deployed(name, expected, parameters)
    delete()


def main():
    warnings.simplefilter("ignore")
    tests = tests_in(globals())
    run("test_deploy.py", {name: mock_aws()(test) for name, test in tests.items()})


if __name__ == "__main__":
    main()
