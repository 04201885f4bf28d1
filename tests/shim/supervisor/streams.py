"""Reading what a client gets."""
import socket


def read_all(sock: socket.socket, limit: int = 1 << 30) -> bytes:
    data = bytearray()
    while len(data) < limit and (part := sock.recv(1 << 20)):
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
    streams = {1: b'', 2: b''}
    while data:
        stream, length = data[0], int.from_bytes(data[4:8], 'big')
        assert data[1:4] == b'\0\0\0' and len(data) >= 8 + length and length
        streams[stream] += data[8:8 + length]
        data = data[8 + length:]
    return streams
