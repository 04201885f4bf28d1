"""docker push to registries that want credentials, break off and refuse."""
import base64
import json

import pytest
from cli_push_test import lines, loaded
from harness import images
from harness.registry import Fault, Registry

ENGINES = ('gantryd',)


def test_credentials_of_the_client_are_used(engine):
    with Registry(engine.ns, auth='bearer', token_needs_password=True) as registry:
        name = loaded(engine, f'{registry.host}/private:v1', 'private')
        repository = name.rsplit(':', 1)[0]
        assert 'unauthorized' in lines(engine, repository, 'v1')[-1]['error']
        login = {'username': 'ann', 'password': 'secret', 'serveraddress': registry.host}
        header = {'X-Registry-Auth': base64.urlsafe_b64encode(json.dumps(login).encode()).decode()}
        assert 'aux' in lines(engine, repository, 'v1', **header)[-1]
        scopes = [path for _, path, _ in registry.asked('/token?')]
        assert any('pull%2Cpush' in path or 'push%2Cpull' in path or 'pull,push' in path or 'push,pull' in path for path in scopes), scopes
        assert ('private', 'v1') in registry.manifests


@pytest.mark.parametrize('fault', [Fault('status', status=503), Fault('cut', after=50_000)])
def test_an_upload_that_breaks_is_tried_again(engine, fault):
    with Registry(engine.ns) as registry:
        name = loaded(engine, f'{registry.host}/broken:v1', 'broken-' + fault.kind, 2)
        registry.spoil('upload', fault)
        out = engine.docker('push', name).out
        assert 'v1: digest: sha256:' in out and fault.times == 0
        layers = len(engine.api.get(f'/images/{name}/json').json()['RootFS']['Layers'])
        assert len([r for r in registry.asked('/blobs/uploads/') if r[0] == 'POST']) == layers + 2, 'config, layers, and one once more'


def test_a_registry_that_refuses_is_quoted(engine):
    with Registry(engine.ns) as registry:
        name = loaded(engine, f'{registry.host}/refused:v1', 'refused')
        registry.spoil('upload', Fault('status', times=99, status=403))
        assert 'denied' in lines(engine, name.rsplit(':', 1)[0], 'v1')[-1]['error']
        assert registry.manifests == {}


@pytest.mark.parametrize('status', [201, 204])
def test_registries_may_say_success_as_they_like(engine, status):
    with Registry(engine.ns) as registry:
        registry.taken_status = status
        name = loaded(engine, f'{registry.host}/free:v1', f'free-{status}')
        assert 'v1: digest: sha256:' in engine.docker('push', name).out


def test_a_registry_that_stops_listening_is_heard(engine):
    with Registry(engine.ns) as registry:
        image = images.busybox_image(mark='early')
        image.add_layer(images.random_layer(8 << 20))
        name = f'{registry.host}/early:v1'
        engine.docker('load', input=images.docker_archive(image.finish(), name))
        registry.spoil('upload', Fault('early', times=99, status=413))
        error = lines(engine, name.rsplit(':', 1)[0], 'v1')[-1]['error']
        assert 'denied' in error or '413' in error, error          # its words may be lost with the connection


def test_a_bad_request_is_no_reason_for_tls(engine):
    with Registry(engine.ns) as registry:
        name = loaded(engine, f'{registry.host}/bad:v1', 'bad')
        registry.spoil('upload', Fault('status', times=99, status=400))
        assert 'denied: requested access' in lines(engine, name.rsplit(':', 1)[0], 'v1')[-1]['error']
