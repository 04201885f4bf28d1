"""kill -9 at random points while networks come and go and running containers join and leave them."""
import os
import random
import threading
import time

from harness.engine import BOX
from harness.netns import sh
from harness.wait import eventually

ENGINES = ('gantryd',)
CRASHES = 15


def tolerant(engine, method: str, path: str, body=None):
    """The daemon may die in the middle of the call."""
    try:
        return engine.api.call(method, path, body=body, timeout=10)
    except (OSError, ValueError):
        return None


def churn(engine, name: str, stop: threading.Event):
    """A network that comes and goes; the container of that name joins and leaves it."""
    while not stop.is_set():
        tolerant(engine, 'POST', '/networks/create', {'Name': name, 'EnableIPv6': name.endswith('0')})
        tolerant(engine, 'POST', f'/networks/{name}/connect', {'Container': name})
        tolerant(engine, 'POST', f'/networks/{name}/disconnect', {'Container': name})
        tolerant(engine, 'DELETE', f'/networks/{name}')
        if not engine.alive():
            stop.wait(0.05)


def interfaces(engine, name: str) -> set[str]:
    pid = engine.inspect(name)['State']['Pid']
    lines = open(f'/proc/{pid}/net/dev').read().splitlines()[2:]
    return {line.split(':')[0].strip() for line in lines} - {'lo'}


def check_consistent(engine, names: list[str]):
    """What inspect says is what a container has, and no two have the same address."""
    addresses = []
    for name in names:
        networks = engine.inspect(name)['NetworkSettings']['Networks']
        assert len(interfaces(engine, name)) == len(networks), (name, networks.keys())
        for network, endpoint in networks.items():
            shown = engine.api.get(f'/networks/{network}').json()['Containers']
            assert engine.inspect(name)['Id'] in shown, (name, network)
            addresses.append(endpoint['IPAddress'])
    assert len(addresses) == len(set(addresses))


def test_crashes_leave_networks_as_they_are_shown_and_nothing_else(daemon):
    seed = int(os.environ.get('GANTRY_TEST_SEED', str(int(time.time()))))
    print('seed', seed)                                   # shown when the test fails
    dice = random.Random(seed)
    engine = daemon()
    names = [f'churn{n}' for n in range(4)]
    for name in names:
        engine.docker('run', '-d', '--name', name, BOX, 'sleep', '1000')
    for _ in range(CRASHES):
        stop = threading.Event()
        workers = [threading.Thread(target=churn, args=(engine, name, stop)) for name in names]
        for thread in workers:
            thread.start()
        time.sleep(dice.uniform(0, 0.3))                  # the random point itself
        engine.kill9()
        stop.set()
        for thread in workers:
            thread.join()
        engine.start()
        check_consistent(engine, names)
    engine.clear()
    for row in engine.api.get('/networks').json():
        if row['Name'] in names:
            assert engine.api.delete('/networks/' + row['Id']).status == 204

    def only_the_default_bridge():
        links = sh('ip', '-o', '-n', engine.ns.name, 'link', 'show', 'type', 'bridge').splitlines()
        return [line.split(': ')[1] for line in links] == ['gantry0']
    eventually(only_the_default_bridge, 'all bridges but the default one are gone')
