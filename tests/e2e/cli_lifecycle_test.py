"""create, start, stop, kill, restart, wait, auto-remove, restart policies and the events they send."""
import json
import threading
import time

from harness.engine import BOX
from harness.wait import eventually

TRAP = 'trap "echo hup" HUP; trap "echo term; exit 7" TERM; echo ready; while :; do sleep 0.05; done'


def ready(engine, name):
    eventually(lambda: 'ready' in engine.docker('logs', name).out, f'{name} is ready')


def test_kill_with_a_signal_leaves_it_running(tidy):
    tidy.docker('run', '-d', '--name', 'killed', BOX, 'sh', '-c', TRAP)
    ready(tidy, 'killed')
    tidy.docker('kill', '-s', 'HUP', 'killed')
    eventually(lambda: 'hup' in tidy.docker('logs', 'killed').out, 'the signal arrived')
    assert tidy.inspect('killed')['State']['Running']
    for count, words in enumerate((('-s', '1'), ('--signal', 'SIGHUP')), 2):   # one by one: a pending signal swallows its like
        tidy.docker('kill', *words, 'killed')
        eventually(lambda: tidy.docker('logs', 'killed').out.count('hup') == count, 'the signal arrived')
    tidy.docker('kill', 'killed')
    assert tidy.inspect('killed')['State']['ExitCode'] == 137


def test_stop_start_restart_keep_the_container_and_its_files(tidy):
    tidy.docker('run', '-d', '--name', 'stopped', BOX, 'sh', '-c', 'echo run >>/runs; ' + TRAP)
    ready(tidy, 'stopped')
    tidy.docker('stop', 'stopped')
    state = tidy.inspect('stopped')['State']
    assert (state['Status'], state['ExitCode'], state['Pid']) == ('exited', 7, 0)
    tidy.docker('start', 'stopped')
    eventually(lambda: tidy.docker('logs', 'stopped').out.count('ready') == 2, 'started again')
    tidy.docker('restart', 'stopped')
    eventually(lambda: tidy.docker('logs', 'stopped').out.count('ready') == 3, 'restarted')
    assert tidy.docker('exec', 'stopped', 'cat', '/runs').out == 'run\n' * 3
    assert tidy.inspect('stopped')['RestartCount'] == 0


def test_stop_kills_after_the_grace_period(tidy):
    tidy.docker('run', '-d', '--name', 'deaf', BOX, 'sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done')
    ready(tidy, 'deaf')
    begun = time.monotonic()
    tidy.docker('stop', '-t', '1', 'deaf')
    assert 0.9 < time.monotonic() - begun < 10
    assert tidy.inspect('deaf')['State']['ExitCode'] == 137


def test_stop_signal_and_start_and_stop_twice_are_no_errors(tidy):
    tidy.docker('run', '-d', '--name', 'quiet', '--stop-signal', 'HUP', BOX, 'sh', '-c', 'trap "exit 21" HUP; echo ready; while :; do sleep 0.05; done')
    ready(tidy, 'quiet')
    assert tidy.api.post('/containers/quiet/start').status == 304
    tidy.docker('stop', 'quiet')
    assert tidy.inspect('quiet')['State']['ExitCode'] == 21
    assert tidy.api.post('/containers/quiet/stop').status == 304


def test_wait_gives_the_exit_code_to_everyone(tidy):
    tidy.docker('run', '-di', '--name', 'waited', BOX, 'sh', '-c', 'read x; exit 17')
    waiting = [tidy.spawn('wait', 'waited') for _ in range(3)]
    blocked = tidy.api.stream('POST', '/containers/waited/wait', query={'condition': 'next-exit'})
    assert blocked.status == 200                           # the head comes before the end
    stream = tidy.api.hijack('/containers/waited/attach', query={'stream': 1, 'stdin': 1})
    stream.send(b'go\n')
    assert [w.communicate(timeout=10)[0] for w in waiting] == [b'17\n'] * 3
    assert blocked.json_line()['StatusCode'] == 17
    blocked.close()
    stream.close()
    assert tidy.docker('wait', 'waited').out == '17\n'
    if tidy.name == 'gantryd':                             # 20.10 takes any word for not-running
        bad = tidy.api.post('/containers/waited/wait', query={'condition': 'whenever'})
        assert bad.status == 400 and bad.message == 'invalid condition: "whenever"'


def test_a_second_start_of_an_exec_is_told_in_the_stream(tidy):
    tidy.docker('run', '-d', '--name', 'host', BOX, 'sleep', '1000')
    made = tidy.api.post('/containers/host/exec', {'Cmd': ['cat'], 'AttachStdin': True, 'AttachStdout': True}).json()['Id']
    start, body = f'/exec/{made}/start', {'Detach': False, 'Tty': False}
    first = tidy.api.hijack(start, body=body)
    assert first.status == 101
    again = tidy.api.hijack(start, body=body, upgrade=False)          # compose attaches, and then starts
    assert again.status == 200 and f'{made} is already running'.encode() in again.read_all()
    detached = tidy.api.post(start, {'Detach': True})
    assert detached.status == 409 and 'is already running' in detached.message
    first.send(b'undisturbed')
    first.half_close()
    assert b'undisturbed' in first.read_all()
    late = tidy.api.hijack(start, body=body)
    assert late.status == 101 and b'has already run' in late.read_all()


def test_wait_for_removal_and_auto_remove(tidy):
    name = tidy.docker('create', '--rm', '--name', 'removed', BOX, 'sh', '-c', 'exit 3').id
    removed = tidy.api.stream('POST', f'/containers/{name}/wait', query={'condition': 'removed'})
    assert tidy.api.post(f'/containers/{name}/start').status == 204
    assert removed.json_line()['StatusCode'] == 3
    removed.close()
    assert tidy.api.get(f'/containers/{name}/json').status == 404


