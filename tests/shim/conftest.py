"""Supervisors that a test makes are ended after it, and must leave nothing."""
import contextlib
import os
import socket
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from supervisor.bundle import RUNTIME, busybox  # noqa: E402
from supervisor.shim import Supervisor, binary_path, sleeping  # noqa: E402


@pytest.fixture(scope='session')
def cgroup_parent():
    """The directories above the containers' own, which the OCI runtime makes and nobody removes."""
    yield
    for hierarchy in Path('/sys/fs/cgroup').iterdir():
        with contextlib.suppress(OSError):
            (hierarchy / 'gantry-shim-test').rmdir()


@pytest.fixture
def shim(cgroup_parent):
    """shim(args, …): a supervisor in state created."""
    if os.geteuid() != 0:
        pytest.skip('needs root')
    if not RUNTIME or not busybox():
        pytest.skip('needs runc and busybox')
    if not binary_path().exists():
        pytest.skip(f'{binary_path()} is not built')
    made = []

    def make(*args, created=True, **options):
        supervisor = Supervisor(*args, **options)
        made.append(supervisor)
        return supervisor.create() if created else supervisor

    yield make
    left = [line for supervisor in made for line in supervisor.close()]
    assert not left, 'left behind:\n  ' + '\n  '.join(left)


@pytest.fixture
def running(shim):
    """A supervisor whose container sleeps."""
    return sleeping(shim)


@pytest.fixture
def echo_server():
    """Answers what it got, in upper case, when the peer has ended its input."""
    listener = socket.create_server(('127.0.0.1', 0))

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection):
        data = b''
        while part := connection.recv(65536):
            data += part
        connection.sendall(data.upper())
        connection.close()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
