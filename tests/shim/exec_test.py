"""Further processes: the same environment as the runtime's own exec gives, streams, terminals, failures."""
import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from supervisor import wire
from supervisor.bundle import RUNTIME
from supervisor.streams import demux, read_all, read_until
from supervisor.timing import wait_until
from supervisor.wire import ShimError


def output(s, args, **options) -> bytes:
    client, _ = s.exec(args, stream={'framed': True}, exec_id=os.urandom(32).hex(), **options)
    s.wait_exit(wire.EXEC_EXIT)
    out = demux(read_all(client))
    return out[1] + out[2]


def test_exit_code_and_framed_output(running):
    client, pid = running.exec(['sh', '-c', 'echo out; echo err >&2; exit 7'], stream={'framed': True})
    event = running.creator.event()
    assert (event['kind'], event['exec_id'], event['exit_code']) == (wire.EXEC_EXIT, 'e' * 64, 7)
    assert demux(read_all(client)) == {1: b'out\n', 2: b'err\n'}
    assert running.exec_list()['e' * 64] == {'pid': pid, 'exit_code': 7, 'running': False}
    assert running.state()['phase'] == 'running'


def status_of(text: str) -> dict:
    wanted = ('Uid', 'Gid', 'Groups', 'Umask', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp', 'SigBlk', 'SigIgn',
              'SigCgt', 'Cpus_allowed')
    lines = (line.split(':', 1) for line in text.splitlines())
    return {line[0]: line[1].split() for line in lines if line[0] in wanted}


SCRIPT = ('cat /proc/self/status; echo; for n in mnt pid net ipc uts cgroup user; do readlink /proc/self/ns/$n; done; cat /proc/self/cgroup | sort; '
          'cat /proc/self/oom_score_adj; pwd; ls /proc/self/fd; cat /proc/self/limits; env | sort')


@pytest.mark.parametrize('user, groups', [((0, 0), ()), ((1000, 1000), (2000, 3000)), ((4711, 12), ())])
@pytest.mark.parametrize('no_new_privileges', [False, True])
def test_process_is_what_the_runtimes_own_exec_makes(running, user, groups, no_new_privileges):
    env = ['PATH=/bin', 'A=b c', 'TERM=xterm']
    ours = output(running, ['sh', '-c', SCRIPT], uid=user[0], gid=user[1], groups=groups, env=env, cwd='/tmp', no_new_privileges=no_new_privileges,
                  rlimits=[(7, 1024, 1024)]).decode()
    spec = json.loads((running.bundle / 'config.json').read_text())
    process = dict(spec['process'], args=['sh', '-c', SCRIPT], env=env, cwd='/tmp', noNewPrivileges=no_new_privileges, terminal=False,
                   user={'uid': user[0], 'gid': user[1], 'additionalGids': list(groups)},
                   rlimits=[{'type': 'RLIMIT_NOFILE', 'soft': 1024, 'hard': 1024}])
    file = running.where / 'process.json'
    file.write_text(json.dumps(process))
    theirs = subprocess.run([RUNTIME, '--root', running.runtime_root, 'exec', '--process', file, running.id], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, check=False)
    assert theirs.returncode == 0, theirs.stderr
    assert status_of(ours) == status_of(theirs.stdout)
    assert ours.split('\n\n', 1)[1] == theirs.stdout.split('\n\n', 1)[1]


def test_home_comes_from_the_containers_passwd(running):
    assert output(running, ['sh', '-c', 'echo $HOME'], uid=1000) == b'/home/user\n'
    assert output(running, ['sh', '-c', 'echo $HOME'], uid=999) == b'/\n'
    assert output(running, ['sh', '-c', 'echo $HOME'], env=['PATH=/bin', 'HOME=/own']) == b'/own\n'


def test_input_with_half_close(running):
    client, _ = running.exec(['cat'], stream={'read_ahead': b'first '}, open_stdin=True)
    client.sendall(b'second')
    client.shutdown(socket.SHUT_WR)
    running.wait_exit(wire.EXEC_EXIT)
    assert read_all(client) == b'first second'


