"""What a supervisor may use, and has used."""
import itertools
import os
import resource


def cpu_seconds(pid) -> float:
    with open(f'/proc/{pid}/schedstat') as file:
        return int(file.read().split()[0]) / 1e9


def limit_descriptors(supervisor, more: int):
    """From now on it can open that many more, or one that it is about to close; with 0 none at all."""
    used = {int(fd) for fd in os.listdir(f'/proc/{supervisor.pid}/fd')}
    free = (number for number in itertools.count() if number not in used)
    limit = next(itertools.islice(free, more, None)) if more else 0
    resource.prlimit(supervisor.pid, resource.RLIMIT_NOFILE, (limit, resource.prlimit(supervisor.pid, resource.RLIMIT_NOFILE)[1]))


def leave_no_descriptor(supervisor):
    """All numbers below its limit are taken: it can open what it closes."""
    used = {int(fd) for fd in os.listdir(f'/proc/{supervisor.pid}/fd')}
    limit = next(number for number in itertools.count() if number not in used)
    resource.prlimit(supervisor.pid, resource.RLIMIT_NOFILE, (limit, resource.prlimit(supervisor.pid, resource.RLIMIT_NOFILE)[1]))
