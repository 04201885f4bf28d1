"""POST /build?version=2: BuildKit as the docker CLI 20.10 asks for it, without a plugin."""
import io
import json
import re
import signal
import tarfile

import pytest
from harness import builds
from harness import buildx as plugin
from harness import images
from harness.agents import Agent, program
from harness.builds import context, entry, tar
from harness.buildx import FROM, cached, states
from harness.debian_registry import DebianRegistry
from harness.docker20 import names, post
from harness.pages import Pages
from harness.registry import Registry
from harness.repositories import Repositories
from harness.terminal import Terminal

COPY = FROM + 'COPY . /d\n'
SECRET = 'not for every""body'
SCRATCH = FROM.replace('\n', ' AS make\n') + 'RUN mkdir -p /out/sub && echo x > /out/x && ln -s x /out/link && chmod 4711 /out/x\nFROM scratch\nCOPY --from=make /out /\n'
BODY = {'Content-Type': 'application/x-tar'}


# -- what is built and what is said --------------------------------------------------------------------------------

def test_a_directory_becomes_an_image(docker20):
    done = docker20.build(COPY + 'RUN echo so""far; cat /d/file > /new\nCMD ["cat", "/new"]', files={'file': 'x\n'})
    assert docker20.engine.docker('run', '--rm', 'made').out == 'x\n' and done.out == ''
    ends = states(done)
    assert '[internal] load build definition from Dockerfile' in ends and '[internal] load build context' in ends
    assert ends['[2/3] COPY . /d'] == ends['[3/3] RUN echo so""far; cat /d/file > /new'] == 'DONE'
    assert re.search(r'^#\d+ [\d.]+ sofar$', done.err, re.M) and 'naming to docker.io/library/made' in done.err


def test_the_second_build_is_cached(docker20):
    file = FROM + 'RUN cat /proc/sys/kernel/random/uuid > /when\nCOPY file /'
    assert cached(docker20.build(file, files={'file': 'x'})) == [False, False]
    first = docker20.image()['Id']
    assert cached(docker20.build(file)) == [True, True] and docker20.image()['Id'] == first
    assert cached(docker20.build(file, files={'file': 'y'})) == [True, False]
    assert cached(docker20.build(file, '--no-cache')) == [False, False]


def test_output_comes_in_order_while_the_command_runs(docker20):
    words = docker20.long_sleep()
    client = docker20.spawn('build', docker20.tree({'Dockerfile': FROM + f'RUN seq 1 10000; {words}'}))
    client.says(' 10000\n')
    assert [int(line.split()[2]) for line in client.lines if re.match(r'#\d+ [\d.]+ \d+$', line)] == list(range(1, 10001))
    plugin.wait_for(words)


def test_on_a_terminal(docker20):
    here = docker20.tree({'Dockerfile': FROM + 'RUN echo so""far'})
    with Terminal([docker20.program(), 'build', '--progress', 'tty', '-t', 'made', str(here)], env=docker20.environment(), cols=100) as terminal:
        terminal.expect(r'=> \[2/2\] RUN echo so""far')
        assert terminal.wait() == 0 and b'FINISHED' in terminal.seen


def test_several_names(docker20):
    docker20.build(FROM + 'LABEL a=b', '-t', 'made:2', '-t', 'own/made')
    assert set(docker20.image()['RepoTags']) == {'made:latest', 'made:2', 'own/made:latest'}


def test_a_file_and_quiet_tell_the_id(docker20):
    docker20.build(FROM + 'RUN echo noise', '--iidfile', docker20.dir / 'id')
    shown = docker20.engine.docker('image', 'inspect', '-f', '{{.Id}}', 'made').id
    assert (docker20.dir / 'id').read_text() == shown
    quiet = docker20.build(FROM + 'RUN echo noise', '-q')
    assert quiet.out == shown + '\n' and quiet.err == ''


def test_arguments_and_labels(docker20):
    file = 'ARG WHERE=nowhere\n' + FROM + 'ARG WHO=nobody\nARG MORE=1\nRUN echo $WHO $MORE > /who'
    docker20.build(file, '--build-arg', 'WHO=ann', '--build-arg', 'MORE', '--build-arg', 'BUILDKIT_INLINE_CACHE=1', '--label', 'a=b, "c"', '--label', 'd', MORE='2')
    assert docker20.shell('cat /who') == 'ann 2\n' and docker20.image()['Config']['Labels'] == {'a': 'b, "c"', 'd': ''}


def test_an_argument_without_a_value_is_not_given(docker20):
    docker20.build(FROM + 'ARG WHO=nobody\nRUN echo $WHO > /who', '--build-arg', 'WHO')
    assert docker20.shell('cat /who') == 'nobody\n'


