"""Mounts of containers: paths inside volumes, binds and how far they reach, tmpfs, and what every root has."""
import os
import subprocess
from pathlib import Path

import pytest
from harness.api import Api
from harness.engine import BOX

ENGINES = ('gantryd',)                    # most of this is younger than the reference


@pytest.fixture
def box(engine):
    yield engine
    engine.clear()


def run(engine, mount: dict, *cmd: str, version: str = '1.51', privileged: bool = False):
    """A container with this entry of HostConfig.Mounts, run to its end: (create, start, exit code, output)."""
    api = engine.api.at(version)
    body = {'Image': BOX, 'Cmd': list(cmd), 'HostConfig': {'Mounts': [mount], 'Privileged': privileged}}
    made = api.post('/containers/create', body)
    if made.status != 201:
        return made, None, None, ''
    name = made.json()['Id']
    begun = api.post(f'/containers/{name}/start')
    if begun.status != 204:
        return made, begun, None, ''
    code = api.post(f'/containers/{name}/wait').json()['StatusCode']
    done = engine.docker('logs', name)
    return made, begun, code, done.out + done.err


# -- every container's root --------------------------------------------------------------------------------------------

def test_a_root_has_dockerenv_and_neither_image_nor_container_layer_hold_it(box):
    box.docker('create', '--name', 'cc', BOX, 'stat', '-c', '%s %F', '/.dockerenv')
    assert box.docker('start', '-a', 'cc').out == '0 regular empty file\n'
    upper = Path(box.inspect('cc')['GraphDriver']['Data']['UpperDir'])
    assert os.listdir(upper) == []                        # a start leaves no trace of its own
    names = subprocess.run(['tar', 't'], input=box.docker_bytes('export', 'cc'), capture_output=True, check=True).stdout.split()
    assert b'.dockerenv' in names


def test_dockerenv_may_be_removed_like_any_file(box):
    assert box.docker('run', '--rm', BOX, 'sh', '-c', 'rm /.dockerenv && ls -a / | grep -c dockerenv', check=False).out == '0\n'
    assert box.docker('run', '--rm', BOX, 'ls', '/.dockerenv').code == 0


# -- paths inside volumes ----------------------------------------------------------------------------------------------

@pytest.fixture
def shelf(box):
    """A volume with directories, files, and links that stay inside and that lead out."""
    box.docker('run', '--rm', '-v', 'shelf:/v', BOX, 'sh', '-c',
               'cd /v && mkdir -p sub hack www && echo hello >sub/file && echo foo >bar && ln -s / hack/root && '
               'ln -s ../sub hack/good && ln -s root hack/bad && ln -s ../../../../../../etc hack/up')
    yield box
    box.clear()
    box.docker('volume', 'rm', '-f', 'shelf')


def sub(path: str, target: str = '/x', **more) -> dict:
    return {'Type': 'volume', 'Source': 'shelf', 'Target': target, 'VolumeOptions': {'Subpath': path, **more}}


@pytest.mark.parametrize('path, cmd, out', [
    ('sub', ('ls', '/x'), 'file\n'), ('sub/', ('cat', '/x/file'), 'hello\n'), ('hack/good', ('ls', '/x'), 'file\n'),
    ('bar', ('cat', '/x'), 'foo\n'), ('./sub/../sub', ('ls', '/x'), 'file\n'), ('sub/file', ('cat', '/x'), 'hello\n'),
])
def test_a_path_inside_a_volume_is_mounted(shelf, path, cmd, out):
    made, begun, code, text = run(shelf, sub(path), *cmd)
    assert (code, text) == (0, out), (made.body, begun and begun.body)
    shown = shelf.inspect(made.json()['Id'])
    assert shown['Mounts'][0]['Name'] == 'shelf'
    assert shown['HostConfig']['Mounts'][0]['VolumeOptions']['Subpath'] == path


def test_what_is_written_there_is_in_the_volume(shelf):
    assert run(shelf, sub('sub'), 'touch', '/x/new')[2] == 0
    assert shelf.docker('run', '--rm', '-v', 'shelf:/v', BOX, 'ls', '/v/sub').out == 'file\nnew\n'
    code, text = run(shelf, {**sub('sub'), 'ReadOnly': True}, 'touch', '/x/never')[2:]
    assert code == 1 and 'Read-only' in text


@pytest.mark.parametrize('path', ['hack/root', 'hack/bad', 'hack/up', 'hack/root/etc'])
def test_links_that_lead_out_of_the_volume_are_refused(shelf, path):
    made, begun, _, _ = run(shelf, sub(path), 'ls', '/x')
    assert made.status == 201 and begun.status == 400
    assert begun.message.startswith('path concatenation escapes the base directory')


