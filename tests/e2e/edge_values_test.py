"""Values at the edge of what requests may hold: what happens is what Docker does, and nothing is left of what failed."""
import json
import os
import stat

import pytest
from harness.engine import BOX
from harness.wait import eventually

FAR = (1 << 63) - 1


def create(engine, name: str, **body) -> tuple[int, str]:
    answer = engine.api.post('/containers/create', {'Image': BOX, 'Cmd': ['sleep', '1000'], **body}, query={'name': name})
    return answer.status, '' if answer.status == 201 else answer.message


def test_a_network_that_could_not_be_made_leaves_no_rule(daemon):
    engine = daemon()
    before = engine.ns.nft_rules(), engine.ns.links()
    made = engine.api.post('/networks/create', {'Name': 'no', 'EnableIPv6': True, 'IPAM': {'Config': [{'Subnet': 'ff00::/64'}]}})
    assert made.status >= 400
    assert [line for line in engine.ns.nft_rules() if line not in before[0] and ('br-' in line or 'ff00' in line)] == []
    eventually(lambda: engine.ns.links() == before[1], 'no link is left')


@pytest.mark.parametrize('kind', ['networks', 'containers', 'volumes'])
def test_a_filter_counts_whatever_is_said_of_it(daemon, kind):
    engine = daemon()
    engine.docker('network', 'create', 'stays')
    engine.docker('volume', 'create', 'stays')
    assert create(engine, 'stays') == (201, '')
    filters = {'label': {'keep': False}, **({'all': ['true']} if kind == 'volumes' else {})}
    pruned = engine.api.post(f'/{kind}/prune', query={'filters': json.dumps(filters)})
    assert pruned.status == 200 and not pruned.json()[f'{kind.capitalize()}Deleted'], 'only what has the label'
    refused = engine.api.post(f'/{kind}/prune', query={'filters': '{"labels":[]}'})
    assert (refused.status, refused.message) == (400, "invalid filter 'labels'")
    if kind == 'networks':
        refused = engine.api.post('/networks/prune', query={'filters': '{"until":["1h","2h"]}'})
        assert (refused.status, refused.message) == (400, 'more than one until filter specified')
    engine.docker('rm', 'stays')


def test_a_health_check_that_is_never_due_never_runs(daemon):
    engine = daemon()
    assert create(engine, 'late', Healthcheck={'Test': ['CMD', 'true'], 'Interval': FAR}) == (201, '')
    assert create(engine, 'often', Healthcheck={'Test': ['CMD', 'true'], 'Interval': 50_000_000}) == (201, '')
    engine.docker('start', 'late', 'often')
    eventually(lambda: len(engine.inspect('often')['State']['Health']['Log']) == 5, 'another one ran five times')
    assert engine.inspect('late')['State']['Health'] == {'Status': 'starting', 'FailingStreak': 0, 'Log': []}
    engine.docker('rm', '-f', 'late', 'often')


def test_a_health_check_with_more_retries_than_will_ever_be_goes_on(daemon):
    engine = daemon()
    assert create(engine, 'patient', Healthcheck={'Test': ['CMD', '/none'], 'Interval': 50_000_000, 'Retries': 1 << 32}) == (201, '')
    engine.docker('start', 'patient')
    eventually(lambda: engine.inspect('patient')['State']['Health']['FailingStreak'] > 3, 'it failed more often than by default')
    health = engine.inspect('patient')['State']['Health']
    assert health['Status'] == 'starting' and {log['ExitCode'] for log in health['Log']} == {-1}
    engine.docker('rm', '-f', 'patient')


def test_ranges_of_host_ports(daemon):
    engine = daemon()

    def publish(name: str, ports: str):
        return create(engine, name, HostConfig={'PortBindings': {'80/tcp': [{'HostPort': ports}]}})
    assert publish('reversed', '8082-8080') == (400, 'invalid port specification: "8082-8080"')
    for name in ('one', 'two', 'three'):
        assert publish(name, '9000-9001') == (201, '')
    engine.docker('start', 'one', 'two')
    refused = engine.docker('start', 'three', check=False)
    assert refused.code != 0 and 'all ports are allocated' in refused.err
    engine.docker('rm', '-f', 'one', 'two', 'three')


