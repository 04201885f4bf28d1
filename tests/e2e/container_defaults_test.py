"""What containers get where their request says nothing: [containers] of the configuration, beside the same of dockerd."""
import contextlib
import json
import subprocess
from pathlib import Path

import pytest
from harness import leaks, paths
from harness.engine import BOX
from harness.gantryd import Gantryd
from harness.running import KINDS, ended, started

PROFILE = {'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': ['mkdir', 'mkdirat'], 'action': 'SCMP_ACT_ERRNO'}]}
PARENT, SLICE = '/gt-defaults', '/gt-defaults.slice'
# nofile with a soft limit of its own is not for the reference: Go's runtime raises it now and then
LOOK = '''
grep -E 'NoNewPrivs|Seccomp:' /proc/self/status
grep -E 'open files|msgqueue|core file' /proc/self/limits
df -k /dev/shm | tail -1
head -c 17 /proc/1/cmdline | grep -q '^/sbin/docker-init' && echo an init
mkdir /made 2>/dev/null || echo no directory
grep -E '^(nameserver|search|options)' /etc/resolv.conf | sort
'''
CORE, QUEUE = 'Max core file size 0 0 bytes', 'Max msgqueue size 1000 3000 bytes'
SERVERS = ['nameserver 10.9.8.7', 'options timeout:3', 'search defaults.test']


def configuration(profile: str) -> str:
    return f"""[daemon]
labels = ["rack=7", "role=test"]
[containers]
init = true
no_new_privileges = true
ulimits = {{ nofile = "2000", msgqueue = "1000:3000", core = "0" }}
shm_size = "1m"
cgroup_parent = "{PARENT}"
cgroupns_mode = "private"
ipc_mode = "shareable"
dns = ["10.9.8.7"]
dns_options = ["timeout:3"]
dns_search = ["defaults.test"]
seccomp_profile = "{profile}"
"""


def options(profile: str) -> tuple[str, ...]:
    """The same for dockerd."""
    return ('--label', 'rack=7', '--label', 'role=test', '--init', '--init-path', str(paths.reference_root() / 'usr/bin/tini-static'),
            '--no-new-privileges', '--default-ulimit', 'nofile=2000', '--default-ulimit', 'msgqueue=1000:3000', '--default-ulimit', 'core=0', '--default-shm-size', '1m',
            '--cgroup-parent', PARENT, '--default-cgroupns-mode', 'private', '--default-ipc-mode', 'shareable', '--dns', '10.9.8.7',
            '--dns-opt', 'timeout:3', '--dns-search', 'defaults.test', '--seccomp-profile', profile)


@pytest.fixture(scope='module')
def profile(tmp_path_factory):
    path = tmp_path_factory.mktemp('seccomp') / 'profile.json'
    path.write_text(json.dumps(PROFILE, indent=1))
    return str(path)


def remove_groups(name: str):
    """An engine leaves the parents of its containers' cgroups."""
    for root in (leaks.CGROUPS, *leaks.CGROUPS.iterdir()):      # cgroups v2 have one, v1 one of each kind
        with contextlib.suppress(OSError):
            Path(f'{root}{name}').rmdir()


@pytest.fixture(scope='module')
def engine(request, profile):
    kind = KINDS[request.param]
    running = started(kind, config=configuration(profile)) if kind is Gantryd else started(kind, options=options(profile))
    yield running
    ended(running)
    for group in (f'{PARENT}/own', PARENT, SLICE):
        remove_groups(group)


@pytest.fixture(autouse=True)
def clean(request):
    yield
    if 'engine' in request.fixturenames:
        request.getfixturevalue('engine').clear()


def words_of(text: str) -> list[str]:
    return [' '.join(line.split()) for line in text.splitlines()]


def seen(engine, *arguments: str) -> list[str]:
    return words_of(engine.docker('run', '--rm', *arguments, BOX, 'sh', '-c', LOOK).out)


