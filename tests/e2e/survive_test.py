"""kill -9 of gantryd while twenty containers run, write logs and have clients: nothing that runs may notice.

One story told in one module: the daemon is killed once, many things are looked at afterwards.
"""
import os
import re
import signal
import subprocess

import pytest
from harness.engine import BOX, WEB
from harness.wait import eventually

ENGINES = ('gantryd',)
COUNT = 20
# Numbered lines until told to stop; the last number goes to a file so that the log can be checked against it.
WRITER = "n=0; trap 'echo last $n; exit 40' TERM; while :; do n=$((n+1)); echo line $n; [ $((n % 50)) = 0 ] && sleep 0.02; done"


class Story:
    """What was there before the kill."""


@pytest.fixture(scope='module')
def story(engine):
    told = Story()
    told.engine = engine
    told.writers = [f'writer{n}' for n in range(COUNT - 5)]
    for name in told.writers:
        engine.docker('run', '-d', '--name', name, BOX, 'sh', '-c', WRITER)
    engine.docker('run', '-d', '--name', 'web', '-p', '8080:80', '-p', '9999:9999/udp', BOX, *WEB)
    engine.docker('run', '-d', '--name', 'short', BOX, 'sh', '-c', 'while [ ! -e /go ]; do sleep 0.05; done; echo bye; exit 23')
    engine.docker('run', '-d', '--name', 'killed', BOX, 'sleep', '1000')
    engine.docker('run', '-d', '--rm', '--name', 'vanishing', BOX, 'sh', '-c', 'while [ ! -e /go ]; do sleep 0.05; done')
    engine.docker('run', '-dit', '--name', 'shell', BOX)
    told.pids = {name: engine.inspect(name)['State']['Pid'] for name in [*told.writers, 'web', 'short', 'killed', 'vanishing', 'shell']}
    told.terminal = engine.terminal('attach', 'shell')
    told.terminal.line('')
    told.terminal.expect('# ')
    told.exec = engine.terminal('exec', '-it', 'web', 'sh')
    told.exec.expect('# ')
    # The CLI complains on stderr that its wait call broke, and goes on.
    told.cat = engine.spawn('run', '-i', '--name', 'cat', BOX, 'cat', stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    told.cat.stdin.write(b'before\n')
    told.cat.stdin.flush()
    assert told.cat.stdout.readline() == b'before\n'
    told.address = engine.inspect('web')['NetworkSettings']['Networks']['bridge']['IPAddress']

    engine.kill9()
    told.cat.stdin.write(b'while it was dead\n')
    told.cat.stdin.flush()
    told.while_dead = told.cat.stdout.readline()
    told.terminal.line('echo dead-$((40+2))')
    told.terminal_while_dead = told.terminal.expect('dead-42')
    told.web_while_dead = engine.ns.get(8080)
    for name in ('short', 'vanishing'):                # these two end while no daemon is there
        open(f'/proc/{told.pids[name]}/root/go', 'w').close()
    os.kill(told.pids['killed'], signal.SIGKILL)
    for name in ('short', 'vanishing', 'killed'):
        eventually(lambda n=name: gone(told.pids[n]), f'{name} ended')
    told.restart_seconds = engine.start()
    yield told
    told.terminal.__exit__()
    told.exec.__exit__()


def gone(pid: int) -> bool:
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rsplit(')', 1)[1].split()[0] == 'Z'
    except OSError:
        return True


def test_the_same_processes_go_on(story):
    for name in [*story.writers, 'web', 'shell']:
        state = story.engine.inspect(name)['State']
        assert (state['Running'], state['Pid']) == (True, story.pids[name]), name
    eventually(lambda: len(story.engine.docker('ps', '-q').out.split()) == len(story.writers) + 3, 'the others have ended')


def test_attached_clients_never_lost_their_container(story):
    assert story.while_dead == b'while it was dead\n'
    story.cat.stdin.write(b'after\n')
    story.cat.stdin.close()
    assert story.cat.stdout.read() == b'after\n'
    story.terminal.line('echo alive-$((1+1))')
    story.terminal.expect('alive-2')
    story.exec.line('echo exec-$((2+2))')
    story.exec.expect('exec-4')
    eventually(lambda: story.engine.inspect('cat')['State']['Status'] == 'exited', 'cat ended with its input')
    assert story.engine.docker('logs', 'cat').out == 'before\nwhile it was dead\nafter\n'


def test_what_ended_meanwhile_has_its_exit_code(story):
    eventually(lambda: story.engine.inspect('short')['State']['Status'] == 'exited', 'the exit is known')
    assert story.engine.inspect('short')['State']['ExitCode'] == 23
    assert story.engine.docker('logs', 'short').out == 'bye\n'
    assert story.engine.docker('wait', 'killed').out == '137\n'
    eventually(lambda: 'vanishing' not in story.engine.docker('ps', '-a', '--format', '{{.Names}}').out, 'the --rm container is removed')


def test_ports_and_addresses_are_as_before(story):
    assert b'It runs' in story.web_while_dead
    assert b'It runs' in story.engine.fetch(8080)
    assert b'It runs' in story.engine.fetch(8080, host=story.engine.ns.address, peer=True)
    assert story.engine.inspect('web')['NetworkSettings']['Networks']['bridge']['IPAddress'] == story.address
    assert '80/tcp -> 0.0.0.0:8080' in story.engine.docker('port', 'web').out
    clash = story.engine.docker('run', '--rm', '-p', '8080:80', BOX, 'true', check=False)
    assert clash.code == 125 and 'port is already allocated' in clash.err
    fresh = story.engine.docker('run', '-d', '--name', 'fresh', BOX, *WEB).id
    addresses = [row['NetworkSettings']['Networks']['bridge']['IPAddress'] for row in story.engine.api.get('/containers/json').json()]
    assert len(addresses) == len(set(addresses)) and fresh, 'every address is given once'
    story.engine.docker('rm', '-f', 'fresh')


def test_no_line_is_lost_or_doubled(story):
    story.engine.docker('stop', '-t', '20', *story.writers, seconds=60)
    for name in story.writers:
        assert story.engine.inspect(name)['State']['ExitCode'] == 40
        lines = story.engine.docker('logs', name).out.splitlines()
        last = int(re.fullmatch(r'last (\d+)', lines[-1])[1])
        numbers = [int(line.removeprefix('line ')) for line in lines[:-1]]
        assert last > 100 and numbers in (list(range(1, last + 1)), list(range(1, last))), f'{name}: {len(numbers)} lines of {last}'


def test_old_containers_can_be_used_like_new_ones(story):
    engine = story.engine
    assert engine.docker('exec', 'web', 'echo', 'in').out == 'in\n'
    engine.docker('restart', '-t', '0', 'web')
    assert b'It runs' in engine.fetch(8080)
    engine.docker('start', 'short')
    assert engine.docker('wait', 'short').out == '23\n', 'its file /go is still there'
    engine.docker('stop', '-t', '0', 'shell')
    story.terminal.wait()


def test_a_plain_stop_and_start_of_the_daemon_changes_nothing_either(story):
    engine = story.engine
    pid = engine.inspect('web')['State']['Pid']
    engine.stop()
    assert not gone(pid)
    engine.start()
    assert engine.inspect('web')['State']['Pid'] == pid
    assert b'It runs' in engine.fetch(8080)


def test_after_removal_nothing_is_left(story):
    engine = story.engine
    engine.clear()
    eventually(lambda: not engine.network_leaks(), 'the network is as before the first container')
