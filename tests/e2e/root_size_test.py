"""`--storage-opt size=`: project quotas of ext4 and XFS hold what a container writes to its root, whatever happens to the daemon."""
import subprocess
import tarfile
from pathlib import Path

import pytest
from harness.engine import BOX
from harness.quotas import MAKE, MIB, is_full, limited_engine, limits, start_without_quotas

ENGINES = ('gantryd',)
REFUSAL = "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"
SIZE = ('--storage-opt', 'size=8m')


@pytest.fixture(params=MAKE)
def limited(request, daemon):
    with limited_engine(daemon, request.param) as engine:
        yield engine


def dd(megabytes: int, name: str = '/f') -> list[str]:
    return ['dd', 'if=/dev/zero', f'of={name}', 'bs=1M', f'count={megabytes}', 'conv=fsync']


def running(engine, name: str, *options: str):
    engine.docker('run', '-d', '--name', name, *options, BOX, 'sleep', '1000')


def write(engine, name: str, megabytes: int, file: str = '/f'):
    return engine.docker('exec', name, *dd(megabytes, file), check=False)


def root_of(engine, name: str) -> Path:
    return Path(engine.inspect(name)['GraphDriver']['Data']['UpperDir']).parent


def projects(engine) -> set[str]:
    return {line.split(',')[0] for line in limits(engine)}


def test_a_container_writes_what_it_may_and_no_more(limited):
    running(limited, 'small', *SIZE)
    running(limited, 'larger', '--storage-opt', 'size=16MiB')
    running(limited, 'free')
    assert limited.inspect('small')['HostConfig']['StorageOpt'] == {'size': '8m'}
    assert 'StorageOpt' not in limited.inspect('free')['HostConfig']
    assert write(limited, 'small', 6).code == 0
    assert is_full(write(limited, 'small', 6, '/tmp/g')), 'all files of a root count'
    assert write(limited, 'larger', 12).code == 0 and is_full(write(limited, 'larger', 20, '/g'))
    assert write(limited, 'free', 30).code == 0
    size = limited.docker('exec', 'small', 'df', '-m', '/').out.split()[-5]
    assert int(size) <= 8, 'df in the container shows the limit'
    assert is_full(limited.docker('run', '--rm', '--privileged', *SIZE, BOX, *dd(12), check=False)), 'no capability leads around it'
    limited.docker('volume', 'create', '-o', 'size=8m', 'vol')
    assert len(projects(limited)) == 3


def test_the_limit_outlives_daemon_and_container(limited):
    running(limited, 'small', *SIZE)
    assert write(limited, 'small', 6).code == 0
    limited.kill9()
    limited.start()
    assert is_full(write(limited, 'small', 6, '/g'))
    for _ in range(2):
        limited.docker('restart', '-t', '0', 'small')
        assert is_full(write(limited, 'small', 6, '/g')) and len(limits(limited)) == 1
    limited.docker('exec', 'small', 'rm', '/f', '/g')
    assert write(limited, 'small', 6).code == 0, 'what is removed is room again'
    refused = limited.api.post('/containers/small/update', {'StorageOpt': {'size': '1g'}})
    assert (refused.status, refused.message) == (400, 'StorageOpt cannot be changed after create')


def test_its_files_come_and_go_as_others_do(limited, tmp_path):
    (tmp_path / 'little').write_bytes(b'x' * MIB)
    (tmp_path / 'much').write_bytes(b'x' * 9 * MIB)
    limited.docker('create', '--name', 'small', *SIZE, BOX, 'sleep', '1000')
    for state in ('stopped', 'running'):
        limited.docker('cp', str(tmp_path / 'little'), f'small:/little-{state}')
        assert limited.docker('cp', str(tmp_path / 'much'), 'small:/much', check=False).code != 0, state
        if state == 'stopped':
            limited.docker('start', 'small')
        limited.docker('exec', 'small', 'rm', '-f', '/much')
    limited.docker('cp', 'small:/little-running', str(tmp_path / 'back'))
    assert (tmp_path / 'back').stat().st_size == MIB
    assert set(limited.docker('diff', 'small').out.splitlines()) == {'A /little-stopped', 'A /little-running'}
    limited.docker('export', '-o', str(tmp_path / 'all.tar'), 'small')
    with tarfile.open(tmp_path / 'all.tar') as tar:
        assert tar.getmember('little-stopped').size == MIB and 'limit' not in tar.getnames()
    limited.docker('commit', 'small', 'made:1')
    assert limited.docker('run', '--rm', 'made:1', *dd(12), check=False).code == 0, 'an image has no limit'
    limited.docker('rm', '-f', 'small')
    assert limits(limited) == []
    limited.docker('rmi', 'made:1')


