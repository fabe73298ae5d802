"""A stand-in for AWS on a local port: moto's server, with a world of our making.

    moto_server.py --port 0 --port-file PATH

`--port 0` takes a free port. The port is printed, and written to PATH, once requests are served.
The server ends on SIGTERM, on Ctrl-C, and when the process that started it is gone.

Beside everything moto serves there are two routes of our own:

POST /seed   forgets all IAM state of all accounts, then makes exactly the world in the body, in
             account 123456789012. Only `users`, `userName`, and `accessKeyId` of a key, are
             required:

    {"users": [{"userName": "Bob", "userId": "AIDAIOSFODNN7EXAMPLE", "path": "/",
                "groups": ["admins"], "tags": {"team": "web"}, "keys": [
        {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "status": "Active",
         "createDate": "2026-01-02T03:04:05Z", "lastUsed": "2026-02-03T04:05:06Z",
         "reportRotated": "2026-03-04T05:06:07Z", "reportLastUsed": "no_information"}]}],
     "rootKeys": [true, false], "reportOnly": ["Erin"], "allowed": ["iam:ListUsers"]}

             `reportRotated` and `reportLastUsed` are what the credential report says instead of
             the truth: a toggled key looks young there. `rootKeys` are root's keys that are
             Active. Users in `reportOnly` are gone, but the report still shows a key of theirs.
             With `allowed`, permissions are enforced until the next `/seed`: only the credentials of
             a role that may call exactly these actions are good, and `/seed` answers with those
             instead (`accessKeyId`, `secretAccessKey`, `sessionToken`). Whoever may do something may
             do it to everything: moto takes `user/*` in a policy for a name, and no conditions.

GET /world   the world as it is now, in the same shape with every field present (null for a key
             never used, or a report that tells the truth), users by name and keys by ID. What
             `/world` returns can be seeded again, and `/seed` returns it too, so that tests
             compare whole worlds.

The credential report is ours, since moto's has no row for root and other values than IAM's. It
shows the world as it is when it is fetched, where IAM's is up to four hours old.

Where moto is not like IAM, and a test must not believe it:
- it takes any `Status` and any shape of `UserName`;
- tags can differ in the case of their keys alone, and there is no end to them;
- lists come whole, never in pages;
- `GetAccessKeyLastUsed` of an unknown key is `NoSuchEntity` (IAM: `AccessDenied`);
- a request signed with a seeded key's own ID counts as a use of that key, so sign with another.
"""

import argparse
import base64
import csv
import hashlib
import io
import json
import os
import signal
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

PARENT = os.getppid()  # taken before the slow imports: a parent lost meanwhile is noticed too

from moto import settings  # noqa: E402
from moto.core.responses import ActionResult  # noqa: E402
from moto.iam.models import AccessKeyLastUsed, iam_backends  # noqa: E402
from moto.iam.responses import IamResponse  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.sts.models import sts_backends  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402
from werkzeug.wrappers import Request, Response  # noqa: E402

ACCOUNT = "123456789012"  # moto's own, where requests signed with an unknown key end up
CREATED = "2026-01-01T00:00:00Z"  # of users, and keys seeded without a date: worlds stay comparable
REPORT = [  # columns of the credential report
    *("user", "arn", "user_creation_time", "password_enabled", "password_last_used"),
    *("password_last_changed", "password_next_rotation", "mfa_active", "access_key_1_active"),
    *("access_key_1_last_rotated", "access_key_1_last_used_date"),
    *("access_key_1_last_used_region", "access_key_1_last_used_service"),
    *("access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date"),
    *("access_key_2_last_used_region", "access_key_2_last_used_service", "cert_1_active"),
    *("cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated"),
]


def parse_date(text):
    # moto keeps naive UTC; before Python 3.11 `fromisoformat` does not know `Z`.
    date = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return date.astimezone(timezone.utc).replace(tzinfo=None)


def format_date(date):
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")


