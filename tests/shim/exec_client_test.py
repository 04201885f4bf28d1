"""An exec and its client: what comes when, what the client holds up, and what ends with it."""
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from supervisor import wire
from supervisor.shim import sleeping
from supervisor.streams import read_all, read_at_least, read_until
from supervisor.timing import up_to_three_times, wait_until


@up_to_three_times
def test_output_comes_when_the_head_of_the_answer_was_read(shim):
    running = sleeping(shim)
    client, pid = running.exec(['echo', 'out'], stream={}, head=b'HEAD')
    wait_until(lambda: gone(pid))
    running.state()                                     # the supervisor has heard of it by now
    assert client.recv(100) == b'HEAD'
    assert client.recv(100) == b'out\n'
    running.wait_exit(wire.EXEC_EXIT)


def test_who_never_reads_the_head_holds_up_nothing(running):
    client, _ = running.exec(['echo', 'out'], stream={}, head=b'HEAD')
    assert running.wait_exit(wire.EXEC_EXIT)['exit_code'] == 0
    assert read_all(client) == b'HEADout\n'


def test_the_head_of_a_client_that_is_gone_is_not_waited_for(running):
    client, _ = running.exec(['echo', 'out'], stream={}, head=b'HEAD')
    client.close()
    assert running.wait_exit(wire.EXEC_EXIT)['exit_code'] == 0


@up_to_three_times
def test_client_is_closed_only_after_the_exit_is_acked(shim):
    running = sleeping(shim)
    client, _ = running.exec(['true'], stream={})
    event = running.creator.event(ack=False)
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.settimeout(30)
    running.creator.send(wire.ACK, wire.encode('Q', event['sequence']), tag=0)
    assert client.recv(1) == b''


def silent(s, seconds=0.2):
    s.creator.sock.settimeout(seconds)
    with pytest.raises(TimeoutError):
        s.creator.event()
    s.creator.sock.settimeout(30)


@up_to_three_times
def test_the_end_is_told_when_its_client_has_all_of_the_output(shim):
    running = sleeping(shim)
    client, pid = running.exec(['sh', '-c', 'head -c 700000 /dev/zero; exit 5'], stream={})
    wait_until(lambda: gone(pid))
    silent(running)
    read_at_least(client, 700000)
    assert running.creator.event()['exit_code'] == 5
    assert client.recv(1) == b''


@up_to_three_times
def test_a_client_that_leaves_or_does_not_read_delays_the_end_only_a_little(shim):
    running = sleeping(shim)
    begin = time.monotonic()
    client, pid = running.exec(['head', '-c', '700000', '/dev/zero'], stream={})
    assert running.wait_exit(wire.EXEC_EXIT)['exit_code'] == 0
    assert 1.5 < time.monotonic() - begin < 20
    assert len(read_all(client)) == 700000
    client, pid = running.exec(['head', '-c', '700000', '/dev/zero'], stream={}, exec_id='d' * 64)
    wait_until(lambda: gone(pid))
    begin = time.monotonic()
    client.close()
    running.wait_exit(wire.EXEC_EXIT)
    assert time.monotonic() - begin < 1.5


# More than fits between it and its client: a part stays in the pipe.
MUCH = 'dd if=/dev/zero bs=256k count=6 2>/dev/null'


def test_what_was_written_before_the_end_arrives_though_others_hold_the_output(running):
    client, _ = running.exec(['sh', '-c', f'sleep 4711 & {MUCH}; echo end'], stream={})
    assert running.wait_exit(wire.EXEC_EXIT)['exit_code'] == 0
    assert read_all(client) == b'\0' * (6 << 18) + b'end\n'


def peak_memory(pid: int) -> int:
    return next(int(line.split()[1]) << 10 for line in open(f'/proc/{pid}/status') if line.startswith('VmHWM:'))


def test_who_does_not_read_what_others_write_after_the_end_costs_no_memory(running):
    before = peak_memory(running.pid)
    client, _ = running.exec(['sh', '-c', 'dd if=/dev/zero bs=1M & sleep 1'], stream={})
    running.wait_exit(wire.EXEC_EXIT)
    assert peak_memory(running.pid) - before < 20 << 20
    client.close()


def test_the_end_of_an_exec_is_told_before_that_of_the_container(running):
    client, pid = running.exec(['sh', '-c', 'head -c 700000 /dev/zero; exit 5'], stream={})
    wait_until(lambda: gone(pid))
    running.signal(signal.SIGKILL)
    event = running.creator.event()
    assert (event['kind'], event['exit_code']) == (wire.EXEC_EXIT, 5)
    assert running.creator.event()['kind'] == wire.EXIT
    assert len(read_all(client)) == 700000
    running.wait_gone()


