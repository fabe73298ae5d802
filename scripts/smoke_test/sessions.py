"""The checks on sessions that `DenySessions` ends. The secrets stay in these functions."""

import json

import boto3

from .keys import call, statuses
from .place import CONFIG, ERRORS, NotAsked, code_of

REFUSED = "AccessDenied"


class Holder:
    """Somebody who uses two keys of a throw-away user. The first key is to be deactivated."""

    def __init__(self, place, check, limit):
        place.must_act()
        if place.settings.get("DenySessions") != "ENABLED":
            raise NotAsked("DenySessions is not ENABLED: set it")
        self.place, self.limit, self.user = place, limit, place.user(check)
        self.keys = [place.key(self.user), place.key(self.user)]
        self.allow("sqs:ListQueues", "*")
        self.allow("sts:GetFederationToken", "*")
        if not place.wait(lambda: all(self.seen(key) == "works" for key in self.keys), limit):
            raise NotAsked("new keys did not begin to work in time: try again")

    def allow(self, action, resource):
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        name = action.replace(":", "-")
        self.place.iam.put_user_policy(UserName=self.user, PolicyName=name, PolicyDocument=document)

    def client(self, service, credentials):
        return boto3.client(
            service,
            config=CONFIG,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials.get("SessionToken"),
        )

    def seen(self, credentials):
        """What becomes of a call that the user may make."""
        try:
            self.client("sqs", credentials).list_queues(QueueNamePrefix=self.place.name)
        except ERRORS as error:
            return code_of(error)
        return "works"

    def sessions(self):
        """One as MFA uses it, and one as a link to the console uses it."""
        sts = self.client("sts", self.keys[0])
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        yield sts.get_session_token()["Credentials"]
        yield sts.get_federation_token(Name="smoke", Policy=json.dumps(everything))["Credentials"]

    def denied(self):
        """Whether a session that begins now is refused."""
        return REFUSED in self.seen(self.client("sts", self.keys[1]).get_session_token()["Credentials"])

    def contain(self):
        report = self.place.ask(call(self.keys[0]["AccessKeyId"], self.user))
        return statuses(report) == "Deactivated", statuses(report)


def sessions_end(place, limit):
    """Sessions that worked before are refused; the user's other key works on."""
    holder = Holder(place, "sessions", limit)
    sessions = list(holder.sessions())
    if not place.wait(lambda: all(holder.seen(session) == "works" for session in sessions), limit):
        return False, "the sessions never work"
    done, seen = holder.contain()
    refused = done and place.wait(lambda: all(REFUSED in holder.seen(session) for session in sessions), limit)
    other = holder.seen(holder.keys[1])
    now = ", ".join(holder.seen(session) for session in sessions)
    return bool(refused) and other == "works", f"{seen}; sessions: {now}; other key: {other}"


def services_act(place, limit):
    """S3 calls KMS on behalf of the user's other key, with AWS's own key: it costs nothing."""
    holder, bucket = Holder(place, "services", limit), place.bucket("services")
    holder.allow("s3:PutObject", f"arn:{place.partition}:s3:::{bucket}/*")
    s3 = holder.client("s3", holder.keys[1])

    def written():
        try:
            s3.put_object(Bucket=bucket, Key="object", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/aws/s3")
        except ERRORS as error:
            return code_of(error)
        return "written"

    if not place.wait(lambda: written() == "written", limit):
        return False, f"before the containment: {written()}"
    done, seen = holder.contain()
    # The policy must have arrived, or the check proves nothing.
    denied = done and place.wait(holder.denied, limit)
    after = written()
    return bool(denied) and after == "written", f"{seen}; after the containment: {after}"
