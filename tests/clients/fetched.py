"""The clients that get-node and get-python fetch."""
import functools
import shutil
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


def fetched(script: str) -> str:
    """What the script prints; the test is skipped where it has nothing."""
    place, said = _asked(script)
    if not place:
        pytest.skip(f'{script}: {said}')
    return place
