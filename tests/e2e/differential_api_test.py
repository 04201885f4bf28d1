"""API v1.41 on dockerd 20.10 and on gantryd: same keys, same types, and where the client decides, same values."""
import difflib
import json

import pytest
from harness import images, normalise
from harness.api import Api
from harness.engine import BOX
from harness.wait import eventually

FULL = {                                      # a create request that names nearly every field of phase one
    'Hostname': 'hal', 'Domainname': 'example.org', 'User': 'ann', 'AttachStdin': False, 'AttachStdout': True, 'AttachStderr': True,
    'ExposedPorts': {'80/tcp': {}, '81/tcp': {}}, 'Tty': False, 'OpenStdin': True, 'StdinOnce': False, 'Env': ['A=1', 'B=two words'],
    'Cmd': ['sleep', '100'], 'Healthcheck': {'Test': ['CMD', 'true'], 'Interval': 60000000000, 'Timeout': 1000000000, 'Retries': 2},
    'Image': BOX, 'Volumes': {'/anon': {}}, 'WorkingDir': '/tmp', 'Entrypoint': None, 'Labels': {'com.example.a': 'b', 'empty': ''},
    'StopSignal': 'SIGINT', 'StopTimeout': 3, 'Shell': ['/bin/sh', '-c'],
    'HostConfig': {
        'Binds': ['vol:/vol:ro'], 'NetworkMode': 'bridge', 'PortBindings': {'80/tcp': [{'HostIp': '', 'HostPort': '8099'}], '81/tcp': None},
        'RestartPolicy': {'Name': 'on-failure', 'MaximumRetryCount': 4}, 'CapAdd': ['NET_ADMIN'], 'CapDrop': ['MKNOD'],
        'Dns': ['10.0.0.1'], 'DnsOptions': ['ndots:2'], 'DnsSearch': ['ex.org'], 'ExtraHosts': ['db:10.0.0.9'], 'GroupAdd': ['staff'],
        'IpcMode': 'private', 'OomScoreAdj': 500, 'ReadonlyRootfs': True, 'SecurityOpt': ['no-new-privileges'], 'ShmSize': 33554432,
        'Tmpfs': {'/run': 'size=1m'}, 'Sysctls': {'net.ipv4.ip_forward': '0'}, 'Memory': 67108864, 'MemoryReservation': 33554432,
        'CpuShares': 512, 'CpuPeriod': 100000, 'CpuQuota': 50000, 'CpusetCpus': '0', 'PidsLimit': 100,
        'Ulimits': [{'Name': 'nofile', 'Soft': 512, 'Hard': 1024}], 'LogConfig': {'Type': 'json-file', 'Config': {'max-size': '1m'}},
        'Mounts': [{'Type': 'tmpfs', 'Target': '/tm', 'TmpfsOptions': {'SizeBytes': 1048576}}], 'ConsoleSize': [0, 0],
    },
}
MINIMAL = {'Image': BOX, 'Cmd': ['sleep', '100']}

# Keys of gantryd's answers that dockerd 20.10 lacks or has otherwise, with the reason.
SHAPE_KNOWN = {
    '.HostConfig.KernelMemory': 'gone in version 28', '.HostConfig.KernelMemoryTCP': 'gone in version 28',
    '.HostConfig.PortBindings': 'version 28 fills in {}', '.HostConfig.Runtime': 'version 28 fills in the runtime at create',
    '.NetworkSettings.Networks.bridge.DNSNames': 'new in version 28', '[].NetworkSettings.Networks.bridge.DNSNames': 'new in version 28',
    '.GraphDriver.Data': 'the driver is ours to describe',
    '.GraphDriver.Data.LowerDir': 'a container on a single layer chain; the driver is ours to describe',
    '.GraphDriver.Data.MergedDir': 'the driver is ours to describe',
    '.GraphDriver.Data.UpperDir': 'the driver is ours to describe',
    '.GraphDriver.Data.WorkDir': 'the driver is ours to describe',
}


