"""Attaching by WebSocket: what goes in and out, by whom it is ended, and what is refused."""
import threading

import pytest
from harness.engine import BOX
from harness.wait import eventually
from harness.websocket import ACCEPT, BINARY, CLOSE, PING, PONG, TEXT, WebSocket

ALL = {'stream': 1, 'stdin': 1, 'stdout': 1, 'stderr': 1}


@pytest.fixture
def made(tidy):
    def make(*command: str, name: str = 'ws', start: bool = True, **config) -> str:
        body = {'Image': BOX, 'Cmd': list(command), 'OpenStdin': True, **config}
        answer = tidy.api.post('/containers/create', body, query={'name': name})
        assert answer.status == 201, answer.body
        tidy.ids.add(answer.json()['Id'])
        if start:
            assert tidy.api.post(f'/containers/{name}/start').status == 204
        return name
    return make


@pytest.fixture
def attached(tidy):
    opened = []

    def attach(query: dict, name: str = 'ws', version: str | None = None, **kw) -> WebSocket:
        api = tidy.api.at(version) if version else tidy.api
        opened.append(WebSocket(api, f'/containers/{name}/attach/ws', query, **kw))
        return opened[-1]
    yield attach
    for socket in opened:
        socket.close()


def test_the_handshake_opens_it(made, attached):
    made('cat')
    socket = attached(ALL, headers={'Sec-WebSocket-Protocol': 'chat'})
    assert socket.status == 101 and socket.headers['sec-websocket-accept'] == ACCEPT
    assert socket.headers['upgrade'].lower() == 'websocket' and socket.headers['sec-websocket-protocol'] == 'chat'


def test_input_comes_back_as_output_in_binary_frames(made, attached):
    made('cat')
    with attached(ALL) as socket:
        socket.send(b'one\n', TEXT)
        assert socket.read_until(b'one\n') == b'one\n'
        socket.send(bytes(range(256)))
        assert socket.read_until(b'\xff') == bytes(range(256))
        assert socket.kinds == {BINARY}


def test_before_version_128_frames_are_text(made, attached):
    made('cat')
    with attached(ALL, version='1.27') as socket:
        socket.send(b'old\n')
        assert socket.read_until(b'old\n') == b'old\n' and socket.kinds == {TEXT}


def test_both_outputs_are_one_stream_without_headers(made, attached):
    made('sh', '-c', 'read a; echo to-out; echo to-err >&2')
    with attached(ALL) as socket:
        socket.send(b'go\n')
        assert sorted(socket.read_all().split()) == [b'to-err', b'to-out']
        assert socket.closed.code == 1000 and socket.ended()


def test_fragments_are_put_together_and_pings_answered_in_between(made, attached):
    made('cat')
    with attached(ALL) as socket:
        socket.frame(TEXT, b'in ', final=False)
        socket.frame(PING, b'there?')
        assert (answer := socket.next()).kind in (PONG, BINARY)
        rest = b'' if answer.kind == PONG else answer.payload
        socket.frame(0, b'two ', final=False)
        socket.frame(PONG)                       # unasked: means nothing
        socket.frame(0, b'pieces\n')
        while b'pieces\n' not in rest:
            found = socket.next()
            rest += found.payload if found.kind == BINARY else b''
        assert rest == b'in two pieces\n'


def test_much_goes_through_unharmed(made, attached):
    made('cat')
    data = bytes(range(251)) * 8000                # two million bytes, not a multiple of any buffer
    with attached(ALL) as socket:
        sender = threading.Thread(target=lambda: [socket.send(data[i:i + 70000]) for i in range(0, len(data), 70000)])
        sender.start()
        have = b''
        while len(have) < len(data):
            have += socket.data().payload
        sender.join()
        assert have == data


def test_old_output_comes_first(made, attached):
    made('sh', '-c', 'echo before; echo wrong >&2; read a; echo after')
    eventually(lambda: b'before' in attached({'logs': 1, 'stdout': 1, 'stderr': 1}).read_all(), 'the first output is logged')
    with attached({**ALL, 'logs': 1}) as socket:
        assert b'before\n' in socket.read_until(b'wrong\n')
        socket.send(b'\n')
        assert socket.read_all() == b'after\n'
    with attached({'logs': 1, 'stdout': 1, 'stderr': 1}) as socket:      # without stream: the log alone
        assert sorted(socket.read_all().split()) == [b'after', b'before', b'wrong'] and socket.closed.code == 1000


def test_attached_before_the_start(made, attached, tidy):
    made('sh', '-c', 'echo begin; cat', start=False)
    with attached(ALL) as socket:
        socket.send(b'early\n')
        assert tidy.api.post('/containers/ws/start').status == 204
        assert socket.read_until(b'early\n') == b'begin\nearly\n'


def test_a_close_ends_the_input_of_a_container_that_has_it_once(made, attached, tidy):
    made('sh', '-c', 'cat > /got; wc -c < /got', StdinOnce=True, AttachStdin=True, start=False)
    with attached(ALL) as socket:
        assert tidy.api.post('/containers/ws/start').status == 204
        socket.send(b'x' * 100000)
        socket.close_with(1000)
        while (found := socket.next()).kind != CLOSE:
            pass
        assert found.code == 1000
    assert tidy.wait_for_exit('ws') == 0
    assert tidy.docker('logs', 'ws').out == '100000\n'


def test_a_terminal_and_its_detach_keys(made, attached, tidy):
    made('sh', Tty=True)
    with attached({**ALL, 'detachKeys': 'ctrl-x,q'}) as socket:
        socket.send(b'echo be-$((1+1))\n')
        socket.read_until(b'be-2')
        socket.send(b'\x18q')
        socket.read_all()
        assert socket.closed.code == 1000
    assert tidy.inspect('ws')['State']['Running']


@pytest.mark.parametrize('wrong', ['no mask', 'reserved'])
def test_a_violation_closes_it_and_not_the_container(made, attached, tidy, wrong):
    if tidy.name == 'dockerd' and wrong == 'reserved':
        pytest.skip('dockerd takes reserved opcodes')
    made('cat')
    with attached(ALL) as socket:
        if wrong == 'no mask':
            socket.frame(BINARY, b'x', masked=False)
        else:
            socket.frame(3, b'x')
        assert socket.read_all() == b'' and socket.closed.code == 1002
    assert tidy.inspect('ws')['State']['Running']


def test_who_is_unknown_or_paused_is_refused_before_the_handshake(made, attached, tidy):
    unknown = attached(ALL, name='nosuch')
    assert unknown.status == 404 and b'No such container: nosuch' in unknown._take(int(unknown.headers['content-length']))
    made('cat')
    assert tidy.api.post('/containers/ws/pause').status == 204
    assert attached(ALL).status == 409
    assert tidy.api.post('/containers/ws/unpause').status == 204


def test_two_clients_see_the_same(made, attached):
    made('cat')
    one, two = attached(ALL), attached({'stream': 1, 'stdout': 1, 'stdin': 0})
    one.send(b'shared\n')
    assert one.read_until(b'shared\n') == two.read_until(b'shared\n') == b'shared\n'


def test_the_end_of_the_container_is_seen(made, attached, tidy):
    made('cat')
    with attached(ALL) as socket:
        socket.send(b'x\n')
        socket.read_until(b'x\n')
        assert tidy.api.post('/containers/ws/kill').status == 204
        assert socket.read_all() == b'' and socket.closed.code == 1000
