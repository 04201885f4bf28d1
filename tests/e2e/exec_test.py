"""Exec instances by the API: what they tell when they are over, and what becomes of them with their container."""
import pytest
from harness.engine import BOX
from harness.wait import eventually


@pytest.fixture
def box(engine):
    engine.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
    yield engine.api
    engine.clear()


def made(api) -> str:
    answer = api.post('/containers/box/exec', {'Cmd': ['true']})
    assert answer.status == 201, answer.message
    return answer.json()['Id']


def start(api, identifier: str) -> int:
    return api.post(f'/exec/{identifier}/start', {'Detach': True}).status


def test_a_finished_exec_still_tells_its_pid(box):
    identifier = made(box)
    assert box.get(f'/exec/{identifier}/json').json()['Pid'] == 0
    assert start(box, identifier) == 200
    state = eventually(lambda: (seen := box.get(f'/exec/{identifier}/json').json())['ExitCode'] == 0 and seen, 'it ended')
    assert state['Pid'] > 1 and not state['Running']


def test_an_exec_that_was_not_started_goes_when_its_container_stops(engine, box):
    identifier = made(box)
    engine.docker('stop', '-t', '0', 'box')
    assert start(box, identifier) == 404
    engine.docker('start', 'box')
    assert start(box, identifier) == 404
    assert start(box, made(box)) == 200


def test_a_paused_container_is_named_as_the_client_does(engine, box):
    engine.docker('pause', 'box')
    answer = box.post('/containers/box/exec', {'Cmd': ['true']})
    assert (answer.status, answer.message) == (409, 'Container box is paused, unpause the container before exec')
