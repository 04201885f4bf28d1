"""Attaching by WebSocket where dockerd does worse: handshakes, selection, clients that are slow or gone, the engine's end."""
import contextlib
import os
import socket
from pathlib import Path

import pytest
from harness.engine import BOX
from harness.wait import eventually
from harness.websocket import BINARY, HANDSHAKE, PING, PONG, WebSocket

ENGINES = ('gantryd',)
ALL = {'stream': 1, 'stdin': 1, 'stdout': 1, 'stderr': 1}
PATH = '/containers/ws/attach/ws'


def run(engine, *command: str):
    engine.docker('run', '-di', '--name', 'ws', BOX, *command)


@pytest.mark.parametrize('wrong', [{'Upgrade': 'tcp'}, {'Connection': 'close'}, {'Sec-WebSocket-Key': 'short'}, {'Sec-WebSocket-Version': '12'}])
def test_a_wrong_handshake_is_refused(tidy, wrong):
    run(tidy, 'cat')
    answer = tidy.api.get(PATH, query=ALL, headers={**HANDSHAKE, **wrong})
    assert answer.status == 400 and answer.message.startswith('bad WebSocket handshake: ')
    assert answer.headers.get('sec-websocket-version') == ('13' if 'Sec-WebSocket-Version' in wrong else None)
    assert tidy.api.get(PATH, query=ALL).status == 400
    assert tidy.api.get(PATH, query={**ALL, 'detachKeys': 'ctrl-nothing'}, headers=HANDSHAKE).message == 'Invalid detach keys (ctrl-nothing) provided'


def test_the_query_selects_the_streams_since_version_142(tidy):
    run(tidy, 'sh', '-c', 'while read a; do echo out-$a; echo err-$a >&2; done')
    with WebSocket(tidy.api, PATH, {'stream': 1, 'stdin': 1, 'stderr': 1}) as client, \
            WebSocket(tidy.api.at('1.41'), PATH, {'stream': 1}) as old:
        client.send(b'1\n')
        assert client.read_until(b'err-1\n') == b'err-1\n'
        old.read_until(b'err-1\n')
        old.send(b'2\n')
        assert b'out-2\n' in old.read_until(b'err-2\n')


def test_input_of_a_container_without_is_dropped(tidy):
    tidy.docker('run', '-d', '--name', 'ws', BOX, 'sleep', '100')
    with WebSocket(tidy.api, PATH, ALL) as client:
        for _ in range(20):
            client.send(b'x' * 100000)
        client.frame(PING, b'still there')
        assert (answer := client.next()).kind == PONG and answer.payload == b'still there'
        client.close_with(1000)
        assert client.next().code == 1000 and client.ended()


def test_a_client_that_does_not_read_keeps_nobody_from_the_engine(tidy):
    run(tidy, 'sh', '-c', 'read a; yes')
    slow = WebSocket(tidy.api, PATH, ALL)
    slow.send(b'go\n')
    slow.read_until(b'y\n')
    assert tidy.docker('exec', 'ws', 'echo', 'works').out == 'works\n'
    slow.close()
    with WebSocket(tidy.api, PATH, {'stream': 1, 'stdout': 1}) as other:      # the output goes on without it
        other.read_until(b'y\n' * 100)
    tidy.docker('kill', 'ws')


def daemon_sockets(engine) -> int:
    count = 0
    for descriptor in Path(f'/proc/{engine.process.pid}/fd').iterdir():
        with contextlib.suppress(OSError):              # closed meanwhile
            count += os.readlink(descriptor).startswith('socket:')
    return count


def test_nothing_stays_of_clients_that_leave(tidy):
    run(tidy, 'cat')
    before = daemon_sockets(tidy)
    sockets = [WebSocket(tidy.api, PATH, ALL) for _ in range(8)]
    for one in sockets:
        one.send(b'x\n')
        one.read_until(b'x\n')
    assert daemon_sockets(tidy) >= 16                   # of each its own, and one end of a pair
    sockets[0].sock.shutdown(socket.SHUT_WR)
    sockets[0].read_all()
    assert sockets[0].closed.code == 1001
    for one in sockets:
        one.close()
    eventually(lambda: daemon_sockets(tidy) <= before, 'their connections are closed')


def test_the_end_of_the_engine_is_said_and_the_container_goes_on(daemon):
    engine = daemon()
    run(engine, 'cat')
    with WebSocket(engine.api, PATH, ALL) as client:
        client.send(b'x\n')
        client.read_until(b'x\n')
        engine.stop(4)
        assert client.next().code == 1001
    engine.start()
    with WebSocket(engine.api, PATH, ALL) as client:
        client.send(b'again\n', BINARY)
        assert client.read_until(b'again\n') == b'again\n'