def test_restart_policy_on_failure_counts_and_gives_up(tidy):
    tidy.docker('run', '-d', '--name', 'failing', '--restart', 'on-failure:2', BOX, 'false')
    eventually(lambda: tidy.inspect('failing')['State']['Status'] == 'exited' and tidy.inspect('failing')['RestartCount'] == 2, 'gave up', 15)
    assert tidy.inspect('failing')['State']['ExitCode'] == 1


def test_a_start_that_fails_keeps_the_exit_code_of_the_run_before(tidy):
    tidy.docker('run', '-d', '--name', 'donor', BOX, 'sleep', '1000')
    tidy.docker('run', '--name', 'joins', '--network', 'container:donor', BOX, 'sh', '-c', 'exit 3', check=False)
    tidy.docker('create', '--name', 'never', '--network', 'container:donor', BOX, 'true')
    tidy.docker('stop', '-t', '0', 'donor')
    for name, code in (('joins', 3), ('never', 128)):
        assert tidy.docker('start', name, check=False).code == 1
        state = tidy.inspect(name)['State']
        assert (state['ExitCode'], bool(state['Error'])) == (code, True), name


def test_restart_policy_always_until_stopped_by_hand(tidy):
    tidy.docker('run', '-d', '--name', 'always', '--restart', 'always', BOX, 'sh', '-c', 'echo again; sleep 0.2')
    eventually(lambda: tidy.docker('logs', 'always').out.count('again') >= 3, 'restarted', 15)
    tidy.docker('stop', 'always')
    count = tidy.docker('logs', 'always').out.count('again')
    assert tidy.inspect('always')['State']['Status'] == 'exited'
    # nothing may start it again: the next event of it must be our own start
    stream = tidy.api.stream('GET', '/events', query={'filters': {'container': ['always'], 'event': ['start']}})
    tidy.docker('start', 'always')
    assert stream.json_line()['Action'] == 'start'
    stream.close()
    assert tidy.docker('logs', 'always').out.count('again') >= count


def events_during(engine, work, kinds=('container',)):
    since = repr(time.time())
    work()
    until = repr(time.time() + 0.01)
    text = engine.docker('events', '--since', since, '--until', until, '--format', '{{json .}}').out
    return [event for event in map(json.loads, text.splitlines()) if event['Type'] in kinds]


def test_events_of_a_life_come_in_order_with_their_attributes(tidy):
    def life():
        tidy.docker('run', '--rm', '--name', 'evented', '--label', 'team=red', BOX, 'sh', '-c', 'exit 5', check=False)
        eventually(lambda: not tidy.docker('ps', '-aq').out, 'removed')
    events = events_during(tidy, life, ('container', 'network'))
    assert [(e['Type'], e['Action']) for e in events] == [
        ('container', 'create'), ('container', 'attach'), ('network', 'connect'), ('container', 'start'),
        ('container', 'die'), ('network', 'disconnect'), ('container', 'destroy')]
    for event in events:
        if event['Type'] == 'container':
            attributes = event['Actor']['Attributes']
            assert (attributes['name'], attributes['image'], attributes['team']) == ('evented', BOX, 'red')
    assert events[4]['Actor']['Attributes']['exitCode'] == '5'


def test_events_of_stop_kill_rename_and_exec(tidy):
    tidy.docker('run', '-d', '--name', 'evented', BOX, 'sh', '-c', TRAP)
    ready(tidy, 'evented')

    def work():
        died = tidy.api.stream('GET', '/events', query={'filters': {'event': ['exec_die']}})
        tidy.docker('exec', 'evented', 'true')
        assert died.json_line()                            # may be told after the client's end
        died.close()
        tidy.docker('kill', '-s', 'HUP', 'evented')
        tidy.docker('rename', 'evented', 'renamed')
        tidy.docker('stop', 'renamed')
    events = events_during(tidy, work)
    names = [e['Action'].split(':')[0] for e in events]
    assert names == ['exec_create', 'exec_start', 'exec_die', 'kill', 'rename', 'kill', 'die', 'stop']
    by_name = dict(zip(names, events, strict=True))
    assert by_name['rename']['Actor']['Attributes']['oldName'] == '/evented'
    assert [e['Actor']['Attributes']['signal'] for e in events if e['Action'] == 'kill'] == ['1', '15']
    assert by_name['exec_die']['Actor']['Attributes']['exitCode'] == '0'


def test_events_follow_live_and_filters_pick(tidy):
    forms = ({'event': {'die': True}, 'label': {'pick=me': True}}, {'event': ['die'], 'label': ['pick=me']})
    streams = [tidy.api.stream('GET', '/events', query={'filters': filters}) for filters in forms]
    tidy.docker('run', '--rm', BOX, 'true')
    tidy.docker('run', '--rm', '--label', 'pick=me', BOX, 'true')
    for stream in streams:
        event = stream.json_line()
        assert event['Action'] == 'die' and event['Actor']['Attributes']['pick'] == 'me'
        stream.close()


def test_concurrent_operations_on_one_container_leave_one_clear_result(tidy):
    tidy.docker('create', '--name', 'raced', BOX, 'sleep', '100')
    codes: list[int] = []

    def call(method, path, **query):
        codes.append(tidy.api.call(method, path, query=query, timeout=60).status)
    for _ in range(3):
        threads = [threading.Thread(target=call, args=('POST', '/containers/raced/start')) for _ in range(4)]
        threads += [threading.Thread(target=call, args=('POST', '/containers/raced/stop'), kwargs={'t': 0}) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(codes) <= {204, 304}
    tidy.docker('rm', '-f', 'raced')
    assert tidy.api.get('/containers/raced/json').status == 404
