"""What the engine fetches by itself: ADD of URLs."""
import hashlib

import pytest
from harness.builds import tar
from harness.buildx import FROM, cached
from harness.pages import Pages


@pytest.fixture
def web(engine):
    with Pages(engine.ns) as pages:
        yield pages


def test_a_url_is_added(buildx, web):
    url = web.put('/dir/file', b'from afar', Last_Modified='Sun, 13 Sep 2020 12:26:40 GMT')
    buildx.build(FROM + f'ADD {url} /a/\nADD --chmod=755 --chown=7:8 {url} /b')
    mode = 755 if buildx.newer else 600             # 20.10 does not heed it here
    assert buildx.shell('cat /a/file /b; stat -c "%a %u:%g %Y" /a/file; stat -c "%a %u:%g" /b') == f'from afarfrom afar600 0:0 1600000000\n{mode} 7:8\n'


def test_an_archive_from_a_url_stays_packed(buildx, web):
    buildx.build(FROM + f'ADD {web.put("/a.tar", tar(("x", b"x")))} /d/')
    assert buildx.shell('ls /d') == 'a.tar\n'


def test_a_url_is_asked_again_and_its_content_decides(buildx, web):
    file = FROM + f'ADD {web.put("/file", b"one")} /f'
    assert cached(buildx.build(file)) == [False] and cached(buildx.build(file)) == [True]
    web.put('/file', b'two')
    assert cached(buildx.build(file)) == [False] and buildx.shell('cat /f') == 'two'


def test_an_etag_saves_the_download(buildx, web):
    url = web.put('/file', b'one', ETag='"1"')
    buildx.build(FROM + f'ADD {url} /f')
    assert cached(buildx.build(FROM + f'ADD {url} /f')) == [True]


def test_a_url_that_does_not_answer(buildx, web):
    said = buildx.refused(FROM + f'ADD {web.url}/nothing /f')
    assert '/nothing' in said and '404' in said


def test_checksums(buildx, web):
    buildx.needs_newer('ADD --checksum')
    url = web.put('/file', b'content')
    buildx.build(FROM + f'ADD --checksum=sha256:{hashlib.sha256(b"content").hexdigest()} {url} /f')
    assert buildx.shell('cat /f') == 'content'
    assert 'digest mismatch' in buildx.refused(FROM + f'ADD --checksum=sha256:{"0" * 64} {url} /g')
