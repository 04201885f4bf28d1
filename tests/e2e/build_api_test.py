"""POST /build as other clients than the CLI use it: contexts, parameters, errors, cancelling."""
import base64
import bz2
import gzip
import json
import lzma
import select
import socket

import pytest
from harness import builds, images
from harness.builds import context, make, post, refused, shell, tar
from harness.engine import BOX
from harness.pages import Pages
from harness.registry import Registry
from harness.wait import eventually

FROM = f'FROM {BOX}\n'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


@pytest.fixture
def web(engine):
    with Pages(engine.ns) as pages:
        yield pages


@pytest.mark.parametrize('pack', [bytes, gzip.compress, bz2.compress, lzma.compress, images.zstd], ids=['plain', 'gzip', 'bzip2', 'xz', 'zstd'])
def test_contexts_may_be_compressed(engine, pack):
    if engine.name == 'dockerd' and pack is images.zstd:
        return                                     # needs a program that 20.10 does not come with
    answer = post(engine, pack(context(FROM + 'COPY file /', ('file', b'here'))))
    assert not answer.error and shell(engine, 'cat /file') == 'here'


def test_a_body_without_a_type_is_a_tar(engine):
    with engine.api.stream('POST', '/build', {'t': 'made'}, context(FROM + 'ENV A=b')) as stream:
        assert b'Successfully built' in stream.read()


def test_old_and_versionless_paths(engine):
    for version in (None, '1.24', '1.40'):
        with engine.api.at(version).stream('POST', '/build', {'t': 'made'}, context(FROM + 'ENV A=b')) as stream:
            assert b'Successfully built' in stream.read()


def test_the_dockerfile_may_lie_elsewhere(engine):
    members = ('sub/Other.file', (FROM + 'ENV A=other\nCOPY x /').encode()), ('x', b'')
    body = tar(*members)
    assert not post(engine, body, dockerfile='sub/Other.file').error
    assert not post(engine, body, dockerfile='./sub/../sub/Other.file').error
    assert 'A=other' in builds.config(engine)['Env']
    assert 'must be within the build context' in post(engine, body, dockerfile='../Other.file').error or engine.name == 'dockerd'
    assert not post(engine, tar(('dockerfile', FROM.encode() + b'ENV A=lower'))).error
    assert 'A=lower' in builds.config(engine)['Env']


def test_a_missing_dockerfile(engine):
    answer = post(engine, tar(('x', b'')))
    assert (answer.status, answer.error) == (500, 'Cannot locate specified Dockerfile: Dockerfile')
    answer = post(engine, tar(('x', b'')), dockerfile='sub/Own')
    assert (answer.status, answer.error) == (500, 'Cannot locate specified Dockerfile: sub/Own')


def test_names_that_climb_out_stay_in_the_context(engine):
    answer = post(engine, tar(('Dockerfile', b'FROM gt/box\nCOPY foo bar /'), ('../foo', b'1'), ('/bar', b'2')))
    assert not answer.error and shell(engine, 'cat /foo /bar') == '12'


def test_an_empty_dockerfile(engine):
    answer = post(engine, context(''))
    assert (answer.status, answer.error) == (400, 'the Dockerfile (Dockerfile) cannot be empty') or engine.name == 'dockerd' and 'cannot be empty' in answer.error
    answer = post(engine, context('# nothing\n\n'))
    assert answer.status == 400 and 'file with no instructions' in answer.error


@pytest.mark.parametrize('file, words', [
    ('FROM gt/box\n\nFOO bar', 'dockerfile parse error on line 3: unknown instruction: FOO'),
    ('FROM gt/box\nENV', 'ENV requires at least one argument'),
    ('FROM gt/box\nENV A', 'ENV must have two arguments'),
    ('FROM gt/box\nCOPY x', 'COPY requires at least two arguments, but only one was provided. Destination could not be determined'),
    ('RUN x', 'no build stage in current context'),
    ('FROM gt/box\nRUN true\nUSER --odd=1 ann', 'nknown flag: '),
    ('FROM gt/box\nHEALTHCHECK NONE x', 'HEALTHCHECK NONE takes no arguments'),
    ('FROM gt/box\nSHELL sh', 'SHELL requires the arguments to be in JSON form'),
])
def test_a_dockerfile_that_cannot_be_read(engine, file, words):
    answer = post(engine, context(file))
    assert words.replace('dockerfile parse error on line 3: ', '') in answer.error, answer.error
    assert answer.status == 400 and (engine.name == 'dockerd' or 'line' in answer.error)


def test_a_body_that_is_no_tar(engine):
    for body in (b'', b'not a tar at all, not even a bit of one' * 100, context(FROM)[:100]):
        answer = post(engine, body)
        assert answer.status >= 400 and answer.error


