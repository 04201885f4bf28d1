"""images, tag, rmi, history, save | load, export | import."""
import gzip
import io
import json
import tarfile

import pytest
from harness import images
from harness.engine import BOX


@pytest.fixture(autouse=True)
def only_the_box(engine):
    """Each test starts and ends with the one test image."""
    yield
    engine.clear()
    for line in engine.docker('images', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}').out.splitlines():
        name, image_id = line.split()
        if name != BOX + ':latest':
            engine.docker('rmi', '-f', image_id if '<none>' in name else name, check=False)
    assert engine.docker('images', '--format', '{{.Repository}}').out.split() == [BOX]


def test_images_lists_with_size_and_id(engine):
    row = json.loads(engine.docker('images', '--format', '{{json .}}').out)
    assert (row['Repository'], row['Tag']) == (BOX, 'latest') and row['Size'].endswith('MB')
    full = engine.docker('images', '--no-trunc', '-q').out.strip()
    assert full.startswith('sha256:') and engine.docker('image', 'inspect', full[7:19]).code == 0
    assert engine.docker('images', '-q', 'nothing/*').out == ''
    assert engine.docker('images', '-q', '--filter', 'reference=gt/*').out.strip() == full[7:19]


def test_tag_and_rmi_untag_first_and_delete_last(engine):
    engine.docker('tag', BOX, 'other/name:v1')
    assert engine.docker('inspect', '-f', '{{.Id}}', BOX, 'other/name:v1').out.split()[0] == \
        engine.docker('inspect', '-f', '{{.Id}}', 'other/name:v1').out.strip()
    assert engine.docker('rmi', 'other/name:v1').out == 'Untagged: other/name:v1\n'
    refused = engine.docker('tag', BOX, 'Upper/Case', check=False)
    assert refused.code == 1 and 'must be lowercase' in refused.err
    assert 'No such image' in engine.docker('rmi', 'nosuch', check=False).err


def test_names_stand_in_the_order_they_have_with_their_registries(engine):
    for name in ('tagged:1', 'zoo/keeper:1', 'localhost:5000/tagged:1', 'another:1'):
        engine.docker('tag', BOX, name)
    ordered = ['another:1', 'tagged:1', 'zoo/keeper:1', 'localhost:5000/tagged:1']
    assert [name for name in json.loads(engine.docker('image', 'inspect', '-f', '{{json .RepoTags}}', BOX).out) if BOX not in name] == ordered
    row, = [row for row in engine.api.get('/images/json').json() if 'tagged:1' in row['RepoTags']]
    assert [name for name in row['RepoTags'] if BOX not in name] == ordered


def test_rmi_of_an_image_in_use_is_a_conflict(engine):
    engine.docker('tag', BOX, 'used:1')
    engine.docker('rmi', 'used:1')
    engine.docker('load', input=images.docker_archive(images.busybox_image('docker', mark='u'), 'inuse:1'))
    engine.docker('create', '--name', 'user', 'inuse:1')
    refused = engine.docker('rmi', 'inuse:1', check=False)
    assert refused.code == 1 and 'conflict: unable to' in refused.err and 'container' in refused.err
    image_id = engine.docker('image', 'inspect', '-f', '{{.Id}}', 'inuse:1').out.strip()
    assert 'Untagged: inuse:1' in engine.docker('rmi', '-f', 'inuse:1').out
    assert engine.inspect('user')['Image'] == image_id
    engine.docker('start', '-a', 'user')                   # its layers are still there


@pytest.mark.parametrize('form', ['docker', 'oci'])
def test_load_of_foreign_archives(engine, form):
    if form == 'oci' and engine.name == 'dockerd':
        pytest.skip('20.10 reads only the docker form')
    image = images.busybox_image(form, ('gzip', 'gzip', 'none'), mark='f')
    archive = images.docker_archive(image, 'foreign:v2') if form == 'docker' else images.oci_archive(image, 'foreign:v2')
    assert engine.docker('load', input=archive).out.strip() in ('Loaded image: foreign:v2', 'Loaded image: docker.io/foreign:v2')
    assert engine.docker('run', '--rm', 'foreign:v2', 'cat', '/layer0', '/layer1').out == 'f0\nf1\n'
    assert 'Loaded image' in engine.docker('load', input=gzip.compress(archive, 1)).out


