"""A stranger's volume driver: built outside the tree with the installed SDK, enabled by two lines of TOML, checked, listed, used."""
import contextlib
import os
import re
import subprocess
from pathlib import Path

import pytest
from harness import paths
from harness.engine import BOX
from harness.memo_driver import build_memo, installed_sdk
from harness.wait import eventually

ENGINES = ('gantryd',)


def sh(*argv, **kw) -> subprocess.CompletedProcess:
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, **kw)


@pytest.fixture(scope='module')
def prefix(tmp_path_factory):
    return installed_sdk(tmp_path_factory)


@pytest.fixture(scope='module')
def driver(prefix, tmp_path_factory):
    return build_memo(tmp_path_factory, prefix)


def config(driver: Path) -> str:
    return f'[plugin]\ndirectories = ["{driver.parent}"]\n[volume]\nplugins = ["volume-local", "volume-memo"]\n'


def test_only_the_entry_is_visible(driver):
    symbols = sh('nm', '-D', '--defined-only', driver).stdout.split()
    assert [s for s in symbols if 'gantry' in s.lower()] == ['gantry_plugin_entry'] and len(symbols) == 3, symbols


def test_it_passes_the_conformance_suite_of_its_kind(prefix, driver):
    done = sh(prefix / 'bin/gantry-plugin-check', driver)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'volume-memo' in done.stdout


def test_pkg_config_knows_the_sdk(prefix):
    found = next(prefix.rglob('gantry-sdk.pc'))
    done = sh('pkg-config', '--cflags', 'gantry-sdk', env={'PKG_CONFIG_PATH': str(found.parent), 'PATH': paths.SYSTEM_PATH})
    assert done.returncode == 0, done.stderr


def test_it_serves_volumes(daemon, driver):
    engine = daemon(config=config(driver))
    assert 'memo' in engine.api.get('/info').json()['Plugins']['Volume']
    assert re.search(r'Volume: .*\bmemo\b', engine.docker('info').out)
    engine.docker('volume', 'create', '-d', 'memo', '-o', 'note=remember', 'mine')
    shown = engine.api.get('/volumes/mine').json()
    assert shown['Driver'] == 'memo' and shown['Options'] == {'note': 'remember'}
    assert engine.docker('run', '--rm', '--volume-driver', 'memo', '-v', 'mine:/m', BOX, 'sh', '-c', 'cat /m/note; echo more >/m/f').out == 'remember'
    engine.kill9()
    engine.start()
    assert engine.docker('run', '--rm', '--volume-driver', 'memo', '-v', 'mine:/m', BOX, 'cat', '/m/f').out == 'more\n'
    refused = engine.docker('volume', 'create', '-d', 'memo', '-o', 'odd=1', 'other', check=False)
    assert refused.code == 1 and 'unknown option "odd"' in refused.err
    engine.docker('volume', 'rm', 'mine')
    assert engine.docker('volume', 'ls', '-q').out == ''


def test_an_existing_volume_needs_no_driver_named(daemon, driver):
    engine = daemon(config=config(driver))
    engine.docker('volume', 'create', '-d', 'memo', 'mine')
    assert engine.docker('run', '--rm', '-v', 'mine:/m', BOX, 'echo', 'found').out == 'found\n'


