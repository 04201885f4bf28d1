"""gantryd itself: its options and configuration, its sockets, one engine per root; and the tool `gantry`."""
import contextlib
import os
import threading
import re
import signal
import socket
import stat
import subprocess
import time

import pytest
from harness import paths
from harness.engine import BOX
from harness.gantryd import Gantryd
from harness.wait import eventually


@pytest.fixture(autouse=True)
def built():
    if reason := Gantryd.missing():
        pytest.skip(reason)


def run(*argv, **kw) -> subprocess.CompletedProcess:
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL, **kw)


def check(tmp_path, text: str) -> subprocess.CompletedProcess:
    (tmp_path / 'gantry.toml').write_text(text)
    return run(paths.gantryd(), '--check-config', '--config', tmp_path / 'gantry.toml')


def test_good_configuration_passes(tmp_path):
    done = check(tmp_path, '[daemon]\nlog_level = "debug"\n[runtime]\nplugin = "runtime-oci"\n[volume]\nplugins = ["volume-local"]\n'
                           '[plugins."runtime-oci"]\n')
    assert done.returncode == 0, done.stderr


def test_a_table_of_a_plugin_that_is_not_enabled_is_a_warning(tmp_path):
    done = check(tmp_path, '[plugins."volume-dokcer"]\ntimeout = 1\n')
    assert done.returncode == 0 and 'warning: [plugins."volume-dokcer"] has no effect' in done.stdout, done


@pytest.mark.parametrize('text, where', [('[daemon]\nhots = ["unix:///x"]\n', r':2:\d+: .*hots'), ('[daemon\n', r':1:\d+'),
                                         ('[daemon]\nlog_level = 5\n', r':2:\d+: .*log_level'), ('[nothing]\n', r':1:\d+: .*nothing'),
                                         ('[daemon]\nhosts = ["tcp//x"]\n', r':2:\d+: .*hosts')])
def test_faults_are_named_with_line_and_column(tmp_path, text, where):
    done = check(tmp_path, text)
    assert done.returncode != 0 and re.search('gantry.toml' + where, done.stderr + done.stdout), done.stderr + done.stdout


def test_missing_configuration_file_and_unknown_option(tmp_path):
    done = run(paths.gantryd(), '--config', tmp_path / 'none.toml')
    assert done.returncode != 0 and 'none.toml' in done.stderr + done.stdout
    assert run(paths.gantryd(), '--nonsense').returncode != 0
    assert 'gantryd' in run(paths.gantryd(), '--help').stdout
    assert re.search(r'\d+\.\d+\.\d+', run(paths.gantryd(), '--version').stdout)


def test_missing_runtime_plugin_is_one_named_error(tmp_path):
    (tmp_path / 'gantry.toml').write_text('[runtime]\nplugin = "runtime-nosuch"\n')
    done = run(paths.gantryd(), '--config', tmp_path / 'gantry.toml', '--root', tmp_path / 'r', '--run-dir', tmp_path / 'u', '-H', f'unix://{tmp_path}/s')
    assert done.returncode != 0 and 'runtime-nosuch' in done.stderr


def test_socket_belongs_to_its_owner_and_goes_with_the_daemon(daemon):
    engine = daemon(prepare=False)
    mode = os.stat(engine.socket)
    assert stat.S_ISSOCK(mode.st_mode) and stat.S_IMODE(mode.st_mode) in (0o600, 0o660)
    assert engine.pidfile.read_text().strip() == str(engine.process.pid)
    engine.stop()
    assert engine.process.returncode == 0
    assert not os.path.exists(engine.socket) and not engine.pidfile.exists()


def test_second_engine_on_the_same_root_is_refused(daemon):
    first = daemon(prepare=False)
    second = daemon(start=False, root=first.root)
    with pytest.raises(RuntimeError) as refused:
        second.start()
    assert str(first.process.pid) in str(refused.value) or 'root' in str(refused.value)
    assert first.answers()


def test_live_socket_and_a_file_are_never_taken_over(daemon):
    first = daemon(prepare=False)
    second = daemon(start=False)
    second.socket = first.socket
    with pytest.raises(RuntimeError):
        second.argv()
        second.process = subprocess.Popen(second.argv(), stdout=open(second.log, 'ab'), stderr=subprocess.STDOUT)
        eventually(lambda: second.process.poll() is not None, 'refused', 10)
        assert second.process.returncode != 0
        raise RuntimeError(second.log_tail())
    assert first.answers()
    third = daemon(start=False)
    with open(third.socket, 'w') as file:
        file.write('precious')
    with pytest.raises(RuntimeError):
        third.start()
    with open(third.socket) as file:
        assert file.read() == 'precious'


