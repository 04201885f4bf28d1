"""docker pause of containers that don't keep still, or get signals."""
import pytest
from harness.engine import BOX


def test_a_container_that_goes_on_forking_is_paused(engine):
    forking = 'while :; do for i in 1 2 3 4 5 6 7 8; do /bin/true & done; wait; done'
    engine.docker('run', '-d', '--name', 'busy', '--cpus', '0.5', BOX, 'sh', '-c', forking)
    try:
        for _ in range(20):
            engine.docker('pause', 'busy', seconds=8)
            before = engine.api.get('/containers/busy/stats', query={'stream': 'false', 'one-shot': 'true'}).json()['cpu_stats']['cpu_usage']
            assert engine.inspect('busy')['State']['Status'] == 'paused'
            after = engine.api.get('/containers/busy/stats', query={'stream': 'false', 'one-shot': 'true'}).json()['cpu_stats']['cpu_usage']
            assert after['total_usage'] == before['total_usage']
            engine.docker('unpause', 'busy', seconds=8)
        assert engine.inspect('busy')['State']['Status'] == 'running'
    finally:
        engine.docker('rm', '-f', 'busy')


@pytest.fixture
def stubborn(engine):
    engine.docker('run', '-d', '--name', 'box', BOX, 'sh', '-c', 'trap "" HUP TERM; while :; do sleep 1000; done')
    engine.docker('pause', 'box')
    yield engine
    engine.clear()


@pytest.mark.parametrize('signal', ['HUP', 'TERM'])
def test_a_paused_container_goes_on_with_a_signal_that_it_survives(stubborn, signal):
    since = stubborn.api.get('/info').json()['SystemTime']
    stubborn.docker('kill', '-s', signal, 'box')
    assert stubborn.inspect('box')['State']['Status'] == 'running'
    assert stubborn.docker('exec', 'box', 'echo', 'hi').out == 'hi\n'
    events = stubborn.docker('events', '--since', since, '--until', stubborn.api.get('/info').json()['SystemTime'], '--filter', 'container=box', '--format', '{{.Action}}').out.split()
    assert events[:2] == ['kill', 'unpause']
    stubborn.docker('pause', 'box')
    stubborn.docker('unpause', 'box')


def test_a_paused_container_is_killed(stubborn):
    stubborn.docker('kill', 'box')
    state = stubborn.inspect('box')['State']
    assert (state['Status'], state['Paused'], state['ExitCode']) == ('exited', False, 137)
