"""net-dns: the resolver at 127.0.0.11, what it asks outside, and that it outlives the daemon."""
import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import dns.flags
import dns.rcode
import pytest
from harness.engine import BOX
from harness.gantryd import Gantryd
from harness.names import RESOLVER, Inside, Restless, Upstream, address_of, resolved, says
from harness.running import ended, started
from harness.wait import eventually

SLEEP = (BOX, 'sleep', '1000')
PORT = 5399
ONE_SERVER = f'nameserver 127.0.0.1:{PORT}\n'


@pytest.fixture(scope='module')
def host_file(tmp_path_factory) -> Path:
    """What this engine takes for the host's resolv.conf."""
    path = tmp_path_factory.mktemp('host') / 'resolv.conf'
    path.write_text(ONE_SERVER)
    return path


@pytest.fixture(scope='module')
def engine(host_file):
    running = started(Gantryd, config=f'[network]\nplugin = "net-dns"\n[plugins.net-dns]\nresolv_conf = "{host_file}"\n')
    yield running
    ended(running)


@pytest.fixture
def net(engine):
    """A network "n" with containers; removed afterwards."""
    engine.docker('network', 'create', 'n')

    def run(name: str, *options: str) -> str:
        engine.docker('run', '-d', '--name', name, '--network', 'n', *options, *SLEEP)
        return address_of(engine, name, 'n')

    yield run
    engine.clear()
    engine.docker('network', 'rm', 'n')


@pytest.fixture
def upstream(engine):
    """Makes servers outside in the engine's own namespace."""
    with contextlib.ExitStack() as stack:
        def make(answer, port: int = PORT, **options) -> Upstream:
            return stack.enter_context(Upstream(f'/run/netns/{engine.ns.name}', port, answer, **options))
        yield make


def resolvers(engine) -> list[int]:
    """Pids of this engine's resolver processes."""
    found = []
    for entry in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(OSError):
            if Path(f'/proc/{entry}/comm').read_text().strip() == 'gantry-resolver' and \
                    os.stat(f'/proc/{entry}/ns/net').st_ino == engine.ns.inode():
                found.append(int(entry))
    return found


def test_resolv_conf_is_what_docker_writes(engine, net):
    net('plain')
    net('own', '--dns-search', 'corp.example', '--dns-option', 'ndots:2', '--dns-option', 'timeout:1')
    lines = engine.docker('exec', 'plain', 'cat', '/etc/resolv.conf').out.splitlines()
    assert f'nameserver {RESOLVER}' in lines
    assert any(line.startswith('options') and 'ndots:0' in line for line in lines)
    lines = engine.docker('exec', 'own', 'cat', '/etc/resolv.conf').out.splitlines()
    assert 'search corp.example' in lines and 'options ndots:2 timeout:1' in lines and f'nameserver {RESOLVER}' in lines


def test_records_of_every_kind_for_a_name_that_is_known(engine, net):
    web, db = net('web'), net('db')
    inside = Inside(engine, 'web')
    for tcp in (False, True):
        reply = inside.ask('DB', tcp=tcp, use_edns=0)
        assert [str(item) for row in reply.answer for item in row] == [db]
        assert str(reply.question[0].name) == 'DB.' and reply.flags & dns.flags.RA
        for kind in ('AAAA', 'MX', 'TXT', 'SRV', 'HTTPS'):
            reply = inside.ask('db', kind, tcp=tcp)
            assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, []), kind
    assert inside.addresses('db.n') == [db]
    reverse = '.'.join(reversed(db.split('.'))) + '.in-addr.arpa'
    assert inside.addresses(reverse, 'PTR') == ['db.n.']
    assert engine.docker('exec', 'web', 'nslookup', 'db').out.count(db) == 1
    assert inside.glibc('db') == [db] and web


def test_the_addresses_of_replicas_take_turns(engine, net):
    net('client')
    addresses = {net(f'app{i}', '--network-alias', 'app') for i in range(3)}
    inside = Inside(engine, 'client')
    answers = [inside.addresses('app') for _ in range(9)]
    assert all(set(answer) == addresses for answer in answers)
    assert {answer[0] for answer in answers} == addresses


