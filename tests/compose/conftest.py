"""Fixtures of the compose suite: an engine with the images a module names (IMAGES), with each name service of ours in NAMES.

All modules that a worker runs share one engine: loading images takes longer than most tests. A name service is switched as users do
it, by a line of TOML and a restart.
"""
import sys

import pytest
from harness import compose, debian_images
from harness.capabilities import installed
from harness.running import KINDS, ended, started


def pytest_generate_tests(metafunc):
    """`stacks` runs on each wanted engine; a module that sets NAMES runs on gantryd once for each of these name services."""
    fixture = next((name for name in ('stacks', 'stacks_of_any_compose') if name in metafunc.fixturenames), None)
    if not fixture:
        return
    kinds = metafunc.config.getoption('--engine').split(',')
    wanted = [f'{kind} {names}'.strip() for kind in kinds for names in (getattr(metafunc.module, 'NAMES', ('',)) if kind == 'gantryd' else ('',))]
    # Interned: pytest goes by the identity of a parameter when it decides whether the module's fixture will do.
    metafunc.parametrize(fixture, [sys.intern(one) for one in wanted], indirect=True, scope='module')


@pytest.fixture(scope='session')
def engines():
    """Running engines by kind, each with the images it has."""
    running: dict[str, tuple] = {}
    yield running
    for engine, _ in running.values():
        ended(engine)


def load_images(engine, has: set[str], *names: str):
    missing = [name for name in names if name not in has]
    try:
        archives = debian_images.archives(*missing) if missing else []
    except debian_images.NoPackages as error:
        pytest.skip(f'no Debian packages to make images of: {error}')
    for name, archive in zip(missing, archives):
        engine.docker('load', '-i', str(archive), seconds=120)
        has.add(name)


def use_names(engine, names: str):
    """One line of TOML and a restart."""
    config = f'[network]\nplugin = "{names}"\n' if names else ''
    if (engine.config or '') != config:
        engine.stop()
        engine.config = config
        engine.start()


def engine_of(request, engines):
    kind, _, names = request.param.partition(' ')
    if names and not installed(names):
        pytest.skip(f'{names} is not built')
    if kind in engines and not engines[kind][0].alive():
        ended(engines.pop(kind)[0])
    if kind not in engines:
        engines[kind] = (started(KINDS[kind]), set())
    engine, has = engines[kind]
    if kind == 'gantryd':
        use_names(engine, names)
    load_images(engine, has, *getattr(request.module, 'IMAGES', ()))
    return engine


def tidied(engine):
    """What a failed test left must not trouble the next module."""
    if engine.alive():
        engine.clear()
        engine.api.post('/networks/prune')
        for volume in engine.api.get('/volumes').json()['Volumes'] or []:
            engine.api.delete('/volumes/' + volume['Name'], query={'force': 1})


@pytest.fixture(scope='module')
def stacks(request, engines):
    """A running engine with the images of the module's stacks."""
    try:
        if compose.major() < 5:
            pytest.skip(f'needs Docker Compose 5: {compose.why_not_newer()}')
    except RuntimeError as error:
        pytest.skip(f'no Docker Compose: {error}')
    engine = engine_of(request, engines)
    yield engine
    tidied(engine)


@pytest.fixture(scope='module')
def stacks_of_any_compose(request, engines):
    """The same for tests that bring a Compose of their own."""
    engine = engine_of(request, engines)
    yield engine
    tidied(engine)


@pytest.fixture
def project(stacks):
    """project('stack', name=…, VARIABLE=…): brought down and checked for residue after the test, also a failed one."""
    made = []

    def make(stack: str, name: str | None = None, **variables) -> compose.Project:
        made.append(compose.Project(stacks, stack, name, **variables))
        return made[-1]

    yield make
    for one in made:
        one('--profile', '*', 'down', '-v', '--remove-orphans', '-t', '1', check=False)
    for one in made:
        compose.assert_gone(stacks, one.name)
