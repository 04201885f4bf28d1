"""An engine that finds its run directory cleared, its run directory or its root elsewhere, and containers that run on."""
import os
import shutil
import signal
from pathlib import Path

import pytest
from harness import leaks
from harness.engine import BOX
from harness.wait import eventually

WRITER = 'while :; do echo $HOSTNAME >> /v/lines; sleep 0.05; done'


def gone(pid: int) -> bool:
    return not os.path.exists(f'/proc/{pid}')


def supervisors(engine) -> list[str]:
    return leaks.helpers_of_containers(engine.dir, engine.ns.inode())


@pytest.fixture
def cgroup_parent():
    """A name of its own; its groups go after the daemons, whatever is in them."""
    name = f'gantry-test-{os.getpid()}'
    yield f'/{name}/inner'
    for parent in Path('/sys/fs/cgroup').glob(f'*/{name}'):
        for group, _, _ in os.walk(parent, topdown=False):
            os.rmdir(group)


@pytest.mark.parametrize('how', ['cleared', 'another'])
def test_what_the_run_directory_does_not_know_any_more_runs_once_at_most(cgroup_parent, daemon, how):
    engine = daemon()
    first, second = engine.run, engine.dir / 'run2'
    engine.docker('run', '-d', '--name', 'plain', '-p', '8080:80', BOX, 'sleep', '1000')
    engine.docker('run', '-d', '--name', 'elsewhere', '--cgroup-parent', cgroup_parent, BOX, 'sleep', '1000')
    engine.docker('run', '-d', '--name', 'always', '--restart', 'always', '-v', 'vol:/v', BOX, 'sh', '-c', WRITER)
    engine.docker('pause', 'plain')
    before = {name: engine.inspect(name)['State']['Pid'] for name in ('plain', 'elsewhere', 'always')}
    engine.remember()
    engine.stop()
    if how == 'cleared':
        shutil.rmtree(engine.run)
    else:
        engine.run = second
    engine.start()
    eventually(lambda: engine.inspect('always')['State']['Running'], 'its policy holds')
    for name, pid in before.items():
        eventually(lambda pid=pid: gone(pid), f'{name} of the earlier engine ended')
    for name in ('plain', 'elsewhere'):
        state = engine.inspect(name)['State']
        assert (state['Status'], state['ExitCode']) == ('exited', 255)
    eventually(lambda: len(supervisors(engine)) == 1, 'there is one supervisor')
    engine.docker('start', 'plain')                        # with its port
    if how == 'another':
        engine.stop()
        engine.run = first                                 # where the first run's files still are
        engine.start()
        assert engine.inspect('plain')['State']['Status'] == 'exited'
        eventually(lambda: len(supervisors(engine)) == 1, 'there is one supervisor')
        engine.docker('start', 'plain')
    engine.docker('rm', '-f', 'plain', 'elsewhere', 'always')
    engine.docker('volume', 'rm', 'vol')
    eventually(lambda: not supervisors(engine), 'no supervisor is left')
    eventually(lambda: not leaks.cgroups(engine.ids), 'no control group is left')
    shutil.rmtree(second, ignore_errors=True)
    assert not [found for parent in Path('/sys/fs/cgroup').glob(f'*{cgroup_parent}') for found in parent.iterdir() if found.is_dir()]


def test_containers_of_an_engine_that_runs_are_not_ended_by_one_with_a_copy_of_its_root(daemon, tmp_path):
    first = daemon()
    first.docker('run', '-d', '--name', 'box', '--restart', 'always', BOX, 'sleep', '1000')
    pid = first.inspect('box')['State']['Pid']
    root = tmp_path / 'copy'
    shutil.copytree(first.root, root, symlinks=True, ignore=lambda place, names: [n for n in names if n.endswith('.sock')])
    second = daemon(prepare=False, root=root)
    eventually(lambda: 'runs under another engine' in second.log_tail(100), 'it says why it does not start')
    assert second.docker('rm', '-f', 'box', check=False).code != 0
    assert not gone(pid)
    assert first.docker('exec', 'box', 'echo', 'runs').out == 'runs\n'
    first.docker('rm', '-f', 'box')
    second.docker('rm', '-f', 'box')


@pytest.mark.parametrize('how', ['moved', 'copied'])
def test_logs_are_where_the_root_is_now(daemon, how):
    engine = daemon()
    engine.docker('run', '--name', 'old', BOX, 'echo', 'before')
    engine.docker('create', '--name', 'new', BOX, 'echo', 'first')
    engine.docker('run', '-d', '--name', 'on', BOX, 'sh', '-c', 'echo up; trap "echo down; exit" TERM; while :; do sleep 0.05; done')
    eventually(lambda: engine.docker('logs', 'on').out == 'up\n', 'the trap is set')
    if how == 'copied':
        engine.docker('stop', 'on')
    engine.stop()
    was, engine.root = engine.root, engine.dir / 'elsewhere'
    if how == 'moved':
        was.rename(engine.root)
    else:
        shutil.copytree(was, engine.root, symlinks=True)
    engine.start()
    assert engine.docker('logs', 'old').out == 'before\n'
    assert engine.docker('start', '-a', 'old').out == 'before\n'
    assert engine.docker('start', '-a', 'new').out == 'first\n'
    if how == 'moved':
        os.kill(engine.inspect('on')['State']['Pid'], signal.SIGTERM)
        engine.wait_for_exit('on')
    assert engine.docker('logs', 'old').out == 'before\nbefore\n'
    assert engine.docker('logs', 'on').out == 'up\ndown\n'
    for name in ('old', 'new', 'on'):
        path = Path(engine.inspect(name)['LogPath'])
        assert path.is_relative_to(engine.root) and path.exists()
    shutil.rmtree(was, ignore_errors=True)
