"""A container's first process: start, exit codes, logs, what is left."""
import ctypes
import os
import signal
import time
from pathlib import Path

import pytest

from supervisor import wire
from supervisor.bundle import make_spec
from supervisor.streams import demux, read_all
from supervisor.timing import up_to_three_times
from supervisor.wire import ShimError


def test_output_is_logged_and_the_exit_code_announced_after_the_status_file_is_written(shim):
    s = shim(['sh', '-c', 'echo out; echo err >&2; exit 7'])
    pid = s.start()
    event = s.creator.event(ack=False)
    assert (event['kind'], event['exit_code'], event['oom_killed']) == (wire.EXIT, 7, 0)
    status = s.status_file()
    assert (status['phase'], status['exit_code'], status['pid'], status['shim_pid']) == (3, 7, pid, s.pid)
    assert abs(event['time'] / 1e9 - time.time()) < 10 and status['finished_at'] == event['time'] > status['started_at']
    assert (s.log(1), s.log(2)) == (b'out\n', b'err\n')
    s.wait_gone()
    assert s.status_file()['deleted'] == 1
    assert not (s.bundle / 'shim.sock').exists() and not s.leftovers()


def test_a_process_that_ends_at_once_is_not_missed(shim):
    for _ in range(10):
        s = shim(['true'])
        s.start()
        assert s.wait_exit()['exit_code'] == 0
        s.wait_gone()


def test_where_the_runtime_has_to_delete_it_is_called(shim):
    s = shim(['sh', '-c', 'exit 3'], runtime_delete=True)
    s.start()
    assert s.wait_exit()['exit_code'] == 3
    s.wait_gone()
    assert s.status_file()['deleted'] == 1 and not s.leftovers()


def test_groups_made_inside_the_containers_group_go_with_it(shim):
    s = shim(['sleep', '100'])
    s.start()
    for base in Path('/sys/fs/cgroup').iterdir():
        if (base / s.cgroup[1:]).is_dir():
            (base / s.cgroup[1:] / 'one/two').mkdir(parents=True)
    s.signal(signal.SIGKILL)
    s.wait_exit()
    s.wait_gone()
    assert s.status_file()['deleted'] == 1 and not s.leftovers()


def test_death_by_signal_is_128_plus_its_number(shim):
    s = shim(['sleep', '100'])
    s.start()
    s.signal(signal.SIGKILL)
    assert s.wait_exit()['exit_code'] == 137


def test_missing_binary_is_told_in_the_runtimes_words_and_leaves_a_created_container(shim):
    s = shim(['/no/such'])
    client = s.attach(framed=True)
    with pytest.raises(ShimError) as error:
        s.start()
    assert 'no such file or directory' in error.value.message and error.value.message.startswith('{')
    assert s.state()['phase'] == 'created' and s.log_records() == []
    s.write_spec(make_spec(['echo', 'again'], s.cgroup))
    s.start()
    assert s.wait_exit()['exit_code'] == 0
    assert demux(read_all(client)) == {1: b'again\n', 2: b''}


def test_second_start_is_a_conflict(shim):
    s = shim(['sleep', '100'])
    s.start()
    with pytest.raises(ShimError) as error:
        s.start()
    assert error.value.code == wire.CONFLICT


def test_terminate_ends_container_supervisor_and_everything_of_it(shim):
    s = shim(['sleep', '100'])
    s.start()
    s.terminate()
    assert not s.leftovers()
    s.wait_gone()
    assert s.status_file()['exit_code'] == 137


def test_terminate_of_a_created_container(shim):
    s = shim(['true'])
    s.terminate()
    s.wait_gone()


def test_created_container_goes_with_its_creating_connection(shim):
    s = shim(['true'])
    client = s.attach()
    s.creator.close()
    s.wait_gone()
    assert client.recv(1) == b''


def test_running_container_survives_its_creating_connection_and_is_found_again(shim):
    s = shim(['sh', '-c', 'read x; exit $x'], open_stdin=True, stdin_once=True)
    s.start()
    s.creator.close()
    assert s.state()['phase'] == 'running'
    events = s.control()
    events.request(wire.SUBSCRIBE)
    client = s.attach()
    client.sendall(b'42\n')
    assert events.event()['exit_code'] == 42