def test_a_path_that_is_not_there_fails_the_start(shelf):
    made, begun, _, _ = run(shelf, sub('nowhere'), 'ls', '/x')
    assert made.status == 201 and begun.status == 404
    assert 'cannot access path ' in begun.message and begun.message.endswith('/nowhere: no such file or directory')


@pytest.mark.parametrize('mount, text', [
    (sub('../etc'), 'subpath must be a relative path within the volume'), (sub('/etc'), 'subpath must be a relative path within the volume'),
    ({**sub('a'), 'Source': ''}, 'must not set Subpath when using anonymous volumes'),
    ({'Type': 'volume', 'Target': '/x', 'ReadOnly': True}, 'must not set ReadOnly mode when using anonymous volumes'),
])
def test_bad_paths_are_refused_at_create(shelf, mount, text):
    made = run(shelf, mount, 'true')[0]
    assert (made.status, made.message) == (400, f'invalid mount config for type "volume": {text}')
    old = run(shelf, sub('sub'), 'true', version='1.44')[0]
    assert (old.status, old.message) == (400, 'VolumeOptions.Subpath needs API v1.45 or newer')


def test_an_empty_directory_inside_a_volume_is_filled_from_the_image(shelf):
    assert run(shelf, sub('www', '/www'), 'cat', '/www/index.html')[3] == '<h1>It runs</h1>\n'
    assert run(shelf, sub('sub', '/www'), 'ls', '/www')[3] == 'file\n'


def test_a_path_that_is_swapped_for_a_link_never_shows_the_host(shelf):
    secret = shelf.dir / 'secret'
    secret.mkdir()
    (secret / 'file').write_text('of the host')
    shelf.docker('run', '-d', '--name', 'attacker', '-v', 'shelf:/v', BOX, 'sh', '-c',
                 f'cd /v && ln -s {secret} out && while :; do mv sub was; mv out sub; mv sub out; mv was sub; done')
    seen = [run(shelf, sub('sub'), 'cat', '/x/file')[3] for _ in range(12)]
    assert not [text for text in seen if 'of the host' in text], seen


# -- binds -------------------------------------------------------------------------------------------------------------

def bind(source, **options) -> dict:
    read_only = options.pop('ReadOnly', False)
    return {'Type': 'bind', 'Source': str(source), 'Target': '/x', 'ReadOnly': read_only, 'BindOptions': options}


@pytest.fixture
def nested(box):
    """A host directory with a file system mounted below it."""
    top = box.dir / 'nested'
    (top / 'below').mkdir(parents=True, exist_ok=True)
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', str(top / 'below')], check=True)
    (top / 'below/here').touch()
    yield top
    box.clear()
    subprocess.run(['umount', str(top / 'below')], check=True)


def test_a_missing_source_is_made_only_on_demand(box):
    missing = box.dir / 'made/for/it'
    made = run(box, bind(missing), 'true')[0]
    assert (made.status, made.message) == (400, f'invalid mount config for type "bind": bind source path does not exist: {missing}')
    assert run(box, bind(missing, CreateMountpoint=True), 'touch', '/x/f')[2] == 0
    assert (missing / 'f').exists()


def test_binds_take_along_what_is_mounted_below_unless_told_not_to(nested, box):
    assert run(box, bind(nested), 'ls', '/x/below')[3] == 'here\n'
    assert run(box, bind(nested, NonRecursive=True), 'ls', '/x/below')[3] == ''


def test_read_only_reaches_what_is_mounted_below(nested, box):
    touch = ('sh', '-c', 'touch /x/top; touch /x/below/f')
    code, text = run(box, bind(nested, ReadOnly=True), *touch)[2:]
    assert code == 1 and text.count('Read-only file system') == 2
    code, text = run(box, bind(nested, ReadOnly=True, ReadOnlyNonRecursive=True), *touch)[2:]
    assert code == 0 and text.count('Read-only file system') == 1
    assert run(box, bind(nested, ReadOnly=True, ReadOnlyForceRecursive=True), *touch)[2] == 1
    code, text = run(box, bind(nested, ReadOnly=True), *touch, version='1.43')[2:]
    assert code == 0 and text.count('Read-only file system') == 1       # as older engines did
    done = box.docker('run', '--rm', '-v', f'{nested}:/x:ro', BOX, *touch, check=False)
    assert done.code == 1 and done.err.count('Read-only file system') == 2


@pytest.mark.parametrize('options, text', [
    ({'ReadOnlyNonRecursive': True}, '!ReadOnly && BindOptions.ReadOnlyNonRecursive'),
    ({'ReadOnlyForceRecursive': True}, '!ReadOnly && BindOptions.ReadOnlyForceRecursive'),
    ({'ReadOnly': True, 'ReadOnlyNonRecursive': True, 'ReadOnlyForceRecursive': True}, 'ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive'),
])
def test_contradictions_are_refused(box, options, text):
    made = run(box, bind(box.dir, **options), 'true')[0]
    assert (made.status, made.message) == (400, 'mount options conflict: ' + text)


