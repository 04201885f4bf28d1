"""Projects whose images are built: without BuildKit Compose does it by POST /build."""
import pytest
from harness import builds
from harness.wait import eventually


@pytest.fixture(autouse=True)
def nothing_left(stacks):
    yield
    stacks.clear()
    for row in builds.all_images(stacks):
        if any(tag.startswith('built') for tag in row['RepoTags'] or []):
            for tag in row['RepoTags']:
                stacks.docker('rmi', '-f', tag)
    stacks.docker('image', 'prune', '-f')
    assert builds.residue(stacks) == []


def test_build_and_up(project):
    with project('built') as built:
        done = built('build', 'app', 'tool')
        assert 'Successfully tagged built/tool:1' in done.out + done.err
        made = builds.config(built.engine, 'built-app')
        assert made['Labels']['own'] == 'yes'
        built.up('app')
        eventually(lambda: 'hello from the build' in built('logs', 'app').out, 'it speaks')
        assert built.shell('app', 'cat /app/file').out == 'a file\n'
        assert built('run', '--rm', '-T', 'tool').out.endswith('made\n')


def test_up_builds_what_is_missing_and_again_when_told(project):
    with project('built') as built:
        built.up('app')
        eventually(lambda: 'hello from the build' in built('logs', 'app').out, 'it speaks')
        first = built.inspect('app')['Image']
        built.up('--build', 'app')
        assert built.inspect('app')['Image'] == first
        built.up('--build', 'app', GREETING='goodbye')
        assert built.inspect('app')['Image'] != first
        eventually(lambda: 'goodbye from the build' in built('logs', 'app').out, 'it speaks')


def test_a_build_that_fails_fails_the_command(project):
    with project('built') as built:
        built.replace('target: small', 'target: broken')
        done = built('build', 'tool', check=False)
        assert done.code != 0 and "returned a non-zero code: 1" in done.out + done.err
