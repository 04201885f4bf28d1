"""What was written is with the clients before anybody hears of the end, and that is with the record before their connections end."""
import os
import signal
from pathlib import Path

import pytest
from harness.engine import BOX
from harness.wait import eventually

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
    eventually(lambda: all(b'sleep' in Path(f'/proc/{pid}/cmdline').read_bytes() for pid in first.values()), 'all is written', 20)
    with tidy.api.stream('GET', '/events', query={'filters': {'event': ['die']}}) as events:
        for pid in first.values():
            os.kill(pid, signal.SIGKILL)
        assert events.json_line(seconds=8)['Actor']['Attributes']['name'] == 'other'
        assert {events.json_line(seconds=8)['Actor']['Attributes']['name'] for _ in range(many)} == {*first} - {'other'}
