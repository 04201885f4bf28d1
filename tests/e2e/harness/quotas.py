"""Engines whose root is a filesystem with project quotas, where the kernel has them."""
import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest

MIB = 1 << 20
MAKE = {'ext4': ['mkfs.ext4', '-q', '-O', 'quota,project', '-E', 'quotatype=prjquota'], 'xfs': ['mkfs.xfs', '-q']}
FULL = ('No space left on device', 'Disk quota exceeded')


def mount(image, where, *options: str) -> str | None:
    """Why it cannot be mounted."""
    done = subprocess.run(['mount', '-o', ','.join(('loop', *options)), str(image), str(where)], capture_output=True, text=True)
    return done.stderr.strip() or None


@contextmanager
def limited_engine(daemon, file_system: str):
    for program in (MAKE[file_system][0], 'repquota', 'lsattr'):
        if shutil.which(program) is None:
            pytest.skip(f'no {program}')
    engine = daemon(start=False)
    engine.file_system = file_system
    engine.root.mkdir(mode=0o711)
    image = engine.dir / 'image'
    with open(image, 'wb') as file:
        file.truncate(400 * MIB)
    subprocess.run([*MAKE[file_system], str(image)], check=True)
    if (reason := mount(image, engine.root, 'prjquota')) is not None:
        assert 'GANTRY_VM' not in os.environ, reason
        pytest.skip(f'no project quotas of {file_system} on this kernel: {reason}')
    try:
        engine.start()
        engine.prepare()
        yield engine
        engine.clear()
    finally:
        engine.stop()
        subprocess.run(['umount', str(engine.root)], check=True)


def start_without_quotas(engine):
    """The same filesystem again, after its administrator forgot an option."""
    engine.stop()
    subprocess.run(['umount', str(engine.root)], check=True)
    assert mount(engine.dir / 'image', engine.root) is None
    engine.start()


def limits(engine) -> list[str]:
    """Projects that have one."""
    report = subprocess.run(['repquota', '-P', '-n', '-v', '-O', 'csv', str(engine.root)], capture_output=True, text=True, check=True).stdout
    return [line for line in report.splitlines() if line.startswith('#') and line.split(',')[5] != '0']


def is_full(done) -> bool:
    return done.code != 0 and any(words in done.err for words in FULL)
