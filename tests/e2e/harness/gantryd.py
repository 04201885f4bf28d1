"""gantryd from a build tree."""
import os
import re
import time
from pathlib import Path

from . import leaks, paths
from .engine import BOX, Engine


class Gantryd(Engine):
    name = 'gantryd'

    def __init__(self, config: str | None = None, options: tuple[str, ...] = (), build: Path | None = None,
                 root: Path | None = None):
        super().__init__()
        self.build = build or paths.build_dir()
        self.root, self.run = root or self.dir / 'root', self.dir / 'run'
        self.pidfile = self.dir / 'pid'
        self.config, self.options = config, options
        self.quiet_rules: list[str] = []       # firewall and links of a daemon without containers
        self.quiet_links: list[str] = []
        self.first_rules, self.first_links = self.ns.nft_rules(), self.ns.links()

    @classmethod
    def missing(cls) -> str | None:
        """Why it cannot run here."""
        if not paths.gantryd().exists():
            return f'no gantryd in {paths.build_dir()}/bin (build it, or set GANTRY_BUILD)'
        return None if os.geteuid() == 0 else 'needs root'

    def argv(self) -> list[str]:
        argv = [str(self.build / 'bin/gantryd'), '-H', 'unix://' + self.socket, '--root', str(self.root),
                '--run-dir', str(self.run), '--pidfile', str(self.pidfile), *self.options]
        if self.config is not None:
            (self.dir / 'gantry.toml').write_text(self.config)
            argv += ['--config', str(self.dir / 'gantry.toml')]
        return argv

    def start(self) -> float:
        seconds = super().start()
        if not self.quiet_links:
            self.quiet_rules, self.quiet_links = self.ns.nft_rules(), self.ns.links()
        return seconds

    def prepare(self):
        """Also lets one container with a port come and go: tables that stay for good are then there."""
        super().prepare()
        self.docker('run', '--rm', '-p', '80', BOX, 'true')
        self.quiet_rules, self.quiet_links = self.ns.nft_rules(), self.ns.links()

    def network_leaks(self) -> list[str]:
        """What differs from the moment before the first container, with no container left."""
        if not self.quiet_links:                # it never started
            return []
        found = [f'link {name}' for name in self.ns.links() if name not in self.quiet_links and not leaks.is_bridge(self.ns, name)]
        return found + [f'nft rule: {rule}' for rule in self.ns.nft_rules()
                        if rule not in self.quiet_rules]

    def last_leaks(self) -> list[str]:
        """A daemon that ended by itself takes bridges and tables along, also those of networks that exist on."""
        if self.process is None or self.process.returncode != 0:
            return self.network_leaks()
        return [f'link {name}' for name in self.ns.links() if name not in self.first_links] + \
               [f'nft rule: {rule}' for rule in self.ns.nft_rules() if rule not in self.first_rules]

    def complaints(self) -> list[str]:
        """What a sanitizer had to say in the daemon's log."""
        text = self.log.read_text(errors='replace') if self.log.exists() else ''
        found = re.search(r'^.*(AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error:).*$', text, re.M)
        return ['sanitizer: ' + text[found.start():found.start() + 3000]] if found else []

    def leaks(self) -> list[str]:
        """To be asked when the daemon has ended and no container exists."""
        end = time.monotonic() + 20               # the kernel takes a namespace's interfaces down in its own time
        while self.last_leaks() and time.monotonic() < end:
            time.sleep(0.05)
        return (self.complaints() + self.last_leaks() + leaks.mounts(self.dir) + leaks.processes(self.dir, self.ns.inode()) +
                leaks.cgroups(self.ids) + leaks.paths_of_containers(self.dir, self.ids))
