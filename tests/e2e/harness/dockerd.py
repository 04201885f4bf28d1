"""The reference: Debian's dockerd 20.10, unpacked or installed, with a containerd of its own."""
import os
import shutil

from . import leaks, paths
from .engine import Engine


class Dockerd(Engine):
    name = 'dockerd'
    api_version = '1.41'
    start_seconds = 40.0

    def __init__(self, options: tuple[str, ...] = ()):
        super().__init__()
        self.options = options

    @classmethod
    def missing(cls) -> str | None:
        if not paths.dockerd():
            return 'no dockerd: neither installed nor unpacked in .local/reference (scripts/test does it)'
        if os.geteuid() != 0:
            return 'dockerd needs root'
        search = cls._path()
        for tool in ('containerd', 'runc', 'iptables'):
            if not shutil.which(tool, path=search):
                return f'dockerd needs {tool}'
        return None

    @staticmethod
    def _path() -> str:
        root = paths.reference_root()
        return f'{root}/usr/bin:{root}/usr/sbin:{paths.SYSTEM_PATH}'

    def argv(self) -> list[str]:
        return [paths.dockerd(), '--data-root', str(self.dir / 'data'), '--exec-root', str(self.dir / 'exec'),
                '-H', 'unix://' + self.socket, '--pidfile', str(self.dir / 'pid'), '--containerd-namespace', 'gt',
                '--containerd-plugins-namespace', 'gtp', *self.options]

    def environment(self) -> dict:
        return {**super().environment(), 'PATH': self._path()}

    def stop(self, seconds: float = 40):
        super().stop(seconds)
        leaks.end_processes(self.dir)          # its containerd, should it have outlived dockerd
