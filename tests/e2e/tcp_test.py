"""The API over TCP: with TLS for clients that have a certificate, and for everybody where the configuration says so."""
import json
import os
import socket
import ssl
import subprocess
import time

import pytest
from harness import buildx, certificates, paths
from harness.engine import BOX
from harness.gantryd import Gantryd
from harness.running import ended, started
from harness.wait import eventually

ADDRESS, PORT, PLAIN_PORT = '198.18.77.1', 2376, 2375        # in a namespace of the engine's own


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    made = tmp_path_factory.mktemp('tls')
    certificates.make(made, ADDRESS)
    return made


@pytest.fixture(scope='module')
def engine(place):
    running = started(Gantryd, options=('-H', f'tcp://{ADDRESS}:{PORT}'),
                      config=f'[daemon]\ntls_ca = "{place}/ca.pem"\ntls_cert = "{place}/server.pem"\ntls_key = "{place}/server.key"\n')
    yield running
    ended(running)


def command(engine, place, *args: str) -> list[str]:
    """A CLI of another host."""
    return [*engine.ns.enter(peer=True), paths.docker_cli(), '-H', f'tcp://{ADDRESS}:{PORT}', '--tlsverify', '--tlscacert', f'{place}/ca.pem',
            '--tlscert', f'{place}/client.pem', '--tlskey', f'{place}/client.key', *args]


def remote(engine, place, *args: str, input: bytes | None = None) -> bytes:
    done = subprocess.run(command(engine, place, *args), input=input, stdin=subprocess.DEVNULL if input is None else None,
                          capture_output=True, timeout=60, env=engine.client_environment())
    assert done.returncode == 0, done.stderr
    return done.stdout


def tls(engine, place, certificate: bool = True) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(place / 'ca.pem'))
    if certificate:
        context.load_cert_chain(place / 'client.pem', place / 'client.key')
    return context.wrap_socket(engine.ns.connect(PORT, ADDRESS, peer=True, timeout=20), server_hostname=ADDRESS)


def read_all(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b''.join(parts)


class HalfClosing:
    """A client that says it sends no more and goes on reading."""

    def __init__(self, engine, place):
        context = ssl.create_default_context(cafile=str(place / 'ca.pem'))
        context.load_cert_chain(place / 'client.pem', place / 'client.key')
        self.socket = engine.ns.connect(PORT, ADDRESS, peer=True, timeout=20)
        self.coming, self.going = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.coming, self.going, server_hostname=ADDRESS)
        self.until_done(self.tls.do_handshake)

    def send_all(self):
        if data := self.going.read():
            self.socket.sendall(data)

    def until_done(self, step, *args):
        while True:
            try:
                result = step(*args)
                self.send_all()
                return result
            except ssl.SSLWantReadError:
                self.send_all()
                if data := self.socket.recv(65536):
                    self.coming.write(data)
                else:
                    self.coming.write_eof()

    def say_end(self, fin: bool):
        with pytest.raises(ssl.SSLWantReadError):
            self.tls.unwrap()
        self.send_all()
        if fin:
            self.socket.shutdown(socket.SHUT_WR)


def threads(engine) -> int:
    return len(os.listdir(f'/proc/{engine.process.pid}/task'))


def test_the_cli_works_as_on_the_engines_own_host(engine, place, tmp_path):
    assert json.loads(remote(engine, place, 'version', '--format', '{{json .Server}}'))['ApiVersion'] == '1.51'
    assert remote(engine, place, 'run', '--rm', '-i', BOX, 'cat', input=b'words\n' * 100_000) == b'words\n' * 100_000
    remote(engine, place, 'run', '-d', '--name', 'far', BOX, 'sh', '-c', 'echo begin; exec sleep 1000')
    assert remote(engine, place, 'exec', '-i', 'far', 'wc', '-c', input=b'x' * 3_000_000).strip() == b'3000000'
    assert remote(engine, place, 'logs', 'far') == b'begin\n'
    (tmp_path / 'file').write_bytes(b'content' * 1000)
    remote(engine, place, 'cp', str(tmp_path / 'file'), 'far:/file')
    remote(engine, place, 'cp', 'far:/file', str(tmp_path / 'back'))
    assert (tmp_path / 'back').read_bytes() == b'content' * 1000
    remote(engine, place, 'rm', '-f', 'far')


