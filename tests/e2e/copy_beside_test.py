"""docker cp and docker export beside what else happens to the container: its removal, and others that copy."""
import io
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.engine import BOX
from harness.wait import eventually

MIB = 1 << 20
FILES = [f'data/f{n}' for n in range(40)]  # more than all sockets and pipes on the way hold
MAKE = f'mkdir /data; for n in $(seq 0 39); do head -c {MIB} /dev/zero > /data/f$n; done; exec "$@"'


def archive(names, content: bytes, links=()) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for name, target in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.LNKTYPE, target
            tar.addfile(info)
    return out.getvalue()


def left(engine) -> list:
    places = engine.root / 'plugins/runtime-oci/roots', engine.root / 'containers'
    volumes = engine.api.get('/volumes').json()['Volumes'] or []
    return [p.name for place in places for p in place.iterdir()] + [volume['Name'] for volume in volumes]


@pytest.mark.parametrize('path,query,options', [('export', None, ()), ('archive', {'path': '/data'}, ()), ('archive', {'path': '/data'}, ('-v', '/data'))],
                         ids=['export', 'copy', 'copy of a volume'])
@pytest.mark.parametrize('running', [True, False], ids=['running', 'ended'])
def test_what_is_read_of_a_container_that_is_removed_is_whole(tidy, path, query, options, running):
    if tidy.name == 'dockerd' and path == 'archive':
        pytest.skip('dockerd keeps the removal waiting for the reader')
    tidy.docker('run', '-d', '--name', 'box', *options, BOX, 'sh', '-c', MAKE, 'sh', *(['sleep', '1000'] if running else ['true']))
    if running:
        tidy.docker('exec', 'box', 'sh', '-c', f'until [ "$(stat -c %s /data/f39 2>/dev/null)" = {MIB} ]; do sleep 0.05; done')
    else:
        tidy.docker('wait', 'box')
    with tidy.api.stream('GET', f'/containers/box/{path}', query=query) as stream:
        assert stream.status == 200
        assert tidy.api.delete('/containers/box', query={'force': 1, 'v': 1}).status == 204
        assert tidy.api.get('/containers/box/json').status == 404
        tar = tarfile.open(fileobj=io.BytesIO(stream.read(60)))
    sizes = {m.name: m.size for m in tar.getmembers() if m.isfile() and m.name.startswith('data/')}
    assert sizes == dict.fromkeys(FILES, MIB)
    if tidy.name == 'gantryd':
        eventually(lambda: not left(tidy), 'its files and its volume go with the reader')


def test_a_container_that_files_are_copied_into_can_be_removed(tidy):
    if tidy.name == 'dockerd':
        pytest.skip('dockerd keeps the removal waiting for the copy')
    tidy.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
    body = io.BytesIO(archive([f'd{n % 7}/f{n}' for n in range(1500)], b'x' * 1000))
    first = body.read(MIB // 2)

    class Halting(io.RawIOBase):
        """The first half; the rest once the container is gone."""
        parts = [first, None]

        def read(self, _=-1):
            if self.parts:
                part = self.parts.pop(0)
                if part is not None:
                    return part
                assert tidy.api.delete('/containers/box', query={'force': 1}).status == 204
            return body.read(MIB)

    put = tidy.api.call('PUT', '/containers/box/archive', query={'path': '/tmp'}, body=Halting(),
                        headers={'Content-Length': str(body.getbuffer().nbytes)})
    assert put.status in (200, 404, 409), put
    assert tidy.api.get('/containers/box/json').status == 404
    eventually(lambda: not left(tidy), 'its files go with the copy')


def test_several_may_copy_the_same_files(tidy):
    tidy.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
    names = [f'd/f{n}' for n in range(50)]

    def put(n: int):
        links = [(f'd/l{n}', 'd/f0') for n in range(20)]
        return tidy.api.call('PUT', '/containers/box/archive', query={'path': '/tmp'}, body=archive(names, bytes([65 + n]) * 100, links))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(put, range(24)))
    assert [a.message for a in answers if a.status != 200] == []
    assert tidy.docker('exec', 'box', 'sh', '-c', 'ls /tmp/d | wc -l').out.strip() == '70'


@pytest.mark.parametrize('volumes', [1, 0], ids=['with its volumes', 'without its volumes'])
def test_a_removal_that_waited_for_a_reader_is_finished_by_the_next_engine(daemon, volumes):
    engine = daemon()
    engine.docker('run', '--name', 'box', '-v', '/kept', BOX, 'sh', '-c', MAKE, 'sh', 'true')
    (volume,) = [mount['Name'] for mount in engine.inspect('box')['Mounts']]
    with engine.api.stream('GET', '/containers/box/archive', query={'path': '/data'}) as stream:
        assert stream.status == 200
        assert engine.api.delete('/containers/box', query={'force': 1, 'v': volumes}).status == 204
        engine.docker('create', '--name', 'box', BOX, 'true')                   # its name is free at once
        engine.kill9()
    engine.start()
    assert engine.docker('start', 'box').out == 'box\n'
    engine.docker('rm', '-f', 'box')
    eventually(lambda: left(engine) == [volume] * (1 - volumes), 'nothing but what was to stay is there')


def test_each_use_of_a_volume_is_told_with_its_end(tidy):
    begun = time.time()
    tidy.docker('run', '-d', '--name', 'box', '-v', 'told:/v', BOX, 'sleep', '1000')
    for _ in range(2):
        assert tidy.api.get('/containers/box/archive', query={'path': '/v'}).status == 200
    tidy.docker('rm', '-f', 'box')
    seen = tidy.docker('events', '--since', str(begun), '--until', str(time.time()), '--filter', 'volume=told', '--format', '{{.Action}}').out.split()
    tidy.docker('volume', 'rm', 'told')
    assert seen.count('mount') == seen.count('unmount') >= 3, seen