def test_without_open_stdin_input_is_dev_null(running):
    assert output(running, ['sh', '-c', 'cat; readlink /proc/self/fd/0']) == b'/dev/null\n'


def test_detached_exec_is_announced_and_its_output_discarded(running):
    _, pid = running.exec(['sh', '-c', 'echo lost; kill -STOP $$; exit 4'])
    assert pid > 0 and running.exec_list()['e' * 64]['running']
    wait_until(lambda: Path(f'/proc/{pid}/stat').read_text().split()[2] == 'T')
    os.kill(pid, signal.SIGCONT)
    assert running.wait_exit(wire.EXEC_EXIT)['exit_code'] == 4


def test_terminal_of_the_containers_own_devpts_with_size_resize_and_job_control(running):
    client, _ = running.exec(['sh', '-c', 'tty; stty size; read x; stty size; sleep 100'], stream={}, tty=True, open_stdin=True, rows=33, columns=55)
    seen = read_until(client, b'33 55\r\n')
    assert seen.startswith(b'/dev/pts/')
    running.resize(11, 22, exec_id='e' * 64)
    client.sendall(b'\r')
    read_until(client, b'11 22\r\n')
    client.sendall(b'\x03')
    assert running.wait_exit(wire.EXEC_EXIT)['exit_code'] == 130


def test_detach_keys_leave_the_process_running(running):
    client, _ = running.exec(['cat'], stream={'detach_keys': b'\x10\x11'}, tty=True, open_stdin=True)
    client.sendall(b'\x10\x11')
    assert client.recv(10) == b''
    event = running.creator.event()
    assert (event['kind'], event['exec_id']) == (wire.DETACH, 'e' * 64)
    assert running.exec_list()['e' * 64]['running']


def test_signal_and_killed_exit_code(running):
    running.exec(['sleep', '100'])
    running.signal(signal.SIGTERM, exec_id='e' * 64)
    assert running.wait_exit(wire.EXEC_EXIT)['exit_code'] == 143
    with pytest.raises(ShimError) as error:
        running.signal(signal.SIGTERM, exec_id='f' * 64)
    assert error.value.code == wire.NOT_FOUND


PREFIX = 'exec failed: unable to start container process: '


@pytest.mark.parametrize('args, options, code, message', [
    (['nosuch'], {}, wire.NOT_FOUND, 'exec: "nosuch": executable file not found in $PATH'),
    (['/no/such'], {}, wire.NOT_FOUND, 'exec: "/no/such": stat /no/such: no such file or directory'),
    (['/etc/notexec'], {}, wire.PERMISSION, 'exec: "/etc/notexec": permission denied'),
    (['/etc'], {}, wire.PERMISSION, 'exec: "/etc": is a directory'),
    (['true'], {'cwd': '/missing'}, wire.INVALID, 'chdir to cwd ("/missing") set in config.json failed: no such file or directory'),
    (['true'], {'cwd': '/etc/passwd'}, wire.INVALID, 'chdir to cwd ("/etc/passwd") set in config.json failed: not a directory'),
    (['true'], {'cwd': '/proc/self/fd/3'}, wire.INVALID, 'chdir to cwd'),
    (['true'], {'tty': True, 'cwd': '/missing'}, wire.INVALID, 'chdir to cwd'),
])
def test_failed_start_is_told_and_touches_nobody(running, args, options, code, message):
    ours, theirs = socket.socketpair()
    from supervisor.shim import exec_body
    with theirs, pytest.raises(ShimError) as error:
        running.request(wire.EXEC_START, exec_body('e' * 64, args, {}, **options), [theirs.fileno()])
    assert error.value.code == code and error.value.message.startswith(PREFIX + message)
    assert ours.recv(1) == b''
    assert running.exec_list() == {}


def test_no_descriptor_of_the_host_is_reachable_as_a_working_directory(running):
    for fd in range(3, 40):
        with pytest.raises(ShimError):
            running.exec(['true'], cwd=f'/proc/self/fd/{fd}', exec_id=os.urandom(32).hex())


