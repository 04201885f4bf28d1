"""Networks of the driver macvlan: containers beside the host on one of its interfaces, another host's neighbours."""
import pytest
from harness.netns import sh
from network_cli_test import box, default_route, get, nets, reaches, web  # noqa: F401 - nets is a fixture

SUBNET, GATEWAY = '198.18.77.0/24', '198.18.77.2'  # the peer's: to containers it is the router


@pytest.fixture
def lan(nets):                                                                # noqa: F811
    nets.docker('network', 'create', '-d', 'macvlan', '-o', 'parent=ext0', '--subnet', SUBNET, '--gateway', GATEWAY,
                '--ip-range', '198.18.77.128/25', 'lan')
    return nets


def test_containers_are_neighbours_of_other_hosts(lan):
    address = web(lan, 'server', '--network', 'lan', '-p', '8080:80')
    box(lan, 'near', '--network', 'lan', '--ip', '198.18.77.200')
    assert address == '198.18.77.128'
    assert b'It runs' in lan.fetch(80, host=address, peer=True)
    reaches(lan, 'near', 'server')
    assert default_route(lan, 'near') == GATEWAY
    listener = lan.ns.make_socket(peer=True)
    with listener:
        listener.bind((lan.ns.peer_address, 0))
        listener.listen(1)
        listener.settimeout(5)
        lan.docker('exec', '-d', 'near', 'nc', '-w', '3', lan.ns.peer_address, str(listener.getsockname()[1]))
        connection, (seen, _) = listener.accept()
        connection.close()
    assert seen == '198.18.77.200'
    assert '02:42:c6:12:4d:c8' in sh('ip', '-n', lan.ns.peer, 'neigh', 'show', '198.18.77.200').lower()
    # The kernel keeps the host itself away from its children, and nothing is published.
    with pytest.raises(OSError):
        lan.ns.get(80, host=address, timeout=1)
    with pytest.raises(OSError):
        lan.ns.get(8080, timeout=1)
    shown = lan.inspect('server')['NetworkSettings']
    assert shown['Networks']['lan']['Gateway'] == GATEWAY and shown['Networks']['lan']['IPAddress'] == address
    assert not shown['Ports'].get('80/tcp')


def test_it_is_listed_like_any_network_and_leaves_its_parent_alone(lan):
    network = lan.api.get('/networks/lan').json()
    assert network['Driver'] == 'macvlan' and network['Options'] == {'parent': 'ext0'}
    assert network['IPAM']['Config'] == [{'Subnet': SUBNET, 'IPRange': '198.18.77.128/25', 'Gateway': GATEWAY}]
    assert lan.docker('network', 'ls', '-q', '--filter', 'driver=macvlan').out.split() == [network['Id'][:12]]
    second = lan.api.post('/networks/create', {'Name': 'wan', 'Driver': 'macvlan', 'Options': {'parent': 'ext0', 'macvlan_mode': 'private'}})
    lan.docker('network', 'rm', 'lan')
    if second.status == 201:  # dockerd 20.10 does not share parents
        lan.docker('network', 'rm', 'wan')
    assert 'ext0' in sh('ip', '-n', lan.ns.name, 'link', 'show', 'ext0')


def test_a_running_container_joins_and_leaves(lan):
    box(lan, 'late')
    lan.docker('network', 'connect', '--ip', '198.18.77.201', 'lan', 'late')
    web(lan, 'server', '--network', 'lan')
    reaches(lan, 'late', 'server')
    lan.docker('network', 'disconnect', 'lan', 'late')
    assert not get(lan, 'late', 'server')
    assert '198.18.77.201' not in lan.docker('exec', 'late', 'ip', 'addr').out


def test_it_comes_back_with_its_address_at_once(lan):
    address = web(lan, 'server', '--network', 'lan')
    for _ in range(5):
        lan.docker('restart', '-t', '0', 'server')
        assert b'It runs' in lan.fetch(80, host=address, peer=True)
    lan.docker('rm', '-f', 'server')
    assert web(lan, 'server', '--network', 'lan', '--ip', address) == address
    assert b'It runs' in lan.fetch(80, host=address, peer=True)


