"""docker push to registries that want credentials, break off and refuse."""
import base64
import json

import pytest
from cli_push_test import lines, loaded
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


def test_a_registry_that_refuses_is_quoted(engine):
    with Registry(engine.ns) as registry:
        name = loaded(engine, f'{registry.host}/refused:v1', 'refused')
        registry.spoil('upload', Fault('status', times=99, status=403))
        assert 'denied' in lines(engine, name.rsplit(':', 1)[0], 'v1')[-1]['error']
        assert registry.manifests == {}
