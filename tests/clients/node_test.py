"""Node programs that speak to an engine: dockerode, and Testcontainers on top of it. Their tests are in node/."""
import tempfile

import pytest
from fetched import HERE, fetched, node, run


@pytest.mark.parametrize('file', ['dockerode.test.mjs', 'testcontainers.test.mjs'])
def test_of(engine, file):
    """Each test of the file by Node's own runner; what failed is shown."""
    packages = fetched('get-node')
    with tempfile.TemporaryDirectory(dir=engine.dir) as scratch:
        environment = {**engine.client_environment(), 'CLIENTS': packages, 'TMPDIR': scratch, 'TESTCONTAINERS_RYUK_DISABLED': 'true'}
        done = run([*engine.ns.enter(), node(), '--test', '--test-timeout=60000', '--test-reporter=spec', str(HERE / 'node' / file)],
                   seconds=240, env=environment, cwd=scratch)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
