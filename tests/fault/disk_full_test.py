"""A full disk under the daemon's root: errors that say so, and a daemon that works again once there is room."""
import os
import signal
import subprocess

import pytest
from harness import images
from harness.engine import BOX
from harness.names import address_of, resolved
from harness.wait import eventually

ENGINES = ('gantryd',)
ROOM = 24 << 20


@pytest.fixture
def small(daemon):
    """A daemon whose root directory is a file system of 24 MB."""
    engine = daemon(start=False)
    engine.root.mkdir(mode=0o711)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={ROOM},mode=711', 'tmpfs', str(engine.root)], check=True)
    yield_engine = engine
    engine.start()
    engine.prepare()
    yield yield_engine
    engine.clear()
    engine.stop()
    subprocess.run(['umount', str(engine.root)], check=True)      # fails if the daemon or a container left a mount


def test_image_that_does_not_fit_says_so_and_leaves_its_room_free(small):
    image = images.busybox_image('docker', mark='huge')
    archive = images.docker_archive(image.add_layer(images.random_layer(ROOM)).finish(), 'huge:1')
    for _ in range(3):                                # what an attempt leaves behind would add up
        done = small.docker('load', input=archive, check=False)
        assert 'no space left on device' in (done.out + done.err).lower(), done
        assert small.docker('images', '--format', '{{.Repository}}').out.split() == [BOX]
    assert small.docker('run', '--rm', BOX, 'sh', '-c', 'dd if=/dev/zero of=/f bs=1M count=8 2>/dev/null && echo fits').out == 'fits\n'


def test_container_that_fills_the_disk_can_be_removed_and_all_is_well(small):
    full = small.docker('run', '--name', 'hog', BOX, 'dd', 'if=/dev/zero', 'of=/f', 'bs=64K', check=False)
    assert full.code == 1 and 'No space left on device' in full.err
    refused = small.docker('run', '--name', 'unlucky', BOX, 'true', check=False)      # may or may not still fit
    assert refused.code in (0, 125) and small.alive()
    assert small.inspect('hog')['State']['ExitCode'] == 1
    small.docker('rm', '-f', 'hog')
    small.docker('rm', '-f', 'unlucky', check=False)
    assert small.docker('ps', '-aq').out == ''
    assert small.docker('run', '--rm', BOX, 'echo', 'room again').out == 'room again\n'


HOG = ('sh', '-c', 'while :; do cat /dev/zero >> /f 2>/dev/null; sleep 0.01; done')


def fill(engine):
    """A container that takes all room, again and again, and requests that take the engine's own."""
    engine.docker('run', '-d', '--name', 'hog', BOX, *HOG)
    eventually(lambda: os.statvfs(engine.root).f_bavail == 0, 'the disk is full')
    for n in range(20):
        if engine.api.post('/volumes/create', {'Name': f'v{n}'}).status != 201:
            break
        eventually(lambda: os.statvfs(engine.root).f_bavail == 0, 'the disk is full')
    else:
        raise AssertionError('a full disk took twenty volumes')


def test_who_goes_on_filling_the_disk_can_be_stopped_and_removed(small):
    small.docker('run', '-d', '--name', 'quiet', BOX, 'sleep', '1000')
    small.docker('create', '--name', 'idle', BOX)
    fill(small)
    small.docker('stop', '-t', '0', 'quiet')
    assert small.inspect('quiet')['State']['ExitCode'] == 137
    small.docker('rm', 'idle')
    small.docker('kill', 'hog')
    small.docker('rm', '-f', 'hog')
    assert small.docker('ps', '-aq').out.split() == [small.inspect('quiet')['Id'][:12]]
    small.docker('start', 'quiet')


def test_ends_on_a_full_disk_are_known_once_there_is_room(small):
    gate = small.dir / 'gate'
    gate.mkdir()
    small.docker('run', '-d', '--name', 'job', '-v', f'{gate}:/gate', BOX, 'sh', '-c', 'until [ -e /gate/open ]; do sleep 0.05; done; exit 9')
    small.docker('run', '-d', '--rm', '--name', 'passing', '-v', f'{gate}:/gate', BOX, 'sh', '-c', 'until [ -e /gate/open ]; do sleep 0.05; done')
    pids = [small.inspect(name)['State']['Pid'] for name in ('job', 'passing')]
    fill(small)
    hog = small.root / 'plugins/runtime-oci/roots' / small.inspect('hog')['Id'] / 'diff/f'
    pids_hog = small.inspect('hog')['State']['Pid']
    small.kill9()
    (gate / 'open').touch()
    for pid in pids:
        eventually(lambda pid=pid: not os.path.exists(f'/proc/{pid}'), 'it has ended')
    small.start()
    os.kill(pids_hog, signal.SIGKILL)
    os.truncate(hog, 0)
    eventually(lambda: small.inspect('job')['State']['Status'] == 'exited', 'its end is known', 15)
    assert small.inspect('job')['State']['ExitCode'] == 9
    eventually(lambda: small.api.get('/containers/passing/json').status == 404, 'it is removed', 15)
    small.docker('start', 'job')


def test_what_cannot_be_recorded_has_not_happened(small):
    small.docker('network', 'create', 'net')
    small.docker('run', '-d', '--name', 'quiet', '--network', 'net', '-m', '64m', '--memory-swap', '64m', BOX, 'sleep', '1000')
    address = address_of(small, 'quiet', 'net')
    fill(small)
    for command in (('rename', 'quiet', 'loud'), ('update', '-m', '32m', '--memory-swap', '32m', 'quiet')):
        refused = small.docker(*command, check=False)
        assert refused.code == 1 and 'no space left on device' in refused.err.lower(), refused
    assert small.inspect('quiet')['HostConfig']['Memory'] == 64 << 20
    assert small.api.get('/containers/quiet/stats', query={'stream': 0, 'one-shot': 1}).json()['memory_stats']['limit'] == 64 << 20
    assert (resolved(small, 'quiet', 'quiet'), resolved(small, 'quiet', 'loud')) == (address, '')
    small.docker('rm', '-f', 'hog')
    eventually(lambda: small.docker('rename', 'quiet', 'loud', check=False).code == 0, 'there is room')
    assert resolved(small, 'loud', 'loud') == address
    small.docker('rm', '-f', 'loud')
    small.docker('network', 'rm', 'net')


def test_daemon_starts_on_a_full_disk_and_can_make_room(small):
    small.docker('create', '--name', 'victim', BOX)
    small.docker('run', '--name', 'hog', BOX, 'dd', 'if=/dev/zero', 'of=/f', 'bs=64K', check=False)
    small.kill9()
    small.start()
    small.docker('rm', '-f', 'hog')
    assert small.docker('start', '-a', 'victim').code == 0


def test_a_copy_that_does_not_fit_is_told_and_can_be_cleaned_up(small, tmp_path):
    (tmp_path / 'big').write_bytes(os.urandom(ROOM))
    small.docker('run', '-d', '--name', 'full', BOX, 'sleep', '1000')
    for name in ('full', 'created'):
        if name == 'created':
            small.docker('create', '--name', 'created', BOX, 'rm', '/tmp/big')
        refused = small.docker('cp', str(tmp_path / 'big'), f'{name}:/tmp/big', check=False)
        assert refused.code == 1 and 'No space left on device' in refused.err
        small.docker('exec', name, 'rm', '/tmp/big') if name == 'full' else small.docker('rm', name)
    assert small.api.call('PUT', '/containers/full/archive', query={'path': '/tmp'}, body=images.tar([('fits', b'1')])).status == 200
    assert small.docker('exec', 'full', 'cat', '/tmp/fits').out == '1'
