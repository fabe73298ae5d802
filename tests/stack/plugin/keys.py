"""IAM's facts about access keys and users that ministack lacks."""

import base64
import random

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

from .patch import replaces

# When keys were last used, set by the tests (control.py). A key that is not here was never used.
LAST_USED = {}
# When keys were last made Active or Inactive.
CHANGED = {}


# "GetAccessKeyInfo" (STS): a key ID says which account it belongs to.
@replaces(iam, "_gen_access_key_id")
def _key_id(original):
    account = (int(get_account_id()) << 7) | (1 << 47)
    return "AKIA" + base64.b32encode(account.to_bytes(6, "big") + random.randbytes(4)).decode()


# "IAM identifiers": a user's ARN has the user's path. "Actions, resources, and condition keys for AWS
# Identity and Access Management": GetAccessKeyLastUsed is about the user whose key it is. Whoever may ask
# for any user's is answered by the call itself if nobody has the key.
@replaces(iam_actions, "extract_resource_arn")
def _resource(original, service, method, path, headers, body, params, *where):
    key = iam_actions._query_param(params, "AccessKeyId")
    owner = iam._access_keys.get(key, {}).get("UserName", "")
    user = iam_actions._query_param(params, "UserName") or (key and owner)
    if service == "iam" and user in iam._users:
        return iam._users[user]["Arn"]
    if service == "iam" and key and not user:
        return f"arn:aws:iam::{get_account_id()}:user/"
    return original(service, method, path, headers, body, params, *where)


def replaces_call(name):
    """Like `replaces`, for a call of IAM's API: the handler is looked up in a table."""

    def put(function):
        original = iam._IAM_HANDLERS[name]
        iam._IAM_HANDLERS[name] = lambda params: function(original, params)
        return function

    return put


# "ListAccessKeys": NoSuchEntity for a user who does not exist.
@replaces_call("ListAccessKeys")
def _list_access_keys(original, params):
    user = iam._p(params, "UserName")
    if user and user not in iam._users:
        return iam._error(404, "NoSuchEntity", f"The user with name {user} cannot be found.")
    return original(params)


# "GetAccessKeyLastUsed". A key that the account does not have is no NoSuchEntity there: seen on AWS,
# and what src/iam/mod.rs reads.
@replaces_call("GetAccessKeyLastUsed")
def _last_used(original, params):
    key = iam._p(params, "AccessKeyId")
    if key not in iam._access_keys:
        text = (
            f"is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {key}"
        )
        return iam._error(403, "AccessDenied", f"User: {iam_evaluator.caller_arn()} {text}")
    status, headers, body = original(params)
    if used := LAST_USED.get(key):
        body = body.replace(
            b"<AccessKeyLastUsed>",
            b"<AccessKeyLastUsed><LastUsedDate>%s</LastUsedDate>" % used.encode(),
        )
    return status, headers, body


@replaces_call("UpdateAccessKey")
def _update_access_key(original, params):
    answer = original(params)
    if answer[0] == 200:
        CHANGED[iam._p(params, "AccessKeyId")] = iam._now()
    return answer


# "Getting credential reports for your AWS account": access_key_N_last_rotated is when the key was created or
# last changed. access_key_N_last_used_date comes after it; ministack writes N/A there.
@replaces(iam, "_build_credential_report")
def _report(original):
    lines = original().split("\n")
    at = [lines[0].split(",").index(f"access_key_{n}_last_rotated") for n in (1, 2)]
    return "\n".join([lines[0], lines[1], *(_with_dates(line.split(","), at) for line in lines[2:])])


def _with_dates(row, at):
    keys = [key for key in iam._access_keys.values() if key["UserName"] == row[0]]
    for column, key in zip(at, sorted(keys, key=lambda key: key["CreateDate"])):
        row[column] = CHANGED.get(key["AccessKeyId"], row[column])
        row[column + 1] = LAST_USED.get(key["AccessKeyId"], "N/A")
    return ",".join(row)
