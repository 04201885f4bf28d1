"""Building again from a directory: what the client has sent before does not come again, and what has changed always counts."""
import os
import re
import time

from harness.builds import tar
from harness.buildx import FROM, states

LONG_AGO = time.time_ns() - 3_600_000_000_000 | 1


def settle(*paths):
    """Their times say that they were changed long ago."""
    for path in paths:
        os.utime(path, ns=(LONG_AGO, LONG_AGO))


def transferred(done) -> list[float]:
    """Bytes of each transfer of a context."""
    units = {'B': 1, 'kB': 1e3, 'MB': 1e6}
    return [float(amount) * units[unit] for amount, unit in re.findall(r'transferring context: ([\d.]+)(k?B|MB).*done', done.err)]


def test_what_is_known_does_not_come_again(buildx):
    here = buildx.tree({'Dockerfile': FROM + 'COPY big /\nRUN true', 'big': os.urandom(3_000_000)})
    settle(here / 'big')
    assert sum(transferred(buildx('build', here))) >= 3_000_000
    again = buildx('build', '-t', 'made', here)
    assert sum(transferred(again)) < 100_000 and set(states(again).values()) <= {'CACHED', 'DONE'}
    assert buildx.shell('wc -c </big').strip() == '3000000'


def test_a_step_that_is_made_again_has_all_contents(buildx):
    here = buildx.tree({'Dockerfile': FROM + 'COPY . /d', 'a/x': 'x', 'b': 'b', 'a/link': ('link', '../b'), 'c.tar': tar(('in', b'i'))})
    (here / 'a/hard').hardlink_to(here / 'a/x')
    settle(here / 'a/x', here / 'b', here / 'c.tar')
    buildx('build', here)
    (here / 'b').write_text('B')
    buildx('build', '-t', 'made', here)
    assert buildx.shell('cd /d; cat a/x a/hard b a/link') == 'xxBB'
    (here / 'Dockerfile').write_text(FROM + 'ADD c.tar /e\nCOPY a /e/')
    buildx('build', '-t', 'made', here)
    assert buildx.shell('cd /e; cat in x hard') == 'ixx'
    buildx('build', '--no-cache', '-t', 'made', here)
    assert buildx.shell('cd /e; cat in x hard') == 'ixx'


def test_a_changed_file_counts_though_its_size_is_the_same(buildx):
    here = buildx.tree({'Dockerfile': FROM + 'COPY x /', 'x': 'one'})
    settle(here / 'x')
    buildx('build', '-t', 'made', here)
    for content in ('two', 'six', 'ten'):
        (here / 'x').write_text(content)
        buildx('build', '-t', 'made', here)
        assert buildx.shell('cat /x') == content


def test_times_that_a_program_has_given_say_nothing(buildx):
    buildx.needs_newer('times of whole seconds that are not believed')
    here = buildx.tree({'Dockerfile': FROM + 'COPY x /', 'x': 'one'})
    for content in ('one', 'two'):
        (here / 'x').write_text(content)
        os.utime(here / 'x', (1600000000, 1600000000))
        buildx('build', '-t', 'made', here)
        assert buildx.shell('cat /x') == content


def test_another_mode_is_another_file(buildx):
    here = buildx.tree({'Dockerfile': FROM + 'COPY x /', 'x': 'one'})
    for mode in (0o644, 0o755):
        (here / 'x').chmod(mode)
        settle(here / 'x')
        buildx('build', '-t', 'made', here)
        assert buildx.shell('stat -c %a /x').strip() == f'{mode:o}'


def test_mounted_files_that_are_known(buildx):
    dockerfile = FROM + 'RUN --mount=type=bind,target=/m cat /m/x /m/sub/y > /got; {}'
    here = buildx.tree({'Dockerfile': dockerfile.format('true'), 'x': 'x', 'sub/y': 'y'})
    settle(here / 'x', here / 'sub/y')
    buildx('build', here)
    again = states(buildx('build', here))
    assert [end for step, end in again.items() if 'RUN' in step] == ['CACHED']
    (here / 'Dockerfile').write_text(dockerfile.format(': again'))
    settle(here / 'Dockerfile')
    buildx('build', '-t', 'made', here)
    assert buildx.shell('cat /got') == 'xy'


def test_named_directories_are_told_apart(buildx):
    buildx.needs_newer('named contexts')
    one, two = (buildx.tree({'d/x': content}, content) for content in ('one', 'two'))
    settle(one / 'd/x', two / 'd/x')
    here = buildx.tree({'Dockerfile': FROM + 'COPY --from=a d/x /a\nCOPY --from=b d/x /b'})
    for _ in range(2):
        buildx('build', '--build-context', f'a={one}', '--build-context', f'b={two}', '-t', 'made', here)
        assert buildx.shell('cat /a /b') == 'onetwo'
    buildx('build', '--build-context', f'a={two}', '--build-context', f'b={one}', '-t', 'made', here)
    assert buildx.shell('cat /a /b') == 'twoone'
