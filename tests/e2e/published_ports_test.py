"""Published ports: reached from everywhere, many at once, freed at once, UDP sessions, conflicts."""
import os
import signal
import socket
import time

import pytest
from harness.engine import BOX, WEB
from harness.netns import sh
from harness.wait import eventually

MANY = 300


def asks(engine, client, port, host='127.0.0.1'):
    """What comes back for one datagram, or None."""
    try:
        client.sendto(b'ask', (host, port))
        return client.recv(100)
    except OSError:
        return None


def free(engine, port) -> bool:
    try:
        engine.ns.listen(port, '0.0.0.0').close()
        return True
    except OSError:
        return False


def test_a_port_is_reached_from_everywhere_and_outside_addresses_are_kept(tidy):
    tidy.docker('run', '-d', '--name', 'web', '-p', '8080:80', BOX, 'httpd', '-f', '-vv', '-p', '80', '-h', '/www')
    own = tidy.inspect('web')['NetworkSettings']['IPAddress']
    gateway = tidy.inspect('web')['NetworkSettings']['Gateway']
    tidy.fetch(8080)
    for host in ('127.0.0.1', tidy.ns.address, gateway):
        assert b'It runs' in tidy.ns.get(8080, host=host)
    assert b'It runs' in tidy.ns.get(8080, host=tidy.ns.address, peer=True)
    assert b'It runs' in tidy.ns.get(80, host=own)
    for host in (tidy.ns.address, gateway):
        assert 'It runs' in tidy.docker('run', '--rm', BOX, 'wget', '-qO-', f'http://{host}:8080/').out
        assert 'It runs' in tidy.docker('exec', 'web', 'wget', '-qO-', f'http://{host}:8080/').out
    eventually(lambda: f'{tidy.ns.peer_address}]' in tidy.docker('logs', 'web').err, 'the other host was seen by its address')


def test_hundreds_of_ports_cost_milliseconds_and_are_free_at_once(tidy, capsys):
    def start(name, ports):
        bindings = {f'{2000 + i}/tcp': [{'HostPort': str(20000 + i)}] for i in range(ports)}
        body = {'Image': BOX, 'Cmd': ['sleep', '1000'], 'ExposedPorts': dict.fromkeys(bindings, {}), 'HostConfig': {'PortBindings': bindings}}
        made = tidy.api.post('/containers/create', body, query={'name': name}).json()['Id']
        begun = time.monotonic()
        assert tidy.api.post(f'/containers/{made}/start').status == 204
        seconds = time.monotonic() - begun
        if ports:
            assert not free(tidy, 20000) and not free(tidy, 20000 + ports - 1)
            assert len(tidy.docker('port', name).out.splitlines()) >= ports
        begun = time.monotonic()
        tidy.docker('rm', '-f', name)
        assert all(free(tidy, 20000 + i) for i in range(ports))
        return seconds

    few, many = [], []
    for i in range(3):
        few.append(start(f'few{i}', 0))
        many.append(start(f'many{i}', MANY))
    with capsys.disabled():
        print(f'\n    start {min(few) * 1000:.0f} ms, with {MANY} published ports {min(many) * 1000:.0f} ms', end=' ')
    if tidy.name == 'gantryd':
        assert min(many) - min(few) < max(0.25, 2 * min(few))
        assert not any('20000' in rule for rule in tidy.ns.nft_rules())


def test_what_is_published_on_a_loopback_address_is_out_of_other_hosts_reach(tidy):
    tidy.docker('run', '-d', '--name', 'udp', '-p', '127.0.0.2:5353:5353/udp', BOX, 'udp_echo', '5353')
    with tidy.ns.make_socket(socket.SOCK_DGRAM) as near, tidy.ns.make_socket(socket.SOCK_DGRAM, peer=True) as far:
        near.settimeout(1)
        far.settimeout(1)
        # Another host that takes such addresses for this host's.
        for local in ('127.0.0.0/8', '127.0.0.1'):
            sh('ip', '-n', tidy.ns.peer, 'route', 'del', 'local', local, 'dev', 'lo', 'table', 'local', check=False)
        sh('ip', '-n', tidy.ns.peer, 'route', 'replace', '127.0.0.2/32', 'via', tidy.ns.address, 'dev', 'ext0')
        try:
            eventually(lambda: asks(tidy, near, 5353, '127.0.0.2'), 'the host itself is answered', 10)
            far.sendto(b'from outside', ('127.0.0.2', 5353))
            assert asks(tidy, near, 5353, '127.0.0.2') == b'got ask'
            packets = tidy.docker('exec', 'udp', 'cat', '/proc/net/snmp').out
            assert asks(tidy, far, 5353, '127.0.0.2') is None
            assert tidy.docker('exec', 'udp', 'cat', '/proc/net/snmp').out.split('Udp:')[2].split()[0] == packets.split('Udp:')[2].split()[0]
        finally:
            sh('ip', '-n', tidy.ns.peer, 'route', 'del', '127.0.0.2/32', check=False)
            sh('ip', '-n', tidy.ns.peer, 'route', 'replace', 'local', '127.0.0.0/8', 'dev', 'lo', 'table', 'local', 'src', '127.0.0.1', check=False)


