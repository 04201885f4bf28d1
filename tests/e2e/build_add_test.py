"""ADD: archives are unpacked, URLs fetched."""
import bz2
import gzip
import lzma
from email.utils import formatdate

import pytest
from harness import builds, images
from harness.builds import entry, history, make, refused, shell, tar
from harness.engine import BOX
from harness.pages import Pages

FROM = f'FROM {BOX}\n'
PACKED = tar(entry('dir', None, 0o750, 7, 8), entry('dir/file', b'inner', 0o600, 7, 8, mtime=1500000000), entry('link', link='dir/file'), entry('twin', None, 0o600, 7, 8, mtime=1500000000, hard='dir/file'))
FORMS = {'tar': PACKED, 'tar.gz': gzip.compress(PACKED), 'tar.bz2': bz2.compress(PACKED), 'tar.xz': lzma.compress(PACKED), 'tgz': gzip.compress(PACKED)}


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


@pytest.fixture
def web(engine):
    with Pages(engine.ns) as pages:
        yield pages


@pytest.mark.parametrize('form', FORMS)
def test_archives_are_unpacked(engine, form):
    make(engine, FROM + f'ADD a.{form} /t\nADD a.{form} /u/v/', (f'a.{form}', FORMS[form]))
    assert shell(engine, 'cat /t/dir/file /t/link /t/twin /u/v/twin; stat -c %Y /t/dir/file').startswith('innerinnerinnerinner1500000000')
    assert shell(engine, 'find /t | sort').split() == ['/t', '/t/dir', '/t/dir/file', '/t/link', '/t/twin']
    # What lies in an archive is a system's, not the client's: it keeps its owners.
    assert shell(engine, 'stat -c "%a %u:%g" /t/dir /t/dir/file').splitlines() == ['750 7:8', '600 7:8']


def test_zstd_archives(engine):
    if engine.name == 'dockerd':
        return                                     # needs a program that 20.10 does not come with
    make(engine, FROM + 'ADD a.tar.zst /t', ('a.tar.zst', images.zstd(PACKED)))
    assert shell(engine, 'cat /t/dir/file') == 'inner'


def test_the_name_does_not_make_an_archive(engine):
    make(engine, FROM + 'ADD odd /t/\nADD fake.tar /f/\nADD empty.tar.gz /f/\nADD text.gz /f/\nADD short.tar /f/', ('odd', FORMS['tar.gz']), ('fake.tar', b'no tar at all\n' * 99),
         ('empty.tar.gz', b''), ('text.gz', gzip.compress(b'a text')), ('short.tar', b'x'))
    assert shell(engine, 'cat /t/dir/file; ls /f; zcat /f/text.gz') == 'innerempty.tar.gz\nfake.tar\nshort.tar\ntext.gz\na text'


def test_an_archive_that_is_compressed_twice_is_a_file(engine):
    make(engine, FROM + 'ADD a.tar.xz.gz /t/', ('a.tar.xz.gz', gzip.compress(FORMS['tar.xz'])))
    assert shell(engine, 'ls /t') == 'a.tar.xz.gz\n'


def test_copy_unpacks_nothing(engine):
    make(engine, FROM + 'COPY a.tar.gz /t/', ('a.tar.gz', FORMS['tar.gz']))
    assert shell(engine, 'ls /t') == 'a.tar.gz\n'


def test_archives_below_a_directory_stay_packed(engine):
    make(engine, FROM + 'ADD dir /t', ('dir', None), ('dir/a.tar', PACKED))
    assert shell(engine, 'ls /t') == 'a.tar\n'


def test_archives_and_files_together(engine):
    make(engine, FROM + 'ADD a.tar file b.tgz /t/', ('a.tar', PACKED), ('file', b'x'), ('b.tgz', gzip.compress(tar(('more', b'y')))))
    assert shell(engine, 'ls /t') == 'dir\nfile\nlink\nmore\ntwin\n'


def test_an_archive_gets_the_owner_that_is_given(engine):
    make(engine, FROM + 'ADD --chown=ann:staff a.tar /t\nADD --chown=5 file /f', ('a.tar', PACKED), ('file', b''))
    owners = shell(engine, 'stat -c %u:%g /t/dir /t/dir/file /f').split()
    assert owners[-1] == '5:5' and (engine.name == 'dockerd' or owners[:2] == ['1000:50'] * 2), owners


def test_an_archive_is_unpacked_over_what_is_there(engine):
    make(engine, FROM + 'RUN mkdir -p /t/dir /real && echo old > /t/dir/old && ln -s /real /link\nADD a.tar /t\nADD a.tar /link', ('a.tar', PACKED))
    assert shell(engine, 'ls /t/dir; cat /real/dir/file; readlink /link') == 'file\nold\ninner/real\n'


