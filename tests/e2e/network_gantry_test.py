"""Networks beyond dockerd 20.10: IPv6 without configuration, gateway priority, configurations, restore, what is left behind."""
import json
import os
import re
import subprocess

import pytest
from harness.engine import BOX, WEB
from harness.gantryd import Gantryd
from harness.netns import sh
from harness.running import ended, started
from harness.wait import eventually
from network_cli_test import box, default_route, get, nets, reaches, web  # noqa: F401 - nets is a fixture

ENGINES = ('gantryd',)


def create(engine, name: str, **body) -> str:
    answer = engine.api.post('/networks/create', {'Name': name, **body})
    assert answer.status == 201, answer.body
    return answer.json()['Id']


def network(engine, name: str) -> dict:
    return engine.api.get(f'/networks/{name}').json()


def endpoint(engine, container: str, name: str) -> dict:
    return engine.inspect(container)['NetworkSettings']['Networks'][name]


def start(engine, name: str, networks: dict, mode: str | None = None, **config):
    body = {'Image': BOX, 'Cmd': ['sleep', '1000'], 'HostConfig': {'NetworkMode': mode or next(iter(networks))},
            'NetworkingConfig': {'EndpointsConfig': networks}, **config}
    made = engine.api.post('/containers/create', body, query={'name': name})
    assert made.status == 201, made.body
    engine.ids.add(made.json()['Id'])
    started = engine.api.post(f'/containers/{name}/start')
    assert started.status == 204, started.body


def test_ipv6_works_without_a_subnet_given(nets):                             # noqa: F811
    create(nets, 'six', EnableIPv6=True)
    shown = network(nets, 'six')
    assert shown['EnableIPv6'] and shown['EnableIPv4']
    pools = shown['IPAM']['Config']
    assert re.fullmatch(r'fd[0-9a-f:]+::/64', pools[1]['Subnet']) and pools[1]['Gateway'] == pools[1]['Subnet'].replace('/64', '1')
    web(nets, 'server', '--network', 'six')
    box(nets, 'near', '--network', 'six')
    box(nets, 'far')
    at = endpoint(nets, 'server', 'six')
    assert at['GlobalIPv6PrefixLen'] == 64 and at['IPv6Gateway'] == pools[1]['Gateway']
    assert network(nets, 'six')['Containers'][nets.inspect('server')['Id']]['IPv6Address'] == at['GlobalIPv6Address'] + '/64'
    assert default_route(nets, 'near', '-6') == pools[1]['Gateway']
    reaches(nets, 'near', at['GlobalIPv6Address'])
    reaches(nets, 'near', at['IPAddress'])
    assert not get(nets, 'far', at['GlobalIPv6Address'])
    second = create(nets, 'seven', EnableIPv6=True)
    assert network(nets, second)['IPAM']['Config'][1]['Subnet'] != pools[1]['Subnet']


def test_ipv6_static_addresses_isolation_and_masquerading(nets):              # noqa: F811
    for name, subnet in (('a', 'fd77:1::/64'), ('b', 'fd77:2::/64')):
        create(nets, name, EnableIPv6=True, IPAM={'Config': [{'Subnet': subnet}]})
    create(nets, 'closed', EnableIPv6=True, Internal=True)
    start(nets, 'fixed', {'a': {'IPAMConfig': {'IPv6Address': 'fd77:1::55'}}})
    nets.docker('exec', '-d', 'fixed', *WEB)
    for name, on in (('near', 'a'), ('far', 'b'), ('shut', 'closed')):
        start(nets, name, {on: {}})
    reaches(nets, 'near', 'fd77:1::55')
    assert not get(nets, 'far', 'fd77:1::55') and not get(nets, 'shut', 'fd77:1::55')
    assert default_route(nets, 'shut', '-6') == ''
    # Another host that knows nothing of these networks answers the engine's host.
    sh('ip', '-n', nets.ns.name, 'addr', 'replace', 'fd88::1/64', 'dev', 'ext0', 'nodad')
    sh('ip', '-n', nets.ns.peer, 'addr', 'replace', 'fd88::2/64', 'dev', 'ext0', 'nodad')
    assert eventually(lambda: nets.docker('exec', 'near', 'ping', '-6', '-c', '1', '-W', '1', 'fd88::2', check=False).code == 0,
                      'the other host answers', 5)
    assert nets.docker('exec', 'shut', 'ping', '-6', '-c', '1', '-W', '1', 'fd88::2', check=False).code != 0
    taken = nets.api.post('/containers/create', {'Image': BOX, 'Cmd': ['true'], 'HostConfig': {'NetworkMode': 'a'},
                                                 'NetworkingConfig': {'EndpointsConfig': {'a': {'IPAMConfig': {'IPv6Address': 'fd99::1'}}}}})
    assert taken.status == 400 and 'no configured subnet or ip-range contain the IP address fd99::1' in taken.message


