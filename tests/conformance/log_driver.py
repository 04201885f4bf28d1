"""The log driver suite with somebody at the other end who reads, with nobody there, and with somebody who never reads.

usage: log_driver.py CHECKER PLUGIN.so PEER ARGUMENT...
PEER: udp, tcp (an address of the loopback), unix, unixgram (a path). {address} in the arguments is where it listens.
"""
import socket
import subprocess
import sys
import tempfile
import threading

FAMILIES = {'udp': (socket.AF_INET, socket.SOCK_DGRAM), 'tcp': (socket.AF_INET, socket.SOCK_STREAM),
            'unix': (socket.AF_UNIX, socket.SOCK_STREAM), 'unixgram': (socket.AF_UNIX, socket.SOCK_DGRAM)}
READ = 1 << 20


class Peer:
    """Listens; reads only when it is told to, and throws away what comes. Ends with its socket."""

    def __init__(self, sort: str, directory: str):
        self.family, self.type = FAMILIES[sort]
        self.socket = socket.socket(self.family, self.type)
        self.socket.bind(f'{directory}/peer' if self.family == socket.AF_UNIX else ('127.0.0.1', 0))
        if self.type == socket.SOCK_STREAM:
            self.socket.listen(64)

    @property
    def address(self) -> str:
        name = self.socket.getsockname()
        return name if isinstance(name, str) else f'{name[0]}:{name[1]}'

    def read(self) -> None:
        target = self._accept if self.type == socket.SOCK_STREAM else lambda: self._drain(self.socket)
        threading.Thread(target=target, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self._drain, args=[connection], daemon=True).start()

    def _drain(self, source: socket.socket) -> None:
        # An empty datagram is one that carries a descriptor; an empty read of a stream is its end.
        while source.recv(READ) or self.type == socket.SOCK_DGRAM:
            pass


def check(checker: str, plugin: str, sort: str, arguments: list[str], state: str) -> int:
    with tempfile.TemporaryDirectory(prefix='gt-') as directory:
        peer = Peer(sort, directory)
        filled = [argument.replace('{address}', peer.address) for argument in arguments]
        if state == 'reads':
            peer.read()
        if state == 'absent':
            peer.socket.close()
        print(f'\n== the peer {state}' if state == 'reads' else f'\n== the peer is {state}', flush=True)
        return subprocess.run([checker, '--peer', state, *filled, plugin]).returncode


def main() -> int:
    checker, plugin, sort, *arguments = sys.argv[1:]
    # Whoever sends by UDP does not know whether anybody is there.
    states = ['reads'] if sort == 'udp' else ['reads', 'absent', 'stuck']
    return max(check(checker, plugin, sort, arguments, state) for state in states)


if __name__ == '__main__':
    sys.exit(main())
