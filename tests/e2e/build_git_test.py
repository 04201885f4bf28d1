"""Git repositories as contexts of the classic builder, and ADD of them."""
import contextlib
import threading
from pathlib import Path

import pytest
from harness import builds, paths
from harness.builds import make, refused, shell
from harness.engine import BOX
from harness.pages import Pages
from harness.repositories import Repositories
from harness.wait import eventually

FROM = f'FROM {BOX}\n'
COPY = FROM + 'COPY . /c/\n'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


@pytest.fixture
def server(engine):
    with Repositories(engine.ns) as repositories:
        yield repositories


@pytest.fixture
def repo(server):
    """Two branches, a tag on the first commit of one, and a directory."""
    made = server.make()
    made.commit({'Dockerfile': COPY, 'file': 'first', 'dir/Dockerfile': COPY, 'dir/inner': 'inner', 'link': ('link', 'dir/inner')})
    made('tag', 'v1')
    made('tag', '-a', '-m', 'annotated', 'v1a')
    made.commit({'file': 'second'})
    made('branch', 'other')
    made.commit({'file': 'third'})
    return made


@pytest.fixture
def newer(engine):
    if engine.name == 'dockerd':
        pytest.skip('BuildKit\'s')


def remote(engine, url: str, **query) -> builds.Answer:
    answer = builds.post(engine, b'', remote=url, **query)
    assert answer.status == 200 and not answer.error, (answer.error, answer.text)
    return answer


def running(words: str) -> list[str]:
    found = []
    for entry in Path('/proc').glob('[0-9]*/cmdline'):
        with contextlib.suppress(OSError):
            if words.encode() in entry.read_bytes():
                found.append(entry.parent.name)
    return found


def refused_remote(engine, url: str) -> str:
    answer = builds.post(engine, b'', remote=url)
    assert answer.error, answer.text
    return answer.error


def test_a_repository_is_a_context(engine, repo):
    remote(engine, repo.url)
    assert shell(engine, 'cd /c; cat file link; stat -c "%a %u:%g" file dir; ls') == 'thirdinner644 0:0\n755 0:0\nDockerfile\ndir\nfile\nlink\n'


def test_the_repository_itself_is_no_part_of_the_context(engine, repo, newer):
    """As for BuildKit; 20.10 copies it, and finds no COPY in its cache then."""
    remote(engine, repo.url)
    assert shell(engine, 'test -e /c/.git; echo $?') == '1\n'
    remote(engine, repo.url, buildargs='{"BUILDKIT_CONTEXT_KEEP_GIT_DIR":"1"}')
    assert shell(engine, 'cat /c/.git/HEAD').strip() == repo('rev-parse', 'HEAD')


@pytest.mark.parametrize('ref, content', [('other', 'second'), ('v1', 'first'), ('v1a', 'first'), ('refs/heads/other', 'second')])
def test_branches_and_tags(engine, repo, ref, content):
    remote(engine, f'{repo.url}#{ref}')
    assert shell(engine, 'cat /c/file') == content


def test_the_repository_says_which_branch_is_the_first(engine, repo, newer):
    repo('checkout', '-q', '-b', 'trunk', 'v1')
    remote(engine, repo.url)
    assert shell(engine, 'cat /c/file') == 'first'


def test_a_branch_goes_before_a_tag(engine, repo, newer):
    repo('branch', 'v1', 'master')
    remote(engine, f'{repo.url}#v1')
    assert shell(engine, 'cat /c/file') == 'third'


def test_commits_that_the_server_gives_to_everybody_and_others(engine, repo):
    older = repo('rev-parse', 'v1')
    if engine.name != 'dockerd':                   # which asks for just this one
        remote(engine, f'{repo.url}#{older}')
        assert shell(engine, 'cat /c/file') == 'first'
    repo('config', 'uploadpack.allowAnySHA1InWant', 'true')
    remote(engine, f'{repo.url}#{older}')
    assert shell(engine, 'cat /c/file') == 'first'


def test_a_directory_of_the_repository(engine, repo):
    remote(engine, f'{repo.url}#other:dir')
    assert shell(engine, 'ls /c') == 'Dockerfile\ninner\n'
    remote(engine, f'{repo.url}#:dir')
    assert 'dir' in refused_remote(engine, f'{repo.url}#:nodir') and refused_remote(engine, f'{repo.url}#:file')


def test_nothing_leads_out_of_the_repository(engine, repo, newer):
    """20.10 stays inside, too: it takes what leads out for the root."""
    repo.commit({'out': ('link', '/'), 'up': ('link', '../../..')})
    for directory in ('up', 'out/etc', '../..', '.git'):
        assert refused_remote(engine, f'{repo.url}#:{directory}')


def test_the_dockerfile_of_another_name(engine, repo):
    repo.commit({'sub/Other': FROM + 'COPY file /other'})
    remote(engine, repo.url, dockerfile='sub/Other')
    assert shell(engine, 'cat /other') == 'third'