def test_stale_socket_of_a_dead_daemon_is_replaced(daemon):
    engine = daemon(prepare=False)
    engine.kill9()
    assert os.path.exists(engine.socket)
    engine.start()
    assert engine.answers()


def test_two_sockets_serve_one_engine(daemon):
    engine = daemon(start=False)
    other = str(engine.dir / 'other.sock')
    engine.options = ('-H', 'unix://' + other)
    engine.start()
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(other)
        s.sendall(b'GET /_ping HTTP/1.0\r\n\r\n')
        assert b'200' in s.recv(100)


def test_its_version_is_one_of_docker_with_its_own_behind(daemon):
    engine = daemon(prepare=False)
    own = run(paths.gantryd(), '--version').stdout.split()[1].rstrip(',')
    told = engine.docker('version', '--format', '{{.Server.Version}}').out.strip()
    release, _, behind = told.partition('+gantry.')
    assert int(release.split('.')[0]) >= 20 and behind == own.rpartition('.')[0], (told, own)
    assert len(re.findall(r'\d+\.\d+\.\d+', told)) == 1, 'cAdvisor looks for one'
    assert engine.docker('info', '--format', '{{.ServerVersion}}').out.strip() == told


def test_sigterm_ends_it_quickly_also_with_clients_that_wait(daemon):
    engine = daemon(prepare=False)
    streams = [engine.api.stream('GET', '/events') for _ in range(10)]
    begun = time.monotonic()
    engine.process.send_signal(signal.SIGTERM)
    engine.process.wait(10)
    assert time.monotonic() - begun < 3 and engine.process.returncode == 0
    for stream in streams:
        stream.close()


def test_sigterm_during_a_patient_stop_kills_no_container(daemon):
    engine = daemon()
    engine.docker('run', '-d', '--name', 'deaf', BOX, 'sh', '-c', 'trap "echo heard" TERM; echo up; while :; do sleep 0.1; done')
    eventually(lambda: 'up' in engine.docker('logs', 'deaf').out, 'the trap is set')
    pid = engine.inspect('deaf')['State']['Pid']
    patient = engine.spawn('stop', '-t', '-1', 'deaf')
    eventually(lambda: 'heard' in engine.docker('logs', 'deaf').out, 'the signal came')
    begun = time.monotonic()
    engine.process.send_signal(signal.SIGTERM)
    engine.process.wait(10)
    assert time.monotonic() - begun < 3 and engine.process.returncode == 0
    assert patient.wait(10) != 0
    engine.start()
    state = engine.inspect('deaf')['State']
    assert state['Running'] and state['Pid'] == pid


def test_systemd_is_told_when_it_is_ready(daemon):
    engine = daemon(start=False)
    path = str(engine.dir / 'notify')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        notify.settimeout(10)
        base = engine.environment()
        engine.environment = lambda: {**base, 'NOTIFY_SOCKET': path}
        engine.start()
        assert b'READY=1' in notify.recv(1000)


def test_state_directory_from_the_environment(daemon):
    engine = daemon(start=False)
    state = engine.dir / 'from-env'
    base, argv = engine.environment(), [a for a in engine.argv()]
    at = argv.index('--root')
    del argv[at:at + 2]
    engine.argv = lambda: argv
    engine.environment = lambda: {**base, 'APPLE_DOCKER_STATE_DIR': str(state)}
    engine.start()
    assert engine.api.get('/info').json()['DockerRootDir'] == str(state)


def test_gantry_doctor_says_how_things_are(daemon):
    engine = daemon()
    done = run(paths.gantry(), 'doctor', '-H', 'unix://' + engine.socket)
    text = done.stdout + done.stderr
    assert done.returncode in (0, 1), text
    for word in ('kernel', 'cgroup', 'runtime', 'plugin', 'socket', 'disk'):
        assert word in text.lower(), f'{word} is not checked:\n{text}'
    assert f'ok    {engine.socket}: this engine answers' in text, text          # our own engine is no stranger


