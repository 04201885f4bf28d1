"""Networks on dockerd 20.10 and on gantryd (API v1.41): same codes, same words, same JSON, same events, same environment."""
import json
import re
import time

import pytest
from harness import normalise
from harness.api import Api
from harness.engine import BOX
from network_cli_test import get


def pair(both):
    return [Api(engine.socket, '1.41') for engine in both]


@pytest.fixture(autouse=True)
def clean(both):
    yield
    for engine in both:
        engine.clear()
        for row in engine.api.get('/networks').json():
            if row['Name'] not in ('bridge', 'host', 'none'):
                engine.api.delete('/networks/' + row['Id'])


def words(message: str) -> str:
    """Names of chance and prefixes that version 28 puts in front."""
    message = re.sub(r'\b[0-9a-f]{64}\b', '<id>', message.lower())
    for prefix in ('invalid pool request: ', 'invalid endpoint settings:\n', 'failed to set up container networking: '):
        message = message.removeprefix(prefix)
    return message.strip()


def pools(*configs):
    return {'Config': list(configs)}


PLAIN = {'Subnet': '10.91.0.0/24'}
# create requests: the same status, and the same words or the same network
CREATES = [
    {}, {'IPAM': pools(PLAIN)}, {'IPAM': pools({**PLAIN, 'IPRange': '10.91.0.128/25'})}, {'IPAM': pools({**PLAIN, 'Gateway': '10.91.0.77'})},
    {'IPAM': pools({**PLAIN, 'AuxiliaryAddresses': {'a': '10.91.0.9'}})}, {'IPAM': pools({'Subnet': '10.91.0.0/30'})},
    {'Internal': True}, {'Attachable': True}, {'Labels': {'a': 'b', 'c': ''}}, {'Options': {'foo': 'bar'}},
    {'Options': {'com.docker.network.driver.mtu': '1400'}}, {'Options': {'com.docker.network.bridge.name': 'diffbr0'}},
    {'Options': {'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.bridge.enable_ip_masquerade': 'false'}},
    {'Driver': ''}, {'ConfigOnly': True}, {'ConfigOnly': True, 'IPAM': pools(PLAIN)}, {'IPAM': {'Driver': 'default', 'Config': []}},
    {'IPAM': {'Options': {'x': 'y'}}}, {'CheckDuplicate': True},
    {'EnableIPv6': True, 'IPAM': pools({'Subnet': 'fd91::/64'}, PLAIN)}, {'EnableIPv6': True, 'IPAM': pools({'Subnet': 'fd91::/64', 'Gateway': 'fd91::9'}, PLAIN)},
    {'IPAM': pools({'Subnet': 'fd91::/64'}, PLAIN)},
    {'IPAM': pools(PLAIN, {'Subnet': '10.92.0.0/24'})}, {'IPAM': pools({'Subnet': '172.17.0.0/24'})}, {'IPAM': pools({'Subnet': '172.0.0.0/8'})},
    {'IPAM': pools({**PLAIN, 'AuxiliaryAddresses': {'a': '10.91.0.1'}})}, {'IPAM': pools({**PLAIN, 'Gateway': '10.91.0.0'})},
    {'IPAM': pools({**PLAIN, 'Gateway': '10.91.0.255'})},
    {'Driver': 'nosuch'}, {'Driver': 'host'}, {'Driver': 'null'}, {'Driver': 'none'}, {'IPAM': {'Driver': 'odd'}},
    {'Scope': 'swarm'}, {'Ingress': True}, {'ConfigOnly': True, 'Internal': True}, {'ConfigFrom': {'Network': 'nope'}},
    {'Name': 'bridge'}, {'Name': 'host'}, {'Name': 'none'}, {'Name': 'default'}, {'Name': 'a b'}, {'Name': 'x.y_z-1'},
]
# Mistakes of the client: version 28 says 400 where 20.10 says 500 or makes a network that cannot work; its words stand here.
CREATES_28 = [
    ({'IPAM': pools({})}, 400, 'invalid network config:\ninvalid subnet : invalid CIDR block notation'),
    ({'IPAM': pools({'Subnet': 'x'})}, 400, 'invalid network config:\ninvalid subnet x: invalid CIDR block notation'),
    ({'IPAM': pools({'Subnet': '10.91.0.1/24'})}, 400, 'invalid network config:\ninvalid subnet 10.91.0.1/24: it should be 10.91.0.0/24'),
    ({'IPAM': pools({**PLAIN, 'Gateway': '10.92.0.1'})}, 400, "invalid network config:\ninvalid gateway 10.92.0.1: parent subnet 10.91.0.0/24 doesn't contain this address"),
    ({'IPAM': pools({**PLAIN, 'IPRange': '10.92.0.0/24'})}, 400, "invalid network config:\ninvalid ip-range 10.92.0.0/24: parent subnet 10.91.0.0/24 doesn't contain ip-range"),
    ({'Options': {'com.docker.network.bridge.enable_icc': 'maybe'}}, 400,
     'failed to parse com.docker.network.bridge.enable_icc value: maybe (strconv.ParseBool: parsing "maybe": invalid syntax)'),
    ({'Options': {'com.docker.network.driver.mtu': 'x'}}, 400, 'failed to parse com.docker.network.driver.mtu value: x (strconv.Atoi: parsing "x": invalid syntax)'),
    ({'Options': {'com.docker.network.driver.mtu': '-3'}}, 400, 'invalid MTU number: -3'),
    ({'Options': {'com.docker.network.bridge.host_binding_ipv4': 'x'}}, 400, 'failed to parse com.docker.network.bridge.host_binding_ipv4 value: x (nil ip)'),
    ({'Driver': 'overlay'}, 403, 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'),
]


def create_and_show(api: Api, body: dict):
    answer = api.post('/networks/create', {'Name': 'diff', **body})
    if answer.status != 201:
        return answer.status, words(answer.message)
    shown = api.get('/networks/' + answer.json()['Id']).json()
    api.delete('/networks/' + answer.json()['Id'])
    for name in ('Id', 'Created'):
        shown.pop(name)
    chosen = not (body.get('IPAM') or {}).get('Config')
    for pool in shown['IPAM']['Config'] or []:
        if chosen:                                             # which of the free subnets is the engine's own business
            pool['Subnet'] = pool['Gateway'] = 'chosen'
    if not shown['IPAM']['Config']:
        shown['IPAM']['Config'] = None                         # version 28 writes null for none
    return answer.status, shown


def test_create_answers_and_networks_are_the_same(both):
    wrong = []
    for body in CREATES:
        theirs, ours = (create_and_show(api, body) for api in pair(both))
        if theirs != ours:
            wrong.append(f'{json.dumps(body)}\n    dockerd: {theirs}\n    gantryd: {ours}')
    assert not wrong, '\n'.join(wrong)


@pytest.mark.parametrize('body, status, message', CREATES_28, ids=[json.dumps(c[0])[:60] for c in CREATES_28])
def test_requests_that_version_28_refuses_in_other_words(both, body, status, message):
    theirs, ours = (api.post('/networks/create', {'Name': 'diff', **body}) for api in pair(both))
    assert (ours.status, ours.message) == (status, message)
    assert theirs.status in (201, 500, 403, 404)               # else it is no difference and belongs above


def furnish(both):
    """Networks and containers for the calls below; a default bridge, a stopped, a running and some special ones."""
    for engine in both:
        for name, subnet in (('anet', '10.93.0.0/24'), ('bnet', None)):
            options = ['--subnet', subnet] if subnet else []
            engine.docker('network', 'create', *options, name)
        engine.docker('run', '-d', '--name', 'run1', BOX, 'sleep', '1000')
        engine.docker('run', '-d', '--name', 'run2', '--network', 'anet', BOX, 'sleep', '1000')
        engine.docker('create', '--name', 'idle', BOX, 'sleep', '1000')
        engine.docker('run', '-d', '--name', 'hosted', '--network', 'host', BOX, 'sleep', '1000')
        engine.docker('run', '-d', '--name', 'alone', '--network', 'none', BOX, 'sleep', '1000')
        engine.docker('run', '-d', '--name', 'guest', '--network', 'container:run1', BOX, 'sleep', '1000')


def connect(network, container, **config):
    return ('POST', f'/networks/{network}/connect', {'Container': container, 'EndpointConfig': config})


def disconnect(network, container, **more):
    return ('POST', f'/networks/{network}/disconnect', {'Container': container, **more})


STEPS = [                                     # in this order, each with the same status and words
    ('GET', '/networks/nosuch', None), ('DELETE', '/networks/nosuch', None), ('DELETE', '/networks/bridge', None), ('DELETE', '/networks/none', None),
    ('DELETE', '/networks/anet', None), ('GET', '/networks/anet?verbose=true', None), ('GET', '/networks/anet?scope=local', None),
    ('GET', '/networks/anet?scope=swarm', None),
    ('POST', '/networks/create', {'Name': 'anet', 'CheckDuplicate': True}),
    connect('nosuch', 'run1'), connect('anet', 'nosuch'), connect('host', 'run1'), connect('none', 'run1'), connect('anet', 'alone'),
    connect('anet', 'guest'), connect('anet', 'hosted'), connect('anet', 'run2'),
    connect('anet', 'run1', IPAMConfig={'IPv4Address': '10.94.0.1'}), connect('anet', 'run1', IPAMConfig={'IPv4Address': '10.93.0.1'}),
    connect('bnet', 'run1', IPAMConfig={'IPv4Address': '10.94.0.1'}), connect('anet', 'run1', IPAMConfig={'IPv4Address': '10.93.0.50'}, Aliases=['first']),
    connect('anet', 'run1'), connect('bridge', 'run2', Aliases=['x']), connect('bridge', 'run2', IPAMConfig={'IPv4Address': '172.17.0.9'}),
    connect('bridge', 'run2'), disconnect('bridge', 'run2'), disconnect('bridge', 'run2'), disconnect('nosuch', 'run2'), disconnect('anet', 'nosuch'),
    disconnect('anet', 'nosuch', Force=True), disconnect('host', 'hosted'), disconnect('anet', 'guest'),
    connect('anet', 'idle'), connect('anet', 'idle'), disconnect('bnet', 'idle'), disconnect('anet', 'idle'), disconnect('anet', 'run1'),
    disconnect('none', 'alone'), connect('anet', 'alone'), ('POST', '/containers/run2/stop?t=0', None), ('POST', '/containers/alone/stop?t=0', None),
    ('DELETE', '/networks/anet', None), ('POST', '/containers/run2/start', None),
    ('GET', '/networks?filters={"odd":["1"]}', None), ('GET', '/networks?filters={"type":["odd"]}', None), ('POST', '/networks/prune?filters={"odd":["1"]}', None),
    ('POST', '/networks/prune', None),
]
# step -> what version 28 answers (status, beginning of the words)
STEPS_28 = {
    'DELETE /networks/anet null': (403, 'error while removing network: network anet has active endpoints (name:"run2" id:"'),
    'GET /networks?filters={"odd":["1"]} null': (400, "invalid filter 'odd'"),
    'POST /networks/prune?filters={"odd":["1"]} null': (400, "invalid filter 'odd'"),
    'POST /containers/run2/start null': (404, 'network anet not found'),
    'GET /networks?filters={"type":["odd"]} null': (400, "invalid filter: 'type'='odd'"),
    'POST /networks/host/disconnect {"Container": "hosted"}':
        (400, 'cannot disconnect container from host network - container was created in host network mode'),
    json.dumps(connect('host', 'run1')): (400, 'cannot connect container to host network - container must be created in host network mode'),
    json.dumps(connect('anet', 'run1', IPAMConfig={'IPv4Address': '10.94.0.1'})):
        (400, 'no configured subnet or ip-range contain the ip address 10.94.0.1'),
}


def test_connect_disconnect_and_remove_answer_the_same(both):
    furnish(both)
    wrong = []
    for step in STEPS:
        method, path, body = step
        theirs, ours = ((a.status, words(a.message)) for a in (Api(e.socket, '1.41').call(method, path.split('?')[0], body=body, query=query_of(path)) for e in both))
        known = STEPS_28.get(json.dumps(step)) or STEPS_28.get(f'{method} {path} {json.dumps(body)}')
        if theirs != ours and not (known and ours[0] == known[0] and ours[1].startswith(known[1])):
            wrong.append(f'{step}\n    dockerd: {theirs}\n    gantryd: {ours}')
    assert not wrong, '\n'.join(wrong)


def query_of(path: str) -> dict:
    return dict(part.split('=', 1) for part in path.split('?')[1].split('&')) if '?' in path else {}


def test_endpoints_and_members_have_the_same_shape(both):
    furnish(both)
    shapes = []
    for api in pair(both):
        api.post('/networks/bnet/connect', {'Container': 'run1', 'EndpointConfig': {'Aliases': ['al'], 'Links': ['run2:two'], 'IPAMConfig': {}}})
        api.post('/networks/bnet/connect', {'Container': 'idle', 'EndpointConfig': {'Aliases': ['al']}})
        shown = [api.get(f'/containers/{name}/json').json()['NetworkSettings'] for name in ('run1', 'run2', 'idle', 'hosted', 'alone', 'guest')]
        for settings in shown:
            settings.pop('SandboxKey'), settings.pop('SandboxID')
            for endpoint in settings['Networks'].values():
                endpoint.pop('DNSNames', None)                  # new in version 28
                for alias in endpoint['Aliases'] or []:
                    assert re.fullmatch('[0-9a-f]{12}|al', alias), alias
                endpoint['Aliases'] = len(endpoint['Aliases'] or [])
        shapes.append([normalise.shape(settings) for settings in shown] + [normalise.shape(api.get('/networks/anet').json())] +
                      [normalise.shape({k: v for k, v in api.get('/networks/bnet').json().items() if k != 'IPAM'})])
    for theirs, ours in zip(*shapes, strict=True):
        assert theirs == ours


EVENTS = [
    ['network', 'create', 'en'], ['network', 'connect', 'en', 'run'], ['network', 'disconnect', 'en', 'run'],
    ['network', 'connect', 'en', 'idle'], ['network', 'disconnect', 'en', 'idle'], ['network', 'connect', 'en', 'idle'],
    ['start', 'idle'], ['stop', '-t', '0', 'idle'], ['rm', 'idle'], ['network', 'rm', 'en'], ['network', 'create', 'pruned'], ['network', 'prune', '-f'],
]


def test_the_same_steps_send_the_same_network_events(both):
    seen = []
    for engine in both:
        engine.docker('run', '-d', '--name', 'run', BOX, 'sleep', '1000')
        engine.docker('create', '--name', 'idle', BOX, 'sleep', '1000')
        ids = {engine.inspect(name)['Id']: name for name in ('run', 'idle')}
        since = time.time()
        for step in EVENTS:
            engine.docker(*step)
        stream = engine.api.stream('GET', '/events', query={'since': repr(since), 'until': repr(time.time()), 'filters': {'type': ['network']}})
        events = []
        while event := stream.json_line():
            attributes = {k: ids.get(v, v) for k, v in event['Actor']['Attributes'].items()}
            events.append((event['Action'], attributes, event['scope']))
        stream.close()
        # A container with two networks joins and leaves them in an order of chance in dockerd, and one that runs and is taken
        # off a network is reported twice.
        seen.append(sorted({json.dumps(event) for event in events}))
    assert seen[0] == seen[1], '\n'.join(map(str, [*seen[0], '---', *seen[1]]))


def test_a_link_on_the_default_bridge_brings_the_same_environment_and_names(both):
    seen = []
    for engine in both:
        engine.docker('run', '-d', '--name', 'linked-db', '--hostname', 'dbhost', '--expose', '5432', '--expose', '53/udp', '-e', 'A=b=c', '-e', 'HOME=/x',
                      BOX, 'sleep', '1000')
        address = engine.inspect('linked-db')['NetworkSettings']['IPAddress']
        engine.docker('run', '-d', '--name', 'app', '--link', 'linked-db:my-db', '--link', 'linked-db', BOX, 'sleep', '1000')
        env = engine.docker('exec', 'app', 'env').out.replace(address, '<address>').splitlines()
        hosts = engine.docker('exec', 'app', 'cat', '/etc/hosts').out
        names = {name for line in hosts.splitlines() if line.startswith(address) for name in line.split()[1:]}
        shown = sorted(engine.inspect('app')['HostConfig']['Links'])
        seen.append((sorted(line for line in env if not line.startswith('HOSTNAME')), sorted(names), shown))
    assert seen[0] == seen[1]


ISOLATION = [                                 # (from, to): the same answer whether a connection succeeds
    ('in1', 'SERVER1'), ('in2', 'SERVER1'), ('dflt', 'SERVER1'), ('in1', 'SERVER0'), ('in1', 'GATEWAY1'), ('in2', 'GATEWAY1'), ('in2', 'GATEWAY2'),
    ('in2', 'HOST'), ('dflt', 'HOST'), ('closed', 'SERVER1'), ('closed', 'HOST'), ('closed', 'SERVERC'), ('dflt', 'SERVERC'), ('self', 'GATEWAY1'),
]


def test_who_reaches_whom_is_the_same(both):
    seen = []
    for engine in both:
        engine.docker('network', 'create', 'n1')
        engine.docker('network', 'create', 'n2')
        engine.docker('network', 'create', '--internal', 'nc')

        def server(name, network, *options, engine=engine):
            engine.docker('run', '-d', '--name', name, '--network', network, *options, BOX, 'httpd', '-f', '-p', '8077', '-h', '/www')
            return engine.inspect(name)['NetworkSettings']['Networks'][network]
        one, zero, closed = server('self', 'n1', '-p', '8077:8077'), server('zero', 'bridge'), server('server-c', 'nc')
        for name, network in (('in1', 'n1'), ('in2', 'n2'), ('dflt', 'bridge'), ('closed', 'nc')):
            engine.docker('run', '-d', '--name', name, '--network', network, BOX, 'sleep', '1000')
        places = {'SERVER1': one['IPAddress'], 'SERVER0': zero['IPAddress'], 'SERVERC': closed['IPAddress'], 'GATEWAY1': one['Gateway'],
                  'GATEWAY2': engine.inspect('in2')['NetworkSettings']['Networks']['n2']['Gateway'], 'HOST': engine.ns.address}

        def reaches(pair, engine=engine, places=places):
            return get(engine, pair[0], places[pair[1]], 8077)
        reaches(('in1', 'SERVER1'))                             # the first packets of a new bridge port may be lost
        seen.append({f'{a} -> {b}': reaches((a, b)) for a, b in ISOLATION})
    assert seen[0] == seen[1]