def test_names_of_a_host_in_a_domain(daemon):
    engine = daemon()
    said = engine.docker('run', '--rm', '--hostname', 'hal', '--domainname', 'example.com', BOX, 'sh', '-c', 'cat /etc/hostname; hostname -f').out
    assert said == 'hal\nhal.example.com\n'


def test_links_on_a_users_network_are_the_endpoints_own(daemon):
    engine = daemon()
    engine.docker('network', 'create', 'lan')
    engine.docker('run', '-d', '--name', 'first', '--network', 'lan', BOX, 'sleep', '1000')
    engine.docker('run', '-d', '--name', 'second', '--network', 'lan', '--link', 'first:alias', BOX, 'sleep', '1000')
    shown = engine.inspect('second')
    assert shown['HostConfig']['Links'] is None
    assert shown['NetworkSettings']['Networks']['lan']['Links'] == ['first:alias']
    engine.docker('rm', '-f', 'first', 'second')


def test_an_operation_takes_one_platform(daemon):
    engine = daemon()
    for method, path in (('GET', f'/images/{BOX}/history'), ('GET', f'/images/{BOX}/get'), ('POST', '/images/load')):
        refused = engine.api.call(method, path, query={'platform': ('{}', '{}')})
        assert (refused.status, refused.message) == (400, 'multiple platform parameters not supported')


def test_weights_of_devices_that_take_none_are_left_out(engine, tmp_path):
    device = tmp_path / 'loop'                                   # its scheduler is not one that weighs
    os.mknod(device, stat.S_IFBLK | 0o600, os.makedev(7, 0))
    for path in (str(device), '/dev/null', '/dev/nosuch'):
        made = engine.api.post('/containers/create', {'Image': BOX, 'Cmd': ['true'], 'HostConfig': {'BlkioWeightDevice': [{'Path': path, 'Weight': 100}]}})
        assert made.json()['Warnings'] == ['Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.']
        assert engine.inspect(made.json()['Id'])['HostConfig']['BlkioWeightDevice'] == []
        assert engine.api.post(f'/containers/{made.json()["Id"]}/start').status == 204
    engine.clear()


def test_settings_of_windows_alone(daemon):
    engine = daemon()
    answer = engine.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'CpuCount': 1, 'CpuPercent': 10}}, query={'name': 'counted'})
    assert (answer.status, answer.json()['Warnings']) == (201, ['linux does not support CPU percent. Percent discarded.'])
    for field, what in (('IOMaximumIOps', 'IOPs'), ('IOMaximumBandwidth', 'bandwidth')):
        assert create(engine, 'fast', HostConfig={field: 1}) == (400, f'invalid QoS settings: linux does not support configuration of maximum {what}')
    engine.docker('rm', 'counted')


FORM = {'Content-Type': 'application/x-www-form-urlencoded'}


def test_a_form_says_what_a_query_says(daemon):
    engine = daemon()
    engine.docker('run', '-d', '--name', 'deaf', BOX, 'sleep', '1000')
    assert engine.api.post('/containers/deaf/kill', 'signal=TERM', headers=FORM).status == 204
    assert engine.inspect('deaf')['State']['Running'], 'it was not killed: a first process may ignore TERM'
    assert engine.api.post('/containers/deaf/rename?name=query', 'name=form', headers=FORM).status == 204
    refused = engine.api.post('/containers/create', 'Image=x', headers=FORM)
    assert refused.status == 400 and 'application/json' in refused.message
    engine.docker('rm', '-f', 'form')