def children(pid: int) -> list[int]:
    with open(f'/proc/{pid}/task/{pid}/children') as file:
        return [int(child) for child in file.read().split()]


def gone(pid: int) -> bool:
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rsplit(')', 1)[1].split()[0] == 'Z'
    except OSError:
        return True


def test_what_ends_with_its_client_may_first_end_by_itself(running):
    client, pid = running.exec(['sh', '-c', 'kill -STOP $$; echo out; exit 7'], stream={}, end_with_client=60)
    wait_until(lambda: Path(f'/proc/{pid}/stat').read_text().split()[2] == 'T')
    client.close()
    running.state()                                     # the supervisor has looked at it by now
    assert not gone(pid)
    os.kill(pid, signal.SIGCONT)
    assert running.wait_exit(wire.EXEC_EXIT)['exit_code'] == 7


def test_what_ends_with_its_client_leaves_its_children(running):
    client, pid = running.exec(['sh', '-c', 'sleep 4711 & sleep 4712; true'], stream={}, end_with_client=True)
    wait_until(lambda: len(children(pid)) == 2)
    family = [pid, *children(pid)]
    client.shutdown(socket.SHUT_WR)                     # a half-close is no end
    running.state()                                     # the supervisor has looked at it by now
    assert not any(gone(p) for p in family)
    client.close()
    assert running.wait_exit(wire.EXEC_EXIT)['exit_code'] == 137
    assert [gone(p) for p in family] == [True, False, False]


@up_to_three_times
def test_a_signal_reaches_it_alone_and_nobody_waits_for_children_that_hold_its_output(shim):
    running = sleeping(shim)
    client, pid = running.exec(['sh', '-c', 'echo before; sleep 4711 & sleep 4712; true'], stream={}, end_with_client=60)
    wait_until(lambda: len(children(pid)) == 2)
    family = [pid, *children(pid)]
    begun = time.monotonic()
    running.signal(signal.SIGKILL, exec_id='e' * 64)
    assert running.wait_exit(wire.EXEC_EXIT)['exit_code'] == 137
    assert read_all(client) == b'before\n' and time.monotonic() - begun < 1.5
    assert [gone(p) for p in family] == [True, False, False]
    assert running.exec_list()['e' * 64] == {'pid': pid, 'exit_code': 137, 'running': False}


def test_children_of_what_was_killed_may_go_on_writing(running):
    script = 'trap "echo much; head -c 300000 /dev/zero; kill -STOP $$" TERM; echo ready; while :; do sleep 0.05; done'
    client, pid = running.exec(['sh', '-c', f"sh -c '{script}' & wait; true"], stream={}, end_with_client=60)
    read_until(client, b'ready\n')
    child, = children(pid)
    running.signal(signal.SIGKILL, exec_id='e' * 64)
    running.wait_exit(wire.EXEC_EXIT)
    read_all(client)
    os.kill(child, signal.SIGTERM)
    wait_until(lambda: gone(child) or Path(f'/proc/{child}/stat').read_text().split()[2] == 'T')
    assert not gone(child), 'nobody read what it wrote'
    running.signal(signal.SIGKILL)
    running.wait_exit(wire.EXIT)
    running.wait_gone()


def test_execs_outlive_their_clients(running):
    plain, other = running.exec(['sleep', '4713'], exec_id='d' * 64, stream={})
    plain.close()
    running.state()
    running.state()
    assert not gone(other)


def pipes(pid: int) -> int:
    count = 0
    for name in os.listdir(f'/proc/{pid}/fd'):
        try:
            count += os.readlink(f'/proc/{pid}/fd/{name}').startswith('pipe:')
        except FileNotFoundError:
            pass                               # closed meanwhile
    return count


def test_outputs_of_many_left_children_are_closed_from_the_oldest_on(running):
    before = pipes(running.pid)
    for number in range(70):
        client, pid = running.exec(['sh', '-c', 'sleep 4711 & wait'], stream={}, exec_id=f'{number:064x}', end_with_client=60)
        wait_until(lambda pid=pid: len(children(pid)) == 1)
        running.signal(signal.SIGKILL, exec_id=f'{number:064x}')
        running.wait_exit(wire.EXEC_EXIT)
        read_all(client)
    running.state()
    wait_until(lambda: pipes(running.pid) - before == 64 * 2)
