"""Devices by the Container Device Interface: files of an administrator that say what a device changes in a container."""
import json
import os
import signal
import stat
from pathlib import Path

import pytest
from harness.engine import BOX
from harness.gantryd import Gantryd
from harness.running import ended, started
from harness.wait import eventually

ENGINES = ('gantryd',)                    # the reference knows nothing of it
NO_DRIVER = 'could not select device driver "" with capabilities: [[gpu]]'
UNRESOLVABLE = 'CDI device injection failed: unresolvable CDI devices '
GPUS = """---
cdiVersion: 0.5.0
kind: nvidia.com/gpu
containerEdits:
  env:
  - NVIDIA_VISIBLE_DEVICES=void
devices:
- name: "0"
  containerEdits: {deviceNodes: [{path: /dev/nvidia0, hostPath: /dev/null}]}
- name: "1"
  containerEdits: {deviceNodes: [{path: /dev/nvidia1, hostPath: /dev/zero}]}
- name: all
  containerEdits: {deviceNodes: [{path: /dev/nvidia0, hostPath: /dev/null}, {path: /dev/nvidia1, hostPath: /dev/zero}]}
"""


class GantrydWithDevices(Gantryd):
    """Its CDI directories are its own."""

    def __init__(self):
        super().__init__()
        self.static, self.dynamic = self.dir / 'cdi', self.dir / 'cdi-run'
        self.config = f'[devices]\ncdi_dirs = ["{self.static}", "{self.dynamic}"]\n'

    def install(self, name: str, content: str | dict, where: Path | None = None):
        where = where or self.static
        where.mkdir(exist_ok=True)
        fresh = where / 'fresh'
        fresh.write_text(content if isinstance(content, str) else json.dumps(content))
        fresh.replace(where / name)

    def forget_devices(self):
        for where in (self.static, self.dynamic):
            for file in where.glob('*'):
                file.unlink()


@pytest.fixture(scope='module')
def host():
    engine = started(GantrydWithDevices)
    yield engine
    ended(engine)


@pytest.fixture
def box(host):
    yield host
    host.clear()
    host.forget_devices()


def spec(kind: str, edits: dict | None = None, **devices: dict) -> dict:
    """Each device's containerEdits by its name."""
    return {'cdiVersion': '1.0.0', 'kind': kind, 'containerEdits': edits or {},
            'devices': [{'name': name, 'containerEdits': own} for name, own in devices.items()]}


def one(**edits) -> dict:
    return spec('vendor.com/class', name=edits)


def run(engine, *args: str, **kw):
    return engine.docker('run', '--rm', *args, **kw)


def sh(engine, *args: str, of: str = 'vendor.com/class=name') -> str:
    """The output of a shell line, the last of args, in a container that has the device."""
    return run(engine, '--device', of, *args[:-1], BOX, 'sh', '-c', args[-1]).out


# -- what a device changes ---------------------------------------------------------------------------------------------

def test_a_node_is_there_under_its_own_name_and_may_be_used(box):
    box.install('v.json', one(deviceNodes=[{'path': '/dev/vendor0', 'hostPath': '/dev/zero'}]))
    assert sh(box, 'stat -c "%F %t:%T %a" /dev/vendor0; head -c 3 /dev/vendor0 | wc -c').split('\n')[:2] == \
        ['character special file 1:5 666', '3']


def test_a_node_may_be_described_as_a_whole(box):
    node = {'path': '/dev/vendor/x', 'type': 'c', 'major': 1, 'minor': 5, 'fileMode': 0o640, 'uid': 7, 'gid': 8}
    box.install('v.json', one(deviceNodes=[node]))
    assert sh(box, 'stat -c "%t:%T %a %u:%g" /dev/vendor/x; head -c 1 /dev/vendor/x | wc -c').split('\n')[:2] == ['1:5 640 7:8', '1']


@pytest.mark.skipif(not os.path.exists('/dev/loop-control'), reason='needs a device that containers may not use')
@pytest.mark.parametrize('given, works', [('', 'rw'), ('r', 'r'), ('none', '')])
def test_the_control_group_lets_through_what_the_permissions_say(box, given, works):
    box.install('v.json', one(deviceNodes=[{'path': '/dev/v', 'hostPath': '/dev/loop-control', 'permissions': given}]))
    assert sh(box, 'stat -c %F /dev/v; (: </dev/v) 2>/dev/null && echo r; (: >/dev/v) 2>/dev/null && echo w; true') == \
        'character special file\n' + ''.join(f'{letter}\n' for letter in works)


