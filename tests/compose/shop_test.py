"""The acceptance stack: FastAPI, PostgreSQL, Redis and a worker, used as its owner would."""
import json
import os
import signal

import pytest
from harness import leaks
from harness.compose import Project, assert_gone
from harness.wait import PATIENCE, eventually

IMAGES = ('postgres', 'redis', 'fastapi')
NAMES = ('net-dns', 'net-hosts')
PORT = 8000


def status(engine, path: str = '/health') -> int:
    try:
        return int(engine.ns.get(PORT, path).split(b' ', 2)[1])
    except (OSError, IndexError):
        return 0


def post(engine, text: str):
    with engine.ns.connect(PORT) as s:
        s.sendall(f'POST /orders/{text} HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n'.encode())
        assert s.recv(4096).split(b' ', 2)[1] == b'200'


def orders(engine) -> dict:
    head, _, body = engine.ns.get(PORT, '/orders').partition(b'\r\n\r\n')
    return json.loads(body) if head.split(b' ', 2)[1:2] == [b'200'] else {}


def stored(engine, text: str) -> str:
    """The name of the worker that stored the order."""
    post(engine, text)
    return eventually(lambda: orders(engine).get(text), f'{text} went through the queue to the database', 15)


@pytest.fixture(scope='module')
def shop(stacks):
    """The stack, up for all tests of the module."""
    links, rules = stacks.ns.links(), stacks.ns.nft_rules()
    project = Project(stacks, 'shop')
    if PATIENCE > 1:                           # PostgreSQL makes its first database for minutes where all is emulated
        project.replace('retries: 40', 'retries: 400')
    try:
        project.up('--wait')
        yield project
    finally:
        project.down()
    assert_gone(stacks, 'shop')
    eventually(lambda: stacks.ns.links() == links, 'no link is left', 20)
    # The tables themselves are fixed and stay while the daemon runs; what networks and ports add are elements.
    left = [line for line in stacks.ns.nft_rules() if line not in rules and ('elements' in line or 'br-' in line) and 'gantry0' not in line]
    assert left == [], 'no rule is left'
    eventually(lambda: not leaks.helpers_of_containers(stacks.dir, stacks.ns.inode()), 'no supervisor and no proxy is left', 20)
    with stacks.ns.listen(PORT, '0.0.0.0'):        # the port is free again
        pass


def test_up_waits_until_everything_is_healthy(shop):
    rows = {row['Service']: row for row in shop.ps()}
    assert {name: row['Health'] for name, row in rows.items()} == {'api': 'healthy', 'db': 'healthy', 'redis': '', 'worker': ''}
    assert all(row['State'] == 'running' for row in rows.values())
    assert rows['api']['Publishers'][0]['PublishedPort'] == PORT
    assert status(shop.engine) == 200


def test_data_goes_through_to_both_stores(shop):
    assert stored(shop.engine, 'first')


def test_names_resolve_inside_by_service_and_container(shop):
    for name in ('db', 'redis', 'shop-db-1'):
        assert shop.shell('worker', f'getent ahostsv4 {name}').out.split()[0] == shop.inspect(
            name.removeprefix('shop-').removesuffix('-1'))['NetworkSettings']['Networks']['shop_default']['IPAddress']
    assert not shop.shell('worker', 'RES_OPTIONS="timeout:1 attempts:1" getent ahostsv4 nobody-of-that-name', check=False)


def test_a_killed_database_comes_back_and_the_app_reconnects(shop):
    before = shop.inspect('db')
    os.kill(before['State']['Pid'], signal.SIGKILL)         # not by the API: `docker kill` is a manual stop
    eventually(lambda: shop.inspect('db')['RestartCount'] == before['RestartCount'] + 1, 'the restart policy is honoured', 20)
    eventually(lambda: status(shop.engine) == 200, 'the app has its database again', 20)
    assert 'first' in orders(shop.engine)
    assert stored(shop.engine, 'after-the-crash')


def test_a_restarted_database_is_found_again(shop):
    shop('restart', '-t', '5', 'db')
    eventually(lambda: status(shop.engine) == 200, 'the app has its database again', 20)
    assert stored(shop.engine, 'after-the-restart')


def test_logs_follow_all_services_and_end_with_them(shop):
    following = shop.spawn('logs', '-f', '--tail', '5', 'worker', 'api')
    try:
        text = 'followed'
        seen = []
        assert stored(shop.engine, text)
        for line in following.stdout:
            seen.append(line)
            if 'stored followed' in line:
                break
        assert any(line.startswith('worker-1') for line in seen)
        shop('stop', '-t', '2', 'worker', 'api')
        following.stdout.read()
        assert following.wait(15) == 0
    finally:
        shop('start', 'worker', 'api')
    eventually(lambda: status(shop.engine) == 200, 'the app is back', 20)


def test_exec_runs_in_the_container_with_its_exit_code(shop):
    assert shop('exec', '-T', 'db', 'psql', '-U', 'shop', '-tAc', "SELECT count(*) FROM orders WHERE text = 'first'").out.strip() == '1'
    assert shop('exec', '-T', 'db', 'sh', '-c', 'exit 7', check=False).code == 7
    assert shop('exec', '-T', '-e', 'WHAT=this', '-w', '/tmp', '-u', 'postgres', 'db', 'sh', '-c', 'echo $WHAT $PWD $(id -un)').out.strip() == 'this /tmp postgres'
    assert shop('exec', '-T', 'db', 'cat', input='through stdin').out == 'through stdin'


def test_stop_and_start_keep_the_containers(shop):
    before = shop.inspect('db')['Id']
    shop('stop', '-t', '5')
    assert {row['State'] for row in shop.ps('-a')} == {'exited'}
    assert shop.ps() == []
    shop('start')
    assert shop.inspect('db')['Id'] == before
    eventually(lambda: status(shop.engine) == 200, 'the app is back', 20)
    assert 'first' in orders(shop.engine)


def test_a_changed_service_is_recreated_and_the_others_are_not(shop):
    before = {service: shop.inspect(service)['Id'] for service in ('api', 'worker', 'db', 'redis')}
    shop.replace('stop_grace_period: 2s', 'stop_grace_period: 2s\n    labels:\n      CHANGED: "1"')
    done = shop.up('--wait')
    after = {service: shop.inspect(service)['Id'] for service in before}
    assert {service for service in before if before[service] != after[service]} == {'worker'}, done.err
    assert shop.inspect('worker')['Config']['Labels']['CHANGED'] == '1'
    assert stored(shop.engine, 'after-the-change')


def test_up_again_changes_nothing(shop):
    before = [(row['ID'], row['CreatedAt']) for row in shop.ps()]
    shop.up('--wait')
    assert [(row['ID'], row['CreatedAt']) for row in shop.ps()] == before


def test_three_workers_share_the_work(shop):
    shop.up('--scale', 'worker=3', '--wait')
    assert len(shop.ps('worker')) == 3
    for number in range(12):
        post(shop.engine, f'many-{number}')
    eventually(lambda: sum(text.startswith('many-') for text in orders(shop.engine)) == 12, 'all orders are stored', 20)
    shop.up('--scale', 'worker=1', '--wait')
    assert len(shop.ps('worker')) == 1
