"""What was written is with the clients before anybody hears of the end, and that is with the record before their connections end."""
import contextlib
import os
import select
import signal
from pathlib import Path

import pytest
from harness.api import output
from harness.engine import BOX
from harness.wait import eventually
from harness.websocket import WebSocket

ALL = {'stream': 1, 'stdout': 1, 'stderr': 1}


@pytest.fixture
def attached(tidy):
    """Makes a container with this command, attaches, and starts it when the events are listened to."""
    opened = []

    def begin(name: str, *command: str):
        tidy.docker('create', '--name', name, BOX, *command)
        events = tidy.api.stream('GET', '/events', query={'filters': {'event': ['die'], 'container': [name]}})
        opened.append(events)
        stream = tidy.api.hijack(f'/containers/{name}/attach', query=ALL)
        opened.append(stream)
        assert tidy.api.post(f'/containers/{name}/start').status == 204
        return stream, events
    yield begin
    for one in opened:
        one.close()


def test_who_hears_of_the_end_has_the_output_of_it(tidy, attached):
    for number in range(25):
        stream, events = attached(f'short{number}', 'sh', '-c', 'echo line; printf last')
        assert events.json_line()['Action'] == 'die'
        stream.sock.setblocking(False)
        while part := stream.sock.recv(65536):            # all is there, and the end
            stream.buffer += part
        assert stream.buffer.endswith(b'last'), stream.buffer


def test_who_hears_of_the_end_has_the_output_by_websocket_as_well(tidy):
    for number in range(25):
        name = f'short{number}'
        tidy.docker('create', '--name', name, BOX, 'sh', '-c', 'head -c 100000 /dev/zero; printf last')
        with tidy.api.stream('GET', '/events', query={'filters': {'event': ['die'], 'container': [name]}}) as events, \
                WebSocket(tidy.api, f'/containers/{name}/attach/ws', ALL) as socket:
            assert tidy.api.post(f'/containers/{name}/start').status == 204
            assert events.json_line()['Action'] == 'die'
            socket.sock.setblocking(False)                # all is there, and the end
            assert socket.read_all().endswith(b'last') and socket.closed.code == 1000


def test_the_news_wait_for_a_websocket_that_is_slow(tidy):
    if tidy.name == 'dockerd':
        pytest.skip('it tells of the end at once')
    tidy.docker('create', '--name', 'slow', BOX, 'head', '-c', '300000', '/dev/zero')
    with tidy.api.stream('GET', '/events', query={'filters': {'event': ['die'], 'container': ['slow']}}) as events, \
            WebSocket(tidy.api, '/containers/slow/attach/ws', ALL) as socket:
        assert tidy.api.post('/containers/slow/start').status == 204
        assert not select.select([events.connection.sock], [], [], 0.5)[0]
        assert len(socket.read_all()) == 300000
        assert events.json_line()['Action'] == 'die'


def test_a_websocket_that_is_not_read_delays_the_news_only_a_little(tidy):
    tidy.docker('create', '--name', 'slow', BOX, 'head', '-c', '300000', '/dev/zero')
    with tidy.api.stream('GET', '/events', query={'filters': {'event': ['die'], 'container': ['slow']}}) as events, \
            WebSocket(tidy.api, '/containers/slow/attach/ws', ALL) as socket:
        assert tidy.api.post('/containers/slow/start').status == 204
        assert events.json_line(seconds=8)['Action'] == 'die'
        assert tidy.inspect('slow')['State']['Status'] == 'exited'
        assert len(socket.read_all()) == 300000


def test_whose_stream_has_ended_sees_the_exit_code(tidy, attached):
    for number in range(25):
        stream, _ = attached(f'short{number}', 'sh', '-c', 'printf last; exit 3')
        assert stream.read_all().endswith(b'last')
        state = tidy.inspect(f'short{number}')['State']
        assert (state['Status'], state['ExitCode']) == ('exited', 3)


def test_a_client_that_does_not_read_delays_the_news_only_a_little(tidy, attached):
    stream, events = attached('slow', 'head', '-c', '700000', '/dev/zero')
    assert events.json_line(seconds=8)['Action'] == 'die'
    assert tidy.inspect('slow')['State']['Status'] == 'exited'
    assert stream.read_all().count(b'\0') >= 700000


