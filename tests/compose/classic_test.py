"""The acceptance stack with docker-compose 1.29, written in Python, which some distributions still have: what it needs of the engine."""
import os
import shutil
import signal
import subprocess

import pytest
from harness import paths
from harness.compose import Project
from harness.wait import eventually
from shop_test import orders, status, stored

IMAGES = ('postgres', 'redis', 'fastapi')
CLASSIC = shutil.which('docker-compose', path=paths.SYSTEM_PATH)


def is_classic() -> bool:
    return bool(CLASSIC) and subprocess.run([CLASSIC, 'version', '--short'], capture_output=True, text=True).stdout.startswith('1.')


def test_the_acceptance_stack_comes_up_works_and_goes(stacks_of_any_compose):
    if not is_classic():
        pytest.skip('no docker-compose 1.x is installed')
    engine = stacks_of_any_compose
    shop = Project(engine, 'shop', name='classic', program=CLASSIC)
    try:
        shop('up', '-d', seconds=120)
        eventually(lambda: status(engine) == 200, 'the app is up', 30)
        assert stored(engine, 'first')
        name = shop('ps', '-q', 'db').out.strip()
        os.kill(engine.inspect(name)['State']['Pid'], signal.SIGKILL)
        eventually(lambda: engine.inspect(name)['RestartCount'] == 1 and status(engine) == 200, 'the database is back', 30)
        assert 'first' in orders(engine)
        shop('up', '-d', '--scale', 'worker=2')
        assert len(shop('ps', '-q', 'worker').out.split()) == 2
        assert 'stored first' in shop('logs', '--no-color', 'worker').out
        assert shop('exec', '-T', 'db', 'sh', '-c', 'exit 7', check=False).code == 7
        shop('stop', '-t', '3')
        shop('start')
        eventually(lambda: status(engine) == 200, 'the app is back', 30)
    finally:
        shop('down', '-v', '-t', '2', check=False)
