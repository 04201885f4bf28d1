"""Contexts that are elsewhere, by buildx: Git repositories and URLs, and the build graphs by which the plugin looks into them."""
import pytest
from harness import builds
from harness.agents import Agent
from harness.buildx import FROM, cached
from harness.pages import Pages
from harness.repositories import Repositories

COPY = FROM + 'COPY . /c/\n'
NAMED = FROM + 'COPY --from=other / /o/\n'


@pytest.fixture
def server(engine):
    with Repositories(engine.ns) as repositories:
        yield repositories


@pytest.fixture
def repo(server):
    made = server.make()
    made.commit({'Dockerfile': COPY, 'file': 'first', 'dir/Dockerfile': COPY, 'dir/inner': 'inner'})
    made('tag', 'v1')
    made.commit({'file': 'second'})
    return made


@pytest.fixture
def web(engine):
    with Pages(engine.ns) as pages:
        yield pages


def test_a_repository_is_the_context(buildx, repo):
    done = buildx('build', '-t', 'made', repo.url)
    assert buildx.shell('cat /c/file; test -e /c/.git; echo $?') == 'second1\n'
    assert not buildx.newer or 'policy' not in done.err or 'ERROR' not in done.err
    assert cached(buildx('build', '-t', 'made', repo.url)) == [True]


def test_a_ref_and_a_directory(buildx, repo):
    buildx('build', '-t', 'made', f'{repo.url}#v1')
    assert buildx.shell('cat /c/file') == 'first'
    if not buildx.newer:
        return                                     # "subdir not supported yet"
    buildx('build', '-t', 'made', f'{repo.url}#v1:dir')
    assert buildx.shell('ls /c') == 'Dockerfile\ninner\n'


@pytest.mark.parametrize('as_input', ['true', 'false'])
def test_a_query_says_what_a_fragment_does(buildx, repo, as_input):
    buildx.needs_newer('queries in Git URLs')
    url = f'{repo.url}?tag=v1&subdir=dir&checksum={repo("rev-parse", "v1")}'
    buildx('build', '-t', 'made', url, BUILDX_SEND_GIT_QUERY_AS_INPUT=as_input)
    assert buildx.shell('ls /c') == 'Dockerfile\ninner\n'
    done = buildx('build', '-t', 'made', f'{repo.url}?checksum=abcdef1', check=False, BUILDX_SEND_GIT_QUERY_AS_INPUT=as_input)
    assert done.code != 0 and 'expected checksum to match abcdef1' in done.err


def test_the_repository_may_be_kept(buildx, repo):
    buildx('build', '-t', 'made', '--build-arg', 'BUILDKIT_CONTEXT_KEEP_GIT_DIR=1', repo.url)
    assert buildx.shell('test -e /c/.git/HEAD; echo $?') == '0\n'


def test_the_dockerfile_of_another_place(buildx, repo, web):
    repo.commit({'own/Other': FROM + 'COPY file /other'})
    buildx('build', '-t', 'made', '-f', 'own/Other', repo.url)
    assert buildx.shell('cat /other') == 'second'
    buildx('build', '-t', 'made', '-f', '-', repo.url, input=FROM + 'COPY file /from-stdin')
    assert buildx.shell('cat /from-stdin') == 'second'


def test_a_dockerfile_at_a_url(buildx, repo, web):
    place = web.put('/Other', (FROM + 'COPY file /there').encode())
    buildx('build', '-t', 'made', '-f', place, repo.url)
    assert buildx.shell('cat /there') == 'second'
    buildx('build', '-t', 'made', '-f', place, buildx.tree({'file': 'local'}))
    assert buildx.shell('cat /there') == 'local'


def test_a_tar_is_the_context(buildx, web):
    buildx('build', '-t', 'made', web.put('/c.tar.gz', builds.context(COPY, ('file', b'packed'), compression='gz')))
    assert buildx.shell('cat /c/file') == 'packed'


def test_a_dockerfile_alone_is_the_context(buildx, web):
    buildx('build', '-t', 'made', web.put('/any', (FROM + 'RUN echo alone > /out').encode()))
    assert buildx.shell('cat /out') == 'alone\n'


def test_contexts_that_are_not_there(buildx, server, web):
    for url in (f'http://{server.host}/none.git', f'{web.url}/none'):
        done = buildx('build', url, check=False)
        assert done.code != 0 and ('none' in done.err or '404' in done.err)


