"""docker cp both ways, running, stopped and never started; mounts, links, owners, kinds of files, streams; docker diff."""
import base64
import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from harness.engine import BOX
from harness.wait import eventually

TREE = ('mkdir -p /d/sub; echo hi > /d/f; chmod 4755 /d/f; chmod 1777 /d/sub; echo s > /d/sub/s; ln -s /d/sub /lnk; ln -s f /d/lf; '
        'ln -s /nosuch/x /dang; ln -s ../../../../etc /d/up; ln /d/f /d/hard; mkfifo /d/fifo; ln -s loop /loop; chown 1000:50 /d/sub/s')


def archive(*entries) -> bytes:
    """(name, content): bytes = file, None = directory, ('link'|'hard', target), ('fifo',), ('node', major, minor)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.uid = info.gid = 1234
            info.mode, info.mtime = 0o640, 1600000000
            if content is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o750
            elif isinstance(content, bytes):
                info.size = len(content)
            elif content[0] == 'fifo':
                info.type = tarfile.FIFOTYPE
            elif content[0] == 'node':
                info.type, info.devmajor, info.devminor = tarfile.CHRTYPE, content[1], content[2]
            else:
                info.type = tarfile.SYMTYPE if content[0] == 'link' else tarfile.LNKTYPE
                info.linkname = content[1]
            tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return out.getvalue()


class Files:
    """The archive calls of one container."""

    def __init__(self, engine, name):
        self.api, self.path = engine.api, f'/containers/{name}/archive'

    def head(self, path):
        answer = self.api.call('HEAD', self.path, query={'path': path})
        shown = answer.headers.get('x-docker-container-path-stat')
        return json.loads(base64.b64decode(shown)) if answer.status == 200 else answer.status

    def get(self, path):
        answer = self.api.get(self.path, query={'path': path})
        if answer.status != 200:
            return answer.status, answer.message
        assert answer.headers['content-type'] == 'application/x-tar'
        return tarfile.open(fileobj=io.BytesIO(answer.body))

    def names(self, path):
        return self.get(path).getnames()

    def put(self, path, body, **query):
        answer = self.api.call('PUT', self.path, query={'path': path, **query}, body=body)
        return (answer.status, answer.message) if answer.status != 200 else 200


@pytest.fixture(scope='module')
def world(engine):
    """One container in each state, with the same tree, a volume and a read-only bind."""
    bind = engine.dir / 'bind'
    bind.mkdir()
    (bind / 'file').write_text('from the host\n')
    for name in ('running', 'stopped'):
        engine.docker('run', '-d', '--name', name, '-v', f'vol-{name}:/v', '-v', f'{bind}:/b:ro', BOX, 'sleep', '1000')
        engine.docker('exec', name, 'sh', '-c', TREE + '; echo in > /v/in-vol')
    engine.docker('stop', '-t', '0', 'stopped')
    engine.docker('create', '--name', 'created', '-v', 'vol-running:/deep/er/v', BOX, 'true')
    yield engine
    engine.clear()


@pytest.fixture(params=['running', 'stopped'])
def files(world, request):
    return Files(world, request.param)


def test_head_tells_kind_size_and_where_links_lead(files):
    shown = files.head('/d/f')
    assert shown['mtime'].endswith('Z') and shown['mtime'] > '2020'
    del shown['mtime']
    assert shown == {'name': 'f', 'size': 3, 'mode': 0o755 | 1 << 23, 'linkTarget': ''}
    kinds = {path: (s['name'], s['mode'] >> 20, s['linkTarget']) for path in ('/', '.', 'etc', '/etc/', '/etc/.', '/lnk', '/lnk/', '/lnk/.', '/dang',
             '/d/up', '/d/fifo', '/d/sub', '/d//sub/../f', '/../../etc') for s in [files.head(path)]}
    directory, link = 1 << 11, 1 << 7
    assert kinds == {
        '/': ('/', directory, ''), '.': ('.', directory, ''), 'etc': ('etc', directory, ''), '/etc/': ('etc', directory, ''),
        '/etc/.': ('.', directory, ''), '/lnk': ('lnk', link, '/d/sub'), '/lnk/': ('lnk', directory | 1, ''), '/lnk/.': ('.', directory | 1, ''),
        '/dang': ('dang', link, '/nosuch/x'), '/d/up': ('up', link, '/etc'), '/d/fifo': ('fifo', 1 << 5, ''),
        '/d/sub': ('sub', directory | 1, ''), '/d//sub/../f': ('f', 1 << 3, ''), '/../../etc': ('etc', directory, '')}
    assert files.head('/d/up/passwd')['name'] == 'passwd'


def test_what_is_not_there_is_said_in_dockers_words(world, files):
    for path in ('/nosuch', '/nosuch/x', '/dang/'):
        assert files.head(path) == 404
    name = files.path.split('/')[2]
    assert files.get('/nosuch') == (404, f'Could not find the file /nosuch in container {name}')
    assert files.get('') == (400, 'bad parameter: pathcannot be empty')
    assert files.put('', b'') == (400, 'bad parameter: pathcannot be empty')
    assert files.put('/nosuch', archive()) == (404, f'Could not find the file /nosuch in container {name}')
    wrong = 500 if world.name == 'dockerd' else 400
    assert files.head('/d/f/') == files.head('/d/f/x') == files.head('/loop') == wrong
    assert files.put('/etc/passwd', archive()) == (wrong, 'extraction point is not a directory')
    assert Files(world, 'nosuch').get('/') == (404, 'No such container: nosuch')


def test_an_archive_begins_with_the_name_that_was_asked_for(files):
    assert files.names('/d/f') == ['f'] and files.names('/lnk') == ['lnk']
    assert files.names('/d') == ['d', 'd/f', 'd/fifo', 'd/hard', 'd/lf', 'd/sub', 'd/sub/s', 'd/up'] == files.names('/d/')
    assert files.names('/lnk/') == ['lnk', 'lnk/s'] and files.names('/lnk/.') == ['.', './s']
    assert {'/b/file', '/bin/sh', '/v/in-vol', '/etc/hosts'} < set(files.names('/'))


def test_an_archive_keeps_what_files_are(files):
    tar = files.get('/d')
    kinds = {m.name: (m.type, m.mode & 0o7777, m.uid, m.gid, m.linkname) for m in tar.getmembers()}
    assert kinds['d/f'] == (tarfile.REGTYPE, 0o4755, 0, 0, '')
    assert kinds['d/hard'][0::4] == (tarfile.LNKTYPE, 'd/f')
    assert kinds['d/up'][0::4] == (tarfile.SYMTYPE, '../../../../etc')
    assert kinds['d/sub'][:2] == (tarfile.DIRTYPE, 0o1777)
    assert kinds['d/sub/s'][2:4] == (1000, 50)
    assert kinds['d/fifo'][0] == tarfile.FIFOTYPE
    assert tar.extractfile('d/f').read() == b'hi\n'


def test_volumes_and_binds_are_seen_at_their_places(world, files):
    assert files.get('/v/in-vol').extractfile('in-vol').read() == b'in\n'
    assert files.get('/b').extractfile('b/file').read() == b'from the host\n'
    assert files.head('/etc/hosts')['size'] > 20
    assert files.put('/v', archive(('put', b'x'))) == 200
    assert files.head('/v/put')['size'] == 1
    wrong = 500 if world.name == 'dockerd' else 400
    assert files.put('/b', archive(('put', b'x'))) == (wrong, 'mounted volume is marked read-only')


def test_a_container_that_never_ran_has_its_mounts_too(world):
    files = Files(world, 'created')
    assert files.get('/deep/er/v/in-vol').extractfile('in-vol').read() == b'in\n'
    assert files.put('/etc', archive(('motd', b'hello'))) == 200
    assert files.get('/etc/motd').extractfile('motd').read() == b'hello'
    assert world.docker('start', '-a', 'created').out == ''
    assert files.head('/etc/motd')['size'] == 5


def test_put_replaces_files_merges_directories_and_keeps_the_archives_attributes(files):
    assert files.put('/tmp', archive(('m', None), ('m/a', b'1'), ('m/l', ('link', '/etc')), ('m/h', ('hard', 'm/a')), ('m/p', ('fifo',)),
                                     ('m/n', ('node', 1, 3)), ('deep/down/file', b'2'))) == 200
    assert files.put('/tmp', archive(('m', None), ('m/a', b'new'), ('m/b', b'3'))) == 200
    found = {m.name: m for m in files.get('/tmp/m').getmembers()}
    assert list(found) == ['m', 'm/a', 'm/b', 'm/h', 'm/l', 'm/n', 'm/p']
    a = found['m/a']
    assert (a.uid, a.gid, a.mode & 0o7777, a.mtime, a.size) == (1234, 1234, 0o640, 1600000000, 3)
    assert (found['m'].uid, found['m'].mode & 0o7777, found['m'].mtime) == (1234, 0o750, 1600000000)
    assert (found['m/n'].devmajor, found['m/n'].devminor) == (1, 3)
    assert found['m/h'].size == 1 and found['m/l'].linkname == '/etc'
    assert files.head('/tmp/deep/down')['mode'] == 0o755 | 1 << 31
    assert files.put('/tmp', archive(('m', b'now a file'))) == 200, 'a directory gives way'
    assert files.head('/tmp/m')['size'] == 10


def test_kinds_are_kept_when_asked_to(world, files):
    wrong = 500 if world.name == 'dockerd' else 400
    status, message = files.put('/', archive(('d', b'1')), noOverwriteDirNonDir=1)
    assert status == wrong and message.endswith('cannot overwrite directory "/d" with non-directory "/"')
    status, message = files.put('/d', archive(('f', None)), noOverwriteDirNonDir=1)
    assert status == wrong and message.endswith('cannot overwrite non-directory "/d/f" with directory "/d"')


def test_links_in_the_way_are_followed_inside_the_container(world, files):
    name = files.path.split('/')[2]
    assert files.put('/lnk', archive(('through', b'1'))) == 200 and files.head('/d/sub/through')['size'] == 1
    assert files.put('/tmp', archive(('tl', ('link', '/d')), ('tl/by-link', b'22'))) == 200 and files.head('/d/by-link')['size'] == 2
    outside = world.dir / f'outside-{name}'
    outside.mkdir()
    files.put('/tmp', archive(('out', ('link', str(outside))), ('out/x', b'1')))       # a path that only the host has
    assert not list(outside.iterdir()), 'nothing outside of the container is touched'


def test_archives_that_climb_out_are_refused(world, files):
    wrong = 500 if world.name == 'dockerd' else 400
    status, message = files.put('/tmp', archive(('../../esc', b'1')))
    assert status == wrong and message.endswith('"../../esc" is outside of "/tmp"')
    assert files.put('/tmp', archive(('hl', ('hard', '../etc/passwd'))))[0] == wrong
    assert files.put('/tmp', archive(('hl', ('hard', 'nosuch'))))[0] == wrong
    assert files.put('/tmp', b'junk' * 1000)[0] == wrong
    assert files.put('/tmp', archive(('/absolute/file', b'1'))) == 200 and files.head('/tmp/absolute/file')['size'] == 1
    assert files.put('/tmp', b'') == 200
    assert files.head('/esc') == 404


@pytest.mark.parametrize('compression', ['gz', 'bz2', 'xz'])
def test_compressed_archives_are_unpacked(world, compression):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:' + compression) as tar:
        info = tarfile.TarInfo('z-' + compression)
        info.size = 3
        tar.addfile(info, io.BytesIO(b'abc'))
    files = Files(world, 'running')
    assert files.put('/tmp', out.getvalue()) == 200 and files.head('/tmp/z-' + compression)['size'] == 3


def test_a_read_only_root_is_kept(world):
    world.docker('run', '-d', '--name', 'ro', '--read-only', '-v', '/v2', '--tmpfs', '/t', BOX, 'sleep', '1000')
    files = Files(world, 'ro')
    wrong = 500 if world.name == 'dockerd' else 400
    assert files.put('/tmp', archive()) == (wrong, 'container rootfs is marked read-only')
    assert files.put('/v2', archive(('x', b'1'))) == 200
    if world.name == 'gantryd':                       # dockerd does not see a tmpfs
        assert files.put('/t', archive(('x', b'1'))) == 200
        assert world.docker('exec', 'ro', 'cat', '/t/x').out == '1'
    world.docker('rm', '-f', 'ro')


def test_copied_files_become_the_containers_users_when_asked_to(world):
    if world.name == 'dockerd':
        pytest.skip('20.10 looks the user up on the host')
    world.docker('run', '-d', '--name', 'user', '-u', 'ann', BOX, 'sleep', '1000')
    files = Files(world, 'user')
    assert files.put('/tmp', archive(('mine', b'1'), ('dir', None)), copyUIDGID=1) == 200
    assert {(m.uid, m.gid) for m in (files.get('/tmp/mine').getmembers() + files.get('/tmp/dir').getmembers())} == {(1000, 1000)}
    world.docker('rm', '-f', 'user')


def test_the_cli_copies_trees_both_ways(world, tmp_path):
    source = tmp_path / 'tree'
    (source / 'sub').mkdir(parents=True)
    (source / 'run.sh').write_text('#!/bin/sh\necho copied\n')
    (source / 'run.sh').chmod(0o755)
    (source / 'sub/link').symlink_to('../run.sh')
    for name in ('running', 'stopped'):
        world.docker('cp', str(source), f'{name}:/cli')
        back = tmp_path / ('back-' + name)
        world.docker('cp', f'{name}:/cli/.', str(back))
        assert (back / 'run.sh').read_text() == '#!/bin/sh\necho copied\n' and os.access(back / 'run.sh', os.X_OK)
        assert os.readlink(back / 'sub/link') == '../run.sh'
        one = tmp_path / ('one-' + name)
        world.docker('cp', '-L', f'{name}:/cli/sub/link', str(one))
        assert one.read_text() == '#!/bin/sh\necho copied\n' and not one.is_symlink()
    assert world.docker('exec', 'running', '/cli/run.sh').out == 'copied\n'
    world.docker('start', 'stopped')
    assert world.docker('exec', 'stopped', '/cli/sub/link').out == 'copied\n'
    world.docker('stop', '-t', '0', 'stopped')


def test_the_cli_copies_streams_and_owners(world, tmp_path):
    world.docker_bytes('cp', '-', 'running:/tmp', input=archive(('piped', b'through stdin')))
    assert world.docker('exec', 'running', 'cat', '/tmp/piped').out == 'through stdin'
    tar = tarfile.open(fileobj=io.BytesIO(world.docker_bytes('cp', 'running:/tmp/piped', '-')))
    assert tar.extractfile('piped').read() == b'through stdin'
    (tmp_path / 'owned').write_text('x')
    os.chown(tmp_path / 'owned', 4321, 4322)
    world.docker('cp', '-a', str(tmp_path / 'owned'), 'running:/tmp/owned')
    assert world.docker('exec', 'running', 'stat', '-c', '%u:%g', '/tmp/owned').out == '4321:4322\n'


def test_the_clis_mistakes_are_told(world, tmp_path):
    missing = world.docker('cp', 'running:/nosuch', str(tmp_path), check=False)
    assert missing.code == 1 and 'Could not find the file /nosuch in container running' in missing.err
    (tmp_path / 'file').write_text('x')
    assert world.docker('cp', str(tmp_path / 'file'), 'running:/nosuch/dir/', check=False).code == 1
    assert world.docker('cp', str(tmp_path), 'running:/etc/passwd', check=False).code == 1


def test_a_big_sparse_file_comes_and_goes_in_bounded_memory(world, tmp_path):
    big = tmp_path / 'big'
    with open(big, 'wb') as file:
        file.write(b'begin')
        file.seek(300 << 20)
        file.write(b'end')
    before = memory(world)
    world.docker('cp', str(big), 'running:/tmp/big')
    world.docker('cp', 'running:/tmp/big', str(tmp_path / 'back'))
    assert memory(world) - before < 60 << 20
    back = tmp_path / 'back'
    assert back.stat().st_size == (300 << 20) + 3
    with open(back, 'rb') as file:
        assert file.read(5) == b'begin'
        file.seek(300 << 20)
        assert file.read() == b'end'
    if world.name == 'gantryd':
        blocks = int(world.docker('exec', 'running', 'stat', '-c', '%b', '/tmp/big').out)
        assert blocks * 512 < 4 << 20, 'it has holes in the container, too'
    world.docker('exec', 'running', 'rm', '/tmp/big')


def memory(engine) -> int:
    for line in Path(f'/proc/{engine.process.pid}/status').read_text().splitlines():
        if line.startswith('VmRSS'):
            return int(line.split()[1]) << 10
    return 0


def test_events_tell_of_both_directions(world):
    stream = world.api.stream('GET', '/events', query={'filters': {'container': ['running'], 'type': ['container']}})
    files = Files(world, 'running')
    files.names('/etc')
    files.put('/tmp', archive())
    found = [stream.json_line() for _ in range(2)]
    stream.close()
    assert [e['Action'] for e in found] == ['archive-path', 'extract-to-dir']


# -- docker diff --------------------------------------------------------------------------------------------------

def changes(engine, name):
    return {(line[2:], line[0]) for line in engine.docker('diff', name).out.splitlines() if line}


def test_a_new_container_has_its_work_directory_before_it_starts(engine, tmp_path):
    (tmp_path / 'f').write_text('here\n')
    engine.docker('create', '--name', 'work', '-w', '/new/dir/', '--user', '33', BOX, 'cat', 'f')
    engine.docker('cp', str(tmp_path / 'f'), 'work:/new/dir/')
    assert engine.docker('start', '-a', 'work').out == 'here\n'
    assert engine.docker('diff', 'work').out.splitlines()[:2] == ['A /new', 'A /new/dir']
    assert engine.docker('run', '-w', '/a/../b/c', BOX, 'stat', '-c', '%u %a', '/b').out == '0 755\n'
    refused = engine.docker('create', '-w', '/etc/passwd', BOX, check=False)
    assert 'Cannot mkdir: /etc/passwd is not a directory' in refused.err
    engine.clear()


def test_diff_tells_what_changed(engine):
    engine.docker('run', '-d', '--name', 'changed', BOX, 'sh', '-c',
                  'echo x >> /www/index.html; rm /etc/notexec; mkdir /new; echo 1 > /new/file; rm -r /home/ann; mkdir /home/ann; '
                  'touch /home/ann/now; chmod 700 /root; : > /etc/passwd; exec sleep 1000')
    eventually(lambda: ('/etc/passwd', 'C') in changes(engine, 'changed'), 'all is done')
    found = changes(engine, 'changed')
    expected = {('/www', 'C'), ('/www/index.html', 'C'), ('/etc', 'C'), ('/etc/notexec', 'D'), ('/etc/passwd', 'C'), ('/new', 'A'),
                ('/new/file', 'A'), ('/home', 'C'), ('/home/ann/now', 'A'), ('/root', 'C')}
    missing = expected - found - {('/www', 'C')}
    assert not missing, f'{missing} of {found}'
    assert engine.api.get('/containers/changed/changes').json()[0].keys() == {'Path', 'Kind'}
    engine.docker('stop', '-t', '0', 'changed')
    assert changes(engine, 'changed') == found, 'the same when it does not run'
    engine.clear()


def test_diff_of_an_untouched_container_is_empty(engine):
    engine.docker('create', '--name', 'untouched', BOX)
    assert engine.api.get('/containers/untouched/changes').body == b'null\n'
    assert engine.docker('diff', 'untouched').out.strip() == ''
    assert engine.api.get('/containers/nosuch/changes').status == 404
    engine.clear()
