"""AppArmor: what confines containers on hosts that have it, and what is said on those that have not."""
import shutil
import subprocess
from pathlib import Path

import pytest
from harness.engine import BOX

PROFILES = Path('/sys/kernel/security/apparmor/profiles')
HAS = PROFILES.exists() and shutil.which('apparmor_parser', path='/sbin:/usr/sbin') is not None
confined = pytest.mark.skipif(not HAS, reason='this kernel does not confine by AppArmor')
CURRENT = ['cat', '/proc/self/attr/current']


@pytest.fixture
def default(engine) -> str:
    return {'gantryd': 'gantry-default', 'dockerd': 'docker-default'}[engine.name]


@pytest.fixture(autouse=True)
def box(engine):
    yield
    engine.docker('rm', '-f', 'box', check=False)


@pytest.fixture
def own():
    """A profile of the user's own, which lets nobody read /etc/hostname."""
    text = 'profile gt-test-own flags=(attach_disconnected,mediate_deleted) {\n file,\n capability,\n network,\n signal,\n deny /etc/hostname r,\n}\n'
    subprocess.run(['apparmor_parser', '-K', '-r'], input=text, text=True, check=True)
    yield 'gt-test-own'
    subprocess.run(['apparmor_parser', '-R'], input=text, text=True, check=True)


def shown(engine, name: str) -> str:
    return engine.inspect(name)['AppArmorProfile']


@confined
def test_containers_are_confined_by_default(engine, default):
    engine.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
    assert shown(engine, 'box') == default
    assert engine.docker('exec', 'box', *CURRENT).out.strip() == f'{default} (enforce)'
    assert engine.docker('exec', '--privileged', 'box', *CURRENT).out.strip() == f'{default} (enforce)'
    assert engine.docker('run', '--rm', BOX, *CURRENT).out.strip() == f'{default} (enforce)'
    assert 'name=apparmor' in engine.api.get('/info').json()['SecurityOptions']
    assert engine.docker('stop', '-t', '10', 'box') and engine.inspect('box')['State']['ExitCode'] in (143, 137)


@confined
@pytest.mark.parametrize('option', [['--privileged'], ['--security-opt', 'apparmor=unconfined'], ['--security-opt', 'apparmor:unconfined']])
def test_unconfined(engine, option):
    engine.docker('run', '-d', '--name', 'box', *option, BOX, 'sleep', '1000')
    assert shown(engine, 'box') == 'unconfined'
    assert engine.docker('exec', 'box', *CURRENT).out.strip() == 'unconfined'


@confined
def test_a_profile_of_ones_own(engine, own):
    engine.docker('run', '-d', '--name', 'box', '--security-opt', f'apparmor={own}', BOX, 'sleep', '1000')
    assert shown(engine, 'box') == own
    for words in (['exec', 'box'], ['run', '--rm', '--security-opt', f'apparmor={own}', BOX]):
        done = engine.docker(*words, 'cat', '/etc/hostname', check=False)
        assert done.code == 1 and 'Permission denied' in done.err
    done = engine.docker('run', '--security-opt', 'apparmor=gt-no-such', BOX, check=False)
    assert done.code in (125, 126, 127) and ('"gt-no-such" is not loaded' in done.err or engine.name == 'dockerd')


@confined
def test_the_host_is_kept_from_privileges_that_a_container_was_given(engine):
    """Capabilities alone do not change mounts and the kernel's settings."""
    run = ['run', '--rm', '--cap-add', 'ALL', '--security-opt', 'seccomp=unconfined', '--security-opt', 'systempaths=unconfined']
    for script in ('mount -t tmpfs t /tmp', 'echo 1 > /proc/sysrq-trigger', 'echo 1 > /proc/sys/vm/drop_caches', 'echo 0 > /proc/sys/kernel/core_uses_pid',
                   'echo 0 > /proc/irq/default_smp_affinity', 'head -c 1 /proc/kcore'):
        done = engine.docker(*run, BOX, 'sh', '-c', script, check=False)
        assert done.code != 0 and 'ermission denied' in done.err, (script, done)


@confined
def test_ordinary_work_goes_on(engine):
    script = ('set -e; mkdir -p /w/d; cp /bin/busybox /w/busybox; chmod +x /w/busybox; /w/busybox true; ln -s busybox /w/l; echo x > /dev/shm/x; kill -0 $$; sleep 100 & kill $!; echo 0 > /proc/self/oom_score_adj;'
              ' ping -c 1 127.0.0.1 > /dev/null; ps > /dev/null; cat /proc/1/status > /dev/null; mknod /w/p p; hostname > /dev/null; echo done')
    assert engine.docker('run', '--rm', '--tmpfs', '/t', '--health-cmd', 'true', BOX, 'sh', '-c', script).out == 'done\n'
    script = 'sysctl -n kernel.shmmax net.core.somaxconn && echo 65536 > /proc/sys/kernel/shmall && unshare -n true && echo done'
    assert engine.docker('run', '--rm', '--sysctl', 'net.core.somaxconn=77', '--cap-add', 'SYS_ADMIN', '--security-opt', 'systempaths=unconfined', BOX,
                         'sh', '-c', script).out.split()[1:] == ['77', 'done']


@confined
def test_a_profile_that_somebody_removed_is_loaded_again(engine, default):
    engine.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
    for words in (['run', '--rm', BOX], ['exec', 'box']):
        subprocess.run(['apparmor_parser', '-R'], input=f'profile {default} {{\n}}\n', text=True, check=True)
        assert engine.docker(*words, *CURRENT).out.strip() == f'{default} (enforce)'


@confined
def test_a_privileged_container_with_a_profile(engine, own):
    engine.docker('run', '-d', '--name', 'box', '--privileged', '--security-opt', f'apparmor={own}', BOX, 'sleep', '1000')
    assert shown(engine, 'box') == own
    assert engine.docker('exec', 'box', *CURRENT).out.strip() == f'{own} (enforce)'


@pytest.mark.skipif(HAS, reason='this kernel confines by AppArmor')
def test_hosts_without_it(engine):
    for value in ('unconfined', 'docker-default'):
        assert engine.docker('run', '--rm', '--security-opt', f'apparmor={value}', BOX, 'true')
    engine.docker('create', '--name', 'box', BOX)
    assert shown(engine, 'box') == '' and 'name=apparmor' not in engine.api.get('/info').json()['SecurityOptions']
    if engine.name == 'gantryd':   # dockerd leaves the profile out and says nothing
        answer = engine.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'SecurityOpt': ['apparmor=mine']}})
        assert answer.status == 400 and 'HostConfig.SecurityOpt' in answer.json()['message'] and '"mine"' in answer.json()['message']
