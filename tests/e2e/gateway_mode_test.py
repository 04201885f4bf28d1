"""Gateway modes, trusted interfaces and link-local addresses: how containers are reached by their own addresses."""
import json
import os
import signal

import pytest
from harness.engine import BOX, WEB
from harness.netns import sh
from harness.wait import eventually
from network_cli_test import nets, web  # noqa: F401 - nets is a fixture
from network_gantry_test import create, endpoint, network, start

ENGINES = ('gantryd',)
MODE4, MODE6 = ('com.docker.network.bridge.gateway_mode_ipv' + family for family in '46')
TRUSTED = 'com.docker.network.bridge.trusted_host_interfaces'


def refuses(engine, host: str, port: int = 80):
    with pytest.raises(OSError):
        engine.ns.get(port, host=host, peer=True, timeout=1)


def pings(engine, host: str) -> bool:
    ping = [*engine.ns.enter(peer=True), 'busybox', 'ping', '-c1', '-W1', host]
    return '1 packets received' in sh(*ping, check=False)


def seen_by_peer(engine, name: str, host: str) -> bool:
    """Whether the peer sees that container come from its own address."""
    listener = engine.ns.make_socket(peer=True)
    with listener:
        listener.bind((engine.ns.peer_address, 0))
        listener.listen(1)
        listener.settimeout(5)
        engine.docker('exec', '-d', name, 'nc', '-w', '3', engine.ns.peer_address, str(listener.getsockname()[1]))
        connection, (address, _) = listener.accept()
        connection.close()
        return address == host


def opened(engine) -> set[str]:
    """Addresses with an open port 80."""
    listed = json.loads(sh(*engine.ns.enter(), 'nft', '-j', 'list', 'set', 'ip', 'gantry', 'open_ports'))
    (found,) = (item['set'] for item in listed['nftables'] if 'set' in item)
    return {element['concat'][1] for element in found.get('elem', []) if element['concat'][2] == 80}


def test_isolated_and_unprotected_gateway_modes(nets):                        # noqa: F811
    create(nets, 'island', Internal=True, Options={MODE4: 'isolated'})
    assert 'Gateway' not in network(nets, 'island')['IPAM']['Config'][0]
    bridge = 'br-' + network(nets, 'island')['Id'][:12]
    assert 'inet ' not in sh('ip', '-n', nets.ns.name, 'addr', 'show', bridge)
    create(nets, 'open', Options={MODE4: 'nat-unprotected'})
    create(nets, 'shut')
    for name in ('open', 'shut'):
        web(nets, 'server-' + name, '--network', name)
    opened, shut = (endpoint(nets, 'server-' + name, name)['IPAddress'] for name in ('open', 'shut'))
    assert b'It runs' in nets.fetch(80, host=opened, peer=True)
    refuses(nets, shut)


def test_a_routed_network_is_reached_at_its_containers_published_ports(nets):  # noqa: F811
    create(nets, 'routed', Options={MODE4: 'routed'}, IPAM={'Config': [{'Subnet': '10.84.0.0/24'}]})
    address = web(nets, 'published', '--network', 'routed', '-p', '8080:80')
    bare = web(nets, 'bare', '--network', 'routed')
    assert b'It runs' in nets.fetch(80, host=address, peer=True)
    assert pings(nets, address) and pings(nets, bare)
    refuses(nets, bare)
    refuses(nets, nets.ns.address, 8080)
    with pytest.raises(OSError):
        nets.ns.get(8080, timeout=1)
    assert seen_by_peer(nets, 'bare', bare)

    shown = nets.inspect('published')['NetworkSettings']['Ports']
    assert shown == {'80/tcp': [{'HostIp': '0.0.0.0', 'HostPort': ''}]}
    listed = nets.api.get('/containers/json', query={'filters': '{"name":["published"]}'}).json()[0]['Ports']
    assert listed == [{'IP': '0.0.0.0', 'PrivatePort': 80, 'Type': 'tcp'}]
    # The host's port is nobody's.
    web(nets, 'other', '-p', '8080:80')
    assert b'It runs' in nets.fetch(8080)
    nets.docker('rm', '-f', 'published')
    web(nets, 'next', '--network', 'routed', '--ip', address)
    refuses(nets, address)


