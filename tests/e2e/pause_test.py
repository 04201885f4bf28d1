"""docker pause of containers that don't keep still."""
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