def test_creating_connection_that_breaks_during_start_leaves_a_running_container(shim):
    s = shim(['sleep', '100'])
    starter = s.control()
    starter.send(wire.START)
    while not (s.bundle / 'runtime.log').exists() and s.state()['phase'] == 'created':
        pass
    starter.close()
    s.creator.close()
    end = time.monotonic() + 10
    while s.state()['phase'] != 'running':
        assert time.monotonic() < end
        time.sleep(0.01)
    s.terminate()


def test_exit_that_nobody_heard_is_in_the_status_file(shim):
    s = shim(['sh', '-c', 'read x; exit 5'], open_stdin=True)
    s.start()
    client = s.attach()
    s.creator.close()
    client.sendall(b'\n')
    s.wait_gone()
    assert (s.status_file()['phase'], s.status_file()['exit_code'], s.status_file()['deleted']) == (3, 5, 1)


def test_event_that_was_not_acked_is_sent_again_to_the_next_subscriber(shim):
    s = shim(['sleep', '100'])
    s.start()
    s.exec(['sh', '-c', 'exit 3'])
    first = s.creator.event(ack=False)
    events = s.control()
    events.request(wire.SUBSCRIBE)
    assert events.event() == first and first['exit_code'] == 3


def test_killed_process_of_an_exhausted_memory_limit_is_reported_as_oom(shim):
    s = shim(['sh', '-c', 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done'], memory=12 << 20)
    s.start()
    assert s.creator.event()['kind'] == wire.OOM
    event = s.creator.event()
    assert (event['kind'], event['exit_code'], event['oom_killed']) == (wire.EXIT, 137, 1)


@up_to_three_times
def test_processes_of_a_container_in_the_hosts_pid_namespace_end_with_its_first(shim):
    s = shim(['sh', '-c', 'setsid sleep 1000 & echo started; exit 0'], host_pid=True)
    s.start()
    begin = time.monotonic()
    assert s.wait_exit()['exit_code'] == 0
    assert time.monotonic() - begin < 1.5 and s.log() == b'started\n'


def test_signal_to_all_reaches_every_process(shim):
    s = shim(['sh', '-c', "trap 'wait; echo first; exit 0' TERM; sh -c \"trap 'echo second; exit 0' TERM; echo up; while :; do sleep 0.1; done\" & wait; wait"])
    client = s.attach(framed=False)
    s.start()
    assert client.recv(100) == b'up\n'
    s.signal(signal.SIGTERM, everyone=True)
    s.wait_exit()
    assert {b'first', b'second'} <= set(read_all(client).split())


def test_root_filesystem_is_mounted_nowhere_but_in_the_shim(shim):
    s = shim(['sleep', '100'])
    s.start()
    with open('/proc/self/mountinfo') as mounts:
        assert str(s.where) not in mounts.read()
    with open(f'/proc/{s.pid}/mountinfo') as mounts:
        assert [line.split()[4] for line in mounts if str(s.where) in line] == [str(s.bundle / 'rootfs')]


def test_network_namespace_goes_with_the_container(shim):
    libc = ctypes.CDLL(None, use_errno=True)
    ours = os.open('/proc/self/ns/net', os.O_RDONLY)
    assert libc.unshare(0x40000000) == 0
    netns = os.open('/proc/self/ns/net', os.O_RDONLY)
    assert libc.setns(ours, 0x40000000) == 0
    inode = os.fstat(netns).st_ino
    s = shim(['readlink', '/proc/self/ns/net'], created=False, netns=netns)
    os.close(netns)
    s.create()
    s.write_spec(make_spec(s.args, s.cgroup, netns=f'/proc/{s.pid}/fd/5'))
    s.start()
    s.wait_exit()
    assert s.log() == f'net:[{inode}]\n'.encode()
    s.wait_gone()
    os.close(ours)