def test_a_context_that_would_reach_out(engine):
    for name in ('../evil', 'a/../../evil', '/abs'):
        post(engine, context(FROM + 'COPY . /t', (name, b'x')))
        assert not (engine.dir / 'evil').exists()
    assert engine.alive()


@pytest.mark.parametrize('query, status, words', [
    ({'t': 'Made'}, 400, 'must be lowercase'),
    ({'t': 'made:a b'}, 400, 'invalid reference format'),
    ({'t': 'made@sha256:' + '0' * 64}, 400, 'build tag cannot contain a digest'),
    ({'version': '3'}, 400, 'invalid version'),
    ({'squash': '1'}, 400, 'squash is only supported with experimental mode'),
    ({'buildargs': '{'}, 400, 'buildargs'),
    ({'labels': '['}, 400, 'labels'),
    ({'ulimits': 'x'}, 400, 'ulimits'),
    ({'cachefrom': '{'}, None, ''),
    ({'isolation': 'odd'}, 400, 'isolation'),
    ({'securityopt': 'x'}, 400, 'security options'),
])
def test_bad_parameters(engine, query, status, words):
    answer = post(engine, context(FROM), **query)
    if engine.name == 'dockerd':                   # many are untyped errors there
        assert answer.error or query.get('cachefrom')
        return
    assert words in answer.error and answer.status == (status or answer.status), (answer.status, answer.error)


def test_limits_hold_for_commands(engine):
    file = FROM + 'RUN cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; ulimit -n; df /dev/shm | tail -1; cat /etc/hosts; true'
    answer = make(engine, file, memory=64 << 20, memswap=64 << 20, shmsize=8 << 20, ulimits=[{'Name': 'nofile', 'Soft': 77, 'Hard': 99}], extrahosts='example.internal:10.9.8.7')
    assert f'{64 << 20}\n' in answer.text and '\n77\n' in answer.text and ' 8192 ' in answer.text
    assert '10.9.8.7\texample.internal' in answer.text
    assert builds.config(engine).get('Memory') is None


def test_networks(engine):
    file = FROM + 'RUN ip -o link; echo end'
    none = make(engine, file, networkmode='none', nocache=1).text
    assert ': lo' in none and 'eth0' not in none
    assert ': ext0' in make(engine, file, networkmode='host', nocache=1).text
    assert ': eth0' in make(engine, file, nocache=1).text and ': eth0' in make(engine, file, networkmode='default', nocache=1).text
    engine.docker('network', 'create', 'own')
    engine.docker('run', '-d', '--name', 'db', '--network', 'own', BOX, 'sleep', '1000')
    assert 'db' in make(engine, FROM + 'RUN nslookup db', networkmode='own').text
    engine.clear()
    engine.docker('network', 'rm', 'own')


def test_a_build_can_be_cancelled_by_its_id(engine):
    if engine.name == 'dockerd':
        return                                     # there it is for BuildKit alone
    with builds.start(engine, context(FROM + 'RUN echo begun; sleep 600'), buildid='mine') as stream:
        eventually(lambda: [row for row in builds.containers(engine) if row['State'] == 'running'], 'the command runs', 20)
        assert engine.api.post('/build/cancel', query={'id': 'mine'}).status == 204
        text = stream.read(20)
    assert b'"error"' in text and b'Successfully' not in text
    eventually(lambda: not builds.containers(engine), 'the container is gone', 10)
    assert engine.api.post('/build/cancel', query={'id': 'mine'}).status == 204
    assert engine.api.post('/build/cancel').status == 400


@pytest.mark.parametrize('options', [{}, {'rm': 0}])
def test_a_client_that_goes_away_ends_its_build(engine, options):
    stream = builds.start(engine, context(FROM + 'ENV A=1\nRUN sleep 600'), **options)
    eventually(lambda: [row for row in builds.containers(engine) if row['State'] == 'running'], 'the command runs', 20)
    engine.remember()
    stream.close()
    if engine.name == 'gantryd':
        eventually(lambda: not builds.containers(engine), 'the container is gone', 10)
    else:
        eventually(lambda: not [row for row in builds.containers(engine) if row['State'] == 'running'], 'the container has ended', 20)
    assert make(engine, FROM + 'ENV A=1').cached == [True]


def test_a_client_that_goes_away_while_it_sends(engine):
    body = context(FROM + 'COPY big /', ('big', bytes(4 << 20)))
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(engine.socket)
        s.sendall(b'POST /build HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\nContent-Length: %d\r\n\r\n' % len(body) + body[:1 << 20])
    eventually(lambda: not builds.residue(engine), 'nothing is kept of it', 10)


