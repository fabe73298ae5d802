"""The statements of the stack's roles: those in the template, and how to remove one from a deployed role."""

import json
from contextlib import contextmanager

from samtranslator.yaml_helper import yaml_parse

from packaging import ROOT


def permissions():
    """(role, statement, action), each by its name in template.yaml, with all conditions true."""
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    roles = {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role"
    }
    return [
        (role, statement["Sid"], action)
        for role, properties in roles.items()
        for policy in properties["Policies"]
        for statement in map(chosen, policy["PolicyDocument"]["Statement"])
        for action in as_list(statement["Action"])
    ]


def deployed(stack):
    """The same for every role in the account, whoever created it."""
    return [
        (role, statement["Sid"], action)
        for role, statement in statements(stack)
        for action in as_list(statement["Action"])
    ]


def statements(stack):
    """(role, statement) of what is deployed."""
    iam = stack.account.client("iam")
    logical = {physical: name for name, physical in stack.resources().items()}
    for page in iam.get_paginator("list_roles").paginate():
        for role in (role["RoleName"] for role in page["Roles"]):
            assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == [], role
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                asked = {"RoleName": role, "PolicyName": policy}
                document = iam.get_role_policy(**asked)["PolicyDocument"]
                yield from ((logical[role], statement) for statement in document["Statement"])


def chosen(statement):
    return statement["Fn::If"][1] if "Fn::If" in statement else statement


def as_list(value):
    return value if isinstance(value, list) else [value]


@contextmanager
def without(stack, role, sid, action):
    """The stack, without this action in the deployed role's statement."""
    iam, name = stack.account.client("iam"), stack.resources()[role]
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    reduced = json.loads(json.dumps(document))
    (statement,) = [found for found in reduced["Statement"] if found["Sid"] == sid]
    # IAM takes neither an empty statement nor an empty policy: something that nobody asks for remains.
    rest = [kept for kept in as_list(statement["Action"]) if kept != action]
    statement["Action"] = rest or "none:Nothing"

    def put(document):
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))

    put(reduced)
    try:
        yield
    finally:
        put(document)
