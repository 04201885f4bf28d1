"""Hostile and dying peers, a killed shim, a vanished bundle; what a supervisor costs while nothing happens."""
import contextlib
import os
import random
import select
import shutil
import signal
import socket
import struct
import subprocess
import time

import pytest

from supervisor import wire
from supervisor.bundle import RUNTIME
from supervisor.shim import binary_path, exec_body
from supervisor.streams import read_all
from supervisor.wire import ShimError


@pytest.fixture
def running(shim):
    s = shim(['sleep', '1000'])
    s.start()
    return s


def test_random_bytes_on_the_control_socket_do_no_harm(running):
    dice = random.Random(4711)
    for _ in range(300):
        control = running.control()
        with contextlib.suppress(OSError):
            control.sock.sendall(dice.randbytes(dice.randrange(1, 400)))
        control.close()
    assert running.state()['phase'] == 'running'


def test_cut_changed_and_stretched_requests_do_no_harm(running):
    dice = random.Random(4712)
    bodies = {wire.ATTACH: wire.attach_body(read_ahead=b'abc', detach_keys=b'x'), wire.EXEC_START: exec_body('f' * 64, ['true'], None),
              wire.RESIZE: wire.encode('tII', '', 1, 2), wire.EXEC_SIGNAL: wire.encode('tiB', 'x', 0, 0),
              wire.PUBLISH: wire.encode('t', b'x' * 48), wire.CREATE: wire.encode('ttl', 'a', 'b', ['c']), 99: b'?', wire.ACK: b'12345678'}
    for _ in range(1500):
        kind, body = dice.choice(list(bodies.items()))
        body = bytearray(body)
        for _ in range(dice.randrange(4)):
            body[dice.randrange(len(body))] = dice.choice((0, 1, 0x7F, 0xFF, dice.randrange(256)))
        body = bytes(body[:dice.randrange(len(body) + 1)]) + dice.randbytes(dice.choice((0, 0, 5)))
        control = running.control()
        pair = socket.socketpair()
        control.send(kind, body, [pair[0].fileno()] * dice.randrange(3))
        if kind != wire.ACK and dice.random() < 0.8:
            control.sock.settimeout(10)
            control.receive()
        control.close()
        pair[0].close()
        pair[1].close()
    assert running.state()['phase'] == 'running'
    assert len(os.listdir(f'/proc/{running.pid}/fd')) < 40


def test_announced_but_missing_body_holds_nobody_up(running):
    slow = running.control()
    slow.sock.sendall(struct.pack('=IIII', wire.MAGIC, wire.STATE, 8 << 20, 1))
    too_long = running.control()
    too_long.sock.sendall(struct.pack('=IIII', wire.MAGIC, wire.STATE, (8 << 20) + 1, 1))
    assert too_long.sock.recv(1) == b''
    assert running.state()['phase'] == 'running'


def test_peer_that_never_reads_its_replies_is_dropped(running):
    deaf = running.control()
    with pytest.raises(OSError):
        for _ in range(100_000):
            deaf.send(wire.STATE)
    assert running.state()['phase'] == 'running'


def long_list_of_execs(s) -> dict[str, str]:
    """Notes by id, of more execs than a socket's buffer holds."""
    notes = {f'{number:064x}': f'{number} ' * 1300 for number in range(70)}
    for exec_id, note in notes.items():
        s.exec(['sleep', '1000'], exec_id, note=note)
    return notes


def test_a_list_of_execs_larger_than_a_sockets_buffer_arrives_whole(running):
    wanted = long_list_of_execs(running)
    ids, _, notes = running.request(wire.EXEC_LIST, reply='ltl')
    assert dict(zip(ids, notes, strict=True)) == wanted


def test_who_asks_on_without_reading_a_long_list_is_dropped(running):
    long_list_of_execs(running)
    deaf = running.control()
    deaf.send(wire.EXEC_LIST)
    deaf.send(wire.STATE)
    closed = select.poll()
    closed.register(deaf.sock, 0)
    assert closed.poll(10_000)
    assert running.state()['phase'] == 'running'


def test_subscriber_that_stands_still_for_long_misses_nothing(running):
    ids = [f'{number:064x}' for number in range(600)]          # more than a socket holds
    for exec_id in ids:
        running.exec(['true'], exec_id)
    end = time.monotonic() + 30
    while any(exec_['running'] for exec_ in running.exec_list().values()):
        assert time.monotonic() < end, 'they do not end'
    assert running.state()['phase'] == 'running'
    assert sorted(running.creator.event()['exec_id'] for _ in ids) == ids
    running.signal(signal.SIGKILL)
    assert running.wait_exit()['exit_code'] == 137


