"""Sockets that the service manager made and gives to the daemon (sd_listen_fds(3); dockerd's fd://)."""
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from harness import paths
from harness.engine import BOX
from harness.wait import PATIENCE

GIVE = ('import os, sys; fds = sys.argv[2].split(",")\n'
        'for place, fd in enumerate(fds, 3): os.dup2(int(fd), place)\n'
        'os.environ.update(LISTEN_PID=sys.argv[1] or str(os.getpid()), LISTEN_FDS=str(len(fds)), LISTEN_FDNAMES="gantry.socket")\n'
        'os.execv(sys.argv[3], sys.argv[3:])')
PING = b'GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n'


def give(engine, *sockets: socket.socket, pid: str = ''):
    """`engine` is started as a service manager does it; `pid`: whom it says the sockets are for, the daemon if empty."""
    argv = engine.argv()
    # Out of the way of the places they are given at.
    copies = [socket.socket(fileno=os.dup(s.fileno())) for s in sockets]
    engine.given = tuple(s.fileno() for s in copies)
    assert min(engine.given) >= 3 + len(engine.given)
    engine.argv = lambda: [sys.executable, '-c', GIVE, pid, ','.join(map(str, engine.given)), *argv]
    return copies                                        # closed when they are dropped


def listener(path: str) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.bind(path)
    made.listen(16)
    return made


def asking(path: str) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20 * PATIENCE)
    client.connect(path)
    client.sendall(PING)
    return client


def ask(path: str) -> bytes:
    with asking(path) as client:
        return client.recv(15)


def test_a_given_socket_takes_the_place_of_the_configured_one(daemon):
    engine = daemon(start=False)
    with listener(engine.socket) as ours:
        before = os.lstat(engine.socket)
        copies = give(engine, ours)
        engine.start()
        engine.prepare()
        engine.docker('run', '-d', '--name', 'held', BOX, 'sleep', '1000')
        shim = int(Path(f'/proc/{engine.inspect("held")["State"]["Pid"]}/status').read_text().split('PPid:')[1].split()[0])
        assert b'LISTEN_' not in Path(f'/proc/{shim}/environ').read_bytes(), 'no child takes them for its own'

        # Who comes while the daemon is away waits for the next one.
        engine.kill9()
        with asking(engine.socket) as early:
            engine.start()
            assert early.recv(15) == b'HTTP/1.1 200 OK' and engine.inspect('held')['State']['Running']
        engine.stop()
        after = os.lstat(engine.socket)
        assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode), 'the path is the manager\'s'
        engine.start()
        del copies


def test_a_given_socket_is_served_beside_the_configured_ones(daemon, tmp_path):
    engine = daemon(start=False)
    path = str(tmp_path / 's')
    with listener(path) as ours:
        copies = give(engine, ours)
        engine.start()
        assert ask(path) == ask(engine.socket) == b'HTTP/1.1 200 OK'
        assert f'listening on {path}' in engine.log.read_text()
        del copies


def test_sockets_for_another_process_are_left_alone(daemon, tmp_path):
    engine = daemon(start=False)
    path = str(tmp_path / 's')
    with listener(path) as ours:
        copies = give(engine, ours, pid='1')
        engine.start()
        assert f'listening on {path}' not in engine.log.read_text()
        del copies


@pytest.mark.parametrize('kind', ['tcp', 'connected', 'datagram'])
def test_what_cannot_be_served_is_refused(daemon, tmp_path, kind):
    engine = daemon(start=False)
    made = {'tcp': lambda: socket.create_server(('127.0.0.1', 0)), 'connected': lambda: socket.socketpair()[0],
            'datagram': lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)}[kind]()
    with made:
        if kind == 'datagram':
            made.bind(str(tmp_path / 's'))
        copies = give(engine, made)
        with pytest.raises(RuntimeError, match='is not a listening unix socket'):
            engine.start()
        assert not Path(engine.socket).exists()
        del copies


def test_a_wrong_number_of_sockets_is_said(daemon):
    engine = daemon(start=False)
    for number in ('x', '-1', '1000', '50'):
        program = 'import os, sys; os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=sys.argv[1]); os.execv(sys.argv[2], sys.argv[2:])'
        done = subprocess.run([sys.executable, '-c', program, number, *engine.argv()], capture_output=True, text=True,
                              env=engine.environment(), timeout=20)
        assert done.returncode == 1 and 'LISTEN_FDS' in done.stderr, (number, done.stderr)


def test_fd_addresses_are_explained(daemon):
    done = subprocess.run([paths.gantryd(), '--check-config', '-H', 'fd://'], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and 'sockets that the service manager gives are always served' in done.stderr
