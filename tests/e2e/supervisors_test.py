"""Supervisors that are killed or do not answer, and daemons that die while a container is paused: what is told stays true."""
import os
import random
import signal
import socket
import threading
from pathlib import Path

import pytest
from harness.engine import BOX
from harness.wait import eventually


def supervisor(engine, name: str) -> int:
    """The parent of the container's first process."""
    with open(f'/proc/{engine.inspect(name)["State"]["Pid"]}/stat') as stat:
        return int(stat.read().rpartition(')')[2].split()[1])


def test_an_exec_whose_supervisor_is_killed_has_an_exit_code(daemon):
    engine = daemon()
    for number in range(2):
        name = f'box{number}'
        engine.docker('run', '-d', '--name', name, BOX, 'sleep', '1000')
        made = engine.api.post(f'/containers/{name}/exec', {'Cmd': ['sh', '-c', 'echo ready; exec sleep 1000'], 'AttachStdout': True}).json()['Id']
        stream = engine.api.hijack(f'/exec/{made}/start', body={})
        while b'ready' not in stream.buffer:
            stream.buffer += stream.sock.recv(65536)
        os.kill(supervisor(engine, name), signal.SIGKILL)
        stream.read_all()
        eventually(lambda: engine.api.get(f'/exec/{made}/json').json()['Running'] is False, 'its end is known')
        assert engine.api.get(f'/exec/{made}/json').json()['ExitCode'] == 137
        state = engine.inspect(name)['State']
        assert (state['Status'], state['ExitCode']) == ('exited', 255)
        engine.docker('start', name)                       # another run, not the last of this one
        assert engine.docker('exec', name, 'echo', 'runs').out == 'runs\n'
        engine.docker('rm', '-f', name)


def fill_queue(engine, name: str) -> list[socket.socket]:
    """Connections that the container's supervisor has not accepted, as many as there can be."""
    bundle = next(Path(engine.dir).rglob(f'bundles/{engine.inspect(name)["Id"]}'))
    place = os.open(bundle, os.O_PATH)
    waiting = []
    try:
        while True:
            one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            waiting.append(one)
            one.setblocking(False)
            one.connect(f'/proc/self/fd/{place}/shim.sock')
    except BlockingIOError:
        return waiting
    finally:
        os.close(place)


@pytest.mark.parametrize('queue', ['empty', 'full'])
def test_a_supervisor_that_does_not_answer_keeps_no_daemon_from_its_work(daemon, queue):
    engine = daemon()
    for name in ('stuck', 'other'):
        engine.docker('run', '-d', '--name', name, '--restart', 'always', '-p', '80', BOX, 'sleep', '1000')
    before = engine.inspect('stuck')['State']
    pid = supervisor(engine, 'stuck')
    os.kill(pid, signal.SIGSTOP)
    waiting = fill_queue(engine, 'stuck') if queue == 'full' else []
    engine.kill9()
    try:
        engine.start()
        assert (engine.inspect('stuck')['State']['Status'], engine.inspect('stuck')['State']['Pid']) == ('running', before['Pid'])
        assert engine.docker('exec', 'other', 'echo', 'runs').out == 'runs\n'
        for asked in (('exec', 'stuck', 'true'), ('kill', '-s', 'HUP', 'stuck'), ('stop', 'stuck'), ('rm', '-f', 'stuck')):
            said = engine.docker(*asked, check=False, seconds=8)
            assert said.code != 0 and 'does not answer' in said.out + said.err, asked
    finally:
        for one in waiting:
            one.close()
        os.kill(pid, signal.SIGCONT)
    eventually(lambda: engine.docker('exec', 'stuck', 'echo', 'runs', check=False).out == 'runs\n', 'it answers again')
    assert engine.inspect('stuck')['State']['StartedAt'] == before['StartedAt']
    os.kill(before['Pid'], signal.SIGKILL)                  # nobody has stopped it: its policy holds
    eventually(lambda: engine.inspect('stuck')['RestartCount'] == 1 and engine.inspect('stuck')['State']['Running'], 'it was started again')
    engine.docker('rm', '-f', 'stuck', 'other')


@pytest.mark.parametrize('seed', [1, 2])
def test_a_daemon_that_dies_while_it_pauses_leaves_nothing_frozen(daemon, seed):
    engine = daemon()
    chance = random.Random(seed)
    for _ in range(8):
        engine.docker('create', '--name', 'held', BOX, 'sh', '-c', 'sleep 1000')
        engine.api.post('/containers/held/start')
        asked = threading.Event()

        def pause():
            asked.set()
            try:
                engine.api.post('/containers/held/pause', timeout=20)
            except OSError:
                pass                                       # the daemon dies of it
        thread = threading.Thread(target=pause)
        thread.start()
        asked.wait()
        thread.join(timeout=chance.choice([0.002, 0.004, 0.008, 0.02]))
        engine.kill9()
        thread.join()
        engine.start()
        if engine.inspect('held')['State']['Paused']:
            engine.docker('unpause', 'held')
        assert engine.docker('exec', 'held', 'echo', 'moves', seconds=10).out == 'moves\n'
        engine.docker('stop', '-t', '0', 'held', seconds=10)
        engine.docker('rm', 'held')
