"""Options and fixtures: which engines a test runs on, one engine per module, a registry, leak checks at the end."""
import sys

import pytest
from harness import buildx as plugin
from harness import paths
from harness.docker20 import Docker20
from harness.dockerd import Dockerd
from harness.gantryd import Gantryd
from harness.running import KINDS, ended, started


def pytest_addoption(parser):
    parser.addoption('--engine', default='gantryd', help='engines for the e2e tests: gantryd, dockerd, or both with a comma')
    parser.addoption('--counts', default=None, help='file that gets the line: passed failed skipped')


def pytest_generate_tests(metafunc):
    if 'engine' in metafunc.fixturenames:
        only = getattr(metafunc.module, 'ENGINES', tuple(KINDS))
        wanted = [name for name in metafunc.config.getoption('--engine').split(',') if name in only]
        # Interned: pytest goes by the identity of a parameter when it decides whether the module's engine will do.
        metafunc.parametrize('engine', [sys.intern(name) for name in wanted], indirect=True, scope='module')


@pytest.fixture(scope='module')
def engine(request):
    """One engine for all tests of a module; each test cleans up its own containers or leaves it to the end."""
    running = started(KINDS[request.param])
    yield running
    ended(running)


@pytest.fixture
def buildx(engine):
    """docker with the buildx plugin; what it has made is removed afterwards, and nothing else may stay."""
    yield from plugin.made(engine)


@pytest.fixture
def docker20(engine):
    """Debian's docker CLI 20.10, which builds by POST /build?version=2; the same afterwards."""
    yield from plugin.made(engine, Docker20)


@pytest.fixture(scope='module')
def both():
    """gantryd and dockerd side by side; skipped where no dockerd can be started."""
    if reason := Dockerd.missing():
        pytest.skip(reason)
    try:
        reference = started(Dockerd)
    except RuntimeError as error:
        pytest.skip(f'dockerd cannot be started here: {str(error).splitlines()[-1]}')
    try:
        ours = started(Gantryd)
    except BaseException:
        reference.close()
        raise
    yield reference, ours
    reference.close()
    ended(ours)


@pytest.fixture
def daemon(request):
    """Makes gantryds of a test's own: daemon(config=…). All are ended and checked for leaks."""
    made = []

    def make(prepare: bool = True, start: bool = True, **options):
        if reason := Gantryd.missing():
            pytest.skip(reason)
        engine = Gantryd(**options)
        made.append(engine)
        if start:
            engine.start()
            if prepare:
                engine.prepare()
        return engine

    yield make
    left = [line for engine in made for line in engine.close()]
    assert not left, 'left behind:\n  ' + '\n  '.join(left)


@pytest.fixture
def tidy(engine):
    """For tests that leave containers: all are removed afterwards."""
    yield engine
    engine.clear()


def pytest_report_header(config):
    return f'engines: {config.getoption("--engine")}; build: {paths.build_dir()}; reference: {paths.dockerd()}'


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    """scripts/test adds these up over all suites."""
    stats = terminalreporter.stats
    count = {word: len(stats.get(word, [])) for word in ('passed', 'failed', 'error', 'skipped', 'xfailed')}
    if config.getoption('--counts'):
        with open(config.getoption('--counts'), 'w') as file:
            file.write(f'{count["passed"]} {count["failed"] + count["error"]} {count["skipped"] + count["xfailed"]}\n')
