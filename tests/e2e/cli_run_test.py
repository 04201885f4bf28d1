"""docker run, ps, inspect, rename, rm, published ports and exit codes, as a user types them."""
import json
import re
import socket
import threading

import pytest
from harness.engine import BOX, WEB
from harness.wait import eventually


def test_version_and_info_show_a_server(engine):
    text = engine.docker('version').out
    assert re.search(r'Server:', text) and re.search(r'API version:\s+1\.\d+', text)
    assert re.search(r'^\s+(runc|crun):', text, re.M)
    info = engine.docker('info')
    assert 'Storage Driver' in info.out and 'Swarm: inactive' in info.out
    assert re.search(r'Default Runtime: \S+', info.out)
    assert 'errors pretty printing' not in info.err


def test_run_prints_output_and_passes_the_exit_code_on(tidy):
    assert tidy.docker('run', '--rm', BOX, 'echo', 'hello').out == 'hello\n'
    assert tidy.docker('run', '--rm', BOX, 'sh', '-c', 'exit 42', check=False).code == 42
    done = tidy.docker('run', '--rm', BOX, 'sh', '-c', 'echo out; echo err >&2; exit 9', check=False)
    assert (done.code, done.out, done.err) == (9, 'out\n', 'err\n')
    assert tidy.docker('ps', '-aq').out == ''


def test_run_feeds_a_file_to_standard_input(tidy):
    data = ''.join(f'line {n}\n' for n in range(20000))
    assert tidy.docker('run', '-i', '--rm', BOX, 'cat', input=data).out == data
    assert tidy.docker('run', '-i', '--rm', BOX, 'wc', '-c', input=data).out.strip() == str(len(data))


def test_detached_web_server_answers_on_its_published_port(tidy):
    name = tidy.docker('run', '-d', '--name', 'web', '-p', '8080:80', BOX, *WEB).id
    assert re.fullmatch('[0-9a-f]{64}', name)
    assert b'It runs' in tidy.fetch(8080)
    assert b'It runs' in tidy.fetch(8080, host=tidy.ns.address, peer=True)
    shown = tidy.docker('ps', '--format', '{{json .}}').out
    row = json.loads(shown)
    assert row['Names'] == 'web' and '0.0.0.0:8080->80/tcp' in row['Ports'] and row['Status'].startswith('Up ')
    assert tidy.docker('port', 'web').out.splitlines()[0] == '80/tcp -> 0.0.0.0:8080'
    tidy.docker('rm', '-f', 'web')
    with pytest.raises(OSError):
        tidy.ns.get(8080)


def test_ephemeral_ranges_udp_and_host_address_ports(tidy):
    tidy.docker('run', '-d', '--name', 'eph', '-p', '80', '-p', '7000-7002:7000-7002', '-p', '127.0.0.1:9000:80',
                '-p', '5300:5300/udp', BOX, *WEB)
    lines = tidy.docker('port', 'eph').out
    port = int(re.search(r'80/tcp -> 0\.0\.0\.0:(\d{5})', lines)[1])
    assert b'It runs' in tidy.fetch(port)
    assert b'It runs' in tidy.fetch(9000)
    assert '7001/tcp -> 0.0.0.0:7001' in lines and '5300/udp -> 0.0.0.0:5300' in lines
    with pytest.raises(OSError):
        tidy.ns.get(9000, host=tidy.ns.address, peer=True, timeout=2)


def test_udp_port_carries_datagrams_both_ways(tidy):
    tidy.docker('run', '-d', '--name', 'udp', '-p', '5353:5353/udp', BOX, 'udp_echo', '5353')

    def ask(host, peer):
        with tidy.ns.make_socket(socket.SOCK_DGRAM, peer=peer) as s:
            s.settimeout(0.5)
            try:
                s.sendto(b'ping\n', (host, 5353))
                return s.recv(100)
            except OSError:
                return None
    for host, peer in (('127.0.0.1', False), (tidy.ns.address, True)):
        assert eventually(lambda: ask(host, peer), 'a datagram comes back', 10) == b'got ping\n'


