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
    """Deployed with the `parameters(account)` of the test's file, or the defaults."""
    parameters = getattr(request.module, "parameters", lambda account: {})
    return with_mailbox(deploy(account, parameters(account)))


@pytest.fixture
def world(stack):
    return World(stack)