def pair(both):
    return [Api(engine.socket, '1.41') for engine in both]


def differences(theirs: dict, ours: dict, known=SHAPE_KNOWN) -> list[str]:
    keys = [k for k in sorted(theirs.keys() | ours.keys()) if theirs.get(k) != ours.get(k) and k not in known]
    return [f'{k}: dockerd {theirs.get(k, "has none")}, gantryd {ours.get(k, "has none")}' for k in keys]


def same_shape(a, b, known=SHAPE_KNOWN):
    found = differences(normalise.shape(a), normalise.shape(b), known)
    assert not found, '\n'.join(found)


def made(both, body: dict, name: str, start: bool) -> list[dict]:
    shown = []
    for engine, api in zip(both, pair(both), strict=True):
        answer = api.post('/containers/create', body, query={'name': name})
        assert answer.status == 201, (engine.name, answer.body)
        engine.ids.add(answer.json()['Id'])
        if start:
            for _ in range(5):                    # dockerd 20.10 races with itself for the port on 0.0.0.0 and ::
                answer = api.post(f'/containers/{name}/start')
                if engine.name != 'dockerd' or b'already allocated' not in answer.body:
                    break
            assert answer.status == 204, (engine.name, answer.body)
        shown.append(api.get(f'/containers/{name}/json').json())
    return shown


@pytest.fixture(autouse=True)
def clean(both):
    yield
    for engine in both:
        engine.clear()


@pytest.mark.parametrize('body, start', [(MINIMAL, False), (MINIMAL, True), (FULL, False), (FULL, True)],
                         ids=['minimal-created', 'minimal-running', 'full-created', 'full-running'])
def test_inspect_has_the_same_keys_and_types(both, body, start):
    theirs, ours = made(both, body, 'shape', start)
    for shown in (theirs, ours):                  # dockerd 20.10 shows an exposed port that is not published, or not, by chance
        (shown['NetworkSettings']['Ports'] or {}).pop('81/tcp', None)
    same_shape(theirs, ours)


@pytest.mark.parametrize('body', [MINIMAL, FULL], ids=['minimal', 'full'])
def test_what_was_sent_comes_back_the_same(both, body):
    theirs, ours = made(both, body, 'echo', False)
    if body is MINIMAL:
        # 28 names the default network; 20.10 echoes "default". Hostname is the id's beginning.
        theirs['HostConfig']['NetworkMode'] = 'bridge'
        theirs['Config']['Hostname'] = ours['Config']['Hostname'] = ''
    for key in ('KernelMemory', 'KernelMemoryTCP', 'MaskedPaths', 'Runtime'):          # gone, longer, filled in by version 28
        theirs['HostConfig'][key] = ours['HostConfig'].get(key)
    if body is MINIMAL:
        theirs['HostConfig'].update(PortBindings={}, RestartPolicy={'Name': 'no', 'MaximumRetryCount': 0})
    for part in ('Config', 'HostConfig'):
        wrong = [f'{part}.{key}: dockerd {theirs[part].get(key)!r}, gantryd {ours[part].get(key)!r}'
                 for key in sorted(theirs[part].keys() | ours[part].keys()) if theirs[part].get(key) != ours[part].get(key)]
        assert not wrong, '\n'.join(wrong)
    for key in ('Path', 'Args', 'Platform', 'RestartCount', 'Name', 'ExecIDs', 'MountLabel', 'ProcessLabel'):
        assert theirs[key] == ours[key], key
    for key in ('Status', 'Running', 'Paused', 'Restarting', 'OOMKilled', 'Dead', 'Pid', 'ExitCode', 'Error', 'StartedAt', 'FinishedAt'):
        assert theirs['State'][key] == ours['State'][key], key


