"""The control socket's messages (plugins/runtime-oci/protocol/wire.hpp, messages.hpp)."""
import array
import contextlib
import socket
import struct

MAGIC = 0x31485347
NONE = 2**64 - 1
REPLY, CREATE, START, ATTACH, RESIZE, SIGNAL = 1, 10, 11, 12, 13, 14
EXEC_START, EXEC_RESIZE, EXEC_SIGNAL, EXEC_LIST = 15, 16, 17, 18
PUBLISH, UNPUBLISH, STATE, TERMINATE, SUBSCRIBE, ACK, EVENT = 19, 20, 21, 22, 23, 24, 40
INVALID, NOT_FOUND, CONFLICT, PERMISSION, UNSUPPORTED = 1, 2, 3, 4, 7
EXIT, EXEC_EXIT, OOM, LOG_FAILING, DETACH, STREAMS_END = 1, 2, 3, 4, 5, 6
PHASES = ('spawned', 'created', 'running', 'exited')


class ShimError(Exception):
    def __init__(self, code: int, os_errno: int, message: str):
        super().__init__(f'{message} (code {code}, errno {os_errno})')
        self.code, self.os_errno, self.message = code, os_errno, message


def encode(layout: str, *values) -> bytes:
    """layout: one letter per field; B I i Q q are struct's, t is a text, l a list of texts."""
    out = b''
    for kind, value in zip(layout, values, strict=True):
        if kind == 't':
            value = value.encode() if isinstance(value, str) else value
            out += struct.pack('=I', len(value)) + value + b'\0'
        elif kind == 'l':
            packed = b''.join((v.encode() if isinstance(v, str) else v) + b'\0' for v in value)
            out += encode('It', len(value), packed)
        else:
            out += struct.pack('=' + kind, value)
    return out


def decode(layout: str, body: bytes) -> tuple[list, bytes]:
    values = []
    for kind in layout:
        if kind in 'tl':
            if kind == 'l':
                body = body[4:]
            (size,) = struct.unpack_from('=I', body)
            value, body = body[4:4 + size], body[5 + size:]
            values.append([v.decode() for v in value.split(b'\0')[:-1]] if kind == 'l' else value)
        else:
            values.append(struct.unpack_from('=' + kind, body)[0])
            body = body[struct.calcsize('=' + kind):]
    return values, body


def attach_body(streams=7, framed=False, read_ahead=b'', detach_keys=b'', log_offset=NONE) -> bytes:
    return encode('IBttQ', streams, framed, read_ahead, detach_keys, log_offset)


class Control:
    """One control connection."""

    def __init__(self, sock: socket.socket):
        self.sock, self.tag = sock, 0
        sock.settimeout(30)

    @classmethod
    def connect(cls, path: str) -> 'Control':
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(path)
        return cls(sock)

    def send(self, kind: int, body: bytes = b'', fds=(), tag: int | None = None):
        if tag is None:
            self.tag += 1
            tag = self.tag
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
        data = struct.pack('=IIII', MAGIC, kind, len(body), tag) + body
        sent = self.sock.sendmsg([data], rights)
        if sent < len(data):
            self.sock.sendall(data[sent:])

    def read_exactly(self, size: int) -> bytes:
        data = b''
        while len(data) < size:
            try:
                part = self.sock.recv(size - len(data))
            except ConnectionResetError:  # closed with an acknowledgement unread: it does not wait for the last one
                part = b''
            if not part:
                raise EOFError('the shim closed the connection')
            data += part
        return data

    def receive(self) -> tuple[int, int, bytes]:
        magic, kind, size, tag = struct.unpack('=IIII', self.read_exactly(16))
        assert magic == MAGIC
        return kind, tag, self.read_exactly(size)

    def request(self, kind: int, body: bytes = b'', fds=(), reply: str = '') -> list:
        self.send(kind, body, fds)
        return self.take_reply(reply)

    def take_reply(self, layout: str = '') -> list:
        got, tag, answer = self.receive()
        assert (got, tag) == (REPLY, self.tag)
        (code, os_errno, message), rest = decode('iit', answer)
        if code:
            raise ShimError(code, os_errno, message.decode())
        return decode(layout, rest)[0]

    def event(self, ack: bool = True) -> dict:
        kind, _, body = self.receive()
        assert kind == EVENT
        names = ('sequence', 'kind', 'exec_id', 'exit_code', 'oom_killed', 'time', 'streams_open')
        event = dict(zip(names, decode('QItiBqB', body)[0]))
        event['exec_id'] = event['exec_id'].decode()
        if ack:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a shim that has nothing left to do does not wait for it
                self.send(ACK, encode('Q', event['sequence']), tag=0)
        return event

    def close(self):
        self.sock.close()