def test_what_the_commit_has_decides_about_the_cache(engine, repo, newer):
    remote(engine, repo.url)
    assert remote(engine, repo.url).cached == [True]
    assert remote(engine, f'{repo.url}#master').cached == [True]
    repo.commit({'file': 'fourth'})
    assert remote(engine, repo.url).cached == [False] and shell(engine, 'cat /c/file') == 'fourth'


def test_submodules(engine, server, repo):
    inner = server.make('inner', {'deep': 'deep'})
    outer = server.make('outer', {'middle': 'middle'})
    for module, name in ((outer, inner), (repo, outer)):
        module('submodule', '--quiet', 'add', str(name.tree), name.tree.name)
        module('config', '-f', '.gitmodules', f'submodule.{name.tree.name}.url', name.url)
        module.commit()
    remote(engine, repo.url)
    assert shell(engine, 'cat /c/outer/middle /c/outer/inner/deep') == 'middledeep'


@pytest.mark.parametrize('url', ['file://{other}', '{other}', 'ext::sh -c "touch {other}/ran"', '../../../../..{other}', '--upload-pack=touch {other}/ran'])
def test_submodules_that_are_elsewhere(engine, server, repo, url, newer):
    """Neither the host's repositories nor its programs."""
    other = server.make('other', {'file': 'of the host'}).tree
    url = url.format(other=other)
    repo('submodule', '--quiet', 'add', str(repo.tree), 'sub')
    repo('config', '-f', '.gitmodules', 'submodule.sub.url', url)
    repo.commit()
    assert 'submodule' in refused_remote(engine, repo.url)
    assert not (other / 'ran').exists()


def test_nothing_of_the_repository_runs(engine, repo):
    trace = engine.dir / 'ran'
    repo.commit({'.gitattributes': '* filter=evil', 'hooks/post-checkout': f'#!/bin/sh\ntouch {trace}'})
    (repo.tree / '.git/hooks/post-checkout').write_text(f'#!/bin/sh\ntouch {trace}\n')
    repo('config', 'filter.evil.smudge', f'touch {trace}')
    remote(engine, repo.url)
    assert not trace.exists()


def test_settings_of_the_engines_user_do_not_count(engine, repo, newer):
    """Its home is the engine's directory here."""
    trace, settings = engine.dir / 'ran', engine.dir / '.gitconfig'
    settings.write_text(f'[filter "own"]\n smudge = touch {trace}\n[core]\n fsmonitor = touch {trace}\n[url "file:///"]\n insteadOf = http://\n'
                        f'[credential]\n helper = "!touch {trace}"\n')
    repo.commit({'.gitattributes': '* filter=own'})
    try:
        remote(engine, repo.url)
    finally:
        settings.unlink()
    assert not trace.exists()


@pytest.mark.parametrize('ref', ['--upload-pack=touch', 'a..b', 'master:refs/heads/x', '+master', 'none', 'x y', '-q'])
def test_refs_that_are_none(engine, repo, ref):
    if engine.name == 'dockerd' and ref.startswith('+'):
        return                                     # for git it is a wish for more than a fetch
    assert refused_remote(engine, f'{repo.url}#{ref}')


def test_repositories_that_are_none(engine, server):
    assert 'none.git' in refused_remote(engine, f'http://{server.host}/none.git')
    assert '127.0.0.1' in refused_remote(engine, 'http://127.0.0.1:1/repo.git')
    for url in ('file:///etc.git', '/etc', 'ext::sh -c true', 'http:/x.git'):
        assert refused_remote(engine, url)


def test_a_login_is_not_asked_for(engine, server, repo):
    server.login = 'ann:secret'
    said = refused_remote(engine, repo.url)
    assert 'Username' in said or 'uthentication' in said or '401' in said
    if engine.name == 'dockerd':
        return                                     # shows it
    said = refused_remote(engine, repo.url.replace('//', '//ann:wrong-one@'))
    assert 'wrong-one' not in said
    remote(engine, repo.url.replace('//', '//ann:secret@'))


def test_a_login_is_for_nobody_else(engine, server, repo, newer):
    with Repositories(engine.ns) as other:
        other.make(files={'Dockerfile': COPY, 'file': 'elsewhere'})
        server.elsewhere = other.host
        remote(engine, repo.url)
        assert shell(engine, 'cat /c/file') == 'elsewhere' and not other.logins
        refused_remote(engine, repo.url.replace('//', '//ann:secret@'))
        assert server.logins and not other.logins


def test_by_ssh_the_keys_of_the_engines_user_do_not_count(daemon, tmp_path):
    """Only the client's agent does, and here is none: no ssh is run."""
    (tmp_path / 'ssh').write_text(f'#!/bin/sh\ntouch {tmp_path}/asked\nexit 1\n')
    (tmp_path / 'ssh').chmod(0o755)
    engine = daemon(start=False)
    variables = {**engine.environment(), 'PATH': f'{tmp_path}:{paths.SYSTEM_PATH}'}
    engine.environment = lambda: variables
    engine.start()
    assert refused_remote(engine, 'git@127.0.0.1:repo.git') == 'no SSH key "default" forwarded from the client'
    assert not (tmp_path / 'asked').exists()


