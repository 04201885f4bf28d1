"""One supervisor under test: spawned as the plugin does, with a bundle of its own, ended and checked for leaks."""
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path

from . import wire
from .bundle import RUNTIME, make_rootfs, make_spec
from .wire import Control

REPO = Path(__file__).resolve().parents[3]


def binary_path() -> Path:
    build = Path(os.environ.get('GANTRY_BUILD', REPO / 'build/release'))
    return Path(os.environ.get('GANTRY_SHIM', build / 'libexec/gantry/gantry-shim'))


@cache
def sealed_binary() -> int:
    fd = os.memfd_create('gantry-shim', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(binary_path(), 'rb') as file:
        os.write(fd, file.read())
    os.fchmod(fd, 0o500)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return fd


@cache
def shared_rootfs() -> Path:
    import atexit
    where = Path(tempfile.mkdtemp(prefix='shim-root-'))
    atexit.register(shutil.rmtree, where, ignore_errors=True)
    make_rootfs(where / 'lower')
    return where


def spawn(bundle: Path, name: str, netns: int = -1) -> socket.socket:
    ours, theirs = socket.socketpair()
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100) for fd in (theirs.fileno(), sealed_binary())]
    if netns >= 0:
        high.append(fcntl.fcntl(netns, fcntl.F_DUPFD_CLOEXEC, 100))
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.chdir(bundle)
            null = os.open('/dev/null', os.O_RDWR)
            for i in (0, 1, 2):
                os.dup2(null, i)
            for i, fd in enumerate(high):
                os.dup2(fd, 3 + i)
            os.closerange(3 + len(high), 4096)
            os.execve('/proc/self/fd/4', ['gantry-shim', name], {})
        finally:
            os._exit(99)
    for fd in high:
        os.close(fd)
    theirs.close()
    _, status = os.waitpid(pid, 0)
    assert status == 0, f'gantry-shim ended at once: {status}'
    return ours