@pytest.mark.parametrize('name', ['../../../../pwned', '/pwned', 'dir/../../../../pwned'])
def test_no_archive_reaches_out_of_the_image(engine, name):
    builds.post(engine, builds.context(FROM + 'ADD evil.tar /t', ('evil.tar', tar((name, b'x'), ('fine', b'y')))))
    assert not (engine.dir / 'pwned').exists() and engine.docker('run', '--rm', BOX, 'true').code == 0


def test_links_of_an_archive_are_not_written_through(engine):
    outside = engine.dir / 'outside'
    outside.mkdir()
    evil = tar(entry('way', link=str(outside)), ('way/pwned', b'x'), entry('up', link='../../../../../../../..' + str(outside)), ('up/pwned', b'x'))
    builds.post(engine, builds.context(FROM + 'ADD evil.tar /t', ('evil.tar', evil)))
    assert list(outside.iterdir()) == []
    outside.rmdir()


def test_a_broken_archive(engine):
    answer = builds.post(engine, builds.context(FROM + 'ADD a.tar.gz /t', ('a.tar.gz', gzip.compress(PACKED * 50)[:-200])))
    assert answer.error or shell(engine, 'ls /t')   # 20.10 looks at the beginning only, too


def test_a_url_is_fetched(engine, web):
    address = web.put('/some/name.txt?v=1', b'from the web')
    make(engine, FROM + f'ADD {address} /t/\nADD {address} /renamed')
    assert shell(engine, 'cat /t/name.txt /renamed; stat -c "%a %u:%g" /renamed') == 'from the webfrom the web600 0:0\n'
    assert ' ADD ' in history(engine)[0] and history(engine)[0].endswith(' in /renamed ')


def test_the_time_of_a_url_is_what_the_server_says(engine, web):
    address = web.put('/old', b'x', Last_Modified=formatdate(1400000000, usegmt=True))
    make(engine, FROM + f'ADD {address} /old\nADD {web.put("/any", b"x")} /any')
    assert shell(engine, 'stat -c %Y /old /any') == '1400000000\n0\n'


def test_an_archive_from_a_url_stays_packed(engine, web):
    make(engine, FROM + f'ADD {web.put("/a.tar.gz", FORMS["tar.gz"])} /t/')
    assert shell(engine, 'ls /t') == 'a.tar.gz\n'


def test_a_url_is_asked_again_and_its_content_decides(engine, web):
    file = FROM + f'ADD {web.put("/x", b"1")} /x\nRUN true'
    make(engine, file)
    assert make(engine, file).cached == [True, True]
    assert len(web.asked) == 2
    web.put('/x', b'2')
    assert make(engine, file).cached == [False, False] and shell(engine, 'cat /x') == '2'


def test_the_name_may_be_the_servers(engine, web):
    make(engine, FROM + f'ADD --chown=ann {web.put("/file", b"x")} /t/\nADD {web.put("/with%20blank", b"y")} /u/')
    assert shell(engine, 'stat -c %U /t/file; ls /u').split('\n')[0] == 'ann'
    answer = refused(engine, FROM + f'ADD {web.put("/", b"z")} /t/')
    assert 'filename' in answer.error or 'file name' in answer.error


def test_redirections_are_followed(engine, web):
    web.put('/end', b'arrived')
    make(engine, FROM + f'ADD {web.put("/begin", b"", 302, Location="/end")} /t')
    assert shell(engine, 'cat /t') == 'arrived'


def test_urls_that_do_not_answer(engine, web):
    answer = refused(engine, FROM + f'ADD {web.url}/none /x')
    assert answer.error.startswith('ADD failed: ') and '404' in answer.error
    answer = refused(engine, FROM + 'ADD http://127.0.0.1:1/x /x')
    assert answer.error.startswith('ADD failed: ') and '127.0.0.1:1' in answer.error


def test_a_big_download(engine, web):
    make(engine, FROM + f'ADD {web.put("/big", b"0123456789abcdef" * (1 << 20))} /big')
    assert shell(engine, 'wc -c < /big').strip() == str(16 << 20)


def test_checksums(engine, web):
    if engine.name == 'dockerd':
        return                                     # newer
    address = web.put('/x', b'1')
    make(engine, FROM + f'ADD --checksum={images.digest(b"1")} {address} /x')
    assert 'digest mismatch' in refused(engine, FROM + f'ADD --checksum={images.digest(b"2")} {address} /x').error
