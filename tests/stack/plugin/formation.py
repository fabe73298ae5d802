"""CloudFormation: what ministack does not know of templates."""

from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge
from ministack.services.cloudformation import engine, provisioners

from .patch import replaces


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
