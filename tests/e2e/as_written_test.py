"""What clients compare with what they asked for, as Ansible does: it is shown as it was written."""
import pytest
from harness.engine import BOX


@pytest.fixture
def box(engine):
    yield engine
    engine.clear()


def test_a_hardware_address(box):
    body = {'Image': BOX, 'Cmd': ['sleep', '1000'], 'MacAddress': '92:D0:C6:0A:29:33'}
    created = box.api.post('/containers/create', body, query={'name': 'one'})
    assert created.status == 201, created
    assert box.inspect('one')['Config']['MacAddress'] == '92:D0:C6:0A:29:33'
    box.docker('start', 'one')
    shown = box.inspect('one')
    assert shown['Config']['MacAddress'] == '92:D0:C6:0A:29:33'
    assert shown['NetworkSettings']['Networks']['bridge']['MacAddress'] == '92:d0:c6:0a:29:33'
    assert box.docker('exec', 'one', 'cat', '/sys/class/net/eth0/address').out == '92:d0:c6:0a:29:33\n'


def test_a_volume_without_options(box):
    for name, options in (('none', {}), ('empty', {'DriverOpts': {}}), ('null', {'DriverOpts': None})):
        assert box.api.post('/volumes/create', {'Name': name, **options}).json()['Options'] == options.get('DriverOpts')
        assert box.api.get('/volumes/' + name).json()['Options'] == options.get('DriverOpts')


def test_networks_beside_the_mode_none(box):
    box.docker('network', 'create', 'lan')
    body = {'Image': BOX, 'Cmd': ['sleep', '1000'], 'HostConfig': {'NetworkMode': 'none'}, 'NetworkingConfig': {'EndpointsConfig': {'lan': {}}}}
    created = box.api.post('/containers/create', body, query={'name': 'one'})
    assert created.status == 201, created
    box.docker('start', 'one')
    shown = box.inspect('one')
    assert list(shown['NetworkSettings']['Networks']) == ['lan'] and shown['HostConfig']['NetworkMode'] == 'none'
    assert shown['NetworkSettings']['Networks']['lan']['IPAddress'] in box.docker('exec', 'one', 'ip', 'address').out


def test_filters_that_are_switched_off(box):
    for filters in ('{"dangling":{"false":false}}', '{"dangling":{"true":false}}', '{"dangling":[]}'):
        assert box.api.get('/images/json', query={'filters': filters}).status == 400, filters
        assert box.api.post('/images/prune', query={'filters': filters}).status == 400, filters
    assert box.docker('images', '-q').out
