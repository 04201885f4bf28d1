"""One running engine (gantryd or the reference dockerd) in scratch directories and a network namespace of its own.

Everything it started is ended with it, by pid; what is left behind is reported by close() as a list of leaks.
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import images, leaks, paths
from .api import Api
from .netns import NetNs
from .terminal import Terminal
from .wait import PATIENCE, eventually

BOX = 'gt/box'                       # the busybox image that prepare() imports
WEB = ['httpd', '-f', '-p', '80', '-h', '/www']


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def id(self) -> str:
        return self.out.strip()

    def __bool__(self):
        return self.code == 0


class Engine:
    name = 'engine'
    api_version = '1.51'
    start_seconds = 20.0
    was_killed = False
    given: tuple[int, ...] = ()      # descriptors that the daemon inherits

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix='gt-', dir=paths.SCRATCH))
        self.socket = str(self.dir / 'd.sock')
        self.log = self.dir / 'log'
        self.process: subprocess.Popen | None = None
        self.ids: set[str] = set()   # every container ever seen here, for the leak check
        self.ns = NetNs()
        self.helpers: list[subprocess.Popen] = []

    # -- the daemon ---------------------------------------------------------------------------------------------
    def argv(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict:
        return {'PATH': paths.SYSTEM_PATH, 'HOME': str(self.dir), 'LANG': 'C.UTF-8'}

    def start(self) -> float:
        """Starts the daemon and gives the seconds until its first answer."""
        begun = time.monotonic()
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen([*self.ns.enter(), *self.argv()], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=self.environment(), start_new_session=True, pass_fds=self.given)
        end = begun + self.start_seconds * PATIENCE
        while not self.answers():
            if self.process.poll() is not None:
                raise RuntimeError(f'{self.name} ended with {self.process.returncode}:\n{self.log_tail()}')
            if time.monotonic() > end:
                raise RuntimeError(f'{self.name} does not answer:\n{self.log_tail()}')
            time.sleep(0.002)
        return time.monotonic() - begun

    def answers(self) -> bool:
        """A bare ping: cheap enough to be asked every few milliseconds."""
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(5)
                s.connect(self.socket)
                s.sendall(b'GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n')
                return s.recv(12).endswith(b'200')
        except OSError:
            return False

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill9(self):
        self.remember()
        self.was_killed = True
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds: float = 15):
        if not self.alive():
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f'{self.name} did not end within {seconds} s of SIGTERM:\n{self.log_tail()}') from None

    def log_tail(self, lines: int = 25) -> str:
        return '\n'.join(self.log.read_text(errors='replace').splitlines()[-lines:]) if self.log.exists() else ''

    # -- clients ------------------------------------------------------------------------------------------------
    @property
    def api(self) -> Api:
        return Api(self.socket, self.api_version)

    def client_environment(self) -> dict:
        return {'PATH': paths.SYSTEM_PATH, 'HOME': str(self.dir), 'DOCKER_CONFIG': str(self.dir / 'cli'), 'LANG': 'C.UTF-8',
                'DOCKER_HOST': 'unix://' + self.socket, 'TERM': 'xterm', 'DOCKER_CLI_HINTS': 'false',
                'DOCKER_BUILDKIT': '0'}                # docker build: by POST /build

    def docker(self, *args: str, input: bytes | str | None = None, seconds: float = 40, check: bool = True,
               cwd: str | None = None) -> Done:
        data = input.encode() if isinstance(input, str) else input
        done = subprocess.run([paths.docker_cli(), *args], input=data, stdin=subprocess.DEVNULL if data is None else None,
                              capture_output=True, timeout=seconds, env=self.client_environment(), cwd=cwd)
        result = Done(done.returncode, done.stdout.decode(errors='replace'), done.stderr.decode(errors='replace'))
        self.ids.update(re.findall(r'^[0-9a-f]{64}$', result.out, re.M))
        if check and result.code != 0:
            raise AssertionError(f'docker {" ".join(args)}: exit {result.code}: {result.err.strip() or result.out.strip()}')
        return result

    def docker_bytes(self, *args: str, input: bytes | None = None, seconds: float = 40) -> bytes:
        done = subprocess.run([paths.docker_cli(), *args], input=input, capture_output=True, timeout=seconds,
                              stdin=subprocess.DEVNULL if input is None else None, env=self.client_environment())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def terminal(self, *args: str, rows: int = 24, cols: int = 80) -> Terminal:
        return Terminal([paths.docker_cli(), *args], env=self.client_environment(), rows=rows, cols=cols)

    def spawn(self, *args: str, **kw) -> subprocess.Popen:
        """A CLI in the background; ended with the engine if the test did not."""
        kw = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT, **kw}
        process = subprocess.Popen([paths.docker_cli(), *args], env=self.client_environment(), **kw)
        self.helpers.append(process)
        return process

    def inspect(self, name: str) -> dict:
        answer = self.api.get(f'/containers/{name}/json')
        assert answer.status == 200, answer.body
        return answer.json()

    def wait_for_exit(self, name: str, seconds: float = 15) -> int:
        eventually(lambda: not self.inspect(name)['State']['Running'], f'{name} ended', seconds)
        return self.inspect(name)['State']['ExitCode']

    def fetch(self, port: int, seconds: float = 5, **where) -> bytes:
        """GET from a published port as soon as it answers."""
        def probe():
            try:
                return self.ns.get(port, **where)
            except OSError:
                return None
        return eventually(probe, f'port {port} answers', seconds)

    # -- contents -----------------------------------------------------------------------------------------------
    def prepare(self):
        """Imports the busybox image that nearly every test uses."""
        self.docker('import', '--change', 'CMD ["sh"]', '--change', 'ENV PATH=/bin', '-', BOX, input=images.busybox_rootfs())

    def remember(self):
        """Notes the ids of all containers: each may leave something behind."""
        with contextlib.suppress(OSError, ValueError):
            for row in self.api.get('/containers/json', query={'all': 1}).json():
                self.ids.add(row['Id'])

    def clear(self):
        """Removes every container and volume: a volume without a name would look like what a container left."""
        self.remember()
        for row in self.api.get('/containers/json', query={'all': 1}).json():
            answer = self.api.delete('/containers/' + row['Id'], query={'force': 1, 'v': 1})
            assert answer.status in (204, 404, 409), answer.body
        eventually(lambda: not self.api.get('/containers/json', query={'all': 1}).json(), 'all containers gone', 20)
        for volume in self.api.get('/volumes').json()['Volumes'] or []:
            self.api.delete('/volumes/' + volume['Name'], query={'force': 1})

    def close(self) -> list[str]:
        """Ends everything; gives what was left behind."""
        found: list[str] = []
        for helper in self.helpers:
            if helper.poll() is None:
                helper.kill()
            helper.wait()
            for pipe in (helper.stdout, helper.stdin):
                if pipe:
                    with contextlib.suppress(OSError):
                        pipe.close()
        try:
            if self.alive():
                self.clear()
                self.stop()
        except Exception as error:  # noqa: BLE001 - reported below; cleaning must go on
            found.append(f'ending {self.name}: {error}')
        finally:
            if self.alive():
                self.process.kill()
                self.process.wait()
            found += self.leaks()
            leaks.sweep(self.dir, self.ns.inode())
            self.ns.close()
            if os.environ.get('GANTRY_TEST_KEEP') and found:
                print('kept', self.dir)
            else:
                shutil.rmtree(self.dir, ignore_errors=True)
        return found

    def leaks(self) -> list[str]:
        return []