def test_containers_get_them(engine):
    assert seen(engine) == ['NoNewPrivs: 1', 'Seccomp: 2', CORE, 'Max open files 2000 2000 files', QUEUE,
                            'shm 1024 0 1024 0% /dev/shm', 'an init', 'no directory', *SERVERS]


def test_what_a_request_says_is_done(engine):
    own = seen(engine, '--init=false', '--security-opt', 'no-new-privileges=false', '--security-opt', 'seccomp=unconfined', '--ulimit', 'nofile=88',
               '--shm-size', '2m', '--dns', '10.1.1.1', '--dns-opt', 'timeout:4', '--dns-search', 'own.test')
    assert own == ['NoNewPrivs: 0', 'Seccomp: 0', CORE, 'Max open files 88 88 files', QUEUE,
                   'shm 2048 0 2048 0% /dev/shm', 'nameserver 10.1.1.1', 'options timeout:4', 'search own.test']


def test_a_privileged_container_has_no_filter(engine):
    if engine.name == 'dockerd':
        pytest.skip('its runtime needs capabilities that not every machine has')
    lines = seen(engine, '--privileged')
    assert lines[:2] == ['NoNewPrivs: 1', 'Seccomp: 0'] and 'no directory' not in lines


def test_who_shares_the_hosts_processes_gets_no_init_and_who_shares_its_network_the_servers(engine):
    lines = seen(engine, '--pid', 'host', '--network', 'host')
    assert 'an init' not in lines and lines[-3:] == SERVERS


def test_inspect_shows_what_was_fixed_at_create_and_the_limits(engine):
    engine.docker('create', '--name', 'plain', '--ulimit', 'nofile=5:6', BOX)
    host = engine.inspect('plain')['HostConfig']
    assert (host['ShmSize'], host['IpcMode'], host['CgroupnsMode']) == (1 << 20, 'shareable', 'private')
    assert {limit['Name']: (limit['Soft'], limit['Hard']) for limit in host['Ulimits']} == {'nofile': (5, 6), 'msgqueue': (1000, 3000), 'core': (0, 0)}
    assert not host['Dns'] and not host['SecurityOpt'] and host['CgroupParent'] == '' and host.get('Init') is None


def test_cgroups_are_below_the_parent_and_hidden(engine):
    for name, arguments in (('plain', ()), ('own', ('--cgroup-parent', f'../..{PARENT}/own', '--cgroupns', 'host'))):
        engine.docker('run', '-d', '--name', name, *arguments, BOX, 'sleep', '1000')
        state = engine.inspect(name)
        parent = PARENT + ('/own' if arguments else '')
        assert f'{parent}/{state["Id"]}\n' in Path(f'/proc/{state["State"]["Pid"]}/cgroup').read_text()
        groups = engine.docker('exec', name, 'cat', '/proc/1/cgroup').out
        assert (state['Id'] in groups) == bool(arguments), groups


def test_the_name_of_a_slice_is_a_parent_like_another(engine):
    """With cgroupfs as the driver, as here, also in Docker: systemd is not asked."""
    engine.docker('run', '-d', '--name', 'plain', '--cgroup-parent', SLICE[1:], BOX, 'sleep', '1000')
    state = engine.inspect('plain')
    assert state['HostConfig']['CgroupParent'] == SLICE[1:]
    assert f'{SLICE}/{state["Id"]}\n' in Path(f'/proc/{state["State"]["Pid"]}/cgroup').read_text()


def test_execs_have_the_limits_of_their_container_and_its_filter(engine):
    engine.docker('run', '-d', '--name', 'plain', BOX, 'sleep', '1000')
    lines = engine.docker('exec', 'plain', 'sh', '-c', 'ulimit -n; ulimit -c; mkdir /made || echo no directory').out.splitlines()
    assert lines == ['2000', '0', 'no directory']


