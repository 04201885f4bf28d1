"""One damaged place in a container's log, as a power cut or a broken disk leaves it, takes no other line with it."""
import os
import re

import pytest
from harness.engine import BOX

ENGINES = ('gantryd',)
DAMAGE = {
    'nuls': lambda whole, half: whole[:half] + bytes(4096) + whole[half:],
    'random bytes': lambda whole, half: whole[:half] + os.urandom(100) + whole[half:],
    'bytes cut out': lambda whole, half: whole[:half] + whole[half + 7:],
    'nuls at the end': lambda whole, half: whole + bytes(5000),
    'a torn end': lambda whole, half: whole[:-5],
    'both': lambda whole, half: whole[:half] + bytes(600) + whole[half:-5],
}
# Apart from each other, so that each line is a record.
SCRIPT = 'for i in $(seq 20); do echo line $i; usleep 10000; done'


def damage(engine, name: str, how: str):
    path = engine.root / 'containers' / engine.inspect(name)['Id'] / 'container.log'
    whole = path.read_bytes()
    with open(path, 'r+b') as file:
        file.write(DAMAGE[how](whole, len(whole) // 2))
        file.truncate()


def lines(engine, name: str, *options: str) -> list[str]:
    return re.findall(r'^line \d+$', engine.docker('logs', *options, name).out, re.M)


@pytest.mark.parametrize('how', DAMAGE)
def test_damage_in_a_log_hides_no_other_line(tidy, how):
    tidy.docker('run', '--name', 'torn', BOX, 'sh', '-c', SCRIPT)
    damage(tidy, 'torn', how)
    seen = lines(tidy, 'torn')
    assert len(seen) >= 15 and seen[0] == 'line 1'
    assert lines(tidy, 'torn', '--tail', '2') == seen[-2:] and lines(tidy, 'torn', '--since', '1h') == seen
    if 'end' not in how and how != 'both':
        assert seen[-1] == 'line 20'
    # The next start repairs the end alone.
    tidy.docker('start', '-a', 'torn')
    assert lines(tidy, 'torn') == [*seen, *(f'line {number}' for number in range(1, 21))]