def test_many_clients_that_do_not_read_delay_no_other_containers_news(tidy, attached):
    many = 66 if tidy.name == 'gantryd' else 3        # more than the engine has workers
    for number in range(many):
        attached(f'stalled{number}', 'sh', '-c', 'head -c 700000 /dev/zero; exec sleep 1000')
    tidy.docker('run', '-d', '--name', 'other', BOX, 'sleep', '1000')
    first = {name: tidy.inspect(name)['State']['Pid'] for name in [*(f'stalled{n}' for n in range(many)), 'other']}
    eventually(lambda: all(Path(f'/proc/{pid}/cmdline').read_bytes().startswith(b'sleep\0') for pid in first.values()), 'all is written', 20)
    with tidy.api.stream('GET', '/events', query={'filters': {'event': ['die']}}) as events:
        for pid in first.values():
            os.kill(pid, signal.SIGKILL)
        died = [events.json_line(seconds=20)['Actor']['Attributes']['name'] for _ in first]
        assert sorted(died) == sorted(first)
        assert died.index('other') < max(1, many // 2)       # before it those only for whom the engine has waited long enough meanwhile


@pytest.fixture
def execute(tidy):
    """Runs this command in a container, attached, when the events of that are listened to: (id, stream, events)."""
    opened = []
    tidy.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')

    def begin(*command: str):
        events = tidy.api.stream('GET', '/events', query={'filters': {'event': ['exec_die'], 'container': ['box']}})
        opened.append(events)
        made = tidy.api.post('/containers/box/exec', {'Cmd': command, 'AttachStdout': True, 'AttachStderr': True}).json()['Id']
        stream = tidy.api.hijack(f'/exec/{made}/start', body={})
        opened.append(stream)
        return made, stream, events
    yield begin
    for one in opened:
        one.close()


def test_who_hears_of_the_end_of_an_exec_has_the_output_of_it(execute):
    for _ in range(25):
        _, stream, events = execute('sh', '-c', 'echo line; head -c 100000 /dev/zero; printf last')
        assert events.json_line()['Action'] == 'exec_die'
        stream.sock.setblocking(False)
        try:
            while part := stream.sock.recv(65536):
                stream.buffer += part
        except BlockingIOError:                           # its end comes when the engine has heard of that of the process
            pass
        assert output(stream.buffer).endswith(b'last')


def test_whose_exec_stream_has_ended_sees_the_exit_code(tidy, execute):
    for _ in range(25):
        made, stream, _ = execute('sh', '-c', 'head -c 700000 /dev/zero; exit 3')
        assert len(output(stream.read_all())) == 700000
        found = tidy.api.get(f'/exec/{made}/json').json()
        assert (found['Running'], found['ExitCode']) == (False, 3)


def test_a_client_that_does_not_read_delays_the_news_of_an_exec_only_a_little(tidy, execute):
    made, stream, events = execute('head', '-c', '700000', '/dev/zero')
    assert events.json_line(seconds=8)['Action'] == 'exec_die'
    assert tidy.api.get(f'/exec/{made}/json').json()['Running'] is False
    assert len(output(stream.read_all())) == 700000


def test_a_client_that_takes_no_old_output_delays_its_containers_end_and_no_more(daemon):
    """Files of the log before the current one come from the daemon, which keeps the container to itself meanwhile."""
    engine = daemon()
    states = {}
    for name in ('plain', 'socket'):
        engine.docker('run', '-d', '--name', name, '--log-opt', 'max-size=1m', '--log-opt', 'max-file=4', BOX,
                      'sh', '-c', 'yes | head -c 3000000; exec sleep 1000')
        states[name] = engine.inspect(name)
        eventually(lambda: os.path.exists(states[name]['LogPath'] + '.2'), 'the log was rotated')
    query = {'stream': 1, 'logs': 1, 'stdout': 1}
    with contextlib.closing(engine.api.hijack('/containers/plain/attach', query=query)), \
            WebSocket(engine.api, '/containers/socket/attach/ws', query):
        for state in states.values():
            os.kill(state['State']['Pid'], signal.SIGKILL)
        for name in states:
            assert engine.wait_for_exit(name, 30) == 137
    engine.docker('rm', *states)


@pytest.mark.parametrize('condition', ['next-exit', 'not-running'])
def test_who_waited_for_the_end_may_remove_its_network(tidy, condition):
    for number in range(25):
        name = f'gone{number}'
        tidy.docker('network', 'create', name)
        tidy.docker('create', '--name', name, '--network', name, BOX, 'sleep', '0.05')
        with tidy.api.stream('POST', f'/containers/{name}/wait', query={'condition': 'next-exit'}) as first:
            assert tidy.api.post(f'/containers/{name}/start').status == 204
            with tidy.api.stream('POST', f'/containers/{name}/wait', query={'condition': condition}) as waiter:
                assert waiter.json_line()['StatusCode'] == 0
            answer = tidy.api.delete(f'/networks/{name}')
            assert answer.status == 204, answer.body
            assert first.json_line()['StatusCode'] == 0


def test_a_stop_is_told_before_the_removal_that_follows(tidy):
    tidy.docker('run', '-d', '--rm', '--name', 'gone', BOX, 'sleep', '1000')
    with tidy.api.stream('GET', '/events', query={'filters': {'type': ['container'], 'container': ['gone']}}) as events:
        tidy.docker('stop', '-t', '0', 'gone')
        found = [events.json_line()['Action'] for _ in range(5)]
    assert found == ['kill', 'kill', 'die', 'stop', 'destroy']
