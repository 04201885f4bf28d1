"""SSH agents of a client, and a program for images that asks one for its keys."""
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from . import paths


@functools.cache
def program() -> bytes:
    """agent_ask.c, for an image that has nothing else."""
    with tempfile.TemporaryDirectory() as where:
        source = Path(__file__).with_name('agent_ask.c')
        subprocess.run(['cc', '-Os', '-static', '-s', '-o', f'{where}/agent_ask', str(source)], check=True)
        return Path(where, 'agent_ask').read_bytes()


class Agent:
    """ssh-agent with keys of these names."""

    def __init__(self, *names: str):
        if not all(map(shutil.which, ('ssh-agent', 'ssh-add', 'ssh-keygen'))):
            pytest.skip('no ssh-agent')
        self.dir = Path(tempfile.mkdtemp(prefix='gt-agent-', dir=paths.SCRATCH))
        self.socket = str(self.dir / 'socket')
        self.process = subprocess.Popen(['ssh-agent', '-D', '-a', self.socket], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.process.stdout.readline()             # it listens before it says where
        for name in names:
            self.add(name)

    def key(self, name: str) -> Path:
        path = self.dir / name
        if not path.exists():
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', str(path)], check=True)
        return path

    def add(self, name: str):
        subprocess.run(['ssh-add', '-q', str(self.key(name))], check=True, env={**os.environ, 'SSH_AUTH_SOCK': self.socket}, capture_output=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.dir, ignore_errors=True)


class SilentAgent:
    """Takes connections and says nothing; `came` is set by the first that sends something."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix='gt-agent-', dir=paths.SCRATCH))
        self.socket = str(self.dir / 'socket')
        self.came, self.held = threading.Event(), []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket)
        self.listener.listen(8)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.held.append(connection)
            threading.Thread(target=lambda: connection.recv(1) and self.came.set(), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in (self.listener, *self.held):
            each.close()
        shutil.rmtree(self.dir, ignore_errors=True)
