"""The commands of `docker compose` beside up and down."""
import json
import signal
import time

import pytest
from harness.wait import eventually


def test_dependencies_are_waited_for_in_order(project):
    chain = project('chain')
    chain.up()
    assert chain.inspect('db')['State']['Health']['Status'] == 'healthy'
    assert chain.inspect('migrate')['State']['Status'] == 'exited'
    assert chain('logs', '--no-log-prefix', 'server').out.strip() == 'migrated'
    times = [chain.inspect(service)['State']['StartedAt'] for service in ('db', 'migrate', 'server')]
    assert times == sorted(times)
    assert chain.inspect('migrate')['State']['FinishedAt'] <= times[2]


def test_a_failed_dependency_is_named_and_stops_the_rest(project):
    chain = project('chain', MIGRATE_EXIT=4)
    done = chain.up(check=False)
    assert done.code == 1
    assert 'service "migrate" didn\'t complete successfully: exit 4' in done.err
    assert chain.inspect('server')['State']['Status'] == 'created'


def test_an_unhealthy_dependency_is_named(project):
    chain = project('chain')
    done = chain.up('needs-sick', check=False)
    assert done.code == 1
    assert 'is unhealthy' in done.err and 'chain-sick-1' in done.err
    assert chain.inspect('sick')['State']['Health']['Status'] == 'unhealthy'
    done = chain.up('--wait', 'sick', check=False)
    assert done.code == 1 and 'unhealthy' in done.err


def test_restarting_a_dependency_restarts_what_needs_it(project):
    chain = project('chain')
    chain.up()
    before = chain.inspect('server')['State']['StartedAt']
    chain('restart', '-t', '1', 'db')
    assert chain.inspect('server')['State']['StartedAt'] > before


def test_run_gives_the_commands_output_and_exit_code(project):
    dev = project('dev')
    done = dev('run', '--rm', '-T', 'job', check=False)
    assert (done.code, done.out) == (3, 'working\n')
    assert dev.inspect('web')['State']['Running'], 'run starts the dependencies'
    assert dev('run', '--rm', '-T', '--no-deps', 'job', 'cat', input='typed').out == 'typed'
    assert dev('run', '--rm', '-T', '-e', 'A=b', '--entrypoint', 'sh', 'job', '-c', 'echo $A').out == 'b\n'
    left = dev('run', '-d', '--name', 'kept', 'job', 'sleep', '1000').out.strip()
    assert dev.engine.inspect('kept')['Id'].startswith(left) or left == 'kept'
    assert not dev.engine.inspect('kept')['NetworkSettings']['Networks']['dev_default']['Aliases'] or \
        'job' not in dev.engine.inspect('kept')['NetworkSettings']['Networks']['dev_default']['Aliases']
    dev.engine.docker('rm', '-f', 'kept')


def test_port_top_ls_and_images_tell_about_the_services(project):
    dev = project('dev')
    dev.up()
    address = dev('port', 'web', '80').out.strip()
    assert address.startswith('0.0.0.0:') and int(address.split(':')[1]) > 0
    eventually(lambda: 'httpd -f -p 80' in dev('top', 'web').out, 'the program runs')
    assert json.loads(dev('ls', '--format', 'json').out)[0]['Name'] == 'dev'
    rows = json.loads(dev('images', '--format', 'json').out)
    assert [(row['Repository'], row['ContainerName']) for row in rows] == [('gt/box', 'dev-web-1')]


def test_pause_and_unpause(project):
    dev = project('dev')
    dev.up()
    dev('pause')
    assert dev.inspect('web')['State']['Status'] == 'paused'
    assert dev.ps('--status', 'paused')[0]['State'] == 'paused'
    dev('unpause')
    assert dev.inspect('web')['State']['Status'] == 'running'


def test_kill_sends_the_signal(project):
    ends = project('ends')
    ends.up('backend')
    eventually(lambda: 'backend is there' in ends('logs', 'backend').out, 'the backend is up')
    ends('kill', '-s', 'TERM', 'backend')
    eventually(lambda: ends.inspect('backend')['State']['Status'] == 'exited', 'it ended')
    assert ends.inspect('backend')['State']['ExitCode'] == 0


