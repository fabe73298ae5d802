"""IAM's facts about managed policies of users that ministack lacks."""

from ministack.core import iam_actions
from ministack.services import iam

from .keys import replaces_call
from .patch import replaces

# "IAM and AWS STS quotas": managed policies attached to a user.
QUOTA = 10


# "Actions, resources, and condition keys for AWS Identity and Access Management": iam:PolicyARN is in
# requests that attach or detach a managed policy.
@replaces(iam_actions, "request_tag_context")
def _context(original, service, action, body, params):
    found = original(service, action, body, params)
    arn = service == "iam" and iam_actions._query_param(params, "PolicyArn")
    attaches = action.split(":")[-1].startswith(("Attach", "Detach"))
    return found | ({"iam:PolicyARN": arn} if arn and attaches else {})


# "AttachUserPolicy": LimitExceeded, and NoSuchEntity for a policy that does not exist.
@replaces_call("AttachUserPolicy")
def _attach(original, params):
    user, arn = iam._users.get(iam._p(params, "UserName")), iam._p(params, "PolicyArn")
    attached = user["AttachedPolicies"] if user else []
    if arn not in iam._policies and ":aws:policy/" not in arn:
        text = f"Policy {arn} does not exist or is not attachable."
        return iam._error(404, "NoSuchEntity", text)
    if arn not in attached and len(attached) >= QUOTA:
        text = f"Cannot exceed quota for PoliciesPerUser: {QUOTA}"
        return iam._error(409, "LimitExceeded", text)
    return original(params)
