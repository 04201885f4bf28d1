"""Builds on a full disk, with broken contexts, and with registries and servers that fail half-way."""
import contextlib
import gzip
import os
import sqlite3
import subprocess
import threading

import pytest
from harness import builds, images
from harness.builds import context, make, post, refused, shell
from harness.engine import BOX
from harness.pages import Pages
from harness.registry import Fault, Registry
from harness.wait import eventually

ENGINES = ('gantryd',)
FROM = f'FROM {BOX}\n'
ROOM = 32 << 20


@pytest.fixture
def small(daemon):
    """A daemon whose root directory is a file system of 32 MB."""
    engine = daemon(start=False)
    engine.root.mkdir(mode=0o711)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={ROOM},mode=711', 'tmpfs', str(engine.root)], check=True)
    engine.start()
    engine.prepare()
    yield engine
    engine.clear()
    engine.stop()
    subprocess.run(['umount', str(engine.root)], check=True)


def used(engine) -> int:
    facts = os.statvfs(engine.root)
    return (facts.f_blocks - facts.f_bfree) * facts.f_frsize


def test_a_context_that_does_not_fit_says_so(small):
    before = used(small)
    for _ in range(3):
        done = builds.cli(small, FROM + 'COPY big /big', members=[('big', os.urandom(ROOM))], check=False)
        assert done.code == 1 and 'no space left on device' in done.err.lower(), done
        eventually(lambda: not builds.residue(small), 'nothing half is left')
    assert used(small) < before + (2 << 20)
    make(small, FROM + 'COPY fits /\nRUN cat /fits', ('fits', b'room again'))
    builds.only_the_box(small)


@pytest.mark.parametrize('file', ['COPY big /big', 'RUN head -c {size} /dev/urandom > /big'])
def test_what_does_not_fit_says_so_and_leaves_its_room_free(small, file):
    before = used(small)
    size = (ROOM - before) * 2 // 3                   # once, but not twice
    for _ in range(3):                                # what an attempt leaves behind would add up
        answer = post(small, context(FROM + file.format(size=size), ('big', os.urandom(size if 'COPY' in file else 0))), forcerm=1)
        assert 'no space left on device' in answer.error.lower(), (answer.error, answer.text)
        eventually(lambda: not builds.residue(small), 'nothing half is left')
    assert len(builds.all_images(small)) == 1 and builds.containers(small) == []
    assert used(small) < before + (2 << 20)
    make(small, FROM + 'COPY fits /\nRUN cat /fits', ('fits', b'room again'))
    builds.only_the_box(small)


def test_a_command_that_fills_the_disk_fails_by_itself(small):
    answer = refused(small, FROM + 'RUN dd if=/dev/zero of=/f bs=64K', forcerm=1)
    assert answer.code == 1 and 'No space left on device' in answer.text
    make(small, FROM + 'RUN echo room again')
    builds.only_the_box(small)


@pytest.fixture
def tidied(engine):
    yield engine
    builds.only_the_box(engine)


@pytest.mark.parametrize('cut', [100, 520, 5000, 30000])
@pytest.mark.parametrize('pack', [bytes, gzip.compress])
def test_a_context_that_breaks_off(tidied, cut, pack):
    body = pack(context(FROM + 'COPY a /', ('a', os.urandom(20000)), ('b', os.urandom(20000))))
    answer = post(tidied, body[:cut])
    assert answer.error and answer.status == 400, (answer.status, answer.error)
    assert builds.residue(tidied) == []


def test_names_that_leave_the_context_stay_in_it(tidied):
    for name in ('../x', 'a/../../x', '/../../x'):
        answer = post(tidied, context(FROM + 'COPY . /t', (name, b'1')))
        assert not answer.error and shell(tidied, 'cd /t; ls; cat x') == 'Dockerfile\nx\n1'


@pytest.mark.parametrize('kind', ['cut', 'status'])
def test_a_base_that_cannot_be_had(tidied, kind):
    with Registry(tidied.ns) as registry:
        image = images.busybox_image('docker')
        reference = registry.put('base', 'v1', image)
        registry.spoil(image.layers[0]['digest'], Fault(kind, times=-1, after=1000, status=404))
        answer = refused(tidied, f'FROM {reference}\nRUN true')
        assert answer.status == 200 and answer.lines[0] == f'Step 1/2 : FROM {reference}'
        registry.faults.clear()                       # what has come is kept for the next attempt
        make(tidied, f'FROM {reference}\nRUN true')


def test_a_download_that_breaks_off(tidied):
    with Pages(tidied.ns) as web:
        address = web.put('/x', b'too short', Content_Length='5000')
        assert refused(tidied, FROM + f'ADD {address} /x').error.startswith('ADD failed: ')
        assert post(tidied, b'', remote=address).error


def test_a_client_that_leaves_at_each_step(tidied):
    body = context(FROM + 'COPY a /\nRUN true\nADD t.tar /t\nWORKDIR /w\nRUN sleep 1', ('a', os.urandom(1 << 20)), ('t.tar', builds.tar(('x', os.urandom(1 << 20)))))
    for lines in range(0, 24, 2):
        stream = builds.start(tidied, body, nocache=1)
        for _ in range(lines):
            stream.line(20)
        tidied.remember()
        stream.close()
    eventually(lambda: not builds.containers(tidied) and not builds.residue(tidied), 'nothing is left', 20)
    assert shell(tidied, 'echo well', BOX) == 'well\n'


def test_no_descriptor_or_thread_stays(tidied):
    def count() -> int:
        return len(os.listdir(f'/proc/{tidied.process.pid}/fd'))

    file = FROM + 'COPY a /\nADD t.tar /t\nRUN echo x\nRUN exit 1'
    body = context(file, ('a', b'1'), ('t.tar', builds.tar(('x', b'2'))))
    post(tidied, body, nocache=1, forcerm=1)
    before = count()
    for _ in range(10):
        post(tidied, body, nocache=1, forcerm=1)
    eventually(lambda: count() <= before + 2, 'all descriptors are closed', 10)


def test_a_container_of_a_step_that_cannot_be_removed_is_left_to_the_next_daemon(daemon):
    engine = daemon()
    containers = engine.root / 'containers'
    held = []

    def hold():
        container = eventually(lambda: list(containers.iterdir()), 'the container of the step', 20)[0]
        held.append(container / 'held')
        held[0].mkdir()
        subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', str(held[0])], check=True)
        eventually(lambda: engine.docker('exec', container.name, 'touch', '/go'), 'it runs', 20)
    holder = threading.Thread(target=hold)
    holder.start()
    try:
        answer = post(engine, context(FROM + 'RUN until test -e /go; do sleep 0.05; done'))
        holder.join()
        assert not answer.error, answer.error
        with contextlib.closing(sqlite3.connect(engine.root / 'state.db')) as journal:
            noted = [row[0] for row in journal.execute("SELECT id FROM documents WHERE kind = 'build_step'")]
        assert noted == [held[0].parent.name]
    finally:
        subprocess.run(['umount', str(held[0])], check=True)
    engine.stop()
    engine.start()
    eventually(lambda: not list(containers.iterdir()), 'it is removed', 20)
