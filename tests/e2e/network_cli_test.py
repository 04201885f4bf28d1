"""docker network …, as a user types it: isolation, internal networks, IPAM, several networks, live connect, shared stacks, links."""
import json
import re
import threading

import pytest
from harness.engine import BOX, WEB
from harness.wait import eventually


@pytest.fixture
def nets(tidy):
    """A tidy engine that also loses its networks."""
    yield tidy
    tidy.clear()
    tidy.docker('network', 'prune', '-f')


def web(engine, name: str, *options: str) -> str:
    """A web server; gives its address on its first network."""
    engine.docker('run', '-d', '--name', name, *options, BOX, *WEB)
    return next(iter(engine.inspect(name)['NetworkSettings']['Networks'].values()))['IPAddress']


def box(engine, name: str, *options: str):
    engine.docker('run', '-d', '--name', name, *options, BOX, 'sleep', '1000')


def get(engine, name: str, host: str, port: int = 80) -> bool:
    """Whether the web server there answers a container."""
    return 'It runs' in engine.docker('exec', name, 'sh', '-c', f'printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc -w 1 {host} {port}', check=False).out


def reaches(engine, name: str, host: str, port: int = 80):
    eventually(lambda: get(engine, name, host, port), f'{name} reaches {host}:{port}', 5)


def default_route(engine, name: str, family: str = '-4') -> str:
    routes = engine.docker('exec', name, 'ip', family, 'route').out
    found = re.search(r'default via (\S+)', routes)
    return found[1] if found else ''


def seen_by_another_host(engine, name: str) -> str:
    """The address that a host outside sees when the container calls it."""
    with engine.ns.make_socket(peer=True) as listener:
        listener.bind((engine.ns.peer_address, 0))
        listener.listen(1)
        listener.settimeout(5)
        engine.docker('exec', '-d', name, 'nc', engine.ns.peer_address, str(listener.getsockname()[1]))
        connection, (address, _) = listener.accept()
        connection.close()
        return address


def test_a_name_may_have_slashes(nets):
    nets.docker('network', 'create', 'team/net')
    web(nets, 'server', '--network', 'team/net')
    box(nets, 'other')
    nets.docker('network', 'connect', 'team/net', 'other')
    assert sorted(c['Name'] for c in json.loads(nets.docker('network', 'inspect', 'team/net').out)[0]['Containers'].values()) == ['other', 'server']
    nets.docker('network', 'disconnect', 'team/net', 'other')
    nets.docker('rm', '-f', 'server')
    nets.docker('network', 'rm', 'team/net')
    for what, path in (('network team/net not found', '/networks/team/net'), ('No such container: team/c', '/containers/team/c/json'),
                       ('get team/v: no such volume', '/volumes/team/v')):
        answer = nets.api.get(path)
        assert (answer.status, answer.message) == (404, what)


def test_containers_of_a_network_reach_each_other_and_nobody_else(nets):
    for name in ('one', 'two'):
        nets.docker('network', 'create', name)
    address = web(nets, 'server', '--network', 'one')
    for name, network in (('near', 'one'), ('far', 'two'), ('default', 'bridge')):
        box(nets, name, '--network', network)
    reaches(nets, 'near', address)
    assert not get(nets, 'far', address) and not get(nets, 'default', address)
    home = web(nets, 'home')
    reaches(nets, 'default', home)
    assert not get(nets, 'near', home)                                         # the other direction


def test_a_published_port_is_reached_from_other_networks_by_the_hosts_addresses(nets):
    nets.docker('network', 'create', 'one')
    nets.docker('network', 'create', 'two')
    web(nets, 'server', '--network', 'one', '-p', '8070:80')
    box(nets, 'far', '--network', 'two')
    reaches(nets, 'far', default_route(nets, 'far'), 8070)
    reaches(nets, 'far', nets.ns.address, 8070)


def test_ports_are_shown_of_who_has_a_way_out(nets):
    nets.docker('network', 'create', '--internal', 'in')
    nets.docker('network', 'create', 'out')
    nets.docker('run', '-d', '--name', 'inside', '--network', 'in', '--expose', '80', '-p', '8088:81', BOX, 'sleep', '1000')
    shown = ('ps', '--format', '{{.Ports}}', '--filter', 'name=inside')
    assert nets.inspect('inside')['NetworkSettings']['Ports'] == {} and nets.docker(*shown).out == '\n'
    nets.docker('network', 'connect', 'out', 'inside')
    assert set(nets.inspect('inside')['NetworkSettings']['Ports']) == {'80/tcp', '81/tcp'} and '8088->81/tcp' in nets.docker(*shown).out