def test_the_container_may_listen_at_the_port_itself(engine, net):
    net('server')
    db = net('db')
    engine.docker('exec', '-d', 'server', 'udp_echo', '53')
    engine.docker('exec', '-d', 'server', 'nc', '-ll', '-p', '53', '-e', 'cat')
    inside, client = Inside(engine, 'server'), Inside(engine, 'db')
    for option in ('-ltn', '-lun'):
        eventually(lambda kind=option: ':53 ' in engine.docker('exec', 'server', 'netstat', kind).out, 'the server listens')
    assert inside.addresses('db') == [db] and inside.ask('db', tcp=True).answer
    assert client.addresses('server') == [address_of(engine, 'server', 'n')]
    done = engine.docker('exec', '-i', 'db', 'nc', '-w', '2', 'server', '53', input='hello\n')
    assert done.out == 'hello\n', 'its own server is reached by others'


def test_the_host_port_53_can_be_published(engine, net):
    net('first')
    engine.docker('run', '-d', '--name', 'pihole', '--network', 'n', '-p', '53:53/udp', '-p', '53:53', *SLEEP)
    db = net('db')
    assert Inside(engine, 'first').addresses('db') == [db] == Inside(engine, 'pihole').addresses('db')


def test_other_names_go_to_the_hosts_servers(engine, net, upstream):
    server = upstream(says('out.example. 60 A 1.2.3.4'))
    net('web')
    inside = Inside(engine, 'web')
    reply = inside.ask('Out.Example')
    assert [str(item) for row in reply.answer for item in row] == ['1.2.3.4'] and str(reply.question[0].name) == 'Out.Example.'
    assert inside.addresses('out.example') == ['1.2.3.4']
    assert inside.ask('out.example', tcp=True).answer
    assert [transport for transport, _ in server.asked] == ['udp'], 'the rest came from the cache'
    assert inside.glibc('out.example') == ['1.2.3.4']


def test_names_that_are_nowhere_are_an_error_and_remembered(engine, net, upstream):
    server = upstream(says(rcode=dns.rcode.NXDOMAIN, flags=dns.flags.AA, authority='example. 60 SOA a. b. 1 1 1 1 60'))
    net('web')
    inside = Inside(engine, 'web')
    for _ in range(3):
        assert inside.ask('nowhere.example').rcode() == dns.rcode.NXDOMAIN
    assert len(server.asked) == 1
    assert inside.ask('nodot').rcode() == dns.rcode.NXDOMAIN


def test_a_large_answer_comes_by_tcp(engine, net, upstream):
    many = says(*[f'big.example. 0 A 10.0.{i // 250}.{i % 250}' for i in range(600)])

    def truncated(query):
        reply = says()(query)
        reply.flags |= dns.flags.TC
        return reply

    server = upstream(truncated, by_tcp=many)
    net('web')
    inside = Inside(engine, 'web')
    assert inside.ask('big.example').flags & dns.flags.TC
    assert sum(len(row) for row in inside.ask('big.example', tcp=True).answer) == 600
    assert len(inside.glibc('big.example')) == 600
    assert {'udp', 'tcp'} == {transport for transport, _ in server.asked}


def test_extensions_reach_the_server(engine, net, upstream):
    sizes = []

    def answer(query):
        sizes.append((query.edns, query.payload, bool(query.ednsflags & dns.flags.DO)))
        return says('ext.example. 0 A 1.2.3.4')(query)

    upstream(answer)
    net('web')
    reply = Inside(engine, 'web').ask('ext.example', use_edns=0, payload=1400, want_dnssec=True)
    assert sizes == [(0, 1400, True)] and reply.edns == 0


def test_a_server_that_is_silent_is_left_for_the_next(engine, net, upstream, host_file):
    silent, good = upstream(lambda query: None), upstream(says('out2.example. 0 A 1.2.3.4'), port=PORT + 1)
    net('web')
    host_file.write_text(f'nameserver 127.0.0.1:{PORT}\nnameserver 127.0.0.1:{PORT + 1}\n')
    try:
        inside = Inside(engine, 'web')
        assert inside.addresses('out2.example') == ['1.2.3.4']
        begun = time.monotonic()
        assert inside.addresses('out2.example') == ['1.2.3.4']
        assert time.monotonic() - begun < 1 and len(silent.asked) == 1, 'from then on it is asked last'
        host_file.write_text(ONE_SERVER)
        assert inside.ask('out3.example').rcode() == dns.rcode.SERVFAIL
        assert good.asked
    finally:
        host_file.write_text(ONE_SERVER)


