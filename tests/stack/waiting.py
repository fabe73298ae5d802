"""Waits for asynchronous results."""

import time

LIMIT = 120  # seconds: a machine may be busy; nothing that works takes so long


def wait_until(look, what):
    """The result of `look`, when it becomes true."""
    end = time.monotonic() + LIMIT
    while not (found := look()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {LIMIT} s for {what}; it is {found!r}")
        time.sleep(0.02)
    return found