def test_more_descriptors_than_a_message_may_carry_are_closed(running):
    before = len(os.listdir(f'/proc/{running.pid}/fd'))
    pairs = [socket.socketpair() for _ in range(100)]
    control = running.control()
    control.send(wire.STATE, b'', [pair[0].fileno() for pair in pairs])
    control.receive()
    control.close()
    for ours, theirs in pairs:
        ours.close()
        theirs.close()
    running.state()
    assert len(os.listdir(f'/proc/{running.pid}/fd')) <= before + 2


def test_unknown_request_is_unsupported(running):
    with pytest.raises(ShimError) as error:
        running.request(77)
    assert error.value.code == wire.UNSUPPORTED


def test_ordinary_signals_do_not_end_the_supervisor(running):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1):
        os.kill(running.pid, number)
    assert running.state()['phase'] == 'running'
    assert output_of(running, ['grep', 'SigIgn', '/proc/self/status']).split()[1] == b'0' * 16


def output_of(s, args) -> bytes:
    client, _ = s.exec(args, stream={}, exec_id=os.urandom(32).hex())
    s.wait_exit(wire.EXEC_EXIT)
    return read_all(client)


def test_killed_supervisor_leaves_what_the_plugin_needs_to_judge(shim):
    s = shim(['sleep', '1000'])
    pid = s.start()
    os.kill(s.pid, signal.SIGKILL)
    with pytest.raises(EOFError):
        s.creator.receive()
    with pytest.raises(ConnectionRefusedError):
        s.control()
    assert (s.status_file()['phase'], s.status_file()['pid']) == (2, pid)
    start_ticks = int(open(f'/proc/{pid}/stat').read().rsplit(')')[1].split()[19])
    assert s.status_file()['pid_start'] == start_ticks
    subprocess.run([RUNTIME, '--root', s.runtime_root, 'delete', '--force', s.id], check=True)
    assert not s.leftovers()


def test_vanished_bundle_ends_with_the_container(shim):
    s = shim(['sleep', '1000'])
    pid = s.start()
    s.control()
    shutil.rmtree(s.bundle, ignore_errors=True)
    os.kill(pid, signal.SIGKILL)
    assert s.wait_exit()['exit_code'] == 137
    s.wait_gone()
    subprocess.run([RUNTIME, '--root', s.runtime_root, 'delete', '--force', s.id], check=True)


def test_killed_client_process_is_dropped_at_once_and_the_container_goes_on(shim):
    s = shim(['sh', '-c', 'while :; do echo tick; usleep 1000; done'])
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        while theirs.recv(100):
            pass
        os._exit(0)
    s.request(wire.ATTACH, wire.attach_body(), [ours.fileno()])
    ours.close()
    theirs.close()
    s.start()
    time.sleep(0.2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    end = time.monotonic() + 15
    while s.state()['clients']:
        assert time.monotonic() < end
        time.sleep(0.01)
    size, end = len(s.log(growing=True)), time.monotonic() + 15
    while len(s.log(growing=True)) == size:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_idle_supervisor_sleeps(running):
    def switches():
        lines = open(f'/proc/{running.pid}/status').read().splitlines()
        return [int(line.split()[1]) for line in lines if 'ctxt_switches' in line]
    output_of(running, ['seq', '100000'])
    time.sleep(2.5)  # a busy time's buffer is given back
    before = switches()
    time.sleep(2)
    assert switches() == before


def test_fifty_supervisors_share_their_pages(shim):
    if b'libasan.so' in binary_path().read_bytes():
        pytest.skip('built with a sanitizer')
    made = [shim(['sleep', '1000']) for _ in range(50)]
    for s in made:
        s.start()

    def pss(pid) -> int:
        return next(int(line.split()[1]) for line in open(f'/proc/{pid}/smaps_rollup') if line.startswith('Pss:'))
    sizes = [pss(s.pid) for s in made]
    assert max(sizes) < 250, sizes


def test_binary_of_a_supervisor_cannot_be_written_from_a_container(running):
    assert 'memfd:gantry-shim' in os.readlink(f'/proc/{running.pid}/exe')
    with pytest.raises(OSError):
        os.open(f'/proc/{running.pid}/exe', os.O_WRONLY)
