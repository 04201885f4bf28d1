"""Volume drivers in processes of their own (volume_driver.py), and engines that find them in a test's own directory."""
import json
import subprocess
import sys
from pathlib import Path

from .dockerd import Dockerd
from .gantryd import Gantryd


class ThirdParty:
    """One driver: its process, what it was asked, and how it is to misbehave."""

    def __init__(self, base: Path, name: str, where: list[str] | None = None, **options: str):
        self.name, self.dir = name, base / ('driver-' + name)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.log, self.control, self.root = self.dir / 'log', self.dir / 'control', self.dir / 'volumes'
        self.where = where if where is not None else ['--socket', str(base / 'plugins' / f'{name}.sock')]
        self.options = [part for key, value in options.items() for part in ('--' + key, value)]
        self.process: subprocess.Popen | None = None

    def start(self, enter: list[str] | None = None) -> 'ThirdParty':
        """enter: a command line prefix, into another namespace."""
        self.process = subprocess.Popen(
            [*(enter or []), sys.executable, str(Path(__file__).with_name('volume_driver.py')), *self.where, '--root', str(self.root),
             '--log', str(self.log), '--control', str(self.control), *self.options], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == 'ready\n'
        return self

    def end(self):
        """kill -9: the socket's file stays behind, as after a crash."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def behave(self, **how: dict):
        """behave(Mount={'hang': True}); without arguments: well."""
        rules = {('Plugin.' if key == 'Activate' else 'VolumeDriver.') + key: value for key, value in how.items()}
        fresh = self.control.with_suffix('.new')
        fresh.write_text(json.dumps(rules))
        fresh.replace(self.control)

    def requests(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def asked(self, method: str, name: str | None = None) -> list[dict]:
        return [r['body'] for r in self.requests() if r['method'] == 'VolumeDriver.' + method and name in (None, r['body'].get('Name'))]


def plugins_of(engine) -> Path:
    """Where the engine looks for sockets."""
    where = engine.dir / 'plugins'
    where.mkdir(exist_ok=True)
    return where


class GantrydWithPlugins(Gantryd):
    """Looks for drivers below its own directory, and gives up on one soon."""

    def __init__(self, **options):
        super().__init__(**options)
        where = plugins_of(self)
        (self.dir / 'specs').mkdir()
        self.config = (self.config or '') + (
            f'[plugins."volume-docker"]\nsockets = ["{where}"]\nspecs = ["{self.dir}/specs"]\n'
            'timeout = 4\nshort_timeout = 3\nlist_timeout = 2\nretry_for = 4\n')


class DockerdWithPlugins(Dockerd):
    """In a mount namespace of its own, where /run/docker is the test's."""

    def argv(self) -> list[str]:
        run = self.dir / 'run-docker'
        run.mkdir(exist_ok=True)
        where = plugins_of(self)
        script = f'mkdir -p /run/docker && mount --bind {run} /run/docker && mkdir -p /run/docker/plugins && mount --bind {where} /run/docker/plugins && exec "$@"'
        return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', *super().argv()]
