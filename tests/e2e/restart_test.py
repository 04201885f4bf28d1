"""Restart policies: back-off, counts, states meanwhile, what ends them, and what a daemon or a host that comes back does."""
import contextlib
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from harness import leaks
from harness.engine import BOX
from harness.wait import eventually

FAILS = ('sh', '-c', 'echo run; exit 3')


def state(engine, name):
    return engine.inspect(name)['State']


def starts(engine, name):
    """When each run began, by the container's log."""
    lines = engine.docker('logs', '-t', name).out.splitlines()
    return [line.split()[0] for line in lines if line.endswith(' run')]


def seconds(stamp):
    return datetime.fromisoformat(stamp[:26]).timestamp()      # nine digits are too many


@pytest.fixture(autouse=True)
def clean(engine):
    yield
    if engine.alive():
        engine.clear()


def test_on_failure_counts_its_restarts_and_gives_up(engine):
    engine.docker('run', '-d', '--name', 'rs', '--restart', 'on-failure:3', BOX, *FAILS)
    eventually(lambda: state(engine, 'rs')['Status'] == 'exited', 'it gave up')
    shown = engine.inspect('rs')
    assert (shown['RestartCount'], shown['State']['ExitCode'], shown['State']['Restarting']) == (3, 3, False)
    assert len(starts(engine, 'rs')) == 4
    engine.docker('start', 'rs')                               # a client's start counts anew
    eventually(lambda: state(engine, 'rs')['Status'] == 'exited', 'it gave up again')
    assert engine.inspect('rs')['RestartCount'] == 3 and len(starts(engine, 'rs')) == 8


def test_on_failure_leaves_success_alone(engine):
    engine.docker('run', '-d', '--name', 'rs', '--restart', 'on-failure', BOX, 'true')
    assert engine.docker('wait', 'rs').out == '0\n'
    eventually(lambda: state(engine, 'rs')['Status'] == 'exited', 'it stays down')
    assert engine.inspect('rs')['RestartCount'] == 0


def test_the_pauses_double_from_a_tenth_of_a_second(engine):
    engine.docker('run', '-d', '--name', 'rs', '--restart', 'always', BOX, *FAILS)
    found = eventually(lambda: len(s := starts(engine, 'rs')) >= 6 and s, 'six runs', 30)
    gaps = [seconds(b) - seconds(a) for a, b in zip(found, found[1:])]
    for gap, pause in zip(gaps, (0.1, 0.2, 0.4, 0.8, 1.6)):
        assert pause <= gap < pause + 3, gaps


def test_between_runs_it_is_restarting(engine):
    engine.docker('run', '-d', '--name', 'rs', '--restart', 'always', BOX, *FAILS)
    shown = eventually(lambda: (i := engine.inspect('rs'))['State']['Restarting'] and i['RestartCount'] >= 6 and i, 'a long pause', 40)
    assert (shown['State']['Status'], shown['State']['Running'], shown['State']['ExitCode'], shown['State']['Pid']) == ('restarting', True, 3, 0)
    assert 'Restarting (3)' in engine.docker('ps').out
    assert engine.docker('ps', '-q', '--filter', 'status=restarting').out.strip()
    for call in (['exec', 'rs', 'true'], ['pause', 'rs']):
        assert 'is restarting, wait until the container is running' in engine.docker(*call, check=False).err
    refused = engine.docker('rm', 'rs', check=False)
    assert refused.code == 1 and 'estarting' in refused.err
    assert engine.docker('wait', 'rs', seconds=30).out == '3\n', 'the end of the next run'


def test_stop_in_the_pause_ends_it_for_good(engine):
    engine.docker('run', '-d', '--name', 'rs', '--restart', 'always', BOX, *FAILS)
    eventually(lambda: (i := engine.inspect('rs'))['State']['Restarting'] and i['RestartCount'] >= 4, 'a long pause', 30)
    begun = time.monotonic()
    engine.docker('stop', 'rs')
    assert time.monotonic() - begun < 3
    assert state(engine, 'rs')['Status'] == 'exited'
    runs = len(starts(engine, 'rs'))
    time.sleep(2.5)                                            # longer than the pause was: nothing may come of it
    assert len(starts(engine, 'rs')) == runs and state(engine, 'rs')['Status'] == 'exited'


