"""`size` of a volume: project quotas of ext4 and XFS hold it, whatever happens to the daemon."""
import subprocess
from pathlib import Path

import pytest
from harness.engine import BOX
from harness.quotas import MAKE, MIB, is_full, limited_engine, limits, start_without_quotas

ENGINES = ('gantryd',)


@pytest.fixture(params=MAKE)
def limited(request, daemon):
    with limited_engine(daemon, request.param) as engine:
        yield engine


def write(engine, volume: str, megabytes: int, name: str = 'f'):
    return engine.docker('run', '--rm', '-v', f'{volume}:/v', BOX, 'dd', 'if=/dev/zero', f'of=/v/{name}', 'bs=1M',
                         f'count={megabytes}', 'conv=fsync', check=False)


def test_a_volume_takes_what_it_may_and_no_more(limited):
    limited.docker('volume', 'create', '-o', 'size=8m', 'small')
    limited.docker('volume', 'create', '-o', 'size=16MiB', 'larger')
    limited.docker('volume', 'create', 'free')
    assert limited.api.get('/volumes/small').json()['Options'] == {'size': '8m'}
    assert write(limited, 'small', 6).code == 0
    assert is_full(write(limited, 'small', 6, 'g')), 'limits count all files of a volume'
    assert write(limited, 'larger', 12).code == 0, 'volumes do not share their limits'
    assert is_full(write(limited, 'larger', 20, 'g'))
    assert write(limited, 'free', 30).code == 0
    if limited.file_system == 'ext4':
        forced = ('run', '--rm', '--privileged', '-v', 'small:/v', BOX, 'dd', 'if=/dev/zero', 'of=/v/p', 'bs=1M', 'count=12')
        assert limited.docker(*forced, check=False).code == 0, 'ext4 leaves it to privileged processes'
        limited.docker('run', '--rm', '-v', 'small:/v', BOX, 'rm', '/v/p')
    size = limited.docker('run', '--rm', '-v', 'small:/v', BOX, 'df', '-m', '/v').out.split()[-5]
    assert int(size) <= 8, 'df in the container shows the limit'


def test_the_limit_outlives_the_daemon(limited):
    limited.docker('volume', 'create', '-o', 'size=8m', 'small')
    assert write(limited, 'small', 6).code == 0
    limited.kill9()
    limited.start()
    assert is_full(write(limited, 'small', 6, 'g'))
    limited.docker('volume', 'create', '-o', 'size=8m', 'next')
    assert write(limited, 'next', 6).code == 0


def test_a_removed_volume_leaves_its_room_and_no_limit(limited):
    for _ in range(3):
        limited.docker('volume', 'create', '-o', 'size=8m', 'again')
        assert write(limited, 'again', 7).code == 0 and len(limits(limited)) == 1
        limited.docker('volume', 'rm', 'again')
    assert limits(limited) == []


def test_what_a_container_does_to_its_volume_reaches_no_other(limited):
    """The project that a file counts for is its owner's to change."""
    limited.docker('volume', 'create', '-o', 'size=8m', 'mine')
    limited.docker('volume', 'create', '-o', 'size=8m', 'theirs')
    mine, theirs = (Path(limited.api.get(f'/volumes/{name}').json()['Mountpoint']) for name in ('mine', 'theirs'))
    (mine / 'deep').mkdir()
    (mine / 'deep/file').write_bytes(b'x' * MIB)
    project = subprocess.run(['lsattr', '-pd', str(theirs)], capture_output=True, text=True, check=True).stdout.split()[0]
    for path in (mine / 'deep/file', mine / 'deep', mine):
        subprocess.run(['chattr', '-p', project, str(path)], check=True)
    assert write(limited, 'mine', 6, 'g').code == 0 and is_full(write(limited, 'mine', 2, 'deep/h')), 'it is back in a project of its own'
    assert write(limited, 'theirs', 7).code == 0 and len(limits(limited)) == 2
    limited.docker('volume', 'rm', 'mine')
    assert is_full(write(limited, 'theirs', 7, 'g')) and len(limits(limited)) == 1


def test_a_copied_record_does_not_lift_the_others_limit(limited):
    limited.docker('volume', 'create', '-o', 'size=8m', 'first')
    where = Path(limited.api.get('/volumes/first').json()['Mountpoint']).parent
    limited.stop()
    subprocess.run(['cp', '-a', str(where), str(where.parent / 'second')], check=True)
    limited.start()
    assert write(limited, 'second', 6).code == 0 and is_full(write(limited, 'second', 6, 'g'))
    limited.docker('volume', 'rm', 'second')
    assert is_full(write(limited, 'first', 10))


def test_without_quotas_the_volume_is_refused_not_unlimited(limited):
    limited.docker('volume', 'create', '-o', 'size=8m', 'small')
    start_without_quotas(limited)
    refused = write(limited, 'small', 1)
    assert refused.code == 125 and 'quota size requested but no quota support' in refused.err
    more = limited.docker('volume', 'create', '-o', 'size=8m', 'more', check=False)
    assert more.code == 1 and 'quota size requested but no quota support' in more.err
    assert [v['Name'] for v in limited.api.get('/volumes').json()['Volumes']] == ['small']
    limited.docker('volume', 'rm', 'small')