def test_started_process_has_only_its_standard_streams(running):
    out = output(running, ['ls', '/proc/self/fd'])
    assert out.split() == [b'0', b'1', b'2', b'3']  # 3: the directory ls reads


def test_second_exec_of_the_same_id_is_a_conflict(running):
    running.exec(['sleep', '100'])
    with pytest.raises(ShimError) as error:
        running.exec(['sleep', '100'])
    assert error.value.code == wire.CONFLICT


def test_exec_in_a_container_that_has_not_started_is_a_conflict(shim):
    s = shim(['true'])
    with pytest.raises(ShimError) as error:
        s.exec(['true'])
    assert error.value.code == wire.CONFLICT


def test_exec_ends_with_the_container_and_both_exits_are_announced(running):
    client, _ = running.exec(['sleep', '1000'], stream={})
    running.signal(signal.SIGKILL)
    events = {event['kind']: event for event in (running.creator.event(), running.creator.event())}
    assert events[wire.EXEC_EXIT]['exit_code'] == events[wire.EXIT]['exit_code'] == 137
    assert client.recv(1) == b''
    running.wait_gone()


def test_child_that_keeps_the_output_open_delays_the_end_by_about_two_seconds(running):
    begin = time.monotonic()
    client, _ = running.exec(['sh', '-c', 'sleep 1000 & echo started'], stream={})
    running.wait_exit(wire.EXEC_EXIT)
    assert read_all(client) == b'started\n' and time.monotonic() - begin < 20


def test_many_at_once(running):
    ids = [os.urandom(32).hex() for _ in range(20)]
    clients = {i: running.exec(['sh', '-c', f'echo {i[:8]}; exit {n}'], stream={}, exec_id=i)[0] for n, i in enumerate(ids)}
    codes = {}
    while len(codes) < 20:
        event = running.creator.event()
        codes[event['exec_id']] = event['exit_code']
    assert codes == {i: n for n, i in enumerate(ids)}
    assert all(read_all(client) == i[:8].encode() + b'\n' for i, client in clients.items())


def test_seccomp_filter_applies(running):
    # if nr == uname (63 on x86-64): errno 1, else allow
    if os.uname().machine != 'x86_64':
        pytest.skip('the filter is written for x86-64')
    import struct
    program = b''.join(struct.pack('=HBBI', *i) for i in ((0x20, 0, 0, 0), (0x15, 0, 1, 63), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)))
    for no_new_privileges in (False, True):
        out = output(running, ['sh', '-c', 'grep Seccomp: /proc/self/status; busybox uname -n'], seccomp=program,
                     no_new_privileges=no_new_privileges)
        assert out == b'Seccomp:\t2\n\n'
    assert output(running, ['busybox', 'uname', '-n']) == b'runc\n'


def test_ambient_capabilities_of_a_user(running):
    out = output(running, ['grep', '-E', 'Cap(Prm|Eff|Amb|Inh)', '/proc/self/status'], uid=1000, gid=1000, caps=1 << 10, ambient=1 << 10, inheritable=1 << 10)
    assert out.count(b'0000000000000400') == 4


def test_container_root_cannot_look_into_a_starting_exec(running):
    """A process of the container races to open what belongs to the joining processes."""
    script = ('while :; do for p in /proc/[0-9]*; do case $(readlink $p/exe 2>/dev/null) in *gantry*|*memfd*) echo SEEN $p; '
              'ls -l $p/fd $p/root 2>/dev/null;; esac; done; done')
    client, pid = running.exec(['sh', '-c', script], stream={}, exec_id='a' * 64)
    for _ in range(50):
        running.exec(['true'], exec_id=os.urandom(32).hex())
    running.signal(signal.SIGKILL, exec_id='a' * 64)
    for _ in range(51):
        running.wait_exit(wire.EXEC_EXIT)
    with contextlib.suppress(OSError):
        assert b'SEEN' not in read_all(client)
