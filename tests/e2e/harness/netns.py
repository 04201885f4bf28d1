"""A network namespace for one engine, with a peer namespace that reaches it over a veth like another host."""
import ctypes
import itertools
import json
import os
import socket
import subprocess
import threading

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_count = itertools.count(1)


def sh(*args: str, check: bool = True) -> str:
    done = subprocess.run(args, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f'{" ".join(args)}: {done.stderr.strip()}')
    return done.stdout


class NetNs:
    """The engine sees lo and ext0 (198.18.x.1); the peer is 198.18.x.2. Removed by close()."""

    def __init__(self):
        self.name = f'gt{os.getpid()}-{next(_count)}'
        self.peer = self.name + 'c'
        for name in (self.name, self.peer):
            sh('ip', 'netns', 'add', name)
            sh('ip', '-n', name, 'link', 'set', 'lo', 'up')
        sh('ip', '-n', self.name, 'link', 'add', 'ext0', 'type', 'veth', 'peer', 'name', 'ext0', 'netns', self.peer)
        self.address, self.peer_address = '198.18.77.1', '198.18.77.2'
        for name, address in ((self.name, self.address), (self.peer, self.peer_address)):
            sh('ip', '-n', name, 'addr', 'add', address + '/24', 'dev', 'ext0')
            sh('ip', '-n', name, 'link', 'set', 'ext0', 'up')
        sh('ip', '-n', self.peer, 'route', 'add', 'default', 'via', self.address)
        # An engine publishes ports and masquerades towards its default route.
        sh('ip', '-n', self.name, 'route', 'add', 'default', 'via', self.peer_address)

    def enter(self, peer: bool = False) -> list[str]:
        """nsenter, not `ip netns exec`: that one mounts a sysfs of its own and hides the cgroups."""
        return ['nsenter', f'--net=/run/netns/{self.peer if peer else self.name}']

    def make_socket(self, kind=socket.SOCK_STREAM, peer: bool = False, family=socket.AF_INET) -> socket.socket:
        """A socket belongs for good to the namespace of the thread that made it."""
        made = {}

        def make():
            fd = os.open(f'/run/netns/{self.peer if peer else self.name}', os.O_RDONLY | os.O_CLOEXEC)
            try:
                if _libc.setns(fd, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), 'setns')
                made['socket'] = socket.socket(family, kind)
            except OSError as error:
                made['error'] = error
            finally:
                os.close(fd)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if 'error' in made:
            raise made['error']
        return made['socket']

    def connect(self, port: int, host: str = '127.0.0.1', peer: bool = False, timeout: float = 5) -> socket.socket:
        s = self.make_socket(peer=peer, family=socket.AF_INET6 if ':' in host else socket.AF_INET)
        s.settimeout(timeout)
        try:
            s.connect((host, port))
        except OSError:
            s.close()
            raise
        return s

    def get(self, port: int, path: str = '/', host: str = '127.0.0.1', peer: bool = False, timeout: float = 5) -> bytes:
        """Whole answer of one HTTP/1.0 GET."""
        with self.connect(port, host, peer, timeout) as s:
            s.sendall(f'GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n'.encode())
            parts = []
            while part := s.recv(65536):
                parts.append(part)
            return b''.join(parts)

    def listen(self, port: int = 0, host: str = '127.0.0.1') -> socket.socket:
        s = self.make_socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((host, port))
        s.listen(64)
        return s

    def links(self) -> list[str]:
        return sorted(link['ifname'] for link in json.loads(sh('ip', '-j', '-n', self.name, 'link') or '[]'))

    def nft_rules(self) -> list[str]:
        """The whole ruleset without counters, which change by themselves."""
        text = subprocess.run([*self.enter(), 'nft', '-s', 'list', 'ruleset'], capture_output=True, text=True).stdout
        return [line.strip() for line in text.splitlines() if line.strip()]

    def inode(self) -> int:
        return os.stat(f'/run/netns/{self.name}').st_ino

    def close(self):
        for name in (self.name, self.peer):
            sh('ip', 'netns', 'del', name, check=False)
