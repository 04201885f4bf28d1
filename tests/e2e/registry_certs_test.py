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
        made.mutual, made.tls = request.param == 'mutual', tls
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


def test_what_is_no_certificate_is_passed_over_and_a_key_alone_told(engine, place, registry):
    reference = registry.put('safe', 'v2', images.busybox_image('docker', mark='passed over'))
    (registry.directory / 'broken.crt').write_text('no certificate\n')
    assert 'certificate verify failed' in engine.docker('pull', reference, check=False).err
    assert 'broken.crt' in engine.log.read_text()
    (registry.directory / 'broken.crt').rename(registry.directory / 'alone.key')
    said = engine.docker('pull', reference, check=False).err
    assert 'missing client certificate alone.cert for key alone.key' in said, said


def test_the_server_of_its_tokens_is_held_to_the_same_authorities(engine, place, registry):
    with Registry(engine.ns, auth='bearer', address=engine.ns.address, tls=registry.tls) as guarded:
        guarded.realm = f'https://{registry.host}/token'
        (place / guarded.host).mkdir()
        shutil.copy(place / 'ca.pem', place / guarded.host / 'ca.crt')
        for kind, name in (('pem', 'cert'), ('key', 'key')):
            shutil.copy(place / f'client.{kind}', place / guarded.host / f'client.{name}')
        registry.directory.rmdir()                        # only the registry has one
        reference = guarded.put('guarded', 'v1', images.busybox_image('docker', mark='guarded'))
        assert 'Downloaded newer image' in engine.docker('pull', reference).out
        assert registry.asked('/token')
        engine.docker('rmi', reference)
        registry.directory.mkdir()
