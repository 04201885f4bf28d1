"""What the engine fetches by itself: ADD of URLs, contexts behind URLs and in git repositories."""
import hashlib
import os
import shutil
import signal
import subprocess

import pytest
from harness.builds import context, tar
from harness.buildx import FROM, cached
from harness.pages import Pages
from harness.wait import eventually


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


@pytest.mark.parametrize('compression', ['', 'gz'])
def test_an_archive_behind_a_url_is_the_context(buildx, web, compression):
    url = web.put('/context.tar', context(FROM + 'COPY sub /d', ('sub/x', b'there\n'), compression=compression))
    buildx('build', '-t', 'made', url)
    assert buildx.shell('cat /d/x') == 'there\n'


def test_a_dockerfile_behind_a_url(buildx, web):
    buildx('build', '-t', 'made', web.put('/Dockerfile', (FROM + 'RUN echo alone > /out').encode(), Content_Type='text/plain'))
    assert buildx.shell('cat /out') == 'alone\n'


@pytest.fixture
def repository(buildx):
    """The URL of a repository with a branch, a tag and a directory, served inside the engine's namespace."""
    if not shutil.which('git'):
        pytest.skip('git is not installed')
    top = buildx.tree({'Dockerfile': FROM + 'COPY . /d\n', 'x': 'first\n', 'sub/Dockerfile': FROM + 'COPY . /s\n', 'sub/y': 'sub\n'}, 'work')

    def git(*args):
        subprocess.run(['git', '-c', 'user.name=ann', '-c', 'user.email=ann@example.com', *args], cwd=top, check=True, capture_output=True)
    for line in ('init -b master', 'add .', 'commit -m one', 'tag v1', 'checkout -b other'):
        git(*line.split())
    (top / 'x').write_text('other\n')
    for line in ('commit -a -m two', 'checkout master', 'clone --bare . ../served/repo.git'):
        git(*line.split())
    ns, port = buildx.engine.ns, 9418
    server = subprocess.Popen([*ns.enter(), 'git', 'daemon', '--reuseaddr', '--export-all', f'--base-path={buildx.dir}/served', '--listen=127.0.0.1', f'--port={port}'],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def answers():
        try:
            ns.connect(port).close()
            return True
        except OSError:
            return False
    try:
        eventually(answers, 'git daemon answers')
        yield f'git://127.0.0.1:{port}/repo.git'
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


@pytest.mark.parametrize('fragment, seen', [('', 'first\n'), ('#other', 'other\n'), ('#v1', 'first\n'), ('#refs/heads/other', 'other\n')])
def test_a_repository_is_the_context(buildx, repository, fragment, seen):
    buildx('build', '-t', 'made', repository + fragment)
    assert buildx.shell('cat /d/x; test ! -e /d/.git || echo git') == seen


def test_a_directory_of_a_repository_is_the_context(buildx, repository):
    buildx.needs_newer('directories of repositories, as buildx names them')
    buildx('build', '-t', 'made', repository + '#master:sub')
    assert buildx.shell('ls /s').split() == ['Dockerfile', 'y']


def test_a_branch_that_is_not_there(buildx, repository):
    done = buildx('build', repository + '#nosuch', check=False)
    assert done.code == 1 and 'nosuch' in done.err


def test_a_repository_is_added(buildx, repository):
    buildx.needs_newer('ADD of repositories')
    buildx.build(FROM + f'ADD {repository}#other /src')
    assert buildx.shell('cat /src/x') == 'other\n'