@pytest.fixture
def shared(box):
    """A shared mount of the host."""
    top = box.dir / 'shared'
    top.mkdir(exist_ok=True)
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', str(top)], check=True)
    subprocess.run(['mount', '--make-shared', str(top)], check=True)
    (top / 'a').mkdir()
    (top / 'b').mkdir()
    yield top
    box.clear()
    for name in ('a', 'b'):
        subprocess.run(['umount', str(top / name)], capture_output=True)
    subprocess.run(['umount', str(top)], check=True)


@pytest.mark.parametrize('mode, back', [('rshared', True), ('shared', True), ('rslave', False), ('slave', False), ('rprivate', None)])
def test_mounts_travel_as_far_as_the_propagation_says(shared, box, mode, back):
    box.docker('run', '-d', '--name', 'cc', '--privileged', '-v', f'{shared}:/x:{mode}', BOX, 'sleep', '1000')
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', str(shared / 'a')], check=True)
    (shared / 'a/from-host').touch()
    assert box.docker('exec', 'cc', 'ls', '/x/a').out == ('from-host\n' if back is not None else '')
    box.docker('exec', 'cc', 'sh', '-c', 'mount -t tmpfs tmpfs /x/b && touch /x/b/from-container')
    assert (shared / 'b/from-container').exists() is bool(back)
    assert box.inspect('cc')['Mounts'][0]['Propagation'] == mode


@pytest.mark.parametrize('mode, text', [('rshared', 'a shared mount'), ('rslave', 'a shared or slave mount')])
def test_propagation_that_the_host_does_not_have_is_refused(box, mode, text):
    top = box.dir / 'private'
    top.mkdir(exist_ok=True)
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', str(top)], check=True)
    subprocess.run(['mount', '--make-private', str(top)], check=True)
    try:
        done = box.docker('run', '--rm', '-v', f'{top}:/x:{mode}', BOX, 'true', check=False)
        assert done.code in (125, 128) and f'path {top} is mounted on {top} but it is not {text}' in done.err, done
    finally:
        subprocess.run(['umount', str(top)], check=True)


def test_sensitive_paths_are_refused_with_the_line_that_allows_them(box, daemon):
    for path, real in {'/': '/', '/etc': '/etc', '/proc/': '/proc', '/etc/../': '/', str(box.root): str(box.root)}.items():
        done = box.docker('run', '--rm', '-v', f'{path}:/host', BOX, 'true', check=False)
        assert done.code == 125 and f'allow_host_binds = ["{real}"]' in done.err and '[daemon]' in done.err, done
    link = box.dir / 'innocent'
    link.symlink_to('/')
    assert 'is not allowed' in box.docker('run', '--rm', '-v', f'{link}:/host', BOX, 'true', check=False).err
    allowed = daemon(config='[daemon]\nallow_host_binds = ["/"]\n')
    assert allowed.docker('run', '--rm', '-v', '/:/host:ro', BOX, 'ls', '-d', '/host/etc').out == '/host/etc\n'


@pytest.mark.parametrize('path', ['/bin', '/sbin', '/lib', '/lib64', '/usr/../lib'])
def test_system_directories_are_refused_by_each_of_their_names(box, path):
    if not os.path.isdir(path):
        pytest.skip(f'this host has no {path}')
    real = os.path.realpath(path)
    for name in (path, real):
        done = box.docker('run', '--rm', '-v', f'{name}:/host', BOX, 'true', check=False)
        assert done.code == 125 and f'allow_host_binds = ["{real}"]' in done.err, done
    inside = next(entry for entry in sorted(os.listdir(real)) if ':' not in entry)
    assert box.docker('run', '--rm', '-v', f'{path}/{inside}:/host:ro', BOX, 'ls', '-d', '/host').out == '/host\n'


def propagation_of(engine, *volume: str) -> str:
    container = engine.docker('create', *volume, BOX, 'true').id
    return engine.inspect(container)['Mounts'][0]['Propagation']


def test_binds_that_meet_the_engines_directory_follow_the_host(shared, daemon):
    engine = daemon(root=shared / 'engine', config=f'[daemon]\nallow_host_binds = ["{shared}"]\n')
    engine.docker('run', '-d', '--name', 'cc', '-v', f'{shared}:/x:ro', BOX, 'sleep', '1000')
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', str(shared / 'a')], check=True)
    (shared / 'a/from-host').touch()
    assert engine.docker('exec', 'cc', 'ls', '/x/a').out == 'from-host\n'
    assert engine.inspect('cc')['Mounts'][0]['Propagation'] == 'rslave'
    engine.clear()