def test_ps_shows_running_and_with_all_also_ended_ones(tidy):
    tidy.docker('run', '--name', 'ended', BOX, 'false', check=False)
    tidy.docker('run', '-d', '--name', 'on', BOX, 'sleep', '100')
    tidy.docker('create', '--name', 'made', BOX)
    assert tidy.docker('ps', '--format', '{{.Names}}').out.split() == ['on']
    rows = dict(line.split('|') for line in tidy.docker('ps', '-a', '--format', '{{.Names}}|{{.Status}}').out.splitlines())
    assert list(rows) == ['made', 'on', 'ended']
    assert rows['made'] == 'Created' and rows['on'].startswith('Up ') and rows['ended'].startswith('Exited (1) ')
    assert tidy.docker('ps', '-aq', '--filter', 'exited=1').out.strip() in tidy.inspect('ended')['Id']
    assert tidy.docker('ps', '-q', '--filter', 'exited=1').out == '', 'only a status brings all'
    assert tidy.docker('ps', '-q', '--filter', 'isolation=hyperv').out.strip() == tidy.inspect('on')['Id'][:12], 'Windows has it'
    assert tidy.docker('ps', '-q', '--filter', 'name=^on$').out.strip() == tidy.inspect('on')['Id'][:12]


def test_names_ids_and_prefixes_find_a_container(tidy):
    full = tidy.docker('create', '--name', 'findme', BOX).id
    for reference in (full, full[:12], full[:4], 'findme'):
        assert tidy.inspect(reference)['Id'] == full
    random_name = tidy.inspect(tidy.docker('create', BOX).id)['Name']
    assert re.fullmatch(r'/[a-z]+_[a-z]+\d?', random_name)


def test_rename_moves_the_name(tidy):
    tidy.docker('run', '-d', '--name', 'old', BOX, 'sleep', '100')
    tidy.docker('rename', 'old', 'new')
    assert tidy.inspect('new')['Name'] == '/new'
    assert 'No such' in tidy.docker('inspect', 'old', check=False).err
    tidy.docker('create', '--name', 'old', BOX)
    clash = tidy.docker('rename', 'old', 'new', check=False)
    assert clash.code == 1 and 'already in use' in clash.err


def test_rm_refuses_a_running_container_unless_forced(tidy):
    tidy.docker('run', '-d', '--name', 'busy', BOX, 'sleep', '100')
    refused = tidy.docker('rm', 'busy', check=False)
    assert refused.code == 1 and 'running container' in refused.err or 'container is running' in refused.err
    assert tidy.docker('rm', '-f', 'busy').out == 'busy\n'
    assert tidy.docker('ps', '-aq').out == ''


@pytest.mark.parametrize('command, code', [(['nosuchcommand'], 127), (['/etc/notexec'], 126), (['/etc'], 126)])
def test_what_cannot_be_executed_gives_the_shells_codes(tidy, command, code):
    done = tidy.docker('run', '--name', 'broken', BOX, *command, check=False)
    assert done.code == code, done.err
    state = tidy.inspect('broken')['State']
    assert state['Status'] == 'created' and state['ExitCode'] == code and state['Error']


def test_user_workdir_env_hostname_and_limits_reach_the_process(tidy):
    script = 'id -u; id -g; id -G; pwd; echo $A-$B; hostname; cat /proc/self/limits | grep "open files" | tr -s " "'
    done = tidy.docker('run', '--rm', '-u', 'ann', '-w', '/tmp', '-e', 'A=1', '-e', 'B=x y', '-h', 'hal',
                       '--ulimit', 'nofile=512:1024', BOX, 'sh', '-c', script)
    assert done.out.splitlines() == ['1000', '1000', '1000 50', '/tmp', '1-x y', 'hal', 'Max open files 512 1024 files ']
    assert tidy.docker('run', '--rm', '-u', '77:88', BOX, 'sh', '-c', 'id -u; id -g').out.split() == ['77', '88']
    assert tidy.docker('run', '--rm', '--user', 'root', '--group-add', 'staff', BOX, 'id', '-G').out.split() == ['0', '50']