def test_rm_force_in_the_pause_removes_it(engine):
    engine.docker('run', '-d', '--name', 'rs', '--restart', 'always', BOX, *FAILS)
    eventually(lambda: (i := engine.inspect('rs'))['State']['Restarting'] and i['RestartCount'] >= 3, 'a long pause', 30)
    engine.docker('rm', '-f', 'rs')
    assert not engine.docker('ps', '-aq').out


def test_a_kill_ends_the_policy_and_a_crash_does_not(engine):
    engine.docker('run', '-d', '--name', 'rs', '--restart', 'unless-stopped', BOX, 'sleep', '1000')
    os.kill(state(engine, 'rs')['Pid'], signal.SIGKILL)
    eventually(lambda: engine.inspect('rs')['RestartCount'] == 1 and state(engine, 'rs')['Status'] == 'running', 'it came back')
    engine.docker('kill', 'rs')
    eventually(lambda: state(engine, 'rs')['Status'] == 'exited', 'it stays down')
    assert state(engine, 'rs')['ExitCode'] == 137


def test_docker_restart_takes_no_count_and_brings_a_policy_back(engine):
    engine.docker('run', '-d', '--name', 'rs', '--restart', 'always', BOX, 'sleep', '1000')
    engine.docker('stop', '-t', '0', 'rs')
    engine.docker('restart', '-t', '0', 'rs')
    engine.docker('restart', '-t', '0', 'rs')
    assert engine.inspect('rs')['RestartCount'] == 0
    os.kill(state(engine, 'rs')['Pid'], signal.SIGKILL)
    eventually(lambda: engine.inspect('rs')['RestartCount'] == 1, 'the policy works again')


def test_docker_restart_loses_no_end_of_what_ends_at_once(engine):
    again = ('sh', '-c', '[ -e /f ] && exit 7; : >/f; exec sleep 1000')

    def end(number: int, *options: str):
        name = f'rs{number}'
        engine.docker('run', '-d', '--name', name, *options, BOX, *again)
        eventually(lambda: engine.docker('exec', name, 'test', '-e', '/f', check=False).code == 0, 'it runs')
        engine.docker('restart', '-t', '0', name, check=False)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: end(number, '--rm'), range(16)))
        list(pool.map(lambda number: end(number, '--restart', 'on-failure:2'), range(16, 32)))
    eventually(lambda: len(engine.docker('ps', '-aq').out.split()) == 16, 'those of --rm are gone')
    eventually(lambda: all(engine.inspect(f'rs{n}')['RestartCount'] == 2 for n in range(16, 32)), 'the others had their restarts')


@pytest.mark.parametrize('policy, comes_back', [('unless-stopped', False), ('always', True), ('on-failure', True)])
def test_a_signal_that_is_not_the_stop_signal_counts_for_unless_stopped_only(engine, policy, comes_back):
    engine.docker('run', '-d', '--name', 'rs', '--restart', policy, '--stop-signal', 'USR1', BOX,
                  'sh', '-c', 'trap "exit 4" INT; echo run; while :; do sleep 0.05; done')
    eventually(lambda: starts(engine, 'rs'), 'it runs')
    engine.docker('kill', '-s', 'INT', 'rs')
    if comes_back:
        eventually(lambda: len(starts(engine, 'rs')) == 2, 'it runs again')
    else:
        eventually(lambda: state(engine, 'rs')['Status'] == 'exited', 'it stays down')
    assert engine.inspect('rs')['RestartCount'] == int(comes_back)


def test_each_restart_tells_its_end_and_its_start(engine):
    stream = engine.api.stream('GET', '/events', query={'filters': {'type': ['container']}})
    engine.docker('run', '-d', '--name', 'rs', '--restart', 'on-failure:2', BOX, *FAILS)
    found = []
    while [e['Action'] for e in found].count('die') < 3:
        found.append(stream.json_line())
    stream.close()
    assert [e['Action'] for e in found] == ['create', 'start', 'die', 'start', 'die', 'start', 'die']
    assert all(e['Actor']['Attributes']['exitCode'] == '3' for e in found if e['Action'] == 'die')


def test_auto_remove_and_a_policy_exclude_each_other(engine):
    answer = engine.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'AutoRemove': True, 'RestartPolicy': {'Name': 'always'}}})
    assert answer.status == 400 and answer.message == "can't create 'AutoRemove' container with restart policy"


