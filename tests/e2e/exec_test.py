"""Exec instances by the API: what they tell when they are over, and what becomes of them with their container."""
import socket
import threading
import time

import pytest
from harness.api import output
from harness.engine import BOX
from harness.wait import eventually


@pytest.fixture
def box(engine):
    engine.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
    yield engine.api
    engine.clear()


def made(api, *command: str, **more) -> str:
    answer = api.post('/containers/box/exec', {'Cmd': command or ['true'], **more})
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


def test_a_finished_exec_still_tells_which_streams_it_had(box):
    identifier = made(box, AttachStdin=True, AttachStdout=True)
    assert start(box, identifier) == 200
    state = eventually(lambda: (seen := box.get(f'/exec/{identifier}/json').json())['ExitCode'] == 0 and seen, 'it ended')
    assert (state['OpenStdin'], state['OpenStdout'], state['OpenStderr']) == (True, True, False)


def test_the_head_of_an_exec_has_the_usual_headers(box):
    stream = box.hijack(f'/exec/{made(box, AttachStdout=True)}/start', body={})
    stream.read_all()
    stream.close()
    head = [line.split(':')[0] for line in stream.head.splitlines()]
    assert head == ['HTTP/1.1 101 UPGRADED', 'Content-Type', 'Connection', 'Upgrade', 'Api-Version', 'Docker-Experimental', 'Ostype', 'Server']


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


def test_an_unknown_user_is_found_out_at_create(engine, box):
    words = 'unable to find user nosuch: no matching entries in passwd file'
    told = engine.docker('exec', '-u', 'nosuch', 'box', 'true', check=False)
    assert told.code == 1 and told.err == f'Error response from daemon: {words}\n'
    answer = box.post('/containers/box/exec', {'Cmd': ['true'], 'User': 'nosuch'})
    assert (answer.status, answer.message) == (400, words)


def test_a_user_who_is_gone_by_then_is_found_out_at_the_start(engine, box):
    words = 'unable to find user late: no matching entries in passwd file'
    engine.docker('exec', 'box', 'sh', '-c', 'cp /etc/passwd /p; echo late:x:77:77::/:/bin/sh >> /etc/passwd')
    identifier = made(box, User='late')
    engine.docker('exec', 'box', 'cp', '/p', '/etc/passwd')
    answer = box.post(f'/exec/{identifier}/start', {'Detach': True})
    assert (answer.status, answer.message) == (500, words)
    state = box.get(f'/exec/{identifier}/json').json()
    assert (state['ExitCode'], state['Running'], state['Pid']) == (126, False, 0)
    assert start(box, identifier) == 409


@pytest.mark.parametrize('user', ['1000:1000', '0', None])
def test_a_container_s_further_groups_are_its_execs_too(engine, box, user):
    engine.docker('run', '-d', '--name', 'grouped', '--group-add', '33', BOX, 'sleep', '1000')
    groups = engine.docker('exec', *(('-u', user) if user else ()), 'grouped', 'id', '-G').out.split()
    assert '33' in groups


def test_the_next_daemon_knows_what_its_execs_run(engine, box):
    if engine.name == 'dockerd':
        pytest.skip('dockerd forgets its execs')
    running = made(box, 'sleep', '1000', User='0:0', Tty=True, AttachStdout=True, DetachKeys='ctrl-a')
    ended = made(box, 'true')
    assert start(box, running) == start(box, ended) == 200
    eventually(lambda: not box.get(f'/exec/{ended}/json').json()['Running'], 'it ended')
    before = {identifier: box.get(f'/exec/{identifier}/json').json() for identifier in (running, ended)}
    engine.kill9()
    engine.start()
    for identifier, told in before.items():
        assert box.get(f'/exec/{identifier}/json').json() == told
    assert before[running]['ProcessConfig']['arguments'] == ['1000'] and before[running]['Running']