def test_list_images_and_history_have_the_same_shapes(both):
    made(both, FULL, 'listed', True)
    archive = images.docker_archive(images.busybox_image('docker', mark='s'), 'shapes:1')
    for engine in both:
        engine.docker('load', input=archive)
    a, b = pair(both)
    for path, query in (('/containers/json', {'all': 1}), ('/images/json', {}), ('/images/shapes:1/json', {}), ('/images/shapes:1/history', {}),
                        (f'/images/{BOX}/json', {}), ('/volumes', {}), ('/networks', {}), ('/networks/bridge', {}), ('/version', {})):
        found = differences(normalise.shape(a.get(path, query=query).json()), normalise.shape(b.get(path, query=query).json()), IMAGE_KNOWN)
        assert not found, path + '\n' + '\n'.join(found)
    for engine in both:
        engine.docker('rmi', '-f', 'shapes:1')


IMAGE_KNOWN = {
    **SHAPE_KNOWN,
    '.Volumes[].Labels': 'version 28 marks anonymous volumes', '.Volumes[].Labels.com.docker.volume.anonymous': 'version 28 marks anonymous volumes',
    '[].IPAM.Config': 'version 28 writes null for none',
    '[].IPAM.Config[].Gateway': "the default network's: dockerd says it from its second start on",
    '.IPAM.Config[].Gateway': "the default network's: dockerd says it from its second start on",
    '[].RepoDigests': 'version 28 writes [] for none',
    '.Components[].Details.GitCommit': 'each component tells what it knows', '.Components[].Details.GoVersion': 'gantryd is not written in Go',
    '.Components[].Details.Path': 'says where the OCI runtime is',
    '.GoVersion': 'gantryd is not written in Go', '.Components[].Details.BuildTime': 'each component tells what it knows',
}


def test_running_container_has_the_same_list_entry(both):
    # dockerd frees a port late; one that is named without a binding gets any port since version 28
    ports = {'80/tcp': [{'HostIp': '', 'HostPort': '8098'}]}
    made(both, {**FULL, 'HostConfig': {**FULL['HostConfig'], 'ReadonlyRootfs': False, 'PortBindings': ports}}, 'entry', True)
    rows = [api.get('/containers/json').json()[0] for api in pair(both)]
    for key in ('Names', 'Image', 'Command', 'State', 'Labels', 'HostConfig'):
        assert rows[0][key] == rows[1][key], key
    ports = [sorted((p.get('IP', ''), p['PrivatePort'], p.get('PublicPort', 0), p['Type']) for p in row['Ports']) for row in rows]
    assert ports[0] == ports[1]


