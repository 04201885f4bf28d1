"""Health checks: where they come from, what their results do to the state, events, limits, and what survives the daemon."""
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from harness import images
from harness.engine import BOX
from harness.wait import eventually

QUICK = ('--health-interval', '100ms', '--health-timeout', '5s', '--health-retries', '2')
FOLLOWS_FILE = ('--health-cmd', 'cat /state', *QUICK)        # healthy while /state exists


def run(engine, name, *options, command=('sleep', '1000'), image=BOX):
    return engine.docker('run', '-d', '--name', name, *options, image, *command).id


def health(engine, name):
    return engine.inspect(name)['State'].get('Health')


def becomes(engine, name, status, seconds=15):
    return eventually(lambda: (h := health(engine, name)) and h['Status'] == status and h, f'{name} is {status}', seconds)


@pytest.fixture(autouse=True)
def clean(engine):
    yield
    engine.clear()


def test_success_makes_it_healthy_and_failures_in_a_row_unhealthy(engine):
    run(engine, 'hc', *FOLLOWS_FILE, command=('sh', '-c', 'echo fine > /new; mv /new /state; sleep 1000'))
    found = becomes(engine, 'hc', 'healthy')
    assert found['FailingStreak'] == 0
    assert (found['Log'][-1]['ExitCode'], found['Log'][-1]['Output']) == (0, 'fine\n')
    assert '(healthy)' in engine.docker('ps').out
    engine.docker('exec', 'hc', 'rm', '/state')
    found = becomes(engine, 'hc', 'unhealthy')
    assert found['FailingStreak'] >= 2 and found['Log'][-1]['ExitCode'] == 1
    assert "can't open '/state'" in found['Log'][-1]['Output']
    assert '(unhealthy)' in engine.docker('ps').out
    engine.docker('exec', 'hc', 'touch', '/state')
    assert becomes(engine, 'hc', 'healthy')['FailingStreak'] == 0


def test_the_log_keeps_the_last_five_results_in_order(engine):
    run(engine, 'hc', '--health-cmd', 'n=$(cat /n 2>/dev/null || echo 0); n=$((n+1)); echo $n > /n; echo run $n', *QUICK)
    log = eventually(lambda: (h := health(engine, 'hc')) and len(h['Log']) == 5 and int(h['Log'][-1]['Output'].split()[1]) > 6 and h['Log'],
                     'more than five probes', 20)
    numbers = [int(entry['Output'].split()[1]) for entry in log]
    assert numbers == list(range(numbers[0], numbers[0] + 5))
    assert all(entry['Start'] <= entry['End'] for entry in log)
    assert [entry['Start'] for entry in log] == sorted(entry['Start'] for entry in log)


def test_long_output_is_cut(engine):
    run(engine, 'hc', '--health-cmd', 'head -c 5000 /dev/zero | tr "\\0" x', *QUICK)
    assert becomes(engine, 'hc', 'healthy')['Log'][-1]['Output'] == 'x' * 4096 + '...'


def test_a_hanging_probe_times_out_with_what_it_printed_and_is_gone(engine):
    run(engine, 'hc', '--health-cmd', 'echo before; exec sleep 4712', '--health-interval', '100ms', '--health-timeout', '2s',
        '--health-retries', '1')
    found = becomes(engine, 'hc', 'unhealthy', 30)
    assert found['Log'][0]['ExitCode'] == -1
    printed = '' if engine.name == 'dockerd' else ': before\n'            # 20.10 does not show it
    assert found['Log'][0]['Output'] == 'Health check exceeded timeout (2s)' + printed
    eventually(lambda: len(health(engine, 'hc')['Log']) > 3, 'some more probes', 30)
    eventually(lambda: engine.docker('top', 'hc').out.count('sleep 4712') <= 1, 'old probes are gone')


def adopter(engine, name, *options):
    """A container whose first process prints how the children that fall to it end, as `exit N` or `signal N`."""
    engine.docker('create', '--name', name, *options, BOX, '/adopter')
    program = images.tar([('adopter', images.compiled('adopter'))])
    engine.docker('cp', '-', name + ':/', input=program)
    engine.docker('start', name)


