"""Containers find each other by name: the same with net-dns and with net-hosts."""
import pytest
from harness.engine import BOX
from harness.gantryd import Gantryd
from harness.names import Inside, address_of, resolved
from harness.running import ended, started
from harness.wait import eventually

SLEEP = (BOX, 'sleep', '1000')


@pytest.fixture(scope='module', params=['net-dns', 'net-hosts'])
def running(request):
    # Names that nobody has are asked for where nobody listens: refused at once, so that no answer needs to be quick.
    engine = started(Gantryd, config=f'[network]\nplugin = "{request.param}"\n[containers]\ndns = ["127.0.0.1"]\n')
    yield engine
    ended(engine)


@pytest.fixture
def net(running):
    """Makes networks and containers; removes them afterwards."""
    made = []

    class Net:
        def create(self, *options: str) -> str:
            made.append(options[-1])
            running.docker('network', 'create', *options)
            return options[-1]

        def run(self, name: str, network: str, *options: str) -> str:
            running.docker('run', '-d', '--name', name, '--network', network, *options, *SLEEP)
            return address_of(running, name, network)

    yield Net()
    running.clear()
    for name in made:
        running.docker('network', 'rm', name)


def test_names_aliases_ids_and_host_names_resolve(running, net):
    net.create('n')
    net.run('web', 'n')
    address = net.run('db', 'n', '--network-alias', 'database', '--hostname', 'store')
    short = running.inspect('db')['Id'][:12]
    for name in ('db', 'database', 'store', short, 'DB', 'DataBase'):
        assert resolved(running, 'web', name) == address, name
        assert Inside(running, 'web').glibc(name) == [address], name
    assert resolved(running, 'web', 'web') == address_of(running, 'web', 'n')
    assert resolved(running, 'web', 'nobody') == ''


def test_names_resolve_with_their_networks_name(running, net):
    net.create('n')
    net.create('m')
    running.docker('run', '-d', '--name', 'web', '--network', 'n', *SLEEP)
    address = net.run('db', 'n', '--network-alias', 'store.main', '--link', 'web:front')
    running.docker('network', 'connect', '--alias', 'other', 'm', 'db')
    for name in ('db.n', 'store.main.n', 'DB.N'):
        assert resolved(running, 'web', name) == address, name
        assert Inside(running, 'web').glibc(name) == [address], name
    assert resolved(running, 'db', 'front.n') == address_of(running, 'web', 'n')
    assert resolved(running, 'db', 'other.m') == address_of(running, 'db', 'm')
    for name in ('db.m', 'other.n', 'front.n', 'other.m'):
        assert resolved(running, 'web', name) == '', name


def test_many_aliases_are_no_trouble_for_small_resolvers(running, net):
    net.create('n')
    net.run('web', 'n')
    aliases = [f'alias-{i:02}-{"x" * 30}' for i in range(60)]
    address = net.run('db', 'n', *(part for alias in aliases for part in ('--network-alias', alias)))
    for name in (aliases[0], aliases[31], aliases[59], aliases[59] + '.n'):
        assert resolved(running, 'web', name) == address, name


def test_replicas_share_an_alias(running, net):
    net.create('n')
    net.run('client', 'n')
    addresses = {net.run(f'app-{i}', 'n', '--network-alias', 'app') for i in range(3)}
    assert set(Inside(running, 'client').glibc('app')) == addresses
    running.docker('rm', '-f', 'app-1')
    assert set(Inside(running, 'client').glibc('app')) == {address_of(running, 'app-0', 'n'), address_of(running, 'app-2', 'n')}


def test_projects_with_the_same_names_do_not_see_each_other(running, net):
    for project in ('one', 'two'):
        net.create(project)
        net.run(f'{project}-web', project, '--network-alias', 'web')
        net.run(f'{project}-db', project, '--network-alias', 'db')
    for project, other in (('one', 'two'), ('two', 'one')):
        assert resolved(running, f'{project}-web', 'db') == address_of(running, f'{project}-db', project)
        assert resolved(running, f'{project}-web', f'{other}-db') == ''


