"""Containers that share the process, IPC and network namespaces of others (`container:NAME`)."""
import os
import signal

import pytest
from harness.engine import BOX
from harness.wait import eventually

SLEEP = (BOX, 'sleep', '1000')


@pytest.fixture(autouse=True)
def clean(engine):
    yield
    engine.clear()
    engine.docker('network', 'prune', '-f')


def test_who_is_joined_by_name_is_known_by_id_and_may_be_renamed(engine):
    owner = engine.docker('run', '-d', '--name', 'owner', '--ipc', 'shareable', *SLEEP).id
    engine.docker('create', '--name', 'guest', '--pid', 'container:owner', '--ipc', f'container:{owner[:9]}', '--network', 'container:owner', *SLEEP)
    host = engine.inspect('guest')['HostConfig']
    assert {host[mode] for mode in ('PidMode', 'IpcMode', 'NetworkMode')} == {f'container:{owner}'}
    engine.docker('rename', 'owner', 'landlord')
    engine.docker('run', '-d', '--name', 'owner', *SLEEP)
    engine.docker('start', 'guest')
    engine.docker('exec', 'landlord', 'sh', '-c', 'echo mine > /dev/shm/word')
    assert engine.docker('exec', 'guest', 'cat', '/dev/shm/word').out == 'mine\n'
    space = 'for kind in pid net ipc; do readlink /proc/self/ns/$kind; done'
    assert engine.docker('exec', 'guest', 'sh', '-c', space).out == engine.docker('exec', 'landlord', 'sh', '-c', space).out


@pytest.mark.parametrize('mode', ('PidMode', 'IpcMode'))
def test_whose_namespace_is_joined_must_exist_at_create(engine, mode):
    refused = engine.api.post('/containers/create', {'Image': BOX, 'HostConfig': {mode: 'container:nosuch'}})
    assert (refused.status, refused.message) == (400, 'No such container: nosuch')


def test_a_namespace_of_a_container_that_does_not_run_cannot_be_joined(engine):
    owner = engine.docker('create', '--name', 'owner', *SLEEP).id
    for option, status, words in (('--pid', 500, f'failed to join PID namespace: container {owner} is not running'),
                                  ('--ipc', 500, f'failed to join IPC namespace: container {owner} is not running'),
                                  ('--network', 409, 'cannot join network namespace of a non running container: container owner is created')):
        engine.docker('create', '--name', 'guest', option, 'container:owner', *SLEEP)
        refused = engine.api.post('/containers/guest/start')
        assert (refused.status, refused.message) == (status, words)
        engine.docker('rm', 'guest')