def test_read_only_root_tmpfs_and_binds(tidy):
    source = tidy.dir / 'bind'
    source.mkdir(exist_ok=True)
    (source / 'in').write_text('from outside')
    script = 'cat /b/in; echo inside >/b/out; echo x >/t/x && df -T /t | grep -c tmpfs; echo y >/root/y'
    done = tidy.docker('run', '--rm', '--read-only', '--tmpfs', '/t:size=1m', '-v', f'{source}:/b', BOX, 'sh', '-c', script, check=False)
    assert done.out == 'from outside1\n' and 'Read-only file system' in done.err and done.code == 1
    assert (source / 'out').read_text() == 'inside\n'
    refused = tidy.docker('run', '--rm', '-v', f'{source}:/b:ro', BOX, 'touch', '/b/no', check=False)
    assert refused.code == 1 and 'Read-only' in refused.err


def test_named_volume_outlives_its_containers_and_anonymous_ones_go_with_v(tidy):
    tidy.docker('run', '--rm', '-v', 'keep:/data', BOX, 'sh', '-c', 'echo kept >/data/f')
    assert tidy.docker('run', '--rm', '-v', 'keep:/data:ro', BOX, 'cat', '/data/f').out == 'kept\n'
    tidy.docker('run', '--name', 'anon', '-v', '/data', BOX, 'true')
    assert len(tidy.docker('volume', 'ls', '-q').out.split()) == 2
    tidy.docker('rm', '-v', 'anon')
    assert tidy.docker('volume', 'ls', '-q').out.split() == ['keep']
    tidy.docker('volume', 'rm', 'keep')


def test_capabilities_privileged_and_seccomp(tidy):
    def caps(*options):
        return int(tidy.docker('run', '--rm', *options, BOX, 'grep', 'CapEff', '/proc/self/status').out.split()[1], 16)
    assert caps() == 0xa80425fb                       # Docker's default set
    assert caps('--cap-drop', 'ALL') == 0
    assert caps('--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN') == 1 << 12
    if tidy.name == 'gantryd':                        # 20.10 asks for capabilities that the host itself may lack
        assert caps('--privileged') > 0xa80425fb
    mode = tidy.docker('run', '--rm', BOX, 'grep', 'Seccomp:', '/proc/self/status').out.split()[1]
    assert mode == '2'
    open_mode = tidy.docker('run', '--rm', '--security-opt', 'seccomp=unconfined', BOX, 'grep', 'Seccomp:', '/proc/self/status')
    assert open_mode.out.split()[1] == '0'


def test_networks_none_host_and_bridge(tidy):
    def links(*options):
        return tidy.docker('run', '--rm', *options, BOX, 'ls', '/sys/class/net').out.split()
    assert links('--network', 'none') == ['lo']
    assert links() == ['eth0', 'lo']
    assert 'ext0' in links('--network', 'host')
    route = tidy.docker('run', '--rm', BOX, 'ip', 'route').out
    assert re.search(r'default via 172\.\d+\.0\.1 dev eth0', route)
    tidy.docker('run', '-d', '--name', 'srv', BOX, *WEB)
    address = tidy.inspect('srv')['NetworkSettings']['Networks']['bridge']['IPAddress']
    fetch = ('run', '--rm', BOX, 'wget', '-qO-', f'http://{address}/')
    eventually(lambda: 'It runs' in tidy.docker(*fetch, check=False).out, 'the server answers')


def test_container_reaches_beyond_the_host_by_nat(tidy):
    with tidy.ns.make_socket(peer=True) as listener:
        listener.bind((tidy.ns.peer_address, 0))
        listener.listen()
        listener.settimeout(10)
        seen = []

        def serve():
            connection, peer = listener.accept()
            seen.append(peer[0])
            connection.sendall(b'reached\n')
            connection.close()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        out = tidy.docker('run', '--rm', BOX, 'nc', '-w', '5', tidy.ns.peer_address, str(port)).out
        thread.join(10)
        assert out == 'reached\n' and seen == [tidy.ns.address], 'masqueraded as the host'