def fields(value, allowed):
    """A misspelt field would silently seed another world than the test means."""
    if unknown := value.keys() - allowed:
        raise ValueError(f"unknown fields {sorted(unknown)}, known are {sorted(allowed)}")
    return value


def made_id(prefix, name):
    """As IAM makes them, but the same for a name every time."""
    return prefix + base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()[:17]


def role_that_may(actions):
    """A session of a role, by its credentials. From now on nobody may do without."""
    iam, name = iam_backends[ACCOUNT]["aws"], "function"
    iam.create_role(name, "{}", "/", None, "", [], "3600")
    allow = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    iam.put_role_policy(name, "may", json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    session = sts_backends[ACCOUNT]["aws"].assume_role(
        region_name="us-east-1",
        role_session_name="test",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/{name}",
        policy=None,
        duration=3600,
        external_id=None,
    )
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    return {
        "accessKeyId": session.access_key_id,
        "secretAccessKey": session.secret_access_key,
        "sessionToken": session.session_token,
    }


def seed(world):
    settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
    for account in list(iam_backends.values()):
        account.reset()
    iam = iam_backends[ACCOUNT]["aws"]
    fields(world, {"users", "rootKeys", "reportOnly", "allowed"})
    iam.root_keys = world.get("rootKeys", [False, False])
    iam.report_only = world.get("reportOnly", [])
    for spec in world["users"]:
        fields(spec, {"userName", "userId", "path", "groups", "tags", "keys"})
        name = spec["userName"]
        tags = [{"Key": key, "Value": value} for key, value in spec.get("tags", {}).items()]
        user = iam.create_user("us-east-1", name, spec.get("path", "/"), tags)
        user.id = spec.get("userId") or made_id("AIDA", name)
        user.create_date = parse_date(CREATED)
        for group in spec.get("groups", []):
            if group not in iam.groups:
                iam.create_group(group).id = made_id("AGPA", group)
            iam.add_user_to_group(group, name)
        for key_spec in spec.get("keys", []):
            known = {"accessKeyId", "status", "createDate", "lastUsed"}
            fields(key_spec, known | {"reportRotated", "reportLastUsed"})
            key = user.create_access_key("AKIA", key_spec.get("status", "Active"))
            key.access_key_id = key_spec["accessKeyId"]
            key.create_date = parse_date(key_spec.get("createDate", CREATED))
            if used := key_spec.get("lastUsed"):
                key.last_used = AccessKeyLastUsed(parse_date(used), "s3", "us-east-1")
            key.report_rotated = key_spec.get("reportRotated")
            key.report_last_used = key_spec.get("reportLastUsed")
            # Calls that name a user look in the user's list; DeleteAccessKey and the account of
            # a request's signer are looked up here, so the ID must be the same in both.
            iam.access_keys[key.access_key_id] = key


def seeded(request):
    seed(request)
    return role_that_may(request["allowed"]) if "allowed" in request else world()


def world():
    def key_fields(key):
        return {
            "accessKeyId": key.access_key_id,
            "status": key.status,
            "createDate": format_date(key.create_date),
            "lastUsed": format_date(key.last_used.timestamp) if key.last_used else None,
            "reportRotated": getattr(key, "report_rotated", None),
            "reportLastUsed": getattr(key, "report_last_used", None),
        }

    def user_fields(user):
        return {
            "userName": user.name,
            "userId": user.id,
            "path": user.path,
            "groups": sorted(user.group_list),
            "tags": {tag["Key"]: tag["Value"] for tag in user.tags or []},
            "keys": sorted(map(key_fields, user.access_keys), key=lambda key: key["accessKeyId"]),
        }

    iam = iam_backends[ACCOUNT]["aws"]
    return {
        "users": [user_fields(iam.users[name]) for name in sorted(iam.users)],
        "rootKeys": getattr(iam, "root_keys", [False, False]),
        "reportOnly": getattr(iam, "report_only", []),
    }


def credential_report():
    """Root first, then the users without regard to case, then those who are gone."""

    def date(text):  # not the form that the kit's report has: IAM has used both
        return text.replace("Z", "+00:00")

    no_key, no_certificates = ["false"] + ["N/A"] * 4, ["false", "N/A"] * 2
    some_key = ["true", date(CREATED), "N/A", "N/A", "N/A"]

    def key_columns(key):
        active = "true" if key["status"] == "Active" else "false"
        used = key["reportLastUsed"] or key["lastUsed"] or "N/A"
        place = ["us-east-1", "s3"] if used[0].isdigit() else ["N/A", "N/A"]
        return [active, date(key["reportRotated"] or key["createDate"]), date(used), *place]

    def row(name, resource, password, slots):
        arn = f"arn:aws:iam::{ACCOUNT}:{resource}"
        return [name, arn, date(CREATED), *password, *slots[0], *slots[1], *no_certificates]

    now = world()
    root_password = ["not_supported", "no_information", "not_supported", "not_supported", "true"]
    root_keys = [some_key if active else no_key for active in now["rootKeys"]]
    rows = [row("<root_account>", "root", root_password, root_keys)]
    no_password = ["false", "N/A", "N/A", "N/A", "false"]
    for user in sorted(now["users"], key=lambda user: user["userName"].lower()):
        keys = [*map(key_columns, user["keys"]), no_key, no_key]
        resource = f"user{user['path']}{user['userName']}"
        rows.append(row(user["userName"], resource, no_password, keys))
    for name in now["reportOnly"]:
        rows.append(row(name, f"user/{name}", no_password, [some_key, no_key]))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([REPORT, *rows])
    return text.getvalue()


def get_credential_report(response):
    response.backend.get_credential_report()  # refuses if none was generated
    generated = format_date(datetime.now(timezone.utc))
    content = {"Content": credential_report(), "ReportFormat": "text/csv"}
    return ActionResult(content | {"GeneratedTime": generated})


IamResponse.get_credential_report = get_credential_report


class App:
    """moto's application with the two routes in front."""

    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.seeding = threading.Lock()

    def __call__(self, environ, start_response):
        request = Request(environ)
        route = f"{request.method} {request.path}"
        if route not in ("POST /seed", "GET /world"):
            response = Response.from_app(self.moto, environ)
            if response.status_code == 403:
                # moto refuses in EC2's form, which nobody who expects IAM's can read.
                body = response.get_data()
                for tag in (b"<Errors>", b"</Errors>"):
                    body = body.replace(tag, b"")
                response.set_data(body)
            return response(environ, start_response)
        with self.seeding:
            try:
                made = route == "POST /seed"
                status, body = 200, seeded(json.loads(request.get_data())) if made else world()
            except Exception as error:  # the test's author reads this, whatever went wrong
                status, body = 400, {"error": f"{type(error).__name__}: {error}"}
        return Response(json.dumps(body), status, content_type="application/json")(
            environ, start_response
        )


class QuietHandler(MotoRequestHandler):
    def log_request(self, code="-", size="-"):
        pass  # errors are still logged


def end_with_parent():
    while os.getppid() == PARENT:
        time.sleep(0.5)
    os._exit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0 (the default): a free one")
    parser.add_argument("--port-file", type=Path, help="written once requests are served")
    args = parser.parse_args()

    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))
    threading.Thread(target=end_with_parent, daemon=True).start()

    server = make_server(
        "127.0.0.1", args.port, App(), threaded=True, request_handler=QuietHandler
    )
    os.environ["MOTO_PORT"] = str(server.port)  # where moto's Step Functions call their tasks
    if args.port_file:
        # Renamed into place: who waits for the file never reads half a number.
        draft = args.port_file.with_name(args.port_file.name + ".part")
        draft.write_text(f"{server.port}\n")
        draft.replace(args.port_file)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
