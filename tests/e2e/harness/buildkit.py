"""buildx's docker-container driver, which GitHub's setup-buildx-action uses: BuildKit's own daemon in a privileged container of the engine.

A builder does not see the engine's images. What its builds begin with, and its own image, come from a registry that listens on all of
the engine's addresses: the engine and builders in its network have it on loopback, builders in a network of containers elsewhere.
"""
import functools
import io
import shutil
import tarfile
from pathlib import Path

from . import host_files, images, paths
from .buildx import Buildx
from .engine import Engine
from .registry import Registry

RUNTIME = 'runc'                                       # by this name on the builder's PATH
STATE = '/var/lib/buildkit'


@functools.cache
def image() -> images.Image:
    """As moby/buildkit, on the box."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode='w') as tar:
        for name in ('buildkitd', 'buildctl'):
            tar.add(Path(paths.gotten('get-buildkit')[0], name), arcname=f'usr/bin/{name}')
        runtime = shutil.which(RUNTIME)
        host_files.add(tar, {runtime, *host_files.libraries([runtime])})
    made = images.Image(config={'Entrypoint': ['buildkitd'], 'Volumes': {STATE: {}},
                                'Env': ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'BUILDKIT_SETUP_CGROUPV2_ROOT=1']})
    return made.add_layer(images.busybox_rootfs(), 'none').add_layer(data.getvalue(), 'none').finish()


class Builders(Buildx):
    """Its builds are made by the builder in `chosen`."""

    def __init__(self, engine: Engine):
        own = image()
        self.chosen = 'default'
        super().__init__(engine)
        self.registry = Registry(engine.ns, address='0.0.0.0')
        self.near, self.far = f'127.0.0.1:{self.registry.port}', f'{engine.ns.address}:{self.registry.port}'
        self.registry.put('buildkit', 'latest', own)
        self.registry.put('box', 'latest', images.busybox_image())

    @classmethod
    def missing(cls) -> str | None:
        place, said = paths.gotten('get-buildkit')
        if not place:
            return f'no BuildKit: {said}'
        return super().missing() or (None if shutil.which(RUNTIME) else f'no {RUNTIME}, which BuildKit runs')

    def environment(self) -> dict:
        return {**super().environment(), 'BUILDX_BUILDER': self.chosen}

    def create(self, name: str, *options: str):
        (self.dir / 'buildkitd.toml').write_text(f'[registry."{self.far}"]\nhttp = true\n')
        self('buildx', 'create', '--name', name, '--driver', 'docker-container', '--driver-opt', f'image={self.near}/buildkit',
             '--buildkitd-config', self.dir / 'buildkitd.toml', '--bootstrap', *options)
        self.chosen = name

    def container(self, name: str | None = None) -> str:
        return f'buildx_buildkit_{name or self.chosen}0'

    def close(self):
        """The builders' containers are the engine's, which removes them at its end."""
        if not self.engine.alive():                    # a test that failed may have left it so
            self.engine.start()
        super().close()
        self.registry.close()