def test_values_that_mean_nothing_are_refused_by_name(daemon):
    engine = daemon()
    engine.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')

    def refusal(method: str, path: str, body=None) -> str:
        answer = engine.api.call(method, path, body=body)
        assert answer.status == 400, (path, body, answer.status, answer.body)
        return answer.message

    def host(**config) -> str:
        return refusal('POST', '/containers/create?name=no', {'Image': BOX, 'HostConfig': config})
    assert host(Binds=['/tmp/q\0b:/x']) == 'HostConfig.Binds[0]: must not contain a NUL'
    assert host(DeviceCgroupRules=['c a:b rwm']) == "invalid device cgroup rule format: 'c a:b rwm'"
    assert host(NetworkMode='none', Links=['nope:n']) == 'could not get container for nope: No such container: nope'
    assert host(LogConfig={'Type': 'json-file', 'Config': {'compress': 'true'}}).startswith('compress cannot be true')
    assert refusal('POST', '/volumes/create', {'Name': 'v\0w'}) == 'Name: must not contain a NUL'
    assert refusal('POST', '/networks/create', {'Name': 'n', 'Labels': {'a': '\0'}}) == 'Labels.a: must not contain a NUL'
    assert refusal('POST', '/networks/create', {'Name': 'n', 'Options': []}) == 'Options: must be an object'
    assert refusal('GET', '/containers/b%00ox/json') == 'id in the path: must not contain a NUL'
    assert refusal('GET', '/containers/json?all=%zz') == 'invalid URL escape "%zz"'
    assert refusal('GET', '/containers/json?all=1;size=1') == 'invalid semicolon separator in query'
    assert refusal('GET', '/images/json?filters=%7B%22reference%22:%5B%22%5B%22%5D%7D').endswith('syntax error in pattern')
    assert refusal('GET', '/containers/box/top?ps_args=--bogus').startswith('ps: ')
    assert refusal('POST', '/containers/box/start?checkpoint=c') == 'checkpoint is only supported in experimental mode'
    assert refusal('POST', '/containers/box/update', {'Init': True}) == 'Init cannot be changed after create'
    for variable in ('', '=x'):
        assert refusal('POST', '/containers/box/exec', {'Cmd': ['true'], 'Env': [variable]}) == f'invalid environment variable: {variable}'
    assert refusal('POST', '/containers/box/exec', {'Cmd': ['true'], 'Tty': True, 'ConsoleSize': [1]}) == 'ConsoleSize: must hold height and width'
    made = engine.api.post('/containers/box/exec', {'Cmd': ['true']}).json()['Id']
    assert refusal('POST', f'/exec/{made}/start', {'Detach': True, 'Tty': 'x'}) == 'Tty: must be true or false'
    assert refusal('POST', f'/exec/{made}/start', {'ConsoleSize': [1, 70000]}) == 'ConsoleSize: is out of range'
    assert refusal('POST', '/images/create') == 'fromImage or fromSrc must be given'
    assert 'bogus' in refusal('POST', '/images/create?fromSrc=bogus://x')
    assert refusal('POST', '/auth', {'serveraddress': 'http://'}) == 'no Host in request URL'
    engine.docker('rm', '-f', 'box')


def test_a_link_of_proc_that_leads_nowhere_is_not_found(daemon):
    engine = daemon()
    engine.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
    assert engine.api.get('/containers/box/archive?path=/proc/self/exe').status == 404
    engine.docker('rm', '-f', 'box')


def test_swap_below_nothing_is_unlimited(daemon):
    engine = daemon()
    assert create(engine, 'swaps', HostConfig={'Memory': 64 << 20, 'MemorySwap': -2}) == (201, '')
    engine.docker('start', 'swaps')
    engine.docker('rm', '-f', 'swaps')


def test_details_of_a_log_have_its_tag(daemon):
    engine = daemon()
    engine.docker('run', '--name', 'tagged', '--label', 'a=b', '--log-opt', 'labels=a', '--log-opt', 'tag={{.Name}}!', BOX, 'echo', 'hello')
    assert engine.docker('logs', '--details', 'tagged').out == 'a=b,tag=tagged%21 hello\n'
    engine.docker('run', '--name', 'odd', '--log-opt', 'tag={{lower .Name}}', BOX, 'echo', 'hello')
    assert engine.docker('logs', '--details', 'odd').out == 'tag=%7B%7Blower+.Name%7D%7D hello\n'
    engine.docker('rm', 'tagged', 'odd')