def test_only_what_the_target_needs(docker20):
    file = FROM.replace('\n', ' AS a\n') + 'RUN echo a > /a\n' + FROM.replace('\n', ' AS broken\n') + 'RUN false\n' + FROM.replace('\n', ' AS b\n') + 'COPY --from=a /a /b\n'
    docker20.build(file + FROM + 'RUN false', '--target', 'b')
    assert docker20.shell('cat /b') == 'a\n'
    assert re.search('target stage "?nosuch"? could not be found', docker20.refused(file, '--target', 'nosuch'))


def test_hosts_and_networks(docker20):
    docker20.build(FROM + 'RUN grep far /etc/hosts > /hosts; ls /sys/class/net > /links', '--add-host', 'far:10.1.2.3', '--add-host', 'farther:::7', '--network', 'none')
    assert docker20.shell('cat /hosts /links').split() == ['10.1.2.3', 'far', '::7', 'farther', 'lo']
    docker20.build(FROM + 'RUN ls /sys/class/net > /links; cat /etc/hosts > /seen', '--network', 'host')
    assert 'ext0' in docker20.shell('cat /links').split()
    assert 'network mode "own" not supported by buildkit' in docker20.refused(FROM + 'RUN true', '--network', 'own')


def test_the_hosts_network_is_asked_for(docker20):
    file = '# syntax=docker/dockerfile:1.3\n' if docker20.newer else ''
    said = docker20.refused(file + FROM + 'RUN --network=host ls /sys/class/net > /links')
    assert 'network.host is not allowed' in said or not docker20.newer


def test_limits(docker20):
    docker20.needs_newer('--ulimit and --shm-size')
    docker20.build(FROM + 'RUN ulimit -n > /files; df -k /dev/shm > /shm', '--ulimit', 'nofile=1000:2000', '--shm-size', '48m', '--memory', '64m')
    assert docker20.shell('cat /files') == '1000\n' and ' 49152 ' in docker20.shell('cat /shm')


def test_a_platform(docker20):
    docker20.build(FROM + 'ARG TARGETPLATFORM\nRUN echo $TARGETPLATFORM > /p', '--platform', 'linux/amd64')
    assert docker20.shell('cat /p') == 'linux/amd64\n'


# -- where the context comes from ----------------------------------------------------------------------------------

def test_a_dockerfile_with_a_name_in_and_outside_of_the_context(docker20):
    here = docker20.tree({'sub/Own.dockerfile': FROM + 'COPY x /\nLABEL at=inside', 'x': ''})
    docker20('build', '-t', 'made', '-f', here / 'sub/Own.dockerfile', here)
    assert docker20.image()['Config']['Labels'] == {'at': 'inside'}
    away = docker20.tree({'Dockerfile': FROM + 'COPY x /\nLABEL at=outside'}, 'elsewhere')
    docker20('build', '-t', 'made', '-f', away / 'Dockerfile', here)
    assert docker20.image()['Config']['Labels'] == {'at': 'outside'} and docker20.shell('ls /x') == '/x\n'


def test_an_ignore_file_keeps_files_away(docker20):
    docker20.build(COPY, files={'.dockerignore': '*.log\n**/tmp\n!keep.log\nDockerfile\n.dockerignore\n', 'a.log': '', 'keep.log': '', 'deep/tmp/f': '', 'deep/x': '', 'x': ''})
    assert names(docker20) == ['./deep', './deep/x', './keep.log', './x']


def test_only_what_is_needed_is_sent(docker20):
    done = docker20.build(FROM + 'COPY wanted /d', files={'wanted/x': 'x', 'big': bytes(20 << 20)})
    assert 'transferring context' in done.err and 'MB' not in done.err.split('load build context')[1]


def test_a_dockerfile_on_stdin(docker20):
    docker20('build', '-t', 'made', '-f', '-', docker20.tree({'x': 'there\n'}), input=COPY)
    assert docker20.shell('cat /d/x') == 'there\n' and names(docker20) == ['./x']


def test_only_a_dockerfile_on_stdin(docker20):
    docker20('build', '-t', 'made', '-', input=FROM + 'RUN echo alone > /out')
    assert docker20.shell('cat /out') == 'alone\n'
    done = docker20('build', '-', input=FROM + 'COPY x /', check=False)
    assert done.code == 1 and 'not found' in done.err