def test_the_propagation_of_such_binds_may_not_be_private_and_need_not_be_possible(box, daemon):
    engine = daemon(config='[daemon]\nallow_host_binds = ["/"]\n')
    assert propagation_of(engine, '-v', f'{engine.root}/x:/x') == propagation_of(engine, '-v', f'{engine.dir}:/x') == 'rslave'
    assert propagation_of(engine, '--mount', f'type=bind,src={engine.root},dst=/x') == 'rslave'
    assert propagation_of(engine, '-v', f'{box.dir}:/x') == 'rprivate'
    assert engine.docker('run', '--rm', '-v', f'{engine.dir}:/x', BOX, 'ls', '-d', '/x/root').out == '/x/root\n'
    for volume in (('-v', f'{engine.dir}:/x:rprivate'), ('--mount', f'type=bind,src={engine.root},dst=/x,bind-propagation=slave')):
        done = engine.docker('create', *volume, BOX, check=False)
        assert done.code == 1 and 'must use either propagation mode "rslave" or "rshared"' in done.err, done


def test_inherited_mounts_have_no_mode_of_their_own(box):
    box.docker('create', '--name', 'giver', '-v', 'one:/one', '-v', f'{box.dir}/two:/two:ro', BOX)
    for mode in ('', ':rw', ':ro'):
        taker = box.inspect(box.docker('create', '--volumes-from', 'giver' + mode, BOX).id)
        assert sorted((m['Destination'], m['Mode'], m['RW']) for m in taker['Mounts']) == [('/one', '', mode != ':ro'), ('/two', '', False)]


def bind_volume(engine, name, path, **options):
    return engine.docker('volume', 'create', '-d', 'local', '-o', 'type=none', '-o', 'o=bind', '-o', f'device={path}', name, **options)


def test_volumes_that_are_binds_are_held_to_the_same(box, daemon):
    done = bind_volume(box, 'all', '/', check=False)
    assert done.code == 1 and 'allow_host_binds = ["/"]' in done.err and 'all' not in box.docker('volume', 'ls', '-q').out.split()
    place = box.dir / 'moves'
    place.mkdir()
    bind_volume(box, 'vv', place)
    assert box.docker('run', '--rm', '-v', 'vv:/x', BOX, 'touch', '/x/f').code == 0 and (place / 'f').exists()
    (place / 'f').unlink()
    place.rmdir()
    place.symlink_to('/etc')
    done = box.docker('run', '--rm', '-v', 'vv:/x', BOX, 'true', check=False)
    assert done.code in (125, 128) and 'allow_host_binds = ["/etc"]' in done.err, done
    box.docker('volume', 'rm', 'vv')


def test_what_is_allowed_is_what_it_leads_to(box, daemon):
    data = box.dir / 'data'
    (data / 'sub').mkdir(parents=True)
    (data / 'all').symlink_to('/')
    (box.dir / 'name').symlink_to(box.root)
    allowed = daemon(config=f'[daemon]\nallow_host_binds = ["{data}", "{box.dir / "name"}"]\n')
    assert allowed.docker('run', '--rm', '-v', f'{data}/sub:/x', BOX, 'true').code == 0
    done = allowed.docker('run', '--rm', '-v', f'{data}/all:/x', BOX, 'true', check=False)
    assert done.code == 125 and 'allow_host_binds = ["/"]' in done.err, done
    assert allowed.docker('run', '--rm', '-v', f'{box.root}:/x:ro', BOX, 'true').code == 0


@pytest.mark.parametrize('path', ['/etc/hostname', '/usr/share', '/var/lib', '/dev/null', '/sys/fs/cgroup'])
def test_everyday_binds_just_work(box, path):
    assert box.docker('run', '--rm', '-v', f'{path}:/host:ro', BOX, 'ls', '-d', '/host').out == '/host\n'


def test_the_engines_own_socket_works_in_a_container(box):
    box.docker('run', '-d', '--name', 'ryuk', '-v', f'{box.socket}:/var/run/docker.sock', BOX, 'sleep', '1000')
    inside = Api(f'/proc/{box.inspect("ryuk")["State"]["Pid"]}/root/var/run/docker.sock')
    assert [row['Names'] for row in inside.get('/containers/json').json()] == [['/ryuk']]


# -- tmpfs -------------------------------------------------------------------------------------------------------------

def test_tmpfs_options_of_mounts(box):
    mount = {'Type': 'tmpfs', 'Target': '/x', 'TmpfsOptions': {'SizeBytes': 1 << 20, 'Mode': 0o1750, 'Options': [['exec']]}}
    out = run(box, mount, 'sh', '-c', 'stat -c %a /x; grep " /x " /proc/mounts')[3].splitlines()
    assert out[0] == '1750' and 'size=1024k' in out[1] and 'noexec' not in out[1] and 'nosuid' in out[1]
    assert run(box, {'Type': 'tmpfs', 'Target': '/x', 'ReadOnly': True}, 'touch', '/x/f')[2] == 1
