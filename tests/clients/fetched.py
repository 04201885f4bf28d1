"""The clients that get-node and get-python fetch."""
import functools
import os
import shutil
import signal
import subprocess

import pytest
from harness import paths

HERE = paths.REPO / 'tests/clients'


@functools.cache
def _asked(script: str) -> tuple[str, str]:
    done = subprocess.run([str(HERE / script)], capture_output=True, text=True)
    return done.stdout.strip(), ' '.join(done.stderr.split())


def node() -> str:
    """By its path: engines' environments have another PATH."""
    return shutil.which('node') or 'node'


def run(argv: list[str], seconds: float, **options) -> subprocess.CompletedProcess:
    """Ended with everything it has started when it takes longer, since that would hold its output open."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **options) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            err += f'\nnot over after {seconds} s'
    return subprocess.CompletedProcess(argv, process.returncode, out, err)


def fetched(script: str) -> str:
    """What the script prints; the test is skipped where it has nothing."""
    place, said = _asked(script)
    if not place:
        pytest.skip(f'{script}: {said}')
    return place