def test_a_node_without_an_owner_is_the_users(box):
    box.install('v.json', one(deviceNodes=[{'path': '/dev/v', 'hostPath': '/dev/null', 'fileMode': 0o600}]))
    assert sh(box, '-u', '1234:99', 'stat -c "%a %u:%g" /dev/v; echo x >/dev/v && echo written') == '600 1234:99\nwritten\n'


def test_a_node_without_a_mode_is_everybodys(box):
    """Whatever the host's node is."""
    own = box.dir / 'null'
    os.mknod(own, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    box.install('v.json', one(deviceNodes=[{'path': '/dev/v', 'hostPath': str(own)}]))
    assert sh(box, '-u', '1234:99', 'stat -c "%a %t:%T" /dev/v; echo x >/dev/v && echo written') == '666 1:3\nwritten\n'


def test_variables_come_over_the_containers_own_and_groups_with_them(box):
    box.install('v.json', one(env=['ADDED=1', 'SET=device'], additionalGids=[4711]))
    out = sh(box, '-e', 'SET=client', '-e', 'KEPT=1', 'echo $ADDED $SET $KEPT; id -G')
    assert out.split('\n')[0] == '1 device 1' and '4711' in out.split('\n')[1].split()


def test_mounts_of_the_administrator_are_not_those_of_clients(box):
    """A client may not bind the engine's directory; who writes to /etc/cdi may."""
    tools = box.root / 'tools'
    tools.mkdir(exist_ok=True)
    (tools / 'word').write_text('from the host\n')
    mount = {'hostPath': str(tools), 'containerPath': '/opt/tools', 'options': ['ro', 'nosuid', 'nodev', 'bind']}
    box.install('v.json', one(mounts=[mount]))
    assert sh(box, 'cat /opt/tools/word; touch /opt/tools/x 2>/dev/null || echo read-only') == 'from the host\nread-only\n'
    assert 'is not allowed' in run(box, '-v', f'{tools}:/x', BOX, 'true', check=False).err
    assert run(box, '--device', 'vendor.com/class=name', '-v', f'{box.static}:/opt/tools', BOX, 'ls', '/opt/tools', check=False).out == 'word\n'


def test_a_mount_of_what_is_not_there_fails_the_start_with_its_path(box):
    box.install('v.json', one(mounts=[{'hostPath': '/nowhere/at/all', 'containerPath': '/x'}]))
    done = run(box, '--device', 'vendor.com/class=name', BOX, 'true', check=False)
    assert done.code in (125, 127) and '/nowhere/at/all' in done.err, done


def hook(box, name: str, script: str) -> Path:
    """A program of the host that writes what it has to say to <name>.out; the state is on its stdin."""
    path = box.dir / name
    path.write_text(f'#!/bin/sh\nexec >>{box.dir}/{name}.out\n{script}\n')
    path.chmod(0o755)
    path.with_name(name + '.out').unlink(missing_ok=True)
    return path


def test_hooks_run_at_their_stages_with_their_arguments(box):
    stages = ('prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop')
    path = hook(box, 'tell', 'echo "$@" $WORD "$(cat | tr -d "\\n" | grep -c bundle)"')
    box.install('v.json', one(hooks=[{'hookName': stage, 'path': str(path), 'args': ['tell', stage], 'env': ['WORD=said', 'PATH=/bin:/usr/bin'],
                                      'timeout': 10} for stage in stages]))
    run(box, '--device', 'vendor.com/class=name', BOX, 'true')
    lines = (box.dir / 'tell.out').read_text().splitlines()
    assert sorted(lines) == sorted(f'{stage} said 1' for stage in stages) and lines.index('createContainer said 1') < lines.index('poststop said 1')


def test_a_hook_may_write_to_the_root_before_the_process_starts(box):
    """As those of graphics cards do, which make links to libraries."""
    path = hook(box, 'link', 'bundle=$(sed \'s/.*"bundle":"\\([^"]*\\)".*/\\1/\')\nln -s somewhere "$bundle/rootfs/link"')
    box.install('v.json', one(hooks=[{'hookName': 'createContainer', 'path': str(path), 'env': ['PATH=/bin:/usr/bin']}]))
    assert sh(box, 'readlink /link') == 'somewhere\n'


def test_a_hook_that_fails_fails_the_start(box):
    path = hook(box, 'fail', 'echo no luck >&2; exit 3')
    box.install('v.json', one(hooks=[{'hookName': 'createContainer', 'path': str(path)}]))
    done = run(box, '--device', 'vendor.com/class=name', BOX, 'true', check=False)
    assert done.code != 0 and 'hook' in done.err, done


# -- which devices -----------------------------------------------------------------------------------------------------

def test_several_devices_and_what_goes_with_all_of_a_file(box):
    box.install('v.json', spec('vendor.com/class', {'env': ['ALL=1']}, a={'env': ['A=1']}, b={'env': ['B=1']}, c={'env': ['C=1']}))
    out = run(box, '--device', 'vendor.com/class=a', '--device', 'vendor.com/class=b', '--device', '/dev/null:/dev/mine', BOX,
              'sh', '-c', 'echo $ALL $A $B none$C; ls /dev/mine').out
    assert out == '1 1 1 none\n/dev/mine\n'


def test_a_privileged_container_has_them_too(box):
    box.install('v.json', one(env=['HERE=1'], deviceNodes=[{'path': '/dev/v', 'hostPath': '/dev/zero'}]))
    assert sh(box, '--privileged', 'echo $HERE; head -c 2 /dev/v | wc -c').split() == ['1', '2']


def test_inspect_shows_what_was_asked_for(box):
    box.install('v.json', one(env=['A=1']))
    box.docker('create', '--name', 'cc', '--device', 'vendor.com/class=name', BOX)
    config = box.inspect('cc')['HostConfig']
    assert config['DeviceRequests'] == [{'Driver': 'cdi', 'Count': 0, 'DeviceIDs': ['vendor.com/class=name'], 'Capabilities': None, 'Options': None}]
    assert not config['Devices']


def test_a_client_may_name_one_among_the_devices(box):
    box.install('v.json', one(env=['A=1']))
    body = {'Image': BOX, 'Cmd': ['sh', '-c', 'echo $A'], 'HostConfig': {'Devices': [{'PathOnHost': 'vendor.com/class=name'}]}}
    made = box.api.post('/containers/create', body).json()['Id']
    assert box.docker('start', '-a', made).out == '1\n'


def test_files_are_read_anew_at_each_start_and_a_later_directory_wins(box):
    box.install('v.json', one(env=['FROM=static']))
    box.docker('create', '--name', 'cc', '--device', 'vendor.com/class=name', BOX, 'sh', '-c', 'echo $FROM')
    assert box.docker('start', '-a', 'cc').out == 'static\n'
    box.install('v.json', one(env=['FROM=dynamic']), box.dynamic)
    assert box.docker('start', '-a', 'cc').out == 'dynamic\n'
    box.forget_devices()
    done = box.docker('start', '-a', 'cc', check=False)
    assert done.code == 1 and UNRESOLVABLE + 'vendor.com/class=name' in done.err, done
    assert UNRESOLVABLE in box.inspect('cc')['State']['Error']


def test_a_restart_policy_and_a_new_daemon_find_the_devices_again(box):
    box.install('v.json', one(env=['FROM=first'], deviceNodes=[{'path': '/dev/v', 'hostPath': '/dev/zero'}]))
    box.docker('run', '-d', '--name', 'cc', '--restart', 'always', '--device', 'vendor.com/class=name', BOX, 'sh', '-c', 'echo $FROM; sleep 1000')
    eventually(lambda: box.docker('logs', 'cc').out == 'first\n', 'it has said so before it is ended')
    box.install('v.json', one(env=['FROM=second'], deviceNodes=[{'path': '/dev/v', 'hostPath': '/dev/zero'}]))
    pid = box.inspect('cc')['State']['Pid']
    box.kill9()
    os.kill(pid, signal.SIGKILL)                          # nobody is there to see it end
    box.start()
    eventually(lambda: box.docker('logs', 'cc').out == 'first\nsecond\n', 'it runs again, with what the device is now')
    assert box.docker('exec', 'cc', 'stat', '-c', '%t:%T', '/dev/v').out == '1:5\n'
    os.kill(box.inspect('cc')['State']['Pid'], signal.SIGKILL)
    eventually(lambda: box.docker('logs', 'cc').out == 'first\nsecond\nsecond\n', 'and once more by its policy')


# -- graphics cards ----------------------------------------------------------------------------------------------------

def cards(box, *gpus: str):
    """Which of the cards a container sees."""
    options = [part for one in gpus for part in ('--gpus', one)]
    return run(box, *options, BOX, 'sh', '-c', 'ls /dev | grep nvidia', check=False)


@pytest.mark.parametrize('asked, seen', [('all', [0, 1]), ('2', [0, 1]), ('1', [0]), ('device=1', [1]), ('"device=0,1"', [0, 1]),
                                         ('all,capabilities=utility', [0, 1]), ('driver=nvidia,count=1', [0]), ('device=nvidia.com/gpu=1', [1])])
def test_graphics_cards_are_all_so_many_or_these(box, asked, seen):
    box.install('nvidia.yaml', GPUS)
    assert cards(box, asked).out.split() == [f'nvidia{n}' for n in seen]


def test_more_cards_than_there_are_and_unknown_ones_are_named(box):
    box.install('nvidia.yaml', GPUS)
    for asked, missing in {'3': 'nvidia.com/gpu=2', 'device=7': 'nvidia.com/gpu=7'}.items():
        done = cards(box, asked)
        assert done.code == 125 and done.err.strip().split('\n')[0].endswith(UNRESOLVABLE + missing), done


def test_without_cards_there_is_no_driver(box):
    done = cards(box, 'all')
    assert done.code == 125 and NO_DRIVER in done.err, done
    box.install('nvidia.yaml', GPUS)
    assert 'could not select device driver "" with capabilities: [[tpu gpu]]' in cards(box, 'all,capabilities=tpu').err
    assert 'could not select device driver "amd" with capabilities: [[gpu]]' in cards(box, 'all,driver=amd').err


def test_another_vendors_cards(box):
    box.install('amd.yaml', GPUS.replace('nvidia.com', 'amd.com'))
    assert cards(box, 'all').out.split() == ['nvidia0', 'nvidia1']
    assert 'could not select device driver "nvidia"' in cards(box, 'all,driver=nvidia').err


# -- faults ------------------------------------------------------------------------------------------------------------

def test_devices_that_are_not_there_are_named(box):
    box.install('v.json', one(env=['A=1']))
    done = run(box, '--device', 'vendor.com/class=name', '--device', 'vendor.com/class=x', '--device', 'other.com/class=y', BOX, check=False)
    assert done.code == 125 and UNRESOLVABLE + 'vendor.com/class=x, other.com/class=y' in done.err, done


def test_a_node_that_the_host_does_not_have_fails_the_start(box):
    box.install('v.json', one(deviceNodes=[{'path': '/dev/v', 'hostPath': '/dev/gone'}]))
    done = run(box, '--device', 'vendor.com/class=name', BOX, check=False)
    assert done.code != 0 and 'CDI device injection failed: failed to inject devices: host device "/dev/gone"' in done.err, done


def test_a_broken_file_is_named_where_it_matters_and_hurts_no_other(box):
    box.install('good.json', one(env=['A=1']))
    box.install('broken.yaml', 'kind: other.com/class\ncdiVersion: 0.6.0\ndevices:\n- name: y\n  containerEdits: {nodes: []}\n')
    assert sh(box, 'echo $A') == '1\n'
    other = run(box, '--device', 'vendor.com/class=x', BOX, check=False)
    assert UNRESOLVABLE + 'vendor.com/class=x' in other.err and 'broken.yaml' not in other.err
    done = run(box, '--device', 'other.com/class=y', BOX, check=False)
    assert f'{UNRESOLVABLE}other.com/class=y: {box.static}/broken.yaml: devices[0].containerEdits.nodes: ' in done.err


def test_info_tells_of_directories_devices_and_faults(box):
    info = box.api.get('/info').json()
    assert info['CDISpecDirs'] == [str(box.static), str(box.dynamic)] and 'DiscoveredDevices' not in info and not info['Warnings']
    box.install('nvidia.yaml', GPUS)
    box.install('one.json', one(env=['A=1']))
    box.install('two.json', one(env=['A=2']))
    box.install('bad.json', '{')
    info = box.api.get('/info').json()
    assert info['DiscoveredDevices'] == [{'Source': 'cdi', 'ID': f'nvidia.com/gpu={name}'} for name in ('0', '1', 'all')]
    warnings = '\n'.join(info['Warnings'])
    assert f'CDI: Error associated with spec file {box.static}/bad.json: ' in warnings and 'conflicting device "vendor.com/class=name"' in warnings
    text = box.docker('info')
    assert f'  {box.static}\n' in text.out and 'cdi: nvidia.com/gpu=all' in text.out and 'bad.json' in text.err
    assert 'DiscoveredDevices' not in box.api.at('1.49').get('/info').json()


def test_cdi_may_be_switched_off(daemon):
    off = daemon(config='[devices]\ncdi_dirs = []\n')
    assert off.api.get('/info').json()['CDISpecDirs'] == []
    done = off.docker('run', '--rm', '--device', 'vendor.com/class=name', BOX, check=False)
    assert done.code == 125 and 'could not select device driver "cdi" with capabilities: []' in done.err, done
