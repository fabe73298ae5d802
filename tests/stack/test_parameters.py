"""Each parameter, alone and with all others: the resources that it adds and removes, the effect of its value, and
that nothing remains after deletion. The cases are in parameter_cases.py."""

import re

import pytest
from as_deployed import AS_DEPLOYED, Deployed, check_switches
from conftest import given
from deployment import deploy
from inventory import LISTS, RULE, names_in, short
from packaging import ROOT
from parameter_cases import DEFAULT, KEPT, LEFT, MORE, OFF, ON
from samtranslator.yaml_helper import yaml_parse
from wiring import check_wiring

TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
DEFAULTS = {name: str(found["Default"]) for name, found in TEMPLATE["Parameters"].items()}
CASES = [*ON.items(), *OFF.items(), *MORE.items()]


@pytest.fixture(scope="module")
def before(account):
    """The resources without the stack: only the topics that parameters name."""
    for cases in (ON, OFF, MORE):
        given(account, values(cases))
    return names_in(account)


@pytest.fixture(scope="module")
def stack(account, before):
    return deploy(account, given(account, values(ON)))


def values(cases):
    return {name: value for name, (value, *_) in cases.items()}


def changes_of(cases):
    return {change for _, *changes in cases.values() for change in changes}


def check(stack, before, parameters, changes):
    """The stack has its default resources and these changes; they exist, nothing else does, they
    lead somewhere, and are as the parameters say."""
    found = Deployed(stack)
    assert set(found.resources) == with_changes(DEFAULT, changes)
    names = found.names() - before
    expected = {(kind, short(name)) for kind, name in found.kinds.values() if kind in (*LISTS, RULE)}
    assert expected - names == set()
    assert names - expected <= LEFT
    check_wiring(found)
    check_settings(found, parameters)
    check_switches(found, DEFAULTS | parameters)
    for name, deployed in AS_DEPLOYED.items():
        if (now := deployed(found)) is not None:
            assert {str(value) for value in now} == {(DEFAULTS | parameters)[name]}, name


def with_changes(names, changes):
    names = set(names)
    for change in changes:
        (names.add if change[0] == "+" else names.remove)(change[1:])
    return names


def check_settings(found, parameters):
    """Each function's environment is the parameters' values, and nothing else."""
    wanted = {variable(name): value for name, value in (DEFAULTS | parameters).items()}
    # The policy itself says which one is attached.
    if wanted["DENY_SESSIONS"] == "ENABLED":
        wanted["DENY_SESSIONS"] = found.resources["SessionPolicy"]
    for function in found.functions():
        variables = dict(function["Environment"]["Variables"])
        assert variables.pop("FUNCTION") in function["FunctionName"].lower()
        assert variables == {name: wanted.get(name) for name in variables}


def variable(parameter):
    return re.sub("(?<!^)([A-Z])", r"_\1", parameter).upper()


def test_there_is_another_value_of_each_parameter():
    assert {*ON, *OFF} == set(DEFAULTS)
    for name, (value, *_) in CASES:
        assert value != DEFAULTS[name], name


def test_each_parameter_is_looked_for(stack):
    functions = Deployed(stack).functions()
    settings = {name for one in functions for name in one["Environment"]["Variables"]}
    looked_for = {name for name in DEFAULTS if variable(name) in settings} | set(AS_DEPLOYED)
    looked_for |= {name for name, (_, *changes) in CASES if changes}
    assert set(DEFAULTS) == looked_for


def test_everything_on(stack, before, account):
    check(stack, before, given(account, values(ON)), changes_of(ON))


def test_everything_off(stack, before, account):
    parameters = given(account, values(OFF))
    stack.update(parameters)
    check(stack, before, parameters, changes_of(OFF))


def test_everything_on_again(stack, before, account):
    parameters = given(account, values(ON))
    stack.update(parameters)
    check(stack, before, parameters, changes_of(ON))


@pytest.mark.parametrize("name, case", CASES, ids=[f"{name}={case[0]}" for name, case in CASES])
def test_alone(name, case, stack, before, account):
    """All others have their defaults: the resources of the case before disappear."""
    cases = {name: case}
    parameters = given(account, values(cases))
    stack.update(parameters)
    check(stack, before, parameters, changes_of(cases))


def test_deletion_leaves_the_logs(stack, before, account):
    resources = stack.resources()
    stack.delete()
    kept = {("AWS::Logs::LogGroup", short(resources[name])) for name in KEPT}
    assert names_in(account) - before == kept | LEFT


def test_everything_off_from_the_start(new_account):
    account = new_account()
    parameters = given(account, values(OFF))
    before = names_in(account)
    stack = deploy(account, parameters)
    check(stack, before, parameters, changes_of(OFF))
    stack.delete()
    assert {kind for kind, _ in names_in(account) - before} == {"AWS::Logs::LogGroup"}