def test_output_of_any_size_arrives_whole(engine, place):
    size = 80_000_000
    assert remote(engine, place, 'run', '--rm', BOX, 'sh', '-c', f'head -c {size} /dev/zero') == bytes(size)


def test_a_client_that_stops_reading_for_a_while_loses_nothing(engine, place):
    engine.docker('run', '--name', 'slow', BOX, 'sh', '-c', 'i=0; while [ $i -lt 200000 ]; do echo "line $i"; i=$((i+1)); done')
    with tls(engine, place) as connection:
        connection.sendall(b'GET /containers/slow/logs?stdout=1 HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n')
        time.sleep(3)                                        # longer than a finished answer is lingered on
        assert b'line 199999\n' in read_all(connection)
    engine.docker('rm', 'slow')


@pytest.mark.parametrize('fin', [False, True], ids=['close_notify', 'and a FIN'])
def test_the_end_of_input_is_handed_on_and_the_answer_still_comes(engine, place, fin):
    """The first is Go's CloseWrite, the other Node's end()."""
    made = engine.api.post('/containers/create', query={'name': 'half'}, body={
        'Image': BOX, 'Cmd': ['sh', '-c', 'cat; echo after'], 'OpenStdin': True, 'StdinOnce': True, 'AttachStdin': True})
    assert made.status == 201, made.body
    engine.docker('start', 'half')
    client = HalfClosing(engine, place)
    client.until_done(client.tls.write, b'POST /containers/half/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\n'
                                        b'Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n')
    assert client.until_done(client.tls.read, 4096).startswith(b'HTTP/1.1 101')
    client.until_done(client.tls.write, b'before\n')
    client.say_end(fin)
    said = b''
    while b'after\n' not in said:
        said += client.until_done(client.tls.read, 4096)
    assert b'before\n' in said
    client.socket.close()
    assert engine.wait_for_exit('half') == 0
    engine.docker('rm', 'half')


def test_who_has_no_certificate_is_not_let_in(engine, place):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with tls(engine, place, certificate=False) as connection:
            connection.sendall(b'GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n')
            if not connection.recv(100):
                raise ConnectionError('hung up')
    refused = subprocess.run([*engine.ns.enter(peer=True), paths.docker_cli(), '-H', f'tcp://{ADDRESS}:{PORT}', '--tls', 'version'],
                             capture_output=True, timeout=60, env=engine.client_environment())
    assert refused.returncode != 0


def test_who_speaks_plain_http_is_told_so(engine):
    said = engine.ns.get(PORT, '/_ping', ADDRESS, peer=True)
    assert said.startswith(b'HTTP/1.0 400 Bad Request') and b'Client sent an HTTP request to an HTTPS server.' in said


def test_strangers_that_begin_and_do_not_go_on_keep_nobody_out(engine, place):
    silent = [engine.ns.connect(PORT, ADDRESS, peer=True) for _ in range(300)]            # more than may be under way
    assert remote(engine, place, 'version', '--format', '{{.Server.Os}}').strip() == b'linux'
    for connection in silent:
        connection.close()


def test_a_client_that_goes_ends_what_it_was_waiting_for(engine, place):
    engine.docker('run', '-d', '--name', 'long', BOX, 'sleep', '1000')
    waiting = [tls(engine, place) for _ in range(10)]
    for connection in waiting:
        connection.sendall(b'POST /containers/long/wait HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n')
        assert connection.recv(4096).startswith(b'HTTP/1.1 200')
    with_them = threads(engine)
    for connection in waiting:
        connection.close()
    eventually(lambda: threads(engine) <= with_them - 15, 'their threads have ended', 20)      # two for each, but the last may have been on its way
    engine.docker('rm', '-f', 'long')


