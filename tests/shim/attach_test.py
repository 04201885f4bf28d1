"""Attached clients: framing, order, input, back-pressure, terminals, detach keys."""
import select
import signal
import socket
import threading
import time

import pytest

from supervisor import wire
from supervisor.streams import demux, read_all, read_at_least, read_until
from supervisor.timing import up_to_three_times
from supervisor.wire import ShimError


def test_client_attached_before_start_gets_everything_from_the_first_byte(shim):
    s = shim(['sh', '-c', 'echo one; echo two >&2; echo three'])
    framed, raw, only_err = s.attach(framed=True), s.attach(framed=False), s.attach(streams=4, framed=True)
    s.start()
    s.wait_exit()
    assert demux(read_all(framed)) == {1: b'one\nthree\n', 2: b'two\n'}
    assert sorted(read_all(raw).split()) == [b'one', b'three', b'two']
    assert demux(read_all(only_err)) == {1: b'', 2: b'two\n'}


@up_to_three_times
def test_old_output_comes_when_the_head_of_the_answer_was_read(shim):
    s = shim(['sh', '-c', 'echo old; read line; echo new'], open_stdin=True)
    s.start()
    read_until(s.attach(log_offset=0), b'old\n')
    client = s.attach(log_offset=0, head=b'HEAD')       # when it returns the supervisor has done all that it does at once
    assert client.recv(100) == b'HEAD'
    client.sendall(b'x\n')
    s.wait_exit()
    assert read_all(client) == b'old\nnew\n'


def test_input_sent_and_ended_before_start_waits_for_the_process(shim):
    s = shim(['cat'], open_stdin=True, stdin_once=True)
    client = s.attach(read_ahead=b'ahead ')
    client.sendall(b'of start')
    client.shutdown(socket.SHUT_WR)
    s.start()
    s.wait_exit()
    assert read_all(client) == b'ahead of start'


def test_client_that_sends_input_and_vanishes_is_still_heard(shim):
    s = shim(['cat'], open_stdin=True, stdin_once=True)
    client = s.attach()
    client.sendall(b'x' * 1000)
    client.close()
    s.start()
    assert s.wait_exit()['exit_code'] == 0
    assert s.log() == b'x' * 1000


def test_without_stdin_once_stdin_stays_open_for_the_next_client(shim):
    s = shim(['sh', '-c', 'read a; read b; echo "$a $b"'], open_stdin=True)
    s.start()
    first, second = s.attach(), s.attach()
    first.sendall(b'hello\n')
    first.shutdown(socket.SHUT_WR)
    time.sleep(0.1)
    second.sendall(b'world\n')
    s.wait_exit()
    assert read_all(first) == read_all(second) == b'hello world\n'


def test_stdin_of_a_container_without_one_is_accepted_and_ignored(shim):
    s = shim(['sh', '-c', 'cat; echo end'])
    client = s.attach(streams=7)
    client.sendall(b'ignored')
    s.start()
    s.wait_exit()
    assert read_all(client) == b'end\n'


def test_four_megabytes_through_cat_and_back_with_a_slow_reader(shim):
    s = shim(['cat'], open_stdin=True, stdin_once=True)
    client = s.attach(framed=True)
    s.start()
    data = bytes(range(256)) * 16384
    sent, got = 0, b''
    client.setblocking(False)
    while sent < len(data):
        readable, writable, _ = select.select([client], [client], [], 30)
        if writable:
            sent += client.send(data[sent:sent + 65536])
        elif readable:
            got += client.recv(4096)
    client.settimeout(30)
    client.shutdown(socket.SHUT_WR)
    ending = threading.Thread(target=s.wait_exit)
    ending.start()
    got += read_all(client)
    ending.join()
    assert demux(got)[1] == data == s.log()


def test_client_that_does_not_read_holds_the_process_back_and_loses_nothing(shim):
    s = shim(['sh', '-c', 'head -c 8000000 /dev/zero; echo done >&2'])
    client = s.attach(streams=2, framed=True)
    s.start()
    time.sleep(0.5)
    assert s.state()['phase'] == 'running' and len(s.log(growing=True)) < 8000000
    data = read_at_least(client, 8000000)
    s.wait_exit()
    data += read_all(client)
    assert demux(data)[1] == b'\0' * 8000000 == s.log(1)


@up_to_three_times
def test_client_that_does_not_read_delays_no_end_and_gets_all(shim):
    s = shim(['dd', 'if=/dev/zero', 'bs=256k', 'count=6'])
    client = s.attach(streams=2)
    begin = time.monotonic()
    s.start()
    assert s.wait_exit()['exit_code'] == 0
    assert time.monotonic() - begin < 1.5
    assert read_all(client) == b'\0' * (6 << 18) == s.log(1)


def test_dead_client_does_not_hold_the_process_back(shim):
    s = shim(['sh', '-c', 'head -c 8000000 /dev/zero'])
    s.attach(framed=True).close()
    stuck = s.attach(framed=True)
    s.start()
    time.sleep(0.3)
    stuck.close()
    assert s.wait_exit()['exit_code'] == 0
    assert len(s.log()) == 8000000


@up_to_three_times
def test_clients_are_closed_only_after_the_exit_is_acked(shim):
    s = shim(['echo', 'x'])
    client = s.attach()
    s.start()
    event = s.creator.event(ack=False)
    assert client.recv(100) == b'x\n'
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.settimeout(30)
    s.creator.send(wire.ACK, wire.encode('Q', event['sequence']), tag=0)
    assert client.recv(1) == b''