CALLS = [                                     # (method, path, query, body): status and message must be equal
    ('GET', '/nosuchpage', {}, None),
    ('PUT', '/containers/json', {}, None),
    ('GET', '/containers/json', {'limit': 'x'}, None),
    ('GET', '/containers/json', {'filters': 'nonsense'}, None),
    ('GET', '/containers/json', {'filters': {'nosuch': ['1']}}, None),
    ('GET', '/containers/json', {'filters': {'status': ['odd']}}, None),
    ('GET', '/containers/nosuch/json', {}, None),
    ('POST', '/containers/create', {}, None),
    ('POST', '/containers/create', {}, {}),
    ('POST', '/containers/create', {}, {'Image': 'nosuch'}),
    ('POST', '/containers/create', {'name': 'a b'}, MINIMAL),
    ('POST', '/containers/create', {}, {**MINIMAL, 'HostConfig': {'RestartPolicy': {'Name': 'on-failure', 'MaximumRetryCount': -1}}}),
    ('POST', '/containers/create', {}, {**MINIMAL, 'HostConfig': {'Memory': 1}}),
    ('POST', '/containers/create', {}, {**MINIMAL, 'HostConfig': {'MemorySwap': 10 << 20}}),
    ('POST', '/containers/create', {}, {**MINIMAL, 'HostConfig': {'Binds': ['/a:/b:c:d']}}),
    ('POST', '/containers/create', {}, {**MINIMAL, 'HostConfig': {'Mounts': [{'Type': 'odd', 'Target': '/x'}]}}),
    ('POST', '/containers/create', {}, {**MINIMAL, 'WorkingDir': 'x'}),
    ('POST', '/containers/create', {}, {**MINIMAL, 'HostConfig': {'StorageOpt': {'size': '1G'}}}),
    ('POST', '/containers/create', {}, {**MINIMAL, 'HostConfig': {'StorageOpt': {'inodes': '1'}}}),
    ('POST', '/containers/nosuch/start', {}, None), ('POST', '/containers/nosuch/stop', {}, None),
    ('POST', '/containers/nosuch/kill', {}, None), ('POST', '/containers/nosuch/wait', {}, None),
    ('POST', '/containers/nosuch/rename', {'name': 'x'}, None), ('DELETE', '/containers/nosuch', {}, None),
    ('POST', '/containers/nosuch/exec', {}, {'Cmd': ['x']}), ('POST', '/exec/nosuch/start', {}, {}), ('GET', '/exec/nosuch/json', {}, None),
    ('GET', '/images/nosuch/history', {}, None), ('DELETE', '/images/nosuch', {}, None), ('POST', '/images/nosuch/tag', {'repo': 'a'}, None),
    ('GET', '/networks/nosuch', {}, None), ('DELETE', '/networks/nosuch', {}, None), ('DELETE', '/networks/host', {}, None),
    ('GET', '/volumes/nosuch', {}, None), ('DELETE', '/volumes/nosuch', {}, None),
    ('GET', '/swarm', {}, None), ('GET', '/nodes', {}, None), ('GET', '/services', {}, None), ('GET', '/tasks', {}, None),
    ('GET', '/secrets', {}, None), ('GET', '/configs', {}, None), ('POST', '/swarm/leave', {}, None), ('GET', '/plugins', {}, None),
    ('GET', '/plugins/nosuch/json', {}, None), ('GET', '/events', {'since': '10', 'until': '5'}, None),
    ('HEAD', '/_ping', {}, None), ('GET', '/_ping', {}, None),
]
# a call as key_of() writes it -> (status, words of version 28)
CALLS_KNOWN: dict[str, tuple[int, str]] = {
    'GET /containers/json {"limit": "x"} null': (400, 'invalid value "x" for limit: must be an integer'),
    'GET /containers/json {"filters": "nonsense"} null': (400, 'invalid filter'),
    'GET /containers/json {"filters": {"nosuch": ["1"]}} null': (400, "invalid filter 'nosuch'"),
    'GET /containers/json {"filters": {"status": ["odd"]}} null': (
        400, "invalid filter 'status=odd': invalid value for state (odd): must be one of created, running, paused, restarting, removing, exited, dead"),
    'POST /containers/create {} null': (400, 'invalid JSON: got EOF while reading request body'),
    'POST /containers/create {} {}': (400, 'config cannot be empty in order to create a container'),
    'POST /containers/create {} {"Image": "gt/box", "Cmd": ["sleep", "100"], "HostConfig": {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": -1}}}':
        (400, 'invalid restart policy: maximum retry count cannot be negative'),
    # a mistake of the client, so 400 where moby says 500
    'POST /containers/create {} {"Image": "gt/box", "Cmd": ["sleep", "100"], "HostConfig": {"Binds": ["/a:/b:c:d"]}}':
        (400, "invalid volume specification: '/a:/b:c:d'"),
    'POST /containers/create {} {"Image": "gt/box", "Cmd": ["sleep", "100"], "HostConfig": {"StorageOpt": {"size": "1G"}}}':
        (400, "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"),
    'POST /containers/create {} {"Image": "gt/box", "Cmd": ["sleep", "100"], "HostConfig": {"StorageOpt": {"inodes": "1"}}}':
        (400, 'Unknown option inodes'),
    'POST /containers/nosuch/kill {} null': (404, 'cannot kill container: nosuch: No such container: nosuch'),
}


