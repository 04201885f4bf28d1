"""docker top: the host's ps, told which processes it is about."""
from pathlib import Path

import pytest
from harness.engine import BOX
from harness.wait import eventually


@pytest.fixture
def other(tidy):
    tidy.docker('run', '-dt', '-u', '1234', '--name', 'other', BOX, 'sleep', '1000')
    process = Path('/proc', str(tidy.inspect('other')['State']['Pid']))
    eventually(lambda: process.joinpath('cmdline').read_bytes().startswith(b'sleep'), 'the program runs')   # not the runtime any more
    return tidy


# The last one does not go with ps -q: all that ps shows is looked through.
@pytest.mark.parametrize('options', ['-o pid,user,cmd', '-o user -o pid -o cmd', 'aux', '-ef', '', 'axf -o pid,user,cmd'])
def test_processes_of_another_user_on_a_terminal(other, options):
    titles, row = (line.split() for line in other.docker('top', 'other', *options.split()).out.splitlines() if line.strip())
    assert int(row[titles.index('PID')]) == other.inspect('other')['State']['Pid']
    assert row[titles.index('UID' if 'UID' in titles else 'USER')] == '1234'
    assert row[-2:] == ['sleep', '1000']


def test_options_that_find_nothing_fail(other):
    # Without -C it would show all processes of the host that have a terminal.
    assert 'ps: exit status 1' in other.docker('top', 'other', 'f', '-C', 'gt-no-such', check=False).err
