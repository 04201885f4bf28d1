"""A fresh volume starts with what the image has at its place: when, and when not, and exactly how."""
import io
import json
import tarfile
import threading
import time

import pytest
from harness import images

IMAGE = 'gt/copyup:1'
LOOK = 'cd /v && find . | sort | xargs stat -c "%n %F %a %u:%g %h" && cat text'


def layer(fill) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as tar:
        def add(name, kind=tarfile.REGTYPE, data=b'', **more):
            info = tarfile.TarInfo(name)
            info.type, info.size, info.mode, info.mtime = kind, len(data), 0o644, 1700000000
            for key, value in more.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(data))
        fill(add)
    return out.getvalue()


def lower(add):
    """Everything a layer can hold at /data."""
    add('data', tarfile.DIRTYPE, mode=0o2750, uid=999, gid=998)
    add('data/text', data=b'from the image\n', uid=1000, gid=50, mode=0o640)
    add('data/again', tarfile.LNKTYPE, linkname='data/text', uid=1000, gid=50, mode=0o640)
    add('data/link', tarfile.SYMTYPE, linkname='text', uid=5, gid=6)
    add('data/tool', data=b'#!/bin/sh\n', mode=0o4755)
    add('data/null', tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666)
    add('data/fifo', tarfile.FIFOTYPE, mode=0o600)
    add('data/sub', tarfile.DIRTYPE, mode=0o1777)
    add('data/sub/deep', tarfile.DIRTYPE, mode=0o700, uid=7)
    add('data/sub/deep/er', data=b'', pax_headers={'SCHILY.xattr.user.colour': 'red'})
    add('way', tarfile.SYMTYPE, linkname='/data')
    add('file', data=b'f')


def upper(add):
    add('data', tarfile.DIRTYPE, mode=0o2750, uid=999, gid=998)
    add('data/.wh.tool')
    add('data/upper', data=b'u')


@pytest.fixture(scope='module')
def box(engine):
    image = images.busybox_image()
    image.add_layer(layer(lower)).add_layer(layer(upper))
    image.config['Volumes'] = {'/data': {}}
    engine.docker('load', input=images.docker_archive(image.finish(), IMAGE))
    return engine


def look(box, volume: str) -> str:
    return box.docker('run', '--rm', '-v', f'{volume}:/v', IMAGE, 'sh', '-c', LOOK).out


WANTED = '''. directory 2750 999:998 3
./again regular file 640 1000:50 2
./fifo fifo 600 0:0 1
./link symbolic link 777 5:6 1
./null character special file 666 0:0 1
./sub directory 1777 0:0 3
./sub/deep directory 700 7:0 2
./sub/deep/er regular empty file 644 0:0 1
./text regular file 640 1000:50 2
./upper regular file 644 0:0 1
from the image
'''


@pytest.mark.parametrize('place', ['/data', '/way', '/data/'])
def test_a_named_volume_gets_the_images_content_at_create(box, place):
    name = 'named' + place.replace('/', '')[:3] + str(len(place))
    box.docker('create', '--name', name, '-v', f'{name}:{place}', IMAGE)
    assert look(box, name) == WANTED
    box.docker('rm', name)


def test_an_anonymous_volume_of_the_image_gets_it_too(box):
    done = box.docker('run', '--name', 'anon', IMAGE, 'sh', '-c', 'cat /data/text; stat -c "%a %u:%g" /data')
    assert done.out == 'from the image\n2750 999:998\n'
    volume = box.inspect('anon')['Mounts'][0]['Name']
    assert look(box, volume) == WANTED
    box.docker('rm', '-v', 'anon')
    assert volume not in box.docker('volume', 'ls', '-q').out


def test_extended_attributes_come_along(box):
    box.docker('create', '--name', 'xattr', '-v', 'xattr:/data', IMAGE)
    import os
    point = box.docker('volume', 'inspect', '-f', '{{.Mountpoint}}', 'xattr').id
    assert os.getxattr(point + '/sub/deep/er', 'user.colour') == b'red'
    box.docker('rm', 'xattr')


@pytest.mark.parametrize('how', [('-v', 'skip1:/data:nocopy'), ('--mount', 'type=volume,src=skip1,dst=/data,volume-nocopy')])
def test_nocopy_keeps_it_empty(box, how):
    assert box.docker('run', '--rm', *how, IMAGE, 'ls', '-A', '/data').out == ''
    box.docker('volume', 'rm', 'skip1')


