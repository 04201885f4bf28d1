"""A journal that takes nothing for a while: no container's end is lost."""
import contextlib
import os
import signal
import sqlite3

import pytest
from harness.engine import BOX
from harness.wait import eventually


@contextlib.contextmanager
def nobody_writes(engine):
    """Holds the lock that every change of the journal needs."""
    journal = sqlite3.connect(engine.root / 'state.db', isolation_level=None)
    journal.execute('BEGIN IMMEDIATE')
    try:
        yield
    finally:
        journal.execute('ROLLBACK')
        journal.close()


@contextlib.contextmanager
def no_record_is_written(engine):
    """All else is: what announces a change, for example."""
    journal = sqlite3.connect(engine.root / 'state.db', isolation_level=None)
    for event in ('INSERT', 'UPDATE'):
        journal.execute(f"CREATE TRIGGER no_{event} BEFORE {event} ON documents WHEN NEW.kind = 'container' "
                        "BEGIN SELECT RAISE(ABORT, 'no room for records'); END")
    try:
        yield
    finally:
        for event in ('INSERT', 'UPDATE'):
            journal.execute(f'DROP TRIGGER no_{event}')
        journal.close()


@pytest.mark.parametrize('policy', ['no', 'always'])
def test_an_end_that_could_not_be_recorded_is_recorded_later(daemon, policy):
    engine = daemon()
    engine.docker('run', '-d', '--name', 'victim', '--restart', policy, BOX, 'sleep', '1000')
    pid = engine.inspect('victim')['State']['Pid']
    with nobody_writes(engine):
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: 'it is not recorded yet, and tried again' in engine.log.read_text(), 'the failure is told', 20)
    if policy == 'no':
        assert engine.wait_for_exit('victim', 20) == 137
    else:
        eventually(lambda: engine.inspect('victim')['State']['Pid'] not in (0, pid), 'it runs again', 20)
    engine.docker('rm', '-f', 'victim')


def test_health_checks_go_on_after_a_result_that_could_not_be_recorded(daemon):
    engine = daemon()
    engine.docker('run', '-d', '--name', 'patient', '--health-cmd', 'test -e /well', '--health-interval', '100ms', '--health-retries', '3',
                  BOX, 'sleep', '1000')
    with nobody_writes(engine):
        eventually(lambda: engine.inspect('patient')['State']['Health']['Status'] == 'unhealthy', 'it is true at once', 30)
        assert 'database is locked' in engine.log.read_text()
    engine.docker('exec', 'patient', 'touch', '/well')
    eventually(lambda: engine.inspect('patient')['State']['Health']['Status'] == 'healthy', 'it is probed again', 20)
    engine.docker('rm', '-f', 'patient')


def interfaces(engine, name: str) -> list[str]:
    return sorted(engine.docker('exec', name, 'ls', '/sys/class/net').out.split())


def test_a_connect_that_could_not_be_recorded_is_undone(daemon):
    engine = daemon()
    engine.docker('network', 'create', 'side')
    engine.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
    before = interfaces(engine, 'box')
    with no_record_is_written(engine):
        refused = engine.api.post('/networks/side/connect', {'Container': 'box'})
        assert refused.status == 500 and 'no room for records' in refused.message, refused.body
    assert interfaces(engine, 'box') == before
    assert list(engine.inspect('box')['NetworkSettings']['Networks']) == ['bridge']
    assert engine.api.get('/networks/side').json()['Containers'] == {}
    engine.docker('network', 'connect', 'side', 'box')
    engine.docker('rm', '-f', 'box')
    engine.docker('network', 'rm', 'side')


def test_a_disconnect_that_could_not_be_recorded_is_as_recorded_after_a_restart(daemon):
    engine = daemon()
    engine.docker('network', 'create', 'side')
    engine.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
    engine.docker('network', 'connect', 'side', 'box')
    both = interfaces(engine, 'box')
    with no_record_is_written(engine):
        assert engine.api.post('/networks/side/disconnect', {'Container': 'box'}).status == 500
        assert list(engine.inspect('box')['NetworkSettings']['Networks']) == ['bridge']
        assert len(interfaces(engine, 'box')) == len(both) - 1
    engine.kill9()
    engine.start()
    assert list(engine.inspect('box')['NetworkSettings']['Networks']) == ['bridge', 'side']
    assert interfaces(engine, 'box') == both
    engine.docker('rm', '-f', 'box')
    engine.docker('network', 'rm', 'side')