def test_the_hosts_servers_may_change_at_any_time(engine, net, upstream, host_file):
    upstream(says('vpn.example. 600 A 1.1.1.1'))
    upstream(says('vpn.example. 600 A 2.2.2.2'), port=PORT + 1)
    net('web')
    inside = Inside(engine, 'web')
    try:
        assert inside.addresses('vpn.example') == ['1.1.1.1']
        replaced = host_file.with_suffix('.new')
        replaced.write_text(f'# of another length\nnameserver 127.0.0.1:{PORT + 1}\n')     # the clock of files ticks every 4 ms on older kernels
        replaced.rename(host_file)
        assert inside.addresses('vpn.example') == ['2.2.2.2']
    finally:
        host_file.write_text(ONE_SERVER)
    assert inside.addresses('vpn.example') == ['1.1.1.1']


def test_a_container_may_bring_servers_of_its_own(engine, net, upstream):
    upstream(says('who.example. 60 A 1.1.1.1'))
    net('web')
    db = net('own', '--dns', '127.0.0.1')
    inside = Inside(engine, 'own')
    with Upstream(inside.stack, 53, says('who.example. 60 A 2.2.2.2')) as own:
        assert inside.addresses('who.example') == ['2.2.2.2'], "it listens in the container's own network stack"
        assert own.asked
        assert Inside(engine, 'web').addresses('who.example') == ['1.1.1.1']
        assert inside.addresses('own') == [db]


def test_internal_networks_have_names_but_no_way_out(engine, net, upstream):
    server = upstream(says('out.example. 60 A 1.2.3.4'))
    engine.docker('network', 'create', '--internal', 'closed')
    try:
        for name in ('aa', 'bb'):
            engine.docker('run', '-d', '--name', name, '--network', 'closed', *SLEEP)
        inside = Inside(engine, 'aa')
        assert inside.addresses('bb') == [address_of(engine, 'bb', 'closed')]
        assert inside.ask('closed.example').rcode() == dns.rcode.SERVFAIL and not server.asked
        engine.docker('network', 'connect', 'n', 'aa')
        assert inside.addresses('out.example') == ['1.2.3.4']
    finally:
        engine.docker('rm', '-f', 'aa', 'bb')
        engine.docker('network', 'rm', 'closed')


def test_a_server_on_an_internal_network_is_asked_by_those_who_name_it(engine, net, upstream):
    outside = upstream(says('who.example. 60 A 1.1.1.1'))
    engine.docker('network', 'create', '--internal', 'closed')
    try:
        engine.docker('run', '-d', '--name', 'server', '--network', 'closed', *SLEEP)
        at = address_of(engine, 'server', 'closed')
        engine.docker('run', '-d', '--name', 'asker', '--network', 'closed', '--dns', at, *SLEEP)
        with Upstream(Inside(engine, 'server').stack, 53, says('who.example. 60 A 2.2.2.2'), host=at):
            assert Inside(engine, 'asker').addresses('who.example') == ['2.2.2.2']
        assert not outside.asked
    finally:
        engine.docker('rm', '-f', 'server', 'asker')
        engine.docker('network', 'rm', 'closed')


def test_the_daemon_may_be_killed_and_upgraded_while_containers_ask(engine, net):
    web, db = net('web'), net('db')
    before = resolvers(engine)
    with Restless(Inside(engine, 'web'), 'db') as client:
        for end in (engine.kill9, engine.stop, engine.kill9):
            eventually(lambda now=client.count: client.count > now + 50, 'it asks')
            end()
            eventually(lambda now=client.count: client.count > now + 50, 'it is answered without a daemon')
            engine.start()
        eventually(lambda now=client.count: client.count > now + 50, 'it is answered')
    assert not client.failures and client.slowest < client.patience / 2
    assert resolvers(engine) == before and len(before) == 1, 'one process all the time'
    late = net('late')
    assert Inside(engine, 'web').addresses('late') == [late] and web and db


