"""A stand-in for AWS on a local port: moto's server, with a world of our making.

    moto_server.py --port 0 --port-file PATH

`--port 0` takes a free port. The port is printed, and written to PATH, once requests are served.
The server ends on SIGTERM, on Ctrl-C, and when the process that started it is gone.

Beside everything moto serves there are two routes of our own:

POST /seed   forgets all IAM state of all accounts, then makes exactly the world in the body, in
             account 123456789012. Only `userName`, and `accessKeyId` of a key, are required:

    {"users": [{"userName": "Bob", "path": "/", "tags": {"team": "web"}, "keys": [
        {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "status": "Active",
         "createDate": "2026-01-02T03:04:05Z", "lastUsed": "2026-02-03T04:05:06Z"}]}]}

GET /world   the world as it is now, in the same shape with every field present (`lastUsed` is
             null for a key never used), users by name and keys by ID. What `/world` returns can
             be seeded again, and `/seed` returns it too, so that tests compare whole worlds.

Where moto is not like IAM, and a test must not believe it:
- it takes any `Status` and any shape of `UserName`;
- `GetAccessKeyLastUsed` of an unknown key is `NoSuchEntity` (IAM: `AccessDenied`);
- a request signed with a seeded key's own ID counts as a use of that key, so sign with another.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

PARENT = os.getppid()  # taken before the slow imports: a parent lost meanwhile is noticed too

from moto.iam.models import AccessKeyLastUsed, iam_backends  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server  # noqa: E402
from werkzeug.wrappers import Request, Response  # noqa: E402

ACCOUNT = "123456789012"  # moto's own, where requests signed with an unknown key end up
CREATED = "2026-01-01T00:00:00Z"  # of keys seeded without a date: worlds stay comparable


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


def seed(world):
    for account in list(iam_backends.values()):
        account.reset()
    iam = iam_backends[ACCOUNT]["aws"]
    for spec in fields(world, {"users"})["users"]:
        fields(spec, {"userName", "path", "tags", "keys"})
        name = spec["userName"]
        tags = [{"Key": key, "Value": value} for key, value in spec.get("tags", {}).items()]
        user = iam.create_user("us-east-1", name, spec.get("path", "/"), tags)
        for key_spec in spec.get("keys", []):
            fields(key_spec, {"accessKeyId", "status", "createDate", "lastUsed"})
            key = user.create_access_key("AKIA", key_spec.get("status", "Active"))
            key.access_key_id = key_spec["accessKeyId"]
            key.create_date = parse_date(key_spec.get("createDate", CREATED))
            if used := key_spec.get("lastUsed"):
                key.last_used = AccessKeyLastUsed(parse_date(used), "s3", "us-east-1")
            # Calls that name a user look in the user's list; DeleteAccessKey and the account of
            # a request's signer are looked up here, so the ID must be the same in both.
            iam.access_keys[key.access_key_id] = key


def world():
    def key_fields(key):
        return {
            "accessKeyId": key.access_key_id,
            "status": key.status,
            "createDate": format_date(key.create_date),
            "lastUsed": format_date(key.last_used.timestamp) if key.last_used else None,
        }

    def user_fields(user):
        return {
            "userName": user.name,
            "path": user.path,
            "tags": {tag["Key"]: tag["Value"] for tag in user.tags or []},
            "keys": sorted(map(key_fields, user.access_keys), key=lambda key: key["accessKeyId"]),
        }

    users = iam_backends[ACCOUNT]["aws"].users
    return {"users": [user_fields(users[name]) for name in sorted(users)]}


class App:
    """moto's application with the two routes in front."""

    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.seeding = threading.Lock()

    def __call__(self, environ, start_response):
        request = Request(environ)
        route = f"{request.method} {request.path}"
        if route not in ("POST /seed", "GET /world"):
            return self.moto(environ, start_response)
        with self.seeding:
            try:
                if route == "POST /seed":
                    seed(json.loads(request.get_data()))
                status, body = 200, world()
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
