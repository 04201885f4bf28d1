"""All faulty plugins of tests/abi/zoo in one daemon: one named error each in its log, the healthy driver goes on, the daemon is up."""
import re

import pytest
from harness import paths
from harness.engine import BOX

# id of the animal -> what the daemon says of it; those not named load, and misbehave later or not at all
BROKEN = {
    'no-symbol': 'has no symbol gantry_plugin_entry', 'wrong-major': 'abi major 9 is not supported', 'short-entry': 'entry is too short',
    'null-entry': 'entry misses the function', 'no-count': r'count\(\) gave 0', 'null-describe': r'describe\(0\) gave NULL',
    'bad-id': 'is invalid', 'twin-id': 'twice', 'wrong-kind': 'is of kind gantry.network/1', 'unknown-kind': 'is of kind gantry.volume/2',
    'no-table': 'create gave no table', 'short-table': 'is too short', 'null-function': 'misses the function', 'failing-create': 'the server is not there',
    'throwing-create': 'create threw: out of cheese', 'event-storm': 'is of kind gantry.runtime',
}
LATER = ('throwing-call', 'nonsense-result', 'huge-entry', 'newer-minor')


def config(animals) -> str:
    ids = ', '.join(f'"{name}"' for name in ('volume-local', *animals))
    return f'[plugin]\ndirectories = ["{paths.build_dir()}/lib/gantry/test-plugins/zoo"]\n[volume]\nplugins = [{ids}]\n'


ZOO = paths.build_dir() / 'lib/gantry/test-plugins/zoo'


@pytest.mark.skipif(not ZOO.exists(), reason=f'no {ZOO}: built with GANTRY_TESTS=ON')
def test_each_gives_one_named_error_and_the_daemon_stays_up(daemon):
    engine = daemon(config=config(BROKEN))
    log = engine.log.read_text(errors='replace')
    for name, words in BROKEN.items():
        lines = [line for line in log.splitlines() if re.search(rf'plugin \W*{name}\b', line)]
        assert len(lines) == 1 and re.search(words, lines[0].replace('\\"', '"')), f'{name}: {lines}'
    drivers = engine.api.get('/info').json()['Plugins']['Volume']
    assert 'local' in drivers and not set(BROKEN) & set(drivers)
    for name in BROKEN:
        refused = engine.docker('volume', 'create', '-d', name, 'vol', check=False)
        assert refused.code == 1 and f'plugin "{name}" not found' in refused.err
    assert engine.docker('volume', 'create', 'good').out == 'good\n'
    assert engine.docker('run', '--rm', '-v', 'good:/g', BOX, 'echo', 'fine').out == 'fine\n'


@pytest.mark.skipif(not ZOO.exists(), reason=f'no {ZOO}: built with GANTRY_TESTS=ON')
def test_those_that_misbehave_in_calls_end_nothing(daemon):
    engine = daemon(config=config(LATER))
    for name in LATER:
        engine.docker('volume', 'create', '-d', name, 'v' + name, check=False)
        engine.docker('volume', 'ls', check=False)
        engine.docker('run', '--rm', '-v', f'w{name}:/w', '--volume-driver', name, BOX, 'true', check=False)
        assert engine.answers(), f'{name} ended the daemon'
    assert engine.docker('run', '--rm', BOX, 'echo', 'fine').out == 'fine\n'
