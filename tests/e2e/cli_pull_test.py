"""docker pull from registries: tags, digests, media types, platforms, progress, credentials, resumed downloads."""
import json
import re

import pytest
from harness import images
from harness.debian_registry import DebianRegistry
from harness.registry import Fault, Registry


@pytest.fixture
def registry(engine):
    with Registry(engine.ns) as made:
        yield made
    forget(engine, made.host)


def forget(engine, host):
    engine.clear()
    names = engine.docker('images', '--format', '{{.Repository}}:{{.Tag}}|{{.Digest}}|{{.ID}}', '--digests').out.split()
    for row in names:
        if host in row:
            engine.docker('rmi', '-f', row.split('|')[2], check=False)


def test_pull_and_run_by_tag_from_debians_registry(engine):
    with DebianRegistry(engine.ns, engine.dir / 'registry') as registry:
        reference = registry.push('team/app', 'v1', images.busybox_image('docker', ('gzip',) * 3, mark='t'))
        out = engine.docker('pull', reference).out
        assert 'Pulling from team/app' in out and out.count('Pull complete') == 3
        assert re.search(r'Digest: sha256:[0-9a-f]{64}', out) and f'Status: Downloaded newer image for {reference}' in out
        assert out.splitlines()[-1] == reference
        assert f'Image is up to date for {reference}' in engine.docker('pull', reference).out
        assert engine.docker('run', '--rm', reference, 'cat', '/layer1').out == 't1\n'
    forget(engine, registry.host)


def test_run_pulls_a_missing_image(engine, registry):
    reference = registry.put('auto', 'latest', images.busybox_image('docker', mark='auto'))
    done = engine.docker('run', '--rm', reference.removesuffix(':latest'), 'cat', '/layer0')
    assert done.out == 'auto0\n' and 'Unable to find image' in done.err and 'Downloaded newer image' in done.err


def test_pull_by_digest_and_repo_digests(engine, registry):
    image = images.busybox_image('oci', mark='dig')
    registry.put('by/digest', 'v1', image)
    reference = f'{registry.host}/by/digest@{image.digest}'
    assert engine.docker('pull', reference).out.startswith(f'{reference}: Pulling from by/digest\n')
    shown = json.loads(engine.docker('image', 'inspect', reference).out)[0]
    assert shown['RepoDigests'] == [reference] and shown['RepoTags'] == []
    assert engine.docker('run', '--rm', reference, 'cat', '/layer0').out == 'dig0\n'


@pytest.mark.parametrize('kind, compressions', [('docker', ('gzip', 'gzip')), ('oci', ('gzip', 'none', 'gzip')), ('oci', ('zstd', 'zstd', 'none'))])
def test_media_types_and_compressions(engine, registry, kind, compressions):
    if 'zstd' in compressions and engine.name == 'dockerd':
        pytest.skip('20.10 knows no zstd layers')
    reference = registry.put('forms', '-'.join(compressions), images.busybox_image(kind, compressions, mark=kind))
    engine.docker('pull', reference)
    assert engine.docker('run', '--rm', reference, 'cat', '/layer0').out == f'{kind}0\n'


@pytest.mark.parametrize('kind', ['oci', 'docker'])
def test_index_chooses_the_platform(engine, registry, kind):
    ours = images.busybox_image(kind, mark='amd', architecture='amd64')
    theirs = images.busybox_image(kind, mark='arm', architecture='arm64')
    reference = registry.put_index('multi', 'v1', [theirs, ours])
    engine.docker('pull', reference)
    assert engine.docker('run', '--rm', reference, 'cat', '/layer0').out == 'amd0\n'
    assert engine.docker('image', 'inspect', '-f', '{{.Architecture}}', reference).out == 'amd64\n'
    other = registry.put_index('foreign', 'v1', [theirs])
    refused = engine.docker('pull', other, check=False)
    assert refused.code == 1 and 'no matching manifest for linux/amd64 in the manifest list entries' in refused.err
    engine.docker('pull', '--platform', 'linux/arm64', other)
    assert engine.docker('image', 'inspect', '-f', '{{.Architecture}}', other).out == 'arm64\n'
    created = engine.docker('create', '--name', f'foreign-{kind}', other, 'true')
    assert "The requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64" in created.err
    asked = engine.docker('create', '--name', f'asked-{kind}', '--platform', 'linux/arm64', other, 'true')
    assert 'host platform' not in asked.err
    engine.docker('rm', f'foreign-{kind}', f'asked-{kind}')


def test_shared_layers_are_downloaded_once(engine, registry):
    engine.docker('pull', registry.put('share', 'a', images.busybox_image('docker', mark='one')))
    second = engine.docker('pull', registry.put('share', 'b', images.busybox_image('docker', mark='two'))).out
    assert second.count('Already exists') == 1 and second.count('Pull complete') == 1
    base = images.busybox_image('docker').layers[0]['digest']
    assert len([r for r in registry.asked(base) if r[0] == 'GET']) <= 1   # an earlier test may have brought it


