"""Mounts of the type image: what is seen, that nobody can change it, what keeps the image, and what is refused."""
import io
import tarfile

import pytest
from harness import leaks
from harness.engine import BOX

ENGINES = ('gantryd',)                    # younger than the reference

TOOLS = 'gt/tools'


def archive(entries: dict[str, str | None]) -> bytes:
    """A tar of files; a text that begins with -> is a link, None a directory."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode='w') as tar:
        for name, text in entries.items():
            info = tarfile.TarInfo(name)
            info.mode = 0o755
            content = b''
            if text is None:
                info.type = tarfile.DIRTYPE
            elif text.startswith('->'):
                info.type, info.linkname = tarfile.SYMTYPE, text[2:]
            else:
                content = text.encode()
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return data.getvalue()


FILES = {'hello': 'from the image\n', 'sub': None, 'sub/deep': 'deep\n', 'inside': '->sub', 'outside': '->../../../../../../etc',
         'absolute': '->/etc'}


def load_tools(engine) -> str:
    return engine.docker('import', '-', TOOLS, input=archive(FILES)).id


@pytest.fixture
def box(engine):
    load_tools(engine)
    yield engine
    engine.clear()
    engine.docker('rmi', '-f', TOOLS, check=False)
    engine.docker('image', 'prune', '-f')


def mount(target: str = '/x', subpath: str | None = None, source: str = TOOLS, **more) -> dict:
    options = {} if subpath is None else {'ImageOptions': {'Subpath': subpath}}
    return {'Type': 'image', 'Source': source, 'Target': target, **options, **more}


def create(engine, *mounts: dict, version: str = '1.51', **config):
    return engine.api.at(version).post('/containers/create', {'Image': BOX, 'Cmd': ['sleep', '100'], 'HostConfig': {'Mounts': list(mounts)}, **config})


def test_the_cli_mounts_the_files_of_an_image(box):
    out = box.docker('run', '--rm', '--mount', f'type=image,src={TOOLS},dst=/x', BOX, 'sh', '-c', 'ls /x; cat /x/hello /x/inside/deep')
    assert out.out == 'absolute\nhello\ninside\noutside\nsub\nfrom the image\ndeep\n'
    part = box.docker('run', '--rm', '--mount', f'type=image,src={TOOLS},dst=/x,image-subpath=sub', BOX, 'cat', '/x/deep')
    assert part.out == 'deep\n'


def test_an_image_of_several_layers_is_seen_as_a_whole(box):
    box.docker('build', '-t', 'gt/layers', '-', input=f'FROM {BOX}\nRUN mkdir /one && echo 1 >/one/a && echo x >/gone\nRUN rm /gone && echo 2 >/one/b\n')
    out = box.docker('run', '--rm', '--mount', 'type=image,src=gt/layers,dst=/i', BOX, 'sh', '-c',
                     'cat /i/one/a /i/one/b; test -e /i/gone || echo gone; /i/bin/busybox echo runs; ls /i/dev /i/etc/hosts 2>&1 | tail -1')
    assert out.out.startswith('1\n2\ngone\nruns\n')
    box.docker('rmi', 'gt/layers')


def test_nobody_writes_to_it(box):
    out = box.docker('run', '--rm', '--privileged', '--mount', f'type=image,src={TOOLS},dst=/x', BOX, 'sh', '-c',
                     'touch /x/new; mount -o remount,rw /x 2>/dev/null; touch /x/sub/new; echo no >/x/hello; cat /x/hello', check=False)
    assert out.out == 'from the image\n' and out.err.count('Read-only file system') == 3


def test_inspect_shows_what_was_asked_for_and_what_is(box):
    made = create(box, mount(subpath='sub'))
    assert made.status == 201, made.body
    shown = box.inspect(made.json()['Id'])
    id = box.api.get(f'/images/{TOOLS}/json').json()['Id']
    assert shown['HostConfig']['Mounts'] == [mount(subpath='sub')]
    assert shown['Mounts'] == [{'Type': 'image', 'Name': TOOLS, 'Source': id, 'Destination': '/x', 'Mode': '', 'RW': False, 'Propagation': ''}]
    row = box.api.get('/containers/json', query={'all': 1}).json()[0]
    assert row['Mounts'][0]['Type'] == 'image' and row['Mounts'][0]['Source'] == id


@pytest.mark.parametrize('bad, status, text', [
    (mount(source='gt/nosuch'), 404, 'No such image: gt/nosuch:latest'),
    (mount(source=''), 400, 'invalid mount config for type "image": field Source must not be empty'),
    (mount(subpath='../etc'), 400, 'invalid mount config for type "image": subpath must be a relative path within the volume'),
    (mount(subpath='/etc'), 400, 'invalid mount config for type "image": subpath must be a relative path within the volume'),
    ({**mount(), 'VolumeOptions': {'NoCopy': True}}, 400,
     'VolumeOptions must not be specified on mount type "image"'),
    ({'Type': 'volume', 'Source': 'v', 'Target': '/v', 'ImageOptions': {'Subpath': 'a'}}, 400,
     'invalid mount config for type "volume": field ImageOptions must not be specified'),
])
def test_what_cannot_be_mounted_is_refused_at_create(box, bad, status, text):
    made = create(box, bad)
    assert (made.status, made.message) == (status, text)
    old = create(box, mount(), version='1.47')
    assert (old.status, old.message) == (400, 'Mount type "Image" needs API v1.48 or newer')


@pytest.mark.parametrize('path, status, text', [
    ('outside', 400, 'path concatenation escapes the base directory'), ('absolute', 400, 'path concatenation escapes the base directory'),
    ('outside/passwd', 400, 'path concatenation escapes the base directory'), ('nowhere', 404, 'cannot access path '),
])
def test_a_path_that_leads_out_or_nowhere_fails_the_start(box, path, status, text):
    made = create(box, mount(subpath=path)).json()['Id']
    begun = box.api.post(f'/containers/{made}/start')
    assert begun.status == status and begun.message.startswith(text), begun.body


@pytest.mark.parametrize('path, cmd, out', [('hello', 'cat /x', 'from the image\n'), ('inside', 'cat /x/deep', 'deep\n'), ('sub/../sub', 'ls /x', 'deep\n')])
def test_paths_inside_may_be_files_and_links_that_stay_inside(box, path, cmd, out):
    assert box.docker('run', '--rm', '--mount', f'type=image,src={TOOLS},dst=/x,image-subpath={path}', BOX, *cmd.split()).out == out


def test_the_image_is_in_use_while_the_container_exists(box):
    image = box.api.get(f'/images/{TOOLS}/json').json()['Id']
    box.docker('run', '-d', '--name', 'user', '--mount', f'type=image,src={TOOLS},dst=/x', BOX, 'sleep', '100')
    short = image.removeprefix('sha256:')[:12]
    refused = box.api.delete(f'/images/{TOOLS}')
    assert refused.status == 409 and f'is using its referenced image {short}' in refused.message
    running = box.api.delete(f'/images/{image}', query={'force': 1})
    assert running.status == 409 and 'image is being used by running container' in running.message
    box.docker('image', 'prune', '-af')
    assert box.docker('exec', 'user', 'cat', '/x/hello').out == 'from the image\n'
    assert box.api.get(f'/images/{TOOLS}/json').status == 200
    box.docker('rm', '-f', 'user')
    assert box.api.delete(f'/images/{TOOLS}').status == 200


def test_files_stay_when_the_image_is_forced_away(box):
    made = create(box, mount()).json()['Id']
    assert box.api.delete(f'/images/{TOOLS}', query={'force': 1}).status == 200
    assert box.api.post(f'/containers/{made}/start').status == 204
    assert box.docker('exec', made, 'cat', '/x/hello').out == 'from the image\n'


def test_it_is_there_again_after_restarts(daemon):
    engine = daemon()
    load_tools(engine)
    engine.docker('run', '-d', '--name', 'lasting', '--mount', f'type=image,src={TOOLS},dst=/x', BOX, 'sleep', '100')
    engine.docker('create', '--name', 'waiting', '--mount', f'type=image,src={TOOLS},dst=/x', BOX, 'cat', '/x/hello')
    engine.kill9()
    engine.start()
    assert engine.docker('exec', 'lasting', 'cat', '/x/hello').out == 'from the image\n'
    assert engine.docker('start', '-a', 'waiting').out == 'from the image\n'
    engine.docker('restart', '-t', '0', 'lasting')
    assert engine.docker('exec', 'lasting', 'cat', '/x/hello').out == 'from the image\n'
    assert engine.inspect('lasting')['Mounts'][0]['Type'] == 'image'


def test_nothing_is_left_of_it(box):
    def roots() -> list:
        return [path for place in box.root.rglob('roots') for path in place.iterdir()]
    assert create(box, mount(), mount('/y')).status == 201 and len(roots()) == 3
    box.clear()
    box.docker('run', '--rm', '--mount', f'type=image,src={TOOLS},dst=/x', '--mount', f'type=image,src={BOX},dst=/y', BOX, 'true')
    assert create(box, mount(), mount('/y', source='gt/nosuch')).status == 404
    assert not roots() and not leaks.mounts_under(box.dir)


def test_docker_cp_sees_it_in_a_stopped_container_and_does_not_write(box):
    made = create(box, mount(), mount('/part', subpath='sub')).json()['Id']
    data = box.docker_bytes('cp', f'{made}:/x/hello', '-')
    assert tarfile.open(fileobj=io.BytesIO(data)).extractfile('hello').read() == b'from the image\n'
    data = box.docker_bytes('cp', f'{made}:/part/deep', '-')
    assert tarfile.open(fileobj=io.BytesIO(data)).extractfile('deep').read() == b'deep\n'
    into = box.docker('cp', '-', f'{made}:/x', input=archive({'new': 'n'}), check=False)
    assert into.code != 0 and 'read-only' in into.err
    assert box.docker('diff', made).out == ''


def test_volumes_from_brings_it_along(box):
    box.docker('create', '--name', 'first', '--mount', f'type=image,src={TOOLS},dst=/x', BOX)
    box.docker('create', '--name', 'second', '--volumes-from', 'first', BOX, 'cat', '/x/hello')
    box.docker('rm', 'first')
    assert box.docker('start', '-a', 'second').out == 'from the image\n'
