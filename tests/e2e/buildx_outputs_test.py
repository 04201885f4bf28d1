"""--output: what goes to files and to stdout instead of the engine's images."""
import io
import json
import tarfile

import pytest
from harness.buildx import FROM

SCRATCH = FROM.replace('\n', ' AS make\n') + ('RUN mkdir -p /out/sub /out/empty && echo x > /out/x && echo y > /out/sub/y && ln -s x /out/link && chmod 750 /out/sub && '
                                              'chmod 4711 /out/x && chown 7:8 /out/sub/y && touch -d @1600000000 /out/sub/y\nFROM scratch\nCOPY --from=make /out /\n')


def below(where) -> list[str]:
    return sorted(str(path.relative_to(where)) for path in where.rglob('*'))


@pytest.mark.parametrize('output', ['type=local,dest={}', '{}'])
def test_to_a_directory(buildx, output):
    where = buildx.dir / 'got'
    buildx.build(SCRATCH, '-o', output.format(where))
    assert below(where) == ['empty', 'link', 'sub', 'sub/y', 'x']
    assert (where / 'x').read_text() == 'x\n' and (where / 'x').stat().st_mode & 0o7777 in (0o4711, 0o711)
    assert (where / 'sub').stat().st_mode & 0o7777 == 0o750 and (where / 'link').is_symlink() and str((where / 'link').readlink()) == 'x'
    assert (where / 'sub/y').stat().st_mtime == 1600000000
    assert not buildx.exists()


def test_into_a_directory_with_files(buildx):
    where = buildx.tree({'kept': 'kept', 'x': 'old'}, 'got')
    buildx.build(SCRATCH, '-o', where)
    assert (where / 'kept').read_text() == 'kept' and (where / 'x').read_text() == 'x\n'


def test_the_files_are_the_users(buildx):
    where = buildx.dir / 'got'
    buildx.build(SCRATCH, '-o', where)
    assert {path.lstat().st_uid for path in where.rglob('*')} == {0}


def test_to_an_archive(buildx):
    buildx.build(SCRATCH, '-o', f'type=tar,dest={buildx.dir}/out.tar')
    with tarfile.open(buildx.dir / 'out.tar') as archive:
        members = {member.name.strip('/'): member for member in archive}
        assert archive.extractfile('sub/y').read() == b'y\n'
    assert sorted(members) == ['empty', 'link', 'sub', 'sub/y', 'x'] and members['link'].linkname == 'x'
    assert members['x'].mode & 0o7777 == 0o4711 and (members['sub/y'].uid, members['sub/y'].gid) == (7, 8)


def test_to_stdout(buildx):
    done = buildx.bytes('build', '-o', '-', buildx.tree({'Dockerfile': SCRATCH}))
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert 'sub/y' in archive.getnames()


@pytest.mark.parametrize('output', ['-', 'type=tar,dest={}'])
def test_links_stay_links_in_an_archive(buildx, output):
    where = buildx.dir / 'out.tar'
    here = buildx.tree({'Dockerfile': 'FROM scratch\nCOPY d /d\n', 'd/f': 'text', 'd/empty': '', 'd/same': 'text'})
    (here / 'd/twin').hardlink_to(here / 'd/f')
    done = buildx.bytes('build', '-o', output.format(where), here)
    with tarfile.open(fileobj=io.BytesIO(done.stdout if output == '-' else where.read_bytes())) as archive:
        members = {member.name.strip('/'): member for member in archive}
        assert archive.extractfile('d/twin').read() == b'text'
    assert sorted(members) == ['d', 'd/empty', 'd/f', 'd/same', 'd/twin']
    assert [name for name, member in members.items() if member.islnk()] == ['d/twin'] and members['d/twin'].linkname.strip('/') == 'd/f'


def test_a_whole_image_to_a_directory(buildx):
    where = buildx.dir / 'got'
    buildx.build(FROM + 'RUN touch /new', '-o', where)
    assert (where / 'new').exists() and (where / 'bin/sh').is_symlink() and (where / 'bin/busybox').stat().st_size > 100_000


def test_a_large_file_comes_whole(buildx):
    buildx.build('FROM scratch\nCOPY big /', '-o', buildx.dir / 'got', files={'big': bytes(range(256)) * (20 << 12)})
    assert (buildx.dir / 'got/big').read_bytes() == bytes(range(256)) * (20 << 12)


def test_one_stage_to_a_directory(buildx):
    file = 'FROM scratch AS a\nCOPY x /a\nFROM scratch AS b\nCOPY x /b\n'
    buildx.build(file, '--target', 'a', '-o', buildx.dir / 'got', files={'x': ''})
    assert below(buildx.dir / 'got') == ['a']


