"""Images that are broken or hostile, and registries that misbehave: one clear error, nothing left behind, the daemon up."""
import gzip
import os
import time

import pytest
from harness import images
from harness.engine import BOX
from harness.registry import Fault, Registry
from harness.wait import eventually


def disk_use(engine) -> int:
    """Bytes in the daemon's directory without journal, log, and what a broken-off pull keeps to be resumed."""
    total = 0
    for base, _, files in os.walk(engine.dir):
        if base == str(engine.dir) or base.endswith('/images/partial'):
            continue
        for name in files:
            try:
                if not any(word in name for word in ('.db', '-wal', '-shm', '.log')):
                    total += os.lstat(os.path.join(base, name)).st_size
            except OSError:
                pass
    return total


@pytest.fixture
def registry(engine):
    with Registry(engine.ns) as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_left(engine):
    """Around every test: same images, same containers, same disk use, a daemon that answers."""
    images_before = engine.docker('images', '-aq', '--no-trunc').out
    used_before = disk_use(engine)
    yield
    assert engine.alive() and engine.answers()
    engine.clear()
    assert engine.docker('images', '-aq', '--no-trunc').out == images_before
    if engine.name == 'gantryd':
        eventually(lambda: disk_use(engine) <= used_before + (256 << 10), 'no partial content is kept', 20)
    assert engine.docker('run', '--rm', BOX, 'echo', 'up').out == 'up\n'


def broken_pull(engine, reference: str, seconds: float = 60) -> str:
    done = engine.docker('pull', reference, check=False, seconds=seconds)
    assert done.code == 1, done.out
    assert engine.docker('image', 'inspect', reference, check=False).code == 1
    return done.err


def big(mark: str, size: int = 2 << 20) -> images.Image:
    image = images.busybox_image('docker', mark=mark)
    return image.add_layer(images.random_layer(size)).finish()


def test_layer_with_wrong_bytes_is_refused(engine, registry):
    image = big('corrupt')
    reference = registry.put('corrupt', 'v1', image)
    registry.spoil(image.layers[-1]['digest'], Fault('corrupt', times=-1))
    text = broken_pull(engine, reference)
    assert 'verification failed' in text or 'digest' in text, text
    registry.faults.clear()
    engine.docker('pull', reference)                  # the wrong bytes were not kept for a resumed try
    engine.docker('rmi', reference)


def test_manifest_with_wrong_bytes_is_refused(engine, registry):
    image = images.busybox_image('docker', mark='man')
    registry.put('badman', 'v1', image)
    registry.spoil('manifest', Fault('corrupt', times=-1))
    text = broken_pull(engine, f'{registry.host}/badman@{image.digest}')
    assert 'manifest verification failed for digest ' + image.digest in text or 'digest' in text, text


def test_layer_shorter_than_its_manifest_says_is_refused(engine, registry):
    image = big('short')
    reference = registry.put('short', 'v1', image)
    registry.spoil(image.layers[-1]['digest'], Fault('truncate', times=-1, after=1 << 20))
    text = broken_pull(engine, reference, seconds=100)
    assert any(word in text.lower() for word in ('verification failed', 'unexpected eof', 'size', 'short', 'truncated', 'digest', 'eof')), text


