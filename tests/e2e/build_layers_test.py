"""A step's layer is what its command left: the same as after `save` and `load`, which unpack it from its archive."""
import pytest
from harness import builds
from harness.engine import BOX

FROM = f'FROM {BOX}\n'

BASE = FROM + ('RUN mkdir -p /w/gone /w/kept /w/opaque /w/turns && touch /w/gone/a /w/kept/a /w/kept/b /w/opaque/old /w/turns/a && echo text > /w/file'
               ' && ln /w/file /w/twin && chmod 751 /w\n')
CHANGES = ' && '.join([
    'rm -f /.dockerenv', 'rm -r /w/gone', 'rm /w/kept/a', 'rm -r /w/opaque', 'mkdir /w/opaque', 'touch /w/opaque/new', 'rm -r /w/turns', 'echo x > /w/turns',
    'echo more >> /w/file', 'ln -s ../w/file /w/link', 'ln -s nowhere /w/dangling', 'mkfifo /w/fifo', 'chmod 4711 /w/kept/b', 'chown 7:8 /w/kept',
    'mkdir -m 1777 /w/sticky', 'ln /w/kept/b /w/sticky/same', 'touch -d @1600000000 /w/kept/b', 'mknod /w/null c 1 3', 'dd if=/dev/zero of=/w/sparse bs=1 count=1 seek=5000000 2>/dev/null',
    'chmod 700 /', 'mv /w/twin /w/moved', 'cp -a /w /copy', '(nc -l -U /w/socket & n=0; until [ -S /w/socket ] || [ $n = 200 ]; do usleep 10000; n=$((n+1)); done; kill $!; true)'])
LIST = 'cd /; stat -c "%n %a %u %g" .; find w copy | sort | while read f; do stat -c "%n %F %a %u:%g %s %t:%T %Y %h" "$f"; [ ! -f "$f" ] || md5sum < "$f"; [ ! -L "$f" ] || readlink "$f"; done'


def listing(engine, image: str = 'made') -> list[str]:
    return engine.docker('run', '--rm', image, 'sh', '-c', LIST).out.splitlines()


@pytest.mark.parametrize('mount', ['', '--mount=type=cache,target=/place/deep/er --mount=type=tmpfs,target=/w/kept '], ids=['plain', 'mounts'])
def test_what_a_command_left(engine, mount):
    changes = CHANGES if not mount else 'rm -r /w/gone && mkdir /more && touch /more/x'
    builds.make(engine, BASE + f'RUN {mount}{changes}')
    built = listing(engine)
    if mount and engine.name == 'gantryd':       # 20.10 keeps them
        assert builds.shell(engine, 'ls -d /place 2>/dev/null; true') == ''
    top = builds.image(engine)['RootFS']['Layers'][-1]
    archive = engine.docker_bytes('save', 'made')
    engine.docker('rmi', 'made')
    engine.docker('image', 'prune', '-f')
    assert not any(top in builds.image(engine, other['Id'])['RootFS']['Layers'] for other in builds.all_images(engine))
    engine.docker_bytes('load', input=archive)
    assert listing(engine) == built
    assert not any('socket' in line for line in built)
    assert builds.shell(engine, 'test -e /.dockerenv && echo there') == 'there\n'


def test_files_that_were_copied(engine):
    entries = [builds.entry('d/run', b'#!', 0o4755, 7, 8), builds.entry('d/x', b'x', 0o600)]
    builds.make(engine, FROM + 'RUN mkdir -p /w && echo old > /w/x\nCOPY d /w/\nWORKDIR /w/new/dir\nADD d /copy/', *entries)
    built = listing(engine)
    archive = engine.docker_bytes('save', 'made')
    engine.docker('rmi', '-f', 'made')
    engine.docker_bytes('load', input=archive)
    assert listing(engine) == built


def test_a_container_that_is_kept_has_its_files(engine):
    done = builds.make(engine, f'FROM {BOX}\nRUN echo kept > /file', rm='0')
    name = done.text.split('Running in ')[1].split()[0]
    assert engine.docker('cp', f'{name}:/file', '-').code == 0
    assert 'A /file' in engine.docker('diff', name).out
    engine.docker('rm', name)


def test_the_same_step_again(engine):
    """Its layer is there already; the root that made it again just goes."""
    first = builds.make(engine, FROM + 'RUN echo same > /f && touch -d @1600000000 /f /')
    again = builds.make(engine, FROM + 'RUN echo same > /f && touch -d @1600000000 /f /', nocache='1')
    layers = [builds.image(engine, made.id)['RootFS']['Layers'] for made in (first, again)]
    assert len(layers[0]) == len(layers[1]) and builds.shell(engine, 'cat /f') == 'same\n'


@pytest.mark.parametrize('line', ['COPY d /w/', 'RUN cd /w && touch .wh.x .wh..wh..opq .wh..wh.y new && mkdir .wh.d && touch .wh.d/in'], ids=['copied', 'made'])
def test_names_of_whiteouts_are_in_no_layer(engine, line):
    """In its archive they would take away what they are named after."""
    if engine.name == 'dockerd':
        pytest.skip('dockerd makes layers of them that cannot be read')
    names = ['.wh.x', '.wh..wh..opq', '.wh..wh.y', '.wh.d/in', 'new']
    builds.make(engine, FROM + f'RUN mkdir /w && touch /w/x\n{line}', *[(f'd/{name}', b'') for name in names])
    here = builds.shell(engine, 'ls -A /w').split()
    archive = engine.docker_bytes('save', 'made')
    engine.docker('rmi', '-f', 'made')
    engine.docker('image', 'prune', '-f')
    engine.docker_bytes('load', input=archive)
    assert builds.shell(engine, 'ls -A /w').split() == here == ['new', 'x']