def test_a_resolver_that_dies_is_replaced_before_anybody_notices(engine, net):
    net('web')
    db = net('db', '--network-alias', 'store')
    with Restless(Inside(engine, 'web'), 'store') as client:
        for _ in range(5):
            eventually(lambda now=client.count: client.count > now + 20, 'it asks')
            (pid,) = resolvers(engine)
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: resolvers(engine) and pid not in resolvers(engine), 'there is another')
        eventually(lambda now=client.count: client.count > now + 20, 'it is answered')
    assert not client.failures, client.failures[:3]
    assert Inside(engine, 'web').addresses('store') == [db]


def test_both_may_die_at_once(engine, net):
    net('web')
    db = net('db')
    inside = Inside(engine, 'web')
    engine.kill9()
    for pid in resolvers(engine):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not resolvers(engine), 'none is left')
    engine.start()
    assert inside.addresses('db') == [db]
    assert resolved(engine, 'db', 'web') == address_of(engine, 'web', 'n')


def test_what_ends_while_there_is_no_daemon_has_no_name_any_more(engine, net):
    net('web')
    net('db')
    inside = Inside(engine, 'web')
    pid = engine.inspect('db')['State']['Pid']
    assert inside.addresses('db')
    engine.kill9()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not inside.ask('db').answer, 'the name is gone')
    engine.start()
    assert not inside.ask('db').answer
    engine.docker('start', 'db')
    assert inside.addresses('db') == [address_of(engine, 'db', 'n')]


def test_it_runs_only_while_somebody_needs_it(engine):
    eventually(lambda: not resolvers(engine), 'no container, no resolver')
    engine.docker('run', '--rm', *SLEEP[:1], 'true')
    assert not resolvers(engine), 'the default network has no names'
    engine.docker('network', 'create', 'n')
    engine.docker('run', '-d', '--name', 'web', '--network', 'n', *SLEEP)
    assert len(resolvers(engine)) == 1
    engine.docker('rm', '-f', 'web')
    eventually(lambda: not resolvers(engine), 'the last has gone')
    engine.docker('run', '-d', '--name', 'web', '--network', 'n', *SLEEP)
    pid = engine.inspect('web')['State']['Pid']
    engine.stop()
    assert len(resolvers(engine)) == 1
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not resolvers(engine), 'it ends with the last container, also without a daemon')
    engine.start()
    engine.docker('rm', '-f', 'web')
    engine.docker('network', 'rm', 'n')


def test_switching_the_service_keeps_the_containers(engine, net):
    web = net('web')
    db = net('db', '--network-alias', 'store')
    pid = engine.inspect('web')['State']['Pid']
    own = engine.config
    engine.docker('exec', 'web', 'sh', '-c', 'echo 10.1.1.1 mine >> /etc/hosts')

    def switch(config: str):
        engine.stop()
        engine.config = config
        engine.start()

    hosts = lambda: engine.docker('exec', 'web', 'cat', '/etc/hosts').out
    resolv_conf = lambda: engine.docker('exec', 'web', 'cat', '/etc/resolv.conf').out
    assert db not in hosts() and RESOLVER in resolv_conf()
    switch('[network]\nplugin = "net-hosts"\n')
    assert db in hosts() and RESOLVER not in resolv_conf()
    assert resolved(engine, 'web', 'store') == db and resolved(engine, 'db', 'web') == web and resolved(engine, 'web', 'mine') == '10.1.1.1'
    late = net('late')
    assert resolved(engine, 'web', 'late') == late
    switch(own)
    assert db not in hosts() and RESOLVER in resolv_conf()
    for name, address in (('store', db), ('late', late), ('mine', '10.1.1.1')):
        assert resolved(engine, 'web', name) == address, name
    assert Inside(engine, 'late').addresses('store') == [db]
    assert engine.inspect('web')['State']['Pid'] == pid


def test_nothing_of_it_is_in_the_hosts_tables(engine, net):
    before = subprocess.run([*engine.ns.enter(), 'ss', '-Hlnu'], capture_output=True, text=True).stdout
    net('web')
    after = subprocess.run([*engine.ns.enter(), 'ss', '-Hlnu'], capture_output=True, text=True).stdout
    assert before == after, 'no port of the host is taken'