def test_a_probe_that_takes_too_long_leaves_its_children_in_peace(engine):
    """PostgreSQL as a first process takes the violent death of any child for a crash, and restarts."""
    adopter(engine, 'hc', '--health-cmd', "echo before; sh -c 'sleep 5; true'; true", '--health-interval', '100ms', '--health-timeout', '1s',
            '--health-retries', '1')
    found = becomes(engine, 'hc', 'unhealthy')['Log'][0]
    assert found['ExitCode'] == -1 and found['Output'].startswith('Health check exceeded timeout (1s)')
    eventually(lambda: len(engine.docker('logs', 'hc').out.splitlines()) >= 3, 'children have ended', 30)
    assert set(engine.docker('logs', 'hc').out.splitlines()) == {'exit 0'}


def test_left_children_hold_up_no_further_probe(engine):
    adopter(engine, 'hc', '--health-cmd', 'sleep 4715; true', '--health-interval', '100ms', '--health-timeout', '1s', '--health-retries', '1')
    log = eventually(lambda: (h := health(engine, 'hc')) and len(h['Log']) == 5 and h['Log'], 'some probes', 30)
    starts = [datetime.fromisoformat(entry['Start'].rstrip('Z')[:26]) for entry in log]
    assert min(later - earlier for earlier, later in zip(starts, starts[1:])) < timedelta(seconds=3)
    assert engine.docker('top', 'hc').out.count('sleep 4715') >= 4


def test_left_children_may_go_on_printing(engine):
    if engine.name == 'dockerd':
        pytest.skip('its containers see them end by SIGPIPE')
    adopter(engine, 'hc', '--health-cmd', "sh -c 'sleep 4; echo late; exit 1'; true", '--health-interval', '100ms', '--health-timeout', '300ms',
            '--health-retries', '1')
    eventually(lambda: len(engine.docker('logs', 'hc').out.splitlines()) >= 3, 'children have ended', 30)
    assert set(engine.docker('logs', 'hc').out.splitlines()) == {'exit 1'}


def test_failures_do_not_count_in_the_start_period(engine):
    body = {'Image': BOX, 'Cmd': ['sleep', '1000'],
            'Healthcheck': {'Test': ['CMD', 'cat', '/state'], 'Interval': 10**8, 'Retries': 2, 'StartPeriod': 8 * 10**9, 'StartInterval': 10**8}}
    assert engine.api.post('/containers/create', body, query={'name': 'hc'}).status == 201
    engine.docker('start', 'hc')
    eventually(lambda: len(health(engine, 'hc')['Log']) >= 3, 'failed probes')
    found = health(engine, 'hc')
    assert (found['Status'], found['FailingStreak']) == ('starting', 0)
    assert '(health: starting)' in engine.docker('ps').out
    becomes(engine, 'hc', 'unhealthy', 40)


def test_start_interval_probes_sooner_until_the_first_success(engine):
    if engine.name == 'dockerd':
        pytest.skip('new in API 1.44')
    body = {'Image': BOX, 'Cmd': ['sleep', '1000'],
            'Healthcheck': {'Test': ['CMD', 'true'], 'Interval': 3600 * 10**9, 'StartPeriod': 60 * 10**9, 'StartInterval': 100 * 10**6}}
    assert engine.api.post('/containers/create', body, query={'name': 'hc'}).status == 201
    engine.docker('start', 'hc')
    becomes(engine, 'hc', 'healthy')
    assert len(health(engine, 'hc')['Log']) == 1, 'after that the long interval holds'


def test_the_image_brings_a_check_and_single_options_change_it(engine):
    engine.docker('import', '--change', 'CMD ["sleep","1000"]', '--change', 'ENV PATH=/bin',
                  '--change', 'HEALTHCHECK --interval=7s --timeout=3s --retries=9 CMD echo from the image', '-', 'gt/checked',
                  input=images.busybox_rootfs())
    engine.docker('create', '--name', 'as-is', 'gt/checked')
    engine.docker('create', '--name', 'own-retries', '--health-retries', '4', 'gt/checked')
    engine.docker('create', '--name', 'own-command', '--health-cmd', 'true', 'gt/checked')
    engine.docker('create', '--name', 'none', '--no-healthcheck', 'gt/checked')
    second = 10**9
    image = {'Test': ['CMD-SHELL', 'echo from the image'], 'Interval': 7 * second, 'Timeout': 3 * second, 'Retries': 9}
    assert engine.inspect('as-is')['Config']['Healthcheck'] == image
    assert engine.inspect('own-retries')['Config']['Healthcheck'] == {**image, 'Retries': 4}
    assert engine.inspect('own-command')['Config']['Healthcheck'] == {**image, 'Test': ['CMD-SHELL', 'true']}
    assert engine.inspect('none')['Config']['Healthcheck']['Test'] == ['NONE']
    engine.docker('start', 'none', 'as-is')
    assert health(engine, 'none') is None
    assert health(engine, 'as-is')['Status'] == 'starting'
    engine.clear()
    engine.docker('rmi', 'gt/checked')


