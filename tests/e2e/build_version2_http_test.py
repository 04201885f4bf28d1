"""POST /build?version=2 by bare HTTP: what a request may say and what it is answered; and the other ways to build beside it."""
import base64
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import builds, paths
from harness.builds import context
from harness.buildx import FROM
from harness.docker20 import names, post
from harness.wait import eventually

COPY = FROM + 'COPY . /d\n'


def traces(answer: builds.Answer) -> bytes:
    return b''.join(base64.b64decode(line['aux']) for line in answer.objects if line.get('id') == 'moby.buildkit.trace')


def image_ids(answer: builds.Answer) -> list[str]:
    return [line['aux']['ID'] for line in answer.objects if line.get('id') == 'moby.image.id']


def test_a_context_in_the_body(docker20):
    answer = post(docker20, context(COPY + 'RUN echo so""far', ('x', b'x\n')), t='made')
    assert answer.status == 200 and not answer.error and image_ids(answer) == [docker20.image()['Id']] and './x' in names(docker20)
    assert b'[2/3] COPY . /d' in traces(answer) and b'sofar\n' in traces(answer) and answer.text == 'Successfully tagged made:latest\n'


def test_a_dockerfile_in_the_body(docker20):
    answer = post(docker20, (FROM + 'RUN echo alone > /out').encode(), q=1)
    assert [list(line) for line in answer.objects] == [['stream']] and docker20.shell('cat /out', answer.text.strip()) == 'alone\n'


def test_what_failed_is_told_in_the_answer(docker20):
    answer = post(docker20, context(FROM + 'RUN exit 3'))
    assert answer.status == 200 and answer.error == docker20.failure('/bin/sh -c exit 3', 3) and answer.code is None
    quiet = post(docker20, context(FROM + 'RUN exit 3'), q=1)
    assert b'RUN exit 3' in traces(quiet) and quiet.error == answer.error


def uploaded(docker20, body: bytes) -> tuple[builds.Answer, builds.Answer]:
    """The answers to an upload and to the build that it is for."""
    with ThreadPoolExecutor() as at_once:
        build = at_once.submit(post, docker20, buildid='own', remote='upload-request')
        return post(docker20, body, buildid='upload-request:own'), build.result()


def test_an_upload_waits_for_its_build_and_a_build_for_its_upload(docker20):
    assert post(docker20, context(FROM), buildid='upload-request:nobody').status in (404, 500)
    assert post(docker20, buildid='alone', remote='upload-request').error
    upload, build = uploaded(docker20, context(COPY, ('x', b'')))
    assert upload.status == 200 and image_ids(build) == [docker20.image()['Id']] and './x' in names(docker20)


def test_an_upload_that_is_no_archive_fails_both(docker20):
    docker20.needs_newer('this')
    upload, build = uploaded(docker20, b'\1' * 5000)
    assert upload.status == 400 and upload.error == build.error


@pytest.mark.parametrize('query, words', [
    ({'buildargs': 'x'}, 'buildargs|build args'), ({'buildargs': '{"A":1}'}, 'buildargs: A|build args'), ({'labels': '[]'}, 'labels'), ({'cachefrom': '{'}, 'cachefrom|JSON'),
    ({'outputs': '[{"Type":"tar"},{"Type":"local"}]'}, 'multiple outputs not supported'), ({'outputs': '{}'}, 'outputs|json'),
    ({'t': 'A:B:C'}, 'invalid reference format'), ({'networkmode': 'own'}, 'network mode "own" not supported by buildkit'),
    ({'extrahosts': 'far'}, 'invalid host far'), ({'platform': 'a/b/c/d'}, 'platform'), ({'shmsize': 'x'}, 'shmsize|parsing "x"'),
    ({'ulimits': '[{"Name":1}]'}, 'ulimit'), ({'memory': 'x'}, 'memory'), ({'version': '3'}, 'invalid version "3"')])
def test_what_cannot_be_meant_is_refused(docker20, query, words):
    if not docker20.newer and not {'buildargs', 't', 'networkmode', 'extrahosts', 'platform'} & set(query):
        pytest.skip('20.10 takes no notice, or says it otherwise')
    answer = builds.post(docker20.engine, context(FROM), **{'version': 2, **query})
    assert re.search(words, answer.error) and answer.status == (400 if docker20.newer else answer.status) and not docker20.exists()


@pytest.mark.parametrize('query, words', [
    ({'remote': 'client-session'}, 'session'), ({'remote': 'client-session', 'session': 'nosuch'}, 'no active session for nosuch'),
    ({'remote': 'upload-request'}, 'buildid|session'), ({'outputs': '[{"Type":"oci"}]'}, 'exporter "?oci"?'), ({'remote': 'ftp://far/x'}, 'ftp|session|protocol')])
def test_what_cannot_be_had_is_refused(docker20, query, words):
    assert re.search(words, post(docker20, **query).error) and not docker20.exists()


def test_the_classic_builder_is_still_there(docker20):
    docker20.build(FROM + 'RUN echo 1 > /a', tag='base')
    done = docker20.build('FROM base\nRUN echo 2 >> /a', DOCKER_BUILDKIT='0')
    assert 'Successfully built' in done.out and docker20.shell('cat /a') == '1\n2\n'
    docker20('builder', 'prune', '-f')


def test_a_user_who_does_not_choose_builds_as_before(docker20):
    """Builder-Version of _ping: 1, as 20.10 says it."""
    assert 'Step 1/2' in docker20.build(FROM + 'RUN true', DOCKER_BUILDKIT='').out


def test_docker_compose_1(docker20):
    compose = shutil.which('docker-compose', path=paths.SYSTEM_PATH)
    if not compose or 'version 1.' not in subprocess.run([compose, 'version'], capture_output=True, text=True).stdout:
        pytest.skip('no docker-compose of version 1')
    here = docker20.tree({'bin/docker': ('link', docker20.program()), 'app/Dockerfile': FROM + 'ARG A\nRUN echo $A > /a', 'docker-compose.yml':
                          'version: "3.4"\nservices: {app: {image: made, build: {context: app, args: {A: b}, labels: {l: v}, target: ""}}}\n'})
    done = subprocess.run([compose, 'build'], cwd=here, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, env={
        **docker20.environment(), 'PATH': f'{here}/bin:{paths.SYSTEM_PATH}', 'COMPOSE_DOCKER_CLI_BUILD': '1'})
    assert done.returncode == 0 and 'load build definition' in done.stderr, done.stderr
    assert docker20.shell('cat /a') == 'b\n' and docker20.image()['Config']['Labels'] == {'l': 'v'}


def test_nothing_is_left_open_by_builds(docker20):
    docker20.needs_newer('this')
    fds = f'/proc/{docker20.engine.process.pid}/fd'
    here = docker20.tree({'Dockerfile': COPY, 'x': ''})
    docker20('build', here)
    before = len(os.listdir(fds))
    for _ in range(3):
        docker20('build', '--no-cache', here)
        docker20('build', '-', input=context(COPY))
    eventually(lambda: len(os.listdir(fds)) <= before, 'the builds\' descriptors are closed')
