"""Networks of the driver ipvlan in the modes l3 and l3s, where the host routes, and the driver's flags."""
import pytest
from harness.netns import sh
from macvlan_test import SUBNET, kernel_has
from network_cli_test import box, default_route, get, nets, reaches, web  # noqa: F401 - nets is a fixture

ENGINES = ('gantryd',)                    # 20.10 sets an address aside for a gateway that nobody has
ROUTED = '10.78.5.0/24'


@pytest.fixture
def routed(nets):                                                             # noqa: F811
    """An engine on whose kernel there is ipvlan, with a neighbour that routes a subnet to it."""
    if not kernel_has(nets, 'ipvlan'):
        pytest.skip('this kernel has no ipvlan interfaces')
    sh('ip', '-n', nets.ns.peer, 'route', 'add', '10.78.0.0/16', 'via', nets.ns.address)
    yield nets
    sh('ip', '-n', nets.ns.peer, 'route', 'del', '10.78.0.0/16')


def ipvlan(engine, name: str, subnet: str, **options: str) -> str:
    flags = [word for key, value in options.items() for word in ('-o', f'ipvlan_{key}={value}')]
    return engine.docker('network', 'create', '-d', 'ipvlan', '-o', 'parent=ext0', *flags, '--subnet', subnet, name).id


def inside(engine, name: str, *command: str) -> str:
    """A command of the host in the container's network stack; one blank between words."""
    return ' '.join(sh('nsenter', f'--net=/proc/{engine.inspect(name)["State"]["Pid"]}/ns/net', *command).split())


@pytest.mark.parametrize('mode', ['l3', 'l3s'])
def test_ipvlan_routes_without_a_gateway(routed, mode):
    ipvlan(routed, 'lan', ROUTED, mode=mode)
    ipvlan(routed, 'other', '10.78.6.0/24', mode=mode)
    address = web(routed, 'server', '--network', 'lan')
    box(routed, 'near', '--network', 'lan')
    box(routed, 'far', '--network', 'other')
    assert address == '10.78.5.1'                                              # no gateway needs the first one
    shown = routed.inspect('server')['NetworkSettings']['Networks']['lan']
    assert shown['Gateway'] == ''
    assert f'ipvlan mode {mode}' in inside(routed, 'server', 'ip', '-d', 'link', 'show', 'eth0')
    assert inside(routed, 'server', 'ip', '-4', 'route', 'show', 'default').split() == ['default', 'dev', 'eth0', 'scope', 'link']
    assert b'It runs' in routed.fetch(80, host=address, peer=True)             # the neighbour has a route
    reaches(routed, 'near', 'server')
    reaches(routed, 'far', address)                                            # another subnet of the same parent


def test_a_gateway_is_preferred_to_a_routed_interface(routed):
    ipvlan(routed, 'lan', ROUTED, mode='l3')
    box(routed, 'both', '--network', 'lan')
    routed.docker('network', 'create', 'home')
    routed.docker('network', 'connect', 'home', 'both')
    assert default_route(routed, 'both') == routed.inspect('both')['NetworkSettings']['Networks']['home']['Gateway']
    routed.docker('network', 'disconnect', 'home', 'both')
    assert inside(routed, 'both', 'ip', '-4', 'route', 'show', 'default').split()[:3] == ['default', 'dev', 'eth0']
    routed.docker('network', 'disconnect', 'lan', 'both')
    assert inside(routed, 'both', 'ip', '-4', 'route', 'show', 'default') == ''


@pytest.mark.parametrize('mode', ['l2', 'l3'])
def test_private_ipvlan_keeps_containers_apart(routed, mode):
    subnet = SUBNET if mode == 'l2' else ROUTED
    ipvlan(routed, 'lan', subnet, mode=mode, flag='private')
    ip = ['--ip', '198.18.77.150' if mode == 'l2' else '10.78.5.9']
    address = web(routed, 'server', '--network', 'lan', *ip)
    box(routed, 'near', '--network', 'lan')
    assert ' private' in inside(routed, 'server', 'ip', '-d', 'link', 'show', 'eth0')
    assert b'It runs' in routed.fetch(80, host=address, peer=True)
    assert not get(routed, 'near', address)


def test_vepa_and_two_modes_on_one_parent(routed):
    ipvlan(routed, 'lan', ROUTED, mode='l3', flag='vepa')
    box(routed, 'one', '--network', 'lan')
    assert ' vepa' in inside(routed, 'one', 'ip', '-d', 'link', 'show', 'eth0')
    second = routed.api.post('/networks/create', {'Name': 'other', 'Driver': 'ipvlan', 'Options': {'parent': 'ext0'}})
    assert second.status == 403 and 'is already using parent interface ext0 in mode l3 with flag vepa' in second.message


def test_routed_ipvlan_has_ipv6_and_comes_back(routed):
    routed.docker('network', 'create', '-d', 'ipvlan', '-o', 'parent=ext0', '-o', 'ipvlan_mode=l3', '--ipv6', '--subnet', ROUTED,
                  '--subnet', 'fd78:5::/64', 'lan')
    address = web(routed, 'server', '--network', 'lan')
    box(routed, 'near', '--network', 'lan')
    assert 'default dev eth0' in inside(routed, 'server', 'ip', '-6', 'route', 'show', 'default')
    reaches(routed, 'near', routed.inspect('server')['NetworkSettings']['Networks']['lan']['GlobalIPv6Address'])
    routed.docker('restart', '-t', '0', 'server')
    assert b'It runs' in routed.fetch(80, host=address, peer=True)
