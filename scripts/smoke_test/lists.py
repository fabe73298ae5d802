"""The checks on what IAM's lists and reports say."""

import csv
from datetime import datetime, timezone

from .place import NotAsked


def is_truncated(place, limit):
    user = place.user("lists")
    place.known_key(user)
    answers = {
        "ListAccessKeys": place.iam.list_access_keys(UserName=user),
        "ListUserTags": place.iam.list_user_tags(UserName=user),
        "ListGroupsForUser": place.iam.list_groups_for_user(UserName=user),
        "ListUsers": place.iam.list_users(MaxItems=1),
    }
    missing = [name for name, answer in answers.items() if "IsTruncated" not in answer]
    return not missing, "not sent by " + ", ".join(missing) if missing else ""


def last_rotated(place, limit):
    user = place.user("rotated")
    key = place.known_key(user)
    created = place.iam.list_access_keys(UserName=user)["AccessKeyMetadata"][0]["CreateDate"]
    # The report counts whole seconds.
    place.wait(lambda: datetime.now(timezone.utc).timestamp() > created.timestamp() + 2, limit)
    place.iam.update_access_key(UserName=user, AccessKeyId=key, Status="Inactive")
    changed = datetime.now(timezone.utc).replace(microsecond=0)
    place.wait(lambda: place.iam.generate_credential_report()["State"] == "COMPLETE", limit)
    report = place.iam.get_credential_report()
    rows = csv.DictReader(report["Content"].decode().splitlines())
    row = next((row for row in rows if row["user"] == user), None)
    if report["GeneratedTime"] < changed or row is None or row["access_key_1_active"] == "true":
        raise NotAsked("IAM makes a report every four hours, and the last one is older: run again later")
    rotated = datetime.fromisoformat(row["access_key_1_last_rotated"].replace("Z", "+00:00"))
    return rotated > created, f"{(rotated - created).total_seconds():.0f} s after its creation"
