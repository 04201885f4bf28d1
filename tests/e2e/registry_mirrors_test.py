"""Mirrors of registries: asked before the registry itself, for pulls, builds and what a registry has."""
import json

import pytest
from harness import images
from harness.gantryd import Gantryd
from harness.registry import Fault, Registry
from harness.running import ended, started


class Mirrored(Gantryd):
    """One whose mirrors are there before it starts."""

    def __init__(self):
        super().__init__()
        self.mirror, self.second, self.home = (Registry(self.ns) for _ in range(3))
        urls = json.dumps([f'http://{self.mirror.host}', f'http://{self.second.host}/'])
        self.config = f'[daemon.registry_mirrors]\n"docker.io" = {urls}\n"{self.home.host}" = {urls}\n'

    def close(self):
        for registry in (self.mirror, self.second, self.home):
            registry.close()
        return super().close()


@pytest.fixture(scope='module')
def mirrored():
    running = started(Mirrored)
    yield running
    ended(running)


def box(mark: str) -> images.Image:
    return images.busybox_image('docker', mark=mark)


def test_images_of_docker_hub_come_from_a_mirror(mirrored):
    mirrored.second.put('library/busybox', 'near', box('hub'))
    assert 'Downloaded newer image for busybox:near' in mirrored.docker('pull', 'busybox:near').out
    assert mirrored.mirror.asked('/v2/library/busybox/manifests/near')          # has it not
    assert mirrored.docker('run', '--rm', 'busybox:near', 'echo', 'hello').out == 'hello\n'
    digests = mirrored.api.get('/images/busybox:near/json').json()['RepoDigests']
    assert [name.split('@')[0] for name in digests] == ['busybox']


def test_a_run_pulls_from_a_mirror(mirrored):
    mirrored.mirror.put('team/tool', 'v1', box('run'))
    said = mirrored.docker('run', '--rm', 'team/tool:v1', 'echo', 'hello')
    assert said.out == 'hello\n'


def test_what_no_mirror_has_the_registry_is_asked_for(mirrored):
    reference = mirrored.home.put('own', 'v1', box('home'))
    assert 'Downloaded newer image' in mirrored.docker('pull', reference).out
    for registry in (mirrored.mirror, mirrored.second, mirrored.home):
        assert registry.asked('/v2/own/manifests/v1')
    missing = mirrored.docker('pull', f'{mirrored.home.host}/own:v2', check=False)
    assert missing.code == 1 and 'manifest unknown' in missing.err, missing.err


@pytest.mark.parametrize('kind', ['corrupt', 'cut', 'status'])
def test_a_mirror_that_fails_on_the_way_is_left_for_the_next(mirrored, kind):
    made = box(kind)
    for registry in (mirrored.mirror, mirrored.home):
        registry.put('spoilt', kind, made)
    for layer in made.layers:
        mirrored.mirror.spoil(layer['digest'], Fault(kind, times=9, after=10, status=503))
    reference = f'{mirrored.home.host}/spoilt:{kind}'
    assert 'Downloaded newer image' in mirrored.docker('pull', reference).out
    assert mirrored.docker('run', '--rm', reference, 'echo', 'whole').out == 'whole\n'
    assert mirrored.mirror.asked(f"/v2/spoilt/blobs/{made.layers[1]['digest']}")


def test_pushes_go_to_the_registry(mirrored):
    reference = mirrored.mirror.put('source', 'v1', box('push'))
    mirrored.docker('pull', reference)
    mirrored.docker('tag', reference, f'{mirrored.home.host}/pushed:v1')
    before = len(mirrored.mirror.requests)
    mirrored.docker('push', f'{mirrored.home.host}/pushed:v1')
    assert ('pushed', 'v1') in mirrored.home.manifests
    assert len(mirrored.mirror.requests) == before


def test_a_build_takes_its_base_from_a_mirror(mirrored, tmp_path):
    mirrored.mirror.put('library/base', 'v1', box('base'))
    (tmp_path / 'Dockerfile').write_text('FROM base:v1\nRUN echo built > /made\n')
    mirrored.docker('build', '-t', 'made', str(tmp_path))
    assert mirrored.docker('run', '--rm', 'made', 'cat', '/made').out == 'built\n'


def test_what_a_registry_has_is_read_from_a_mirror(mirrored):
    made = box('seen')
    mirrored.mirror.put('library/seen', 'v1', made)
    assert mirrored.api.get('/distribution/seen:v1/json').json()['Descriptor']['digest'] == made.digest


def test_info_shows_them(mirrored):
    registries = mirrored.api.get('/info').json()['RegistryConfig']
    urls = [f'http://{registry.host}/' for registry in (mirrored.mirror, mirrored.second)]
    assert registries['Mirrors'] == registries['IndexConfigs']['docker.io']['Mirrors'] == urls
    assert f' Registry Mirrors:\n  {urls[0]}\n  {urls[1]}\n' in mirrored.docker('info').out
