"""Asking for names as a container does, servers outside that answer as a test wants, and a client that never stops asking."""
import ctypes
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

_libc = ctypes.CDLL(None, use_errno=True)
RESOLVER = '127.0.0.11'
RESOLVES = """import socket, sys
try:
    print(*sorted({a[4][0] for a in socket.getaddrinfo(sys.argv[1], 80, type=socket.SOCK_STREAM)}))
except socket.gaierror:
    pass"""


def socket_in(path: str, kind: int) -> socket.socket:
    """A socket of the namespace that this /proc/…/ns/net or /run/netns/… file names."""
    made = {}

    def make():
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if _libc.setns(fd, 0x40000000) != 0:
                    raise OSError(ctypes.get_errno(), 'setns')
                made['socket'] = socket.socket(socket.AF_INET, kind)
            finally:
                os.close(fd)
        except OSError as error:
            made['error'] = error

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if 'error' in made:
        raise made['error']
    return made['socket']


class Inside:
    """Asks from inside a container's network stack."""

    def __init__(self, engine, container: str):
        self.pid = engine.inspect(container)['State']['Pid']
        self.stack = f'/proc/{self.pid}/ns/net'

    def ask(self, name: str, kind: str = 'A', tcp: bool = False, server: str = RESOLVER, seconds: float = 8, **options) -> dns.message.Message:
        query = dns.message.make_query(name, kind, **options)
        return self.send(query, tcp, server, seconds)

    def send(self, query: dns.message.Message, tcp: bool = False, server: str = RESOLVER, seconds: float = 8) -> dns.message.Message:
        with socket_in(self.stack, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as s:
            if tcp:
                s.settimeout(seconds)
                s.connect((server, 53))
                return dns.query.tcp(query, server, timeout=seconds, sock=s)
            return dns.query.udp(query, server, timeout=seconds, sock=s)

    def addresses(self, name: str, kind: str = 'A') -> list[str]:
        """In the order of the answer; [] when there are none or no such name."""
        return [str(item) for row in self.ask(name, kind).answer for item in row]

    def glibc(self, name: str) -> list[str]:
        """What glibc's getaddrinfo gives with the container's files: A and AAAA asked for in parallel."""
        with tempfile.TemporaryDirectory() as where:
            binds = ''
            for file in ('resolv.conf', 'hosts'):
                Path(where, file).write_bytes(Path(f'/proc/{self.pid}/root/etc/{file}').read_bytes())
                binds += f'mount --bind {where}/{file} /etc/{file} && '
            done = subprocess.run(['nsenter', f'--net={self.stack}', 'unshare', '-m', 'sh', '-c', binds + 'exec "$0" -c "$1" "$2"',
                                   sys.executable, RESOLVES, name], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()


def resolved(engine, container: str, name: str) -> str:
    """The address that a program in the container gets for the name, whatever gives it; '' for none."""
    done = engine.docker('exec', container, 'ping', '-c', '1', '-W', '1', name, check=False)
    found = re.match(r'PING \S+ \(([0-9a-f.:]+)\)', done.out)
    return found[1] if found else ''


def address_of(engine, container: str, network: str) -> str:
    return engine.inspect(container)['NetworkSettings']['Networks'][network]['IPAddress']


class Upstream:
    """A server on 127.0.0.1 (UDP and TCP) of a namespace; `answer` gets a query and gives a reply, bytes, or None for silence."""

    def __init__(self, stack: str, port: int, answer, by_tcp=None, host: str = '127.0.0.1'):
        self.answer, self.by_tcp = answer, by_tcp or answer
        self.asked: list[tuple[str, str]] = []           # (transport, name)
        self.udp, self.tcp = socket_in(stack, socket.SOCK_DGRAM), socket_in(stack, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for s in (self.udp, self.tcp):
            s.bind((host, port))
        self.tcp.listen(16)
        self.threads = [threading.Thread(target=run, daemon=True) for run in (self._serve_udp, self._serve_tcp)]
        for thread in self.threads:
            thread.start()

    def _reply(self, transport: str, data: bytes, answer) -> bytes | None:
        query = dns.message.from_wire(data)
        self.asked.append((transport, str(query.question[0].name)))
        reply = answer(query)
        return reply.to_wire(max_size=65535) if isinstance(reply, dns.message.Message) else reply

    def _serve_udp(self):
        while True:
            try:
                data, peer = self.udp.recvfrom(65535)
            except OSError:
                return
            if not data:
                return
            if (reply := self._reply('udp', data, self.answer)) is not None:
                self.udp.sendto(reply, peer)

    def _serve_tcp(self):
        while True:
            try:
                peer, _ = self.tcp.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(5)
                head = peer.recv(2, socket.MSG_WAITALL)
                data = peer.recv(int.from_bytes(head, 'big'), socket.MSG_WAITALL) if len(head) == 2 else b''
                if data and (reply := self._reply('tcp', data, self.by_tcp)) is not None:
                    peer.sendall(len(reply).to_bytes(2, 'big') + reply)

    def close(self):
        for s in (self.tcp, self.udp):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def says(*records: str, rcode: int = dns.rcode.NOERROR, flags: int = 0, authority: str = ''):
    """An answer function: records like 'x. 60 A 1.2.3.4', the same for every question."""
    def answer(query):
        reply = dns.message.make_response(query, recursion_available=True)
        reply.set_rcode(rcode)
        reply.flags |= flags
        for record in records:
            name, ttl, kind, data = record.split(maxsplit=3)
            reply.answer.append(dns.rrset.from_text(name, int(ttl), 'IN', kind, data))
        if authority:
            name, ttl, kind, data = authority.split(maxsplit=3)
            reply.authority.append(dns.rrset.from_text(name, int(ttl), 'IN', kind, data))
        return reply
    return answer


class Restless:
    """Asks for one name again and again, as resolvers do: it waits for an answer, sends the question once more, and then fails."""

    def __init__(self, inside: Inside, name: str, patience: float = 10.0):
        self.inside, self.name, self.patience = inside, name, patience
        self.failures: list[str] = []
        self.count, self.slowest = 0, 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _ask(self, s: socket.socket, query: dns.message.Message) -> dns.message.Message:
        try:
            return dns.query.udp(query, RESOLVER, timeout=self.patience / 2, sock=s)
        except dns.exception.Timeout:
            return dns.query.udp(query, RESOLVER, timeout=self.patience / 2, sock=s)

    def _run(self):
        with socket_in(self.inside.stack, socket.SOCK_DGRAM) as s:
            while not self._stop.is_set():
                begun = time.monotonic()
                try:
                    reply = self._ask(s, dns.message.make_query(self.name, 'A'))
                    if not reply.answer:
                        self.failures.append(dns.rcode.to_text(reply.rcode()))
                except (OSError, dns.exception.DNSException) as error:
                    self.failures.append(repr(error))
                self.slowest = max(self.slowest, time.monotonic() - begun)
                self.count += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
