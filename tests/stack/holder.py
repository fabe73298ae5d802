"""Somebody who uses the keys of a user, and sessions of them."""

import json

from botocore.exceptions import ClientError

from worlds import World

QUEUE = "of-bob"


class Holder:
    """Somebody with both long-lived keys of a new user, who may use queues and begin sessions."""

    def __init__(self, stack, name=None):
        self.stack, self.account = stack, stack.account
        self.world = world = World(stack, name=name)
        allowed = {"Effect": "Allow", "Action": ["sqs:*", "sts:*"], "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        world.iam.put_user_policy(UserName=world.user, PolicyName="p", PolicyDocument=document)
        self.secrets = {}
        for key in list(world.keys()):
            world.iam.delete_access_key(UserName=world.user, AccessKeyId=key)
        world.key, world.sibling = self.new_key(), self.new_key()

    def new_key(self):
        key = self.world.iam.create_access_key(UserName=self.world.user)["AccessKey"]
        self.secrets[key["AccessKeyId"]] = key["SecretAccessKey"]
        return key["AccessKeyId"]

    def client(self, service, key):
        return self.account.client(service, key, self.secrets[key])

    def session(self, key):
        """The credentials of a session that this key begins."""
        found = self.client("sts", key).get_session_token()["Credentials"]
        return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]

    def works(self, *credentials, refusals=("AccessDenied",)):
        """Whether these credentials may do what the user may. If not, it must be for one of these reasons."""
        try:
            self.account.client("sqs", *credentials).list_queues(QueueNamePrefix=QUEUE)
        except ClientError as error:
            assert any(refusal in str(error) for refusal in refusals), error
            return False
        return True

    def key_works(self, key):
        # AWS does not tell an Inactive key from an unknown one.
        return self.works(key, self.secrets[key], refusals=("AccessDenied", "InvalidClientTokenId"))
