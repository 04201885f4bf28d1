"""Published sockets: held, or forwarded to a target."""
import socket
import struct
import threading

import pytest

from supervisor import wire
from supervisor.wire import ShimError

TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP


def port(protocol, forward, family, address, number) -> bytes:
    return struct.pack('=BBBBHH16s', protocol, forward, family, 0, number, 0, socket.inet_pton(family, address))


def publish(s, entries, sockets):
    s.request(wire.PUBLISH, wire.encode('t', b''.join(entries)), [sock.fileno() for sock in sockets])
    for sock in sockets:
        sock.close()


@pytest.fixture
def echo_server():
    """Answers what it got, in upper case, when the peer has ended its input."""
    listener = socket.create_server(('127.0.0.1', 0))

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection):
        data = b''
        while part := connection.recv(65536):
            data += part
        connection.sendall(data.upper())
        connection.close()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_held_socket_reserves_its_port_until_the_container_ends(shim):
    s = shim(['sleep', '100'])
    held = socket.create_server(('127.0.0.1', 0))
    address = held.getsockname()
    publish(s, [port(TCP, 0, socket.AF_INET, '127.0.0.1', 1)], [held])
    s.start()
    with pytest.raises(OSError):
        socket.create_server(address)
    s.signal(9)
    s.wait_exit()
    socket.create_server(address).close()


def test_tcp_is_forwarded_both_ways_with_half_close(shim, echo_server):
    s = shim(['sleep', '100'])
    listener = socket.create_server(('::1', 0), family=socket.AF_INET6)
    address = listener.getsockname()
    publish(s, [port(TCP, 1, socket.AF_INET, '127.0.0.1', echo_server)], [listener])
    s.start()

    def exchange(data, results):
        with socket.create_connection(address[:2], timeout=30) as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            got = b''
            while part := client.recv(1 << 20):
                got += part
            results.append(got == data.upper())

    results = []
    threads = [threading.Thread(target=exchange, args=(bytes([97 + i]) * (300_000 * i + 1), results)) for i in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 10
    s.request(wire.UNPUBLISH)
    with pytest.raises(OSError):
        socket.create_connection(address[:2], timeout=5)


def test_refused_target_closes_the_client(shim):
    s = shim(['sleep', '100'])
    listener = socket.create_server(('127.0.0.1', 0))
    address = listener.getsockname()
    unused = socket.create_server(('127.0.0.1', 0))
    target = unused.getsockname()[1]
    unused.close()
    publish(s, [port(TCP, 1, socket.AF_INET, '127.0.0.1', target)], [listener])
    with socket.create_connection(address, timeout=10) as client:
        try:
            assert client.recv(1) == b''
        except ConnectionResetError:
            pass


def test_udp_answers_go_back_to_their_sender(shim):
    s = shim(['sleep', '100'])
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(('127.0.0.1', 0))
    front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    front.bind(('127.0.0.1', 0))
    address = front.getsockname()
    publish(s, [port(UDP, 1, socket.AF_INET, '127.0.0.1', server.getsockname()[1])], [front])
    clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
    for i, client in enumerate(clients):
        client.settimeout(10)
        client.sendto(b'from %d' % i, address)
        data, sender = server.recvfrom(100)
        server.sendto(b're ' + data, sender)
    for i, client in enumerate(clients):
        data, sender = client.recvfrom(100)
        assert (data, sender) == (b're from %d' % i, address)
        client.close()
    server.close()


@pytest.mark.parametrize('ports, sockets', [(b'x' * 24, 0), (b'x' * 24, 1), (b'x' * 5, 1), (b'', 1), (struct.pack('=BBBBHH16s', 99, 1, 2, 0, 1, 0, b''), 1)])
def test_malformed_publish_is_refused(shim, ports, sockets):
    s = shim(['true'])
    listeners = [socket.create_server(('127.0.0.1', 0)) for _ in range(sockets)]
    with pytest.raises(ShimError) as error:
        s.request(wire.PUBLISH, wire.encode('t', ports), [sock.fileno() for sock in listeners])
    assert error.value.code == wire.INVALID
    for sock in listeners:
        sock.close()
