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