def test_one_name_of_the_host_goes_with_one_network(engine):
    engine.docker('run', '-d', '--name', 'owner', '--hostname', 'haus', '--domainname', 'lan.example', *SLEEP)
    engine.docker('run', '-d', '--name', 'guest', '--network', 'container:owner', *SLEEP)
    config = engine.inspect('guest')['Config']
    assert (config['Hostname'], config['Domainname']) == ('haus', 'lan.example')
    assert engine.docker('exec', 'guest', 'sh', '-c', 'echo $HOSTNAME; hostname').out == 'haus\nhaus\n'
    engine.docker('run', '-d', '--name', 'third', '--network', 'container:guest', *SLEEP)
    files = ('cat', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf')
    assert engine.docker('exec', 'third', *files).out == engine.docker('exec', 'owner', *files).out
    assert engine.inspect('third')['HostsPath'] == engine.inspect('owner')['HostsPath']


def test_a_container_cannot_join_its_own_network(engine):
    engine.docker('create', '--name', 'self', '--network', 'container:self', BOX, 'true')
    refused = engine.api.post('/containers/self/start')
    assert refused.status >= 400 and 'cannot join own network' in refused.message


def test_a_private_ipc_namespace_cannot_be_joined(engine):
    owner = engine.docker('run', '-d', '--name', 'owner', *SLEEP).id
    engine.docker('create', '--name', 'guest', '--ipc', 'container:owner', *SLEEP)
    refused = engine.api.post('/containers/guest/start')
    assert refused.status == 500
    assert refused.message == f'failed to join IPC namespace: container {owner}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)'


@pytest.mark.parametrize('mode', ('host', 'shareable'))
def test_who_joins_a_guests_ipc_namespace_is_where_the_guest_is(engine, mode):
    engine.docker('run', '-d', '--name', 'owner', '--ipc', mode, *SLEEP)
    engine.docker('run', '-d', '--name', 'guest', '--ipc', 'container:owner', *SLEEP)
    engine.docker('run', '-d', '--name', 'third', '--ipc', 'container:guest', *SLEEP)
    spaces = {engine.docker('exec', name, 'readlink', '/proc/self/ns/ipc').out for name in ('owner', 'guest', 'third')}
    assert len(spaces) == 1
    engine.docker('exec', 'owner', 'sh', '-c', 'echo mine > /dev/shm/joined-word')
    try:
        for name in ('guest', 'third'):
            assert engine.docker('exec', name, 'cat', '/dev/shm/joined-word').out == 'mine\n'
    finally:
        engine.docker('exec', 'owner', 'rm', '/dev/shm/joined-word')


def interfaces(engine, name: str) -> list[str]:
    return sorted(set(engine.docker('exec', name, 'ls', '/sys/class/net').out.split()) & {'eth0', 'eth1'})


@pytest.mark.parametrize('way', ('restart', 'kill', 'crash'))
def test_interfaces_go_with_their_owner_though_a_guest_keeps_the_stack(engine, way):
    engine.docker('network', 'create', 'lan')
    engine.docker('network', 'create', 'wan')
    engine.docker('create', '--name', 'owner', '--network', 'lan', '--restart', 'always' if way == 'crash' else 'no', *SLEEP)
    engine.docker('network', 'connect', 'wan', 'owner')
    engine.docker('start', 'owner')
    engine.docker('run', '-d', '--name', 'guest', '--network', 'container:owner', *SLEEP)
    engine.docker('run', '-d', '--name', 'third', '--network', 'container:guest', *SLEEP)
    assert interfaces(engine, 'third') == ['eth0', 'eth1']
    if way == 'restart':
        engine.docker('restart', '-t', '0', 'owner')
    elif way == 'kill':
        engine.docker('kill', 'owner')
        engine.wait_for_exit('owner')
    else:
        os.kill(engine.inspect('owner')['State']['Pid'], signal.SIGKILL)
        eventually(lambda: engine.inspect('owner')['RestartCount'] == 1 and engine.inspect('owner')['State']['Status'] == 'running', 'it runs again')
    eventually(lambda: interfaces(engine, 'third') == interfaces(engine, 'guest') == [], 'they are gone')
    if way != 'kill':
        assert interfaces(engine, 'owner') == ['eth0', 'eth1']
        engine.docker('exec', 'owner', 'ping', '-c', '1', '-W', '5', engine.inspect('owner')['NetworkSettings']['Networks']['lan']['Gateway'])


def test_interfaces_of_an_owner_that_ended_while_the_engine_was_away_go(daemon):
    engine = daemon()
    engine.docker('network', 'create', 'lan')
    engine.docker('run', '-d', '--name', 'owner', '--network', 'lan', *SLEEP)
    engine.docker('run', '-d', '--name', 'guest', '--network', 'container:owner', *SLEEP)
    pid = engine.inspect('owner')['State']['Pid']
    engine.kill9()
    os.kill(pid, signal.SIGKILL)
    engine.start()
    eventually(lambda: not engine.inspect('owner')['State']['Running'], 'its end is known')
    eventually(lambda: interfaces(engine, 'guest') == [], 'its interface is gone')
    engine.docker('rm', '-f', 'owner', 'guest')