def test_the_health_filter_selects(engine):
    run(engine, 'good', '--health-cmd', 'true', *QUICK)
    run(engine, 'bad', '--health-cmd', 'false', *QUICK)
    run(engine, 'new', '--health-cmd', 'true', '--health-interval', '1h')
    run(engine, 'without')
    becomes(engine, 'good', 'healthy')
    becomes(engine, 'bad', 'unhealthy')
    names = {value: engine.docker('ps', '--filter', 'health=' + value, '--format', '{{.Names}}').out.split()
             for value in ('healthy', 'unhealthy', 'starting', 'none')}
    assert names == {'healthy': ['good'], 'unhealthy': ['bad'], 'starting': ['new'], 'none': ['without']}


def test_probes_run_as_the_container_does(engine):
    run(engine, 'hc', '-u', '1234:5678', '-w', '/tmp', '-e', 'WORD=hello', '--health-cmd', 'echo $(id -u) $(id -g) $PWD $WORD', *QUICK)
    assert becomes(engine, 'hc', 'healthy')['Log'][-1]['Output'] == '1234 5678 /tmp hello\n'


def test_a_missing_command_is_a_failure(engine):
    body = {'Image': BOX, 'Cmd': ['sleep', '1000'],
            'Healthcheck': {'Test': ['CMD', '/nosuch'], 'Interval': 10**8, 'Retries': 1}}
    assert engine.api.post('/containers/create', body, query={'name': 'hc'}).status == 201
    engine.docker('start', 'hc')
    found = becomes(engine, 'hc', 'unhealthy')
    assert found['Log'][-1]['ExitCode'] != 0 and '/nosuch' in found['Log'][-1]['Output']


@pytest.mark.parametrize('field', ['Interval', 'Timeout', 'StartPeriod'])
def test_durations_below_a_millisecond_are_refused(engine, field):
    answer = engine.api.post('/containers/create', {'Image': BOX, 'Healthcheck': {'Test': ['CMD', 'true'], field: 999999}})
    assert answer.status == 400 and f'{field} in Healthcheck cannot be less than 1ms' in answer.message


def test_pause_and_stop_end_the_probing_and_a_start_begins_anew(engine):
    run(engine, 'hc', '--health-cmd', 'true', *QUICK)
    becomes(engine, 'hc', 'healthy')
    engine.docker('pause', 'hc')
    seen = health(engine, 'hc')
    assert seen['Status'] == 'unhealthy'
    engine.docker('unpause', 'hc')
    becomes(engine, 'hc', 'healthy')
    engine.docker('stop', '-t', '0', 'hc')
    stopped = health(engine, 'hc')
    assert stopped['Status'] == 'unhealthy' and stopped['Log']
    assert 'healthy' not in engine.docker('ps', '-a', '--format', '{{.Status}}').out
    engine.docker('start', 'hc')
    assert stopped['Log'][-1]['Start'] in [entry['Start'] for entry in health(engine, 'hc')['Log']], 'the log goes on over the restart'
    becomes(engine, 'hc', 'healthy')


