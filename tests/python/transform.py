"""Writes the templates as JSON, as they are and as CloudFormation gets them, for the template tests.

    target/template/source.json       template.yaml, intrinsic functions in their long form
    target/template/transformed.json  template.yaml after the SAM transform
    target/template/forwarder.json    regional-forwarder.yaml, which needs no transform

Needs neither network nor credentials, and the same template gives the same bytes.
"""

import json
import os
import sys
from pathlib import Path

# The translator asks boto3 for the Region, and would look into ~/.aws for it.
os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"
os.environ["AWS_CONFIG_FILE"] = os.devnull
os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

try:
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.yaml_helper import yaml_parse
    from yaml import YAMLError
except ImportError as error:
    sys.exit(f"transform.py: {error}; run it with .venv/bin/python (`make test` sets that up)")

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "target" / "template"


def packaged(template):
    """A copy that points at what lies in S3 by then, as `sam deploy` makes it."""
    template = json.loads(json.dumps(template))
    bodies = [template.get("Globals", {}).get("Function", {})] + [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    for body in bodies:
        if "CodeUri" in body:
            body["CodeUri"] = "s3://bucket/function.zip"
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::StateMachine":
            resource["Properties"]["DefinitionUri"] = "s3://bucket/definition.json"
    return template


def write(name, template):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_text(json.dumps(template, indent=2) + "\n", encoding="utf-8")


def read(name):
    try:
        return yaml_parse((ROOT / name).read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        sys.exit(f"transform.py: cannot read {name}: {error}")


def main():
    source = read("template.yaml")
    forwarder = read("regional-forwarder.yaml")
    try:
        # No managed policies to look up: the template attaches none.
        translator = Translator(managed_policy_map={}, sam_parser=Parser())
        # Without values for the parameters, references to them stay as they are.
        transformed = translator.translate(packaged(source), parameter_values={})
    except InvalidDocumentException as error:
        causes = "\n  ".join(cause.message for cause in error.causes)
        sys.exit(f"transform.py: template.yaml is no valid SAM template:\n  {causes}")
    write("source.json", source)
    write("transformed.json", transformed)
    write("forwarder.json", forwarder)


if __name__ == "__main__":
    main()