def test_a_place_that_cannot_be_written(buildx):
    (buildx.dir / 'file').write_text('')
    assert buildx.build(SCRATCH, '-o', buildx.dir / 'file/sub', check=False).code != 0


def test_the_engine_is_named(buildx):
    buildx('buildx', 'build', '--load', '-t', 'made', buildx.tree({'Dockerfile': FROM + 'RUN echo 1 > /n'}))
    assert buildx.shell('cat /n') == '1\n'
    buildx('buildx', 'build', '-o', 'type=docker,name=made:2', buildx.dir / 'context')
    assert buildx.image('made:2')['Id'] == buildx.image()['Id']
    buildx('buildx', 'build', '-o', 'type=docker,name=made:4,load=true', buildx.dir / 'context')       # as Compose 2 asks without Bake
    assert buildx.image('made:4')['Id'] == buildx.image()['Id']
    buildx('buildx', 'build', '-o', 'type=image,name=made:3', buildx.dir / 'context')
    assert buildx.image('made:3')['Id'] == buildx.image()['Id']


OUTPUTS = {'image': 'type=image,name=made:1', 'moby': 'type=docker,name=made:2', 'local': 'type=local,dest=got', 'tar': 'type=tar,dest=out.tar',
           'other': 'type=local,dest=other', 'cache': 'type=cacheonly'}


@pytest.mark.parametrize('kinds', [('tar', 'image'), ('image', 'moby', 'local'), ('other', 'tar', 'moby', 'local'), ('cache', 'local', 'image')])
def test_several_at_once(buildx, kinds):
    buildx.needs_newer('several outputs')
    buildx('buildx', 'build', *[word for kind in kinds for word in ('-o', OUTPUTS[kind])], '--metadata-file', 'meta.json', buildx.tree({'Dockerfile': SCRATCH}))
    for kind, where in (('local', 'got'), ('other', 'other')):
        assert (buildx.dir / where / 'sub/y').exists() == (kind in kinds)
    if 'tar' in kinds:
        with tarfile.open(buildx.dir / 'out.tar') as archive:
            assert 'sub/y' in archive.getnames()
    for kind, name in (('image', 'made:1'), ('moby', 'made:2')):
        assert buildx.exists(name) == (kind in kinds)
    said = json.loads((buildx.dir / 'meta.json').read_text())
    [name, *_] = [name for kind, name in (('image', 'made:1'), ('moby', 'made:2')) if kind in kinds]
    assert said['containerimage.digest'] == buildx.image(name)['Id']


def test_one_that_fails_fails_the_build(buildx):
    buildx.needs_newer('several outputs')
    (buildx.dir / 'file').write_text('')
    assert buildx.build(SCRATCH, '-o', 'type=image', '-o', buildx.dir / 'file/sub', check=False).code != 0


def test_only_the_cache(buildx):
    done = buildx.build(FROM + 'RUN true', '-o', 'type=cacheonly')
    assert not buildx.exists() and 'exporting to image' not in done.err


def test_a_file_with_what_was_made(buildx):
    buildx.build(FROM + 'RUN true', '--metadata-file', buildx.dir / 'meta.json')
    said = json.loads((buildx.dir / 'meta.json').read_text())
    assert said['buildx.build.ref'].startswith('default/default/') and said['containerimage.digest'] == buildx.image()['Id']
    if buildx.newer:
        assert said['containerimage.config.digest'] == buildx.image()['Id'] and said['image.name'] == 'docker.io/library/made'


@pytest.mark.parametrize('args, what', [
    (('-o', 'type=oci,dest=out.tar'), 'OCI exporter'),
    (('-o', 'type=docker,dest=out.tar'), 'Docker exporter'),
    (('--cache-to', 'type=local,dest=cache'), 'Cache export'),
    (('--platform', 'linux/amd64,linux/arm64'), 'Multi-platform build'),
    (('--provenance=true',), 'Attestation'),
])
def test_what_only_containerds_image_store_can_do(buildx, args, what):
    """The client refuses it by what the engine says of itself."""
    assert f'{what} is not supported for the docker driver' in buildx.refused(FROM + 'RUN true', *args)


def test_nothing_is_attested_unless_told(buildx):
    buildx.build(FROM + 'RUN true', BUILDX_NO_DEFAULT_ATTESTATIONS='')
    first = buildx.image()['Id']
    buildx.build(FROM + 'RUN true')
    assert buildx.image()['Id'] == first
