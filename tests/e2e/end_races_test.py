"""Calls that come when a container has ended and the engine has not heard of it yet."""
import contextlib
import json
import os
import signal
from pathlib import Path

import pytest
from harness.api import UnixConnection
from harness.engine import BOX
from harness.wait import eventually

NAME = 'late'


def stat_of(pid: int) -> list[str]:
    """From the state on."""
    return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()


def ended(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return stat_of(pid)[0] == 'Z'
    return True


@pytest.fixture
def ask_late(tidy):
    """One call to a container that has just ended; gives its status and body, or what comes of that up to `until`."""
    if tidy.name != 'gantryd':
        pytest.skip('its supervisors are not children of the engine')

    def ask(method: str, path: str, query: dict | None = None, body: dict | None = None,
            until: bytes = b'\0none', **create) -> tuple[int, bytes]:
        tidy.api.delete(f'/containers/{NAME}', query={'force': 1})
        made = tidy.api.post('/containers/create', query={'name': NAME},
                             body={'Image': BOX, 'Cmd': ['sh', '-c', 'echo said; sleep 1000'], **create})
        assert made.status == 201, made.body
        assert tidy.api.post(f'/containers/{NAME}/start').status == 204
        eventually(lambda: b'said' in tidy.api.get(f'/containers/{NAME}/logs', query={'stdout': 1}).body, 'it speaks')
        pid = tidy.inspect(NAME)['State']['Pid']
        supervisor = int(stat_of(pid)[1])
        with contextlib.closing(UnixConnection(tidy.socket, 30)) as connection:
            tidy.process.send_signal(signal.SIGSTOP)
            try:
                os.kill(pid, signal.SIGKILL)
                eventually(lambda: ended(supervisor), 'its supervisor has ended')
                connection.request(method, tidy.api.url(path, query), body=body and json.dumps(body),
                                   headers={'Content-Type': 'application/json'})
            finally:
                tidy.process.send_signal(signal.SIGCONT)
            with connection.getresponse() as answer:
                body = b''
                while (part := answer.read1()) and until not in (body := body + part):
                    pass
                return answer.status, body
    return ask


@pytest.mark.parametrize('method, path, query', [
    ('POST', 'resize', {'h': 10, 'w': 10}), ('POST', 'pause', None), ('POST', 'kill', {'signal': 'USR1'}), ('GET', 'top', None)])
def test_it_is_not_running(ask_late, method, path, query):
    for _ in range(3):
        status, answer = ask_late(method, f'/containers/{NAME}/{path}', query)
        assert status == 204 or (status == 409 and b'is not running' in answer), answer


def test_who_attaches_gets_its_old_output(ask_late):
    for tty in (False, True) * 2:
        status, answer = ask_late('POST', f'/containers/{NAME}/attach', {'logs': 1, 'stream': 1, 'stdout': 1}, until=b'said', Tty=tty)
        assert status == 200 and b'said' in answer, answer


def test_it_joins_networks_at_its_next_start_and_leaves_them_at_once(tidy, ask_late):
    tidy.docker('network', 'create', 'near')
    tidy.docker('network', 'create', 'far')
    for _ in range(3):
        near = {'HostConfig': {'NetworkMode': 'near'}}
        assert ask_late('POST', '/networks/far/connect', None, {'Container': NAME}, **near) == (200, b'')
        tidy.wait_for_exit(NAME)
        networks = tidy.inspect(NAME)['NetworkSettings']['Networks']
        assert set(networks) == {'near', 'far'} and not networks['far']['IPAddress']
        tidy.docker('start', NAME)
        assert tidy.inspect(NAME)['NetworkSettings']['Networks']['far']['IPAddress']
        assert ask_late('POST', '/networks/near/disconnect', None, {'Container': NAME}, **near) == (200, b'')
        assert not tidy.inspect(NAME)['NetworkSettings']['Networks']


def test_its_limits_are_those_of_its_next_start(tidy, ask_late):
    for _ in range(3):
        status, answer = ask_late('POST', f'/containers/{NAME}/update', None, {'Memory': 64 << 20, 'MemorySwap': 128 << 20})
        assert status == 200, answer
        tidy.wait_for_exit(NAME)
        tidy.docker('start', NAME)
        limit = tidy.docker('exec', NAME, 'sh', '-c', 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max')
        assert limit.out == f'{64 << 20}\n' and tidy.inspect(NAME)['HostConfig']['Memory'] == 64 << 20


def end_of_output(tidy):
    """A container whose attached client has just seen the end of its stream."""
    tidy.api.delete(f'/containers/{NAME}', query={'force': 1})
    made = tidy.api.post('/containers/create', query={'name': NAME}, body={'Image': BOX, 'Cmd': ['sh', '-c', 'sleep 0.05; exit 3']})
    stream = tidy.api.hijack(f'/containers/{NAME}/attach', query={'stream': 1, 'stdout': 1, 'stderr': 1})
    assert tidy.api.post(f'/containers/{NAME}/start').status == 204
    stream.read_all()
    stream.close()
    return made.json()['Id']


def test_who_has_seen_the_end_of_its_output_cannot_start_anything_in_it(tidy):
    for _ in range(15):
        identifier = end_of_output(tidy)
        answer = tidy.api.post(f'/containers/{NAME}/exec', {'Cmd': ['true']})
        assert (answer.status, answer.message.lower()) == (409, f'container {identifier} is not running')


def test_who_has_seen_the_end_of_its_output_stops_nothing(tidy):
    for _ in range(15):
        end_of_output(tidy)
        assert tidy.api.post(f'/containers/{NAME}/stop').status == 304


def test_who_has_seen_the_end_of_its_output_can_prune_it(tidy):
    for _ in range(15):
        identifier = end_of_output(tidy)
        assert identifier in (tidy.api.post('/containers/prune').json()['ContainersDeleted'] or [])
