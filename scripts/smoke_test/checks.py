"""What `make smoke` asks of AWS: one check for each fact.

A check gets the place and its time limit. It returns whether the fact holds, and what was seen; or it
raises NotAsked. What was seen is made anonymous before anybody reads it.
"""

import re
from typing import Callable, NamedTuple

from . import failures, hub, keys, lists, sessions


class Check(NamedTuple):
    name: str
    proves: str
    run: Callable
    limit: int  # seconds for each thing that the check waits for


CHECKS = [
    Check("mail", "A result reaches the notification topic, by a results bus that denies others", keys.mails_arrive, 180),
    Check("finding-invoked", "A finding deactivates its key, and only this key", keys.finding_invoked, 120),
    Check("finding-published", "A finding on the trigger topic deactivates its key", keys.finding_published, 120),
    Check("new-key", "A key is deactivated right after its creation", keys.new_key, 120),
    Check("key-stops", "A key that is Inactive stops working", keys.key_stops, 180),
    Check("sessions-end", "DenySessions ends the sessions of a deactivated key, and the user's other key works",
          sessions.sessions_end, 180),
    Check("services-act", "Under that policy, S3 encrypts with KMS for the user's other key", sessions.services_act, 180),
    Check("deleted-named", "A deleted key is NotFound; the event names its user",
          keys.deleted("deleted-named", named=True, user_too=False), 60),
    Check("deleted-unnamed", "A deleted key is NotFound; the event names no user",
          keys.deleted("deleted-unnamed", named=False, user_too=False), 60),
    Check("deleted-user-named", "A key of a deleted user is NotFound; the event names the user",
          keys.deleted("deleted-user-named", named=True, user_too=True), 60),
    Check("deleted-user-unnamed", "A key of a deleted user is NotFound; the event names no user",
          keys.deleted("deleted-user-unnamed", named=False, user_too=True), 60),
    Check("denial-text", "IAM denies a look-up of a deleted key, and its text ends with the key's ID", keys.denial_text, 60),
    Check("denial-name", "Step Functions names this denial as the state machine expects", keys.denial_name, 120),
    Check("write-back-asff", "Security Hub takes the write-back of an ASFF finding", hub.write_back_asff, 120),
    Check("write-back-ocsf", "The new Security Hub takes the write-back of an OCSF finding", hub.write_back_ocsf, 120),
    Check("alarm", "An alarm reaches the alarm topic", failures.alarm_arrives, 120),
    Check("failure-queue", "An event that the function does not understand waits in the failure queue",
          failures.failure_kept, 600),
    Check("replay", "`make replay` sends an event from the failure queue again", failures.replayed, 600),
    Check("is-truncated", "IAM's lists always say IsTruncated", lists.is_truncated, 60),
    Check("last-rotated", "last_rotated in the credential report changes with a deactivation", lists.last_rotated, 120),
]


# Names, before the numbers in them.
SECRETS = [
    (r"\b(AKIA|ASIA|AIDA|AROA)[A-Z0-9]{12,}\b", "KEY"),
    (r"\barn:[^\s\"')]+", "ARN"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
    (r"\b\d{12}\b", "ACCOUNT"),
    (r"[^\x20-\x7e]+", " "),
]


def anonymous(text):
    for pattern, instead in SECRETS:
        text = re.sub(pattern, instead, text)
    return text[:400]
