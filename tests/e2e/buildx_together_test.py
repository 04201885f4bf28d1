"""Clients that go away in a build, and builds side by side."""
import os
import signal
import threading

import pytest
from harness import builds
from harness.buildx import FROM, cached, is_gone, wait_for
from harness.wait import eventually


@pytest.mark.parametrize('how', [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_client_that_goes_ends_its_build(buildx, how):
    words = buildx.long_sleep()
    client = buildx.spawn('build', '-t', 'made', buildx.tree({'Dockerfile': FROM + f'RUN touch /half; {words}\nRUN true'}))
    wait_for(words)
    client.signal(how)
    assert client.wait(30) != 0
    is_gone(words)
    eventually(lambda: not builds.containers(buildx.engine), 'no container is left', 20)
    eventually(lambda: not builds.residue(buildx.engine), 'no files are left', 20)
    assert not buildx.exists()
    assert cached(buildx.build(FROM + 'RUN touch /half; exit 0')) == [False] and buildx.shell('ls /half') == '/half\n'


def test_one_of_two_clients_that_wait_for_the_same_step_goes(buildx):
    """The step goes on for the other one."""
    here = buildx.tree({'Dockerfile': FROM + 'RUN --mount=type=cache,id=go,target=/c until test -e /c/go; do usleep 10000; done; touch /x'})
    first, second = (buildx.spawn('buildx', 'build', '-t', name, here) for name in ('one', 'two'))
    first.says('] RUN')
    second.says('] RUN')
    first.signal(signal.SIGINT)
    assert first.wait(30) != 0
    buildx.build(FROM + 'RUN --mount=type=cache,id=go,target=/c touch /c/go', tag='other')
    assert second.wait(30) == 0 and buildx.shell('ls /x', 'two') == '/x\n' and not buildx.exists('one')


def test_two_builds_at_once(buildx):
    """Each waits for the other: they do run side by side."""
    wait = FROM + 'RUN --mount=type=cache,id=meet,target=/c touch /c/{0}; until test -e /c/{1}; do usleep 10000; done; touch /{0}\nCOPY big /\n'
    big = os.urandom(4 << 20)
    trees = [buildx.tree({'Dockerfile': wait.format(*names), 'big': big}, names[0]) for names in (('a', 'b'), ('b', 'a'))]
    clients = [buildx.spawn('build', '-t', tree.name, tree) for tree in trees]
    assert [client.wait(60) for client in clients] == [0, 0]
    assert buildx.shell('ls /a; wc -c < /big', 'a').split() == ['/a', str(4 << 20)] and buildx.shell('ls /b', 'b') == '/b\n'


def test_many_builds_of_one_directory_at_once(buildx):
    here = buildx.tree({'Dockerfile': FROM + 'COPY . /d\nRUN cat /d/* | sha1sum > /sum', **{f'f{n}': os.urandom(100_000) for n in range(20)}})
    done = []
    threads = [threading.Thread(target=lambda name=f'made:{n}': done.append(buildx('build', '-t', name, here, check=False))) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.code for one in done] == [0] * 5, [one.err for one in done]
    assert len({buildx.shell('cat /sum', f'made:{n}') for n in range(5)}) == 1


def test_a_build_without_a_client_that_reads(buildx):
    """Much output to a client that stands still ends neither the engine nor other builds."""
    words = buildx.long_sleep()
    command = f'/bin/sh -c seq 1 2000000; {words}'
    client = buildx.spawn('build', buildx.tree({'Dockerfile': FROM + f'RUN seq 1 2000000; {words}'}, 'noisy'), read=False)
    wait_for(command)
    buildx.build(FROM + 'RUN true')
    client.end()
    is_gone(command)
    is_gone(words)


def test_what_was_built_is_cached_by_the_next_engine(buildx):
    file = FROM + 'RUN cat /proc/sys/kernel/random/uuid > /first\nCOPY x /\n'
    buildx.build(file, files={'x': 'x'})
    first = buildx.image()['Id']
    buildx.engine.stop(60)
    buildx.engine.start()
    assert cached(buildx.build(file)) == [True, True] and buildx.image()['Id'] == first
