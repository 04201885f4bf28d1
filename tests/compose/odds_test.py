"""What older and odder Compose files say: links, namespaces shared by service, what others made, options of drivers."""
import pytest
from harness.wait import eventually


@pytest.fixture
def odds(project):
    stack = project('odds')
    stack.engine.docker('network', 'create', 'somebody-elses')
    stack.engine.docker('volume', 'create', 'ready-made')
    stack.engine.docker('run', '--rm', '-v', 'ready-made:/v', 'gt/box', 'sh', '-c', 'echo there >/v/file')
    yield stack
    stack('down', '-v', '-t', '1')
    stack.engine.docker('network', 'rm', 'somebody-elses')      # down leaves what the project did not make
    stack.engine.docker('volume', 'rm', 'ready-made')


def networks_of(stack, service: str) -> dict:
    return stack.inspect(service)['NetworkSettings']['Networks']


def test_links_and_aliases_are_names_and_a_static_address_is_kept(odds):
    odds.up('db', 'linked')
    for name in ('db', 'database', 'sql', 'the-database'):
        assert odds.shell('linked', f'ping -c 1 -W 2 {name}'), name
    fixed = odds.engine.inspect('the-database')['NetworkSettings']['Networks']['odds_fixed']
    assert (fixed['IPAddress'], fixed['MacAddress']) == ('10.78.1.9', '02:42:0a:4e:01:09')
    assert odds.shell('db', 'hostname; hostname -f').out == 'db-host\ndb-host.example.test\n'
    assert odds.shell('db', 'ip link show eth0').out.count('mtu 1400') + odds.shell('db', 'ip link show eth1').out.count('mtu 1400') == 1
    assert 'odds0' in odds.engine.ns.links()


def test_a_link_is_a_name_of_its_own(odds):
    odds.up('linked')
    assert odds.shell('linked', 'ping -c 1 -W 2 store')
    assert not odds.shell('db', 'RES_OPTIONS="timeout:1 attempts:1" ping -c 1 -W 1 store', check=False), 'only for the one that has the link'


def test_namespaces_are_shared_by_service(odds):
    odds.up('host', 'alone', 'peeker')
    assert 'ext0' in odds.shell('host', 'ip link').out
    assert odds.shell('alone', 'ls /sys/class/net').out.split() == ['lo']
    assert odds.inspect('peeker')['HostConfig']['PidMode'].startswith('container:')
    assert odds.shell('peeker', 'cat /proc/1/comm').out == 'sleep\n'
    assert odds.shell('peeker', 'readlink /proc/self/ns/ipc').out == odds.shell('sharer', 'readlink /proc/self/ns/ipc').out
    odds.shell('sharer', 'echo shared >/dev/shm/word')
    assert odds.shell('peeker', 'cat /dev/shm/word').out == 'shared\n'


def test_volumes_of_all_kinds(odds):
    odds.up('heir')
    assert odds.shell('sharer', 'cat /ready/file /data/seed').out == 'there\nseed\n'
    assert not odds.shell('sharer', 'touch /ready/x', check=False)
    assert 'size=2048k' in odds.shell('heir', "grep ' /fast ' /proc/mounts").out
    assert 'size=1024k' in odds.shell('sharer', "grep ' /memory ' /proc/mounts").out
    assert odds.shell('sharer', 'stat -c %u /memory').out == '1000\n'
    odds.shell('sharer', 'echo x >/shared/x; echo y >/anonymous/y')
    assert odds.shell('heir', 'cat /shared/x /anonymous/y /data/seed').out == 'x\ny\nseed\n'
    listed = {v['Name']: v for v in odds.engine.api.get('/volumes').json()['Volumes']}
    assert listed['odds_shared']['Labels']['org.example.vol'] == 'yes'
    assert listed['odds_memory']['Options'] == {'type': 'tmpfs', 'device': 'tmpfs', 'o': 'size=1m,uid=1000'}
    anonymous = [m['Name'] for m in odds.inspect('sharer')['Mounts'] if m['Destination'] == '/anonymous'][0]
    # Recreated: an anonymous volume moves along unless it is asked not to.
    odds.up('--force-recreate', 'sharer')
    assert [m['Name'] for m in odds.inspect('sharer')['Mounts'] if m['Destination'] == '/anonymous'] == [anonymous]
    odds.up('--force-recreate', '-V', 'sharer')
    assert [m['Name'] for m in odds.inspect('sharer')['Mounts'] if m['Destination'] == '/anonymous'] != [anonymous]


def test_ipv6_and_networks_of_others(odds):
    odds.up('six')
    six = networks_of(odds, 'six')
    assert set(six) == {'odds_six', 'somebody-elses'}
    assert six['odds_six']['GlobalIPv6Address'] == 'fd00:78::9'
    eventually(lambda: odds.shell('six', 'ping -6 -c 1 -W 1 fd00:78::1', check=False), 'the gateway answers')


def test_limits_and_the_rest(odds):
    odds.up('limits')
    told = odds.inspect('limits')
    host = told['HostConfig']
    assert host['CpuShares'] == 512 and host['CpusetCpus'] == '0'
    assert (host['Memory'], host['MemoryReservation'], host['MemorySwap']) == (64 << 20, 20 << 20, 128 << 20)
    assert host['RestartPolicy'] == {'Name': 'on-failure', 'MaximumRetryCount': 3}
    assert host['LogConfig'] == {'Type': 'json-file', 'Config': {'max-size': '1m', 'max-file': '2'}}
    assert told['Config']['Tty'] and told['Config']['OpenStdin']
    assert sorted(told['Config']['ExposedPorts']) == sorted(['9999/tcp', '5000/udp', '5001/udp', '5002/udp', '7/udp', '91/tcp', '92/tcp', '93/tcp'])
    assert told['NetworkSettings']['Ports']['92/tcp'] == [{'HostIp': '127.0.0.1', 'HostPort': '18092'}]
    assert odds.shell('limits', 'head -c 3 /dev/nothing | wc -c').out.strip() == '3'
    assert odds.shell('limits', 'cat /proc/1/oom_score_adj').out == '100\n'
    assert odds('port', '--protocol', 'udp', 'limits', '7').out == '127.0.0.1:18090\n'
    rows = {row['Service']: row for row in odds.ps()}
    assert {(p['URL'], p['PublishedPort'], p['Protocol']) for p in rows['limits']['Publishers'] if p['PublishedPort']} == {
        ('127.0.0.1', 18090, 'udp'), ('127.0.0.1', 18091, 'tcp'), ('127.0.0.1', 18092, 'tcp'), ('127.0.0.1', 18093, 'tcp')}