def test_a_network_of_ipv6_only(nets):                                        # noqa: F811
    create(nets, 'only6', EnableIPv4=False, EnableIPv6=True)
    shown = network(nets, 'only6')
    assert not shown['EnableIPv4'] and len(shown['IPAM']['Config']) == 1
    nets.docker('run', '-d', '--name', 'server', '--network', 'only6', '-p', '8040:80', BOX, *WEB)
    at = endpoint(nets, 'server', 'only6')
    assert at['IPAddress'] == '' and at['GlobalIPv6Address']
    box(nets, 'near', '--network', 'only6')
    reaches(nets, 'near', at['GlobalIPv6Address'])
    assert nets.docker('port', 'server').out == '80/tcp -> [::]:8040\n'
    fetched = subprocess.run([*nets.ns.enter(), 'busybox', 'wget', '-q', '-O', '-', 'http://[::1]:8040/'], capture_output=True)
    assert b'It runs' in fetched.stdout


def test_published_ports_keep_the_addresses_of_ipv6_clients(nets):               # noqa: F811
    create(nets, 'six', EnableIPv6=True)
    nets.docker('run', '-d', '--name', 'server', '--network', 'six', '-p', '8041:80', BOX, 'httpd', '-f', '-vv', '-p', '80', '-h', '/www')
    sh('ip', '-n', nets.ns.name, 'addr', 'replace', 'fd88::1/64', 'dev', 'ext0', 'nodad')
    sh('ip', '-n', nets.ns.peer, 'addr', 'replace', 'fd88::2/64', 'dev', 'ext0', 'nodad')
    gateway = endpoint(nets, 'server', 'six')['IPv6Gateway']

    def fetched(address: str, peer: bool = False) -> bool:
        try:
            return b'It runs' in nets.ns.get(8041, host=address, peer=peer, timeout=2)
        except OSError:
            return False

    def last_client() -> str:
        return (re.findall(r'\[(?:::ffff:)?([0-9a-f:.]+)\]:\d+', nets.docker('logs', 'server').err) or [''])[-1]

    def seen_from(address: str):
        eventually(lambda: last_client() == address, f'the server has seen {address}')      # its log comes after its answer

    assert eventually(lambda: fetched('fd88::1', peer=True), 'another host reaches the port', 10)
    seen_from('fd88::2')
    assert fetched('fd88::1')                                                 # the host by its own address: translated as well
    seen_from('fd88::1')
    assert fetched('::1')                                                     # not translated: passed on by the supervisor
    seen_from(gateway)
    box(nets, 'near', '--network', 'six')
    assert nets.docker('exec', 'near', 'wget', '-q', '-O', '/dev/null', 'http://[fd88::1]:8041/').code == 0
    seen_from(gateway)
    # A link's own addresses are not forwarded by the kernel: the supervisor passes these on as well.
    there, here = (re.search(r'inet6 (fe80::[0-9a-f:]+)', sh('ip', '-n', name, '-6', 'addr', 'show', 'dev', 'ext0')).group(1) for name in (nets.ns.name, nets.ns.peer))
    call = ('import socket, sys; s = socket.socket(socket.AF_INET6); s.settimeout(2); at = lambda ip, port: socket.getaddrinfo(ip + "%ext0", port)[0][4]; '
            f's.bind(at("{here}", 0)); s.connect(at("{there}", 8041)); s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n"); print(s.recv(999))')
    answered = lambda: ' 200 OK' in subprocess.run([*nets.ns.enter(True), '/usr/bin/python3', '-c', call], capture_output=True, text=True).stdout  # noqa: E731
    assert eventually(answered, 'a neighbour on the link reaches the port by its own address', 10)
    seen_from(gateway)
    nets.docker('rm', '-f', 'server')
    assert not fetched('fd88::1', peer=True) and not fetched('::1')


