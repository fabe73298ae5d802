"""Values of parameters that CloudFormation refuses before it changes anything."""

import json
from itertools import count

import pytest
from packaging import ROOT
from samtranslator.yaml_helper import yaml_parse
from value_cases import TOGETHER, VALUES

TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
NAMES = map("s{}".format, count(1))


@pytest.fixture(scope="module")
def answer(account):
    """The error for these parameters; empty if CloudFormation accepts them. A change set changes nothing."""
    cloudformation = account.client("cloudformation")
    asked = {part: TEMPLATE[part] for part in ("Parameters", "Rules")}
    asked["Resources"] = {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}

    def ask(parameters):
        try:
            cloudformation.create_change_set(
                StackName=next(NAMES),
                ChangeSetName="values",
                ChangeSetType="CREATE",
                TemplateBody=json.dumps(asked),
                Parameters=[
                    {"ParameterKey": name, "ParameterValue": value}
                    for name, value in parameters.items()
                ],
            )
        except cloudformation.exceptions.ClientError as error:
            return error.response["Error"]["Message"]
        return ""

    return ask


def settings():
    """The parameters that are settings of the code."""
    properties = [resource["Properties"] for resource in TEMPLATE["Resources"].values()]
    variables = [found.get("Environment", {}).get("Variables", {}) for found in properties]
    values = [value for of_function in variables for value in of_function.values()]
    return {value["Ref"] for value in values if isinstance(value, dict) and "Ref" in value}


def test_each_parameter_has_values():
    assert set(VALUES) == set(TEMPLATE["Parameters"]) - settings()


@pytest.mark.parametrize("name", VALUES)
def test_values(name, answer):
    taken, refused = VALUES[name]

    assert {value: answer({name: value}) for value in taken} == dict.fromkeys(taken, "")
    unheard = [value for value in refused if f"Parameter '{name}' " not in answer({name: value})]
    assert unheard == []


@pytest.mark.parametrize("said", TOGETHER)
def test_values_together(said, answer):
    refused, *taken = TOGETHER[said]

    assert said in answer(refused)
    assert [answer(parameters) for parameters in taken] == [""] * len(taken)


def test_each_assertion_has_values():
    rules = TEMPLATE["Rules"].values()
    assert set(TOGETHER) == {
        assertion["AssertDescription"] for rule in rules for assertion in rule["Assertions"]
    }
