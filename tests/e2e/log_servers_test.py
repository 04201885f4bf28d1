"""What servers get of containers' output by the log drivers, on both engines: the same bytes but for names and times."""
import contextlib
import gzip
import json
import re
import socket
import threading
from pathlib import Path

import pytest
from harness.engine import BOX
from harness.wait import eventually

SCRIPT = 'echo to-out; echo to-err >&2'


class Datagrams:
    """A UDP server in the engine's network."""

    def __init__(self, engine):
        self.sock = engine.ns.make_socket(socket.SOCK_DGRAM)
        self.sock.bind(('127.0.0.1', 0))
        self.sock.settimeout(10)
        self.address = f'udp://127.0.0.1:{self.sock.getsockname()[1]}'

    def take(self, count: int) -> list[bytes]:
        return [self.sock.recv(65536) for _ in range(count)]


class Stream:
    """A TCP server in the engine's network that keeps everything it is sent."""

    def __init__(self, engine, port: int = 0):
        self.listener = engine.ns.listen(port)
        self.port = self.listener.getsockname()[1]
        self.data = b''
        self.accepted: list[socket.socket] = []
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted.append(connection)
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection):
        try:
            while part := connection.recv(65536):
                self.data += part
        except OSError:
            return

    def close(self):
        """Also a second time."""
        for one in (self.listener, *self.accepted):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)       # a thread may wait for it
            one.close()
        self.thread.join()


@pytest.fixture
def datagrams(tidy):
    server = Datagrams(tidy)
    yield server
    server.sock.close()


@pytest.fixture
def stream(tidy):
    made = []

    def make(port: int = 0) -> Stream:
        made.append(Stream(tidy, port))
        return made[-1]
    yield make
    for one in made:
        one.close()


def run(engine, driver: str, *options: str, script: str = SCRIPT, name: str = 'talker') -> str:
    """Gives the id; the container has ended."""
    engine.docker('run', '--name', name, '--log-driver', driver, *(f'--log-opt={option}' for option in options), BOX, 'sh', '-c', script)
    return engine.inspect(name)['Id']


def test_syslog_by_udp(tidy, datagrams):
    name = run(tidy, 'syslog', f'syslog-address={datagrams.address}')[:12]
    for message in datagrams.take(2):
        priority, text = {b'out': (30, b'to-out'), b'err': (27, b'to-err')}[message.rstrip()[-3:]]
        assert re.fullmatch(rb'<%d>\w{3} [ \d]\d \d\d:\d\d:\d\d %s\[\d+\]: %s\n?' % (priority, name.encode(), text), message), message


@pytest.mark.parametrize('form, pattern', [
    ('rfc3164', rb'<30>\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ tagged\[\d+\]: to-out\n'),
    ('rfc5424', rb'<30>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\S+ \S+ tagged \d+ tagged - to-out\n'),
    ('rfc5424micro', rb'<30>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\S+ \S+ tagged \d+ tagged - to-out\n')])
def test_syslog_formats_by_tcp(tidy, stream, form, pattern):
    server = stream()
    run(tidy, 'syslog', f'syslog-address=tcp://127.0.0.1:{server.port}', f'syslog-format={form}', 'tag=tagged', script='echo to-out')
    eventually(lambda: server.data.endswith(b'\n'), 'the message is there')
    assert re.fullmatch(pattern, server.data), server.data


def test_syslog_facilities(tidy, datagrams):
    run(tidy, 'syslog', f'syslog-address={datagrams.address}', 'syslog-facility=local7', script='echo x')
    assert datagrams.take(1)[0].startswith(b'<190>')


def test_gelf_by_udp(tidy, datagrams):
    tidy.docker('run', '--name', 'talker', '--log-driver', 'gelf', '--log-opt', f'gelf-address={datagrams.address}', '--log-opt', 'labels=team', '--log-opt', 'env=COLOUR',
                '--log-opt', 'tag={{.Name}}', '--label', 'team=red', '-e', 'COLOUR=blue', BOX, 'sh', '-c', SCRIPT)
    shown = tidy.inspect('talker')
    messages = {m['short_message']: m for m in (json.loads(gzip.decompress(d)) for d in datagrams.take(2))}
    assert set(messages) == {'to-out', 'to-err'} and messages['to-out']['level'] == 6 and messages['to-err']['level'] == 3
    message = messages['to-out']
    assert message['version'] == '1.1' and isinstance(message['timestamp'], float)
    assert message['_container_id'] == shown['Id'] and message['_container_name'] == 'talker' and message['_tag'] == 'talker'
    assert message['_image_id'] == shown['Image'] and message['_image_name'] == BOX and message['_command'].startswith('sh -c echo to-out')
    assert message['_team'] == 'red' and message['_COLOUR'] == 'blue' and message['_created'][:19] == shown['Created'][:19]
    assert set(message) == {'version', 'host', 'short_message', 'timestamp', 'level', '_container_id', '_container_name', '_image_id', '_image_name', '_command', '_tag',
                            '_created', '_team', '_COLOUR'}