def test_a_live_connect_brings_ipv6(nets):                                    # noqa: F811
    create(nets, 'six', EnableIPv6=True)
    box(nets, 'late')
    assert 'inet6' not in nets.docker('exec', 'late', 'ip', '-6', 'addr', 'show', 'eth0').out
    nets.docker('network', 'connect', 'six', 'late')
    assert endpoint(nets, 'late', 'six')['GlobalIPv6Address'] in nets.docker('exec', 'late', 'ip', '-6', 'addr', 'show', 'eth1').out
    assert default_route(nets, 'late', '-6') == endpoint(nets, 'late', 'six')['IPv6Gateway']
    nets.docker('network', 'disconnect', 'six', 'late')
    assert default_route(nets, 'late', '-6') == ''


def test_gateway_priority_decides_about_the_way_out(nets):                    # noqa: F811
    for name in ('alpha', 'beta', 'gamma'):
        create(nets, name)
    start(nets, 'byname', {'alpha': {}, 'beta': {}}, mode='beta')
    assert default_route(nets, 'byname') == endpoint(nets, 'byname', 'alpha')['Gateway']
    start(nets, 'byprio', {'alpha': {}, 'beta': {'GwPriority': 5}})
    assert default_route(nets, 'byprio') == endpoint(nets, 'byprio', 'beta')['Gateway']
    assert endpoint(nets, 'byprio', 'beta')['GwPriority'] == 5
    nets.api.post('/networks/gamma/connect', {'Container': 'byprio', 'EndpointConfig': {'GwPriority': 9}})
    assert default_route(nets, 'byprio') == endpoint(nets, 'byprio', 'gamma')['Gateway']
    nets.api.post('/networks/gamma/disconnect', {'Container': 'byprio'})
    assert default_route(nets, 'byprio') == endpoint(nets, 'byprio', 'beta')['Gateway']


def test_options_of_an_endpoint(nets):                                        # noqa: F811
    create(nets, 'back')
    start(nets, 'tuned', {'back': {'DriverOpts': {'com.docker.network.endpoint.ifname': 'lan7',
                                                  'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.log_martians=1'}}})
    assert nets.docker('exec', 'tuned', 'cat', '/proc/sys/net/ipv4/conf/lan7/log_martians').out == '1\n'
    odd = nets.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'NetworkMode': 'back'}, 'NetworkingConfig': {'EndpointsConfig': {
        'back': {'DriverOpts': {'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.eth0.log_martians=1'}}}}})
    assert odd.status == 400 and 'unrecognised network interface sysctl' in odd.message
    create(nets, 'more')
    for setting in ('nosuch=1', 'log_martians=some'):
        wrong = nets.api.post('/networks/more/connect', {'Container': 'tuned', 'EndpointConfig': {'DriverOpts': {
            'com.docker.network.endpoint.sysctls': f'net.ipv4.conf.IFNAME.{setting}'}}})
        assert wrong.status == 400 and wrong.message.startswith('com.docker.network.endpoint.sysctls: '), wrong.message


def test_sysctls_of_an_interface_move_to_its_endpoint_for_older_clients(nets):  # noqa: F811
    body = {'Image': BOX, 'Cmd': ['sleep', '1000'], 'HostConfig': {'Sysctls': {'net.ipv4.conf.eth0.log_martians': '1'}}}
    refused = nets.api.post('/containers/create', body)
    assert refused.status == 400 and refused.message.startswith('interface specific sysctl setting "net.ipv4.conf.eth0.log_martians" must be supplied')
    made = nets.api.at('1.47').post('/containers/create', body, query={'name': 'martian'})
    assert made.status == 201 and made.json()['Warnings'][0].startswith('Migrated sysctl "net.ipv4.conf.eth0.log_martians" to DriverOpts{')
    nets.docker('start', 'martian')
    assert nets.docker('exec', 'martian', 'cat', '/proc/sys/net/ipv4/conf/eth0/log_martians').out == '1\n'
    assert 'Sysctls' not in nets.inspect('martian')['HostConfig']