def test_aliases_of_older_versions_are_all_names(nets):
    nets.docker('network', 'create', 'named')
    for hostname in ('hosty', None):
        made = nets.docker('run', '-d', '--network', 'named', *(('--hostname', hostname) if hostname else ()), BOX, 'sleep', '1000').id
        seen = nets.api.at('1.41').get(f'/containers/{made}/json').json()['NetworkSettings']['Networks']['named']['Aliases']
        assert seen == [made[:12], *([hostname] if hostname else [])]


def test_an_internal_network_has_no_way_out(nets):
    nets.docker('network', 'create', '--internal', 'in')
    address = web(nets, 'server', '--network', 'in')
    box(nets, 'near', '--network', 'in')
    box(nets, 'default')
    reaches(nets, 'near', address)
    assert default_route(nets, 'near') == ''
    assert nets.docker('exec', 'near', 'ping', '-c', '1', '-W', '1', nets.ns.peer_address, check=False).code != 0
    assert nets.docker('exec', 'default', 'ping', '-c', '1', '-W', '1', nets.ns.peer_address).code == 0
    assert not get(nets, 'default', address)
    shown = json.loads(nets.docker('network', 'inspect', 'in').out)[0]
    assert shown['Internal'] is True


def test_ipam_options_are_kept_and_used(nets):
    nets.docker('network', 'create', '--subnet', '10.81.0.0/24', '--ip-range', '10.81.0.128/25', '--gateway', '10.81.0.9',
                '--aux-address', 'printer=10.81.0.128', '--label', 'a=b', '-o', 'com.docker.network.bridge.name=ipam0',
                '-o', 'com.docker.network.driver.mtu=1420', 'ipam')
    shown = json.loads(nets.docker('network', 'inspect', 'ipam').out)[0]
    assert shown['IPAM']['Config'] == [{'Subnet': '10.81.0.0/24', 'IPRange': '10.81.0.128/25', 'Gateway': '10.81.0.9',
                                        'AuxiliaryAddresses': {'printer': '10.81.0.128'}}]
    assert shown['Labels'] == {'a': 'b'} and shown['Options']['com.docker.network.bridge.name'] == 'ipam0'
    assert 'ipam0' in nets.ns.links()
    box(nets, 'auto', '--network', 'ipam')
    box(nets, 'fixed', '--network', 'ipam', '--ip', '10.81.0.7', '--mac-address', '02:11:22:33:44:55')
    assert nets.inspect('auto')['NetworkSettings']['Networks']['ipam']['IPAddress'] == '10.81.0.129'
    link = nets.docker('exec', 'fixed', 'ip', 'addr', 'show', 'eth0').out
    assert 'inet 10.81.0.7/24' in link and 'link/ether 02:11:22:33:44:55' in link and 'mtu 1420' in link
    assert default_route(nets, 'fixed') == '10.81.0.9'
    taken = nets.docker('run', '--rm', '--network', 'ipam', '--ip', '10.81.0.7', BOX, 'true', check=False)
    assert taken.code == 125 and 'Address already in use' in taken.err
    members = json.loads(nets.docker('network', 'inspect', 'ipam').out)[0]['Containers']
    assert {m['Name']: m['IPv4Address'] for m in members.values()} == {'auto': '10.81.0.129/24', 'fixed': '10.81.0.7/24'}
    nets.docker('rm', '-f', 'auto', 'fixed')
    nets.docker('network', 'rm', 'ipam')
    eventually(lambda: 'ipam0' not in nets.ns.links(), 'the bridge is gone')


def test_a_small_network_runs_out_of_addresses(nets):
    nets.docker('network', 'create', '--subnet', '10.82.0.0/30', 'tiny')
    box(nets, 'only', '--network', 'tiny')
    full = nets.docker('run', '--rm', '--network', 'tiny', BOX, 'true', check=False)
    assert full.code == 125 and re.search('[Nn]o available (IPv4 )?addresses', full.err), full.err
    nets.docker('rm', '-f', 'only')
    assert nets.docker('run', '--rm', '--network', 'tiny', BOX, 'true').code == 0


