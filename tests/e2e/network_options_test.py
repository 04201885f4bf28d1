"""Options of networks that the configuration gives: for the default network, and for new ones whose client does not say otherwise."""
import subprocess

import pytest
from harness import paths
from harness.engine import BOX
from harness.gantryd import Gantryd
from harness.running import ended, started

ICC, BINDING = 'com.docker.network.bridge.enable_icc', 'com.docker.network.bridge.host_binding_ipv4'
PAGE = 'mkdir /w; echo page > /w/index.html; exec httpd -f -p 80 -h /w'


@pytest.fixture(scope='module')
def careful():
    running = started(Gantryd, config=f'[network]\noptions = {{ "{BINDING}" = "127.0.0.1", "{ICC}" = "false" }}\n')
    yield running
    ended(running)


@pytest.fixture(params=['bridge', 'made', 'open'])
def network(careful, request):
    if request.param != 'bridge':
        careful.docker('network', 'create', *(('-o', f'{ICC}=true') if request.param == 'open' else ()), request.param)
    yield request.param
    for name in ('web', 'other'):
        careful.docker('rm', '-f', name)
    if request.param != 'bridge':
        careful.docker('network', 'rm', request.param)


def test_ports_and_neighbours_are_as_the_configuration_says(careful, network):
    options = careful.api.get(f'/networks/{network}').json()['Options']
    assert (options[BINDING], options[ICC]) == ('127.0.0.1', 'true' if network == 'open' else 'false')
    careful.docker('run', '-d', '--name', 'web', '--network', network, '-p', '8080:80', BOX, 'sh', '-c', PAGE)
    ports = careful.inspect('web')['NetworkSettings']['Ports']
    assert ports == {'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': '8080'}]}
    assert b'page' in careful.fetch(8080)
    with pytest.raises(OSError):
        careful.ns.connect(8080, careful.ns.address, peer=True, timeout=1)
    address = careful.inspect('web')['NetworkSettings']['Networks'][network]['IPAddress']
    reached = careful.docker('run', '--rm', '--name', 'other', '--network', network, BOX, 'timeout', '1', 'wget', '-qO-', f'http://{address}/', check=False)
    assert (reached.out == 'page\n') == (network == 'open'), reached


def test_the_default_network_has_options_of_its_own(daemon):
    engine = daemon(config=f'[network]\noptions = {{ "{BINDING}" = "127.0.0.1" }}\nbridge_options = {{ "{BINDING}" = "127.0.0.2", "{ICC}" = "false" }}\n')
    engine.docker('network', 'create', 'made')
    has = {name: engine.api.get(f'/networks/{name}').json()['Options'] for name in ('bridge', 'made')}
    assert (has['bridge'][BINDING], has['bridge'][ICC]) == ('127.0.0.2', 'false')
    assert has['made'].get(BINDING) == '127.0.0.1' and ICC not in has['made']


@pytest.mark.parametrize('option, words', [(f'"{ICC}" = "perhaps"', 'enable_icc value: perhaps'), (f'"{BINDING}" = "here"', 'host_binding_ipv4 value: here'),
                                           ('"com.docker.network.bridge.name" = "br0"', 'com.docker.network.bridge.name is ')])
@pytest.mark.parametrize('key', ['options', 'bridge_options'])
def test_an_option_that_cannot_be_is_told(tmp_path, key, option, words):
    if reason := Gantryd.missing():
        pytest.skip(reason)
    (tmp_path / 'gantry.toml').write_text(f'[network]\n{key} = {{ {option} }}\n')
    said = subprocess.run([str(paths.gantryd()), '--check-config', '--config', str(tmp_path / 'gantry.toml')], capture_output=True, text=True)
    assert said.returncode == 1 and f'gantry.toml:2:{len(key) + 4}: network.{key}: ' in said.stderr and words in said.stderr, said.stderr
