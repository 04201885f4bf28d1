"""The acceptance stack again, and before each step the daemon is killed and started anew: nobody in the stack notices."""
import pytest
from shop_test import IMAGES, PORT, shop  # noqa: F401
from shop_test import *  # noqa: F403 - the same tests

NAMES = ('',)


@pytest.fixture(autouse=True)
def killed_between_the_steps(shop):  # noqa: F811
    if shop.engine.name != 'gantryd':
        pytest.skip('only a daemon of ours can be killed under its containers')
    pids = {service: shop.inspect(service)['State']['Pid'] for service in ('api', 'db', 'redis', 'worker')}
    shop.engine.kill9()
    try:
        answer = shop.engine.ns.get(PORT, '/health')
    finally:
        shop.engine.start()
    assert answer.split(b' ', 2)[1] == b'200', f'published ports and names work while there is no daemon: {answer}'
    assert {service: shop.inspect(service)['State']['Pid'] for service in pids} == pids
    yield
    shop.engine.kill9()                            # and once more, so that the last step, `down`, meets a new daemon
    shop.engine.start()