@pytest.mark.parametrize('command, said', [('echo hi', 'hi\n'), ('nosuch', 'executable file not found')])
def test_what_comes_first_is_the_head_alone(box, command, said):
    """Docker's SDK for Python throws away what it reads together with the head."""
    for _ in range(20):
        stream = box.hijack(f'/exec/{made(box, *command.split(), AttachStdout=True)}/start', body={'Detach': False})
        assert stream.buffer == b''
        assert said in output(stream.read_all()).decode()
        stream.close()


def test_dockers_sdk_for_python_gets_the_output_of_many(engine, box):
    docker = pytest.importorskip('docker')
    seen = []

    def run(times: int):
        client = docker.DockerClient(base_url='unix://' + engine.socket, version='auto')
        for _ in range(times):
            seen.append(tuple(client.containers.get('box').exec_run('echo hi')))
        client.close()

    run(50)
    together = [threading.Thread(target=run, args=(15,)) for _ in range(4)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert seen == [(0, b'hi\n')] * 110


@pytest.mark.parametrize('query', [{'logs': 1, 'stdout': 1}, {'logs': 1, 'stream': 1, 'stdout': 1}])
def test_attaching_gives_the_head_alone_before_old_output(tidy, query):
    if tidy.name == 'dockerd':
        pytest.skip('it sends both together')
    tidy.docker('run', '-d', '--name', 'said', BOX, 'sh', '-c', 'echo old; exec sleep 1000')
    eventually(lambda: tidy.docker('logs', 'said').out, 'its output')
    for _ in range(20):
        stream = tidy.api.hijack('/containers/said/attach', query=query)
        assert stream.buffer == b''
        stream.read_until(b'old\n')
        stream.close()


@pytest.mark.parametrize('command, code', [('true', 0), ('nosuch', 127)])
def test_who_has_read_the_head_finds_the_exec_running_or_ended(engine, box, command, code):
    """Clients take "not running" without an exit code for the end."""
    if engine.name == 'dockerd':
        pytest.skip('it can be late')
    for _ in range(20):
        identifier = made(box, command, AttachStdout=True)
        stream = box.hijack(f'/exec/{identifier}/start', body={})
        while (state := box.get(f'/exec/{identifier}/json').json())['Running']:
            pass
        assert state['ExitCode'] == code
        stream.close()


def test_an_exec_that_cannot_become_its_program_keeps_nobody_from_killing_the_container(tidy):
    """Its processes can stop every new one before that."""
    if tidy.name == 'dockerd':
        pytest.skip('it hangs')
    stop_all = 'while :; do for p in /proc/[0-9]*; do p=${p#/proc/}; [ $p = 1 ] || kill -STOP $p; done; done'
    tidy.docker('run', '-d', '--name', 'box', BOX, 'sh', '-c', stop_all)
    streams = [tidy.api.hijack(f'/exec/{made(tidy.api, AttachStdout=True)}/start', body={}) for _ in range(4)]
    began = time.monotonic()
    assert tidy.api.post('/containers/box/kill', timeout=60).status == 204
    assert time.monotonic() - began < 20
    for stream in streams:
        stream.read_all()
        stream.close()
    assert tidy.api.delete('/containers/box').status == 204


def renamed_before_it_is_told(api, identifier: str, name: str) -> bool:
    """Whether the container is free for others while a client that reads nothing is to be told that its start is refused."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(api.path)
        client.sendall(f'POST /v1.51/exec/{identifier}/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}'.encode())
        client.recv(1, socket.MSG_PEEK)
        assert api.post('/containers/box/rename', query={'name': name}).status == 204
        assert api.post(f'/containers/{name}/rename', query={'name': 'box'}).status == 204
        return b'already' not in client.recv(4096, socket.MSG_PEEK)


def test_a_start_that_is_refused_keeps_nobody_from_the_container(engine, box):
    if engine.name == 'dockerd':
        pytest.skip('it tells at once')
    identifier = made(box, AttachStdout=True)
    box.hijack(f'/exec/{identifier}/start', body={}).read_all()
    # It is told after a second at the latest: a busy machine may need more than one attempt.
    assert any(renamed_before_it_is_told(box, identifier, f'other{n}') for n in range(5))
