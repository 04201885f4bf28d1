"""Bundles for a real OCI runtime: a busybox root filesystem and config.json."""
import copy
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

RUNTIME = os.environ.get('GANTRY_TEST_RUNTIME') or shutil.which('runc', path='/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin')
APPLETS = ('sh cat head tail sleep true false ls id stty printf dd yes seq tty ps wc env pwd echo mkdir kill grep stat nc touch '
           'readlink rm cut tr sort od setsid usleep nproc')


@cache
def busybox() -> str:
    return shutil.which('busybox', path='/usr/bin:/bin') or ''


def make_rootfs(where: Path):
    for name in ('bin', 'dev', 'etc', 'proc', 'sys', 'tmp', 'root'):
        (where / name).mkdir(parents=True)
    shutil.copy(busybox(), where / 'bin/busybox')
    for name in APPLETS.split():
        (where / 'bin' / name).symlink_to('busybox')
    (where / 'etc/passwd').write_text('root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n')
    (where / 'etc/group').write_text('root:x:0:\nuser:x:1000:\nextra:x:2000:user\n')
    (where / 'etc/notexec').write_text('not a program\n')


@cache
def default_spec() -> dict:
    """What `runc spec` writes, with the capabilities Docker gives."""
    import tempfile
    with tempfile.TemporaryDirectory() as where:
        subprocess.run([RUNTIME, 'spec'], cwd=where, check=True)
        return json.loads(Path(where, 'config.json').read_text())


DOCKER_CAPS = [f'CAP_{name}' for name in (
    'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL '
    'AUDIT_WRITE').split()]


def make_spec(args: list[str], cgroup: str, tty: bool = False, **changes) -> dict:
    """`changes`: memory=bytes, netns=path, user=(uid, gid), no_new_privileges, rlimits, seccomp, host_pid."""
    spec = copy.deepcopy(default_spec())
    process = spec['process']
    process.update(args=args, terminal=tty, noNewPrivileges=changes.get('no_new_privileges', False), rlimits=changes.get('rlimits', []))
    process['capabilities'] = {kind: DOCKER_CAPS for kind in ('bounding', 'effective', 'permitted')}
    if changes.get('console', (0, 0)) != (0, 0):
        process['consoleSize'] = dict(zip(('height', 'width'), changes['console']))
    if 'user' in changes:
        process['user'] = dict(zip(('uid', 'gid'), changes['user']))
    spec['root'] = {'path': 'rootfs', 'readonly': False}
    linux = spec['linux']
    linux['cgroupsPath'] = cgroup
    if 'memory' in changes:
        linux.setdefault('resources', {})['memory'] = {'limit': changes['memory'], 'swap': changes['memory']}
    if changes.get('host_pid'):
        linux['namespaces'] = [n for n in linux['namespaces'] if n['type'] != 'pid']
    if 'seccomp' in changes:
        linux['seccomp'] = changes['seccomp']
    if 'netns' in changes:
        for namespace in linux['namespaces']:
            if namespace['type'] == 'network':
                namespace['path'] = changes['netns']
    return spec
