"""Images of real programs (PostgreSQL, Redis, FastAPI, nginx, …) made of Debian packages, without a registry.

The packages are downloaded, not installed: no maintainer script runs. Their files go straight from the packages into two layers, one
of which (the C library, the shell, coreutils) all images share. A finished image is kept in .local/images as a `docker load` archive
under a name that carries the versions of its packages and its recipe.
"""
import hashlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from . import images, paths

CACHE = paths.LOCAL / 'images'
PACKAGES = CACHE / 'packages'
FORMAT = 4                                           # of the layers made here: a new number makes all images anew
BASE = ('base-files', 'bash', 'dash', 'coreutils', 'libc-bin', 'util-linux', 'sed', 'grep', 'findutils', 'hostname', 'procps', 'mawk',
        'netbase', 'debianutils')
# Depended on for maintainer scripts, or heavy and only loaded when asked for (LLVM: PostgreSQL's JIT).
LEFT_OUT = re.compile(r'perl|dpkg$|debconf|adduser|^passwd|^usrmerge|init-system-helpers|systemd-|^lib(llvm|z3|db5)|^locales|^libc-l10n|ssl-cert|^ucf$|'
                      r'sensible-utils|postgresql-(client-)?common|lsb-base|^openssl$|libpam-|libsemanage|libsepol|iproute2|libbpf|galera|media-types|'
                      r'psmisc|libmagic-mgc')
UNUSED_FILES = re.compile(r'usr/share/(doc|man|locale|i18n|info|lintian|bash-completion|zsh|common-licenses|bug|apport|mysql/(?!english|charsets|[^/]*\.sql)[^/]+/)|'
                          r'usr/lib/postgresql/\d+/lib/bitcode|usr/lib/x86_64-linux-gnu/(gconv|perl)|usr/lib/python3[.\d]*/(test|idlelib|tkinter|lib2to3)|'
                          r'usr/lib/(systemd|udev)|etc/(init.d|cron|systemd|logrotate)|usr/share/postgresql/\d+/man')
MERGED = re.compile(r'(bin|sbin|lib|lib32|lib64|libx32)(/|$)')
USERS = (('root', 0, '/root', '/bin/bash'), ('daemon', 1, '/usr/sbin', '/usr/sbin/nologin'), ('www-data', 33, '/var/www', '/usr/sbin/nologin'),
         ('postgres', 999, '/var/lib/postgresql', '/bin/bash'), ('redis', 998, '/var/lib/redis', '/usr/sbin/nologin'),
         ('mysql', 997, '/var/lib/mysql', '/usr/sbin/nologin'), ('nobody', 65534, '/nonexistent', '/usr/sbin/nologin'))
RECIPES = Path(__file__).with_name('recipes')         # a folder per image: the files it adds


class NoPackages(Exception):
    """Debian's packages cannot be had here."""


@dataclass(frozen=True)
class Recipe:
    name: str
    packages: tuple[str, ...]
    config: dict
    links: dict = field(default_factory=dict)         # what update-alternatives would have made
    owned: dict = field(default_factory=dict)         # directory: user


ALL = {recipe.name: recipe for recipe in (
    Recipe('postgres', ('postgresql-15',), {
        'Entrypoint': ['docker-entrypoint.sh'], 'Cmd': ['postgres'], 'ExposedPorts': {'5432/tcp': {}}, 'StopSignal': 'SIGINT',
        'Env': ['PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/usr/sbin', 'PGDATA=/var/lib/postgresql/data', 'LANG=C.UTF-8'],
        'Volumes': {'/var/lib/postgresql/data': {}}}, owned={'var/lib/postgresql/data': 999, 'run/postgresql': 999}),
    Recipe('redis', ('redis-server',), {
        'Cmd': ['redis-server', '--protected-mode', 'no', '--dir', '/data'], 'ExposedPorts': {'6379/tcp': {}}, 'User': 'redis', 'WorkingDir': '/data',
        'Volumes': {'/data': {}}}, owned={'data': 998}),
    Recipe('fastapi', ('python3-fastapi', 'uvicorn', 'python3-psycopg2', 'python3-redis'), {
        'Cmd': ['python3'], 'WorkingDir': '/app', 'Env': ['PATH=/usr/local/bin:/usr/bin:/usr/sbin', 'PYTHONUNBUFFERED=1', 'LANG=C.UTF-8']},
        owned={'app': 0}),
    Recipe('php', ('php-cli', 'php-mysql'), {
        'Cmd': ['php', '-S', '0.0.0.0:80', '-t', '/var/www/html'], 'ExposedPorts': {'80/tcp': {}}, 'WorkingDir': '/var/www/html',
        'Env': ['PATH=/usr/local/bin:/usr/bin:/usr/sbin', 'PHP_CLI_SERVER_WORKERS=4'], 'Volumes': {'/var/www/html': {}}},
        links={'usr/bin/php': 'php8.2'}, owned={'var/www/html': 33}),
    Recipe('mariadb', ('mariadb-server-core', 'mariadb-client-core'), {
        'Entrypoint': ['docker-entrypoint.sh'], 'Cmd': ['mariadbd'], 'ExposedPorts': {'3306/tcp': {}}, 'Volumes': {'/var/lib/mysql': {}}},
        owned={'var/lib/mysql': 997, 'run/mysqld': 997}),
    Recipe('nginx', ('nginx-light',), {
        'Cmd': ['nginx', '-g', 'daemon off;'], 'ExposedPorts': {'80/tcp': {}}, 'StopSignal': 'SIGQUIT'},
        links={'var/log/nginx/access.log': '/dev/stdout', 'var/log/nginx/error.log': '/dev/stderr'}, owned={'var/lib/nginx': 33}),
)}


