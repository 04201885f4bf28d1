"""Which networks a container is on, and with what address, as it is changed before it runs and between its runs."""
import pytest
from harness.engine import BOX


@pytest.fixture
def lan(tidy):
    """A tidy engine with a network `lan`, and none of it afterwards."""
    tidy.docker('network', 'create', '--subnet', '10.98.7.0/24', 'lan')
    yield tidy
    tidy.clear()
    tidy.docker('network', 'rm', 'lan')


def interfaces(engine, name: str) -> list[str]:
    return engine.docker('exec', name, 'ls', '/sys/class/net').out.split()


def address(engine, name: str, network: str) -> str:
    return engine.inspect(name)['NetworkSettings']['Networks'][network]['IPAddress']


def test_who_was_taken_off_all_networks_starts_without(lan):
    lan.docker('create', '--name', 'alone', BOX, 'sleep', '1000')
    lan.docker('network', 'disconnect', 'bridge', 'alone')
    for _ in range(2):
        lan.docker('start', 'alone')
        assert lan.inspect('alone')['NetworkSettings']['Networks'] == {}
        assert interfaces(lan, 'alone') == ['lo']
        lan.docker('stop', '-t', '0', 'alone')
    lan.docker('network', 'connect', 'lan', 'alone')
    lan.docker('start', 'alone')
    assert list(lan.inspect('alone')['NetworkSettings']['Networks']) == ['lan'] and interfaces(lan, 'alone') == ['eth0', 'lo']


def test_who_is_taken_off_while_it_runs_starts_without(lan):
    lan.docker('run', '-d', '--name', 'alone', '--network', 'lan', BOX, 'sleep', '1000')
    lan.docker('network', 'disconnect', 'lan', 'alone')
    lan.docker('restart', '-t', '0', 'alone')
    assert interfaces(lan, 'alone') == ['lo']


def test_connecting_again_before_the_start_keeps_the_address(lan):
    lan.docker('create', '--name', 'placed', '--network', 'lan', '--ip', '10.98.7.77', BOX, 'sleep', '1000')
    lan.docker('network', 'connect', 'lan', 'placed')
    lan.docker('start', 'placed')
    assert address(lan, 'placed', 'lan') == '10.98.7.77'


def test_connecting_again_with_another_address_gives_it(lan):
    if lan.name == 'dockerd':
        pytest.skip('it says yes and keeps the first')
    lan.docker('create', '--name', 'placed', '--network', 'lan', '--ip', '10.98.7.77', BOX, 'sleep', '1000')
    lan.docker('network', 'connect', '--ip', '10.98.7.78', 'lan', 'placed')
    lan.docker('start', 'placed')
    assert address(lan, 'placed', 'lan') == '10.98.7.78'


@pytest.mark.parametrize('written', ['02-42-AC-11-00-99', '0242.ac11.0099', '02:42:AC:11:00:99'])
def test_a_mac_address_in_any_spelling(lan, written):
    if lan.name == 'dockerd':
        pytest.skip('its API is older than addresses of endpoints')
    lan.docker('run', '-d', '--name', 'placed', '--network', 'lan', '--mac-address', written, BOX, 'sleep', '1000')
    assert lan.docker('exec', 'placed', 'cat', '/sys/class/net/eth0/address').out == '02:42:ac:11:00:99\n'
    assert lan.inspect('placed')['NetworkSettings']['Networks']['lan']['MacAddress'] == '02:42:ac:11:00:99'


@pytest.mark.parametrize('written', ['01:00:5e:00:00:01', '00:00:00:00:00:00'])
def test_a_mac_address_that_no_interface_can_have(lan, written):
    said = lan.docker('run', '--name', 'placed', '--network', 'lan', '--mac-address', written, BOX, 'true', check=False)
    assert said.code == 125
    if lan.name == 'gantryd':
        assert f'no interface can have the MAC address {written}' in said.err
