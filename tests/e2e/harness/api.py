"""A small HTTP client for the engine's socket: plain calls, line streams, hijacked connections, stream frames."""
import http.client
import json
import socket
import struct
from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def message(self) -> str:
        try:
            return self.json().get('message', '')
        except (ValueError, AttributeError):
            return ''


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float):
        super().__init__('d', timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Stream:
    """An answer read while it comes; close() drops the connection."""

    def __init__(self, connection: UnixConnection, response: http.client.HTTPResponse):
        self.connection, self.response = connection, response
        self.status, self.headers = response.status, {k.lower(): v for k, v in response.getheaders()}

    def line(self, seconds: float = 10) -> bytes:
        self._deadline(seconds)
        return self.response.readline()

    def json_line(self, seconds: float = 10):
        line = self.line(seconds)
        return json.loads(line) if line.strip() else None

    def read(self, seconds: float = 10) -> bytes:
        self._deadline(seconds)
        return self.response.read()

    def _deadline(self, seconds: float):
        if self.connection.sock:
            self.connection.sock.settimeout(seconds)

    def close(self):
        # The response holds a file on the socket: shut down, or the server sees no end.
        if self.connection.sock:
            try:
                self.connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.response.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Hijacked:
    """A raw connection after attach or exec start."""

    def __init__(self, sock: socket.socket, status: int, head: str, rest: bytes):
        self.sock, self.status, self.head, self.buffer = sock, status, head, rest

    def send(self, data: bytes):
        self.sock.sendall(data)

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def read_all(self, seconds: float = 15) -> bytes:
        self.sock.settimeout(seconds)
        while part := self.sock.recv(65536):
            self.buffer += part
        return self.buffer

    def read_until(self, text: bytes, seconds: float = 10) -> bytes:
        self.sock.settimeout(seconds)
        while text not in self.buffer:
            part = self.sock.recv(65536)
            if not part:
                raise AssertionError(f'stream ended before {text!r}; had {self.buffer[-300:]!r}')
            self.buffer += part
        return self.buffer

    def close(self):
        self.sock.close()


class Api:
    def __init__(self, path: str, version: str | None = '1.51'):
        self.path, self.prefix = path, f'/v{version}' if version else ''

    def at(self, version: str | None) -> 'Api':
        return Api(self.path, version)

    def url(self, path: str, query: dict | None) -> str:
        """Values that are lists or dicts go as JSON, those of a tuple one by one."""
        plain = {k: json.dumps(v) if isinstance(v, (dict, list)) else v for k, v in (query or {}).items()}
        return self.prefix + quote(path, safe='/:@%?=&;') + ('?' + urlencode(plain, doseq=True) if plain else '')

    def stream(self, method: str, path: str, query=None, body=None, headers=None, timeout: float = 30) -> Stream:
        connection = UnixConnection(self.path, timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)) and not hasattr(body, 'read'):
            body = json.dumps(body)
            headers.setdefault('Content-Type', 'application/json')
        connection.request(method, self.url(path, query), body=body, headers=headers)
        return Stream(connection, connection.getresponse())

    def call(self, method: str, path: str, query=None, body=None, headers=None, timeout: float = 30) -> Reply:
        with self.stream(method, path, query, body, headers, timeout) as answer:
            return Reply(answer.status, answer.headers, answer.response.read())

    def get(self, path: str, **kw) -> Reply:
        return self.call('GET', path, **kw)

    def post(self, path: str, body=None, **kw) -> Reply:
        return self.call('POST', path, body=body, **kw)

    def delete(self, path: str, **kw) -> Reply:
        return self.call('DELETE', path, **kw)

    def hijack(self, path: str, query=None, body=None, upgrade: bool = True, timeout: float = 15) -> Hijacked:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        sock.connect(self.path)
        payload = b'' if body is None else json.dumps(body).encode()
        lines = [f'POST {self.url(path, query)} HTTP/1.1', 'Host: d', f'Content-Length: {len(payload)}']
        if body is not None:
            lines.append('Content-Type: application/json')
        if upgrade:
            lines += ['Connection: Upgrade', 'Upgrade: tcp']
        sock.sendall('\r\n'.join(lines).encode() + b'\r\n\r\n' + payload)
        data = b''
        while b'\r\n\r\n' not in data:
            part = sock.recv(65536)
            if not part:
                raise ConnectionError(f'closed after {data!r}')
            data += part
        head, _, rest = data.partition(b'\r\n\r\n')
        return Hijacked(sock, int(head.split(b' ', 2)[1]), head.decode(), rest)


def frames(data: bytes) -> list[tuple[int, bytes]]:
    """Splits multiplexed output in (stream, bytes)."""
    found = []
    while data:
        kind, size = struct.unpack('>BxxxL', data[:8])
        assert len(data) >= 8 + size, 'the last frame is cut short'
        found.append((kind, data[8:8 + size]))
        data = data[8 + size:]
    return found


def output(data: bytes, kind: int = 1) -> bytes:
    return b''.join(part for stream, part in frames(data) if stream == kind)
