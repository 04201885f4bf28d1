"""docker update: limits of running and stopped containers, restart policies, refusals; docker stats and its API."""
import json
import os
import time
from pathlib import Path

import pytest
from harness import leaks
from harness.engine import BOX
from harness.wait import eventually

MB = 1 << 20


@pytest.fixture(autouse=True)
def clean(engine):
    yield
    engine.clear()


def limit(engine, identifier: str, v1: str, v2: str) -> str:
    """The content of a container's control file, whatever version the host has."""
    for group in leaks.cgroup_dirs({identifier}):
        for name in (v1, v2):
            if (group / name).exists():
                return (group / name).read_text().strip()
    raise AssertionError(f'no {v1} or {v2} of {identifier}')


def update(engine, name, body):
    answer = engine.api.post(f'/containers/{name}/update', body)
    return answer.status, (answer.json()['Warnings'] if answer.status == 200 else answer.message)


def test_limits_of_a_running_container_change_at_once(engine):
    made = engine.docker('run', '-d', '--name', 'up', '-m', '64m', BOX, 'sleep', '1000').id
    engine.docker('update', '-m', '96m', '--memory-swap', '128m', '--cpu-shares', '512', '--pids-limit', '77', '--cpus', '0.5', 'up')
    host = engine.inspect('up')['HostConfig']
    assert (host['Memory'], host['MemorySwap'], host['CpuShares'], host['PidsLimit'], host['NanoCpus']) == (96 * MB, 128 * MB, 512, 77, 500000000)
    assert limit(engine, made, 'memory.limit_in_bytes', 'memory.max') == str(96 * MB)
    assert limit(engine, made, 'pids.max', 'pids.max') == '77'
    assert limit(engine, made, 'cpu.cfs_quota_us', 'cpu.max').split()[0] == '50000'
    engine.docker('update', '--pids-limit', '-1', 'up')
    assert limit(engine, made, 'pids.max', 'pids.max') == 'max'
    assert engine.inspect('up')['HostConfig']['Memory'] == 96 * MB, 'what was not named stays'


def test_limits_of_a_stopped_container_hold_at_its_next_start(engine):
    made = engine.docker('create', '--name', 'up', BOX, 'sleep', '1000').id
    engine.docker('update', '-m', '32m', '--memory-swap', '-1', 'up')
    engine.docker('start', 'up')
    assert limit(engine, made, 'memory.limit_in_bytes', 'memory.max') == str(32 * MB)


def test_a_paused_container_can_be_updated(engine):
    made = engine.docker('run', '-d', '--name', 'up', BOX, 'sleep', '1000').id
    engine.docker('pause', 'up')
    engine.docker('update', '--pids-limit', '55', 'up')
    engine.docker('unpause', 'up')
    assert limit(engine, made, 'pids.max', 'pids.max') == '55'


def test_the_restart_policy_changes_and_works(engine):
    engine.docker('run', '-d', '--name', 'up', BOX, 'sh', '-c', 'while [ ! -e /go ]; do sleep 0.05; done; exit 3')
    engine.docker('update', '--restart', 'on-failure:2', 'up')
    assert engine.inspect('up')['HostConfig']['RestartPolicy'] == {'Name': 'on-failure', 'MaximumRetryCount': 2}
    engine.docker('exec', 'up', 'touch', '/go', check=False)   # it ends with the container
    eventually(lambda: engine.inspect('up')['RestartCount'] == 2 and not engine.inspect('up')['State']['Running'], 'it was restarted twice', 30)
    engine.docker('update', '--restart', 'no', 'up')
    assert engine.inspect('up')['HostConfig']['RestartPolicy'] == {'Name': 'no', 'MaximumRetryCount': 0}


def test_updates_are_remembered_and_told(engine):
    stream = engine.api.stream('GET', '/events', query={'filters': {'event': ['update']}})
    engine.docker('create', '--name', 'up', BOX)
    assert update(engine, 'up', {'CpuShares': 300}) in ((200, []), (200, None))
    assert stream.json_line()['Actor']['Attributes']['name'] == 'up'
    stream.close()
    if engine.name == 'gantryd':
        engine.kill9()
        engine.start()
        assert engine.inspect('up')['HostConfig']['CpuShares'] == 300


