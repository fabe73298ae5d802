"""CloudFormation: properties that ministack leaves behind when it creates or updates a resource."""

from ministack.services import eventbridge, iam, lambda_svc, sns
from ministack.services.cloudformation import provisioners


def _completes(kind):
    """Has the decorated function do the rest, by name and properties, after each creation and update."""
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