def test_a_volume_that_holds_anything_stays_as_it_is(box):
    box.docker('run', '--rm', '-v', 'mine:/v', IMAGE, 'touch', '/v/.hidden')
    assert box.docker('run', '--rm', '-v', 'mine:/data', IMAGE, 'ls', '-A', '/data').out == '.hidden\n'


def test_a_volume_emptied_again_is_filled_by_the_next_create_only(box):
    box.docker('create', '--name', 'first', '-v', 'again:/data', IMAGE, 'ls', '/data')
    box.docker('run', '--rm', '-v', 'again:/v', IMAGE, 'sh', '-c', 'rm -r /v/*')
    assert box.docker('start', '-a', 'first').out == ''
    assert 'text' in box.docker('run', '--rm', '-v', 'again:/data', IMAGE, 'ls', '/data').out
    box.docker('rm', 'first')


def test_binds_tmpfs_and_volumes_from_are_not_filled(box, tmp_path):
    assert box.docker('run', '--rm', '-v', f'{tmp_path}:/data', IMAGE, 'ls', '-A', '/data').out == ''
    assert box.docker('run', '--rm', '--tmpfs', '/data', IMAGE, 'ls', '-A', '/data').out == ''
    box.docker('create', '--name', 'donor', '-v', 'given:/data:nocopy', IMAGE)
    assert box.docker('run', '--rm', '--volumes-from', 'donor', IMAGE, 'ls', '-A', '/data').out == ''
    box.docker('rm', 'donor')


def test_of_two_containers_with_volumes_at_one_place_the_later_one_gives(box):
    for name in ('one', 'two'):
        box.docker('create', '--name', name, '-v', f'{name}:/data', IMAGE)
    box.docker('create', '--name', 'user', '--volumes-from', 'one', '--volumes-from', 'two', IMAGE)
    box.docker('create', '--name', 'own', '-v', 'three:/data', '--volumes-from', 'one', IMAGE)
    assert [[mount['Name'] for mount in box.inspect(name)['Mounts']] for name in ('user', 'own')] == [['two'], ['three']]
    box.docker('rm', 'one', 'two', 'user', 'own')


def test_a_place_the_image_does_not_have_and_an_empty_volume_are_fine(box):
    assert box.docker('run', '--rm', '-v', 'new:/nowhere/at/all', IMAGE, 'stat', '-c', '%a %u', '/nowhere/at/all').out == '755 0\n'


def test_read_only_volumes_are_filled_as_well(box):
    assert 'text' in box.docker('run', '--rm', '-v', 'reading:/data:ro', IMAGE, 'ls', '/data').out


@pytest.mark.parametrize('body, message', [
    ({'HostConfig': {'Binds': ['onfile:/file']}}, '/file is not directory'),
    ({'Volumes': {'/file': {}}}, 'cannot mount volume over existing file, file exists '),
])
def test_a_volume_over_a_file_is_refused(box, body, message):
    before = box.docker('volume', 'ls', '-q', '-f', 'dangling=true').out
    answer = box.api.post('/containers/create', {'Image': IMAGE, **body})
    assert answer.status == 500 and message in answer.message
    left = set(box.docker('volume', 'ls', '-q', '-f', 'dangling=true').out.split()) - set(before.split()) - {'onfile'}
    assert not left or box.name == 'dockerd'          # dockerd leaves the image's anonymous volume behind


def test_many_containers_at_once_see_all_of_it_or_wait(box):
    outputs = []

    def one(number):
        outputs.append(box.docker('run', '--rm', '-v', 'crowd:/data', IMAGE, 'sh', '-c', 'ls -A /data | sort | tr "\\n" " "').out)
    threads = [threading.Thread(target=one, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if box.name == 'gantryd':
        assert set(outputs) == {'again fifo link null sub text upper '}
    assert len(outputs) == 4


def test_events_and_inspect_do_not_show_the_filling(box):
    answer = box.api.post('/containers/create', {'Image': IMAGE, 'HostConfig': {'Binds': ['unseen:/data']}}).json()
    shown = box.api.get('/events', query={'since': 0, 'until': int(time.time()) + 1, 'filters': {'type': ['volume'], 'volume': ['unseen']}}).body
    assert [json.loads(line)['Action'] for line in shown.splitlines()] == ['create']
    box.docker('rm', answer['Id'])
