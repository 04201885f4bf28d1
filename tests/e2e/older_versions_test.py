"""Requests of older API versions: they are answered as these versions were, and do not take what came later."""
import pytest
from harness import builds
from harness.engine import BOX


@pytest.fixture
def old(engine):
    """The API at a version; what was made is removed afterwards."""
    yield engine.api.at
    engine.clear()


def create(api, name: str, **host_config):
    return api.post('/containers/create', {'Image': BOX, 'Cmd': ['true'], 'HostConfig': host_config}, query={'name': name})


def test_disk_usage_has_the_sizes_of_its_version(old):
    used = old('1.41').get('/system/df', query={'type': 'volume'}).json()
    image = used['Images'][0]
    assert image['VirtualSize'] == image['Size'] and image['Containers'] == 0 and image['SharedSize'] >= 0
    assert used['BuilderSize'] == 0 and used['LayersSize'] > 0, 'kinds cannot be chosen yet'


@pytest.mark.parametrize('mount', [{'Type': 'volume', 'Source': 'vol', 'TmpfsOptions': {'SizeBytes': 4096}}, {'Type': 'tmpfs', 'VolumeOptions': {'NoCopy': True}}])
def test_options_of_another_kind_of_mount_are_left_out(old, mount):
    assert create(old('1.41'), 'kinds', Mounts=[{**mount, 'Target': '/x'}]).status == 201


def test_options_of_binds_belong_to_binds_in_every_version(old):
    assert create(old('1.41'), 'kinds', Mounts=[{'Type': 'tmpfs', 'Target': '/x', 'BindOptions': {}}]).status == 400


def test_a_source_that_is_missing_is_not_made(old, tmp_path):
    source = tmp_path / 'missing'
    refused = create(old('1.41'), 'made', Mounts=[{'Type': 'bind', 'Source': str(source), 'Target': '/x', 'BindOptions': {'CreateMountpoint': True}}])
    assert refused.status == 400 and 'bind source path does not exist' in refused.message and not source.exists()


def test_images_are_found_by_the_parameter_filter(old):
    def found(version: str, name: str) -> int:
        return len(old(version).get('/images/json', query={'filter': name}).json())
    assert (found('1.40', 'gt/box'), found('1.40', 'gt/other'), found('1.41', 'gt/other')) == (1, 0, 1)


def test_containers_stay_when_they_end(old):
    assert create(old('1.24'), 'stays', AutoRemove=True).status == 201
    assert not old('1.24').get('/containers/stays/json').json()['HostConfig']['AutoRemove']


def test_a_wait_answers_at_once_and_knows_no_conditions(engine, old):
    engine.docker('run', '--name', 'over', BOX, 'sh', '-c', 'exit 3', check=False)
    answer = old('1.29').post('/containers/over/wait', query={'condition': 'odd'})
    assert (answer.status, answer.json()['StatusCode']) == (200, 3)
    assert 'content-length' in answer.headers, 'the head comes with the end'
    assert 'content-length' not in old('1.30').post('/containers/over/wait').headers


def test_a_build_does_not_tell_ids_but_in_words(old):
    def said(version: str) -> bytes:
        context = builds.context(f'FROM {BOX}\nLABEL a=b')
        with old(version).stream('POST', '/build', body=context, headers={'Content-Type': 'application/x-tar'}) as answer:
            return answer.read(60)
    assert b'"aux"' not in said('1.29') and b'Successfully built' in said('1.29')
    assert b'"aux"' in said('1.30')
