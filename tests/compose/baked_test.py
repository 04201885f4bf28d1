"""Projects whose images are built with the buildx plugin: Compose makes a bake file of them."""
import pytest
from harness import builds
from harness.buildx import Buildx, environment, missing
from harness.wait import eventually


@pytest.fixture
def baked(stacks, project):
    """The project, with a plugin to find."""
    if reason := missing():
        pytest.skip(reason)
    client = Buildx(stacks)
    with project('baked', **{**environment(stacks, client.config), 'DOCKER_BUILDKIT': '', 'WORD': 'word'}) as made:
        yield made
    client.close()
    stacks.clear()
    for row in builds.all_images(stacks):
        for tag in row['RepoTags'] or []:
            if tag.startswith('baked'):
                stacks.docker('rmi', '-f', tag)
    stacks.docker('image', 'prune', '-f')
    stacks.docker('builder', 'prune', '-af')
    assert builds.residue(stacks) == []


def test_build_and_up(baked):
    baked('build', 'app', 'inline')
    assert builds.config(baked.engine, 'baked-app')['Labels']['own'] == 'yes'
    baked.up('app')
    eventually(lambda: 'hello from the build' in baked('logs', 'app').out, 'it speaks')
    assert baked.shell('app', 'cat /app/file /count').out == 'a file\n16\n'
    assert baked('run', '--rm', '-T', 'inline').out.endswith('a file inline\n')
    assert set(builds.image(baked.engine, 'baked/inline:1')['RepoTags']) == {'baked/inline:1', 'baked/inline:2'}


def test_up_builds_what_is_missing_and_again_when_told(baked):
    baked.up('app')
    first = baked.inspect('app')['Image']
    eventually(lambda: 'hello from the build' in baked('logs', 'app').out, 'it speaks')
    baked.up('--build', 'app')
    assert baked.inspect('app')['Image'] == first
    baked.up('--build', 'app', GREETING='goodbye')
    assert baked.inspect('app')['Image'] != first
    eventually(lambda: 'goodbye from the build' in baked('logs', 'app').out, 'it speaks')


def test_arguments_of_the_command(baked):
    baked('build', '--build-arg', 'GREETING=hi', '--no-cache', 'app')
    assert builds.shell(baked.engine, 'cat /greeting', 'baked-app') == 'hi from the build\n'


def test_other_directories_and_services_as_contexts(baked):
    if baked.engine.name == 'dockerd':
        pytest.skip('BuildKit in Docker 20.10 is too old for named contexts')
    baked('build', 'top')
    assert baked('run', '--rm', '-T', 'top').out.endswith('base\nmore\n')


def test_a_secret_is_not_in_the_image(baked):
    baked('build', 'app')
    assert b'twelve chars' not in baked.engine.docker_bytes('save', 'baked-app')


def test_a_build_that_fails_fails_the_command(baked):
    done = baked('build', 'bad', check=False)
    assert done.code != 0 and 'exit code: 3' in done.out + done.err and 'why' in done.out + done.err


def test_a_plan_is_printed(baked):
    assert '"target": "small"' in baked('build', '--print', 'app').out


def test_a_quiet_build(baked):
    assert 'greeting' not in (done := baked('build', '-q', 'app')).out and 'RUN' not in done.err
