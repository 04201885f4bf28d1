"""Builds with registries: bases that are pulled, logins that only the client knows, --push, other platforms."""
import re

import pytest
from harness import images
from harness.buildx import FROM, cached
from harness.debian_registry import DebianRegistry
from harness.registry import Registry


@pytest.fixture
def registry(engine):
    with Registry(engine.ns) as running:
        yield running


def image(mark: str, **kw) -> images.Image:
    return images.busybox_image('docker', ('gzip', 'gzip'), mark=mark, **kw)


def test_a_base_is_pulled(buildx, registry):
    name = registry.put('team/base', 'v1', image('p'))
    done = buildx.build(f'FROM {name}\nRUN cat /layer0 > /x')
    assert buildx.shell('cat /x') == 'p0\n' and f'] FROM {name}' in done.err


def test_a_base_by_digest(buildx, registry):
    made = image('d')
    registry.put('base', 'v1', made)
    buildx.build(f'FROM {registry.host}/base@{made.digest}\nRUN cat /layer0 > /x')
    assert buildx.shell('cat /x') == 'd0\n'
    buildx.build(f'FROM {registry.host}/base:v1@{made.digest}\nRUN cat /layer0 > /x')


def test_copies_from_an_image_that_is_pulled(buildx, registry):
    name = registry.put('tools', 'v1', image('c'))
    buildx.build(FROM + f'COPY --from={name} /layer0 /a\nRUN --mount=from={name},target=/m cp /m/layer0 /b')
    assert buildx.shell('cat /a /b') == 'c0\nc0\n'


def test_what_is_pulled_for_a_build_is_pulled_once(buildx, registry):
    name = registry.put('once', 'v1', image('o'))
    buildx.build(f'FROM {name}\nRUN true')
    blobs = len(registry.asked('/blobs/'))
    buildx.build(f'FROM {name}\nRUN echo other')
    assert len(registry.asked('/blobs/')) == blobs


def test_pull_asks_for_a_newer_base(buildx, registry):
    name = registry.put('moving', 'v1', image('old'))
    buildx.engine.docker('pull', name)
    registry.put('moving', 'v1', image('new'))
    buildx.build(f'FROM {name}\nRUN cat /layer0 > /x')
    assert buildx.shell('cat /x') == 'old0\n'
    buildx.build(f'FROM {name}\nRUN cat /layer0 > /x', '--pull')
    assert buildx.shell('cat /x') == 'new0\n'


@pytest.mark.parametrize('auth, needs_password', [('basic', False), ('bearer', False), ('bearer', True)])
def test_a_base_behind_a_login(buildx, auth, needs_password):
    with Registry(buildx.engine.ns, auth=auth, token_needs_password=needs_password) as registry:
        file = f'FROM {registry.put("private", "v1", image(auth))}\nRUN cat /layer0 > /x'
        if auth == 'basic' or needs_password:
            assert registry.host in buildx.refused(file, inside=True) and not buildx.exists()
        buildx.login(registry.host)
        buildx.build(file, inside=True)
        assert buildx.shell('cat /x') == auth + '0\n'
        assert 'secret' not in buildx.engine.log.read_text(errors='replace')


def test_a_wrong_password(buildx):
    with Registry(buildx.engine.ns, auth='basic') as registry:
        buildx.login(registry.host, password='wrong')
        said = buildx.refused(f'FROM {registry.put("private", "v1", image("w"))}\n', inside=True)
        assert '401 Unauthorized' in said or 'authorization failed' in said or 'pull access denied' in said or 'unauthorized' in said


def test_a_base_that_the_registry_has_not(buildx, registry):
    said = buildx.refused(f'FROM {registry.host}/none:v1\n')
    assert re.search(rf'{registry.host}/none:v1:? not found', said)


def test_what_is_built_is_pushed(buildx, engine):
    with DebianRegistry(engine.ns, engine.dir / 'registry') as registry:
        name = f'{registry.host}/team/app:v1'
        buildx.build(FROM + 'RUN echo pushed > /x', '--push', tag=name)
        engine.docker('rmi', '-f', name)
        assert engine.docker('run', '--rm', name, 'cat', '/x').out == 'pushed\n'


def test_a_push_with_two_names_and_a_login(buildx, engine):
    with DebianRegistry(engine.ns, engine.dir / 'closed', login=True) as registry:
        names = [f'{registry.host}/a:1', f'{registry.host}/b:2']
        refused = buildx.build(FROM + 'RUN echo pushed > /x', '--push', tag=names[0], check=False)
        assert refused.code == 1 and ('no basic auth credentials' in refused.err or 'unauthorized' in refused.err)
        buildx.login(registry.host)
        buildx.build(FROM + 'RUN echo pushed > /x', '--push', '-t', names[1], tag=names[0])
        engine.docker('rmi', '-f', *names)
        for name in names:
            buildx('pull', name)
            assert buildx.shell('cat /x', name) == 'pushed\n'


def test_a_platform_is_chosen_from_an_index(buildx, registry):
    name = registry.put_index('multi', 'v1', [image('arm', architecture='arm64'), image('amd')])
    buildx.build(f'FROM {name}\nRUN cat /layer0 > /x')
    assert buildx.shell('cat /x') == 'amd0\n' and buildx.image()['Architecture'] == 'amd64'


def test_an_image_for_another_platform(buildx, registry):
    """Nothing of it is run."""
    name = registry.put_index('multi', 'v1', [image('arm', architecture='arm64'), image('amd')])
    buildx.build(f'FROM --platform=$BUILDPLATFORM {name} AS tools\nARG TARGETARCH\nRUN cat /layer0 > /x; echo $TARGETARCH >> /x\nFROM {name}\nCOPY --from=tools /x /\n',
                 '--platform', 'linux/arm64')
    assert buildx.image()['Architecture'] == 'arm64' and buildx.shell('cat /x /layer0').split() == ['amd0', 'arm64', 'arm0']


def test_a_cache_in_a_registry_is_read(buildx, engine):
    """The image carries what is needed to find its steps again."""
    file = FROM + 'RUN cat /proc/sys/kernel/random/uuid > /x\n'
    with DebianRegistry(engine.ns, engine.dir / 'registry') as registry:
        name = f'{registry.host}/cached:v1'
        buildx.build(file, '--push', '--cache-to', 'type=inline', tag=name)
        first = buildx.shell('cat /x', name)
        engine.docker('rmi', '-f', name)
        buildx('buildx', 'prune', '-af')
        done = buildx.build(file, '--cache-from', f'type=registry,ref={name}')
        assert cached(done) == [True] and buildx.shell('cat /x') == first