@pytest.mark.parametrize('compression', ['', 'gz', 'bz2', 'xz'])
def test_an_archive_on_stdin(docker20, compression):
    body = context(COPY, ('sub/x', b'there\n'), entry('run', b'#!/bin/sh\n', 0o755, 7, 8), ('.dockerignore', b'*.log\n'), ('a.log', b''), compression=compression)
    docker20('build', '-t', 'made', '-', input=body)
    assert docker20.shell('cat /d/sub/x; stat -c "%a %u %g" /d/run') == 'there\n755 7 8\n' and './a.log' in names(docker20)


def test_an_archive_with_another_dockerfile(docker20):
    docker20('build', '-t', 'made', '-f', 'sub/Own', '-', input=tar(('sub/Own', COPY.encode()), ('x', b'')))
    assert './x' in names(docker20)


def test_an_archive_without_a_dockerfile(docker20):
    done = docker20('build', '-', input=tar(('x', b'')), check=False)
    assert done.code == 1 and re.search('failed to read dockerfile|lstat.*Dockerfile: no such file', done.err)


def test_a_large_archive_on_stdin(docker20):
    docker20('build', '-t', 'made', '-', input=context(COPY, ('big', bytes(range(256)) * (16 << 12))))
    assert docker20.shell('wc -c < /d/big').strip() == str(16 << 20)


def test_a_context_at_a_url(docker20):
    with Pages(docker20.engine.ns) as web:
        docker20('build', '-t', 'made', web.put('/own.tar.gz', context(COPY, ('x', b''), compression='gz')))
        assert './x' in names(docker20)
        docker20('build', '-t', 'made', '-f', 'Own', web.put('/other.tar', tar(('Own', COPY.encode()), ('y', b''))))
        assert './y' in names(docker20)
        docker20('build', '-t', 'made', web.put('/Dockerfile', (FROM + 'RUN echo afar > /out').encode()))
        assert docker20.shell('cat /out') == 'afar\n'
        done = docker20('build', web.url + '/nothing', check=False)
        assert done.code == 1 and '404' in done.err


def test_a_context_in_a_repository(docker20):
    with Repositories(docker20.engine.ns) as server:
        repository = server.make(files={'Dockerfile': FROM + 'COPY file /', 'file': 'first', 'sub/Dockerfile': FROM + 'COPY inner /', 'sub/inner': 'inner'})
        repository('tag', 'v1')
        repository.commit({'file': 'second'})
        for place, path, content in (('', 'file', 'second'), ('#v1', 'file', 'first'), ('#:sub', 'inner', 'inner')):
            docker20('build', '-t', 'made', repository.url + place)
            assert docker20.shell(f'cat /{path}') == content


# -- secrets, agents, logins ---------------------------------------------------------------------------------------

def test_secrets(docker20):
    (docker20.dir / 'secret').write_text(SECRET)
    file = FROM + 'RUN --mount=type=secret,id=s wc -c < /run/secrets/s > /out; stat -c "%a %u:%g" /run/secrets/s >> /out\n'
    docker20.build(file, '--secret', f'id=s,src={docker20.dir}/secret')
    assert docker20.shell('cat /out').split() == [str(len(SECRET)), '400', '0:0']
    assert SECRET.encode() not in docker20.bytes('save', 'made').stdout
    assert 'secret s' in docker20.refused(FROM + 'RUN --mount=type=secret,id=s,required=true true')


def test_agents(docker20):
    file = FROM + 'COPY agent_ask /bin/\nRUN chmod 755 /bin/agent_ask\nRUN --mount=type=ssh agent_ask > /out'
    with Agent('a key') as agent:
        docker20.build(file, '--ssh', f'default={agent.socket}', files={'agent_ask': program()})
    assert docker20.shell('cat /out') == '1 keys a key\n'
    docker20.build(FROM + 'RUN --mount=type=ssh echo ${SSH_AUTH_SOCK:-none} > /out')
    assert docker20.shell('cat /out') == 'none\n'


def test_a_base_behind_a_login(docker20):
    with Registry(docker20.engine.ns, auth='basic') as registry:
        file = f'FROM {registry.put("private", "v1", images.busybox_image("docker", ("gzip", "gzip"), mark="p"))}\nRUN cat /layer0 > /x'
        assert registry.host in docker20.refused(file, inside=True) and not docker20.exists()
        docker20.login(registry.host)
        docker20.build(file, '--pull', inside=True)
        assert docker20.shell('cat /x') == 'p0\n'