def test_a_running_container_joins_and_leaves_with_aliases(nets):
    nets.docker('network', 'create', 'back')
    address = web(nets, 'server', '--network', 'back')
    box(nets, 'late')
    before = default_route(nets, 'late')
    assert not get(nets, 'late', address)
    nets.docker('network', 'connect', '--alias', 'late-one', 'back', 'late')
    reaches(nets, 'late', address)
    links = nets.docker('exec', 'late', 'ip', 'addr').out
    assert 'eth1' in links
    joined = nets.inspect('late')['NetworkSettings']['Networks']
    assert set(joined) == {'bridge', 'back'} and 'late-one' in joined['back']['Aliases']
    # "back" comes before "bridge": it is the way out now, and the connection by eth0 was never cut.
    assert default_route(nets, 'late') == joined['back']['Gateway'] != before
    again = nets.docker('network', 'connect', 'back', 'late', check=False)
    assert 'endpoint with name late already exists in network back' in again.err
    nets.docker('network', 'disconnect', 'back', 'late')
    assert default_route(nets, 'late') == before
    assert not get(nets, 'late', address)
    gone = nets.docker('network', 'disconnect', 'back', 'late', check=False)
    assert re.search(r'container \w{64} is not connected to (the )?network back', gone.err), gone.err


def test_a_stopped_container_joins_for_its_next_start(nets):
    nets.docker('network', 'create', 'back')
    nets.docker('create', '--name', 'later', BOX, 'sleep', '1000')
    nets.docker('network', 'connect', 'back', 'later')
    nets.docker('start', 'later')
    assert set(nets.inspect('later')['NetworkSettings']['Networks']) == {'bridge', 'back'}
    assert 'eth1' in nets.docker('exec', 'later', 'ip', 'addr').out
    nets.docker('network', 'disconnect', 'bridge', 'later')
    nets.docker('restart', '-t', '0', 'later')
    assert set(nets.inspect('later')['NetworkSettings']['Networks']) == {'back'}


def test_a_network_in_use_is_not_removed(nets):
    nets.docker('network', 'create', 'used')
    box(nets, 'user', '--network', 'used')
    busy = nets.docker('network', 'rm', 'used', check=False)
    assert busy.code == 1 and 'has active endpoints' in busy.err
    nets.docker('stop', '-t', '0', 'user')
    nets.docker('network', 'rm', 'used')                                       # a stopped container does not hold it
    gone = nets.docker('start', 'user', check=False)
    assert gone.code == 1 and re.search('network .* not found', gone.err)


def test_prune_takes_the_unused_ones_by_label_and_age(nets):
    for name, label in (('keep', 'x=1'), ('drop', 'x=2'), ('used', 'x=2')):
        nets.docker('network', 'create', '--label', label, name)
    box(nets, 'user', '--network', 'used')
    assert 'drop' in nets.docker('network', 'prune', '-f', '--filter', 'label=x=2').out
    names = nets.docker('network', 'ls', '--format', '{{.Name}}').out.split()
    assert {'keep', 'used'} <= set(names) and 'drop' not in names
    nets.docker('network', 'prune', '-f', '--filter', 'until=1h')
    assert 'keep' in nets.docker('network', 'ls', '--format', '{{.Name}}').out.split()
    nets.docker('network', 'prune', '-f')
    assert 'keep' not in nets.docker('network', 'ls', '--format', '{{.Name}}').out.split()


def test_prune_leaves_configurations(nets):
    nets.docker('network', 'create', '--config-only', 'settings')
    assert 'settings' not in nets.docker('network', 'prune', '-f').out
    nets.docker('network', 'rm', 'settings')


def test_ls_filters(nets):
    nets.docker('network', 'create', '--label', 'tier=db', 'data_net')
    nets.docker('network', 'create', 'other')

    def listed(*filters):
        return sorted(nets.docker('network', 'ls', '--format', '{{.Name}}', *[w for f in filters for w in ('-f', f)]).out.split())
    assert listed('name=data') == ['data_net'] and listed('label=tier=db') == ['data_net']
    assert listed('driver=bridge', 'type=custom') == ['data_net', 'other']
    assert listed('type=builtin') == ['bridge', 'host', 'none'] and listed('driver=null') == ['none']
    identity = nets.docker('network', 'inspect', '-f', '{{.Id}}', 'other').out.strip()
    assert listed(f'id={identity[:10]}') == ['other'] and listed('scope=swarm') == []
    assert 'invalid filter' in nets.docker('network', 'ls', '-f', 'odd=1', check=False).err