def test_after_the_daemon_restarts_policies_hold(engine):
    """What was stopped by hand stays down unless its policy is always; what never ran stays as it was."""
    policies = ('no', 'on-failure', 'always', 'unless-stopped')
    for policy in policies:
        engine.docker('run', '-d', '--name', 'stopped-' + policy, '--restart', policy, BOX, 'sleep', '1000')
        engine.docker('run', '-d', '--name', 'up-' + policy, '--restart', policy, BOX, 'sleep', '1000')
        engine.docker('create', '--name', 'never-' + policy, '--restart', policy, BOX, 'sleep', '1000')
    engine.docker('stop', '-t', '0', *('stopped-' + policy for policy in policies))
    if engine.name == 'gantryd':
        reboot(engine)                                         # dockerd ends its containers itself
    else:
        engine.stop()
    engine.start()
    for name in ('up-always', 'up-unless-stopped', 'up-on-failure', 'stopped-always'):
        eventually(lambda n=name: state(engine, n)['Status'] == 'running', name + ' runs')
    time.sleep(0.5)
    found = {name: state(engine, name)['Status'] for name in engine.docker('ps', '-a', '--format', '{{.Names}}').out.split()}
    assert {n: s for n, s in found.items() if n.startswith('never-')} == {f'never-{p}': 'created' for p in policies}
    assert (found['stopped-no'], found['up-no'], found['stopped-unless-stopped']) == ('exited',) * 3
    assert found['up-on-failure'] == 'running', 'its end counts as a failure'
    if engine.name == 'gantryd':                               # dockerd forgets that this one was stopped by hand
        assert found['stopped-on-failure'] == 'exited'


def reboot(engine):
    """As if the host went down: every process is killed, and what does not live on a disk is gone."""
    pids = [engine.inspect(name)['State']['Pid'] for name in engine.docker('ps', '--format', '{{.Names}}').out.split()]
    engine.kill9()
    eventually(lambda: kill(leaks.pids_of(engine.dir, engine.ns.inode())) == 0, 'the supervisors ended')
    eventually(lambda: kill(pids) == 0, 'the containers ended')
    shutil.rmtree(engine.run, ignore_errors=True)
    for group in leaks.cgroup_dirs(engine.ids):
        group.rmdir()


def kill(pids) -> int:
    """How many there still were."""
    found = 0
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            found += 1
    return found


def test_who_joins_another_ones_network_starts_after_it(engine):
    if engine.name != 'gantryd':
        pytest.skip('a reboot of gantryd')
    for n in range(4):
        engine.docker('run', '-d', '--name', f'owner{n}', '--restart', 'always', BOX, 'sleep', '1000')
        engine.docker('run', '-d', '--name', f'a-guest{n}', '--restart', 'always', '--network', f'container:owner{n}', BOX, 'sleep', '1000')
        engine.docker('run', '-d', '--name', f'z-guest{n}', '--restart', 'always', '--pid', f'container:a-guest{n}', BOX, 'sleep', '1000')
    reboot(engine)
    engine.start()
    for n in range(4):
        for name in (f'owner{n}', f'a-guest{n}', f'z-guest{n}'):
            eventually(lambda name=name: state(engine, name)['Status'] == 'running', name + ' runs again')
        address = engine.docker('exec', f'owner{n}', 'hostname', '-i').out
        assert engine.docker('exec', f'a-guest{n}', 'hostname', '-i').out == address


def test_a_pause_survives_the_daemon(engine):
    if engine.name != 'gantryd':
        pytest.skip('about kill -9 of gantryd')
    engine.docker('run', '-d', '--name', 'rs', '--restart', 'on-failure:6', BOX, *FAILS)
    eventually(lambda: (i := engine.inspect('rs'))['State']['Restarting'] and i['RestartCount'] >= 5, 'a long pause', 30)
    runs = len(starts(engine, 'rs'))
    engine.kill9()
    engine.start()
    eventually(lambda: len(starts(engine, 'rs')) > runs, 'the restart that was due came')


def test_a_restart_that_fails_is_the_engine_s_error_whatever_is_missing(engine):
    """A client would take 404 for a container that is not there."""
    engine.docker('network', 'create', 'gone')
    engine.docker('create', '--name', 'rs', '--network', 'gone', BOX, 'true')
    engine.docker('network', 'rm', 'gone')
    answer = engine.api.post('/containers/rs/restart')
    assert answer.status == 500 and answer.message.startswith('Cannot restart container rs: '), (answer.status, answer.message)
    assert engine.api.post('/containers/nobody/restart').status == 404
