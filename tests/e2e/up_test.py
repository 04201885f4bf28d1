"""scripts/up and scripts/down: a page is fetched, a second run is quick and harmless, down leaves nothing running."""
import os
import subprocess
import time

import pytest
from harness import leaks, paths
from harness.gantryd import Gantryd

SCRIPTS = paths.REPO / 'scripts'


@pytest.fixture(scope='module')
def place():
    """A namespace and directories of its own, so that a gantryd in daily use is not touched."""
    if reason := Gantryd.missing():
        pytest.skip(reason)
    if paths.build_dir().resolve() != (paths.REPO / 'build/release').resolve():
        pytest.skip('scripts/up runs what is in build/release')
    frame = Gantryd()                                     # only its directories and namespace are used
    yield frame
    left = frame.close()
    assert not left, left


def run(place, script: str, *options: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, 'GANTRY_RUN_DIR': str(place.run), 'GANTRY_STATE_DIR': str(place.root)}
    return subprocess.run([*place.ns.enter(), 'bash', str(SCRIPTS / script), *options], env=environment, capture_output=True, text=True,
                          timeout=600, stdin=subprocess.DEVNULL)


def test_up_twice_then_down(place):
    first = run(place, 'up')
    assert first.returncode == 0, first.stdout + first.stderr
    assert 'Hello from a container run by Gantry' in first.stdout and 'docker' in first.stdout
    begun = time.monotonic()
    second = run(place, 'up')
    assert second.returncode == 0 and 'already up' in second.stdout and 'Hello from' in second.stdout
    assert time.monotonic() - begun < 15
    with place.ns.listen(8081, '0.0.0.0'):
        assert b'Hello' in place.fetch(8080)
    down = run(place, 'down', '--purge')
    assert down.returncode == 0, down.stdout + down.stderr
    assert not leaks.processes(place.dir, place.ns.inode()) and not leaks.mounts_under(place.dir)
    again = run(place, 'down')
    assert again.returncode == 0, 'down is harmless when nothing is up'


def test_up_takes_another_port_when_8080_is_taken(place):
    with place.ns.listen(8080, '0.0.0.0'):
        done = run(place, 'up')
        assert done.returncode == 0, done.stdout + done.stderr
        assert 'http://127.0.0.1:8081/ says' in done.stdout
    assert run(place, 'down', '--purge').returncode == 0
