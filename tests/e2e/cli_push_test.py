"""docker push: what a registry gets, what is said about it, and what is not sent twice."""
import json

import pytest
from harness import images
from harness.debian_registry import DebianRegistry
from harness.engine import BOX


@pytest.fixture(scope='module')
def registry(engine):
    with DebianRegistry(engine.ns, engine.dir / 'registry') as running:
        yield running


def loaded(engine, name: str, mark: str, layers: int = 1) -> str:
    image = images.busybox_image(mark=mark)
    for _ in range(layers - 1):
        image.add_layer(images.random_layer(100_000))
    engine.docker('load', input=images.docker_archive(image.finish(), name))
    return name


def inspected(engine, name: str) -> dict:
    return engine.api.get(f'/images/{name}/json').json()


def lines(engine, name: str, tag: str = '', **headers) -> list[dict]:
    reply = engine.api.post(f'/images/{name}/push', query={'tag': tag} if tag else {}, headers={'X-Registry-Auth': 'e30=', **headers})
    assert reply.status == 200, reply.message
    return [json.loads(line) for line in reply.body.splitlines() if line.strip()]


def test_a_pushed_image_can_be_pulled_and_run(engine, registry):
    name = loaded(engine, f'{registry.host}/team/app:v1', 'pushed', 3)
    engine.docker('run', '--rm', name, 'true')
    out = engine.docker('push', name).out
    assert f'The push refers to repository [{registry.host}/team/app]' in out and 'v1: digest: sha256:' in out
    assert out.count('Pushed') == len(inspected(engine, name)['RootFS']['Layers'])
    digests = inspected(engine, name)['RepoDigests']
    assert [d.split('@')[0] for d in digests] == [f'{registry.host}/team/app'] and digests[0].split('@')[1] in out
    before = inspected(engine, name)['Id']
    engine.docker('rmi', '-f', before)
    engine.docker('pull', name)
    assert inspected(engine, name)['Id'] == before
    assert engine.docker('run', '--rm', name, 'echo', 'again').out == 'again\n'


def test_what_is_there_is_not_sent_again(engine, registry):
    name = loaded(engine, f'{registry.host}/once:v1', 'once')
    engine.docker('push', name)
    again = engine.docker('push', name).out
    assert 'Layer already exists' in again and 'Pushed' not in again
    other = f'{registry.host}/moved:v1'
    engine.docker('tag', name, other)
    assert 'Mounted from once' in engine.docker('push', other).out


def test_the_stream_ends_with_tag_digest_and_size(engine, registry):
    name = f'{registry.host}/aux'
    loaded(engine, name + ':v1', 'aux')
    seen = lines(engine, name, 'v1')
    assert seen[0] == {'status': f'The push refers to repository [{name}]'}
    assert {line.get('status') for line in seen} >= {'Preparing', 'Pushed'}
    aux = next(line['aux'] for line in seen if 'aux' in line)
    assert seen[-1] == {'progressDetail': {}, 'aux': aux} and aux['Tag'] == 'v1' and aux['Digest'].startswith('sha256:')
    assert f'v1: digest: {aux["Digest"]} size: {aux["Size"]}' in [line.get('status') for line in seen]


def test_a_registry_that_is_not_there_is_said_at_once(engine):
    name = loaded(engine, '127.0.0.1:5/app:v1', 'nowhere')
    said = lines(engine, '127.0.0.1:5/app', 'v1')
    assert [line['status'] for line in said if 'status' in line] == ['The push refers to repository [127.0.0.1:5/app]']
    assert said[-1]['error'] == 'Get "http://127.0.0.1:5/v2/": dial tcp 127.0.0.1:5: connect: connection refused'
    engine.docker('rmi', name)


def test_all_tags_of_a_repository(engine, registry):
    for tag in ('a', 'b'):
        loaded(engine, f'{registry.host}/many:{tag}', 'many-' + tag)
    out = engine.docker('push', '-a', f'{registry.host}/many').out
    assert 'a: digest: sha256:' in out and 'b: digest: sha256:' in out


def test_what_does_not_exist_cannot_be_pushed(engine, registry):
    name = f'{registry.host}/nothing'
    assert lines(engine, name, 'v1')[-1]['error'] == f'An image does not exist locally with the tag: {name}'
    loaded(engine, name + ':v1', 'nothing')
    assert lines(engine, name, 'v9')[-1]['error'] == f'tag does not exist: {name}:v9'
    assert engine.docker('push', name + ':v9', check=False).code == 1
    if engine.name == 'gantryd':
        assert engine.api.post('/images/NOT_A_NAME/push', headers={'X-Registry-Auth': 'e30='}).status == 400


def test_layers_made_here_are_compressed_once(engine, registry):
    name = f'{registry.host}/made:v1'
    engine.docker('run', '--name', 'work', BOX, 'sh', '-c', 'i=0; while [ $i -lt 20000 ]; do echo line; i=$((i+1)); done > /lines')
    engine.docker('commit', 'work', name)
    engine.docker('rm', 'work')
    before = inspected(engine, name)
    engine.docker('push', name)
    manifest = registry.manifest('made', 'v1')
    assert {layer['mediaType'] for layer in manifest['layers']} == {'application/vnd.oci.image.layer.v1.tar+gzip'}
    assert manifest['layers'][-1]['size'] < 10_000 and manifest['config']['digest'] == before['Id'] == inspected(engine, name)['Id']
    engine.docker('tag', name, f'{registry.host}/made:v2')
    assert 'Pushed' not in engine.docker('push', f'{registry.host}/made:v2').out
    assert engine.docker('run', '--rm', name, 'wc', '-l', '/lines').out.split()[0] == '20000'
    engine.docker('rmi', '-f', before['Id'])
    engine.docker('pull', name)
    assert inspected(engine, name)['Id'] == before['Id']
    assert engine.docker('run', '--rm', name, 'wc', '-l', '/lines').out.split()[0] == '20000'