def test_the_key_of_a_sandbox_is_where_its_namespace_is(nets):                # noqa: F811
    nets.docker('run', '-d', '--name', 'first', BOX, 'sleep', '1000')
    nets.docker('run', '-d', '--name', 'guest', '--network', 'container:first', BOX, 'sleep', '1000')
    shown = nets.inspect('first')
    key, inside = shown['NetworkSettings']['SandboxKey'], nets.docker('exec', 'first', 'readlink', '/proc/self/ns/net').out
    assert os.readlink(key) == inside.strip() and nets.inspect('guest')['NetworkSettings']['SandboxKey'] == ''
    nets.docker('stop', '-t', '0', 'first')
    assert nets.inspect('first')['NetworkSettings']['SandboxKey'] == ''


def test_a_configuration_serves_other_networks(nets):                         # noqa: F811
    create(nets, 'base', ConfigOnly=True, IPAM={'Config': [{'Subnet': '10.83.0.0/24'}]})
    assert network(nets, 'base')['Driver'] == 'null' and network(nets, 'base')['ConfigOnly']
    create(nets, 'real', ConfigFrom={'Network': 'base'})
    assert network(nets, 'real')['IPAM']['Config'][0]['Subnet'] == '10.83.0.0/24'
    assert network(nets, 'real')['ConfigFrom'] == {'Network': 'base'}
    assert nets.api.delete('/networks/base').status == 403
    assert nets.api.delete('/networks/real').status == 204 and nets.api.delete('/networks/base').status == 204


def test_a_gateway_that_nobody_gave_is_not_shown(daemon):
    engine = daemon()
    create(engine, 'plain', EnableIPv6=True, IPAM={'Config': [{'Subnet': '10.85.0.0/24'}, {'Subnet': 'fd85::/64'}]})
    create(engine, 'given', IPAM={'Config': [{'Subnet': '10.86.0.0/24', 'Gateway': '10.86.0.1'}]})
    create(engine, 'half', EnableIPv6=True, IPAM={'Config': [{'Subnet': '10.87.0.0/24'}]})
    start(engine, 'box', {'plain': {}})
    at = endpoint(engine, 'box', 'plain')
    assert (at['Gateway'], at['IPv6Gateway']) == ('10.85.0.1', 'fd85::1')      # there is one

    def shown() -> list:
        return [network(engine, name)['IPAM']['Config'] for name in ('plain', 'given', 'half')]

    before = shown()
    assert before[0] == [{'Subnet': '10.85.0.0/24'}, {'Subnet': 'fd85::/64'}]
    assert before[1] == [{'Subnet': '10.86.0.0/24', 'Gateway': '10.86.0.1'}]
    assert [sorted(pool) for pool in before[2]] == [['Subnet'], ['Gateway', 'Subnet']]   # of a subnet that the engine chose
    engine.stop()
    engine.start()
    assert shown() == before


def test_the_default_networks_address_is_the_hosts_from_the_start_on(daemon):
    engine = daemon(prepare=False)
    gateway = network(engine, 'bridge')['IPAM']['Config'][0]['Gateway']
    assert f'inet {gateway}/16 ' in sh('ip', '-n', engine.ns.name, 'addr', 'show', 'gantry0')


def test_host_gateway_addresses_come_from_the_configuration(daemon):
    engine = daemon(config='[network]\nhost_gateway_ips = ["192.0.2.9", "fd00::9"]\n')
    hosts = engine.docker('run', '--rm', '--add-host', 'host.docker.internal:host-gateway', BOX, 'cat', '/etc/hosts').out
    assert re.search(r'^192\.0\.2\.9\s+host\.docker\.internal$', hosts, re.M) and re.search(r'^fd00::9\s+host\.docker\.internal$', hosts, re.M)


def bridges(engine) -> list[str]:
    return [link['ifname'] for link in json.loads(sh('ip', '-j', '-d', '-n', engine.ns.name, 'link', 'show', 'type', 'bridge') or '[]') if link]