def test_a_container_of_a_few_threads_starts_each_time(tidy):
    for _ in range(6):
        assert tidy.docker('run', '--rm', '--pids-limit', '4', BOX, 'echo', 'hi').out == 'hi\n'


def test_memory_and_pids_limits_are_real(tidy):
    done = tidy.docker('run', '--name', 'fat', '-m', '16m', '--memory-swap', '16m', BOX, 'sh', '-c',
                       'dd if=/dev/zero of=/dev/null bs=64M count=1', check=False)
    assert done.code == 137 and tidy.inspect('fat')['State']['OOMKilled'] is True
    forks = tidy.docker('run', '--rm', '--pids-limit', '5', BOX, 'sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do sleep 2 & done; wait', check=False)
    assert 'fork' in forks.err


def test_exec_runs_beside_the_main_process(tidy):
    tidy.docker('run', '-d', '--name', 'host', '-e', 'A=1', BOX, 'sleep', '100')
    assert tidy.docker('exec', 'host', 'echo', 'hi').out == 'hi\n'
    assert tidy.docker('exec', 'host', 'sh', '-c', 'exit 7', check=False).code == 7
    assert tidy.docker('exec', '-i', 'host', 'cat', input='fed').out == 'fed'
    done = tidy.docker('exec', '-u', 'ann', '-w', '/tmp', '-e', 'B=2', 'host', 'sh', '-c', 'id -u; pwd; echo $A$B')
    assert done.out.split() == ['1000', '/tmp', '12']
    tidy.docker('exec', '-d', 'host', 'sh', '-c', 'echo done >/tmp/mark')
    eventually(lambda: tidy.docker('exec', 'host', 'cat', '/tmp/mark', check=False).out == 'done\n', 'the detached exec ran')
    assert tidy.docker('exec', 'host', 'nosuch', check=False).code == (127 if tidy.name == 'gantryd' else 126)
    assert tidy.docker('exec', 'host', '/etc/notexec', check=False).code == 126
    tidy.docker('kill', 'host')
    assert 'is not running' in tidy.docker('exec', 'host', 'true', check=False).err


def test_ps_filters_by_ports_of_the_host_and_of_the_container(tidy):
    chosen = tidy.docker('run', '-d', '-p', '80', BOX, 'sleep', '1000').id
    fixed = tidy.docker('run', '-d', '-p', '1090:90', BOX, 'sleep', '1000').id
    exposed = tidy.docker('run', '-d', '--expose', '8080', BOX, 'sleep', '1000').id

    def found(*filters):
        return set(tidy.docker('ps', '-aq', '--no-trunc', *[word for value in filters for word in ('-f', value)]).out.split())

    assert found('publish=80') == found('publish=90') == found('publish=8080') == set()
    assert found('publish=1090') == found('publish=1000-2000/tcp') == {fixed} and found('publish=1090/udp') == set()
    assert found('expose=80') == {chosen} and found('expose=8000-8080') == {exposed}
    assert found('publish=1090', 'expose=80') == {fixed, chosen}
    tidy.docker('stop', '-t', '0', fixed)
    assert found('publish=1090') == set(), 'no port of a container that has ended'


def test_what_the_hosts_network_makes_pointless_is_told(tidy):
    done = tidy.docker('run', '--network', 'host', '-p', '8080:80', BOX, 'true')
    assert 'Published ports are discarded when using host network mode' in done.err


def test_the_default_runtime_goes_by_dockers_other_name(tidy):
    tidy.docker('run', '--name', 'named', '--runtime', 'io.containerd.runc.v2', BOX, 'true')
    assert tidy.inspect('named')['HostConfig']['Runtime'] == 'io.containerd.runc.v2'
    assert 'io.containerd.runc.v2' in tidy.api.get('/info').json()['Runtimes']


def test_binds_are_no_volumes_of_the_configuration(tidy):
    tidy.docker('create', '--name', 'bound', '-v', 'data:/data', BOX, 'true')
    assert tidy.inspect('bound')['Config']['Volumes'] is None
    refused = tidy.docker('create', '-v', 'data:/data:shared', BOX, 'true', check=False)
    assert 'invalid mount config for type "volume"' in refused.err
