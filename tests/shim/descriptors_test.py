"""The descriptors of a supervisor: what clients of published ports leave of them, and a table without any left."""
import os
import resource
import socket

import pytest

from supervisor import wire
from supervisor.limits import cpu_seconds, leave_no_descriptor
from supervisor.publishing import TCP, UDP, port, publish
from supervisor.streams import read_all
from supervisor.timing import wait_until

LIMIT, RESERVE = 208, 52


@pytest.fixture
def small(shim):
    """A supervisor whose container sleeps, with a small table of descriptors."""
    s = shim(['sleep', '100'])
    s.start()
    resource.prlimit(s.pid, resource.RLIMIT_NOFILE, (LIMIT, resource.prlimit(s.pid, resource.RLIMIT_NOFILE)[1]))
    return s


def used(s) -> int:
    return len(os.listdir(f'/proc/{s.pid}/fd'))


def still(s):
    """A second in which it does nothing."""
    before = cpu_seconds(s.pid)
    s.creator.sock.settimeout(1)
    with pytest.raises(TimeoutError):
        s.creator.event()
    s.creator.sock.settimeout(30)
    assert cpu_seconds(s.pid) - before < 0.2


def everything_else_works(s):
    attached = s.attach()
    client, _ = s.exec(['echo', 'still'], stream={})
    assert s.wait_exit(wire.EXEC_EXIT)['exit_code'] == 0
    assert read_all(client) == b'still\n'
    attached.close()


def test_clients_of_forwarded_ports_leave_descriptors_for_everything_else(small, echo_server):
    addresses = []
    for _ in range(2):
        listener = socket.create_server(('127.0.0.1', 0))
        addresses.append(listener.getsockname())
        publish(small, [port(TCP, 1, socket.AF_INET, '127.0.0.1', echo_server)], [listener])
    clients = [socket.create_connection(addresses[i % 2], timeout=10) for i in range(60)]
    wait_until(lambda: used(small) > LIMIT - RESERVE - 20)
    everything_else_works(small)
    assert used(small) <= LIMIT - RESERVE + 25      # and what it has beside the ports'
    still(small)
    for client in clients[:50]:
        client.close()
    for client in clients[50:]:                     # they have waited
        client.sendall(b'later')
        client.shutdown(socket.SHUT_WR)
    assert [client.recv(100) for client in clients[50:]] == [b'LATER'] * 10


def test_senders_to_forwarded_ports_leave_descriptors_for_everything_else(small):
    senders = []
    for _ in range(2):
        server, front = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for sock in (server, front):
            sock.bind(('127.0.0.1', 0))
        server.settimeout(10)
        address = front.getsockname()
        publish(small, [port(UDP, 1, socket.AF_INET, '127.0.0.1', server.getsockname()[1])], [front])
        for _ in range(150):
            senders.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            senders[-1].sendto(b'ask', address)
        if not senders[150:]:                       # of the second port none may have room
            assert [server.recv(100) for _ in range(150)] == [b'ask'] * 150
    everything_else_works(small)
    still(small)


def test_without_any_descriptor_left_one_command_at_a_time_gets_through(running):
    leave_no_descriptor(running)
    for _ in range(3):
        assert running.state()['phase'] == 'running'
    first, second = running.control(), running.control()
    first.request(wire.SIGNAL, wire.encode('tiB', '', 18, 0))
    second.send(wire.SIGNAL, wire.encode('tiB', '', 18, 0))
    still(running)
    first.close()
    assert second.receive()[0] == wire.REPLY
    second.close()
    assert running.state()['phase'] == 'running'
    hard = resource.prlimit(running.pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(running.pid, resource.RLIMIT_NOFILE, (hard, hard))
