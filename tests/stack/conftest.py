"""One emulator for all tests, and one deployment for each file of them, in an account of its own."""

from itertools import count

import pytest
from aws import Aws
from deployment import deploy
from results import Machine, Results
from worlds import Mailbox, World, with_mailbox

ACCOUNTS = count(100000000001)


RUNNING = pytest.StashKey()


@pytest.fixture(scope="session")
def aws(request):
    with Aws() as found:
        request.config.stash[RUNNING] = found
        yield found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Prints the end of the emulator's log with a failed test: refused calls, and the function's errors."""
    report = yield
    running = item.config.stash.get(RUNNING, None)
    if report.failed and running:
        report.sections.append(("the emulator's log", running.end_of_log()))
    return report


@pytest.fixture(scope="session")
def new_account(aws):
    return lambda **region: aws.account(str(next(ACCOUNTS)), **region)


@pytest.fixture(scope="module")
def account(new_account):
    return new_account()


@pytest.fixture(scope="module")
def stack(account, request):
    """Deployed with the `PARAMETERS` of the test's file, or the defaults."""
    return with_mailbox(deploy(account, given(account, getattr(request.module, "PARAMETERS", {}))))


def given(account, parameters):
    """These parameters for this account. Creates the topics that they name."""
    found = {name: text.format(account=account.number) for name, text in parameters.items()}
    for text in found.values():
        if text.startswith("arn:aws:sns:"):
            account.client("sns").create_topic(Name=text.rpartition(":")[2])
    return found


@pytest.fixture
def world(stack):
    return World(stack)


@pytest.fixture(scope="module")
def results(stack):
    return Results(stack)


@pytest.fixture(scope="module")
def machine(stack):
    """The state machine that sends notifications."""
    return Machine(stack, "NotifyStateMachine")


@pytest.fixture(scope="module")
def chat(stack):
    return Mailbox(stack.account, stack.outputs["ChatTopicArn"])
