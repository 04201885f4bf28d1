"""A stranger's drivers, volume-memo.so and log-memo.so: built outside the tree with the installed SDK."""
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from . import paths
from .gantryd import Gantryd

SOURCES = paths.REPO / 'tests/e2e'


def _run(*argv):
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr


def installed_sdk(tmp_path_factory) -> Path:
    """Everything installed below a directory, as `cmake --install` does."""
    if reason := Gantryd.missing():
        pytest.skip(reason)
    where = tmp_path_factory.mktemp('usr')
    _run('cmake', '--install', paths.build_dir(), '--prefix', where)
    return where


def build_memo(tmp_path_factory, prefix: Path | None = None, kind: str = 'volume') -> Path:
    """Where nothing of the source tree is in sight."""
    cache = paths.build_dir() / 'CMakeCache.txt'
    if not cache.exists():
        pytest.skip(f'no build tree at {paths.build_dir()}')
    if re.search(r'^GANTRY_SANITIZE:\w+=.+', cache.read_text(), re.M):
        pytest.skip('an instrumented daemon does not load plain plugins')
    prefix = prefix or installed_sdk(tmp_path_factory)
    outside = tmp_path_factory.mktemp('stranger')
    shutil.copytree(SOURCES / f'{kind}_memo', outside / 'src')
    _run('cmake', '-S', outside / 'src', '-B', outside / 'out', f'-DCMAKE_PREFIX_PATH={prefix}', '-DCMAKE_BUILD_TYPE=Release')
    _run('cmake', '--build', outside / 'out')
    return next((outside / 'out').rglob(f'{kind}-memo.so'))
