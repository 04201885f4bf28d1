"""Published ports of a supervisor."""
import socket
import struct

from . import wire

TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP


def port(protocol, forward, family, address, number) -> bytes:
    return struct.pack('=BBBBHH16s', protocol, forward, family, 0, number, 0, socket.inet_pton(family, address))


def publish(s, entries, sockets):
    s.request(wire.PUBLISH, wire.encode('t', b''.join(entries)), [sock.fileno() for sock in sockets])
    for sock in sockets:
        sock.close()
