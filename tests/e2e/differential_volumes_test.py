"""Volumes on dockerd 20.10 and on gantryd: status codes, texts and JSON, with local volumes and with a third party's driver."""
import json

import pytest
from harness.running import ended, started
from harness import normalise
from harness.api import Api
from harness.dockerd import Dockerd
from harness.engine import BOX
from harness.third_party import DockerdWithPlugins, GantrydWithPlugins, ThirdParty


@pytest.fixture(scope='module')
def both():
    if reason := Dockerd.missing():
        pytest.skip(reason)
    reference = started(DockerdWithPlugins)
    try:
        ours = started(GantrydWithPlugins)
    except BaseException:
        reference.close()
        raise
    drivers = [ThirdParty(engine.dir, 'nas').start() for engine in (reference, ours)]
    yield reference, ours
    reference.close()
    for driver in drivers:
        driver.end()
    ended(ours)


BIND = {'type': 'none', 'o': 'bind', 'device': '/nowhere/at/all'}


def create(name, driver=None, **options):
    body = {'Name': name, 'DriverOpts': options} if options else {'Name': name}
    return 'POST', '/volumes/create', {}, {**body, 'Driver': driver} if driver is not None else body


def container(**host):
    return {'Image': BOX, 'Cmd': ['true'], 'HostConfig': host}


# What one engine answers after the other's turn: the same calls in the same order.
STEPS = [
    create('a1'), create('a1'), create('a1', 'local'), create('a1', ''), create('b c'), create('x'), create('-x'), create('../x'),
    create('o1', foo='1'), create('o2', type='tmpfs'), create('o3', device='x'), create('o5', size='10m'),
    create('o6', size='lots'), create('t1', type='tmpfs', device='tmpfs', o='size=1m,uid=7'), create('bd', **BIND),
    ('GET', '/volumes/a1', {}, None), ('GET', '/volumes/t1', {}, None), ('GET', '/volumes/none', {}, None),
    ('POST', '/containers/create', {'name': 'c1'}, container(Binds=['a1:/a', 'on-the-fly:/b:ro'])),
    ('POST', '/containers/create', {'name': 'c2'}, container(Binds=['bd:/a'])),
    ('POST', '/containers/c2/start', {}, None), ('DELETE', '/containers/c2', {}, None),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'volume', 'Source': 'x y', 'Target': '/v'}])),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'volume', 'Source': 'v1', 'Target': 'relative'}])),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'volume', 'Source': 'v1', 'Target': '/v', 'BindOptions': {}}])),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'bind', 'Source': '/tmp', 'Target': '/v', 'VolumeOptions': {}}])),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'bind', 'Source': 'rel', 'Target': '/v'}])),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'bind', 'Source': '', 'Target': '/v'}])),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'tmpfs', 'Source': 'x', 'Target': '/v'}])),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'tmpfs', 'Target': ''}])),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'odd', 'Target': '/v'}])),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'bind', 'Source': '/tmp', 'Target': '/v', 'BindOptions': {'Propagation': 'odd'}}])),
    ('POST', '/containers/create', {}, container(Binds=['a1:/a', 'b1:/a'])),
    ('POST', '/containers/create', {}, container(Binds=['a1:/a'], Tmpfs={'/a': ''})),
    ('POST', '/containers/create', {}, container(VolumesFrom=['nobody'])),
    ('POST', '/containers/create', {}, container(VolumesFrom=['c1:odd'])),
    ('DELETE', '/volumes/a1', {}, None), ('POST', '/containers/create', {'name': 'c3'}, container(VolumesFrom=['c1:ro'])),
    ('DELETE', '/volumes/none', {}, None), ('DELETE', '/volumes/none', {'force': '1'}, None),
    ('GET', '/volumes', {'filters': {'odd': ['x']}}, None), ('GET', '/volumes', {'filters': {'dangling': ['maybe']}}, None),
    ('GET', '/volumes', {'filters': {'name': ['a1']}}, None), ('GET', '/volumes', {'filters': {'driver': ['local'], 'name': ['t1']}}, None),
    ('GET', '/volumes', {'filters': {'dangling': ['true'], 'name': ['a1', 't1']}}, None),
    ('POST', '/volumes/prune', {'filters': {'odd': ['x']}}, None),
    # a third party's
    create('n1', 'nas', size='7'), create('n1', 'nas'), create('n1', 'local'), create('a1', 'nas'), create('n1'),
    create('n2', 'nas', refuse='today'), ('GET', '/volumes/n1', {}, None), ('GET', '/volumes/n2', {}, None),
    ('POST', '/containers/create', {'name': 'n'}, container(Binds=['n1:/v'])), ('POST', '/containers/n/start', {}, None),
    ('POST', '/containers/n/wait', {}, None), ('DELETE', '/volumes/n1', {}, None), ('DELETE', '/containers/n', {'v': 1}, None),
    ('POST', '/containers/create', {}, container(Mounts=[{'Type': 'volume', 'Source': 'a1', 'Target': '/v', 'VolumeOptions': {'DriverConfig': {'Name': 'nas'}}}])),
    ('POST', '/containers/create', {'name': 'made'}, container(VolumeDriver='nas', Binds=['n3:/v'])), ('GET', '/volumes/n3', {}, None),
    ('GET', '/volumes', {'filters': {'driver': ['nas']}}, None), ('DELETE', '/containers/made', {}, None),
    ('DELETE', '/volumes/n1', {}, None), ('DELETE', '/volumes/n1', {}, None),
    # the end
    ('DELETE', '/containers/c3', {'v': 1}, None), ('DELETE', '/containers/c1', {'v': 1}, None), ('DELETE', '/volumes/a1', {}, None),
    ('POST', '/volumes/prune', {}, None), ('GET', '/volumes', {}, None),
]

