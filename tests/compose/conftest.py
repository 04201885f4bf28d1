"""Fixtures of the compose suite: an engine with the images a module names (IMAGES), each name service of ours by NAMES."""
import sys

import pytest
from harness import compose, debian_images, paths
from harness.running import KINDS, ended, started


def installed(plugin: str) -> bool:
    return any((paths.build_dir() / 'lib').rglob(f'{plugin}.so')) or any(paths.build_dir().rglob(f'{plugin}.so'))


def pytest_generate_tests(metafunc):
    """`stacks` runs on each wanted engine; a module that sets NAMES runs on gantryd once for each of these name services."""
    fixture = next((name for name in ('stacks', 'stacks_of_any_compose') if name in metafunc.fixturenames), None)
    if not fixture:
        return
    kinds = metafunc.config.getoption('--engine').split(',')
    wanted = [f'{kind} {names}'.strip() for kind in kinds for names in (getattr(metafunc.module, 'NAMES', ('',)) if kind == 'gantryd' else ('',))]
    # Interned: pytest goes by the identity of a parameter when it decides whether the module's engine will do.
    metafunc.parametrize(fixture, [sys.intern(one) for one in wanted], indirect=True, scope='module')


def load_images(engine, *names: str):
    try:
        archives = debian_images.archives(*names)
    except debian_images.NoPackages as error:
        pytest.skip(f'no Debian packages to make images of: {error}')
    for archive in archives:
        engine.docker('load', '-i', str(archive), seconds=120)


def engine_of(request):
    kind, _, names = request.param.partition(' ')
    options = {}
    if names:
        if not installed(names):
            pytest.skip(f'{names} is not built')
        options['config'] = f'[network]\nplugin = "{names}"\n'
    engine = started(KINDS[kind], **options)
    try:
        load_images(engine, *getattr(request.module, 'IMAGES', ()))
    except BaseException:
        engine.close()
        raise
    return engine


@pytest.fixture(scope='module')
def stacks(request):
    """A running engine with the images of the module's stacks."""
    try:
        if compose.major() < 5:
            pytest.skip(f'needs Docker Compose 5: {compose.why_not_newer()}')
    except RuntimeError as error:
        pytest.skip(f'no Docker Compose: {error}')
    engine = engine_of(request)
    yield engine
    ended(engine)


@pytest.fixture(scope='module')
def stacks_of_any_compose(request):
    """The same for tests that bring a Compose of their own."""
    engine = engine_of(request)
    yield engine
    ended(engine)


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
