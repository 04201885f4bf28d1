"""kill -9 in the middle of a build: what is left is finished steps, and the next build goes on from them."""
import contextlib
import http.client
import os
import socket
import threading

import pytest
from harness import builds
from harness.builds import context, make, shell
from harness.engine import BOX
from harness.wait import eventually

ENGINES = ('gantryd',)
FROM = f'FROM {BOX}\n'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


def killed(engine, stream):
    engine.kill9()
    stream.close()
    engine.start()
    engine.remember()


def test_in_the_middle_of_a_command(engine):
    stream = builds.start(engine, context(FROM + 'RUN date +%N > /first\nENV A=1\nRUN touch /half; sleep 600\nRUN true'))
    eventually(lambda: any('half' in row['Command'] and row['State'] == 'running' for row in builds.containers(engine)), 'the command runs', 20)
    killed(engine, stream)
    assert len(builds.all_images(engine)) == 3      # the box and two steps
    # It survived the daemon, but nobody waits for what it does.
    eventually(lambda: builds.containers(engine) == [], 'the container of the step is removed', 20)
    nothing_half(engine)
    again = make(engine, FROM + 'RUN date +%N > /first\nENV A=1\nRUN touch /half; true')
    assert again.cached == [True, True, False] and shell(engine, 'ls /half') == '/half\n'


def nothing_half(engine):
    # What a daemon left is removed while the next one answers already.
    eventually(lambda: not builds.residue(engine), 'nothing half is left', 20)


def is_at(engine, place: str) -> bool:
    """Whether a build's root is being filled, or its layer made."""
    if place == 'root':
        return bool(list((engine.root / 'plugins/runtime-oci/roots').glob('*')))
    return any(size_of(path) > 1 << 20 for path in (engine.root / 'images/partial').glob('*'))     # smaller ones are configurations


def size_of(path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def build_that_is_at(engine, place: str) -> bytes:
    """Begins one and kills the daemon at that place; another one when a busy machine let the moment pass. Its body."""
    for _ in range(10):
        body = context(FROM + 'ENV A=1\nCOPY big /big\nENV B=2', ('big', os.urandom(48 << 20)))
        stream = builds.start(engine, body)
        ended = threading.Thread(target=to_the_end, args=(stream,))
        ended.start()
        while not (caught := is_at(engine, place)) and ended.is_alive():
            ended.join(0.001)
        if caught:
            engine.kill9()
        ended.join()
        stream.close()
        if caught:
            engine.start()
            engine.remember()
            return body
    raise AssertionError(f'ten builds, and none was seen at the {place}')


def to_the_end(stream):
    with contextlib.suppress(OSError, http.client.HTTPException):
        stream.read(60)


@pytest.mark.parametrize('place', ['root', 'layer'])
def test_in_the_middle_of_a_copy(engine, place):
    body = build_that_is_at(engine, place)
    assert builds.containers(engine) == []
    nothing_half(engine)
    again = builds.post(engine, body)
    assert not again.error and again.cached[0] and shell(engine, 'wc -c < /big').strip() == str(48 << 20)


def test_while_the_context_comes(engine):
    body = context(FROM + 'COPY big /big', ('big', bytes(8 << 20)))
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(engine.socket)
        s.sendall(b'POST /build HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\nContent-Length: %d\r\n\r\n' % len(body) + body[:4 << 20])
        engine.kill9()
    engine.start()
    nothing_half(engine)
    assert len(builds.all_images(engine)) == 1


def test_again_and_again(engine):
    """Wherever the blow falls, the next daemon has whole images only."""
    file = FROM + '\n'.join(f'COPY d{n} /copied/{n}\nRUN echo {n} > /n{n}' for n in range(4))
    body = context(file, *((f'd{n}/{m}', os.urandom(40000)) for n in range(4) for m in range(40)))
    for steps in range(8):
        stream = builds.start(engine, body, t='')
        for _ in range(3 + 4 * steps):
            stream.line(20)
        killed(engine, stream)
        nothing_half(engine)
        for row in builds.all_images(engine):
            counts = shell(engine, 'for d in /copied/*; do cat $d/* | wc -c; done 2>/dev/null', row['Id']).split()
            assert set(counts) <= {'0', '1600000'}, counts
        engine.clear()
    answer = builds.post(engine, body)
    assert not answer.error and shell(engine, 'cat /n*; ls /copied/3 | wc -l').split() == ['0', '1', '2', '3', '40']


def test_a_daemon_that_ends_by_itself_ends_its_builds(engine):
    stream = builds.start(engine, context(FROM + 'ENV A=1\nRUN sleep 600'))
    eventually(lambda: [row for row in builds.containers(engine) if row['State'] == 'running'], 'the command runs', 20)
    engine.remember()
    engine.stop()
    stream.close()
    engine.start()
    assert builds.containers(engine) == []         # it had time to remove it
    nothing_half(engine)
    assert make(engine, FROM + 'ENV A=1').cached == [True]