def test_a_removed_container_leaves_no_limit(limited):
    for _ in range(3):
        assert limited.docker('run', '--rm', *SIZE, BOX, *dd(7)).code == 0
    assert limits(limited) == []


def test_a_crash_leaves_no_limit_without_a_container(limited):
    limited.docker('create', '--name', 'kept', *SIZE, BOX, 'sleep', '1000')
    limited.docker('create', '--name', 'gone', *SIZE, BOX, *dd(6))
    half = root_of(limited, 'gone')
    limited.stop()
    half.rename(half.with_name('tmp-' + half.name))  # as on the way to or from a container
    limited.start()
    eventually(lambda: len(limits(limited)) == 1, 'what no container has goes')
    limited.docker('rm', 'gone')
    meanwhile = [limited.spawn('create', *SIZE, BOX, 'true'), limited.spawn('rm', 'kept')]
    limited.kill9()
    for client in meanwhile:
        client.communicate(timeout=30)
    limited.start()
    eventually(lambda: len(limits(limited)) == len(limited.docker('ps', '-aq').out.split()), 'each has one limit')


def test_what_happens_to_its_files_reaches_no_other(limited):
    """The project that a file counts for is its owner's to change."""
    for name in ('mine', 'theirs'):
        limited.docker('create', '--name', name, *SIZE, BOX, 'sleep', '1000')
    mine, theirs = (root_of(limited, name) / 'diff' for name in ('mine', 'theirs'))
    project = subprocess.run(['lsattr', '-pd', str(theirs)], capture_output=True, text=True, check=True).stdout.split()[0]
    subprocess.run(['chattr', '-p', project, str(mine)], check=True)
    limited.docker('start', 'mine', 'theirs')
    assert write(limited, 'mine', 6).code == 0 and is_full(write(limited, 'mine', 6, '/g')), 'it is back in a project of its own'
    assert write(limited, 'theirs', 6).code == 0 and len(projects(limited)) == 2
    limited.docker('rm', '-f', 'mine')
    assert is_full(write(limited, 'theirs', 6, '/g')) and len(limits(limited)) == 1


@pytest.mark.parametrize('name', ['tmp-copy', 'f' * 64])
def test_a_copy_of_a_root_takes_no_limit_off(limited, name):
    running(limited, 'mine', *SIZE)
    root = root_of(limited, 'mine')
    limited.stop()
    subprocess.run(['cp', '-a', str(root), str(root.with_name(name))], check=True)
    limited.start()
    eventually(lambda: not root.with_name(name).exists(), 'what no container has goes')
    assert is_full(write(limited, 'mine', 12)) and len(limits(limited)) == 1


def test_without_quotas_it_does_not_start_rather_than_without_a_limit(limited):
    limited.docker('create', '--name', 'small', *SIZE, BOX, 'true')
    start_without_quotas(limited)
    refused = limited.docker('start', 'small', check=False)
    assert refused.code == 1 and REFUSAL in refused.err
    assert limited.inspect('small')['State']['Status'] == 'created'
    assert limited.docker('run', '--rm', BOX, 'true').code == 0
    limited.docker('rm', 'small')


def create(engine, **options: str):
    answer = engine.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'StorageOpt': options, 'Binds': ['fresh:/v']}})
    return answer.status, answer.message


def test_where_nothing_would_hold_it_a_size_is_refused(engine):
    assert create(engine, size='1G') == (400, REFUSAL)
    assert create(engine, SIZE='1G') == (400, REFUSAL)
    assert create(engine, size='lots') == (400, "invalid size: 'lots'")
    assert create(engine, size='1G', inodes='5') == (400, 'Unknown option inodes')
    done = engine.docker('run', '--name', 'large', '--storage-opt', 'size=1G', BOX, 'true', check=False)
    assert done.code == 125 and REFUSAL in done.err
    assert engine.docker('ps', '-aq').out == '' and engine.docker('volume', 'ls', '-q').out == '', 'and nothing of it stays'
    free = engine.api.post('/containers/create', {'Image': BOX, 'Cmd': ['true'], 'HostConfig': {'StorageOpt': {'size': '0'}}})
    assert free.status == 201
    assert engine.inspect(free.json()['Id'])['HostConfig']['StorageOpt'] == {'size': '0'}
    refused = engine.api.post(f'/containers/{free.json()["Id"]}/update', {'StorageOpt': {'size': '1G'}})
    assert (refused.status, refused.message) == (400, 'StorageOpt cannot be changed after create')
    engine.docker('rm', free.json()['Id'])