def test_the_status_event_comes_on_changes_only_with_those_of_the_execs(engine):
    stream = engine.api.stream('GET', '/events', query={'filters': {'type': ['container']}})
    run(engine, 'hc', *FOLLOWS_FILE, '--health-retries', '20', '--label', 'a=b', command=('sh', '-c', 'touch /state; sleep 1000'))
    becomes(engine, 'hc', 'healthy')
    eventually(lambda: len(health(engine, 'hc')['Log']) > 2, 'some probes')
    engine.docker('rm', '-f', 'hc')
    events = []
    while not events or events[-1]['Action'] != 'destroy':
        events.append(stream.json_line())
    stream.close()
    actions = [event['Action'] for event in events]
    assert [a for a in actions if a.startswith('health_status')] == ['health_status: healthy']
    status = events[actions.index('health_status: healthy')]
    assert status['Actor']['Attributes'] == {'a': 'b', 'image': BOX, 'name': 'hc'}
    # The end of one and the status it gives, or the beginning of the next, may come in any order.
    first = next(e for e in events if e['Action'].startswith('exec_create'))['Actor']['Attributes']['execID']
    execs = [e['Action'] for e in events if e['Actor']['Attributes'].get('execID') == first]
    assert execs == ['exec_create: /bin/sh -c cat /state', 'exec_start: /bin/sh -c cat /state', 'exec_die']


# -- gantryd only: what survives it, and what it costs ------------------------------------------------------------

@pytest.fixture
def ours(engine):
    if engine.name != 'gantryd':
        pytest.skip('about gantryd')
    return engine


@pytest.mark.parametrize('how', ['kill -9', 'stop'])
def test_health_is_kept_over_a_daemon_restart_and_probing_goes_on(ours, how):
    run(ours, 'hc', *FOLLOWS_FILE, command=('sh', '-c', 'echo fine > /new; mv /new /state; sleep 1000'))
    run(ours, 'bad', '--health-cmd', 'echo no; false', *QUICK)
    becomes(ours, 'hc', 'healthy')
    streak = becomes(ours, 'bad', 'unhealthy')['FailingStreak']
    ours.kill9() if how == 'kill -9' else ours.stop()
    ours.start()
    assert health(ours, 'hc')['Status'] == 'healthy'
    found = health(ours, 'bad')
    assert found['Status'] == 'unhealthy' and found['FailingStreak'] >= min(streak, 2) and found['Log']
    ours.docker('exec', 'hc', 'rm', '/state')
    becomes(ours, 'hc', 'unhealthy')


@pytest.mark.slow
def test_a_probe_under_way_has_half_a_minute_to_end_when_the_daemon_dies(ours):
    """Who kills it at once leaves its child to the container's first process, and some (PostgreSQL) take its death for a crash of their own."""
    run(ours, 'hc', '--health-cmd', 'sleep 4713', '--health-interval', '100ms', '--health-timeout', '1h')
    pid = eventually(lambda: child_named(ours, 'hc', 'sleep 4713'), 'the probe runs')
    ours.kill9()
    ours.start()
    other = eventually(lambda: child_named(ours, 'hc', 'sleep 4713', pid), 'probing goes on')
    assert alive(pid)
    eventually(lambda: not alive(pid), 'it was killed', 45)
    assert alive(other)


def child_named(engine, name, command, other_than=0):
    for row in engine.api.get(f'/containers/{name}/top').json()['Processes']:
        if row[-1] == command and int(row[1]) != other_than:
            return int(row[1])
    return None


def alive(pid):
    try:
        return Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def test_hanging_probes_hold_up_nothing(ours):
    """More hanging probes than the engine has worker threads: exits and restarts are handled all the same."""
    for n in range(70):
        body = {'Image': BOX, 'Cmd': ['sleep', '1000'], 'HostConfig': {'NetworkMode': 'none'},
                'Healthcheck': {'Test': ['CMD', 'sleep', '4714'], 'Interval': 10**8, 'Timeout': 3600 * 10**9}}
        assert ours.api.post('/containers/create', body, query={'name': f'hang{n}'}).status == 201
        assert ours.api.post(f'/containers/hang{n}/start').status == 204
    eventually(lambda: all(ours.inspect(f'hang{n}')['ExecIDs'] for n in range(70)), 'probes hang', 30)
    begun = time.monotonic()
    assert ours.docker('run', '--rm', '--health-cmd', 'true', '--health-interval', '100ms', BOX, 'sh', '-c', 'sleep 0.3; exit 3', check=False).code == 3
    assert time.monotonic() - begun < 15
    threads = len(os.listdir(f'/proc/{ours.process.pid}/task'))
    assert threads < 60, f'{threads} threads'