def test_gantry_doctor_tells_another_engine_from_ours(tmp_path):
    path = tmp_path / 's'
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer():
            client, _ = listener.accept()
            with client:
                client.recv(4096)
                client.sendall(b'HTTP/1.0 200 OK\r\nServer: Docker/20.10 (linux)\r\nContent-Type: application/json\r\n\r\n'
                               b'{"Platform":{"Name":"Docker Engine"}}')
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        done = run(paths.gantry(), 'doctor', '-H', f'unix://{path}')
        thread.join(10)
    assert done.returncode == 1 and f'FAIL  {path} is served by Docker/20.10 (linux)' in done.stdout + done.stderr


@pytest.mark.parametrize('answer', [b'HTTP/1.1\r\n\r\n', b'HTTP/1.1 soon\r\n\r\n', b'HTTP/1.1 200 OK\r\n\r\n' + b'x' * (8 << 20)],
                         ids=['no status', 'no number', 'without end'])
def test_gantry_doctor_takes_no_nonsense_for_an_answer(tmp_path, answer):
    path = tmp_path / 's'
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def give():
            client, _ = listener.accept()
            with client, contextlib.suppress(OSError):
                client.recv(4096)
                client.sendall(answer)
        thread = threading.Thread(target=give, daemon=True)
        thread.start()
        done = run(paths.gantry(), 'doctor', '-H', f'unix://{path}')
        thread.join(10)
    assert f'{path}: connected, but no answer came' in done.stdout + done.stderr, done.stdout + done.stderr


def test_gantry_config_show_prints_the_whole_configuration(tmp_path):
    (tmp_path / 'gantry.toml').write_text('[daemon]\nlog_level = "warn"\n')
    done = run(paths.gantry(), 'config', 'show', '--config', tmp_path / 'gantry.toml')
    assert done.returncode == 0, done.stderr
    import tomllib
    shown = tomllib.loads(done.stdout)
    assert shown['daemon']['log_level'] == 'warn' and shown['runtime']['plugin'] == 'runtime-oci' and shown['volume']['plugins']


def test_gantry_config_from_docker_prints_what_gantryd_reads(tmp_path):
    (tmp_path / 'daemon.json').write_text('{"registry-mirrors": ["https://mirror.example"], "default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64, "Soft": 32}}, '
                                          '"live-restore": true}')
    done = run(paths.gantry(), 'config', 'from-docker', tmp_path / 'daemon.json')
    assert done.returncode == 0 and '# left out: live-restore (' in done.stdout and 'https://mirror.example' in done.stdout, done
    (tmp_path / 'gantry.toml').write_text(done.stdout)
    checked = run(paths.gantryd(), '--check-config', '--config', tmp_path / 'gantry.toml')
    assert checked.returncode == 0, checked.stderr
    missing = run(paths.gantry(), 'config', 'from-docker', tmp_path / 'none.json')
    assert missing.returncode == 1 and 'none.json' in missing.stderr


def test_gantry_context_registers_a_docker_context(daemon):
    engine = daemon()
    environment = {**engine.client_environment(), 'PATH': os.path.dirname(paths.docker_cli()) + ':' + paths.SYSTEM_PATH}
    environment.pop('DOCKER_HOST')
    done = run(paths.gantry(), 'context', '-H', 'unix://' + engine.socket, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = run(paths.docker_cli(), 'context', 'ls', '--format', '{{.Name}} {{.DockerEndpoint}}', env=environment).stdout
    name = next(line.split()[0] for line in listed.splitlines() if engine.socket in line)
    assert run(paths.docker_cli(), '--context', name, 'info', '-f', '{{.OSType}}', env=environment).stdout.strip() == 'linux'


def test_a_second_engine_in_a_network_namespace_does_nothing_to_the_first(engine, tmp_path):
    engine.docker('run', '-d', '--name', 'box', '-p', '80', BOX, 'sleep', '1000')
    rules, links = engine.ns.nft_rules(), engine.ns.links()
    (tmp_path / 'gantry.toml').write_text('')
    refused = run(*engine.ns.enter(), paths.gantryd(), '-H', f'unix://{tmp_path}/sock', '--root', tmp_path / 'root', '--run-dir', tmp_path / 'run',
                  '--config', tmp_path / 'gantry.toml')
    assert refused.returncode != 0 and 'another engine runs in this network namespace' in refused.stderr and 'instance' in refused.stderr, refused
    assert engine.ns.nft_rules() == rules and engine.ns.links() == links
    engine.clear()
