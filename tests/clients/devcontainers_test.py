"""The Dev Containers CLI, which editors run: a container for each of the workspaces in workspaces/."""
import json
import shutil

import pytest
from fetched import HERE, fetched, node, run
from harness import buildx, compose, debian_images


@pytest.fixture(scope='module')
def packages():
    return fetched('get-node')


@pytest.fixture(scope='module')
def image(engine):
    """With a shell and coreutils, as such images have."""
    try:
        archive, = debian_images.archives('redis')
    except debian_images.NoPackages as error:
        pytest.skip(f'no Debian packages to make an image of: {error}')
    engine.docker('load', '-i', str(archive), seconds=120)


class Workspace:
    """A copy of a workspace, and the CLI's commands on it."""

    def __init__(self, engine, packages, folder):
        self.engine, self.folder = engine, folder
        self.program = f'{packages}/node_modules/@devcontainers/cli/devcontainer.js'
        plugins = engine.dir / 'cli/cli-plugins'
        plugins.mkdir(parents=True, exist_ok=True)
        for name, binary in (('docker-compose', compose.binary()), ('docker-buildx', buildx.binary())):
            if not (plugins / name).exists():
                (plugins / name).symlink_to(binary)

    def __call__(self, command: str, *words: str) -> str:
        environment = {**self.engine.client_environment(), 'DOCKER_BUILDKIT': '1', 'TMPDIR': str(self.folder.parent)}
        done = run([*self.engine.ns.enter(), node(), self.program, command, '--workspace-folder', str(self.folder), *words],
                   seconds=120, env=environment, cwd=self.folder)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    def up(self, *words: str) -> dict:
        answer = json.loads(self('up', *words).strip().splitlines()[-1])
        assert answer['outcome'] == 'success', answer
        return answer

    def shell(self, script: str) -> list[str]:
        return self('exec', 'bash', '-c', script).split('\n')[:-1]


@pytest.fixture
def workspace(tidy, packages, image, tmp_path):
    if reason := buildx.missing():
        pytest.skip(reason)
    try:
        compose.binary()
    except RuntimeError as error:
        pytest.skip(str(error))

    def copied(name: str) -> Workspace:
        return Workspace(tidy, packages, shutil.copytree(HERE / 'workspaces' / name, tmp_path / name))
    return copied


def test_an_image_with_mounts_variables_and_commands(workspace, tidy):
    work = workspace('image')
    made = work.up()
    assert made['remoteUser'] == 'redis' and made['remoteWorkspaceFolder'] == '/workspaces/image'
    assert work.shell('id -un; cat file; echo $OF_CONTAINER $OF_REMOTE; hostname; pwd; stat -f -c %T ~; grep -c " /kept " /proc/mounts') == \
        ['redis', 'of the workspace', '1 12', 'dev', '/workspaces/image', 'tmpfs', '1']
    assert work.shell('cat /tmp/on-create /tmp/one /tmp/two /tmp/starts') == ['redis', 'one', 'of the workspace', 'started']

    tidy.docker('stop', '-t', '0', made['containerId'])
    again = work.up()
    assert again['containerId'] == made['containerId']              # found by its labels
    assert work.shell('cat /tmp/one') == ['one']
    new = work.up('--remove-existing-container')
    assert new['containerId'] != made['containerId'] and tidy.docker('ps', '-aq').out.count('\n') == 1


def test_a_dockerfile_with_a_feature_for_a_user_of_its_own(workspace, tidy):
    work = workspace('built')
    made = work.up()
    assert made['remoteUser'] == 'dev'
    assert work.shell('id -un; greet; echo $OF_TOOL; cat /proc/1/comm') == ['dev', 'hello, ann', 'yes', 'docker-init']
    labels = tidy.inspect(made['containerId'])['Config']['Labels']
    assert labels['devcontainer.local_folder'] == str(work.folder)
    built = json.loads(work('build', '--image-name', 'workspace:built').strip().splitlines()[-1])
    assert built['imageName'] == ['workspace:built']
    assert tidy.docker('run', '--rm', 'workspace:built', 'greet').out == 'hello, ann\n'


def test_a_service_of_a_compose_file(workspace, tidy):
    work = workspace('composed')
    made = work.up()
    assert made['composeProjectName'] == 'composed_devcontainer'
    assert work.shell('redis-cli -h store ping; echo $OF_REMOTE; ls /tmp/started; ls -a') == \
        ['PONG', '1', '/tmp/started', '.', '..', '.devcontainer']
    running = tidy.docker('ps', '--filter', 'label=com.docker.compose.project=composed_devcontainer', '--format', '{{.Label "com.docker.compose.service"}}')
    assert sorted(running.out.split()) == ['app', 'store']