def test_refusals_are_dockers(engine):
    made = engine.docker('run', '-d', '--name', 'up', '--rm', '--cpus', '1', '-m', '64m', BOX, 'sleep', '1000').id
    cannot = f'Cannot update container {made}: '
    assert update(engine, 'up', {'RestartPolicy': {'Name': 'always'}}) == (
        409, cannot + 'Restart policy cannot be updated because AutoRemove is enabled for the container')
    assert update(engine, 'up', {'CpuPeriod': 100000}) == (
        409, cannot + 'Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set')
    assert update(engine, 'up', {'Memory': 512 * MB}) == (
        409, cannot + 'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time')
    assert update(engine, 'up', {'Memory': 1000})[0] == 400
    assert update(engine, 'nosuch', {}) == (404, 'No such container: nosuch')
    assert engine.inspect('up')['HostConfig']['Memory'] == 64 * MB
    if engine.name == 'gantryd':
        assert update(engine, 'up', {'RestartPolicy': {'Name': 'foo'}})[0] == 400
        assert update(engine, 'up', {'Ulimits': [{'Name': 'nofile', 'Soft': 1, 'Hard': 2}]}) == (400, 'Ulimits cannot be changed after create')


@pytest.mark.skipif(os.path.exists('/sys/fs/cgroup/cgroup.controllers'), reason='cgroup v2 takes limits below what is in use')
def test_what_the_kernel_refuses_changes_nothing(engine):
    engine.docker('run', '-d', '--name', 'up', '-m', '64m', '--memory-swap', '64m', BOX, 'sh', '-c',
                  'dd if=/dev/zero of=/dev/shm/full bs=1M count=40; echo full; exec sleep 1000')
    eventually(lambda: 'full' in engine.docker('logs', 'up').out, 'memory is in use')
    status, message = update(engine, 'up', {'Memory': 8 * MB, 'MemorySwap': 8 * MB})
    assert status in (400, 500) and message.startswith('Cannot update container ')
    assert engine.inspect('up')['HostConfig']['Memory'] == 64 * MB


# -- docker stats --------------------------------------------------------------------------------------------------

def test_stats_measure_what_a_container_uses(engine):
    engine.docker('run', '-d', '--name', 'st', '-m', '64m', BOX, 'sh', '-c', 'while :; do :; done')
    begun = time.monotonic()
    shown = engine.api.get('/containers/st/stats', query={'stream': 0}).json()
    assert 0.9 < time.monotonic() - begun < 5
    assert shown['name'] == '/st' and shown['id'] == engine.inspect('st')['Id']
    used = shown['cpu_stats']['cpu_usage']['total_usage'] - shown['precpu_stats']['cpu_usage']['total_usage']
    whole = shown['cpu_stats']['system_cpu_usage'] - shown['precpu_stats']['system_cpu_usage']
    assert used > 10**7 and whole >= used, 'a busy loop'
    assert 0 < shown['memory_stats']['usage'] < shown['memory_stats']['limit'] == 64 * MB
    assert shown['pids_stats']['current'] >= 1 and shown['memory_stats']['stats']
    assert set(shown['networks']) == {'eth0'} and 'rx_bytes' in shown['networks']['eth0']
    assert shown['preread'] < shown['read']


def test_one_shot_answers_at_once(engine):
    engine.docker('run', '-d', '--name', 'st', BOX, 'sleep', '1000')
    begun = time.monotonic()
    shown = engine.api.get('/containers/st/stats', query={'stream': 0, 'one-shot': 1}).json()
    assert time.monotonic() - begun < 1.5
    assert shown['precpu_stats']['cpu_usage']['total_usage'] == 0 and shown['cpu_stats']['cpu_usage']['total_usage'] > 0
    if engine.name == 'gantryd':
        assert engine.api.get('/containers/st/stats', query={'stream': 1, 'one-shot': 1}).message == 'cannot have stream=true and one-shot=true'


def test_stats_of_a_stopped_container_are_zeros(engine):
    engine.docker('create', '--name', 'st', BOX)
    shown = engine.api.get('/containers/st/stats', query={'stream': 0}).json()
    assert shown['name'] == '/st' and shown['cpu_stats']['cpu_usage']['total_usage'] == 0 and shown['memory_stats'] == {}
    assert engine.api.get('/containers/nosuch/stats', query={'stream': 0}).status == 404


