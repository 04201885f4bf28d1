"""docker with the buildx plugin against one engine: docker build, docker buildx and bake, run as their users run them."""
import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from . import builds, paths
from .engine import BOX, Done, Engine
from .wait import eventually

FROM = f'FROM {BOX}\n'
_count = itertools.count(1)


def missing() -> str | None:
    program, said = paths.gotten('get-buildx')
    return None if program else f'no buildx: {said}'


def binary() -> str:
    return paths.gotten('get-buildx')[0]


def link_into(config: Path):
    """Makes the plugin known to a docker or a Compose with this DOCKER_CONFIG."""
    (config / 'cli-plugins').mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        (config / 'cli-plugins' / 'docker-buildx').symlink_to(binary())


def environment(engine: Engine, config: Path) -> dict:
    """The engine's, without the choice of the classic builder; nothing is said about how an image came about unless asked for."""
    own = {key: value for key, value in engine.client_environment().items() if key != 'DOCKER_BUILDKIT'}
    return {**own, 'DOCKER_CONFIG': str(config), 'BUILDX_CONFIG': str(config / 'buildx'), 'BUILDKIT_PROGRESS': 'plain',
            'BUILDX_NO_DEFAULT_ATTESTATIONS': '1'}


def pids(words: str) -> list[int]:
    """The processes with just these words on the command line, in whichever container."""
    found = []
    for entry in Path('/proc').glob('[0-9]*/cmdline'):
        with contextlib.suppress(OSError):
            if entry.read_bytes().replace(b'\0', b' ').decode(errors='replace').strip() == words:
                found.append(int(entry.parent.name))
    return found


def wait_for(words: str):
    eventually(lambda: pids(words), f'{words} runs', 30)


def is_gone(words: str):
    eventually(lambda: not pids(words), f'{words} is ended', 20)


def states(done: Done) -> dict[str, str]:
    """Each step of the plain progress and how it ended: DONE, CACHED, ERROR, CANCELED."""
    names = {number: name for number, name in re.findall(r'^#(\d+) (\[.+)$', done.err, re.M)}
    ends = dict(re.findall(r'^#(\d+) (DONE|CACHED|ERROR|CANCELED)\b', done.err, re.M))
    return {name: ends.get(number, '') for number, name in names.items()}


def cached(done: Done) -> list[bool]:
    """For each step with a number, in order, FROM left out: whether it was."""
    found = [(name, state) for name, state in states(done).items() if re.match(r'\[(?:[\w.-]+ )*\d+/\d+\] (?!FROM)', name)]
    return [state == 'CACHED' for _, state in sorted(found)]


