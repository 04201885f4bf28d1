"""GET /distribution/…/json: what a registry has under a name."""
import base64
import json

import pytest
from harness import images
from harness.registry import Registry


@pytest.fixture
def registry(engine):
    with Registry(engine.ns) as made:
        yield made


def ask(engine, reference: str, **kw):
    return engine.api.get(f'/distribution/{reference}/json', **kw)


@pytest.mark.parametrize('kind', ['docker', 'oci'])
def test_a_manifest_tells_its_images_platform(engine, registry, kind):
    image = images.busybox_image(kind, architecture='arm64')
    reference = registry.put('seen/one', 'v1', image)
    answer = ask(engine, reference)
    assert answer.status == 200, answer.body
    shown = answer.json()
    assert shown['Descriptor'] == {'mediaType': image.media_type, 'digest': image.digest, 'size': len(image.manifest)}
    if kind == 'docker' or engine.name != 'dockerd':  # 20.10 looks into its own kind only
        assert shown['Platforms'] == [{'architecture': 'arm64', 'os': 'linux'}]
    assert ask(engine, f'{registry.host}/seen/one@{image.digest}').json() == shown
    assert engine.docker('images', '-q', '--filter', 'reference=*/seen/*').out == ''  # nothing was pulled


def test_an_index_tells_all_platforms(engine, registry):
    both = [images.busybox_image('oci', architecture=name, mark=name) for name in ('amd64', 'arm64')]
    reference = registry.put_index('seen/two', 'latest', both)
    shown = ask(engine, reference.removesuffix(':latest')).json()
    assert [platform['architecture'] for platform in shown['Platforms']] == ['amd64', 'arm64']
    assert shown['Descriptor']['digest'].startswith('sha256:') and 'index' in shown['Descriptor']['mediaType']


def test_what_is_not_there_is_said(engine, registry):
    answer = ask(engine, f'{registry.host}/seen/nothing:v1')
    assert answer.status in (401, 404) and 'manifest' in answer.message
    assert ask(engine, 'Bad/Name').status == 400


def test_credentials_are_passed_on(engine):
    with Registry(engine.ns, auth='basic') as registry:
        reference = registry.put('private', 'v1', images.busybox_image('oci'))
        assert ask(engine, reference).status in (401, 403, 500)
        login = base64.urlsafe_b64encode(json.dumps({'username': 'ann', 'password': 'secret', 'serveraddress': registry.host}).encode()).decode()
        assert ask(engine, reference, headers={'X-Registry-Auth': login}).status == 200