def test_a_container_shares_the_stack_of_another_also_after_its_restart(nets):
    box(nets, 'owner', '-p', '8060:80', '--hostname', 'shared')
    nets.docker('run', '-d', '--name', 'guest', '--network', 'container:owner', BOX, *WEB)
    assert b'It runs' in nets.fetch(8060)
    assert nets.docker('exec', 'guest', 'hostname').out == 'shared\n'
    assert nets.docker('exec', 'guest', 'cat', '/etc/hosts').out == nets.docker('exec', 'owner', 'cat', '/etc/hosts').out
    refused = nets.docker('network', 'connect', 'bridge', 'guest', check=False)
    assert 'container sharing network namespace with another container or host cannot be connected to any other network' in refused.err
    nets.docker('restart', '-t', '0', 'owner')
    nets.docker('restart', '-t', '0', 'guest')
    assert b'It runs' in nets.fetch(8060)
    nets.docker('stop', '-t', '0', 'owner')
    nets.docker('stop', '-t', '0', 'guest')
    orphan = nets.docker('start', 'guest', check=False)
    assert orphan.code == 1 and 'cannot join network' in orphan.err


def test_a_container_is_joined_by_its_id_whatever_it_is_called_later(nets):
    box(nets, 'owner', '--ipc', 'shareable')
    owner = nets.inspect('owner')['Id']
    nets.docker('run', '-d', '--name', 'guest', '--network', 'container:owner', '--pid', 'container:owner', '--ipc', f'container:{owner[:12]}', BOX, *WEB)
    modes = nets.inspect('guest')['HostConfig']
    assert {modes['NetworkMode'], modes['PidMode'], modes['IpcMode']} == {f'container:{owner}'}
    nets.docker('rename', 'owner', 'landlord')
    nets.docker('restart', '-t', '0', 'guest')
    assert nets.docker('exec', 'guest', 'hostname').out == owner[:12] + '\n'


def test_host_and_none_modes(nets):
    with nets.ns.listen(8055) as listener:
        listener.settimeout(5)
        nets.docker('run', '-d', '--name', 'onhost', '--network', 'host', BOX, 'sh', '-c', 'echo hi | nc 127.0.0.1 8055; sleep 1000')
        listener.accept()[0].close()
    assert nets.docker('run', '--rm', '--network', 'none', BOX, 'sh', '-c', 'ip -o link | wc -l').out == '1\n'
    assert 'host network' in nets.docker('network', 'connect', 'host', 'onhost', check=False).err
    refused = nets.docker('network', 'disconnect', 'host', 'onhost', check=False)
    assert refused.code == 1 and (nets.name == 'dockerd' or 'created in host network mode' in refused.err)


@pytest.mark.parametrize('network', ['bridge', 'host', 'none'])
def test_aliases_are_for_networks_of_ones_own_whatever_the_container_has(nets, network):
    nets.docker('run', '-d', '--name', 'alone', '--network', 'none', BOX, 'sleep', '1000')
    refused = nets.docker('network', 'connect', '--alias', 'x', network, 'alone', check=False)
    assert refused.code == 1 and 'network-scoped alias is supported only' in refused.err


def test_the_host_is_reached_by_host_gateway(nets):
    nets.docker('network', 'create', 'back')
    with nets.ns.listen(8056, '0.0.0.0') as listener:
        listener.settimeout(5)
        for network in ('bridge', 'back'):
            nets.docker('run', '-d', '--network', network, '--add-host', 'host.docker.internal:host-gateway', BOX,
                        'sh', '-c', 'while ! echo hi | nc -w 1 host.docker.internal 8056; do :; done')
            connection, _ = listener.accept()
            connection.close()


def test_links_on_the_default_bridge_bring_names_and_variables(nets):
    nets.docker('run', '-d', '--name', 'db', '--expose', '5432', '-e', 'MODE=x', BOX, *WEB)
    address = nets.inspect('db')['NetworkSettings']['IPAddress']
    box(nets, 'app', '--link', 'db:sql')
    reaches(nets, 'app', 'sql')
    reaches(nets, 'app', 'db')
    env = nets.docker('exec', 'app', 'env').out.splitlines()
    assert f'SQL_PORT_5432_TCP=tcp://{address}:5432' in env and 'SQL_NAME=/app/sql' in env and 'SQL_ENV_MODE=x' in env
    assert nets.inspect('app')['HostConfig']['Links'] == ['/db:/app/sql']
    missing = nets.docker('run', '--rm', '--link', 'nosuch', BOX, 'true', check=False)
    assert missing.code == 125 and 'could not get container for nosuch' in missing.err
    nets.docker('stop', '-t', '0', 'app', 'db')
    assert 'Cannot link to a non running container: /db AS /app/sql' in nets.docker('start', 'app', check=False).err


def test_a_link_to_a_container_in_anothers_network_leads_to_that_one(nets):
    nets.docker('run', '-d', '--name', 'owner', BOX, *WEB)
    box(nets, 'guest', '--network', 'container:owner')
    box(nets, 'app', '--link', 'guest:site')
    reaches(nets, 'app', 'site')
    assert nets.inspect('app')['HostConfig']['Links'] == ['/owner:/app/site']


