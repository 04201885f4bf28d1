"""Mounts that a killed daemon leaves behind for containers that do not run."""
import os
import random
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from harness import images
from harness.engine import BOX
from harness.wait import eventually

ENGINES = ('gantryd',)
CRASHES = 8


@contextmanager
def unfinished_copy(engine, name: str, path: str):
    """An upload whose rest does not come."""
    body = images.tar([('whole', b'1' * 100000)])
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(engine.socket)
    sock.sendall(f'PUT /v1.51/containers/{name}/archive?path={path} HTTP/1.1\r\nHost: d\r\nContent-Length: {len(body)}\r\n\r\n'.encode())
    sock.sendall(body[:50000])
    with sock:
        yield


def data(engine, volume: str) -> Path:
    return Path(engine.api.get(f'/volumes/{volume}').json()['Mountpoint'])


def test_a_copy_that_a_kill_cut_off_leaves_no_volume_mounted(daemon):
    engine = daemon()
    engine.docker('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'ram')
    engine.docker('create', '--name', 'box', '-v', 'ram:/v', BOX, 'true')
    where = data(engine, 'ram')
    with unfinished_copy(engine, 'box', '/v'):
        eventually(lambda: os.path.ismount(where), 'it is mounted for the copy')
        engine.kill9()
    engine.start()
    eventually(lambda: not os.path.ismount(where), 'nothing is mounted for a container that does not run')
    engine.docker('rm', 'box')
    engine.docker('volume', 'rm', 'ram')


def test_a_stopped_container_has_no_shared_memory_after_a_kill(daemon):
    engine = daemon()
    engine.docker('run', '--name', 'box', '--ipc', 'shareable', BOX, 'true')
    where = engine.root / 'containers' / engine.inspect('box')['Id'] / 'shm'
    where.mkdir(exist_ok=True)
    engine.kill9()                                        # as if between the record of its end and the unmount
    subprocess.run(['mount', '-t', 'tmpfs', 'shm', str(where)], check=True)
    engine.start()
    eventually(lambda: not os.path.ismount(where), 'it is unmounted')
    engine.docker('rm', 'box')


def test_a_volume_that_cannot_be_removed_is_not_said_to_be_gone(daemon):
    engine = daemon()
    engine.docker('volume', 'create', '--label', 'a=b', 'busy')
    below = data(engine, 'busy') / 'below'
    below.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', str(below)], check=True)
    try:
        refused = engine.api.delete('/volumes/busy', query={'force': 1})
        assert refused.status == 409 and 'something is mounted' in refused.message, refused.body
        assert engine.api.get('/volumes/busy').json()['Labels'] == {'a': 'b'}
    finally:
        subprocess.run(['umount', str(below)], check=True)
    assert engine.api.delete('/volumes/busy', query={'force': 1}).status == 204


def churn(engine, volume: str, stop: threading.Event):
    """A container with the volume that comes, is copied into, runs and goes. The daemon may die in the middle of each call."""
    name, body = 'of-' + volume, images.tar([('whole', b'1' * 100000)])
    calls = [('POST', '/containers/create', {'name': name}, {'Image': BOX, 'Cmd': ['sleep', '1000'], 'HostConfig': {'Binds': [f'{volume}:/v']}}),
             ('PUT', f'/containers/{name}/archive', {'path': '/v'}, body), ('POST', f'/containers/{name}/start', {}, None),
             ('POST', f'/containers/{name}/stop', {'t': 0}, None), ('DELETE', f'/containers/{name}', {'force': 1}, None)]
    while not stop.is_set():
        for method, path, query, given in calls:
            try:
                engine.api.call(method, path, query=query, body=given, timeout=20)
            except (OSError, ValueError):
                stop.wait(0.02)


def runs(engine, name: str) -> bool:
    answer = engine.api.get(f'/containers/{name}/json')
    return answer.status == 200 and answer.json()['State']['Running']


def test_crashes_leave_no_volume_mounted(daemon):
    seed = int(os.environ.get('GANTRY_TEST_SEED', str(int(time.time()))))
    print('seed', seed)                                   # shown when the test fails
    dice = random.Random(seed)
    engine = daemon()
    volumes = [f'ram{n}' for n in range(4)]
    for volume in volumes:
        engine.docker('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', volume)
    places = [data(engine, volume) for volume in volumes]
    for _ in range(CRASHES):
        stop = threading.Event()
        workers = [threading.Thread(target=churn, args=(engine, volume, stop)) for volume in volumes]
        for worker in workers:
            worker.start()
        time.sleep(dice.uniform(0.2, 1))                  # the random point itself
        engine.kill9()
        stop.set()
        for worker in workers:
            worker.join()
        engine.start()
        for volume, place in zip(volumes, places):
            eventually(lambda: os.path.ismount(place) == runs(engine, 'of-' + volume), f'{volume} is mounted only for what runs')
    engine.clear()
    assert not any(os.path.ismount(place) for place in places)
    assert not engine.api.get('/volumes').json()['Volumes']