def test_the_engine_ends_at_once_and_its_containers_stay(engine, place):
    engine.docker('run', '-d', '-i', '--name', 'stays', BOX, 'cat')
    attached = subprocess.Popen(command(engine, place, 'attach', 'stays'), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env=engine.client_environment())
    attached.stdin.write(b'hello\n')
    attached.stdin.flush()
    assert attached.stdout.readline() == b'hello\n'
    idle = tls(engine, place)
    idle.sendall(b'GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n')
    assert idle.recv(4096).startswith(b'HTTP/1.1 200')
    begun = time.monotonic()
    engine.stop()
    assert time.monotonic() - begun < 4
    attached.communicate(timeout=20)
    assert idle.recv(100) == b''
    engine.start()
    assert engine.inspect('stays')['State']['Running']
    remote(engine, place, 'rm', '-f', 'stays')


def test_everybody_gets_in_where_the_configuration_says_so(place):
    engine = started(Gantryd, options=('-H', f'tcp://{ADDRESS}:{PLAIN_PORT}'), config='[daemon]\ntcp_clients = "any"\n')
    try:
        plain = subprocess.run([*engine.ns.enter(peer=True), paths.docker_cli(), '-H', f'tcp://{ADDRESS}:{PLAIN_PORT}', 'run', '--rm', '-i', BOX, 'cat'],
                               input=b'words', capture_output=True, timeout=60, env=engine.client_environment())
        assert plain.stdout == b'words', plain.stderr
        warnings = json.loads(engine.docker('info', '--format', '{{json .Warnings}}').out)
        assert any(f'API is accessible on http://{ADDRESS}:{PLAIN_PORT} without encryption' in line for line in warnings), warnings
    finally:
        ended(engine)


@pytest.mark.parametrize('key', ['tls_ca', 'tls_cert', 'tls_key'])
def test_a_file_that_cannot_be_used_is_named_with_its_setting_and_checked_beforehand(place, tmp_path, key):
    (tmp_path / 'broken.pem').write_text('nothing\n')
    files = {'tls_ca': f'{place}/ca.pem', 'tls_cert': f'{place}/server.pem', 'tls_key': f'{place}/server.key'}
    for file, words in ((f'{tmp_path}/broken.pem', ''), (f'{tmp_path}/nowhere.pem', 'no such file'), (f'{place}/client.key', '')):
        if key == 'tls_ca' and file.endswith('client.key'):
            continue
        config = ''.join(f'{name} = "{path}"\n' for name, path in {**files, key: file}.items())
        (tmp_path / 'gantry.toml').write_text('[daemon]\n' + config)
        for arguments in (('--check-config',), ('--root', str(tmp_path / 'root'), '--run-dir', str(tmp_path / 'run'))):
            said = subprocess.run([paths.gantryd(), *arguments, '-H', f'tcp://127.0.0.1:{PORT}', '--config', tmp_path / 'gantry.toml'],
                                  capture_output=True, text=True, timeout=20)
            line = list(files).index(key) + 2
            assert said.returncode == 1 and f'gantry.toml:{line}:' in said.stderr and f'daemon.{key}: {file}: ' in said.stderr, said
            assert words in said.stderr.lower()


def test_buildx_builds_over_tls(engine, place, tmp_path):
    if reason := buildx.missing():
        pytest.skip(reason)
    buildx.link_into(tmp_path)
    (tmp_path / 'context').mkdir()
    (tmp_path / 'context/Dockerfile').write_text(buildx.FROM + 'COPY large /\nRUN wc -c < /large > /size\nCMD ["cat", "/size"]')
    (tmp_path / 'context/large').write_bytes(os.urandom(5_000_000))
    built = subprocess.run(command(engine, place, 'build', '-t', 'far', str(tmp_path / 'context')), capture_output=True, timeout=120,
                           env=buildx.environment(engine, tmp_path))
    assert built.returncode == 0, built.stderr
    assert remote(engine, place, 'run', '--rm', 'far') == b'5000000\n'
    engine.docker('rmi', 'far')
