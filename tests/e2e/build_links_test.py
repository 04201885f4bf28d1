"""COPY and links, COPY --from, and sources that the context leaves out."""
import pytest
from harness import builds, images
from harness.builds import entry, make, refused, shell
from harness.engine import BOX

FROM = f'FROM {BOX}\n'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


def test_a_link_as_source_is_followed_in_the_context(engine):
    make(engine, FROM + 'COPY link /t/\nCOPY way/file /u\nCOPY tree /d', ('file', b'1'), ('dir', None), ('dir/file', b'2'), entry('link', link='file'),
         entry('way', link='dir'), entry('tree', link='/dir'))
    assert shell(engine, 'cat /t/link /u /d/file; test -L /t/link || echo plain') == '122plain\n'


def test_links_inside_directories_are_copied_as_they_are(engine):
    make(engine, FROM + 'COPY dir /t', ('dir', None), ('dir/file', b'1'), entry('dir/link', link='file'), entry('dir/dangling', link='/none/where'),
         entry('dir/out', link='../../../etc/passwd'))
    assert shell(engine, 'cd /t; for l in link dangling out; do readlink $l; done; cat link; stat -c %u:%g dangling') == 'file\n/none/where\n../../../etc/passwd\n10:0\n'


def test_links_never_lead_out_of_the_context(engine):
    assert 'COPY failed: ' in refused(engine, FROM + 'COPY evil /t', entry('evil', link='../../../../../../../../../etc/hostname')).error
    assert 'COPY failed: ' in refused(engine, FROM + 'COPY evil /t', entry('evil', link='/etc/hostname')).error
    assert 'COPY failed: ' in refused(engine, FROM + 'COPY dangling /t', entry('dangling', link='none')).error
    assert 'COPY failed: ' in refused(engine, FROM + 'COPY a /t', entry('a', link='b'), entry('b', link='a')).error


def test_a_target_that_is_a_link_to_a_directory(engine):
    make(engine, FROM + 'RUN mkdir /real && ln -s real /link && ln -s /real/made /dangling\nCOPY file /link/\nCOPY dir /link/', ('file', b'1'), ('dir', None), ('dir/x', b'2'))
    assert shell(engine, 'cat /real/file /real/x; readlink /link') == '12real\n'


def test_links_on_the_way_stay_inside_the_image(engine):
    make(engine, FROM + 'RUN mkdir -p /a/b /real && ln -s ../../../../real /a/b/up && ln -s /real /abs\nCOPY file /a/b/up/one\nCOPY file /abs/two', ('file', b'1'))
    assert shell(engine, 'ls /real') == 'one\ntwo\n'


def test_a_target_that_is_a_link_to_a_file(engine):
    make(engine, FROM + 'RUN echo old > /real && ln -s real /link\nCOPY file /link', ('file', b'new\n'))
    seen = shell(engine, 'cat /link /real')
    assert seen == 'new\nnew\n'


def test_links_in_the_image_below_the_target_are_followed_by_directories(engine):
    make(engine, FROM + 'RUN mkdir -p /t /real && ln -s /real /t/sub\nCOPY dir /t', ('dir', None), ('dir/sub', None), ('dir/sub/file', b'1'))
    kept = shell(engine, 'test -L /t/sub && echo link; cat /t/sub/file')
    assert kept in ('1', 'link\n1')


def test_hard_links_of_the_tar_are_files_of_their_own(engine):
    make(engine, FROM + 'COPY b /t/\nCOPY dir /d', ('a', b'same'), entry('b', hard='a'), ('dir', None), ('dir/x', b'twin'), entry('dir/y', hard='dir/x'))
    assert shell(engine, 'cat /t/b /d/x /d/y') == 'sametwintwin'


