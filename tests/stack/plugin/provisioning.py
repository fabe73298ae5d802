"""CloudFormation: the properties of a template that ministack omits when it creates or updates a resource."""

from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, iam, lambda_svc, sns
from ministack.services.cloudformation import engine, provisioners

from .patch import replaces


def _completes(kind):
    """Calls the decorated function with name and properties after each creation and update."""
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    create, update = handlers["create"], handlers["update"]

    def put(rest):
        def created(logical_id, properties, stack):
            found = create(logical_id, properties, stack)
            rest(found[0], properties)
            return found

        def updated(physical_id, old, new, *others, **named):
            found = update(physical_id, old, new, *others, **named)
            rest(found[0], new)
            return found

        handlers.update(create=created, update=updated)
        return rest

    return put


# "AWS::IAM::Role": PermissionsBoundary
@_completes("AWS::IAM::Role")
def _boundary(name, properties):
    boundary = properties.get("PermissionsBoundary")
    if boundary and iam._boundary_policy_error(boundary):
        raise ValueError(f"PermissionsBoundary {boundary} does not exist")
    iam._roles[name]["PermissionsBoundary"] = boundary


# "AWS::Lambda::Function": ReservedConcurrentExecutions
@_completes("AWS::Lambda::Function")
def _concurrency(name, properties):
    reserved = properties.get("ReservedConcurrentExecutions")
    lambda_svc._functions[name]["concurrency"] = None if reserved is None else int(reserved)


# "AWS::SNS::Topic": KmsMasterKeyId
@_completes("AWS::SNS::Topic")
def _key(arn, properties):
    sns._topics[arn]["attributes"]["KmsMasterKeyId"] = properties.get("KmsMasterKeyId", "")


# "AWS::Events::EventBus": KmsKeyIdentifier, DeadLetterConfig
@_completes("AWS::Events::EventBus")
def _bus(name, properties):
    for key in ("KmsKeyIdentifier", "DeadLetterConfig"):
        eventbridge._event_buses[name].pop(key, None)
        if key in properties:
            eventbridge._event_buses[name][key] = properties[key]


# "Pseudo parameters reference": conditions may ask for them, too.
@replaces(engine, "_evaluate_conditions")
def _conditions(original, template, parameters):
    pseudo = {
        "AWS::Region": get_region(),
        "AWS::AccountId": get_account_id(),
        "AWS::Partition": "aws",
    }
    return original(
        template, {name: {"Value": value} for name, value in pseudo.items()} | parameters
    )


# "PutPermission": a whole policy, or one statement; CloudFormation's AWS::Events::EventBusPolicy is that.
def _put_bus_policy(logical_id, properties, stack):
    bus, sid = properties.get("EventBusName", "default"), properties["StatementId"]
    policy = eventbridge._event_bus_policies.setdefault(
        bus, {"Version": "2012-10-17", "Statement": []}
    )
    others = [statement for statement in policy["Statement"] if statement.get("Sid") != sid]
    policy["Statement"] = [*others, properties["Statement"] | {"Sid": sid}]
    return f"{bus}|{sid}", {}


def _delete_bus_policy(physical_id, properties):
    bus, _, sid = physical_id.partition("|")
    eventbridge._remove_permission({"EventBusName": bus, "StatementId": sid})


provisioners._RESOURCE_HANDLERS["AWS::Events::EventBusPolicy"] = {
    "create": _put_bus_policy,
    "update": lambda physical_id, old, new, stack: _put_bus_policy(None, new, stack),
    "delete": _delete_bus_policy,
}