# Where gantryd answers otherwise, and why.
KNOWN = {
    'POST /volumes/create {"Name": "o6", "DriverOpts": {"size": "lots"}}': 'malformed input is 400',
    'GET /volumes {"filters": {"odd": ["x"]}}': 'words of version 28', 'GET /volumes {"filters": {"dangling": ["maybe"]}}': 'words of version 28',
    'POST /volumes/prune {"filters": {"odd": ["x"]}}': 'words of version 28',
    **{f'POST /containers/create {json.dumps(container(Mounts=[mount]))}': 'words of version 28' for mount in (
        {'Type': 'volume', 'Source': 'v1', 'Target': '/v', 'BindOptions': {}}, {'Type': 'bind', 'Source': '/tmp', 'Target': '/v', 'VolumeOptions': {}})},
}


def key(method, path, query, body) -> str:
    return f'{method} {path} {json.dumps(body or query)}'


def answer(api: Api, method, path, query, body):
    """Status, and the body with what only this engine's run decides taken out."""
    reply = api.call(method, path, query=query, body=body, timeout=90)
    try:
        shown = reply.json()
    except ValueError:
        shown = reply.body.decode()
    for volume in (shown.get('Volumes') or []) if isinstance(shown, dict) else []:
        volume.pop('CreatedAt', None)
    if isinstance(shown, dict):
        for name in ('CreatedAt', 'Id', 'SpaceReclaimed'):
            shown.pop(name, None)
        if isinstance(shown.get('VolumesDeleted'), list):
            shown['VolumesDeleted'].sort()
        if isinstance(shown.get('Volumes'), list):
            shown['Volumes'].sort(key=lambda v: v['Name'])
    return f'{reply.status} {normalise.text(json.dumps(shown, sort_keys=True))}'


def test_both_answer_the_same_to_the_same_calls(both):
    found = []
    apis = [Api(engine.socket, '1.41') for engine in both]
    for step in STEPS:
        theirs, ours = (answer(api, *step) for api in apis)
        if theirs != ours and key(*step) not in KNOWN:
            found.append(f'{key(*step)}\n  dockerd: {theirs}\n  gantryd: {ours}')
    assert not found, '\n'.join(found)
