"""A small WebSocket client (RFC 6455) on the engine's socket: frames as they are, for tests that also send wrong ones."""
import base64
import contextlib
import hashlib
import os
import socket
import struct
from dataclasses import dataclass

from .api import Api

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
KEY = base64.b64encode(b'sixteen bytes!!!').decode()
ACCEPT = base64.b64encode(hashlib.sha1((KEY + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()).decode()
HANDSHAKE = {'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': KEY,
             'Origin': 'http://localhost'}


@dataclass
class Frame:
    kind: int
    payload: bytes
    final: bool = True

    @property
    def code(self) -> int | None:
        """Of a close."""
        return struct.unpack('>H', self.payload[:2])[0] if self.payload else None


class WebSocket:
    def __init__(self, api: Api, path: str, query: dict | None = None, headers: dict | None = None, seconds: float = 15):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(seconds)
        self.sock.connect(api.path)
        lines = [f'GET {api.url(path, query)} HTTP/1.1', 'Host: localhost']
        lines += [f'{name}: {value}' for name, value in {**HANDSHAKE, **(headers or {})}.items()]
        self.sock.sendall('\r\n'.join(lines).encode() + b'\r\n\r\n')
        self.buffer = b''
        while b'\r\n\r\n' not in self.buffer:
            self._fill()
        head, _, self.buffer = self.buffer.partition(b'\r\n\r\n')
        status, *fields = head.decode().split('\r\n')
        self.status = int(status.split()[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (field.partition(':') for field in fields)}
        self.closed: Frame | None = None
        self.kinds: set[int] = set()      # of the data that came

    def _fill(self):
        part = self.sock.recv(65536)
        if not part:
            raise ConnectionError(f'closed after {self.buffer[-300:]!r}')
        self.buffer += part

    def _take(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self._fill()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    # -- sending
    def frame(self, kind: int, payload: bytes = b'', final: bool = True, masked: bool = True):
        size = len(payload)
        length = bytes([size]) if size < 126 else b'\x7e' + struct.pack('>H', size) if size < 1 << 16 else b'\x7f' + struct.pack('>Q', size)
        head = bytes([(0x80 if final else 0) | kind])
        if not masked:
            self.sock.sendall(head + length + payload)
            return
        mask = os.urandom(4)
        long_mask = mask * (size // 4 + 1)
        hidden = (int.from_bytes(payload) ^ int.from_bytes(long_mask[:size])).to_bytes(size) if size else b''
        self.sock.sendall(head + bytes([length[0] | 0x80]) + length[1:] + mask + hidden)

    def send(self, data: bytes, kind: int = BINARY):
        self.frame(kind, data)

    def close_with(self, code: int = 1000):
        self.frame(CLOSE, struct.pack('>H', code))

    # -- receiving
    def next(self) -> Frame:
        first, second = self._take(2)
        assert second < 0x80, 'a frame of the server is masked'
        size = second
        if second >= 126:
            size = int.from_bytes(self._take(2 if second == 126 else 8))
        return Frame(first & 0xF, self._take(size), bool(first & 0x80))

    def data(self) -> Frame | None:
        """The next data; nothing at the end, which is then in `closed`."""
        found = self.next()
        assert found.kind in (0, TEXT, BINARY, CLOSE), found
        if found.kind == CLOSE:
            self.closed = found
            return None
        self.kinds.add(found.kind)
        return found

    def read_until(self, text: bytes) -> bytes:
        have = b''
        while text not in have:
            found = self.data()
            assert found, f'closed before {text!r}; had {have[-300:]!r}'
            have += found.payload
        return have

    def read_all(self) -> bytes:
        have = b''
        while found := self.data():
            have += found.payload
        return have

    def ended(self) -> bool:
        """Nothing comes any more, and the server has closed."""
        with contextlib.suppress(ConnectionError):
            self._fill()
        return not self.buffer

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