def test_from_a_stage_by_name_and_number(engine):
    first = f'FROM {BOX} AS First\nRUN mkdir -p /out/sub && echo 1 > /out/file && ln -s file /out/link && chown ann:staff /out/sub /out/file && chmod 4751 /out/file\n'
    make(engine, first + f'FROM {BOX}\nCOPY --from=first /out /name\nCOPY --from=0 /out/file /number\nCOPY --from=FIRST out/f* /wild/\nCOPY --from=first /out/sub/ /out/file /both/')
    assert shell(engine, 'cat /name/file /number /wild/file /both/file; readlink /name/link') == '1\n1\n1\n1\nfile\n'
    assert shell(engine, 'ls /both') == 'file\n'


def test_owners_and_modes_from_a_stage(engine):
    make(engine, f'FROM {BOX} AS a\nRUN mkdir /o && touch /o/f && chown 7:8 /o/f && chmod 4751 /o/f && mkdir -m 750 /o/d && chown ann /o/d\n'
                 f'FROM {BOX}\nCOPY --from=a /o /o\nCOPY --from=a /o/f /f\nCOPY --from=a --chown=ann:staff /o/f /g')
    seen = shell(engine, 'stat -c "%a %u:%g" /o/f /o/d /f /g').splitlines()
    chosen = '751' if engine.name == 'dockerd' else '4751'         # 20.10 loses setuid when it sets an owner
    assert seen == ['4751 7:8', '750 1000:0', '4751 7:8', f'{chosen} 1000:50']


def test_from_an_image(engine):
    engine.docker('load', input=images.docker_archive(images.busybox_image('docker', mark='seen'), 'made:other'))
    make(engine, FROM + 'COPY --from=made:other /layer0 /copied\nCOPY --from=made:other /bin/cat /bin/sh /links/')
    assert shell(engine, 'cat /copied; test -L /links/cat || echo plain') == 'seen0\nplain\n'


def test_a_source_that_the_image_has_not(engine):
    answer = refused(engine, f'FROM {BOX} AS a\nFROM {BOX}\nCOPY --from=a /none /')
    assert answer.error.startswith('COPY failed: ') and 'none' in answer.error
    assert 'no-such' in refused(engine, FROM + 'COPY --from=127.0.0.1:1/no-such:tag / /x').error


def test_links_on_the_way_in_the_other_image_stay_in_it(engine):
    make(engine, f'FROM {BOX} AS a\nRUN mkdir -p /real/in && echo 1 > /real/in/f && ln -s /real /abs && ln -s ../../../../real /etc/up && ln -s /real/in/f /one\n'
                 f'FROM {BOX}\nCOPY --from=a /abs/in /t\nCOPY --from=a /etc/up/in/f /u\nCOPY --from=a /one /v')
    assert shell(engine, 'cat /t/f /u /v; test -L /v || echo plain') == '1\n1\n1\nplain\n'


def test_the_whole_of_a_stage(engine):
    make(engine, f'FROM {BOX} AS a\nRUN echo 1 > /mine && rm -r /www\nFROM scratch\nCOPY --from=a / /')
    assert shell(engine, 'cat /mine; ls /www 2>/dev/null; cat /etc/notexec; stat -c %a /tmp') == '1\nplain text1777\n'.replace('text1777', 'text\n1777')


def test_ignored_files_cannot_be_copied(engine, tmp_path):
    for name, text in (('Dockerfile', FROM + 'COPY . /t'), ('.dockerignore', '*.log\nDockerfile\n.dockerignore\nsecret/**\n!secret/but-this\n'), ('a.log', ''), ('a', ''),
                       ('secret/x', ''), ('secret/but-this', '')):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    engine.docker('build', '-t', 'made', str(tmp_path))
    assert shell(engine, 'cd /t; find . -type f | sort').split() == ['./a', './secret/but-this']
    (tmp_path / 'Dockerfile').write_text(FROM + 'COPY a.log /')
    done = engine.docker('build', str(tmp_path), check=False)
    assert 'COPY failed: file not found in build context or excluded by .dockerignore: stat a.log: file does not exist' in done.err