@pytest.mark.parametrize('options, why', [
    ({'parent': 'lo'}, 'loopback interface is not a valid macvlan parent link'),
    ({'parent': 'ext0', 'macvlan_mode': 'odd'}, "requested macvlan mode 'odd' is not valid"),
    ({'parent': 'none0'}, 'none0'),
])
def test_what_cannot_be_is_refused(nets, options, why):                       # noqa: F811
    answer = nets.api.post('/networks/create', {'Name': 'odd', 'Driver': 'macvlan', 'Options': options})
    assert answer.status >= 400 and why in answer.message
    assert nets.api.get('/networks/odd').status == 404


def kernel_has(engine, kind: str) -> bool:
    """Interfaces of that kind come from modules that a kernel may lack."""
    below = ['link', 'ext0'] if kind in ('ipvlan', 'vlan') else []
    sh('ip', '-n', engine.ns.peer, 'link', 'add', *below, 'name', 'probe0', 'type', kind, *(['id', '9'] if kind == 'vlan' else []), check=False)
    found = 'probe0' in sh('ip', '-n', engine.ns.peer, 'link')
    sh('ip', '-n', engine.ns.peer, 'link', 'del', 'probe0', check=False)
    return found


def test_a_network_without_addresses(nets):                                    # noqa: F811
    made = nets.api.post('/networks/create', {'Name': 'bare', 'Driver': 'macvlan', 'EnableIPv4': False, 'Options': {'parent': 'ext0'}})
    assert made.status == 201, made.body
    box(nets, 'one', '--network', 'bare')
    shown = nets.inspect('one')['NetworkSettings']['Networks']['bare']
    assert not shown['IPAddress'] and not shown['GlobalIPv6Address'] and not shown['Gateway']
    link = nets.docker('exec', 'one', 'ip', 'addr', 'show', 'eth0').out
    assert shown['MacAddress'] in link and 'inet' not in link


def test_a_network_inside_the_host(nets):                                     # noqa: F811
    if not kernel_has(nets, 'dummy'):
        pytest.skip('this kernel has no dummy interfaces')
    made = nets.docker('network', 'create', '-d', 'macvlan', 'inside').id
    web(nets, 'server', '--network', 'inside')
    box(nets, 'near', '--network', 'inside')
    reaches(nets, 'near', 'server')
    assert default_route(nets, 'near') == ''
    parent = 'dm-' + made[:12]
    assert parent in sh('ip', '-n', nets.ns.name, 'link')
    nets.docker('rm', '-f', 'server', 'near')
    nets.docker('network', 'rm', 'inside')
    assert parent not in sh('ip', '-n', nets.ns.name, 'link')


def test_ipvlan_shares_the_hardware_address(nets):                            # noqa: F811
    if not kernel_has(nets, 'ipvlan'):
        pytest.skip('this kernel has no ipvlan interfaces')
    nets.docker('network', 'create', '-d', 'ipvlan', '-o', 'parent=ext0', '--subnet', SUBNET, '--gateway', GATEWAY, 'lan')
    address = web(nets, 'server', '--network', 'lan', '--ip', '198.18.77.140')
    box(nets, 'near', '--network', 'lan')
    assert b'It runs' in nets.fetch(80, host=address, peer=True)
    reaches(nets, 'near', 'server')
    own = nets.docker('exec', 'server', 'cat', '/sys/class/net/eth0/address').out.strip()
    assert own in sh('ip', '-n', nets.ns.name, 'link', 'show', 'ext0')


def test_a_vlan_of_the_parent_is_made_and_removed(nets):                      # noqa: F811
    if not kernel_has(nets, 'vlan'):
        pytest.skip('this kernel has no VLAN interfaces')
    nets.docker('network', 'create', '-d', 'macvlan', '-o', 'parent=ext0.9', '--subnet', '198.18.78.0/24', '--gateway', '198.18.78.1', 'tagged')
    sh('ip', '-n', nets.ns.peer, 'link', 'add', 'link', 'ext0', 'name', 'ext0.9', 'type', 'vlan', 'id', '9')
    sh('ip', '-n', nets.ns.peer, 'addr', 'add', '198.18.78.1/24', 'dev', 'ext0.9')
    sh('ip', '-n', nets.ns.peer, 'link', 'set', 'ext0.9', 'up')
    try:
        address = web(nets, 'server', '--network', 'tagged')
        assert b'It runs' in nets.fetch(80, host=address, peer=True)
    finally:
        sh('ip', '-n', nets.ns.peer, 'link', 'del', 'ext0.9')
    nets.docker('rm', '-f', 'server')
    nets.docker('network', 'rm', 'tagged')
    assert 'ext0.9' not in sh('ip', '-n', nets.ns.name, 'link')