def test_wait_gives_the_exit_code(project):
    ends = project('ends')
    ends.up()
    assert ends('wait', 'suite', check=False).code == 5


def test_events_tell_what_happens_in_the_project(project):
    ends = project('ends', name='told')
    listening = ends.spawn('events', '--json', '--since', str(int(time.time())))      # what it missed is told first
    ends.up('backend')
    eventually(lambda: 'backend is there' in ends('logs', 'backend').out, 'the backend is up')
    ends('stop', '-t', '20', 'backend')
    seen = []
    for line in listening.stdout:
        seen.append(json.loads(line)['action'])
        if seen[-1] == 'stop':
            break
    listening.terminate()
    assert [action for action in seen if action in ('create', 'start', 'kill', 'die', 'stop')] == ['create', 'start', 'kill', 'die', 'stop']


def test_up_in_the_foreground_shows_the_output_and_ctrl_c_stops_all(project):
    ends = project('ends')
    front = ends.spawn('up', 'backend')
    seen = []
    for line in front.stdout:
        seen.append(line)
        if 'backend is there' in line:
            break
    front.send_signal(signal.SIGINT)
    rest = front.stdout.read()
    assert front.wait(20) in (0, 130), rest
    assert 'backend leaves' in ends('logs', 'backend').out, (rest, ends.inspect('backend')['State'])
    assert ends.inspect('backend')['State']['ExitCode'] == 0


def test_up_ends_with_the_exit_code_of_the_suite(project):
    ends = project('ends')
    done = ends('up', '--exit-code-from', 'suite', check=False)
    assert done.code == 5, done.err
    assert 'suite ends' in done.out and 'backend leaves' in done.out
    assert {row['State'] for row in ends.ps('-a')} == {'exited'}
    done = ends('up', '--abort-on-container-exit', check=False)
    assert done.code == 5 and 'Aborting on container exit' in done.out + done.err
    assert ends('up', '--abort-on-container-failure', check=False).code == 5


def test_force_recreate_makes_new_containers_with_the_same_volumes(project):
    chain = project('chain')
    chain.up()
    before = {service: chain.inspect(service)['Id'] for service in ('db', 'server')}
    chain.shell('server', 'echo kept >/shared/kept')
    chain.up('--force-recreate', 'db', 'server')
    assert all(chain.inspect(service)['Id'] != before[service] for service in before)
    assert chain.shell('server', 'cat /shared/kept').out == 'kept\n'
    assert chain.inspect('server')['Name'] == '/chain-server-1', 'renamed to its own name'


def test_orphans_are_named_and_removed_when_asked(project):
    twin = project('twin')
    twin.up()
    text = (twin.dir / 'compose.yaml').read_text()
    (twin.dir / 'compose.yaml').write_text(text[:text.index('  client:')])
    done = twin.up()
    assert 'twin-client-1' in done.err and 'orphan' in done.err
    twin.up('--remove-orphans')
    assert twin.engine.api.get('/containers/twin-client-1/json').status == 404


def test_create_start_scale_and_remove_one_by_one(project):
    twin = project('twin')
    twin('create')
    assert {row['State'] for row in twin.ps('-a')} == {'created'}
    twin('start', 'web')
    twin('scale', 'web=3')
    assert sorted(row['Name'] for row in twin.ps()) == ['twin-web-1', 'twin-web-2', 'twin-web-3']
    twin('scale', '--no-deps', 'web=1')
    twin('rm', '-f', '-s', 'web')
    assert [row['Name'] for row in twin.ps('-a')] == ['twin-client-1']


def past_events(engine, name: str) -> list[dict]:
    body = engine.api.get('/events', query={'since': 0, 'until': int(time.time()) + 1, 'filters': json.dumps({'container': [name]})}).body
    return [json.loads(line) for line in body.splitlines()]


