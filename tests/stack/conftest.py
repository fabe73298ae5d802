"""One emulator for all tests, and one deployment for each file of them, in an account of its own."""

from itertools import count

import pytest
from aws import Aws
from deployment import deploy
from worlds import World, with_mailbox

ACCOUNTS = count(100000000001)


@pytest.fixture(scope="session")
def aws():
    with Aws() as found:
        yield found


@pytest.fixture(scope="session")
def new_account(aws):
    return lambda: aws.account(str(next(ACCOUNTS)))


@pytest.fixture(scope="module")
def account(new_account):
    return new_account()


@pytest.fixture(scope="module")
def stack(account, request):
    """Deployed with the `PARAMETERS` of the test's file, or the defaults."""
    return with_mailbox(deploy(account, given(account, getattr(request.module, "PARAMETERS", {}))))


def given(account, parameters):
    """These parameters, for this account; topics that they name are there beforehand."""
    found = {name: text.format(account=account.number) for name, text in parameters.items()}
    for text in found.values():
        if text.startswith("arn:aws:sns:"):
            account.client("sns").create_topic(Name=text.rpartition(":")[2])
    return found


@pytest.fixture
def world(stack):
    return World(stack)