def test_client_is_closed_after_two_seconds_without_an_ack(shim):
    s = shim(['echo', 'x'])
    client = s.attach()
    begin = time.monotonic()
    s.start()
    s.creator.event(ack=False)
    assert read_all(client) == b'x\n'
    assert 1.5 < time.monotonic() - begin < 15


@up_to_three_times
def test_the_end_of_the_streams_is_told_after_the_last_client_has_all(shim):
    s = shim(['head', '-c', '700000', '/dev/zero'])
    quick, slow = s.attach(), s.attach()
    s.start()
    read_at_least(quick, 700000)
    assert s.wait_exit()['streams_open']
    assert read_all(quick) == b''
    s.creator.sock.settimeout(0.2)
    with pytest.raises(TimeoutError):
        s.creator.event()
    s.creator.sock.settimeout(30)
    assert len(read_all(slow)) == 700000
    assert s.creator.event()['kind'] == wire.STREAMS_END


def test_without_clients_nothing_is_told_of_their_streams(shim):
    s = shim(['true'])
    s.start()
    assert not s.wait_exit()['streams_open']
    with pytest.raises(EOFError):
        s.creator.event()


def test_replay_from_an_offset_then_live_loses_and_doubles_nothing(shim):
    s = shim(['sh', '-c', 'for i in $(seq 300); do echo line $i; done; read x; for i in $(seq 300); do echo more $i; done'], open_stdin=True)
    s.start()
    want = [f'line {i}'.encode() for i in range(1, 301)] + [f'more {i}'.encode() for i in range(1, 301)]
    while not s.log(growing=True).endswith(b'line 300\n'):
        time.sleep(0.01)
    size_of_first = 28 + len(s.log_records()[0][1])
    whole, part, none = s.attach(log_offset=0, framed=True), s.attach(log_offset=size_of_first), s.attach(streams=3)
    none.sendall(b'\n')
    s.wait_exit()
    assert demux(read_all(whole))[1].splitlines() == want
    assert read_all(part) == b''.join(p for _, p in s.log_records()[1:])
    assert read_all(none).splitlines() == want[300:]


def test_attach_needs_a_stream_socket(shim):
    s = shim(['true'])
    with open('/dev/null') as file, pytest.raises(ShimError) as error:
        s.request(wire.ATTACH, wire.attach_body(), [file.fileno()])
    assert error.value.code == wire.INVALID
    with pytest.raises(ShimError):
        s.request(wire.ATTACH, wire.attach_body())


def test_terminal_is_one_stream_of_the_size_asked_for_and_follows_resizes(shim):
    s = shim(['sh', '-c', 'stty size; read x; stty size; tty >&2; exit 3'], tty=True, rows=41, columns=97)
    client = s.attach(framed=False)
    s.start()
    seen = read_until(client, b'41 97\r\n')
    s.resize(20, 30)
    client.sendall(b'go\r')
    assert s.wait_exit()['exit_code'] == 3
    seen += read_all(client)
    assert seen == b'41 97\r\ngo\r\n20 30\r\n/dev/console\r\n' or b'/dev/pts/0\r\n' in seen
    assert s.log(1) == seen and s.log(2) == b''


def test_interrupt_key_reaches_the_terminals_processes(shim):
    s = shim(['sh', '-c', "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.05; done"], tty=True, open_stdin=True)
    client = s.attach()
    s.start()
    read_until(client, b'ready')
    client.sendall(b'\x03')
    assert s.wait_exit()['exit_code'] == 9


def test_detach_keys_end_the_session_and_not_the_process(shim):
    s = shim(['cat'], tty=True, open_stdin=True)
    client = s.attach(detach_keys=b'\x10\x11')
    s.start()
    client.sendall(b'hello\r')
    read_until(client, b'hello\r\nhello\r\n')
    client.sendall(b'\x10')
    client.sendall(b'\x11')
    assert client.recv(1) == b''
    assert s.creator.event()['kind'] == wire.DETACH
    assert s.state()['phase'] == 'running'
    again = s.attach(detach_keys=b'x')
    again.sendall(b'still there\r')
    read_until(again, b'still there\r\nstill there\r\n')
    again.sendall(b'abcx')
    assert read_all(again) in (b'abc', b'')


def test_beginning_of_the_detach_keys_alone_is_forwarded_with_the_key_that_breaks_it(shim):
    s = shim(['od', '-c'], tty=True, open_stdin=True)
    client = s.attach(detach_keys=b'ab')
    s.start()
    client.sendall(b'a')
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.settimeout(30)
    client.sendall(b'c\r\x04')
    read_until(client, b'a   c  \\n')
    s.wait_exit()


def test_detach_keys_mean_nothing_without_a_terminal(shim):
    s = shim(['cat'], open_stdin=True, stdin_once=True)
    client = s.attach(detach_keys=b'\x10\x11')
    s.start()
    client.sendall(b'a\x10\x11b')
    client.shutdown(socket.SHUT_WR)
    s.wait_exit()
    assert read_all(client) == b'a\x10\x11b'


def test_resize_without_a_terminal_has_no_effect(shim):
    s = shim(['sleep', '100'])
    s.attach()
    s.start()
    s.resize(10, 10)
    s.signal(9)
    s.wait_exit(ack=False)  # until then the shim stays for its client
    with pytest.raises(ShimError) as error:
        s.resize(10, 10)
    assert error.value.code == wire.CONFLICT
