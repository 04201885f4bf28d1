"""Requests without a body where all of it is optional: an empty object, as in Docker 28."""
import pytest
from harness.engine import BOX

ENGINES = ('gantryd',)


@pytest.fixture
def box(engine):
    engine.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
    yield engine.api
    engine.clear()


def test_an_exec_is_started_attached(box):
    made = box.post('/containers/box/exec', {'Cmd': ['echo', 'hello'], 'AttachStdout': True}).json()['Id']
    stream = box.hijack(f'/exec/{made}/start')
    assert stream.read_all() == b'\1\0\0\0\0\0\0\6hello\n'
    stream.close()


def test_a_volume_without_a_name_is_made(box):
    answer = box.post('/volumes/create')
    assert answer.status == 201 and len(answer.json()['Name']) == 64


def test_nothing_is_updated(box):
    before = box.get('/containers/box/json').json()['HostConfig']
    assert box.post('/containers/box/update').status == 200
    assert box.get('/containers/box/json').json()['HostConfig'] == before


@pytest.mark.parametrize('path,word', [('/containers/box/exec', 'exec command'), ('/networks/create', 'name'), ('/networks/bridge/connect', 'name or id')])
def test_what_is_required_is_named(box, path, word):
    answer = box.post(path)
    assert 400 <= answer.status < 500 and word in answer.message.lower(), (answer.status, answer.message)


@pytest.mark.parametrize('path', ['/containers/create', '/auth'])
def test_where_the_body_is_what_is_asked_for_it_cannot_be_left_out(box, path):
    answer = box.post(path)
    assert (answer.status, answer.message) == (400, 'invalid JSON: got EOF while reading request body')