def test_a_library_that_fails_or_hangs_costs_its_own_volumes_only(daemon, driver):
    engine = daemon(config=config(driver))
    trouble = engine.root / 'plugins/volume-memo/trouble'
    trouble.mkdir()
    engine.docker('run', '-d', '--name', 'lives', '--volume-driver', 'memo', '-v', 'mine:/m', BOX, 'sleep', '1000')
    (trouble / 'mount').write_text('memo: out of paper')
    (trouble / 'list').write_text('memo: lost the list')
    refused = engine.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'Binds': ['mine:/m:nocopy']}}).json()['Id']
    answer = engine.api.post(f'/containers/{refused}/start')
    assert answer.status == 503 and 'error while mounting volume ' in answer.message and 'memo: out of paper' in answer.message
    listed = engine.api.get('/volumes').json()
    assert [v['Name'] for v in listed['Volumes']] == ['mine'] and listed['Warnings'] == ['list memo: memo: lost the list']

    pipes = [trouble / call for call in ('list', 'mount', 'get', 'unmount')]
    for pipe in pipes:
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe)
    stuck = engine.spawn('start', refused)
    listed = engine.api.get('/volumes').json()
    assert [v['Name'] for v in listed['Volumes']] == ['mine'] and listed['Warnings'] == ['list memo: the driver does not answer']
    assert engine.docker('run', '--rm', '-v', 'other:/o', BOX, 'echo', 'fine', seconds=15).out == 'fine\n'
    assert engine.docker('exec', 'lives', 'touch', '/m/x').code == 0 and stuck.poll() is None
    engine.kill9()
    assert engine.start() < 3                                      # with the container adopted
    assert engine.inspect('lives')['State']['Running']
    for pipe in pipes:                                             # whoever waits goes on
        pipe.rename(pipe.with_suffix('.old'))
        with contextlib.suppress(OSError):
            os.close(os.open(pipe.with_suffix('.old'), os.O_WRONLY | os.O_NONBLOCK))
    stuck.wait(10)
    eventually(lambda: engine.docker('start', refused, check=False).code == 0, 'it starts', 15)
    engine.docker('rm', '-f', 'lives', refused)


def test_gantry_plugins_lists_it(driver, tmp_path):
    (tmp_path / 'gantry.toml').write_text(config(driver))
    done = sh(paths.gantry(), 'plugins', '--config', tmp_path / 'gantry.toml')
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if 'volume-memo' in line)
    assert '1.2.3' in line and 'volume-local' in done.stdout and 'runtime-oci' in done.stdout


def told_of_plugins(tmp_path, text: str) -> list[str]:
    """What `gantry plugins` and `gantry doctor` say; both fail."""
    (tmp_path / 'gantry.toml').write_text(text)
    said = []
    for command in ('plugins', 'doctor'):
        done = sh(paths.gantry(), command, '--config', tmp_path / 'gantry.toml')
        assert done.returncode == 1, done
        said.append(done.stdout + done.stderr)
    return said


def test_a_plugin_in_the_section_of_another_kind_is_told(driver, tmp_path):
    for text in told_of_plugins(tmp_path, f'[plugin]\ndirectories = ["{driver.parent}"]\n[logging]\nplugins = ["volume-memo"]\n'):
        assert 'is of kind gantry.volume/1, not gantry.logging/1' in text, text


def test_a_library_called_like_another_plugin_says_what_it_carries(driver, tmp_path):
    (tmp_path / 'volume-other.so').write_bytes(driver.read_bytes())
    for text in told_of_plugins(tmp_path, f'[plugin]\ndirectories = ["{tmp_path}"]\n[volume]\nplugins = ["volume-other"]\n'):
        assert f'is not in {tmp_path}/volume-other.so, which carries "volume-memo"' in text, text


def test_a_volume_driver_named_as_a_log_driver_is_none(daemon, driver):
    engine = daemon(config=config(driver) + '[logging]\nplugins = ["log-syslog", "log-nowhere", "volume-memo"]\n')
    assert engine.api.get('/info').json()['Plugins']['Log'] == ['json-file', 'local', 'syslog']
    refused = engine.docker('run', '--log-driver', 'volume-memo', BOX, 'true', check=False)
    assert refused.code == 125 and 'is of kind gantry.volume/1, not gantry.logging/1' in refused.err, refused


def test_the_installed_engine_runs_from_its_prefix(daemon, prefix):
    engine = daemon(build=prefix)
    assert engine.docker('run', '--rm', BOX, 'echo', 'installed').out == 'installed\n'