def test_a_build_that_is_cancelled_leaves_no_git(engine, server, repo, newer):
    server.hold()
    answers = []
    asking = threading.Thread(target=lambda: answers.append(builds.post(engine, b'', remote=repo.url, buildid='one')))
    asking.start()
    assert server.came.wait(20)
    assert list((engine.root / 'build').glob('git-*')) and running(repo.url)
    assert engine.api.post('/build/cancel', query={'id': 'one'}).status < 300
    asking.join(20)
    assert answers and answers[0].error
    eventually(lambda: not builds.residue(engine), 'the repository is gone')
    eventually(lambda: not running(repo.url), 'no git is left')


def test_the_engine_stops_while_git_waits(daemon):
    engine = daemon()
    with Repositories(engine.ns) as server:
        repo = server.make(files={'Dockerfile': COPY})
        server.hold()
        asking = threading.Thread(target=lambda: builds.post(engine, b'', remote=repo.url))
        asking.start()
        assert server.came.wait(20)
        engine.stop()
        asking.join(20)
        assert not asking.is_alive()


def test_without_git(daemon, tmp_path):
    for directory in map(Path, paths.SYSTEM_PATH.split(':')):
        for program in directory.glob('*'):
            if program.name != 'git' and not (tmp_path / program.name).exists():
                (tmp_path / program.name).symlink_to(program)
    engine = daemon(start=False)
    variables = {**engine.environment(), 'PATH': str(tmp_path)}
    engine.environment = lambda: variables
    engine.start()
    said = refused_remote(engine, 'http://127.0.0.1:1/repo.git')
    assert 'git' in said and 'not found' in said


def test_a_repository_is_added(engine, repo, newer):
    make(engine, FROM + f'ADD {repo.url}#other /a\nADD --chown=7:8 --chmod=700 {repo.url}?ref=v1&subdir=dir /b/\nADD --exclude=dir {repo.url} /c')
    assert shell(engine, 'cat /a/file /b/inner; ls -A /a; stat -c "%a %u:%g" /b/inner; ls /c') == \
        'secondinnerDockerfile\ndir\nfile\nlink\n700 7:8\nDockerfile\nfile\nlink\n'


def test_several_repositories_and_other_sources(engine, server, repo, newer):
    more = server.make('more', {'more': 'more'})
    with Pages(engine.ns) as web:
        make(engine, FROM + f'ADD {repo.url} {more.url} {web.put("/git", b"a file")} /a/')
    assert shell(engine, 'cat /a/file /a/more /a/git') == 'thirdmorea file'


def test_what_is_added_comes_from_the_cache(engine, repo, newer):
    file = FROM + f'ADD {repo.url} /a\nADD --keep-git-dir=true {repo.url} /b'
    make(engine, file)
    assert make(engine, file).cached == [True, True]
    repo.commit({'file': 'fourth'})
    assert make(engine, file).cached == [False, False] and shell(engine, 'cat /a/file /b/file') == 'fourthfourth'


@pytest.mark.parametrize('query', ['submodules=false', 'mtime=commit'])
def test_a_repository_that_is_kept_and_what_else_is_said_about_it(engine, repo, newer, query):
    files = [FROM + f'ADD --keep-git-dir {url} /a' for url in (f'{repo.url}?{query}', repo.url)]
    assert [make(engine, file).cached for file in files * 2] == [[False], [False], [True], [True]]


def test_the_repository_is_kept(engine, repo, newer):
    make(engine, FROM + f'ADD --keep-git-dir {repo.url}#v1a /a\nADD --keep-git-dir=false {repo.url} /b')
    assert shell(engine, 'cat /a/.git/HEAD; ls /a/.git/refs/tags; test -e /b/.git; echo $?; test -e /a/.git/FETCH_HEAD; echo $?') == \
        repo('rev-parse', 'v1') + '\nv1a\n1\n1\n'


def test_the_commit_is_checked(engine, server, repo, newer):
    commit = repo('rev-parse', 'HEAD')
    make(engine, FROM + f'ADD --checksum={commit} {repo.url} /a\nADD --checksum={commit[:9]} {repo.url} /b')
    make(engine, FROM + f'ADD --checksum={repo("rev-parse", "v1a")} {repo.url}#v1a /a')
    assert 'expected checksum to match' in refused(engine, FROM + f'ADD --checksum={"0" * 40} {repo.url} /a').error
    server.old = True                              # all is fetched then
    repo.commit({'file': 'fourth'})
    make(engine, FROM + f'ADD --checksum={commit} {repo.url}#{commit} /a')
    assert shell(engine, 'cat /a/file') == 'third'
    newest = repo('rev-parse', 'HEAD')
    assert 'expected checksum to match' in refused(engine, FROM + f'ADD --checksum={newest} {repo.url}#{commit} /a').error
    assert 'invalid checksum' in refused(engine, FROM + f'ADD --checksum=sha256:{"0" * 64} {repo.url} /a').error
    assert 'unexpected query' in refused(engine, FROM + f'ADD {repo.url}?what=1 /a').error
