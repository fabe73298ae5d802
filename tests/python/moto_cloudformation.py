"""What moto's CloudFormation is given of the transformed template.

Kept from it, because it does otherwise than CloudFormation:
- resource types that it does not know, which are in UNKNOWN;
- a change of what is in FROZEN, which it would lose something by;
- conditions of resources and outputs: an update leaves alone what a condition turns on or off. What
  is off is taken out of the template before (moto itself judges the conditions);
- numbers: it would find the number 0 unequal to the text "0" of a condition;
- `RetainExceptOnCreate`, of which it only knows the part `Retain`.

It also leaves the state machines' definitions where they lie: state_machines.py runs them.
"""

import json
import sys
from pathlib import Path

from moto.cloudformation.parsing import ResourceMap

from deploy_cases import ACCOUNT, REGION

FILE = Path(__file__).resolve().parents[2] / "target" / "template" / "transformed.json"
STACK = "kd"
# Resource types that moto's CloudFormation does not know, and what is left untested by that.
UNKNOWN = {
    "AWS::CloudWatch::Alarm": "what rings; tests/it/template/alarms.rs looks at them",
    "AWS::Events::EventBusPolicy": "who may put records on the results bus",
    "AWS::Lambda::EventInvokeConfig": "retries and destinations",
    "AWS::Logs::QueryDefinition": "the saved queries",
    "AWS::Pipes::Pipe": "the trigger queue",
    "AWS::SNS::Subscription": "trigger topics, and the e-mail address",
    "AWS::SNS::TopicPolicy": "who may publish",
    "AWS::SQS::QueuePolicy": "who may leave dead letters",
    "AWS::Scheduler::Schedule": "the schedule of the sweep",
}
# Properties that an update must not change.
FROZEN = {
    "RespondLogGroup": ["RetentionInDays", "KmsKeyId"],  # moto forgets a group that is updated
    "SweepLogGroup": ["RetentionInDays", "KmsKeyId"],
    "ResultsBus": ["KmsKeyIdentifier", "DeadLetterConfig"],  # moto makes it anew, without its rules
}


def template():
    """As it is deployed, but for what is said at the top."""
    if not FILE.exists():
        sys.exit(f"{FILE} is missing: tests/python/transform.py writes it")
    text = FILE.read_text(encoding="utf-8")
    found = json.loads(text.replace("RetainExceptOnCreate", "Retain"))
    for parameter in found["Parameters"].values():
        parameter["Type"], parameter["Default"] = "String", str(parameter["Default"])
    return found


TEMPLATE = template()


def conditions(parameters):
    """What holds of the template's conditions, and of the assertions of its rules."""
    assertions = {
        assertion["AssertDescription"]: assertion["Assert"]
        for rule in TEMPLATE["Rules"].values()
        for assertion in rule["Assertions"]
    }
    judged = TEMPLATE | {"Conditions": TEMPLATE["Conditions"] | assertions}
    world = ResourceMap("id", STACK, parameters, {}, REGION, ACCOUNT, judged, None)
    world.load_parameters()
    world.load_conditions()
    for assertion in assertions:
        assert world.lazy_condition_map[assertion], assertion
    return world.lazy_condition_map


def deployable(parameters, frozen):
    holds = conditions(parameters)
    found = json.loads(json.dumps(TEMPLATE))
    for section in ("Resources", "Outputs"):
        found[section] = {
            name: part
            for name, part in found[section].items()
            if part.get("Type") not in UNKNOWN and holds.get(part.get("Condition"), True)
        }
    for name, properties in FROZEN.items() if frozen else ():
        for dropped in properties:
            del found["Resources"][name]["Properties"][dropped]
    return found


def arguments(parameters, frozen=True):
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    return {
        "StackName": STACK,
        "TemplateBody": json.dumps(deployable(parameters, frozen)),
        "Parameters": given,
        "Capabilities": ["CAPABILITY_IAM"],
    }