def test_a_cache_from_a_registry(docker20):
    """--cache-from of an image that is not here: what it was built of is not built again."""
    with DebianRegistry(docker20.engine.ns, docker20.engine.dir / 'registry') as registry:
        file = FROM + 'RUN cat /proc/sys/kernel/random/uuid > /when\n'
        name = registry.host + '/cached:v1'
        docker20.build(file, '--build-arg', 'BUILDKIT_INLINE_CACHE=1', tag=name)
        when = docker20.shell('cat /when', name)
        docker20.engine.docker('push', name)
        docker20.engine.docker('rmi', '-f', name)
        docker20('builder', 'prune', '-af')
        done = docker20.build(file, '--cache-from', name, '--cache-from', registry.host + '/nosuch')
        assert cached(done) == [True] and docker20.shell('cat /when') == when


# -- results that go elsewhere -------------------------------------------------------------------------------------

@pytest.mark.parametrize('output', ['type=local,dest={}', '{}'])
def test_to_a_directory(docker20, output):
    where = docker20.dir / 'got'
    docker20.build(SCRATCH, '-o', output.format(where))
    assert sorted(str(path.relative_to(where)) for path in where.rglob('*')) == ['link', 'sub', 'x']
    assert (where / 'x').read_text() == 'x\n' and (where / 'link').is_symlink() and not docker20.exists()


def test_to_an_archive(docker20):
    docker20.build(SCRATCH, '-o', f'type=tar,dest={docker20.dir}/out.tar')
    with tarfile.open(docker20.dir / 'out.tar') as archive:
        members = {member.name.strip('/'): member for member in archive}
    assert sorted(members) == ['link', 'sub', 'x'] and members['x'].mode & 0o7777 == 0o4711
    done = docker20.bytes('build', '-o', '-', docker20.dir / 'context')
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert 'x' in archive.getnames()


def test_a_result_that_cannot_be_had(docker20):
    """Again and again: a client that is refused while it begins its session may never end."""
    for _ in range(10 if docker20.newer else 1):
        assert docker20.build(FROM, '-o', f'type=oci,dest={docker20.dir}/o', check=False).code == 1
    assert re.search('exporter "?oci"? (is not supported|could not be found)', docker20.refused(FROM + 'RUN true', '-o', f'type=oci,dest={docker20.dir}/o'))
    assert not docker20.exists()


# -- failures and ends ---------------------------------------------------------------------------------------------

def test_a_command_that_fails(docker20):
    done = docker20.build(FROM + "RUN echo so''far; echo w''hy >&2; exit 3\nRUN touch /never", check=False)
    assert docker20.failure("/bin/sh -c echo so''far; echo w''hy >&2; exit 3", 3) in done.err
    assert re.search(r'^#\d+ [\d.]+ sofar$', done.err, re.M) and re.search(r'^#\d+ [\d.]+ why$', done.err, re.M)
    assert done.code == 1 and done.out == '' and not docker20.exists()


def test_a_quiet_build_that_fails_says_why(docker20):
    done = docker20.build(FROM + 'RUN yes 123456789 | head -n 1000000; echo the""end; exit 5', '-q', check=False)
    assert done.code == 1 and done.out == '' and 'exit code: 5' in done.err
    assert 'theend' in done.err or not docker20.newer      # 20.10 cuts what a command writes at 1 MiB


def test_a_file_that_is_not_there(docker20):
    said = docker20.refused(FROM + 'COPY nosuch /')
    assert re.search('"?/nosuch"?:? not found', said) and docker20.build(FROM + 'FOO bar', check=False).code == 1
    assert 'unknown instruction: FOO' in docker20.refused(FROM + 'FOO bar')


@pytest.mark.parametrize('how', [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_client_that_goes_stops_the_build(docker20, how):
    words = docker20.long_sleep()
    client = docker20.spawn('build', '-t', 'made', docker20.tree({'Dockerfile': FROM + f'RUN {words}'}))
    plugin.wait_for(words)
    client.signal(how)
    assert client.wait() != 0
    plugin.is_gone(words)
    assert not docker20.exists()


def test_a_build_is_cancelled_by_its_id(docker20):
    words = docker20.long_sleep()
    with builds.start(docker20.engine, context(FROM + f'RUN {words}'), BODY, version=2, buildid='own') as stream:
        plugin.wait_for(words)
        assert docker20.engine.api.post('/build/cancel', query={'id': 'another'}).status < 300 and plugin.pids(words)
        assert docker20.engine.api.post('/build/cancel', query={'id': 'own'}).status < 300
        assert 'context canceled' in json.loads(stream.read(30).splitlines()[-1])['error']
    plugin.is_gone(words)


def test_a_connection_that_breaks_stops_the_build(docker20):
    words = docker20.long_sleep()
    stream = builds.start(docker20.engine, context(FROM + f'RUN {words}'), BODY, version=2)
    plugin.wait_for(words)
    stream.close()
    plugin.is_gone(words)