def test_options_of_the_bridge_driver(nets):
    nets.docker('network', 'create', '-o', 'com.docker.network.bridge.enable_icc=false', 'noicc')
    address = web(nets, 'server', '--network', 'noicc')
    box(nets, 'near', '--network', 'noicc')
    assert not get(nets, 'near', address)
    nets.docker('network', 'create', '-o', 'com.docker.network.container_iface_prefix=net', 'prefixed')
    assert 'net0' in nets.docker('run', '--rm', '--network', 'prefixed', BOX, 'ip', 'addr').out
    nets.docker('network', 'create', '-o', 'com.docker.network.bridge.host_binding_ipv4=127.0.0.1', 'local')
    web(nets, 'bound', '--network', 'local', '-p', '8051:80')
    assert nets.docker('port', 'bound').out == '80/tcp -> 127.0.0.1:8051\n'
    assert b'It runs' in nets.fetch(8051)
    with pytest.raises(OSError):
        nets.ns.get(8051, host=nets.ns.address, peer=True, timeout=1)
    nets.docker('network', 'create', '-o', 'com.docker.network.bridge.enable_ip_masquerade=false', 'plain')
    box(nets, 'unhidden', '--network', 'plain')
    box(nets, 'hidden')
    seen = [seen_by_another_host(nets, name) for name in ('unhidden', 'hidden')]
    assert seen == [nets.inspect('unhidden')['NetworkSettings']['Networks']['plain']['IPAddress'], nets.ns.address]
    bad = nets.docker('network', 'create', '-o', 'com.docker.network.bridge.enable_icc=maybe', 'bad', check=False)
    assert 'failed to parse com.docker.network.bridge.enable_icc value: maybe' in bad.err


def test_fifty_containers_join_one_network_at_once_with_an_address_each(nets):
    nets.docker('network', 'create', 'crowd')
    names = [f'crowd{n}' for n in range(50)]
    failures = []

    def life(name):
        body = {'Image': BOX, 'Cmd': ['sleep', '1000'], 'HostConfig': {'NetworkMode': 'crowd'}}
        made = nets.api.post('/containers/create', body, query={'name': name}, timeout=60)
        started = nets.api.post(f'/containers/{name}/start', timeout=60)
        joined = nets.api.post('/networks/bridge/connect', {'Container': name}, timeout=60)
        nets.ids.add(made.json().get('Id', ''))
        if (made.status, started.status, joined.status) != (201, 204, 200):
            failures.append((made.body, started.body, joined.body))

    def parallel(work):
        threads = [threading.Thread(target=work, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    parallel(life)
    assert not failures, failures[0]
    members = json.loads(nets.docker('network', 'inspect', 'crowd').out)[0]['Containers'].values()
    assert len({m['IPv4Address'] for m in members}) == len({m['MacAddress'] for m in members}) == 50
    for name in (names[0], names[-1]):
        reached = {m['IPv4Address'].split('/')[0] for m in members}
        address = sorted(reached)[25]
        assert nets.docker('exec', name, 'ping', '-c', '1', '-W', '2', address).code == 0
    parallel(lambda name: nets.api.post('/networks/crowd/disconnect', {'Container': name}, timeout=60))
    assert json.loads(nets.docker('network', 'inspect', 'crowd').out)[0]['Containers'] == {}
    parallel(lambda name: nets.api.delete('/containers/' + name, query={'force': 1}, timeout=60))
    nets.docker('network', 'rm', 'crowd')


def test_a_container_is_in_the_networks_that_the_client_names_and_in_no_other(nets):
    """Clients name their networks as endpoints and leave the network mode out."""
    nets.docker('network', 'create', 'apart')
    made = nets.api.post('/containers/create', {'Image': BOX, 'Cmd': ['sleep', '1000'], 'NetworkingConfig': {'EndpointsConfig': {'apart': {'Aliases': ['it']}}}},
                         query={'name': 'lonely'})
    assert made.status == 201, made.body
    nets.docker('start', 'lonely')
    assert list(nets.inspect('lonely')['NetworkSettings']['Networks']) == ['apart']
    assert re.findall(r'eth\d', nets.docker('exec', 'lonely', 'ip', '-o', 'link').out) == ['eth0']
    box(nets, 'other', '--network', 'apart')
    assert nets.docker('exec', 'other', 'nslookup', 'it', check=False).code == 0