def test_networks_survive_a_crash_and_a_reboot_and_leave_nothing(daemon):
    engine = daemon()
    create(engine, 'back', EnableIPv6=True, IPAM={'Config': [{'Subnet': '10.84.0.0/24'}, {'Subnet': 'fd84::/64'}]})
    web(engine, 'server', '--network', 'back', '-p', '8030:80')
    box(engine, 'client', '--network', 'back')
    reaches(engine, 'client', 'fd84::2')
    engine.kill9()
    assert engine.docker('ps', check=False).code == 1
    engine.start()
    assert {m['Name'] for m in network(engine, 'back')['Containers'].values()} == {'server', 'client'}
    reaches(engine, 'client', 'fd84::2')
    assert b'It runs' in engine.fetch(8030)
    box(engine, 'third', '--network', 'back')                                  # gets an address of its own
    assert endpoint(engine, 'third', 'back')['IPAddress'] == '10.84.0.4' and endpoint(engine, 'third', 'back')['GlobalIPv6Address'] == 'fd84::4'

    # A reboot: no process, no bridge, no table.
    pids = [engine.inspect(name)['State']['Pid'] for name in ('server', 'client', 'third')]
    engine.kill9()
    for pid in pids:
        subprocess.run(['kill', '-9', str(pid)])
    for name in bridges(engine):
        sh('ip', '-n', engine.ns.name, 'link', 'del', name)
    subprocess.run([*engine.ns.enter(), 'nft', 'flush', 'ruleset'], check=True)
    engine.start()
    for name in ('server', 'client'):
        eventually(lambda n=name: not engine.inspect(n)['State']['Running'], f'{name} is known to have ended')
        engine.docker('start', name)
    reaches(engine, 'client', endpoint(engine, 'server', 'back')['GlobalIPv6Address'])
    assert b'It runs' in engine.fetch(8030)
    engine.clear()
    engine.stop()
    assert bridges(engine) == []                                               # also gantry0, and networks that still exist
    assert engine.ns.nft_rules() == []
    engine.start()
    assert engine.docker('run', '--rm', '--network', 'back', BOX, 'ip', '-4', 'addr', 'show', 'eth0').out.find('10.84.0.2/24') > 0


def test_what_others_take_from_under_the_daemon_is_made_again(daemon):
    engine = daemon()
    create(engine, 'back')
    box(engine, 'one', '--network', 'back')
    for name in bridges(engine):
        sh('ip', '-n', engine.ns.name, 'link', 'del', name)
    subprocess.run([*engine.ns.enter(), 'nft', 'flush', 'ruleset'], check=True)
    web(engine, 'server', '--network', 'back')
    box(engine, 'client', '--network', 'back')
    reaches(engine, 'client', endpoint(engine, 'server', 'back')['IPAddress'])
    # The rules are back as well: published ports work, and networks are apart.
    web(engine, 'published', '-p', '8031:80')
    assert b'It runs' in engine.fetch(8031, host=engine.ns.address, peer=True)
    assert not get(engine, 'client', engine.inspect('published')['NetworkSettings']['IPAddress'])


def test_a_flushed_ruleset_is_made_again_at_once(daemon):
    engine = daemon()
    create(engine, 'back', EnableIPv6=True)
    web(engine, 'server', '--network', 'back', '-p', '8032:80')
    web(engine, 'other')
    sh('ip', '-n', engine.ns.name, 'addr', 'replace', 'fd88::1/64', 'dev', 'ext0', 'nodad')
    sh('ip', '-n', engine.ns.peer, 'addr', 'replace', 'fd88::2/64', 'dev', 'ext0', 'nodad')
    address = engine.inspect('other')['NetworkSettings']['IPAddress']

    def works() -> bool:
        try:
            outside = all(b'It runs' in engine.ns.get(8032, host=host, peer=True, timeout=1) for host in (engine.ns.address, 'fd88::1'))
        except OSError:
            return False
        return outside and not get(engine, 'server', address)                 # and networks are apart

    assert eventually(works, 'the port is reached', 10)
    subprocess.run([*engine.ns.enter(), 'nft', 'flush', 'ruleset'], check=True)
    assert eventually(works, 'the port is reached again, with nobody having done anything', 10)
    # The same while the daemon is away: it comes back with its rules.
    engine.kill9()
    subprocess.run([*engine.ns.enter(), 'nft', 'flush', 'ruleset'], check=True)
    engine.start()
    assert eventually(works, 'the port is reached again after the daemon came back', 10)


def test_a_bridge_that_the_user_made_is_used_and_stays(daemon):
    engine = daemon()
    sh('ip', '-n', engine.ns.name, 'link', 'add', 'mine0', 'type', 'bridge')
    create(engine, 'mine', Options={'com.docker.network.bridge.name': 'mine0'})
    box(engine, 'one', '--network', 'mine')
    engine.docker('rm', '-f', 'one')
    assert engine.api.delete('/networks/mine').status == 204
    assert 'mine0' in engine.ns.links()
    sh('ip', '-n', engine.ns.name, 'link', 'del', 'mine0')