def test_a_container_on_two_networks_sees_both(running, net):
    net.create('front')
    net.create('back')
    net.run('web', 'front')
    proxy = net.run('proxy', 'front')
    db = net.run('db', 'back')
    running.docker('network', 'connect', '--alias', 'gate', 'back', 'proxy')
    assert resolved(running, 'proxy', 'web') == address_of(running, 'web', 'front')
    assert resolved(running, 'proxy', 'db') == db
    assert resolved(running, 'db', 'gate') == address_of(running, 'proxy', 'back')
    assert resolved(running, 'web', 'proxy') == proxy
    assert resolved(running, 'web', 'db') == '' and resolved(running, 'web', 'gate') == ''
    running.docker('network', 'disconnect', 'back', 'proxy')
    assert resolved(running, 'proxy', 'db') == '' and resolved(running, 'db', 'gate') == ''
    assert resolved(running, 'proxy', 'web') == address_of(running, 'web', 'front')


def test_a_container_of_the_default_network_has_names_once_it_is_connected(running, net):
    net.create('n')
    db = net.run('db', 'n')
    running.docker('run', '-d', '--name', 'late', *SLEEP)
    running.docker('run', '-d', '--name', 'neighbour', *SLEEP)
    assert resolved(running, 'late', 'neighbour') == '', 'the default network has no names'
    running.docker('network', 'connect', 'n', 'late')
    assert resolved(running, 'late', 'db') == db
    assert resolved(running, 'db', 'late') == address_of(running, 'late', 'n')
    assert resolved(running, 'late', 'neighbour') == ''
    own = running.docker('exec', 'late', 'cat', '/etc/hosts').out
    assert address_of(running, 'late', 'n') in own and address_of(running, 'late', 'bridge') in own
    running.docker('network', 'disconnect', 'n', 'late')
    assert resolved(running, 'late', 'db') == ''
    assert address_of(running, 'neighbour', 'bridge') not in own


def test_a_renamed_container_has_its_new_name_and_keeps_its_aliases(running, net):
    net.create('n')
    net.run('web', 'n')
    address = net.run('old', 'n', '--network-alias', 'svc')
    running.docker('rename', 'old', 'new')
    assert resolved(running, 'web', 'new') == address
    assert resolved(running, 'web', 'svc') == address
    assert resolved(running, 'web', 'old') == ''


def test_who_stops_loses_its_name_and_has_it_again(running, net):
    net.create('n')
    net.run('web', 'n')
    net.run('db', 'n')
    running.docker('stop', '-t', '0', 'db')
    assert resolved(running, 'web', 'db') == ''
    running.docker('start', 'db')
    assert resolved(running, 'web', 'db') == address_of(running, 'db', 'n')
    assert resolved(running, 'db', 'web') == address_of(running, 'web', 'n')
    running.docker('restart', '-t', '0', 'db')
    assert resolved(running, 'db', 'web') == address_of(running, 'web', 'n')


def test_who_shares_anothers_network_shares_its_names(running, net):
    net.create('n')
    net.run('web', 'n')
    db = net.run('db', 'n')
    running.docker('run', '-d', '--name', 'side', '--network', 'container:web', *SLEEP)
    assert resolved(running, 'side', 'db') == db


def test_a_link_is_a_name_for_one_container_only(running, net):
    net.create('n')
    db = net.run('db', 'n')
    net.run('web', 'n', '--link', 'db:store')
    net.run('other', 'n')
    assert resolved(running, 'web', 'store') == db == resolved(running, 'web', 'db')
    assert resolved(running, 'other', 'store') == ''