@pytest.mark.parametrize('base', ['named', 'empty'])
def test_load_needs_no_files_for_layers_that_are_here(engine, base):
    """As docker-squash and Buildpacks write their images."""
    layers = engine.docker('image', 'inspect', '-f', '{{join .RootFS.Layers " "}}', BOX).out.split()
    top = images.tar([('new.txt', b'new')])
    config = json.dumps({'architecture': 'amd64', 'os': 'linux',
                         'config': {'Cmd': ['cat', '/new.txt']},
                         'rootfs': {'type': 'layers', 'diff_ids': [*layers, images.digest(top)]}}).encode()
    blanks = [f'blank_{i}' for i in range(len(layers))]
    manifest = json.dumps([{'Config': 'c.json', 'RepoTags': ['thin:1'], 'Layers': [*blanks, '/top.tar']}]).encode()
    files = {'c.json': config, '/top.tar': top, 'manifest.json': manifest}
    if base == 'empty':
        files = {**{name: b'' for name in blanks}, **files}
    assert engine.docker('load', input=images.tar(files.items())).out.strip() == 'Loaded image: thin:1'
    assert engine.docker('run', '--rm', 'thin:1').out == 'new'
    with tarfile.open(fileobj=io.BytesIO(engine.docker_bytes('save', 'thin:1'))) as saved:
        assert len(json.load(saved.extractfile('manifest.json'))[0]['Layers']) == len(layers) + 1


def test_save_and_load_give_the_same_image_back(engine):
    engine.docker('tag', BOX, 'saved:a')
    engine.docker('tag', BOX, 'saved:b')
    before = engine.docker('image', 'inspect', '-f', '{{.Id}} {{json .RootFS}} {{json .Config}}', 'saved:a').out
    archive = engine.docker_bytes('save', 'saved:a', 'saved:b')
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        manifest = json.load(opened.extractfile('manifest.json'))
        assert sorted(tag for entry in manifest for tag in entry['RepoTags']) == ['saved:a', 'saved:b']
        assert opened.getmember(manifest[0]['Config']) and opened.getmember(manifest[0]['Layers'][0])
    engine.docker('rmi', 'saved:a', 'saved:b')
    out = engine.docker('load', input=archive).out
    assert 'Loaded image: saved:a' in out and 'Loaded image: saved:b' in out
    assert engine.docker('image', 'inspect', '-f', '{{.Id}} {{json .RootFS}} {{json .Config}}', 'saved:a').out == before
    assert engine.docker('run', '--rm', 'saved:b', 'echo', 'back').out == 'back\n'


def test_export_and_import_keep_the_files_a_container_made(engine):
    engine.docker('run', '--name', 'made', BOX, 'sh', '-c', 'echo new >/root/new; rm /etc/notexec; ln -s new /root/link; chown 7:8 /root/new')
    flat = engine.docker_bytes('export', 'made')
    with tarfile.open(fileobj=io.BytesIO(flat)) as opened:
        names = {name.lstrip('./') for name in opened.getnames()}
    assert {'root/new', 'root/link', 'bin/busybox'} <= names and 'etc/notexec' not in names
    out = engine.docker('import', '-c', 'ENV PATH=/bin', '-c', 'CMD ["cat","/root/link"]', '-m', 'from a test', '-', 'flat:1', input=flat).out
    assert out.startswith('sha256:')
    assert engine.docker('run', '--rm', 'flat:1').out == 'new\n'
    assert engine.docker('run', '--rm', 'flat:1', 'stat', '-c', '%u:%g', '/root/new').out == '7:8\n'
    assert 'from a test' in engine.docker('history', '--format', '{{.Comment}}', 'flat:1').out


