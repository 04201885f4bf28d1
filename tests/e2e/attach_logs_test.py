"""Attaching with the output so far (`logs=1`)."""
import threading

import pytest
from harness.api import frames
from harness.engine import BOX

OLD_AND_NEW = {'logs': 1, 'stream': 1, 'stdout': 1, 'stderr': 1}


@pytest.fixture
def spoken(engine):
    engine.docker('run', '--name', 'box', BOX, 'sh', '-c', 'echo one; echo two >&2')
    yield engine
    engine.clear()


@pytest.mark.parametrize('upgrade', [True, False])
def test_a_container_that_has_ended_shows_its_output_and_then_the_next_start(spoken, upgrade):
    stream = spoken.api.hijack('/containers/box/attach', query=OLD_AND_NEW, upgrade=upgrade)
    stream.read_until(b'one\n')
    assert sorted(frames(stream.read_until(b'two\n'))) == [(1, b'one\n'), (2, b'two\n')]
    spoken.docker('start', 'box')
    assert sorted(frames(stream.read_all())) == [(1, b'one\n')] * 2 + [(2, b'two\n')] * 2
    stream.close()


def test_who_takes_old_output_slowly_does_not_keep_the_container(tidy):
    if tidy.name == 'dockerd':
        pytest.skip('it holds nothing meanwhile')
    tidy.docker('run', '--name', 'said', BOX, 'sh', '-c', 'yes | head -c 60000000 >&2')
    stream = tidy.api.hijack('/containers/said/attach', query=OLD_AND_NEW)
    gone = threading.Event()

    def read_slowly():
        while not gone.wait(0.25):
            stream.sock.recv(65536)

    reader = threading.Thread(target=read_slowly)
    reader.start()
    try:
        assert tidy.api.delete('/containers/said', timeout=40).status == 204
    finally:
        gone.set()
        reader.join()
        stream.close()


@pytest.mark.parametrize('query', [{'stream': 0}, {'stream': 1}], ids=['old output', 'and new one'])
def test_who_takes_no_old_output_does_not_hold_up_the_end_of_the_daemon(daemon, query):
    engine = daemon()
    engine.docker('run', '--name', 'said', BOX, 'sh', '-c', 'yes | head -c 20000000 >&2')
    stream = engine.api.hijack('/containers/said/attach', query={**OLD_AND_NEW, **query})
    stream.read_until(b'y\n')
    engine.stop()
    assert 'requests were under way' not in engine.log.read_text()
    stream.close()
    engine.start()
    engine.docker('rm', 'said')
