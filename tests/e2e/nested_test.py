"""An engine in a privileged container of the engine, as CI machines have it: "Docker in Docker"."""
import io
import shutil
import subprocess
import tarfile

import pytest
from harness import host_files, images, paths
from harness.engine import BOX
from harness.wait import eventually

PORT = 2375
DLOPENED = ('libnftables.so.1',)                       # by plugins, when they need it
PROGRAMS = ('runc', 'crun')


def installation() -> bytes:
    """The build tree's engine and what it needs of the host, at the same places."""
    build = paths.build_dir()
    own = [build / 'bin/gantryd', *sorted((build / 'lib').rglob('*.so')), *sorted((build / 'libexec').rglob('*'))]
    own = [path for path in own if path.is_file()]
    programs = [found for name in PROGRAMS if (found := shutil.which(name))]
    opened = [found for name in DLOPENED if (found := host_files.find_library(name))]
    if not programs or len(opened) != len(DLOPENED):
        pytest.skip('no OCI runtime or no libnftables to take along')
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode='w') as tar:
        for path in own:
            tar.add(path, arcname='/opt/gantry/' + str(path.relative_to(build)))
        host_files.add(tar, {*programs, *opened, *host_files.libraries([str(p) for p in own] + programs + opened)})
        config = b'[daemon]\ntcp_clients = "any"\n'
        entry = tarfile.TarInfo('/etc/gantry/gantry.toml')
        entry.size = len(config)
        tar.addfile(entry, io.BytesIO(config))
    return data.getvalue()


class Inner:
    def __init__(self, engine):
        self.engine = engine
        engine.docker('create', '--name', 'inner', '--privileged', '-v', 'inner:/var/lib/gantry', BOX,
                      '/opt/gantry/bin/gantryd', '-H', 'unix:///run/docker.sock', '-H', f'tcp://0.0.0.0:{PORT}')
        engine.docker('cp', '-', 'inner:/', input=installation())
        self.start()

    def start(self):
        self.engine.docker('start', 'inner')
        self.address = self.engine.inspect('inner')['NetworkSettings']['IPAddress']
        eventually(lambda: self.docker('version', check=False).returncode == 0, 'the inner engine answers', 20)

    def docker(self, *args: str, input: bytes | None = None, check: bool = True):
        done = subprocess.run([*self.engine.ns.enter(), paths.docker_cli(), '-H', f'tcp://{self.address}:{PORT}', *args], input=input,
                              stdin=subprocess.DEVNULL if input is None else None, capture_output=True, timeout=60,
                              env=self.engine.client_environment())
        if check and done.returncode != 0:
            raise AssertionError(f'{args}: {done.stderr.decode()}\n{self.engine.docker("logs", "inner").err}')
        return done


@pytest.fixture(scope='module')
def inner(engine):
    if engine.name != 'gantryd':
        pytest.skip('of gantryd in gantryd')
    made = Inner(engine)
    made.docker('import', '--change', 'ENV PATH=/bin', '-', BOX, input=images.busybox_rootfs())
    yield made
    engine.docker('rm', '-f', '-v', 'inner')
    engine.docker('volume', 'rm', 'inner')


def fetched(engine, inner):
    try:
        return engine.ns.get(8080, '/', inner.address)
    except OSError:
        return None


def test_containers_run_in_it_with_limits_networks_and_ports(inner, engine):
    assert inner.docker('run', '--rm', '-m', '64m', '--cpus', '0.5', BOX, 'echo', 'words').stdout == b'words\n'
    inner.docker('network', 'create', 'net')
    inner.docker('run', '-d', '--name', 'web', '--network', 'net', '-p', '8080:80', BOX, 'sh', '-c',
                 'mkdir /w; echo page > /w/index.html; exec httpd -f -p 80 -h /w')
    fetch = ('run', '--rm', '--network', 'net', BOX, 'wget', '-qO-', 'http://web/')
    eventually(lambda: inner.docker(*fetch, check=False).stdout == b'page\n', 'the server answers')
    assert b'page' in eventually(lambda: fetched(engine, inner), 'the page is there')
    inner.docker('rm', '-f', 'web')
    inner.docker('network', 'rm', 'net')


def test_it_may_go_and_come_with_containers_in_it(inner, engine):
    inner.docker('run', '-d', '--name', 'kept', '--restart', 'always', BOX, 'sleep', '1000')
    engine.docker('restart', 'inner')
    inner.start()
    eventually(lambda: b'true' in inner.docker('inspect', '-f', '{{.State.Running}}', 'kept').stdout, 'it runs again')
    inner.docker('run', '-d', '--name', 'left', BOX, 'sleep', '1000')      # goes with the outer one
