"""What clients of the API say about a container's networks and ports that the command line cannot."""
from harness.engine import BOX
from network_cli_test import nets  # noqa: F401 - a fixture


def create(engine, name: str, cmd: list[str], **config) -> str:
    made = engine.api.post('/containers/create', {'Image': BOX, 'Cmd': cmd, **config}, query={'name': name})
    assert made.status == 201, made.body
    engine.ids.add(made.json()['Id'])
    return made.json()['Id']


def start(engine, name: str):
    started = engine.api.post(f'/containers/{name}/start')
    assert started.status == 204, started.body


def test_a_container_is_on_the_networks_that_it_names_and_on_no_other(nets):  # noqa: F811
    nets.docker('network', 'create', 'own')
    create(nets, 'one', ['sleep', '1000'], NetworkingConfig={'EndpointsConfig': {'own': {}}})
    assert list(nets.inspect('one')['NetworkSettings']['Networks']) == ['own']
    start(nets, 'one')
    shown = nets.inspect('one')
    assert list(shown['NetworkSettings']['Networks']) == ['own'] and shown['HostConfig']['NetworkMode'] in ('default', 'bridge')
    assert [line.split()[1] for line in nets.docker('exec', 'one', 'ip', '-o', '-4', 'addr').out.splitlines()] == ['lo', 'eth0']
    assert not nets.docker('network', 'inspect', '-f', '{{range .Containers}}{{.Name}}{{end}}', 'bridge').out.strip()


def test_a_port_that_is_named_without_a_binding_gets_any_port_of_the_host(nets):  # noqa: F811
    create(nets, 'web', ['httpd', '-f', '-p', '80', '-h', '/www'], ExposedPorts={'80/tcp': {}, '81/tcp': {}, '82/tcp': {}},
           HostConfig={'PortBindings': {'80/tcp': [], '81/tcp': None}})
    start(nets, 'web')
    ports = nets.inspect('web')['NetworkSettings']['Ports']
    assert {port['HostIp'] for port in ports['80/tcp']} == {'0.0.0.0', '::'} and int(ports['81/tcp'][0]['HostPort']) > 0
    assert ports['82/tcp'] is None
    assert b'It runs' in nets.fetch(int(ports['80/tcp'][0]['HostPort']))


def test_who_sees_the_end_of_the_output_sees_the_exit_code(tidy):
    for code in range(1, 21):
        create(tidy, f'short{code}', ['sh', '-c', f'exit {code}'])
        stream = tidy.api.hijack(f'/containers/short{code}/attach', query={'stream': 1, 'stdout': 1})
        start(tidy, f'short{code}')
        stream.read_all()
        state = tidy.inspect(f'short{code}')['State']
        assert (state['ExitCode'], state['Running'], state['Status']) == (code, False, 'exited')
        removed = tidy.api.delete(f'/containers/short{code}')
        assert removed.status == 204, removed.body