def test_logins_are_secrets(buildx, server, repo):
    buildx.needs_newer('logins of this kind')
    server.login = 'x-access-token:secret'
    done = buildx('build', '-t', 'made', repo.url, check=False)
    assert done.code != 0
    buildx('build', '-t', 'made', '--secret', 'id=GIT_AUTH_TOKEN', repo.url, GIT_AUTH_TOKEN='secret')
    assert buildx.shell('cat /c/file') == 'second'
    buildx.build(FROM + f'ADD {repo.url}#v1 /a', '--secret', f'id=GIT_AUTH_TOKEN.{server.host},env=OWN', OWN='secret')
    assert buildx.shell('cat /a/file') == 'first'


def test_a_login_is_for_submodules_as_well(buildx, server, repo):
    buildx.needs_newer('logins of this kind')
    inner = server.make('inner', {'deep': 'deep'})
    repo('submodule', '--quiet', 'add', str(inner.tree), 'inner')
    repo('config', '-f', '.gitmodules', 'submodule.inner.url', '../inner.git')
    repo.commit()
    server.login = "x-access-token:it's = secret"
    buildx('build', '-t', 'made', '--secret', 'id=GIT_AUTH_TOKEN', repo.url, GIT_AUTH_TOKEN="it's = secret")
    assert buildx.shell('cat /c/inner/deep') == 'deep'


def test_a_repository_is_added(buildx, repo):
    buildx.needs_newer('ADD of Git repositories')
    buildx.build(FROM + f'ADD --chown=7:8 {repo.url}#v1 /a\nADD --keep-git-dir=true {repo.url} /b\nADD --checksum={repo("rev-parse", "HEAD")} {repo.url} /c')
    assert buildx.shell('cat /a/file /b/file /c/file; stat -c %u:%g /a/file; ls -A /b') == 'firstsecondsecond7:8\n.git\nDockerfile\ndir\nfile\n'


def test_a_named_context(buildx, repo, web):
    buildx.needs_newer('named contexts')
    said = buildx.build(NAMED, '--build-context', f'other={repo.url}#v1').err
    assert buildx.shell('cat /o/file') == 'first' and '[context other]' in said
    buildx.build(NAMED, '--build-context', f'other={repo.url}?tag=v1&subdir=dir')
    assert buildx.shell('ls /o') == 'Dockerfile\ninner\n'
    buildx.build(NAMED, '--build-context', f'other={web.put("/file", b"plain")}')
    assert buildx.shell('cat /o/context') == 'plain'
    buildx.build(FROM + f'RUN --mount=from=other,target=/o cat /o/file > /out', '--build-context', f'other={repo.url}')
    assert buildx.shell('cat /out') == 'second'
    assert 'expected checksum' in buildx.refused(NAMED, '--build-context', f'other={repo.url}?checksum=abcdef')


def test_logins_of_urls_are_not_shown(buildx, web):
    buildx.needs_newer('named contexts')
    place = web.put('/file', (FROM + 'COPY --from=other /context /o').encode()).replace('//', '//ann:secret@')
    said = buildx('build', '-t', 'made', '-f', place, '--build-context', f'other={place}', buildx.tree({})).err
    assert web.url.partition('//')[2] + '/file' in said and 'secret' not in said, said


def test_a_bake_file_of_a_repository(buildx, repo):
    repo.commit({'docker-bake.hcl': 'target "default" { tags = ["made"] }'})
    buildx('buildx', 'bake', repo.url)
    assert buildx.shell('cat /c/file') == 'second'


@pytest.mark.parametrize('where', ['repository', 'directory'])
def test_policies_are_not_left_out_silently(buildx, repo, where):
    buildx.needs_newer('this')
    policy = 'package docker\n\ndefault allow := false\n\ndecision := {"allow": allow}\n'
    repo.commit({'Dockerfile.rego': policy})
    place = repo.url if where == 'repository' else buildx.tree({'Dockerfile': FROM, 'Dockerfile.rego': policy})
    done = buildx('build', '-t', 'made', place, check=False)
    assert done.code != 0 and 'source policies are not supported' in done.err and not buildx.exists()


def test_git_by_ssh_asks_the_agent(buildx):
    """The host is not there; what is tried says that ssh was run."""
    buildx.needs_newer('this')
    with Agent('key') as agent:
        said = buildx.refused(FROM + 'ADD git@127.0.0.1:repo.git /a', '--ssh', f'default={agent.socket}')
    assert 'git@127.0.0.1:repo.git' in said and 'port 22: Connection refused' in said, said
