"""kill -9 of gantryd at random moments of create, start, stop and rm; after each, a consistent engine and no orphan."""
import contextlib
import os
import random
import threading
import time

from harness import leaks
from harness.engine import BOX
from harness.wait import eventually

CRASHES = int(os.environ.get('GANTRY_TEST_CRASHES', '50'))
WORKERS = 2


def work(engine, worker: int, stop: threading.Event):
    """Lives of containers one after the other; every call may find the daemon dead."""
    round_number = 0
    while not stop.is_set():
        round_number += 1
        name = f'crash{worker}-{round_number}'
        with contextlib.suppress(OSError, ValueError, KeyError):
            body = {'Image': BOX, 'Cmd': ['sleep', '1000'], 'Volumes': {'/v': {}},
                    'HostConfig': {'PortBindings': {'80/tcp': [{'HostPort': ''}]}, 'AutoRemove': round_number % 3 == 0}}
            answer = engine.api.post('/containers/create', body, query={'name': name}, timeout=10)
            engine.ids.add(answer.json()['Id'])
            engine.api.post(f'/containers/{name}/start', timeout=10)
            engine.api.post(f'/containers/{name}/stop', query={'t': 0}, timeout=10)
            engine.api.delete(f'/containers/{name}', query={'force': 1, 'v': 1}, timeout=10)
        if not engine.alive():
            stop.wait(0.05)


def check_consistent(engine):
    """What list and inspect say agrees with the machine."""
    for row in engine.api.get('/containers/json', query={'all': 1}).json():
        engine.ids.add(row['Id'])
        shown = engine.api.get(f'/containers/{row["Id"]}/json')
        if shown.status == 404:
            continue                                      # auto-removed in between
        state = shown.json()['State']
        assert state['Status'] in ('created', 'running', 'exited', 'removing', 'dead'), state
        if state['Running'] and not os.path.exists(f'/proc/{state["Pid"]}'):
            # Killed a moment ago: its end becomes known.
            eventually(lambda path=f'/containers/{row["Id"]}/json': (now := engine.api.get(path)).status == 404
                       or not now.json()['State']['Running'], 'the end is known')
        elif state['Running']:
            assert state['Pid'] > 0, state
        else:
            assert state['Pid'] == 0, state


def test_fifty_crashes_leave_a_consistent_engine_and_no_orphans(daemon):
    seed = int(os.environ.get('GANTRY_TEST_SEED', str(int(time.time()))))
    print('seed', seed)                                   # shown when the test fails
    dice = random.Random(seed)
    engine = daemon()
    one_life = time_of_one_life(engine)
    for crash in range(CRASHES):
        stop = threading.Event()
        workers = [threading.Thread(target=work, args=(engine, f'{crash}w{n}', stop)) for n in range(WORKERS)]
        for thread in workers:
            thread.start()
        time.sleep(dice.uniform(0, one_life))             # the random point itself
        engine.kill9()
        stop.set()
        for thread in workers:
            thread.join()
        engine.start()
        check_consistent(engine)
        if crash % 10 == 9:
            assert_nothing_orphaned(engine)
    assert_nothing_orphaned(engine)
    assert engine.docker('run', '--rm', BOX, 'echo', 'fine').out == 'fine\n'


def time_of_one_life(engine) -> float:
    begun = time.monotonic()
    engine.docker('run', '-d', '--name', 'life', '-p', '80', BOX, 'sleep', '1000')
    engine.docker('stop', '-t', '0', 'life')
    engine.docker('rm', 'life')
    return time.monotonic() - begun


def assert_nothing_orphaned(engine):
    """Removes what is listed; then links, rules, mounts, cgroups, processes and directories must be gone too, with the daemon up."""
    engine.clear()
    assert engine.api.get('/volumes').json()['Volumes'] in (None, []) or all(
        engine.api.delete('/volumes/' + v['Name']).status == 204 for v in engine.api.get('/volumes').json()['Volumes'])

    def orphans():
        found = engine.network_leaks() + leaks.cgroups(engine.ids) + leaks.paths_of_containers(engine.dir, engine.ids)
        found += [f'process {p}' for p in leaks.pids_of(engine.dir, engine.ns.inode()) if p != engine.process.pid]
        found += [m for m in leaks.mounts(engine.dir) if 'overlay' in m or any(i[:12] in m for i in engine.ids)]
        assert not found, '\n'.join(found)
        return True
    eventually(orphans, 'nothing is orphaned', 10, every=0.1)