def test_fluentd_by_tcp(tidy, stream):
    server = stream()
    container = run(tidy, 'fluentd', f'fluentd-address=127.0.0.1:{server.port}', 'tag=shop.{{.Name}}')

    def string(text: str) -> bytes:          # MessagePack: fixstr, str8
        return (bytes([0xa0 | len(text)]) if len(text) < 32 else b'\xd9' + bytes([len(text)])) + text.encode()
    eventually(lambda: b'to-out' in server.data and b'to-err' in server.data, 'both lines are there')
    for source, text in (('stdout', 'to-out'), ('stderr', 'to-err')):
        assert string('log') + string(text) in server.data and string('source') + string(source) in server.data
    assert server.data.count(string('shop.talker')) == 2 and server.data.count(string('container_name') + string('/talker')) == 2
    assert server.data.count(string('container_id') + string(container)) == 2


@pytest.mark.parametrize('driver, option, why', [
    ('syslog', 'syslog-address=ftp://x', 'ftp'), ('syslog', 'syslog-facility=odd', 'facility'), ('syslog', 'syslog-format=odd', 'format'), ('syslog', 'odd=1', 'odd'),
    ('gelf', 'gelf-address=http://x:1', 'gelf'), ('gelf', 'gelf-compression-type=odd', 'compression'), ('gelf', 'odd=1', 'odd'),
    ('fluentd', 'fluentd-address=odd://x', 'odd'), ('fluentd', 'fluentd-async=maybe', 'maybe'), ('fluentd', 'odd=1', 'odd'),
    ('journald', 'odd=1', 'odd')])
def test_wrong_options_are_refused_at_create(tidy, driver, option, why):
    options = ['gelf-address=udp://127.0.0.1:1'] if driver == 'gelf' and not option.startswith('gelf-address') else []
    done = tidy.docker('create', '--log-driver', driver, *(f'--log-opt={each}' for each in [*options, option]), BOX, check=False)
    assert done.code == 1 and why in done.err and 'panic' not in done.err, done.err


def test_docker_info_names_them(tidy):
    assert {'fluentd', 'gelf', 'journald', 'json-file', 'local', 'syslog'} <= set(tidy.api.get('/info').json()['Plugins']['Log'])


def only_ours(engine):
    if engine.name == 'dockerd':
        pytest.skip('dockerd does not start a container without its log server, and drops what a server does not take')


def test_a_server_that_goes_away_gets_the_rest_when_it_is_back(tidy, stream):
    only_ours(tidy)
    first = stream()
    tidy.docker('run', '-d', '--name', 'talker', '--log-driver', 'syslog', f'--log-opt=syslog-address=tcp://127.0.0.1:{first.port}', BOX, 'sh', '-c',
                'echo before; while [ ! -e /go ]; do sleep 0.05; done; echo after; sleep 1000')
    eventually(lambda: b'before' in first.data, 'the first line is there')
    first.close()
    (Path(f'/proc/{tidy.inspect("talker")["State"]["Pid"]}/root') / 'go').touch()
    eventually(lambda: 'its output waits for its log driver' in tidy.log.read_text(), 'the log says so')
    second = stream(first.port)
    eventually(lambda: b'after' in second.data, 'the rest is there', 20)


def test_a_container_starts_without_its_server(tidy, stream):
    only_ours(tidy)
    found = stream()
    found.close()
    assert tidy.docker('run', '--name', 'talker', '--log-driver', 'fluentd', f'--log-opt=fluentd-address=127.0.0.1:{found.port}', BOX, 'echo', 'alone').out == 'alone\n'
    server = stream(found.port)
    eventually(lambda: b'alone' in server.data, 'it came', 20)


def test_journald(daemon, tmp_path):
    path = tmp_path / 'journal'
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(path))
        journal.settimeout(10)
        engine = daemon(config=f'[plugins."log-journald"]\nsocket = "{path}"\n')
        container = run(engine, 'journald', 'tag={{.Name}}/x')
        entries = [dict(field.split(b'=', 1) for field in journal.recv(65536).rstrip(b'\n').split(b'\n')) for _ in range(2)]
    entry = next(e for e in entries if e[b'MESSAGE'] == b'to-out')
    assert entry[b'PRIORITY'] == b'6' and entry[b'CONTAINER_ID_FULL'] == container.encode() and entry[b'CONTAINER_ID'] == container[:12].encode()
    assert entry[b'CONTAINER_NAME'] == b'talker' and entry[b'CONTAINER_TAG'] == entry[b'SYSLOG_IDENTIFIER'] == b'talker/x' and entry[b'IMAGE_NAME'] == BOX.encode()
    assert next(e for e in entries if e[b'MESSAGE'] == b'to-err')[b'PRIORITY'] == b'3'