def test_a_stream_of_stats_ends_with_the_container(engine):
    engine.docker('run', '-d', '--name', 'st', BOX, 'sleep', '1000')
    stream = engine.api.stream('GET', '/containers/st/stats')
    assert 'content-type' not in stream.headers
    first, second = stream.json_line(), stream.json_line()
    assert second['precpu_stats'] == first['cpu_stats'] and second['read'] > first['read']
    engine.docker('rm', '-f', 'st')
    while stream.line():
        pass
    stream.close()


def test_the_cli_shows_stats(engine):
    engine.docker('run', '-d', '--name', 'st', '--network', 'host', BOX, 'sleep', '1000')
    eventually(lambda: 'sleep 1000' in engine.docker('top', 'st').out, 'the program runs')    # not the runtime any more, with its threads
    row = json.loads(engine.docker('stats', '--no-stream', '--format', '{{json .}}', 'st').out)
    assert row['Name'] == 'st' and row['PIDs'] == '1' and row['MemUsage'].endswith('iB') and row['CPUPerc'].endswith('%')
    assert 'st' in engine.docker('stats', '--no-stream').out


def test_more_cpus_than_there_are_are_refused(engine):
    engine.docker('create', '--name', 'up', BOX, 'true')
    status, words = update(engine, 'up', {'NanoCpus': 9999 * 10**9})
    assert status >= 400 and f'ange of CPUs is from 0.01 to {os.cpu_count()}.00' in words, words
    status, words = update(engine, 'up', {'CpusetMems': '999'})
    assert status >= 400 and 'Requested memory nodes are not available - requested 999' in words, words


def test_top_says_in_one_line_why_ps_failed(engine):
    engine.docker('run', '-d', '--name', 'st', BOX, 'sleep', '1000')
    answer = engine.api.get('/containers/st/top', query={'ps_args': '-o nosuch'})
    assert answer.status == (400 if engine.name == 'gantryd' else 500)
    assert answer.message.startswith('ps: ') and '\n' not in answer.message, answer.message


# -- init -----------------------------------------------------------------------------------------------------------

def test_init_reaps_passes_signals_on_and_keeps_the_code(engine):
    engine.docker('run', '-d', '--init', '--name', 'in', BOX, 'sh', '-c', 'trap "exit 7" TERM; (sleep 0.1 &) ; while :; do sleep 0.05; done')
    eventually(lambda: (rows := engine.api.get('/containers/in/top').json()['Processes']) and 'init' in rows[0][-1]
               and any('sh -c' in row[-1] for row in rows[1:]), 'the command runs below the init')
    assert engine.docker('exec', 'in', 'cat', '/proc/1/comm').out.strip() in ('docker-init', 'gantry-init')
    eventually(lambda: not any('<defunct>' in row[-1] or row[-1] == 'sleep 0.1' for row in engine.api.get('/containers/in/top').json()['Processes']), 'orphans are reaped')
    begun = time.monotonic()
    engine.docker('stop', 'in')
    assert time.monotonic() - begun < 5 and engine.inspect('in')['State']['ExitCode'] == 7
    assert engine.docker('run', '--rm', '--init', BOX, 'sh', '-c', 'exit 42', check=False).code == 42
    assert engine.docker('run', '--rm', '--init', BOX, 'nosuch', check=False).code == 127
    assert engine.docker('run', '--rm', '--init', BOX, 'sh', '-c', 'kill -9 $$', check=False).code == 137


def test_init_works_on_a_terminal_and_as_another_user(engine):
    with engine.terminal('run', '-it', '--rm', '--init', '-u', 'ann', BOX, 'sh') as shell:
        shell.expect(r'\$ ')
        shell.line('id -u')
        shell.expect('1000')
        shell.line('sh -c "echo be-\\$((1+1)); exec sleep 100"')
        shell.expect('be-2')
        shell.type(b'\x03')
        shell.line('echo after-$((1+1))')
        shell.expect('after-2')
        shell.line('exit 3')
        assert shell.wait() == 3
