"""Reading what a client gets."""
import socket


def read_all(sock: socket.socket, limit: int = 1 << 30) -> bytes:
    data = bytearray()
    while len(data) < limit and (part := sock.recv(1 << 20)):
        data += part
    return bytes(data)


def read_at_least(sock: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = sock.recv(1 << 20)
        assert part, f'ended after {len(data)} of {size} bytes'
        data += part
    return bytes(data)


def read_until(sock: socket.socket, wanted: bytes) -> bytes:
    data = b''
    while wanted not in data:
        part = sock.recv(65536)
        assert part, f'ended before {wanted!r}: {data[-2000:]!r}'
        data += part
    return data


def demux(data: bytes) -> dict[int, bytes]:
    """Docker's frames {stream,0,0,0,length} taken apart."""
    streams, at = {1: bytearray(), 2: bytearray()}, 0
    while at < len(data):
        stream, length = data[at], int.from_bytes(data[at + 4:at + 8], 'big')
        assert data[at + 1:at + 4] == b'\0\0\0' and len(data) >= at + 8 + length and length
        streams[stream] += data[at + 8:at + 8 + length]
        at += 8 + length
    return {stream: bytes(content) for stream, content in streams.items()}