def test_each_family_has_its_gateway_mode(nets):                               # noqa: F811
    create(nets, 'mixed', EnableIPv6=True, Options={MODE6: 'routed'})
    web(nets, 'server', '--network', 'mixed', '-p', '8080:80')
    at = endpoint(nets, 'server', 'mixed')
    sh('ip', '-n', nets.ns.name, 'addr', 'add', 'fd98::1/64', 'dev', 'ext0', 'nodad')
    sh('ip', '-n', nets.ns.peer, 'addr', 'add', 'fd98::2/64', 'dev', 'ext0', 'nodad')
    sh('ip', '-n', nets.ns.peer, 'route', 'add', 'default', 'via', 'fd98::1')
    assert b'It runs' in nets.fetch(80, host=at['GlobalIPv6Address'], peer=True)
    assert b'It runs' in nets.fetch(8080, host=nets.ns.address, peer=True)
    refuses(nets, at['IPAddress'])
    refuses(nets, 'fd98::1', 8080)
    ports = nets.inspect('server')['NetworkSettings']['Ports']['80/tcp']
    assert ports == [{'HostIp': '0.0.0.0', 'HostPort': '8080'}, {'HostIp': '::', 'HostPort': ''}]


def test_trusted_interfaces_reach_published_ports_directly(nets):              # noqa: F811
    create(nets, 'trusting', Options={TRUSTED: 'ext0:none0'})
    address = web(nets, 'server', '--network', 'trusting', '-p', '127.0.0.1:8080:80')
    bare = web(nets, 'bare', '--network', 'trusting')
    assert b'It runs' in nets.fetch(80, host=address, peer=True)
    assert b'It runs' in nets.fetch(8080)
    refuses(nets, bare)
    odd = nets.api.post('/networks/create', {'Name': 'odd', 'Options': {TRUSTED: 'a b'}})
    assert odd.status == 400 and TRUSTED in odd.message


def test_openings_live_through_a_crash_and_end_with_the_container(daemon):
    engine = daemon()
    create(engine, 'routed', Options={MODE4: 'routed'})
    for name in ('stays', 'goes'):
        web(engine, name, '--network', 'routed', '-p', '80')
    addresses = {name: endpoint(engine, name, 'routed')['IPAddress'] for name in ('stays', 'goes')}
    assert opened(engine) == set(addresses.values())
    pid = engine.inspect('goes')['State']['Pid']
    engine.kill9()
    assert b'It runs' in engine.fetch(80, host=addresses['stays'], peer=True)
    os.kill(pid, signal.SIGKILL)  # nobody is there to see it
    engine.start()
    eventually(lambda: opened(engine) == {addresses['stays']}, 'the opening of the dead one goes')
    assert b'It runs' in engine.fetch(80, host=addresses['stays'], peer=True)
    engine.docker('rm', '-f', 'stays')
    assert opened(engine) == set()


def test_link_local_addresses(nets):                                          # noqa: F811
    create(nets, 'lan')
    for name, last in (('one', '7'), ('two', '8')):
        start(nets, name, {'lan': {'IPAMConfig': {'LinkLocalIPs': ['169.254.7.' + last]}}}, Cmd=WEB)
    assert endpoint(nets, 'one', 'lan')['IPAMConfig'] == {'LinkLocalIPs': ['169.254.7.7']}
    shown = nets.docker('exec', 'one', 'ip', '-4', 'addr', 'show', 'eth0').out
    assert 'inet 169.254.7.7/16' in shown and 'inet ' + endpoint(nets, 'one', 'lan')['IPAddress'] in shown
    ask = 'printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc -w 1 169.254.7.7 80'
    eventually(lambda: 'It runs' in nets.docker('exec', 'two', 'sh', '-c', ask, check=False).out, 'two reaches one')
    for bad, why in (('10.0.0.1', 'invalid link-local IP address: 10.0.0.1'), ('fe80::7', 'without IPv6')):
        odd = nets.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'NetworkMode': 'lan'}, 'NetworkingConfig': {
            'EndpointsConfig': {'lan': {'IPAMConfig': {'LinkLocalIPs': [bad]}}}}})
        assert odd.status == 400 and why in odd.message