def test_attach_shows_the_output_and_its_end(project):
    ends = project('ends')
    ends.up('backend')
    front = ends.spawn('attach', '--no-stdin', '--sig-proxy=false', 'backend')
    eventually(lambda: any(event['Action'] == 'attach' for event in past_events(ends.engine, 'ends-backend-1')), 'it is attached')
    ends('stop', 'backend')
    assert 'backend leaves' in front.communicate(timeout=15)[0]


def test_logs_have_tails_times_and_no_colour(project):
    ends = project('ends')
    ends.up()
    ends('wait', 'suite', check=False)
    assert ends('logs', 'suite').out == 'suite-1  | suite ends\n'
    assert ends('logs', '--no-log-prefix', '-n', '1', 'backend').out == 'backend is there\n'
    stamp = ends('logs', '-t', '--no-log-prefix', 'suite').out.split()[0]
    assert stamp.endswith('Z') and stamp > ends.inspect('suite')['State']['StartedAt'][:19]
    assert ends('logs', '--since', '1h', '--no-log-prefix', 'suite').out == 'suite ends\n'


def test_volumes_of_the_project_are_listed(project):
    chain = project('chain')
    chain.up('db', 'migrate')
    assert [json.loads(line)['Name'] for line in chain('volumes', '--format', 'json').out.splitlines()] == ['chain_shared']
    text = chain('down').err
    assert 'chain_shared' not in text, 'without -v it stays'
    assert [v['Name'] for v in chain.engine.api.get('/volumes').json()['Volumes']] == ['chain_shared']


def test_a_port_in_use_is_named(project):
    dev = project('dev')
    with dev.engine.ns.listen(0, '0.0.0.0') as taken:
        port = taken.getsockname()[1]
        dev.replace('- "80"', f'- "{port}:80"')
        done = dev.up(check=False)
    assert done.code == 1
    assert f'0.0.0.0:{port}' in done.err and 'address already in use' in done.err
    dev.up()
    assert dev.engine.fetch(port).startswith(b'HTTP/1')


def test_a_failing_command_is_named(project):
    dev = project('dev')
    dev.replace('command: httpd -f -p 80 -h /www\n    init: true', 'command: /no/such/program')
    done = dev.up(check=False)
    assert done.code == 1
    assert 'exec: "/no/such/program": stat /no/such/program: no such file or directory' in done.err
    assert dev.inspect('web')['State']['ExitCode'] == 127


def test_it_runs_as_a_plugin_of_the_docker_cli(project):
    twin = project('twin')
    plugins = twin.engine.dir / 'cli' / 'cli-plugins'
    plugins.mkdir(parents=True, exist_ok=True)
    (plugins / 'docker-compose').symlink_to(twin.program)
    try:
        twin.engine.docker('compose', '-p', 'twin', 'up', '-d', '--wait', cwd=str(twin.dir))
        assert 'twin-web-1' in twin.engine.docker('compose', '-p', 'twin', 'ps', cwd=str(twin.dir)).out
    finally:
        (plugins / 'docker-compose').unlink()


def test_a_bind_of_the_hosts_root_is_refused_with_the_line_that_allows_it(project):
    twin = project('twin')
    if twin.engine.name != 'gantryd':
        pytest.skip('dockerd allows it')
    twin.replace('command: sleep 1000', 'command: sleep 1000\n    volumes: ["/:/host"]')
    done = twin.up('client', check=False)
    assert done.code == 1 and '[daemon]' in done.err and 'allow_host_binds = ["/"]' in done.err


def test_commit_makes_an_image_of_a_service(project):
    dev = project('dev')
    dev.up()
    dev('exec', '-T', 'web', 'sh', '-c', 'echo mark > /mark')
    dev('commit', 'web', 'gt/committed')
    try:
        assert dev.engine.docker('run', '--rm', '--entrypoint', 'cat', 'gt/committed', '/mark').out == 'mark\n'
    finally:
        dev.engine.docker('rmi', '-f', 'gt/committed')
