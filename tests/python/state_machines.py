"""The template's state machines in moto's interpreter.

moto has no BatchUpdateFindings and no BatchUpdateFindingsV2: both are stood in for here, and what is
asked of them is checked against botocore's model of Security Hub.
"""

import io
import json
import logging
import os
import re
import threading
import time
from urllib.parse import parse_qsl

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

import boto3  # noqa: E402
import botocore.session  # noqa: E402
from botocore.validate import ParamValidator  # noqa: E402
from moto.core.config import default_user_config  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (  # noqa: E402
    state_task_service_aws_sdk,
)
from werkzeug.serving import make_server  # noqa: E402
from werkzeug.wrappers import Request, Response  # noqa: E402

import moto_server  # noqa: E402
from results_bus import ACCOUNT, RESOURCES, ROOT  # noqa: E402

logging.getLogger("moto").setLevel(logging.CRITICAL)  # it tells of every path that is not there


# As Step Functions names its errors.
state_task_service_aws_sdk._SERVICE_ERROR_NAMES["iam"] = "Iam"


class InFrontOfMoto:
    """Answers the two calls that moto lacks, and IAM's calls that are to fail; keeps what was asked."""

    paths = {
        "/findings/batchupdate": "BatchUpdateFindings",
        "/findingsv2/batchupdatev2": "BatchUpdateFindingsV2",
    }

    def __init__(self, app):
        self.app, self.calls, self.refuse = app, [], set()
        self.iam_errors, self.iam_calls = {}, []
        self.model = botocore.session.get_session().get_service_model("securityhub")

    def __call__(self, environ, start_response):
        request = Request(environ)
        operation = self.paths.get(request.path)
        if operation is None or request.method != "PATCH":
            return self.iam(request, environ)(environ, start_response)
        body = json.loads(request.get_data())
        shape = self.model.operation_model(operation).input_shape
        report = ParamValidator().validate(body, shape)
        unknown = body.keys() - shape.members.keys()
        self.calls.append((operation, body, report.generate_report(), unknown))
        processed, unprocessed = [], []
        for identifier in body["FindingIdentifiers"]:
            if self.refuse & set(identifier.values()):
                error = {"ErrorCode": "FindingNotFound", "ErrorMessage": "gone"}
                unprocessed.append({"FindingIdentifier": identifier, **error})
            else:
                processed.append(identifier)
        answer = {"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}
        response = Response(json.dumps(answer), content_type="application/json")
        return response(environ, start_response)

    def iam(self, request, environ):
        """Moto, or the error that this action of IAM is to end with: status, code and message."""
        text = request.get_data()
        environ["wsgi.input"] = io.BytesIO(text)
        action = dict(parse_qsl(text.decode("utf-8", "replace"))).get("Action")
        self.iam_calls.append(action)
        if action not in self.iam_errors:
            return self.app
        status, code, message = self.iam_errors[action]
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"
        return Response(body, status, content_type="text/xml")


HUB = InFrontOfMoto(moto_server.App())
default_user_config["stepfunctions"]["execute_state_machine"] = True
SERVER = make_server(
    "127.0.0.1", 0, HUB, threaded=True, request_handler=moto_server.QuietHandler
)
os.environ["MOTO_PORT"] = str(SERVER.port)
threading.Thread(target=SERVER.serve_forever, daemon=True).start()


def client(service):
    url = f"http://127.0.0.1:{SERVER.port}"
    return boto3.client(service, region_name="us-east-1", endpoint_url=url)


SNS, SQS, SFN, IAM = client("sns"), client("sqs"), client("stepfunctions"), client("iam")


def create(machine, values, hasty=False):
    """A state machine of the template with these substitutions; its ARN."""
    properties = RESOURCES[machine]["Properties"]
    asked = properties["DefinitionSubstitutions"]
    assert values.keys() == asked.keys(), values.keys() ^ asked.keys()
    text = (ROOT / properties["DefinitionUri"]).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace("${" + name + "}", value)
    assert "${" not in text, "a substitution is missing"
    text = re.sub(r'"Seconds": \d+', '"Seconds": 0', text)
    if hasty:  # do not wait between attempts
        text = re.sub(r'"IntervalSeconds": \d+', '"IntervalSeconds": 1', text)
        text = re.sub(r'"MaxAttempts": [1-9]', '"MaxAttempts": 1', text)
    create.number = getattr(create, "number", 0) + 1
    answer = SFN.create_state_machine(
        name=f"{machine}-{create.number}",
        definition=text,
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/teller",
    )
    return answer["stateMachineArn"]


def execute(machine, text):
    """How one execution with this input ends."""
    execute.number = getattr(execute, "number", 0) + 1
    answer = SFN.start_execution(
        stateMachineArn=machine, name=f"run-{execute.number}", input=json.dumps(text)
    )
    end = time.monotonic() + 60
    while time.monotonic() < end:
        state = SFN.describe_execution(executionArn=answer["executionArn"])
        if state["status"] != "RUNNING":
            return state["status"]
        time.sleep(0.02)
    raise AssertionError("the state machine does not end")
