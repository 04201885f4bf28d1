"""Published sockets: held, or forwarded to a target."""
import os
import resource
import socket
import struct
import threading
import time

import pytest

from supervisor import wire
from supervisor.limits import cpu_seconds, limit_descriptors
from supervisor.publishing import TCP, UDP, port, publish
from supervisor.wire import ShimError


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


@pytest.mark.parametrize('end', ['goes on', 'hangs up', 'resets'])
def test_a_server_that_does_not_read_costs_nothing(shim, end):
    s = shim(['sleep', '100'])
    server = socket.create_server(('127.0.0.1', 0))
    server.settimeout(10)
    listener = socket.create_server(('127.0.0.1', 0))
    address = listener.getsockname()
    publish(s, [port(TCP, 1, socket.AF_INET, '127.0.0.1', server.getsockname()[1])], [listener])
    s.start()
    client = socket.create_connection(address, timeout=10)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection, _ = server.accept()
    client.settimeout(0.5)
    with pytest.raises(TimeoutError):  # until nothing more is taken
        while True:
            client.send(b'x' * 900)
    if end == 'resets':
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    if end != 'goes on':
        connection.shutdown(socket.SHUT_WR)
        client.close()
    server.settimeout(1)
    used = cpu_seconds(s.pid)
    with pytest.raises(TimeoutError):  # a second in which nothing happens
        server.accept()
    assert cpu_seconds(s.pid) - used < 0.2
    for sock in (client, connection, server):
        sock.close()


def test_refused_target_closes_the_client(shim):
    s = shim(['sleep', '100'])
    listener = socket.create_server(('127.0.0.1', 0))
    address = listener.getsockname()
    with socket.socket() as silent:       # it does not listen, and nobody else can at its port
        silent.bind(('127.0.0.1', 0))
        publish(s, [port(TCP, 1, socket.AF_INET, '127.0.0.1', silent.getsockname()[1])], [listener])
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


def forwarded_udp(s, address):
    """A server and the address at which its port is forwarded."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.settimeout(10)
    server.bind(('127.0.0.1', 0))
    front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    front.bind((address, 0))
    number = front.getsockname()[1]
    publish(s, [port(UDP, 1, socket.AF_INET, '127.0.0.1', server.getsockname()[1])], [front])
    return server, number


def test_udp_answers_leave_from_the_address_that_was_written_to(shim):
    server, number = forwarded_udp(shim(['sleep', '100']), '0.0.0.0')
    with server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        for address in ('127.0.0.2', '127.0.0.1', '127.3.2.1'):
            client.sendto(b'ask', (address, number))
            server.sendto(b'answer', server.recvfrom(100)[1])
            assert client.recvfrom(100) == (b'answer', (address, number))


def test_udp_sender_keeps_its_port_towards_the_container(shim):
    server, number = forwarded_udp(shim(['sleep', '100']), '127.0.0.1')
    with server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        seen = set()
        for _ in range(5):
            client.sendto(b'ask', ('127.0.0.1', number))
            seen.add(server.recvfrom(100)[1])
        assert len(seen) == 1


@pytest.fixture
def many_descriptors():
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))     # as the daemon does
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_new_udp_sender_takes_the_place_of_the_quietest(shim, many_descriptors):
    s = shim(['sleep', '100'])
    server, number = forwarded_udp(s, '127.0.0.1')
    clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(1030)]
    with server:
        seen = []
        for client in clients:
            client.settimeout(10)
            client.sendto(b'ask', ('127.0.0.1', number))
            seen.append(server.recvfrom(100)[1])
        # The last one, and the oldest that has a session still.
        for i in (1029, 6):
            server.sendto(b'answer', seen[i])
            assert clients[i].recv(100) == b'answer'
        # The first one's is over: it gets another.
        clients[0].sendto(b'again', ('127.0.0.1', number))
        data, where = server.recvfrom(100)
        server.sendto(b'answer', where)
        assert data == b'again' and where != seen[0] and clients[0].recv(100) == b'answer'
    for client in clients:
        client.close()


def test_udp_senders_share_what_descriptors_there_are(shim):
    s = shim(['sleep', '100'])
    server, number = forwarded_udp(s, '127.0.0.1')
    limit_descriptors(s, 4)
    clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(12)]
    with server:
        for client in clients:
            client.settimeout(10)
            client.sendto(b'ask', ('127.0.0.1', number))
            server.sendto(b'answer', server.recvfrom(100)[1])
            assert client.recv(100) == b'answer'
    for client in clients:
        client.close()


def test_tcp_connections_wait_until_there_are_descriptors(shim, echo_server):
    s = shim(['sleep', '100'])
    listener = socket.create_server(('127.0.0.1', 0))
    address = listener.getsockname()
    publish(s, [port(TCP, 1, socket.AF_INET, '127.0.0.1', echo_server)], [listener])
    limit_descriptors(s, 0)
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b'later')
        client.shutdown(socket.SHUT_WR)      # what the server answers at
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(100)
        limit_descriptors(s, 100)
        client.settimeout(10)
        assert client.recv(100) == b'LATER'


def test_tcp_connections_come_and_go_without_leaving_descriptors(shim, echo_server, many_descriptors):
    s = shim(['sleep', '100'])
    listener = socket.create_server(('127.0.0.1', 0))
    address = listener.getsockname()
    publish(s, [port(TCP, 1, socket.AF_INET, '127.0.0.1', echo_server)], [listener])
    before = len(os.listdir(f'/proc/{s.pid}/fd'))
    for _ in range(3):
        clients = [socket.create_connection(address, timeout=10) for _ in range(100)]
        for i, client in enumerate(clients):
            client.sendall(b'%d' % i)
        for client in clients[50:]:
            client.shutdown(socket.SHUT_WR)
        for i, client in enumerate(clients[50:], 50):
            assert client.recv(100) == b'%d' % i
        for client in clients:
            client.close()
    end = time.monotonic() + 10
    while len(os.listdir(f'/proc/{s.pid}/fd')) > before:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize('ports, sockets', [(b'x' * 24, 0), (b'x' * 24, 1), (b'x' * 5, 1), (b'', 1), (struct.pack('=BBBBHH16s', 99, 1, 2, 0, 1, 0, b''), 1)])
def test_malformed_publish_is_refused(shim, ports, sockets):
    s = shim(['true'])
    listeners = [socket.create_server(('127.0.0.1', 0)) for _ in range(sockets)]
    with pytest.raises(ShimError) as error:
        s.request(wire.PUBLISH, wire.encode('t', ports), [sock.fileno() for sock in listeners])
    assert error.value.code == wire.INVALID
    for sock in listeners:
        sock.close()
