"""template.yaml as `sam package` writes it: the code and the definitions in a bucket, the rest unchanged."""

import io
import json
import os
import subprocess
import zipfile
from functools import cache
from pathlib import Path

import yaml
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "packages"

# What ministack does not know, and alarms over metric math: see `known`.
UNKNOWN_TYPES = ("AWS::Logs::QueryDefinition",)
NOTHING = "AWS::CloudFormation::WaitConditionHandle"


def known(resource):
    metric_math = (
        resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    )
    return resource["Type"] not in UNKNOWN_TYPES and not metric_math


def stand_in(resource):
    """An empty resource with the same condition."""
    kept = {key: value for key, value in resource.items() if key == "Condition"}
    return {"Type": NOTHING, "Properties": {}} | kept


@cache
def binary():
    """The function as `cargo test` builds it, with the same features, so that it is built once."""
    if path := os.environ.get("FUNCTION_BINARY"):
        return Path(path)
    subprocess.run(
        ["cargo", "test", "--locked", "--workspace", "--no-run", "--quiet"], cwd=ROOT, check=True
    )
    return (
        Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "iam-key-deactivator"
    )


@cache
def zipped(path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        package.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=1)
    return file.getvalue()


@cache  # for PyYAML it is work of seconds
def definition(uri):
    """The definition in JSON, as CloudFormation passes on a definition in YAML. CloudFormation reads an alias as
    text, so this refuses a definition with an alias."""
    text = (ROOT / uri).read_text(encoding="utf-8")
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
        raise ValueError(f"{uri} has an alias, which CloudFormation does not resolve")
    return json.dumps(yaml.safe_load(text)).encode()


@cache
def read(source):
    """The template as JSON."""
    return json.dumps(yaml_parse(source))


def package(source, upload):
    """The template, with its files uploaded by `upload(name, bytes)`."""
    template = json.loads(read(source))
    template["Resources"] = {
        name: resource if known(resource) else stand_in(resource)
        for name, resource in template["Resources"].items()
    }
    if "Function" in template.get("Globals", {}):
        template["Globals"]["Function"]["CodeUri"] = upload("function.zip", zipped(binary()))
    for resource in template["Resources"].values():
        uri = resource["Properties"].get("DefinitionUri")
        if uri:
            resource["Properties"]["DefinitionUri"] = upload(Path(uri).name, definition(uri))
    return json.dumps(template)
