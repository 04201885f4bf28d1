"""Containers that make control groups of their own, as init systems and engines inside them do."""
import pytest
from harness import leaks
from harness.engine import BOX
from harness.wait import eventually

MOVES_DOWN = ('d=/sys/fs/cgroup; [ -e $d/cgroup.controllers ] || d=$d/pids; mkdir -p $d/a/b $d/c && echo 0 > $d/a/b/cgroup.procs; '
              '[ ! -e $d/cgroup.subtree_control ] || echo +pids > $d/cgroup.subtree_control; echo ready; ')


@pytest.fixture
def nested(engine):
    def run(*command: str) -> str:
        made = engine.docker('run', '-d', '--name', 'nested', '--privileged', BOX, 'sh', '-c', MOVES_DOWN + ' '.join(command)).id
        eventually(lambda: 'ready' in engine.docker('logs', 'nested').out, 'it has moved down')
        return made
    yield run
    engine.docker('rm', '-f', 'nested')


def test_who_comes_later_finds_a_place(nested, engine):
    nested('exec sleep 1000')
    assert engine.docker('exec', 'nested', 'echo', 'words').out == 'words\n'
    assert 'sleep 1000' in engine.docker('top', 'nested').out
    engine.docker('pause', 'nested')
    engine.docker('unpause', 'nested')
    assert int(engine.api.get('/containers/nested/stats', query={'stream': 0, 'one-shot': 1}).json()['pids_stats']['current']) >= 1


@pytest.mark.parametrize('how', ['removed', 'stopped', 'by itself'])
def test_they_go_with_it(nested, engine, how):
    made = nested('[ -e /end ] || (sleep 1000 &) ; while [ ! -e /end ]; do sleep 0.05; done')
    assert leaks.cgroup_dirs({made})
    if how == 'removed':
        engine.docker('rm', '-f', 'nested')
    elif how == 'stopped':
        engine.docker('stop', '-t', '0', 'nested')
    else:
        engine.docker('exec', 'nested', 'touch', '/end')
        engine.wait_for_exit('nested')
    eventually(lambda: not leaks.cgroup_dirs({made}), 'its groups are gone')
