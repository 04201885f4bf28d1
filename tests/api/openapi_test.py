"""Real answers of the engine hold to the API description, and every operation of it is answered."""
import re

import pytest
from harness import paths
from harness.api import Api
from harness.engine import BOX
from harness.wait import eventually
from openapi import Description

ENGINES = ('gantryd',)
pytestmark = pytest.mark.skipif(not paths.api_description().exists(), reason=f'no API description at {paths.api_description()}')

# What moby itself answers beside or against its own description (seen in its code and on the wire).
TOLERATED = [
    r'\.Healthcheck\.Test', r'\.HostConfig\.ConsoleSize', r'\.NetworkSettings\.(Networks\.[^.]+\.)?(LinkLocal|Secondary|Hairpin)',
    r'\.Actor', r'\.HostConfig\.MemorySwappiness: null', r'\.(status|id|from): not in the description', r'\.Plugins\.Authorization', r'\.GraphDriver',
]


@pytest.fixture(scope='module')
def description():
    return Description(paths.api_description())


@pytest.fixture(scope='module')
def furnished(engine):
    """A running, a created and an ended container, an exec, a volume."""
    engine.docker('run', '-d', '--name', 'running', '-p', '8080:80', '-v', 'vol:/v', '--health-cmd', 'true', '--health-interval', '1s',
                  '--label', 'a=b', '--tmpfs', '/t', '--restart', 'on-failure:3', '-m', '64m', BOX, 'sleep', '1000')
    engine.docker('create', '--name', 'created', BOX)
    engine.docker('run', '--name', 'ended', BOX, 'false', check=False)
    engine.api.post('/networks/create', {'Name': 'dual', 'EnableIPv6': True, 'Labels': {'a': 'b'}, 'Options': {'com.docker.network.driver.mtu': '1400'},
                                         'IPAM': {'Config': [{'Subnet': '10.95.0.0/24', 'IPRange': '10.95.0.0/25', 'AuxiliaryAddresses': {'x': '10.95.0.9'}}]}})
    engine.docker('run', '-d', '--name', 'networked', '--network', 'dual', '--network-alias', 'al', '--link', 'running:r', BOX, 'sleep', '1000')
    engine.docker('network', 'connect', 'dual', 'created')
    engine.exec_id = engine.api.post('/containers/running/exec', {'Cmd': ['true'], 'AttachStdout': True}).json()['Id']
    engine.api.hijack(f'/exec/{engine.exec_id}/start', body={'Detach': False, 'Tty': False}).read_all()
    return engine


CALLS = [
    ('/_ping', '/_ping', {}), ('/version', '/version', {}), ('/info', '/info', {}),
    ('/containers/json', '/containers/json', {'all': 1, 'size': 1}),
    ('/containers/{id}/json', '/containers/running/json', {'size': 1}), ('/containers/{id}/json', '/containers/created/json', {}),
    ('/containers/{id}/json', '/containers/ended/json', {}),
    ('/exec/{id}/json', '/exec/EXEC/json', {}),
    ('/images/json', '/images/json', {}), ('/images/{name}/json', f'/images/{BOX}/json', {}), ('/images/{name}/history', f'/images/{BOX}/history', {}),
    ('/networks', '/networks', {}), ('/networks/{id}', '/networks/bridge', {}),
    ('/networks/{id}', '/networks/dual', {'verbose': 1}), ('/networks/{id}', '/networks/none', {}), ('/containers/{id}/json', '/containers/networked/json', {}),
    ('/volumes', '/volumes', {}), ('/volumes/{name}', '/volumes/vol', {}), ('/plugins', '/plugins', {}),
    ('/containers/{id}/top', '/containers/running/top', {}), ('/containers/{id}/changes', '/containers/running/changes', {}),
    ('/containers/{id}/stats', '/containers/running/stats', {'stream': 0}), ('/system/df', '/system/df', {}),
]


@pytest.mark.parametrize('template, path, query', CALLS, ids=[f'{path}' for _, path, _ in CALLS])
def test_answer_holds_to_the_description(furnished, description, template, path, query):
    answer = furnished.api.get(path.replace('EXEC', furnished.exec_id), query=query)
    if answer.status == 501:
        assert answer.message
        pytest.skip(f'not built yet: {answer.message}')
    assert answer.status == 200, answer.body
    schema = description.response('GET', template, 200)
    if template == '/_ping':
        assert answer.body == b'OK'
        return
    problems = [p for p in description.check(schema, answer.json()) if not any(re.search(t, p) for t in TOLERATED)]
    assert not problems, '\n'.join(problems)