def test_names_have_ipv6_addresses_where_the_network_has(running, net):
    net.create('--ipv6', '--subnet', 'fd00:77::/64', '--subnet', '10.77.0.0/24', 'six')
    net.run('web', 'six')
    net.run('db', 'six')
    endpoint = running.inspect('db')['NetworkSettings']['Networks']['six']
    assert set(Inside(running, 'web').glibc('db')) == {endpoint['IPAddress'], endpoint['GlobalIPv6Address']}


def test_extra_hosts_stand_beside_the_names(running, net):
    net.create('n')
    net.run('web', 'n', '--add-host', 'host.docker.internal:host-gateway', '--add-host', 'thing:10.9.8.7')
    db = net.run('db', 'n')
    gateway = running.docker('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', 'bridge').out.strip()
    assert resolved(running, 'web', 'host.docker.internal') == gateway
    assert resolved(running, 'web', 'thing') == '10.9.8.7'
    assert resolved(running, 'web', 'db') == db


def test_what_users_write_into_the_hosts_file_stays(running, net):
    net.create('n')
    net.create('m')
    net.run('web', 'n')
    running.docker('exec', 'web', 'sh', '-c', 'echo 10.1.1.1 mine >> /etc/hosts')
    db = net.run('db', 'n')
    running.docker('network', 'connect', 'm', 'web')
    assert resolved(running, 'web', 'db') == db
    assert resolved(running, 'web', 'mine') == '10.1.1.1'
    running.docker('rm', '-f', 'db')
    running.docker('network', 'disconnect', 'm', 'web')
    assert resolved(running, 'web', 'mine') == '10.1.1.1' and resolved(running, 'web', 'db') == ''


def test_an_edited_resolver_file_is_left_alone(running, net):
    net.create('n')
    net.create('m')
    net.run('web', 'n')
    running.docker('exec', 'web', 'sh', '-c', 'echo "# mine" >> /etc/resolv.conf')
    running.docker('network', 'connect', 'm', 'web')
    assert running.docker('exec', 'web', 'cat', '/etc/resolv.conf').out.endswith('# mine\n')


def test_a_hosts_file_of_any_size_harms_its_container_only(running, net):
    net.create('n')
    net.run('web', 'n')
    running.docker('exec', 'web', 'truncate', '-s', '3G', '/etc/hosts')
    db = net.run('db', 'n')
    running.docker('network', 'disconnect', 'n', 'web')
    running.docker('network', 'connect', 'n', 'web')
    running.kill9()
    running.start()
    with open(f'/proc/{running.process.pid}/status') as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith('VmHWM'))
    assert peak < 1 << 20, f'{peak} KiB'     # of a file of 3 GiB; sanitizers need some for themselves
    assert running.inspect('web')['State']['Running'] and resolved(running, 'db', 'db') == db


def test_names_come_and_go_with_many_containers_at_once(running, net):
    net.create('n')
    net.run('client', 'n')
    starts = [running.spawn('run', '-d', '--name', f'c{i}', '--network', 'n', '--network-alias', 'all', *SLEEP) for i in range(8)]
    for start in starts:
        assert start.wait(60) == 0
    addresses = {address_of(running, f'c{i}', 'n') for i in range(8)}
    assert set(Inside(running, 'client').glibc('all')) == addresses
    running.docker('rm', '-f', *[f'c{i}' for i in range(8)], seconds=60)
    eventually(lambda: Inside(running, 'client').glibc('all') == [], 'all names gone')


def test_a_killed_daemon_comes_back_with_all_names(running, net):
    net.create('n')
    web, db = net.run('web', 'n'), net.run('db', 'n', '--network-alias', 'store')
    net.run('gone', 'n')
    inside = Inside(running, 'web')
    running.kill9()
    assert inside.glibc('store') == [db]
    running.start()
    assert resolved(running, 'web', 'store') == db and resolved(running, 'db', 'web') == web
    running.docker('rm', '-f', 'gone')
    assert resolved(running, 'web', 'gone') == ''
    late = net.run('late', 'n')
    assert resolved(running, 'web', 'late') == late
