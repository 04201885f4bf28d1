"""Stacks of other shapes: a shared network namespace, networks apart, and most of what a service can say about its container."""
import json

from harness.engine import BOX
from harness.wait import eventually


def gateway_of_the_host(engine) -> str:
    """What host-gateway stands for: the default bridge's address."""
    return engine.docker('run', '--rm', BOX, 'sh', '-c', "ip route | awk '/^default/ {print $3}'").out.strip()


def test_a_sidecar_lives_in_the_gateways_network(project):
    stack = project('sidecar')
    engine = stack.engine
    stack.up()
    assert b'It runs' in engine.fetch(8082)
    assert b'behind' in engine.fetch(8083), 'the port published by the gateway reaches the app'
    assert stack.inspect('app')['HostConfig']['NetworkMode'] == 'container:' + stack.inspect('gateway')['Id']
    assert stack.inspect('app')['NetworkSettings']['Networks'] == {}
    eventually(lambda: b'behind' in stack.shell('app', 'wget -qO- 127.0.0.1:8083').out.encode(), 'same loopback')
    assert 'It runs' in stack.shell('app', 'wget -qO- 127.0.0.1:8082').out
    assert 'behind' in stack.shell('client', 'wget -qO- gateway:8083').out
    assert stack.shell('app', 'cat /etc/hosts; cat /etc/hostname').out == stack.shell('gateway', 'cat /etc/hosts; cat /etc/hostname').out
    # A changed gateway takes the app along: it would be left without a network.
    before = stack.inspect('app')['Id']
    stack.replace('stop_grace_period: 1s', 'stop_grace_period: 2s')
    stack.replace('image: gt/box\n    command: httpd', 'image: gt/box\n    hostname: gate\n    command: httpd')
    stack.up()
    assert stack.inspect('app')['Id'] != before
    assert b'behind' in engine.fetch(8083)


def test_networks_are_apart_and_an_internal_one_has_no_way_out(project):
    stack = project('islands')
    engine = stack.engine
    stack.up()
    assert b'It runs' in engine.fetch(8084)
    reaches = lambda service, where: bool(stack.shell(service, f'timeout 2 wget -qO- http://{where}/', check=False))  # noqa: E731
    eventually(lambda: reaches('api', 'db') and reaches('api', 'proxy'), 'both sides are up')
    assert reaches('proxy', 'api') and reaches('db', 'api')
    assert reaches('proxy', 'api.front') and reaches('db', 'api.back')
    assert not reaches('proxy', 'db') and not reaches('db', 'proxy') and not reaches('proxy', 'api.back')
    networks = {name: stack.inspect('api')['NetworkSettings']['Networks'][f'islands_{name}'] for name in ('front', 'back')}
    assert networks['back']['IPAddress'] == '10.77.0.20'
    assert not reaches('proxy', '10.77.0.20'), 'the other network is unreachable by address, too'
    outside = engine.ns.peer_address
    ping = lambda service: bool(stack.shell(service, f'ping -c 1 -W 2 {outside}', check=False))  # noqa: E731
    assert ping('proxy') and ping('api')
    assert not ping('db'), 'the internal network has no way out'
    assert json.loads(engine.docker('network', 'inspect', 'islands_back').out)[0]['Internal'] is True


def test_a_kitchen_of_options_is_as_the_file_says(project):
    stack = project('kitchen')
    main = lambda script: stack.shell('main', script).out.strip()  # noqa: E731
    stack.up('--wait', '--remove-orphans', 'main', 'checked')
    told = stack.engine.inspect('kitchen-main')
    assert main('cat /run/secrets/token /run/secrets/renamed') == 'hunter2hunter2'
    assert main('cat /etc/greeting.conf') == 'hello = world'
    assert main('cat /proc/1/comm') in ('docker-init', 'tini', 'tini-static')
    assert main('echo $FROM_BASE $FROM_FILE') == '1 two words'
    assert main("awk '/Max open files/ {print $4, $5}' /proc/1/limits") == '2000 3000'
    assert main("grep ' /scratch ' /proc/mounts").split()[2:3] == ['tmpfs']
    assert 'size=1024k' in main("grep ' /scratch ' /proc/mounts")
    assert 'elsewhere' in main('grep 192.0.2.7 /etc/hosts')
    assert main("awk '$2 == \"gate\" {print $1}' /etc/hosts") == gateway_of_the_host(stack.engine)
    assert main('cat /proc/sys/net/core/somaxconn') == '321'
    assert main('hostname; id -u; id -g; id -G; pwd') == 'kitchen\n1000\n50\n50 1000\n/tmp'
    assert main('cat /scratch/hook') == 'hook', 'post_start ran'
    assert not stack.shell('main', 'touch /bin/x', check=False)
    assert main("grep -c '^NoNewPrivs:.1' /proc/1/status") == '1'
    assert 'corp.example' in main('cat /etc/resolv.conf')
    assert 'Health' not in told['State'] or told['State']['Health'] is None or told['State']['Health']['Status'] == 'none'
    assert told['Config']['Labels']['org.example.kitchen'] == 'yes'
    host = told['HostConfig']
    assert (host['Memory'], host['NanoCpus'], host['PidsLimit'], host['ShmSize']) == (64 << 20, 500000000, 50, 8 << 20)
    assert {row['Service']: row['Health'] for row in stack.ps()} == {'main': '', 'checked': 'healthy'}


def test_profiles_add_services_only_when_named(project):
    stack = project('kitchen', name='profiles')
    stack.replace('container_name: kitchen-main\n    ', '')
    assert set(stack('config', '--services').out.split()) == {'checked', 'main', 'slow'}
    stack('--profile', 'debug', 'up', '-d', 'debug')
    assert [row['Service'] for row in stack.ps()] == ['debug']
    assert stack('run', '--rm', 'tool').out == 'from the tool\n'


def test_stop_waits_for_a_graceful_end(project):
    stack = project('kitchen', name='graceful')
    stack.up('slow')

    def said() -> str:
        return stack('logs', '--no-log-prefix', 'slow').out.strip()
    eventually(lambda: said() == 'up', 'its trap is set')
    stack('stop', 'slow')
    state = stack.inspect('slow')['State']
    assert state['ExitCode'] == 0, 'ended by itself within its grace period'
    assert said() == 'up\nbye'


def test_an_unknown_image_is_named(project):
    stack = project('kitchen', name='missing')
    stack.replace('container_name: kitchen-main\n    ', '')
    stack.replace('pull_policy: never', 'pull_policy: never\n    image: gt/nowhere:1')
    done = stack.up('main', check=False)
    assert done.code != 0
    assert 'gt/nowhere:1' in done.err