def test_answers_to_changes_hold_to_the_description(furnished, description):
    def checked(method, template, status, answer):
        assert answer.status == status, answer.body
        schema = description.response(method, template, status)
        problems = description.check(schema, answer.json()) if schema else []
        assert not problems, template + '\n' + '\n'.join(problems)
        return answer.json() if schema else None
    api = furnished.api
    made = checked('POST', '/containers/create', 201, api.post('/containers/create', {'Image': BOX, 'Cmd': ['sh', '-c', 'exit 3']}))
    furnished.ids.add(made['Id'])
    assert made['Warnings'] == []
    api.post(f'/containers/{made["Id"]}/start')
    assert checked('POST', '/containers/{id}/wait', 200, api.post(f'/containers/{made["Id"]}/wait'))['StatusCode'] == 3
    checked('POST', '/containers/{id}/update', 200, api.post('/containers/created/update', {'CpuShares': 512}))
    checked('POST', '/volumes/create', 201, api.post('/volumes/create', {'Name': 'fresh', 'Labels': {'x': 'y'}}))
    network = checked('POST', '/networks/create', 201, api.post('/networks/create', {'Name': 'fresh', 'EnableIPv6': True}))
    assert network['Warning'] == '' and len(network['Id']) == 64
    checked('POST', '/networks/{id}/connect', 200, api.post('/networks/fresh/connect', {'Container': 'networked'}))
    checked('POST', '/networks/{id}/disconnect', 200, api.post('/networks/fresh/disconnect', {'Container': 'networked'}))
    assert checked('POST', '/networks/prune', 200, api.post('/networks/prune', query={'filters': {'label': ['nosuch']}}))['NetworksDeleted'] is None
    checked('DELETE', '/networks/{id}', 204, api.delete('/networks/fresh'))
    checked('POST', '/containers/{id}/exec', 201, api.post('/containers/running/exec', {'Cmd': ['true']}))
    api.post(f'/images/{BOX}/tag', query={'repo': 'gone', 'tag': '1'})
    checked('DELETE', '/images/{name}', 200, api.delete('/images/gone:1'))


def test_every_event_holds_to_the_description(furnished, description):
    import time
    stream = furnished.api.stream('GET', '/events', query={'since': '1', 'until': repr(time.time())})
    count = 0
    while event := stream.json_line():
        problems = [p for p in description.check(description.response('GET', '/events', 200), event) if not any(re.search(t, p) for t in TOLERATED)]
        assert not problems, problems
        count += 1
    stream.close()
    assert count > 10


def test_health_appears_as_described(furnished, description):
    def healthy():
        shown = furnished.inspect('running')['State'].get('Health')
        return shown if shown and shown['Status'] == 'healthy' else None
    if furnished.inspect('running')['State'].get('Health') is None:
        pytest.skip('not built yet: health checks')
    shown = eventually(healthy, 'healthy', 10)
    assert shown['FailingStreak'] == 0 and shown['Log'][0]['ExitCode'] == 0


def operations():
    return list(Description(paths.api_description()).operations()) if paths.api_description().exists() else []


STREAMS = ('/events', '/containers/{id}/attach/ws', '/session')


@pytest.mark.parametrize('method, path', [(m, p) for m, p, _ in operations()])
def test_every_operation_is_answered(engine, method, path):
    """Built, or refused by a Docker-shaped message; never `page not found`."""
    if path in STREAMS and path != '/containers/{id}/attach/ws':
        pytest.skip('a stream without end; tested elsewhere')
    real = re.sub(r'\{[^}]+\}', 'nosuch', path)
    answer = engine.api.call(method, real, body={'serveraddress': '127.0.0.1:1'} if path == '/auth' else {} if method in ('POST', 'PUT') else None,
                             query={'until': '1'} if path == '/events' else None, timeout=20)
    assert answer.message != 'page not found'
    assert answer.headers.get('api-version') or answer.status in (101, 404, 400, 409), answer.headers
    if answer.status >= 400 and method != 'HEAD' and 'attach' not in path:
        assert set(answer.json()) == {'message'} and answer.message
    if answer.status == 501 and method != 'HEAD':
        operation = next(o for m, p, o in operations() if (m, p) == (method, path))
        assert operation['operationId'].lower() in answer.message.lower().replace(' ', '') or path.split('/')[1] in answer.message, answer.message


@pytest.mark.parametrize('version', ['1.24', '1.30', '1.32', '1.40', '1.41', '1.43', '1.44', '1.51', None])
def test_every_version_is_spoken(furnished, version):
    api = Api(furnished.socket, version)
    for path in ('/info', '/version', '/containers/json', '/containers/running/json', '/images/json', f'/images/{BOX}/json', '/networks', '/volumes', '/_ping'):
        answer = api.get(path)
        assert answer.status == 200, (path, answer.body)
        assert answer.headers['api-version'] == '1.51' and answer.headers['ostype'] == 'linux' and 'docker/' in answer.headers['server'].lower()


def test_ping_carries_the_negotiation_headers(engine):
    for method in ('GET', 'HEAD'):
        answer = Api(engine.socket, None).call(method, '/_ping')
        assert answer.status == 200 and answer.body == (b'OK' if method == 'GET' else b'')
        head = answer.headers
        assert head['api-version'] == '1.51' and head['docker-experimental'] == 'false' and head['swarm'] == 'inactive'
        assert head['cache-control'] == 'no-cache, no-store, must-revalidate' and head['pragma'] == 'no-cache'
        assert head['content-type'].startswith('text/plain') and 'builder-version' in head