def test_archive_cut_in_the_middle_is_refused_even_if_its_digest_is_right(engine, registry):
    image = images.Image('docker').add_layer(images.busybox_rootfs())
    whole = gzip.compress(images.random_layer(1 << 20), 1)
    blob = whole[:len(whole) // 2]
    image.blobs[images.digest(blob)] = blob
    image.layers.append({'mediaType': images.LAYER_TYPES['docker', 'gzip'], 'digest': images.digest(blob), 'size': len(blob)})
    image.diff_ids.append(images.digest(images.random_layer(10)))
    text = broken_pull(engine, registry.put('half', 'v1', image.finish()))
    assert 'EOF' in text or 'truncated' in text.lower() or 'failed to register layer' in text, text


def test_config_whose_layers_do_not_match_is_refused(engine, registry):
    image = images.busybox_image('docker', mark='liar')
    image.diff_ids[1] = images.digest(b'something else')
    text = broken_pull(engine, registry.put('liar', 'v1', image.finish()))
    assert 'layer' in text.lower() or 'diff' in text.lower(), text


def test_blob_that_answers_500_once_is_tried_again(engine, registry):
    image = images.busybox_image('docker', mark='retry')
    reference = registry.put('retry', 'v1', image)
    registry.spoil(image.layers[-1]['digest'], Fault('status', times=1, status=500))
    out = engine.docker('pull', reference, seconds=60)
    assert 'Downloaded newer image' in out.out
    engine.docker('rmi', reference)


def test_registry_out_of_order_is_named(engine, registry):
    reference = registry.put('down', 'v1', images.busybox_image('docker', mark='down'))
    registry.spoil('manifest', Fault('status', times=-1, status=500))
    text = broken_pull(engine, reference)
    assert 'out of order' in text or '500' in text, text


@pytest.mark.parametrize('where', ['manifest', 'blob'])
def test_stalling_registry_holds_up_nobody_and_ends_with_its_client(engine, registry, where):
    image = big('stall' + where)
    reference = registry.put('stall', where, image)
    spot = 'manifest' if where == 'manifest' else image.layers[-1]['digest']
    registry.spoil(spot, Fault('stall', times=-1, after=1 << 20))
    client = engine.spawn('pull', reference)
    eventually(lambda: registry.asked('manifests' if where == 'manifest' else spot), 'the pull hangs')
    begun = time.monotonic()
    assert engine.docker('run', '--rm', BOX, 'echo', 'meanwhile').out == 'meanwhile\n'
    assert time.monotonic() - begun < 10
    client.terminate()
    client.wait(10)
    registry.stalled.set()


def hostile(entries) -> images.Image:
    image = images.Image('docker').add_layer(images.busybox_rootfs())
    return image.add_layer(images.tar(entries)).finish()


HOSTILE = {
    'dotdot': [('../../../../../../../../..{out}/pwned', b'x')],
    'inner dotdot': [('a', None), ('a/../../../../../../../../../..{out}/pwned', b'x')],
    'absolute': [('{out}/pwned', b'x')],
    'through an absolute symlink': [('link', ('link', '{out}')), ('link/pwned', b'x')],
    'through a relative symlink': [('link', ('link', '../../../../../../../../../..{out}')), ('link/pwned', b'x')],
    'hard link to outside': [('etc/mine', ('hard', '../../../../../../../../../..{out}/secret'))],
    'hard link to an absolute path': [('etc/mine', ('hard', '{out}/secret'))],
    'hard link through a symlink': [('link', ('link', '{out}')), ('etc/mine', ('hard', 'link/secret'))],
    'whiteout outside': [('../../../../../../../../..{out}/.wh.secret', b'')],
    'whiteout through a symlink': [('link', ('link', '{out}')), ('link/.wh.secret', b'')],
}


@pytest.mark.parametrize('trick', HOSTILE)
@pytest.mark.parametrize('way', ['pull', 'import'])
def test_no_layer_reaches_out_of_its_tree(engine, registry, trick, way):
    outside = engine.dir / 'outside'
    outside.mkdir(exist_ok=True)
    (outside / 'secret').write_text('keep me')
    entries = [(name.format(out=outside), (c[0], c[1].format(out=outside)) if isinstance(c, tuple) else c) for name, c in HOSTILE[trick]]
    if way == 'pull':
        done = engine.docker('pull', registry.put('hostile', 'v1', hostile(entries)), check=False)
        name = f'{registry.host}/hostile:v1'
    else:
        done = engine.docker('import', '-', 'hostile:v1', input=images.tar(entries), check=False)
        name = 'hostile:v1'
    assert os.listdir(outside) == ['secret'] and (outside / 'secret').read_text() == 'keep me', 'a layer wrote outside'
    if done.code == 0:                                # taken with the path kept inside the tree: then it must be harmless
        shown = engine.docker('run', '--rm', name, '/bin/cat', '/etc/mine', check=False)
        assert 'keep me' not in shown.out
        assert os.listdir(outside) == ['secret']
        engine.clear()
        engine.docker('rmi', '-f', name)
    else:
        assert done.err.strip(), 'an error says what is wrong'
    assert engine.alive()


def test_device_nodes_in_a_layer_open_no_device(engine, registry):
    reference = registry.put('nodes', 'v1', hostile([('disk', ('node', 8, 0)), ('mem', ('node', 1, 1))]))
    done = engine.docker('pull', reference, check=False)
    if done.code == 0:
        tried = engine.docker('run', '--rm', reference, 'sh', '-c', 'head -c1 /disk; head -c1 /mem; true')
        assert tried.out == ''
        engine.docker('rmi', '-f', reference)
    else:
        assert done.err.strip()


@pytest.mark.parametrize('garbage', [b'', b'not a tar at all' * 1000, b'\x1f\x8b\x08garbage'], ids=['empty', 'text', 'bad gzip'])
def test_garbage_is_no_archive(engine, garbage):
    answer = engine.api.post('/images/load', garbage, headers={'Content-Type': 'application/x-tar'})
    assert answer.status >= 400 or b'error' in answer.body or answer.body == b''
    answer = engine.api.post('/images/create', garbage, query={'fromSrc': '-', 'repo': 'garbage'}, headers={'Content-Type': 'application/x-tar'})
    if garbage:
        assert answer.status >= 400 or b'error' in answer.body, answer.body
    engine.docker('rmi', '-f', 'garbage', check=False)


@pytest.mark.parametrize('broken', ['no config', 'no layer', 'bad json'])
def test_incomplete_archives_are_refused(engine, broken):
    image = images.busybox_image('docker', mark='inc')
    name = image.id.split(':')[1] + '.json'
    manifest = b'[{"Config":"%s","RepoTags":["inc:1"],"Layers":["l/layer.tar"]}]' % name.encode()
    entries = {'no config': [('manifest.json', manifest)],
               'no layer': [(name, image.blobs[image.id]), ('manifest.json', manifest)],
               'bad json': [('manifest.json', b'[{"Config"')]}[broken]
    done = engine.docker('load', input=images.tar(entries), check=False)
    assert done.code == 1 or 'rror' in done.out + done.err


def test_pull_broken_off_again_and_again_leaves_nothing(engine, registry):
    image = big('again', 4 << 20)
    reference = registry.put('again', 'v1', image)
    blob = image.layers[-1]['digest']
    registry.spoil(blob, Fault('stall', times=-1))
    for _ in range(5):
        count = len(registry.asked(blob))
        stream = engine.api.stream('POST', '/images/create', query={'fromImage': reference.rsplit(':', 1)[0], 'tag': 'v1'})
        eventually(lambda n=count: len(registry.asked(blob)) > n, 'a download has begun')
        stream.close()
    registry.faults.clear()
    assert 'Downloaded newer image' in engine.docker('pull', reference).out
    engine.docker('rmi', reference)
