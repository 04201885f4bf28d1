"""docker cp when something goes wrong half-way: cut uploads, clients that leave or stall, full disks, hostile containers."""
import io
import os
import socket
import tarfile
import threading
import time

import pytest
from harness.engine import BOX
from harness.wait import eventually

ENGINES = ('gantryd',)
MB = 1 << 20


def tar_of(name: str, size: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        info = tarfile.TarInfo(name)
        info.size = size
        tar.addfile(info, io.BytesIO(os.urandom(size)))
    return out.getvalue()


def put(engine, name, path, body, **query):
    return engine.api.call('PUT', f'/containers/{name}/archive', query={'path': path, **query}, body=body)


def raw_put(engine, name: str, length: int) -> socket.socket:
    """A connection whose upload has begun."""
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(engine.socket)
    sock.sendall(f'PUT /v1.51/containers/{name}/archive?path=/tmp HTTP/1.1\r\nHost: d\r\nContent-Length: {length}\r\n\r\n'.encode())
    return sock


def threads(engine) -> int:
    return len(os.listdir(f'/proc/{engine.process.pid}/task'))


def descriptors(engine) -> int:
    return len(os.listdir(f'/proc/{engine.process.pid}/fd'))


@pytest.fixture(scope='module')
def world(engine):
    engine.docker('run', '-d', '--name', 'running', BOX, 'sleep', '1000')
    engine.docker('create', '--name', 'created', BOX, 'sleep', '1000')
    put(engine, 'running', '/tmp', tar_of('big', 40 * MB))
    put(engine, 'created', '/tmp', tar_of('big', 40 * MB))
    yield engine
    engine.clear()


@pytest.mark.parametrize('name', ['running', 'created'])
def test_a_cut_archive_is_refused_and_what_was_whole_stays(world, name):
    answer = put(world, name, '/tmp', tar_of('whole', 1000)[:1536] + tar_of('cut', 100000)[:50000])
    assert answer.status == 400 and 'invalid archive' in answer.message
    assert world.api.call('HEAD', f'/containers/{name}/archive', query={'path': '/tmp/whole'}).status == 200


@pytest.mark.parametrize('name', ['running', 'created'])
def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(world, name):
    threads_before, descriptors_before = threads(world), descriptors(world)
    for _ in range(5):
        sock = raw_put(world, name, 50 * MB)
        sock.sendall(tar_of('left', 5 * MB)[:3 * MB])
        sock.close()
        stream = world.api.stream('GET', f'/containers/{name}/archive', query={'path': '/tmp/big'})
        assert stream.response.read(1000)
        stream.close()
    eventually(lambda: descriptors(world) <= descriptors_before + 2, 'descriptors are closed')
    eventually(lambda: threads(world) <= threads_before + 8, 'threads are idle or gone')
    assert put(world, name, '/tmp', tar_of('after', 10)).status == 200


def test_a_stalled_upload_to_a_running_container_holds_up_nothing(world):
    sock = raw_put(world, 'running', 50 * MB)
    sock.sendall(tar_of('stalled', 5 * MB)[:MB])
    begun = time.monotonic()
    world.docker('exec', 'running', 'true')
    world.docker('restart', '-t', '0', 'running')
    assert time.monotonic() - begun < 10
    sock.close()
    assert put(world, 'running', '/tmp', tar_of('after', 10)).status == 200


SWAPPER = 'mkdir -p /w/dir; while :; do mv /w/dir /w/away; ln -s {outside} /w/dir; rm /w/dir; mv /w/away /w/dir; done'


def test_a_container_that_swaps_directories_for_links_gets_nothing_of_the_host(world):
    outside = world.dir / 'outside'
    outside.mkdir()
    (outside / 'secret').write_text('secret of the host')
    os.chmod(outside / 'secret', 0o600)
    world.docker('run', '-d', '--name', 'swapper', BOX, 'sh', '-c', SWAPPER.format(outside=outside))
    end = time.monotonic() + 4
    while time.monotonic() < end:
        put(world, 'swapper', '/w', tar_of('dir/planted', 10))
        put(world, 'swapper', '/w/dir', tar_of('planted', 10))
        answer = world.api.get('/containers/swapper/archive', query={'path': '/w/dir/secret'})
        assert answer.status != 200 and b'secret of the host' not in answer.body
        tree = world.api.get('/containers/swapper/archive', query={'path': '/w'})
        assert b'secret of the host' not in tree.body
    assert os.listdir(outside) == ['secret'] and os.stat(outside / 'secret').st_mode & 0o777 == 0o600
    world.docker('rm', '-f', 'swapper')


def test_deep_trees_and_device_files_do_no_harm(world):
    world.docker('exec', 'running', 'sh', '-c', 'mkdir -p /deep && cd /deep && i=0; while [ $i -lt 900 ]; do mkdir d && cd d; i=$((i+1)); done; '
                 'mkfifo /tmp/pipe; mknod /tmp/tty c 5 0')
    answer = world.api.get('/containers/running/archive', query={'path': '/deep'})
    assert answer.status == 200 and len(tarfile.open(fileobj=io.BytesIO(answer.body)).getnames()) == 901
    names = tarfile.open(fileobj=io.BytesIO(world.api.get('/containers/running/archive', query={'path': '/tmp'}).body)).getnames()
    assert {'tmp/pipe', 'tmp/tty'} <= set(names), 'they are told, not opened'
    kernels = world.api.get('/containers/running/archive', query={'path': '/'})
    assert kernels.status == 200 and b'proc/1/' not in kernels.body


def test_many_copies_at_once(world):
    failures = []

    def copy(n):
        for _ in range(5):
            answer = put(world, 'running', '/tmp', tar_of(f'many{n}', 100000))
            if answer.status != 200:
                failures.append(answer.message)
            if world.api.get('/containers/running/archive', query={'path': f'/tmp/many{n}'}).status != 200:
                failures.append('get')
    workers = [threading.Thread(target=copy, args=(n,)) for n in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures, failures[:3]
