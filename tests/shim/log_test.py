"""The container's log: records, rotation, a full disk, a torn end."""
import os
import struct
import subprocess
import tempfile
from pathlib import Path

import pytest

from supervisor import wire
from supervisor.streams import read_all, read_at_least


def test_any_byte_values_and_partial_lines_are_kept(shim):
    s = shim(['sh', '-c', r'printf "a\000b\377"; sleep 0.05; printf "no newline"'])
    s.start()
    s.wait_exit()
    assert s.log() == b'a\0b\xffno newline'


def test_log_goes_on_over_two_runs_of_a_container(shim):
    first = shim(['echo', 'one'])
    first.start()
    first.wait_exit()
    second = shim(['echo', 'two'], created=False)
    second.log_path = first.log_path
    second.create().start()
    second.wait_exit()
    assert first.log() == b'one\ntwo\n'


@pytest.mark.parametrize('cut', [1, 3, 4, 10, 27])
def test_torn_record_at_the_end_is_removed_before_the_next(shim, cut):
    s = shim(['echo', 'new'], created=False)
    record = struct.pack('<IIqB7x', 0x31474C47, 4, 1, 1) + b'old\n' + struct.pack('<I', 32)
    s.log_path.write_bytes(record * 3 + record[:-cut])
    s.create().start()
    s.wait_exit()
    assert s.log() == b'old\n' * 3 + b'new\n'


def test_rotation_by_size_keeps_whole_records_and_the_newest_files(shim):
    s = shim(['sh', '-c', 'for i in $(seq 2000); do echo "line $i of the output"; done'], log_max=20000, log_files=3)
    client = s.attach()
    s.start()
    s.wait_exit()
    everything = read_all(client)
    files = [s.log_path.with_name('log.2'), s.log_path.with_name('log.1'), s.log_path]
    kept = b''.join(payload for file in files for _, payload in s.log_records(file))
    assert all(file.stat().st_size <= 20000 for file in files)
    assert not s.log_path.with_name('log.3').exists()
    assert kept and everything.endswith(kept)
    for file, following in zip(files, files[1:]):       # a file is left only for a record that has no room in it
        _, first = s.log_records(following)[0]
        assert file.stat().st_size + len(first) + 28 > 20000


def test_rotation_of_a_single_file_starts_it_anew(shim):
    s = shim(['sh', '-c', 'for i in $(seq 2000); do echo "line $i of the output"; done'], log_max=20000, log_files=1)
    s.start()
    s.wait_exit()
    assert s.log_path.stat().st_size <= 20000 and s.log().endswith(b'line 2000 of the output\n')
    assert not s.log_path.with_name('log.1').exists()


def test_replay_follows_rotations(shim):
    s = shim(['sh', '-c', 'for i in $(seq 500); do echo "line $i of the output"; done; read x; seq 1000'], open_stdin=True, log_max=8192, log_files=9)
    s.start()
    before = s.attach(log_offset=0)
    before.sendall(b'\n')
    s.wait_exit()
    want = b''.join(b'line %d of the output\n' % i for i in range(1, 501)) + b''.join(b'%d\n' % i for i in range(1, 1001))
    assert want.endswith(read_all(before))


@pytest.fixture
def tiny_disk():
    with tempfile.TemporaryDirectory() as where:
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', where], check=True)
        yield Path(where)
        subprocess.run(['umount', '-l', where], check=True)


def test_full_disk_costs_log_records_but_neither_container_nor_clients(shim, tiny_disk):
    s = shim(['sh', '-c', 'for i in $(seq 40); do head -c 20000 /dev/zero; done; read x; echo after'], open_stdin=True, log_dir=tiny_disk)
    client = s.attach(streams=3)
    s.start()
    assert s.wait_exit(wire.LOG_FAILING)['exit_code'] == 28
    read_at_least(client, 800000)
    state = s.state()
    logged = s.log()
    assert state['lost_bytes'] == 800000 - len(logged) > 0
    # Space is back: the log goes on, with whole records.
    filler = os.open(s.log_path, os.O_WRONLY)
    os.ftruncate(filler, 0)
    os.close(filler)
    client.sendall(b'\n')
    s.wait_exit()
    assert read_all(client) == b'after\n'
    assert s.status_file()['log_lost_bytes'] == state['lost_bytes']


def test_without_a_log_path_nothing_is_kept(shim):
    s = shim(['echo', 'x'], log=False)
    client = s.attach(log_offset=0)
    s.start()
    s.wait_exit()
    assert read_all(client) == b'x\n'
    assert not list(s.where.glob('log*'))
