"""Registries with authorities of their own, and those that want to see a certificate: /etc/docker/certs.d, or where the configuration says."""
import re
import shutil
import ssl

import pytest
from harness import certificates, images
from harness.gantryd import Gantryd
from harness.registry import Registry
from harness.running import ended, started


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    return tmp_path_factory.mktemp('certs')


@pytest.fixture(scope='module')
def engine(place):
    running = started(Gantryd, config=f'[daemon]\nregistry_certs = "{place}"\n')
    certificates.make(place, running.ns.address)
    yield running
    ended(running)


@pytest.fixture(params=['open', 'mutual'])
def registry(engine, place, request):
    """On an address of which the engine would not believe anything unseen."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(place / 'server.pem', place / 'server.key')
    if request.param == 'mutual':
        tls.load_verify_locations(place / 'ca.pem')
        tls.verify_mode = ssl.CERT_REQUIRED
    with Registry(engine.ns, address=engine.ns.address, tls=tls) as made:
        made.mutual = request.param == 'mutual'
        made.directory = place / made.host
        made.directory.mkdir()
        yield made
        shutil.rmtree(made.directory)


def test_its_directory_says_whom_to_believe_and_what_to_show(engine, place, registry):
    reference = registry.put('safe', 'v1', images.busybox_image('docker', mark='safe'))
    assert 'certificate' in engine.docker('pull', reference, check=False).err
    shutil.copy(place / 'ca.pem', registry.directory / 'any.crt')
    if registry.mutual:
        refused = engine.docker('pull', reference, check=False)
        # It hangs up after the handshake: its word arrives, or a broken connection is all that is seen.
        assert refused.code != 0 and re.search(r'tls: .*certificate|broken pipe|connection reset|EOF', refused.err, re.I), refused.err
        shutil.copy(place / 'client.pem', registry.directory / 'client.cert')
        assert 'missing key client.key for client certificate client.cert' in engine.docker('pull', reference, check=False).err
        shutil.copy(place / 'client.key', registry.directory / 'client.key')
    assert 'Downloaded newer image' in engine.docker('pull', reference).out
    assert engine.docker('push', reference).out.count('digest: sha256:') == 1
    assert engine.docker('login', '-u', 'ann', '-p', 'secret', registry.host).out.startswith('Login Succeeded')
    engine.docker('logout', registry.host)
    engine.docker('rmi', reference)


def test_a_file_that_is_none_is_told_by_its_name(engine, place, registry):
    (registry.directory / 'broken.crt').write_text('no certificate\n')
    said = engine.docker('pull', f'{registry.host}/safe:v1', check=False).err
    assert 'broken.crt' in said, said
    (registry.directory / 'broken.crt').rename(registry.directory / 'alone.key')
    said = engine.docker('pull', f'{registry.host}/safe:v1', check=False).err
    assert 'missing client certificate alone.cert for key alone.key' in said, said