def test_progress_bars_show_in_a_terminal(engine, registry):
    image = images.busybox_image('docker', mark='prog')
    image.add_layer(images.random_layer(20 << 20)).finish()
    reference = registry.put('progress', 'v1', image)
    registry.spoil(image.layers[-1]['digest'], Fault('slow', after=1 << 20))
    with engine.terminal('pull', reference, cols=120) as terminal:
        terminal.expect(r'v1: Pulling from progress')
        terminal.expect(r'[0-9a-f]{12}: Downloading \[=*>? *\]\s+[\d.]+[kM]?B/\s*[\d.]+MB')
        terminal.expect(r'Extracting|Pull complete|Download complete')
        terminal.expect(r'Status: Downloaded newer image')
        assert terminal.wait() == 0


def test_broken_download_is_resumed_where_it_broke(engine, registry):
    image = images.busybox_image('docker', mark='cut')
    image.add_layer(images.random_layer(6 << 20)).finish()
    reference = registry.put('resume', 'v1', image)
    big = image.layers[-1]['digest']
    registry.spoil(big, Fault('cut', after=2 << 20))
    out = engine.docker('pull', reference, seconds=60).out
    assert 'Downloaded newer image' in out
    ranges = [headers.get('Range') for method, _, headers in registry.asked(big) if method == 'GET']
    assert ranges[0] is None and re.fullmatch(r'bytes=\d+-', ranges[1]) and int(ranges[1][6:-1]) > 0


def test_a_download_is_tried_as_often_as_the_configuration_says(daemon):
    engine = daemon(config='[daemon]\nmax_download_attempts = 2\nmax_concurrent_downloads = 1\n', prepare=False)
    with Registry(engine.ns) as registry:
        image = images.busybox_image('docker', mark='tries')
        reference, first = registry.put('tries', 'v1', image), image.layers[0]['digest']
        registry.spoil(first, Fault('status', times=9, status=503))
        assert engine.docker('pull', reference, check=False).code == 1
        assert [method for method, _, _ in registry.asked(first)] == ['GET', 'GET']
        assert not registry.asked(image.layers[-1]['digest'])       # nor was another one asked for meanwhile


def test_bearer_token_is_fetched_and_sent(engine):
    with Registry(engine.ns, auth='bearer') as registry:
        reference = registry.put('secured', 'v1', images.busybox_image('docker', mark='bearer'))
        engine.docker('pull', reference)
        token = registry.asked('/token?')[0]
        assert 'service=test' in token[1] and 'scope=repository%3Asecured%3Apull' in token[1].replace(':', '%3A')
    forget(engine, registry.host)


@pytest.mark.parametrize('auth, needs_password', [('basic', False), ('bearer', True)])
def test_credentials_of_the_client_are_used(engine, auth, needs_password):
    import base64
    with Registry(engine.ns, auth=auth, token_needs_password=needs_password) as registry:
        reference = registry.put('private', 'v1', images.busybox_image('docker', mark=auth))
        refused = engine.docker('pull', reference, check=False)
        assert refused.code == 1 and registry.host in refused.err
        header = base64.urlsafe_b64encode(json.dumps({'username': 'ann', 'password': 'secret', 'serveraddress': registry.host}).encode()).decode()
        answer = engine.api.post('/images/create', query={'fromImage': f'{registry.host}/private', 'tag': 'v1'}, headers={'X-Registry-Auth': header})
        assert answer.status == 200 and b'Downloaded newer image' in answer.body, answer.body
        assert 'secret' not in engine.log.read_text(errors='replace')
    forget(engine, registry.host)


def test_login_is_checked_against_the_registry(engine):
    with Registry(engine.ns, auth='basic') as registry:
        good = {'username': 'ann', 'password': 'secret', 'serveraddress': registry.host}
        answer = engine.api.post('/auth', good)
        assert answer.status == 200 and answer.json()['Status'] == 'Login Succeeded', answer.body
        bad = engine.api.post('/auth', {**good, 'password': 'wrong'})
        assert bad.status in (401, 500) and 'unauthorized' in bad.message.lower() or bad.status == 401


def test_pull_of_what_does_not_exist_says_so(engine, registry):
    registry.put('exists', 'v1', images.busybox_image('docker'))
    missing_tag = engine.docker('pull', f'{registry.host}/exists:v9', check=False)
    assert missing_tag.code == 1 and f'manifest for {registry.host}/exists:v9 not found: manifest unknown: manifest unknown' in missing_tag.err
    nobody = engine.docker('pull', '127.0.0.1:1/nobody/home', check=False)
    assert nobody.code == 1 and 'connection refused' in nobody.err


def test_pull_ends_when_its_client_goes_away(engine, registry):
    from harness.wait import eventually
    image = images.busybox_image('docker', mark='gone')
    image.add_layer(images.random_layer(4 << 20)).finish()
    reference = registry.put('cancel', 'v1', image)
    big = image.layers[-1]['digest']
    registry.spoil(big, Fault('stall', after=1 << 20, times=-1))
    stream = engine.api.stream('POST', '/images/create', query={'fromImage': reference.rsplit(':', 1)[0], 'tag': 'v1'})
    eventually(lambda: registry.asked(big), 'the download has begun')
    stream.close()
    registry.spoil(big, Fault('status', times=0))
    assert 'Downloaded newer image' in engine.docker('pull', reference, seconds=40).out
