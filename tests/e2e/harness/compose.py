"""Docker Compose against one engine: a project of a directory of tests/compose/stacks, run as its users run it."""
import contextlib
import functools
import json
import os
import shutil
import subprocess

from . import leaks, paths
from .engine import Done, Engine
from .wait import PATIENCE

STACKS = paths.REPO / 'tests' / 'compose' / 'stacks'


@functools.cache
def _found() -> tuple[str, str]:
    """The path of a Compose, and what get-compose had to say."""
    done = subprocess.run([str(paths.REPO / 'tests/compose/get-compose')], capture_output=True, text=True)
    said = ' '.join(line for line in done.stderr.strip().splitlines() if line)
    if done.returncode != 0:
        raise RuntimeError(said)
    return done.stdout.strip(), said


def binary() -> str:
    """Compose 5, or what tests/compose/get-compose found instead. RuntimeError where there is none."""
    return _found()[0]


def why_not_newer() -> str:
    return _found()[1]


@functools.cache
def major() -> int:
    text = subprocess.run([binary(), 'version', '--short'], capture_output=True, text=True, check=True).stdout
    return int(text.strip().lstrip('v').split('.')[0])


def api_version(engine: Engine) -> str | None:
    """Compose asks for the newest API by itself, only an old reference has to be named."""
    return None if engine.name == 'gantryd' else '1.41'


class Project:
    """A copy of a stack's directory and the commands on it. Two projects of one stack differ in their name."""

    def __init__(self, engine: Engine, stack: str, name: str | None = None, program: str | None = None, **variables: str):
        self.engine, self.name, self.program = engine, name or stack, program or binary()
        self.dir = engine.dir / 'projects' / self.name
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.copytree(STACKS / stack, self.dir)
        self.variables = {key: str(value) for key, value in variables.items()}

    def environment(self) -> dict:
        version = api_version(self.engine)
        return {**self.engine.client_environment(), 'COMPOSE_PROJECT_NAME': self.name, 'COMPOSE_MENU': 'false', 'NO_COLOR': '1', **self.variables,
                **({'DOCKER_API_VERSION': version} if version else {})}

    def __call__(self, *args: str, check: bool = True, seconds: float = 60, input: str | None = None, **variables: str) -> Done:
        """`docker compose ARGS`, in the project's directory."""
        done = subprocess.run([self.program, *args], cwd=self.dir, env={**self.environment(), **variables}, timeout=seconds * PATIENCE, capture_output=True,
                              text=True, errors='replace', input=input, stdin=subprocess.DEVNULL if input is None else None)
        self.engine.remember()
        if check and done.returncode != 0:
            raise AssertionError(f'docker compose {" ".join(args)}: exit {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}')
        return Done(done.returncode, done.stdout, done.stderr)

    def spawn(self, *args: str, **kw) -> subprocess.Popen:
        """A command in the background; ended with the engine if the test did not."""
        kw = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT, 'text': True, **kw}
        process = subprocess.Popen([self.program, *args], cwd=self.dir, env=self.environment(), **kw)
        self.engine.helpers.append(process)
        return process

    def up(self, *args: str, **kw) -> Done:
        return self('up', '-d', *args, **kw)

    def down(self, *args: str) -> Done:
        return self('down', '-v', '--remove-orphans', '-t', '3', *args)

    def ps(self, *args: str) -> list[dict]:
        return [json.loads(line) for line in self('ps', '--format', 'json', *args).out.splitlines() if line]

    def container(self, service: str, number: int = 1) -> str:
        return f'{self.name}-{service}-{number}'

    def inspect(self, service: str, number: int = 1) -> dict:
        return self.engine.inspect(self.container(service, number))

    def shell(self, service: str, script: str, check: bool = True) -> Done:
        return self('exec', '-T', service, 'sh', '-c', script, check=check)

    def replace(self, old: str, new: str, file: str = 'compose.yaml'):
        """An edit of the user's."""
        path = self.dir / file
        text = path.read_text()
        assert old in text, f'{old!r} is not in {file}'
        path.write_text(text.replace(old, new))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None and os.environ.get('GANTRY_TEST_VERBOSE'):
            with contextlib.suppress(Exception):
                print(self('ps', '-a', check=False).out, self('logs', '--tail', '20', check=False).out)
        self('down', '-v', '--remove-orphans', '-t', '1', check=kind is None)


def residue(engine: Engine, name: str) -> dict:
    """What the engine still shows of a project."""
    label = {'label': [f'com.docker.compose.project={name}']}
    api = engine.api
    return {'containers': [c['Names'] for c in api.get('/containers/json', query={'all': 1, 'filters': json.dumps(label)}).json()],
            'networks': [n['Name'] for n in api.get('/networks', query={'filters': json.dumps(label)}).json()],
            'volumes': [v['Name'] for v in api.get('/volumes', query={'filters': json.dumps(label)}).json()['Volumes'] or []]}


def assert_gone(engine: Engine, name: str):
    left = {kind: names for kind, names in residue(engine, name).items() if names}
    assert not left, f'project {name} left {left}'
    mounts = [point for point in leaks.mounts_under(engine.dir) if f'/{name}_' in point]
    assert not mounts, f'mounts of project {name} are left: {mounts}'