def key_of(method, path, query, body) -> str:
    return f'{method} {path} {json.dumps(query)} {json.dumps(body)}'


def test_errors_have_the_same_status_and_words(both):
    wrong = []
    a, b = pair(both)
    for call in CALLS:
        method, path, query, body = call
        theirs, ours = (api.call(method, path, query=query, body=body) for api in (a, b))
        pairs = [(answer.status, normalise.text(answer.message)) for answer in (theirs, ours)]
        known = CALLS_KNOWN.get(key_of(*call))
        if known:
            if pairs[1] != known:
                wrong.append(f'{key_of(*call)}\n    want: {known}\n    gantryd: {pairs[1]}')
        elif pairs[0] != pairs[1]:
            wrong.append(f'{key_of(*call)}\n    dockerd: {pairs[0]}\n    gantryd: {pairs[1]}')
    assert not wrong, '\n'.join(wrong)


def test_version_gates(both):
    for version, part in (('1.11', 'client version 1.11 is too old. Minimum supported API version is'), ('9.99', 'client version 9.99 is too new. Maximum supported API version is')):
        answers = [Api(engine.socket, version).get('/info') for engine in both]
        assert [answer.status for answer in answers] == [400, 400] and all(part.encode() in answer.body for answer in answers)
        assert all('api-version' in answer.headers for answer in answers)


EVENT_STEPS = [
    ['run', '--rm', '--name', 'evt', BOX, 'true'],
    ['run', '-d', '--name', 'evt', BOX, 'sh', '-c', 'trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done'],
    ['exec', 'evt', 'true'], ['exec', '-d', 'evt', 'true'], ['kill', '-s', 'WINCH', 'evt'], ['rename', 'evt', 'evt2'],
    ['restart', '-t', '5', 'evt2'], ['stop', 'evt2'], ['start', 'evt2'], ['rm', '-f', 'evt2'],
    ['volume', 'create', 'ev'], ['run', '--rm', '-v', 'ev:/v', BOX, 'true'], ['volume', 'rm', 'ev'],
    ['tag', BOX, 'evtag:1'], ['rmi', 'evtag:1'],
]


def test_the_same_steps_send_the_same_events(both):
    seen = {}
    for engine in both:
        stream = engine.api.stream('GET', '/events')
        died = engine.api.stream('GET', '/events', query={'filters': {'event': ['exec_die']}})
        for step in EVENT_STEPS:
            engine.docker(*step)
            if step[:2] == ['run', '-d']:
                eventually(lambda e=engine: 'ready' in e.docker('logs', 'evt').out, 'trap is set')
            if step[0] == 'exec':
                assert died.json_line()                # may be told after the client's end
            if '--rm' in step:
                eventually(lambda e=engine: not e.docker('ps', '-aq').out, 'removed by itself')
        engine.docker('tag', BOX, 'evend:1')
        found = []
        while True:
            event = stream.json_line()
            if event['Actor']['Attributes'].get('name') == 'evend:1':
                break
            found.append((event['Type'], event['Action'].rstrip(), tuple(sorted(event['Actor']['Attributes']))))
        stream.close()
        died.close()
        engine.docker('rmi', 'evend:1')
        seen[engine.name] = found
    theirs, ours = ([(t, a) for t, a, _ in seen[name]] for name in ('dockerd', 'gantryd'))
    theirs = [e for n, e in enumerate(theirs) if e != ('volume', 'create') or e != theirs[n - 1]]      # 20.10 says it twice
    assert ours == theirs, '\n'.join(difflib.unified_diff([' '.join(e) for e in theirs], [' '.join(e) for e in ours], 'dockerd', 'gantryd', lineterm=''))
    attributes = {engine: {(t, a): set(keys) for t, a, keys in found} for engine, found in seen.items()}
    for event, keys in attributes['dockerd'].items():
        missing = keys - attributes['gantryd'][event]
        assert not missing, f'{event} lacks {missing}'