def _run(*args: str, cwd: Path | None = None) -> str:
    done = subprocess.run(args, capture_output=True, text=True, cwd=cwd)
    if done.returncode != 0:
        raise NoPackages(f'{" ".join(args[:4])}: {done.stderr.strip().splitlines()[-1:] or done.returncode}')
    return done.stdout


def _lists_stamp() -> str:
    """Changes with apt's package lists."""
    lists = Path('/var/lib/apt/lists')
    return repr(sorted((path.name, int(path.stat().st_mtime)) for path in lists.glob('*_Packages*'))) if lists.is_dir() else ''


def _closure(packages: tuple[str, ...]) -> dict[str, str]:
    """Package files by package name: what apt would download for these on an empty machine. Apt takes seconds; its answer is kept."""
    stamp = hashlib.sha256((repr(packages) + LEFT_OUT.pattern + _lists_stamp()).encode()).hexdigest()[:16]
    kept = CACHE / f'closure-{stamp}.json'
    if kept.exists():
        return json.loads(kept.read_text())
    found = _asked_apt(packages)
    CACHE.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(f'.{os.getpid()}')
    part.write_text(json.dumps(found))
    part.rename(kept)
    return found


def _asked_apt(packages: tuple[str, ...]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as empty:      # what apt has downloaded already it would not name
        (Path(empty) / 'partial').mkdir()
        text = _run('apt-get', 'install', '--print-uris', '-y', '-qq', '--no-install-recommends', '-o', 'Dir::State::status=/dev/null',
                    '-o', f'Dir::Cache::archives={empty}', *packages)
    found = {}
    for name in re.findall(r"^'\S+' (\S+\.deb) ", text, re.M):
        package = name.split('_')[0]
        if package in packages or not LEFT_OUT.search(package):
            found[package] = name
    if not found:
        raise NoPackages(f'apt knows no {packages[0]}')
    return found


def _download(files: list[str]) -> None:
    PACKAGES.mkdir(parents=True, exist_ok=True)
    wanted = []
    for file in files:
        if not (PACKAGES / file).exists():
            package, version, _ = file.split('_')
            wanted.append(f'{package}={version.replace("%3a", ":")}')
    if wanted:
        _run('apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'APT::Sandbox::User=root', 'download', *wanted, cwd=PACKAGES)


class Layer:
    """A layer's entries by name, filled with packages' files; old places are moved under /usr, a later entry replaces an earlier one."""

    def __init__(self, below: set[str] = frozenset()):
        self.entries: dict[str, tuple[tarfile.TarInfo, bytes | None]] = {}
        self.below = below                            # directories of the layer under this one

    def add(self, info: tarfile.TarInfo, content: bytes | None = None):
        if '/' in info.name:
            self.directory(info.name.rsplit('/', 1)[0])
        self.entries[info.name] = (info, content)

    def directory(self, name: str, mode: int = 0o755, user: int = 0):
        if user == 0 and (name in self.entries or name in self.below):
            return
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, mode, user, user
        self.add(info)

    def link(self, name: str, target: str):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, target
        self.add(info)

    def file(self, name: str, content: bytes, mode: int = 0o644):
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = len(content), mode, 1700000000
        self.add(info, content)

    def package(self, file: Path):
        data = subprocess.run(['dpkg-deb', '--fsys-tarfile', str(file)], capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(data)) as source:
            for info in source:
                name = info.name.removeprefix('./')
                if MERGED.match(name):
                    name = 'usr/' + name
                if name in ('', '.') or UNUSED_FILES.match(name):
                    continue
                if info.isdir():
                    self.directory(name, info.mode)
                    continue
                info.name = name
                if info.islnk():
                    info.linkname = info.linkname.removeprefix('./')
                    if MERGED.match(info.linkname):
                        info.linkname = 'usr/' + info.linkname
                content = source.extractfile(info).read() if info.isreg() else None
                self.add(info, content)
                if name.endswith('.py') and '/python3' in name and content is not None:
                    self.compiled(name, content)

    def compiled(self, name: str, source: bytes):
        """What py3compile does after an installation: programs start in half the time."""
        if sys.version_info[:2] != (3, 11):
            return
        try:
            code = compile(source, '/' + name, 'exec', dont_inherit=True)
        except (SyntaxError, ValueError):
            return
        from importlib._bootstrap_external import _code_to_hash_pyc
        folder, base = name.rsplit('/', 1)
        self.file(f'{folder}/__pycache__/{base[:-3]}.cpython-311.pyc', _code_to_hash_pyc(code, importlib.util.source_hash(source), False))

    def directories(self) -> set[str]:
        return {name for name, (info, _) in self.entries.items() if info.isdir()}

    def finish(self) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode='w', format=tarfile.GNU_FORMAT) as archive:
            for info, content in self.entries.values():
                archive.addfile(info, io.BytesIO(content) if content is not None else None)
        return out.getvalue()


def _base_layer(files: list[str]) -> tuple[bytes, set[str]]:
    layer = Layer()
    for name in ('usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'etc', 'proc', 'sys', 'dev', 'root', 'run', 'var/lib', 'var/log', 'usr/local/bin'):
        layer.directory(name)
    layer.directory('tmp', 0o1777)
    for name in ('bin', 'sbin', 'lib', 'lib64'):
        layer.link(name, 'usr/' + name)
    for file in files:
        layer.package(PACKAGES / file)
    layer.link('usr/bin/awk', 'mawk')
    layer.link('var/run', '/run')
    layer.file('etc/passwd', ''.join(f'{n}:x:{i}:{i}::{home}:{shell}\n' for n, i, home, shell in USERS).encode())
    layer.file('etc/group', ''.join(f'{n if n != "nobody" else "nogroup"}:x:{i}:\n' for n, i, *_ in USERS).encode())
    layer.file('etc/nsswitch.conf', b'passwd: files\ngroup: files\nhosts: files dns\n')
    return layer.finish(), layer.directories()


def _added_files(recipe: Recipe) -> list[tuple[str, bytes, int]]:
    root = RECIPES / recipe.name
    return [(str(path.relative_to(root)), path.read_bytes(), 0o755 if path.stat().st_mode & 0o100 else 0o644)
            for path in sorted(root.rglob('*')) if path.is_file()]


def _make(recipe: Recipe, own: list[str], base: tuple[bytes, set[str]], archive: Path):
    layer = Layer(base[1])
    for file in own:
        layer.package(PACKAGES / file)
    for name, target in recipe.links.items():
        layer.link(name, target)
    for name, user in recipe.owned.items():
        layer.directory(name, user=user)
    for name, content, mode in _added_files(recipe):
        layer.file(name, content, mode)
    image = images.Image()
    image.config = {'Env': ['PATH=/usr/local/bin:/usr/bin:/usr/sbin'], **recipe.config}
    image.add_layer(base[0], 'none').add_layer(layer.finish(), 'none').finish()
    part = archive.with_suffix(f'.part{id(layer)}')
    part.write_bytes(images.docker_archive(image, f'stack/{recipe.name}:latest'))
    part.rename(archive)


def archives(*names: str) -> list[Path]:
    """The `docker load` archives of these images (tagged stack/NAME), made now when they are missing. NoPackages where they cannot be."""
    base = _closure(BASE)
    plans = []
    for recipe in (ALL[name] for name in names):
        own = sorted(set(_closure(recipe.packages).values()) - set(base.values()))
        key = json.dumps([FORMAT, sorted(base.values()), own, recipe.config, recipe.links, recipe.owned]) + repr(_added_files(recipe)) + LEFT_OUT.pattern
        plans.append((recipe, own, CACHE / f'{recipe.name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.tar'))
    wanted = [plan for plan in plans if not plan[2].exists()]
    if wanted:
        _download(sorted({file for _, own, _ in wanted for file in own} | set(base.values())))
        layer = _base_layer(sorted(base.values()))
        for recipe, own, archive in wanted:
            for old in CACHE.glob(f'{recipe.name}-*.tar'):
                old.unlink()
            _make(recipe, own, layer, archive)
    return [archive for *_, archive in plans]


if __name__ == '__main__':                             # scripts/test makes them all before the suite begins
    for made in archives(*ALL):
        print(made, made.stat().st_size >> 20, 'MB')
