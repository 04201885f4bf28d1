"""Volume drivers in a Compose file: a stranger's process behind Docker's plugin protocol, and a plugin built with the SDK."""
import pytest
from harness.compose import assert_gone
from harness.memo_driver import build_memo
from harness.running import ended, started
from harness.third_party import DockerdWithPlugins, GantrydWithPlugins, ThirdParty
from harness.wait import eventually

ENGINES = {'gantryd': GantrydWithPlugins, 'dockerd': DockerdWithPlugins}


@pytest.fixture(scope='module')
def stacks(request, tmp_path_factory):
    kind, options = request.param.split(' ')[0], {}
    if kind == 'gantryd':
        memo = build_memo(tmp_path_factory)
        options['config'] = f'[plugin]\ndirectories = ["{memo.parent}"]\n[volume]\nplugins = ["volume-local", "volume-docker", "volume-memo"]\n'
    engine = started(ENGINES[kind], **options)
    yield engine
    ended(engine)


@pytest.fixture
def nas(stacks):
    driver = ThirdParty(stacks.dir, 'nas').start()
    yield driver
    driver.end()
    (stacks.dir / 'plugins' / 'nas.sock').unlink(missing_ok=True)


def lines(project) -> int:
    return int(project.shell('reader', 'wc -l </nas/log').out)


def test_a_strangers_driver_serves_a_stack_and_its_end_hurts_nobody_else(stacks, nas, project):
    stack = project('drivers')
    stack.up()
    assert nas.asked('Create') == [{'Name': 'drivers_nas', 'Opts': {'size': '7'}}]
    eventually(lambda: lines(stack) > 2, 'what one writes the other reads')
    assert not stack.shell('reader', 'touch /nas/x', check=False)

    nas.end()                                       # killed: what is mounted goes on
    before = lines(stack)
    eventually(lambda: lines(stack) > before, 'the writer goes on')
    other = project('twin')
    other.up()                                      # stacks on other drivers are none of its business
    other.down()

    nas.start()
    stack('restart', '-t', '1', 'writer')
    assert lines(stack) >= before
    stack.down()
    assert nas.asked('Remove') == [{'Name': 'drivers_nas'}]
    assert_gone(stacks, 'drivers')


def test_a_dead_driver_fails_its_own_services_with_its_name(stacks, nas, project):
    stack = project('drivers')
    stack.up()
    stack('stop', '-t', '1')
    nas.end()
    if stacks.name == 'gantryd':                    # the old dockerd waits for minutes
        done = stack('start', check=False)
        assert done.code != 0 and 'nas' in done.err
    nas.start()
    stack('start')
    eventually(lambda: lines(stack) > 2, 'with its driver it works again')


def test_a_plugin_of_the_engine_serves_a_stack_over_a_crash_of_the_daemon(stacks, project):
    if stacks.name != 'gantryd':
        pytest.skip('plugins of ours')
    stack = project('drivers')
    stack.up('memo')
    assert stack.shell('memo', 'cat /memo/note').out == 'remember'
    stack.shell('memo', 'echo kept >/memo/word')
    stacks.kill9()
    stacks.start()
    assert stack.shell('memo', 'cat /memo/word').out == 'kept\n'
    stack.up('--force-recreate', 'memo')
    assert stack.shell('memo', 'cat /memo/word').out == 'kept\n'
    stack('--profile', 'memo', 'down', '-v', '-t', '1')
    assert_gone(stacks, 'drivers')
