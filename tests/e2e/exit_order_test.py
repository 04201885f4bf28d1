"""What was written is with the clients before anybody hears of the end, and that is with the record before their connections end."""
import pytest
from harness.engine import BOX

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
