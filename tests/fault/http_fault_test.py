"""Clients that misbehave: none of them may hold up or end the daemon."""
import json
import socket

import pytest
from harness.api import Api
from harness.engine import BOX

ENGINES = ('gantryd',)


def raw(engine, data: bytes, seconds: float = 10, half_close: bool = False) -> bytes:
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(seconds)
        s.connect(engine.socket)
        answer = b''
        try:
            s.sendall(data)
            if half_close:
                s.shutdown(socket.SHUT_WR)
            while part := s.recv(65536):
                answer += part
        except (BrokenPipeError, ConnectionResetError):
            pass
        return answer


@pytest.fixture(autouse=True)
def still_up(engine):
    yield
    assert engine.alive() and engine.answers()


@pytest.mark.parametrize('nonsense', [b'\0' * 100 + b'\r\n\r\n', b'GET\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'hello\r\n\r\n', b'\r\n' * 50,
                                      b'POST /v1.51/containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: -5\r\n\r\n'])
def test_no_http_gets_an_error_or_a_closed_connection(engine, nonsense):
    answer = raw(engine, nonsense, half_close=True)
    assert answer == b'' or answer.split(b' ')[1][:1] in (b'4', b'5'), answer[:200]


def test_header_without_end_is_limited(engine):
    answer = raw(engine, b'GET /_ping HTTP/1.1\r\nHost: d\r\n' + b'X-Long: ' + b'a' * (4 << 20) + b'\r\n\r\n', half_close=True)
    assert answer == b'' or answer.split(b' ')[1] in (b'400', b'413', b'431'), answer[:200]
    many = b''.join(b'X-%d: y\r\n' % n for n in range(20000))
    answer = raw(engine, b'GET /_ping HTTP/1.1\r\nHost: d\r\n' + many + b'\r\n', half_close=True)
    assert answer == b'' or answer.split(b' ')[1] in (b'400', b'413', b'431'), answer[:200]


def test_bodies_that_are_no_json(engine):
    api = engine.api
    text = api.post('/containers/create', 'x', headers={'Content-Type': 'text/plain'})
    assert text.status == 400 and "unsupported Content-Type header (text/plain): must be 'application/json'" in text.message
    for body in ('{"Image":', '[]', '"x"', '{"Image":5}', '{} {}', '{"HostConfig":{"Memory":"much"}}', '\xff'):
        answer = api.post('/containers/create', body.encode('latin1'), headers={'Content-Type': 'application/json'})
        assert answer.status == 400 and answer.message, (body, answer)
    wrong = api.post('/containers/create', {'Image': BOX, 'HostConfig': {'Memory': 'much'}})
    assert wrong.status == 400 and 'Memory' in wrong.message


def test_unknown_drivers_are_named(engine):
    answer = engine.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'LogConfig': {'Type': 'odd'}}})
    assert answer.status == 400 and answer.message == 'error looking up logging plugin odd: plugin "odd" not found'
    answer = engine.api.post('/volumes/create', {'Name': 'vol', 'Driver': 'odd'})
    assert answer.status == 404 and answer.message == 'create vol: error looking up volume plugin odd: plugin "odd" not found'
    answer = engine.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'Runtime': 'odd'}})
    assert answer.status == 400 and answer.message == 'unknown or invalid runtime name: odd'


def test_deep_and_huge_json_is_limited(engine):
    deep = '{"Labels":' * 1 + '{"a":' * 50000 + '1' + '}' * 50000 + '}'
    answer = engine.api.post('/containers/create', deep.encode(), headers={'Content-Type': 'application/json'})
    assert answer.status == 400
    huge = json.dumps({'Image': BOX, 'Env': ['X' * (64 << 20)]}).encode()
    try:
        answer = engine.api.post('/containers/create', huge, headers={'Content-Type': 'application/json'})
        assert answer.status in (400, 413)
    except (BrokenPipeError, ConnectionResetError):
        pass                                          # the door was shut while we were still sending


def test_connections_that_say_nothing_take_nothing_from_others(engine):
    idle = []
    try:
        for _ in range(300):
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(30)
            s.connect(engine.socket)
            s.sendall(b'GET /v1.51/_ping HT')         # and never more
            idle.append(s)
        assert engine.api.get('/containers/json', timeout=30).status == 200
        assert engine.docker('run', '--rm', BOX, 'echo', 'served').out == 'served\n'
    finally:
        for s in idle:
            s.close()


def test_clients_that_leave_in_the_middle(engine):
    engine.docker('run', '-d', '--name', 'chatty', BOX, 'sh', '-c', 'while :; do echo x; done')
    for _ in range(30):
        for path in ('/containers/chatty/logs?follow=1&stdout=1', '/events', '/containers/json', '/images/json'):
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(engine.socket)
                s.sendall(f'GET /v1.51{path} HTTP/1.1\r\nHost: d\r\n\r\n'.encode())
        stream = engine.api.hijack('/containers/chatty/attach', query={'stream': 1, 'stdout': 1})
        stream.close()
    engine.docker('rm', '-f', 'chatty')
    assert engine.docker('run', '--rm', BOX, 'echo', 'fine').out == 'fine\n'


def test_pipelined_and_kept_connections_answer_in_order(engine):
    one = b'GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n'
    last = b'GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n'
    answer = raw(engine, one * 5 + last)
    assert answer.count(b'HTTP/1.1 200') == 6


def test_unknown_operations_answer_in_dockers_shape(engine):
    page = engine.api.get('/nosuch')
    assert page.status == 404 and page.json() == {'message': 'page not found'}
    assert Api(engine.socket, None).get('/_ping').body == b'OK'
    later = engine.api.post('/build', b'', headers={'Content-Type': 'application/x-tar'})
    assert later.status in (400, 500, 501) and later.message
