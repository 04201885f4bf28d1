"""Waiting with a deadline: the one place where tests look again until something holds."""
import os
import time

# An emulated machine (tests/vm/run) is that much slower.
PATIENCE = 6 if 'GANTRY_VM' in os.environ else 1


class Late(AssertionError):
    """A condition did not come true in time."""


def eventually(probe, what: str, seconds: float = 10.0, every: float = 0.02):
    """Calls probe until it returns something true and returns that. AssertionErrors of probe count as "not yet"."""
    end = time.monotonic() + seconds * PATIENCE
    last = None
    while True:
        try:
            last = probe()
            if last:
                return last
        except AssertionError as error:
            last = error
        if time.monotonic() > end:
            raise Late(f'after {seconds} s still not: {what} (last: {last!r})')
        time.sleep(every)