@pytest.mark.parametrize('path', ['/build?t=made', '/images/load'])
def test_the_answer_comes_behind_the_end_of_the_request(engine, path):
    """Clients give up their context when the answer begins, and the connection with it, if it is not sent by then."""
    body = context(FROM + 'LABEL a=b') if 'build' in path else images.docker_archive(images.busybox_image('docker'), 'made:latest')
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(engine.socket)
        s.sendall(f'POST {path} HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n'.encode() +
                  b'%x\r\n%b\r\n' % (len(body), body))
        assert not select.select([s], [], [], 1)[0], 'an answer to half a request'
        s.sendall(b'0\r\n\r\n')
        s.settimeout(20)
        answer = b''
        while not answer.endswith(b'\r\n0\r\n\r\n'):
            answer += s.recv(4096)
        assert answer.startswith(b'HTTP/1.1 200 ') and b'error' not in answer


def test_output_begins_before_anything_else_is_asked(engine):
    with builds.start(engine, context(FROM + 'RUN sleep 600')) as stream:
        assert stream.status == 200 and stream.json_line(20) == {'stream': f'Step 1/2 : FROM {BOX}'}


def test_a_remote_tar_and_a_remote_dockerfile(engine, web):
    archive = web.put('/context.tar.gz', gzip.compress(context(FROM + 'COPY file /', ('file', b'remote'))), Content_Type='application/x-tar')
    answer = post(engine, b'', remote=archive)
    assert not answer.error and shell(engine, 'cat /file') == 'remote'
    file = web.put('/Own', (FROM + 'ENV A=remote').encode(), Content_Type='text/plain')
    answer = post(engine, b'', remote=file)
    assert not answer.error, answer.error
    assert 'A=remote' in builds.config(engine)['Env']
    assert post(engine, b'', remote=web.url + '/none').error


def test_a_missing_base_is_pulled_with_progress(engine):
    with Registry(engine.ns) as registry:
        reference = registry.put('base', 'v1', images.busybox_image('docker'))
        answer = make(engine, f'FROM {reference}\nRUN cat /layer0')
        statuses = [line['status'] for line in answer.objects if 'status' in line]
        assert any(status.startswith('Pulling from base') for status in statuses) and 'Pull complete' in statuses
        assert any(status.startswith('Status: Downloaded newer image for ') for status in statuses)
        count = len(registry.requests)
        make(engine, f'FROM {reference}\nRUN cat /layer0')
        assert len(registry.requests) == count      # it is here now
        again = make(engine, f'FROM {reference}\nRUN cat /layer0', pull=1)
        assert len(registry.requests) > count and again.cached == [True]
        registry.put('base', 'v1', images.busybox_image('docker', mark='new'))
        assert 'new0\n' in make(engine, f'FROM {reference}\nRUN cat /layer0', pull=1).text
        make(engine, f'FROM {BOX}\nCOPY --from={registry.put("tools", "v1", images.busybox_image("docker", mark="t"))} /layer0 /t')
        assert shell(engine, 'cat /t') == 't0\n'
        missing = refused(engine, f'FROM {registry.host}/none:v1')
        assert 'manifest' in missing.error


def test_a_registry_that_wants_a_login(engine):
    with Registry(engine.ns, auth='basic') as registry:
        reference = registry.put('private', 'v1', images.busybox_image('docker'))
        assert refused(engine, f'FROM {reference}').error
        config = {registry.host: {'username': 'ann', 'password': 'secret', 'serveraddress': registry.host}}
        header = {'X-Registry-Config': base64.urlsafe_b64encode(json.dumps(config).encode()).decode()}
        answer = post(engine, context(f'FROM {reference}\nENV A=b'), headers=header)
        assert not answer.error, answer.error
        engine.docker('rmi', 'made', reference)
        engine.docker('login', '-u', 'ann', '-p', 'secret', registry.host)
        assert 'Successfully built' in builds.cli(engine, f'FROM {reference}\nENV A=b').out
        engine.docker('logout', registry.host)


def test_build_prune_has_nothing_to_do(engine):
    make(engine, FROM + 'RUN true')
    answer = engine.api.post('/build/prune')
    assert answer.status == 200 and answer.json()['SpaceReclaimed'] == 0
    assert engine.docker('builder', 'prune', '-f').out == 'Total reclaimed space: 0B\n' or engine.name == 'dockerd'


@pytest.mark.parametrize('headers, words', (({}, 'no upgrade proto in request'), ({'Upgrade': 'foo', 'Connection': 'Upgrade'}, 'protocol foo not supported')))
def test_a_session_asks_for_its_protocol(engine, headers, words):
    answer = engine.api.call('POST', '/session', headers=headers)
    assert answer.message == words and (answer.status == 400 or engine.name != 'gantryd'), '20.10 says 500'