class Client:
    """docker and the plugin that it runs, in a session of their own; what they say is kept."""

    def __init__(self, process: subprocess.Popen, read: bool):
        self.process, self.lines = process, []
        self.thread = threading.Thread(target=self._read, daemon=True)
        if read:
            self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode(errors='replace'))

    def says(self, words: str, seconds: float = 30):
        eventually(lambda: any(words in line for line in self.lines), f'the client says {words!r}', seconds)

    def signal(self, how: int):
        """To both, as a terminal does it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)

    def wait(self, seconds: float = 60) -> int:
        return self.process.wait(seconds)

    def end(self):
        self.signal(signal.SIGKILL)
        self.process.wait()
        if self.thread.is_alive():
            self.thread.join()
        self.process.stdout.close()


class Buildx:
    """Its directory holds the client's configuration and the contexts that a test makes."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.dir = Path(tempfile.mkdtemp(prefix='gt-bx-', dir=paths.SCRATCH))
        self.config = self.dir / 'config'
        self.clients: list[Client] = []
        self.sleeps: list[str] = []
        self.prepare()

    @classmethod
    def missing(cls) -> str | None:
        return missing()

    def prepare(self):
        link_into(self.config)

    def program(self) -> str:
        return paths.docker_cli()

    def environment(self) -> dict:
        return environment(self.engine, self.config)

    def close(self):
        for client in self.clients:
            client.end()
        for pid in (pid for words in self.sleeps for pid in pids(words)):     # of a test that failed, mostly
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)

    def bytes(self, *args, input: bytes | str | None = None, check: bool = True, seconds: float = 90, cwd: Path | None = None,
              inside: bool = False, **variables: str) -> subprocess.CompletedProcess:
        """`docker ARGS`, with stdout as it is; inside: the client sees the engine's network."""
        words = [str(arg) for arg in args]
        data = input.encode() if isinstance(input, str) else input
        program = [*(self.engine.ns.enter() if inside else []), self.program()]
        done = subprocess.run([*program, *words], input=data, stdin=subprocess.DEVNULL if data is None else None, timeout=seconds,
                              capture_output=True, env={**self.environment(), **variables}, cwd=cwd or self.dir)
        self.engine.remember()
        if check and done.returncode != 0:
            raise AssertionError(f'docker {" ".join(words)}: exit {done.returncode}:\n{done.stderr.decode(errors="replace")[-3000:]}')
        return done

    def __call__(self, *args, **kw) -> Done:
        done = self.bytes(*args, **kw)
        return Done(done.returncode, done.stdout.decode(errors='replace'), done.stderr.decode(errors='replace'))

    def spawn(self, *args, read: bool = True, **variables: str) -> 'Client':
        """A client in the background; ended by close() if the test did not."""
        process = subprocess.Popen([self.program(), *map(str, args)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=self.dir,
                                   stderr=subprocess.STDOUT, env={**self.environment(), **variables}, start_new_session=True)
        self.clients.append(Client(process, read))
        return self.clients[-1]

    def long_sleep(self) -> str:
        """A command for a RUN that does not end, with words of its own."""
        self.sleeps.append(f'sleep {os.getpid()}{next(_count):03}')
        return self.sleeps[-1]

    def login(self, host: str, name: str = 'ann', password: str = 'secret'):
        """As `docker login` writes it down."""
        secret = base64.b64encode(f'{name}:{password}'.encode()).decode()
        (self.config / 'config.json').write_text(json.dumps({'auths': {host: {'auth': secret}}}))

    @property
    def newer(self) -> bool:
        """Whether the engine does what recent versions of BuildKit do; the reference has one of 2020."""
        return self.engine.name != 'dockerd'

    def needs_newer(self, what: str):
        if not self.newer:
            pytest.skip(f'BuildKit in Docker 20.10 is too old for {what}')

    def tree(self, files: dict, name: str = 'context') -> Path:
        """Writes files below the directory: text or bytes; None makes a directory, ('link', target) a link."""
        top = self.dir / name
        top.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            place = top / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                place.mkdir(exist_ok=True)
            elif isinstance(content, tuple):
                place.symlink_to(content[1])
            else:
                place.write_bytes(content.encode() if isinstance(content, str) else content)
        return top

    def build(self, dockerfile: str, *args, files: dict | None = None, tag: str = 'made', **kw) -> Done:
        """`docker build -t made ARGS DIR` of a directory with this Dockerfile and these files."""
        return self('build', '-t', tag, *args, self.tree({'Dockerfile': dockerfile, **(files or {})}), **kw)

    def refused(self, dockerfile: str, *args, **kw) -> str:
        """What a build that must fail says on stderr."""
        done = self.build(dockerfile, *args, check=False, **kw)
        assert done.code != 0, done.err
        return done.err

    def failure(self, command: str, code: int) -> str:
        """How a command's failure is told; users look for these words."""
        if not self.newer:
            return f'executor failed running [{command}]: exit code: {code}'
        return f'process "{command}" did not complete successfully: exit code: {code}'

    def shell(self, script: str, image: str = 'made') -> str:
        return builds.shell(self.engine, script, image)

    def image(self, name: str = 'made') -> dict:
        return builds.image(self.engine, name)

    def exists(self, name: str = 'made') -> bool:
        return self.engine.api.get(f'/images/{name}/json').status == 200

    def caches(self) -> list[dict]:
        return self.engine.api.get('/system/df', query={'type': 'build-cache'}).json()['BuildCache'] or []

    def prune(self) -> list[dict]:
        """What of the cache stays though all is to go."""
        answer = self.engine.api.post('/build/prune', query={'all': 1})
        assert answer.status == 200, answer.body
        return self.caches()


def made(engine: Engine, kind: type[Buildx] = Buildx):
    """For a fixture: a client, and afterwards nothing of what it did is left."""
    if reason := kind.missing():
        pytest.skip(reason)
    client = kind(engine)
    try:
        yield client
    finally:
        client.close()
        if not engine.alive():                     # a test that failed may have left it so
            engine.start()
        builds.only_the_box(engine)
        eventually(lambda: client.prune() == [], 'the build cache is empty')       # a build may still be ending
    assert not builds.residue(engine) and not builds.containers(engine), (builds.residue(engine), builds.containers(engine))
