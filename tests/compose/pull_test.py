"""Images from a registry: what is missing is pulled, what should be fresh is pulled anew and its service recreated."""
import shutil

import pytest
from harness import images
from harness.debian_registry import PROGRAM, DebianRegistry


def test_images_are_pulled_when_missing_or_when_they_should_be_fresh(project):
    if not shutil.which(PROGRAM):
        pytest.skip('no docker-registry')
    stack = project('pulled')
    engine = stack.engine
    with DebianRegistry(engine.ns, engine.dir / 'registry') as registry:
        registry.push('app', '1', images.busybox_image())
        registry.push('app', 'edge', images.busybox_image(mark='b'))
        done = stack.up()
        assert 'Pulled' in done.err
        assert stack.shell('fresh', 'cat /layer0').out == 'b0\n'
        before = {service: stack.inspect(service)['Id'] for service in ('missing', 'fresh')}

        registry.push('app', '1', images.busybox_image(mark='c'))
        registry.push('app', 'edge', images.busybox_image(mark='d'))
        stack.up()
        assert stack.inspect('missing')['Id'] == before['missing'], 'what is there is not pulled again'
        assert stack.inspect('fresh')['Id'] != before['fresh']
        assert stack.shell('fresh', 'cat /layer0').out == 'd0\n'

        stack('pull', '-q', 'missing')
        stack.up('missing')
        assert stack.shell('missing', 'cat /layer0').out == 'c0\n'

        done = stack.up('--pull', 'always', 'missing')
        assert done.code == 0
        stack('down', '--rmi', 'all')
        assert engine.api.get('/images/127.0.0.1:5000/app:1/json').status == 404