def test_a_container_that_switches_ipv6_off_has_no_ipv6_address(nets):          # noqa: F811
    create(nets, 'six', EnableIPv6=True)
    start(nets, 'without', {'six': {}}, HostConfig={'NetworkMode': 'six', 'Sysctls': {'net.ipv6.conf.all.disable_ipv6': '1'}})
    box(nets, 'near', '--network', 'six')
    at = endpoint(nets, 'without', 'six')
    assert at['IPAddress'] and not at['GlobalIPv6Address'] and not at['IPv6Gateway']
    assert 'inet6' not in nets.docker('exec', 'without', 'ip', 'addr').out
    own = nets.inspect('without')['Config']['Hostname']
    assert nets.docker('exec', 'without', 'cat', '/etc/hosts').out == f'127.0.0.1\tlocalhost\n{at["IPAddress"]}\t{own}\n'
    assert 'bad address' in nets.docker('exec', 'near', 'ping', '-6', '-c', '1', '-W', '1', 'without', check=False).err
    nets.docker('exec', 'near', 'ping', '-4', '-c', '1', '-W', '3', 'without')


def test_ports_are_shown_with_ipv4_first_whatever_the_gateway_modes(nets):      # noqa: F811
    create(nets, 'mixed', EnableIPv6=True, Options={'com.docker.network.bridge.gateway_mode_ipv4': 'routed'})
    start(nets, 'web', {'mixed': {}}, HostConfig={'NetworkMode': 'mixed', 'PortBindings': {'80/tcp': [{'HostPort': '8080'}]}})
    assert nets.inspect('web')['NetworkSettings']['Ports']['80/tcp'] == [
        {'HostIp': '0.0.0.0', 'HostPort': ''}, {'HostIp': '::', 'HostPort': '8080'}]


def test_the_hardware_address_asked_for_is_shown_as_the_containers(nets):       # noqa: F811
    create(nets, 'lan')
    start(nets, 'one', {'lan': {'MacAddress': '02:42:ac:11:00:42'}})
    assert nets.inspect('one')['Config']['MacAddress'] == '02:42:ac:11:00:42'
    start(nets, 'two', {'lan': {}})
    assert not nets.inspect('two')['Config'].get('MacAddress')


def test_an_interface_name_that_is_taken_is_told(nets):                         # noqa: F811
    create(nets, 'lan')
    box(nets, 'one')
    wanted = {'Container': 'one', 'EndpointConfig': {'DriverOpts': {'com.docker.network.endpoint.ifname': 'eth0'}}}
    assert 'error renaming interface to "eth0": file exists' in nets.api.post('/networks/lan/connect', wanted).message


def test_the_default_network_has_the_addresses_of_the_configuration():
    engine = started(Gantryd, config='[network]\nsubnet6 = "fd00:17::/64"\n')
    try:
        box(engine, 'one')
        at = endpoint(engine, 'one', 'bridge')
        assert at['GlobalIPv6Address'].startswith('fd00:17::') and at['IPv6Gateway'] == 'fd00:17::1'
        assert network(engine, 'bridge')['EnableIPv6'] and default_route(engine, 'one', '-6') == 'fd00:17::1'
        engine.clear()
        engine.stop()
        engine.config = '[network]\nsubnet = "10.177.0.0/16"\n'
        engine.start()
        assert [pool['Subnet'] for pool in network(engine, 'bridge')['IPAM']['Config']] == ['10.177.0.0/16']
        box(engine, 'two')
        assert endpoint(engine, 'two', 'bridge')['IPAddress'] == '10.177.0.2'
    finally:
        ended(engine)


def test_the_mtu_of_the_configuration_is_that_of_the_default_network(daemon):
    engine = daemon(config='[network]\nmtu = 1400\n')
    engine.docker('network', 'create', 'own')
    seen = {name: engine.docker('run', '--rm', '--network', name, BOX, 'cat', '/sys/class/net/eth0/mtu').out for name in ('bridge', 'own')}
    assert seen == {'bridge': '1400\n', 'own': '1500\n'}
    assert network(engine, 'bridge')['Options']['com.docker.network.driver.mtu'] == '1400' and not network(engine, 'own')['Options']
    engine.docker('network', 'rm', 'own')
