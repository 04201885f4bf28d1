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


@pytest.mark.parametrize('options, why', [
    ({'parent': 'lo'}, 'loopback interface is not a valid macvlan parent link'),
    ({'parent': 'ext0', 'macvlan_mode': 'odd'}, "requested macvlan mode 'odd' is not valid"),
    ({'parent': 'none0'}, 'none0'),
])
def test_what_cannot_be_is_refused(nets, options, why):                       # noqa: F811
    answer = nets.api.post('/networks/create', {'Name': 'odd', 'Driver': 'macvlan', 'Options': options})
    assert answer.status >= 400 and why in answer.message
    assert nets.api.get('/networks/odd').status == 404


def test_a_network_inside_the_host_where_the_kernel_has_dummies(nets):        # noqa: F811
    made = nets.api.post('/networks/create', {'Name': 'inside', 'Driver': 'macvlan'})
    if made.status != 201 and sh('ip', '-n', nets.ns.peer, 'link', 'add', 'probe0', 'type', 'dummy', check=False) == '' \
            and 'probe0' not in sh('ip', '-n', nets.ns.peer, 'link'):
        pytest.skip('this kernel has no dummy interfaces')
    assert made.status == 201, made.body
    web(nets, 'server', '--network', 'inside')
    box(nets, 'near', '--network', 'inside')
    reaches(nets, 'near', 'server')
    assert default_route(nets, 'near') == ''
    parent = 'dm-' + made.json()['Id'][:12]
    assert parent in sh('ip', '-n', nets.ns.name, 'link')
    nets.docker('rm', '-f', 'server', 'near')
    nets.docker('network', 'rm', 'inside')
    assert parent not in sh('ip', '-n', nets.ns.name, 'link')
