"""Waiting until something holds, and where the shim's own limit of 2 s is what a test looks at."""
import functools
import time

import pytest


def wait_until(probe):
    end = time.monotonic() + 15
    while not probe():
        assert time.monotonic() < end
        time.sleep(0.01)


def up_to_three_times(test):
    """Repeats a test that failed when so long had passed that the machine may be at fault. What it uses, it makes itself."""
    @functools.wraps(test)
    def tried(*args, **named):
        for left in (2, 1, 0):
            begin = time.monotonic()
            try:
                return test(*args, **named)
            except (AssertionError, pytest.fail.Exception):
                if not left or time.monotonic() - begin < 1.5:
                    raise
    return tried