class Supervisor:
    def __init__(self, args=None, tty=False, open_stdin=False, stdin_once=False, log=True, log_max=0, log_files=1,
                 log_dir: Path | None = None, overlay=True, rows=0, columns=0, netns=-1, runtime_delete=False, **spec):
        self.id = uuid.uuid4().hex * 2
        self.where = Path(tempfile.mkdtemp(prefix='shim-'))
        self.bundle = self.where / 'bundle'
        self.bundle.mkdir(0o700)
        (self.bundle / 'rootfs').mkdir()
        for name in ('upper', 'work'):
            (self.where / name).mkdir()
        self.log_path = (log_dir or self.where) / 'log' if log else None
        self.cgroup = f'/gantry-shim-test/{self.id}'
        self.runtime_root = self.where / 'runtime'
        self.creator = Control(spawn(self.bundle, self.id, netns))
        self.pid = self.tty = None
        self.options = (tty, open_stdin, stdin_once, rows, columns, log_max, log_files, overlay)
        self.runtime_state = '' if runtime_delete else str(self.runtime_root / self.id)
        self.args, self.spec_changes = args or ['true'], spec
        self.sockets = [self.creator]

    def create(self) -> 'Supervisor':
        tty, open_stdin, stdin_once, rows, columns, log_max, log_files, overlay = self.options
        mount = ('', '', '', '')
        if overlay:
            mount = ('overlay', 'overlay', str(shared_rootfs()), f'lowerdir=lower,upperdir={self.where}/upper,workdir={self.where}/work')
        else:
            shutil.copytree(shared_rootfs() / 'lower', self.bundle / 'rootfs', symlinks=True, dirs_exist_ok=True)
        body = wire.encode('ttllttttQBBBIItQItBt', self.id, RUNTIME, ['--root', str(self.runtime_root)],
                           ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], *mount, 0, tty, open_stdin, stdin_once, rows, columns,
                           str(self.log_path or ''), log_max, log_files, self.cgroup, 0, self.runtime_state)
        (self.pid,) = self.creator.request(wire.CREATE, body, reply='i')
        self.write_spec(make_spec(self.args, self.cgroup, tty, console=(rows, columns), **self.spec_changes))
        return self

    def write_spec(self, spec: dict):
        (self.bundle / 'config.json').write_text(json.dumps(spec))

    def control(self) -> Control:
        control = Control.connect(f'/proc/self/fd/{self.bundle_fd()}/shim.sock')
        self.sockets.append(control)
        return control

    def bundle_fd(self) -> int:
        if not hasattr(self, '_bundle_fd'):
            self._bundle_fd = os.open(self.bundle, os.O_PATH)
        return self._bundle_fd

    def request(self, kind: int, body: bytes = b'', fds=(), reply: str = '') -> list:
        control = self.control()
        try:
            return control.request(kind, body, fds, reply)
        finally:
            control.close()

    def start(self) -> int:
        pid, _ = self.request(wire.START, reply='iq')
        return pid

    def attach(self, head: bytes = b'', **options) -> socket.socket:
        """head: what the daemon has answered on the connection before."""
        ours, theirs = socket.socketpair()
        ours.settimeout(30)
        self.sockets.append(ours)
        theirs.sendall(head)
        with theirs:
            self.request(wire.ATTACH, wire.attach_body(**options), [theirs.fileno()])
        return ours

    def exec(self, args, exec_id='e' * 64, stream: dict | None = None, head: bytes = b'', **options):
        """The client's socket (None when detached) and the pid. head: as of attach."""
        ours = theirs = None
        if stream is not None:
            ours, theirs = socket.socketpair()
            ours.settimeout(30)
            self.sockets.append(ours)
            theirs.sendall(head)
        try:
            (pid,) = self.request(wire.EXEC_START, exec_body(exec_id, args, stream, **options), [theirs.fileno()] if theirs else [], 'i')
        finally:
            if theirs:
                theirs.close()
        return ours, pid

    def resize(self, rows: int, columns: int, exec_id=''):
        self.request(wire.EXEC_RESIZE if exec_id else wire.RESIZE, wire.encode('tII', exec_id, rows, columns))

    def signal(self, number: int, everyone=False, exec_id=''):
        self.request(wire.EXEC_SIGNAL if exec_id else wire.SIGNAL, wire.encode('tiB', exec_id, number, everyone))

    def state(self) -> dict:
        names = ('phase', 'shim_pid', 'pid', 'exit_code', 'oom_killed', 'started_at', 'finished_at', 'lost_bytes', 'log_errno', 'clients')
        state = dict(zip(names, self.request(wire.STATE, reply='IiiiBqqQiI')))
        state['phase'] = wire.PHASES[state['phase']]
        return state

    def exec_list(self) -> dict:
        ids, packed = self.request(wire.EXEC_LIST, reply='lt')
        states = struct.iter_unpack('=iiII', packed)
        return {i: dict(pid=s[0], exit_code=s[1], running=bool(s[2])) for i, s in zip(ids, states, strict=True)}

    def terminate(self):
        self.request(wire.TERMINATE)

    def status_file(self) -> dict:
        lines = (self.bundle / 'shim.status').read_text().splitlines()
        return {key: int(value) for key, value in (line.split('=') for line in lines)}

    def wait_exit(self, kind=wire.EXIT, ack=True) -> dict:
        while True:
            event = self.creator.event(ack)
            if event['kind'] == kind:
                return event

    def alive(self) -> bool:
        with contextlib.suppress(OSError):
            return open(f'/proc/{self.pid}/stat').read().split(')')[1].split()[0] != 'Z'
        return False

    def wait_gone(self, seconds=15):
        end = time.monotonic() + seconds
        while self.alive():
            assert time.monotonic() < end, 'the shim does not end'
            time.sleep(0.01)

    def log_records(self, path: Path | None = None, growing=False) -> list[tuple[int, bytes]]:
        """growing: the last one may be half written, and is left out then."""
        data, records, at = (path or self.log_path).read_bytes(), [], 0
        while at < len(data):
            if growing and (len(data) < at + 24 or len(data) < at + 28 + struct.unpack_from('<4xI', data, at)[0]):
                break
            magic, length, _, stream = struct.unpack_from('<IIqB', data, at)
            assert magic == 0x31474C47 and len(data) >= at + length + 28
            assert struct.unpack_from('<I', data, at + 24 + length)[0] == length + 28
            records.append((stream, data[at + 24:at + 24 + length]))
            at += length + 28
        return records

    def log(self, stream: int | None = None, growing=False) -> bytes:
        return b''.join(payload for kind, payload in self.log_records(growing=growing) if stream in (None, kind))

    def leftovers(self) -> list[str]:
        found = [str(path) for base in Path('/sys/fs/cgroup').iterdir() if (path := base / self.cgroup[1:]).exists()]
        with open('/proc/self/mountinfo') as mounts:
            found += [line for line in mounts if str(self.where) in line]
        if self.runtime_root.exists():
            found += [str(path) for path in self.runtime_root.iterdir()]
        return found

    def close(self) -> list[str]:
        """Ends everything; what a well-behaved shim would not have left."""
        left = []
        for sock in self.sockets:
            sock.close()
        if self.pid and self.alive():
            with contextlib.suppress(OSError, EOFError, wire.ShimError):
                self.terminate()
            try:
                self.wait_gone()
            except AssertionError:
                left.append(f'shim {self.pid}')
                os.kill(self.pid, signal.SIGKILL)
        left += self.leftovers()
        if left:
            subprocess.run([RUNTIME, '--root', str(self.runtime_root), 'delete', '--force', self.id], capture_output=True)
        if hasattr(self, '_bundle_fd'):
            os.close(self._bundle_fd)
        shutil.rmtree(self.where, ignore_errors=True)
        return left


def capability_mask(names) -> int:
    numbers = ('CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE '
               'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN '
               'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP').split()
    return sum(1 << numbers.index(name.removeprefix('CAP_')) for name in names)


def exec_body(exec_id, args, stream=None, env=('PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',), cwd='/', uid=0, gid=0,
              groups=(), caps=None, ambient=0, inheritable=0, no_new_privileges=False, rlimits=(), seccomp=b'', tty=False, rows=0, columns=0,
              open_stdin=False, end_with_client=False, note='') -> bytes:
    from .bundle import DOCKER_CAPS
    mask = capability_mask(DOCKER_CAPS) if caps is None else caps
    effective = 0 if uid and not ambient else mask
    body = wire.encode('tlltIIt', exec_id, args, env, cwd, uid, gid, b''.join(struct.pack('=I', g) for g in groups))
    body += wire.encode('QQQQQ', mask, mask if not uid else effective, effective, inheritable, ambient)
    body += wire.encode('BttIttBII', no_new_privileges, b''.join(struct.pack('=iiQQ', r, 0, s, h) for r, s, h in rlimits), seccomp, 0, '', '', tty, rows, columns)
    body += wire.encode('BB', open_stdin, stream is not None) + wire.attach_body(**(stream or {}))
    return body + wire.encode('BIBiBt', 0, 0, 0, 0, end_with_client, note)


def sleeping(shim) -> Supervisor:
    """Of a container that sleeps; `shim`: the fixture."""
    supervisor = shim(['sleep', '1000'])
    supervisor.start()
    return supervisor