def test_memory_of_a_container_may_be_joined(engine):
    engine.docker('run', '-d', '--name', 'owner', BOX, 'sleep', '1000')
    engine.docker('exec', 'owner', 'sh', '-c', 'echo word > /dev/shm/file')
    assert engine.docker('run', '--rm', '--ipc', 'container:owner', BOX, 'cat', '/dev/shm/file').out == 'word\n'
    engine.docker('run', '-d', '--name', 'closed', '--ipc', 'private', BOX, 'sleep', '1000')
    assert 'non-shareable IPC' in engine.docker('run', '--rm', '--ipc', 'container:closed', BOX, 'true', check=False).err


def test_commands_of_builds_get_them_as_containers_do(engine, tmp_path):
    (tmp_path / 'Dockerfile').write_text(f'FROM {BOX}\nRUN ulimit -n; df -k /dev/shm | tail -1; grep NoNewPrivs /proc/self/status; mkdir /made || true\n')
    told = ' '.join(engine.docker('build', '--no-cache', str(tmp_path)).out.split())
    assert ' 2000 shm 1024 ' in told and 'NoNewPrivs: 1' in told
    told = ' '.join(engine.docker('build', '--no-cache', '--ulimit', 'nofile=88', '--shm-size', '2m', str(tmp_path)).out.split())
    assert ' 88 shm 2048 ' in told


def test_info_tells_of_them(engine, profile):
    info = engine.api.get('/info').json()
    assert sorted(info['Labels']) == ['rack=7', 'role=test'] and 'name=cgroupns' in info['SecurityOptions']
    if engine.name == 'gantryd':                # dockerd says it like this in releases after the reference
        assert {f'name=seccomp,profile={profile}', 'name=no-new-privileges'} <= set(info['SecurityOptions'])
        assert 'WARNING: daemon is not using the default seccomp profile' in info['Warnings']


def test_a_container_keeps_what_create_fixed(engine):
    engine.docker('create', '--name', 'old', BOX, 'sh', '-c', LOOK)
    what, nothing = ('config', '') if engine.name == 'gantryd' else ('options', ())
    settings = getattr(engine, what)
    engine.stop()
    try:
        setattr(engine, what, nothing)
        engine.start()
        old, new = words_of(engine.docker('start', '-a', 'old').out), seen(engine)
    finally:
        engine.stop()
        setattr(engine, what, settings)
        engine.start()
    assert old[0] == 'NoNewPrivs: 1' and 'shm 1024 0 1024 0% /dev/shm' in old
    assert new[0] == 'NoNewPrivs: 0' and 'shm 65536 0 65536 0% /dev/shm' in new
    for taken_at_start in ('Max open files 2000 2000 files', CORE, QUEUE, 'an init', 'no directory', *SERVERS):
        assert taken_at_start not in old + new


@pytest.mark.parametrize('content, words', [(None, 'no such file'), ('{', 'invalid JSON'), ('[]', 'not an object')])
def test_a_profile_that_cannot_be_is_told_before_anything_starts(tmp_path, content, words):
    if reason := Gantryd.missing():
        pytest.skip(reason)
    profile, config = tmp_path / 'profile.json', tmp_path / 'gantry.toml'
    if content is not None:
        profile.write_text(content)
    config.write_text(f'[containers]\nseccomp_profile = "{profile}"\n')
    for arguments in (['--check-config'], ['--root', str(tmp_path / 'root'), '--run-dir', str(tmp_path / 'run')]):
        said = subprocess.run([str(paths.gantryd()), *arguments, '--config', str(config)], capture_output=True, text=True, timeout=20)
        assert said.returncode == 1 and f'{config}:2:19: containers.seccomp_profile: ' in said.stderr, said.stderr
        assert str(profile) in said.stderr and words in said.stderr, said.stderr
    assert not (tmp_path / 'root').exists()
    said = subprocess.run([str(paths.gantry()), 'doctor', '--config', str(config)], capture_output=True, text=True, timeout=60)
    assert said.returncode == 1 and 'FAIL  seccomp profile: ' in said.stdout + said.stderr, said
