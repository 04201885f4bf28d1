"""The acceptance stack again, and before each step the daemon is killed and started anew: nobody in the stack notices."""
import pytest
from harness.wait import eventually
from shop_test import IMAGES, PORT, shop  # noqa: F401
from shop_test import *  # noqa: F403 - the same tests

NAMES = ('',)


def is_well(engine) -> bool:
    """The app and both stores. On a busy machine a store may take longer than the app's 3 seconds; anything else it complains of is a fault."""
    try:
        answer = engine.ns.get(PORT, '/health', timeout=15)
    except TimeoutError:
        return False
    well = answer.split(b' ', 2)[1:2] == [b'200']
    if not well and b'timed out' not in answer.lower() and b'timeout' not in answer.lower():
        pytest.fail(repr(answer))
    return well


@pytest.fixture(autouse=True)
def killed_between_the_steps(shop):  # noqa: F811
    if shop.engine.name != 'gantryd':
        pytest.skip('only a daemon of ours can be killed under its containers')
    pids = {service: shop.inspect(service)['State']['Pid'] for service in ('api', 'db', 'redis', 'worker')}
    shop.engine.kill9()
    try:
        eventually(lambda: is_well(shop.engine), 'published ports and names work while there is no daemon', 30)
    except (AssertionError, OSError, pytest.fail.Exception) as fault:
        shop.engine.start()
        pytest.fail(f'{fault}\n' + shop('logs', '--timestamps', '--tail', '30', 'db').out)
    shop.engine.start()
    assert {service: shop.inspect(service)['State']['Pid'] for service in pids} == pids
    yield
    shop.engine.kill9()                            # and once more, so that the last step, `down`, meets a new daemon
    shop.engine.start()