def test_history_shows_each_layer(engine):
    engine.docker('load', input=images.docker_archive(images.busybox_image('docker', ('gzip',) * 3, mark='h'), 'hist:1'))
    rows = [json.loads(line) for line in engine.docker('history', '--format', '{{json .}}', '--no-trunc', 'hist:1').out.splitlines()]
    assert [row['CreatedBy'] for row in rows] == ['layer 3', 'layer 2', 'layer 1']
    assert rows[0]['ID'].startswith('sha256:') and rows[1]['ID'] == '<missing>'


def test_whiteouts_and_opaque_directories_hide_lower_files(engine):
    image = images.Image('docker')
    image.add_layer(images.busybox_rootfs())
    image.add_layer(images.tar([('d', None), ('d/one', b'1'), ('d/two', b'2'), ('e', None), ('e/low', b'l')]))
    image.add_layer(images.tar([('d/.wh.one', b''), ('e', None), ('e/.wh..wh..opq', b''), ('e/high', b'h')]))
    engine.docker('load', input=images.docker_archive(image.finish(), 'holes:1'))
    assert engine.docker('run', '--rm', 'holes:1', 'ls', 'd', 'e').out.split() == ['d:', 'two', 'e:', 'high']
    # what a container removes and makes anew is seen the same after export and in a second run
    engine.docker('run', '--name', 'hc', 'holes:1', 'sh', '-c', 'rm -r /d; mkdir /d; echo 3 >/d/three')
    with tarfile.open(fileobj=io.BytesIO(engine.docker_bytes('export', 'hc'))) as opened:
        assert sorted(n.lstrip('./') for n in opened.getnames() if n.lstrip('./').startswith('d/')) in (['d/three'], ['d/', 'd/three'])


@pytest.mark.parametrize('spelled', ('./', '.', '/'))
def test_the_root_directory_is_roots_whatever_layers_say_of_it(engine, tmp_path, spelled):
    info = tarfile.TarInfo(spelled)
    info.type, info.mode, info.uid, info.gid, info.mtime = tarfile.DIRTYPE, 0o700, 1000, 1000, 1600000000
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w') as archive:
        archive.addfile(info)
        with tarfile.open(fileobj=io.BytesIO(images.busybox_rootfs())) as rootfs:
            for member in rootfs:
                archive.addfile(member, rootfs.extractfile(member) if member.isreg() else None)
    layer = buffer.getvalue()
    image = images.Image('docker')
    image.add_layer(layer)
    engine.docker('load', input=images.docker_archive(image.finish(), 'closed:load'))
    engine.docker('import', '-', 'closed:import', input=layer)
    (tmp_path / 'rootfs.tar').write_bytes(layer)
    (tmp_path / 'Dockerfile').write_text('FROM scratch\nADD rootfs.tar /\nRUN chmod 711 / && chown 5:5 /\n')
    engine.docker('build', '-q', '-t', 'closed:build', str(tmp_path))
    for name in ('closed:load', 'closed:import', 'closed:build'):
        told = engine.docker('run', '--rm', '-u', '5', name, 'stat', '-c', '%a %u:%g', '/').out
        assert told == '755 0:0\n', name


def test_owners_modes_times_links_and_long_names_survive(engine):
    long_name = 'x' * 90 + '/' + 'y' * 120
    entries = [('f', b'1'), ('hard', ('hard', 'f')), ('soft', ('link', 'f')), (long_name.split('/')[0], None), (long_name, b'long')]
    info = tarfile.TarInfo('owned')
    info.mode, info.uid, info.gid, info.mtime = 0o4751, 123, 456, 1600000000
    buffer = io.BytesIO(images.tar(entries))
    with tarfile.open(fileobj=buffer, mode='a') as archive:
        archive.addfile(info)
    image = images.Image('docker')
    image.add_layer(images.busybox_rootfs())
    image.add_layer(buffer.getvalue())
    engine.docker('load', input=images.docker_archive(image.finish(), 'meta:1'))
    script = f'stat -c "%a %u %g %Y" /owned; stat -c %h /f; readlink /soft; cat /{long_name}'
    assert engine.docker('run', '--rm', 'meta:1', 'sh', '-c', script).out.split() == ['4751', '123', '456', '1600000000', '2', 'f', 'long']
