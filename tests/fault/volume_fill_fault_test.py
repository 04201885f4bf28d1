"""Filling a fresh volume from the image: a full disk, and a daemon killed in the middle."""
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from harness import images
from harness.engine import BOX
from harness.wait import eventually

ENGINES = ('gantryd',)
IMAGE = 'gt/many:1'
FILES = 20000                                                       # empty: quick to remove


def load(engine, entries):
    image = images.busybox_image().add_layer(images.tar([('data', None), *entries]))
    engine.docker('load', input=images.docker_archive(image.finish(), IMAGE))


def point(engine, volume: str) -> Path:
    return Path(engine.docker('volume', 'inspect', '-f', '{{.Mountpoint}}', volume).id)


def test_a_full_disk_fails_the_create_and_leaves_the_volume_empty(daemon, tmp_path):
    engine = daemon()
    load(engine, [(f'data/{n}', os.urandom(256 << 10)) for n in range(24)])
    small = tmp_path / 'small'
    small.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=2m,mode=755', 'tmpfs', str(small)], check=True)
    try:
        engine.docker('volume', 'create', '-o', 'type=none', '-o', 'o=bind', '-o', f'device={small}', 'tight')
        refused = engine.docker('create', '--name', 'unlucky', '-v', 'tight:/data', IMAGE, check=False)
        assert refused.code == 1 and 'no space left on device' in refused.err.lower(), refused
        assert list(small.iterdir()) == []
        assert 'unlucky' not in engine.docker('ps', '-a').out
        subprocess.run(['mount', '-o', 'remount,size=16m', str(small)], check=True)
        assert engine.docker('run', '--rm', '-v', 'tight:/data', IMAGE, 'sh', '-c', 'ls /data | wc -l').out.strip() == '24'
        engine.docker('volume', 'rm', 'tight')
    finally:
        subprocess.run(['umount', str(small)], check=True)          # fails if the engine left its mount


def kill_while_filling(engine, volume: str, wanted) -> None:
    """kill -9 at the first moment wanted(volume's directory) is true."""
    where = point(engine, volume)
    body = {'Image': IMAGE, 'HostConfig': {'Binds': [f'{volume}:/data']}}

    def create():
        try:
            engine.api.post('/containers/create', body)
        except OSError:
            pass                                                    # killed, as meant
    client = threading.Thread(target=create)
    client.start()
    end = time.monotonic() + 20
    while not wanted(where):
        assert time.monotonic() < end, 'the moment did not come'
    engine.process.kill()                                           # at once: kill9() first asks something
    engine.kill9()
    client.join()


def half_way(where: Path) -> bool:
    try:
        return any(entry.name.endswith('.part') and len(os.listdir(entry)) > FILES // 8 for entry in where.glob('.gantry-*'))
    except FileNotFoundError:                                       # it has its name by now
        return False


@pytest.mark.parametrize('use', ['boot', 'volume in use'])
def test_a_daemon_killed_while_it_fills_a_volume_starts_over(daemon, use):
    engine = daemon()
    load(engine, [(f'data/{n}', b'') for n in range(FILES)])
    engine.docker('volume', 'create', 'vv')
    if use != 'boot':
        engine.docker('run', '-d', '--name', 'other', '-v', 'vv:/v', BOX, 'sleep', '1000')
    kill_while_filling(engine, 'vv', half_way)
    if use != 'boot':                                               # what others write meanwhile is theirs
        (point_of_dead := engine.root / 'plugins/volume-local/vv/_data').is_dir() or pytest.fail(str(point_of_dead))
        (point_of_dead / 'theirs').write_text('kept')
    engine.start()
    where = point(engine, 'vv')
    eventually(lambda: not list(where.glob('.gantry-*')), 'the half copy is gone', 10)
    if use == 'boot':
        assert os.listdir(where) == []
        assert engine.docker('ps', '-aq').out == ''
        assert engine.docker('run', '--rm', '-v', 'vv:/data', IMAGE, 'sh', '-c', 'ls /data | wc -l').out.strip() == str(FILES)
    else:
        assert os.listdir(where) == ['theirs']
        engine.docker('rm', '-f', 'other')
    engine.docker('volume', 'rm', 'vv')


def test_the_next_use_after_a_crash_never_sees_a_half_filled_volume(daemon):
    engine = daemon()
    load(engine, [(f'data/{n}', b'') for n in range(FILES)])
    for number in range(3):
        engine.docker('volume', 'create', f'v{number}')
        kill_while_filling(engine, f'v{number}', half_way)
        engine.start()
        count = engine.docker('run', '--rm', '-v', f'v{number}:/v', BOX, 'sh', '-c', 'ls -A /v | wc -l').out.strip()
        assert count == '0'