def test_many_udp_clients_get_their_own_answers(tidy):
    tidy.docker('run', '-d', '--name', 'udp', '-p', '5353:5353/udp', BOX, 'udp_echo', '5353')
    clients = [tidy.ns.make_socket(socket.SOCK_DGRAM, peer=i % 2 == 1) for i in range(40)]
    try:
        for client in clients:
            client.settimeout(10)
        with tidy.ns.make_socket(socket.SOCK_DGRAM) as probe:        # a late answer to it is nobody's else
            probe.settimeout(1)
            eventually(lambda: asks(tidy, probe, 5353), 'the container answers', 10)
        for i, client in enumerate(clients):
            client.sendto(b'%d' % i, (tidy.ns.address, 5353))
        for i, client in enumerate(clients):
            assert client.recvfrom(100) == (b'got %d' % i, (tidy.ns.address, 5353))
    finally:
        for client in clients:
            client.close()


def test_a_udp_client_that_never_pauses_follows_the_port_to_the_next_container(tidy):
    with tidy.ns.make_socket(socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        assert asks(tidy, client, 5454) is None
        for name in ('first', 'second'):
            # Another address each time.
            tidy.docker('run', '-d', '--name', f'{name}-neighbour', BOX, 'sleep', '1000')
            tidy.docker('run', '-d', '--name', name, '-p', '5454:5454/udp', BOX, 'udp_echo', '5454')
            eventually(lambda: asks(tidy, client, 5454), f'{name} answers', 10)
            tidy.docker('rm', '-f', name)
            asks(tidy, client, 5454)


def test_a_udp_client_over_ipv6_follows_the_port_too(tidy):
    for name, address in ((tidy.ns.name, 'fd98::1/64'), (tidy.ns.peer, 'fd98::2/64')):
        sh('ip', '-n', name, 'addr', 'add', address, 'dev', 'ext0', 'nodad')
    tidy.docker('network', 'create', '--ipv6', '--subnet', 'fd00:78::/64', 'six')
    try:
        with tidy.ns.make_socket(socket.SOCK_DGRAM, peer=True, family=socket.AF_INET6) as client:
            client.settimeout(0.2)
            for name in ('first', 'second'):
                # Another address each time.
                tidy.docker('run', '-d', '--name', f'{name}-neighbour', '--network', 'six', BOX, 'sleep', '1000')
                tidy.docker('run', '-d', '--name', name, '--network', 'six', '-p', '[fd98::1]:5454:5454/udp', BOX, 'udp_echo', '5454')
                eventually(lambda: asks(tidy, client, 5454, 'fd98::1'), f'{name} answers', 10)
                tidy.docker('rm', '-f', name)
                asks(tidy, client, 5454, 'fd98::1')
    finally:
        for name in ('first', 'second', 'first-neighbour', 'second-neighbour'):
            tidy.docker('rm', '-f', name, check=False)
        tidy.docker('network', 'rm', 'six')
        for name, address in ((tidy.ns.name, 'fd98::1/64'), (tidy.ns.peer, 'fd98::2/64')):
            sh('ip', '-n', name, 'addr', 'del', address, 'dev', 'ext0')


def test_a_range_gives_the_next_free_port_and_conflicts_are_told(tidy):
    run = ('run', '-d', '-p', '8100-8101:80')
    tidy.docker(*run, '--name', 'one', BOX, *WEB)
    tidy.docker(*run, '--name', 'two', BOX, *WEB)
    assert {tidy.docker('port', name, '80').out.split('\n')[0] for name in ('one', 'two')} == {'0.0.0.0:8100', '0.0.0.0:8101'}
    refused = tidy.docker(*run, BOX, *WEB, check=False)
    assert refused.code == 125 and 'all ports are allocated' in refused.err
    refused = tidy.docker('run', '-d', '-p', '8100:80', BOX, *WEB, check=False)
    assert refused.code == 125 and 'Bind for 0.0.0.0:8100 failed: port is already allocated' in refused.err
    with tidy.ns.listen(8200, '0.0.0.0'):
        refused = tidy.docker('run', '-d', '--name', 'late', '-p', '8200:80', BOX, *WEB, check=False)
        assert refused.code == 125 and 'address already in use' in refused.err
    tidy.docker('start', 'late')
    assert b'It runs' in tidy.fetch(8200)


def test_ports_of_a_container_whose_supervisor_was_killed_are_free(tidy):
    if tidy.name != 'gantryd':
        pytest.skip('another engine has other supervisors')
    made = tidy.docker('run', '-d', '--name', 'lost', '-p', '8300:80', BOX, *WEB).id
    tidy.fetch(8300)
    supervisor = next(int(pid) for pid in os.listdir('/proc') if pid.isdigit() and made in command_of(pid))
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: free(tidy, 8300), 'the port is free', 5)
    eventually(lambda: not tidy.inspect('lost')['State']['Running'], 'the engine has seen it', 10)
    tidy.docker('start', 'lost')
    assert b'It runs' in tidy.fetch(8300)


def command_of(pid: str) -> str:
    try:
        with open(f'/proc/{pid}/cmdline') as file:
            text = file.read()
        return text if text.startswith('gantry-shim') else ''
    except OSError:
        return ''
