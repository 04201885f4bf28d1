"""Python programs that speak to an engine: Testcontainers, on top of Docker's SDK for Python. Their tests are in python/."""
import tempfile

from fetched import HERE, fetched, run


def test_testcontainers(engine):
    python = fetched('get-python')
    with tempfile.TemporaryDirectory(dir=engine.dir) as scratch:
        environment = {**engine.client_environment(), 'TMPDIR': scratch, 'TESTCONTAINERS_RYUK_DISABLED': 'true'}
        done = run([*engine.ns.enter(), python, str(HERE / 'python/containers.py')], seconds=200, env=environment, cwd=scratch)
    assert done.returncode == 0, done.stderr[-6000:]
