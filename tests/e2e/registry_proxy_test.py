"""The way to registries through an HTTP proxy, as the configuration or the environment says."""
import json
import ssl

import pytest
from harness import certificates, images
from harness.gantryd import Gantryd
from harness.proxy import Proxy
from harness.registry import Registry
from harness.running import ended, started


class Proxied(Gantryd):
    """One whose proxy is there before it starts."""
    variables: dict = {}

    def __init__(self, way: str, login: str | None):
        super().__init__()
        self.proxy = Proxy(self.ns, login)
        url = f'http://{login + "@" if login else ""}{self.proxy.host}'
        keys = f'insecure_registries = ["{self.ns.address}"]\n'
        if way == 'file':
            keys += f'http_proxy = "{url}"\nhttps_proxy = "{url}"\nno_proxy = "registry.lan,10.0.0.0/8"\n'
            self.variables = {'HTTP_PROXY': 'http://127.0.0.1:9'}       # the file's is taken
        else:
            self.variables = {'http_proxy': url, 'HTTPS_PROXY': url, 'NO_PROXY': 'registry.lan,10.0.0.0/8'}
        self.config = '[daemon]\n' + keys

    def environment(self) -> dict:
        return {**super().environment(), **self.variables}

    def close(self):
        self.proxy.close()
        return super().close()


@pytest.fixture(scope='module', params=[('file', 'ann:secret'), ('environment', None)], ids=['file', 'environment'])
def proxied(request, tmp_path_factory):
    place = tmp_path_factory.mktemp('certs')
    running = started(Proxied, way=request.param[0], login=request.param[1])
    running.place = place
    certificates.make(place, running.ns.address)
    yield running
    ended(running)


@pytest.fixture(params=['http', 'https'])
def registry(proxied, request):
    tls = None
    if request.param == 'https':
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(proxied.place / 'server.pem', proxied.place / 'server.key')
    with Registry(proxied.ns, address=proxied.ns.address, tls=tls) as made:
        made.secure = tls is not None
        yield made


def test_pulls_and_pushes_take_it(proxied, registry):
    reference = registry.put('far', 'v1', images.busybox_image('docker', mark=registry.host))
    before = len(proxied.proxy.asked)
    assert 'Downloaded newer image' in proxied.docker('pull', reference).out
    proxied.docker('tag', reference, f'{registry.host}/other:v1')
    assert 'digest: sha256:' in proxied.docker('push', f'{registry.host}/other:v1').out
    asked = proxied.proxy.asked[before:]
    assert registry.asked('/v2/far/manifests/v1') and registry.asked('/v2/other/manifests/v1')
    if registry.secure:
        assert f'CONNECT {registry.host} HTTP/1.1' in asked
    else:
        assert any(f' http://{registry.host}/v2/far/manifests/v1 ' in line for line in asked), asked
    proxied.docker('rmi', reference, f'{registry.host}/other:v1')


def test_what_is_near_goes_without(proxied):
    with Registry(proxied.ns) as near:
        before = len(proxied.proxy.asked)
        proxied.docker('pull', near.put('near', 'v1', images.busybox_image('docker', mark='near')))
        assert proxied.proxy.asked[before:] == []


def test_info_shows_it_without_its_login(proxied):
    info = json.loads(proxied.docker('info', '--format', '{{json .}}').out)
    login = 'xxxxx:xxxxx@' if proxied.proxy.login else ''
    assert info['HttpProxy'] == info['HttpsProxy'] == f'http://{login}{proxied.proxy.host}'
    assert info['NoProxy'] == 'registry.lan,10.0.0.0/8'


def test_a_proxy_that_refuses_is_named(proxied, registry):
    proxied.proxy.login, before = 'somebody:else', proxied.proxy.login
    try:
        said = proxied.docker('pull', f'{registry.host}/far:v9', check=False)
        assert said.code == 1 and 'Proxy Authentication Required' in said.err, said.err
    finally:
        proxied.proxy.login = before
