"""Builds by Docker's SDK for Python, which many tools are made with."""
import io

import pytest
from harness import builds
from harness.builds import entry, shell, tar
from harness.engine import BOX

docker = pytest.importorskip('docker')
FROM = f'FROM {BOX}\n'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


@pytest.fixture
def client(engine):
    made = docker.DockerClient(base_url='unix://' + engine.socket, version='auto')
    yield made
    made.close()


def test_a_directory_is_built(engine, client, tmp_path):
    (tmp_path / 'Dockerfile').write_text(FROM + 'ARG WHO=nobody\nCOPY . /t\nRUN echo $WHO > /who')
    (tmp_path / 'file').write_text('x')
    (tmp_path / '.dockerignore').write_text('*.log')
    (tmp_path / 'a.log').write_text('')
    image, log = client.images.build(path=str(tmp_path), tag='made', buildargs={'WHO': 'ann'}, labels={'a': 'b'}, rm=True)
    assert image.tags == ['made:latest'] and image.labels == {'a': 'b'}
    assert any('Successfully built' in line.get('stream', '') for line in log)
    assert shell(engine, 'cat /who; ls /t').split() == ['ann', 'Dockerfile', 'file']


def test_without_a_name_the_id_is_found_in_the_output(engine, client):
    image, _ = client.images.build(fileobj=io.BytesIO((FROM + 'RUN true').encode()), rm=True)
    assert image.id == builds.image(engine, image.id)['Id'] and image.tags == []
    quiet, log = client.images.build(fileobj=io.BytesIO((FROM + 'RUN true').encode()), quiet=True, rm=True)
    assert quiet.id == image.id


def test_a_context_as_a_stream(engine, client):
    body = tar(('Dockerfile', (FROM + 'COPY run /').encode()), entry('run', b'#!/bin/sh\necho runs\n', 0o755), compression='gz')
    client.images.build(fileobj=io.BytesIO(body), custom_context=True, encoding='gzip', tag='made', rm=True)
    assert client.containers.run('made', '/run', remove=True) == b'runs\n'


def test_failures_raise(engine, client):
    with pytest.raises(docker.errors.BuildError) as failure:
        client.images.build(fileobj=io.BytesIO((FROM + 'RUN echo why; exit 3').encode()), rm=True, forcerm=True)
    assert 'returned a non-zero code: 3' in failure.value.msg
    assert any('why' in line.get('stream', '') for line in failure.value.build_log)
    with pytest.raises(docker.errors.APIError, match='unknown instruction'):
        client.images.build(fileobj=io.BytesIO((FROM + 'FOO').encode()))


def test_limits_and_networks(engine, client):
    _, log = client.images.build(fileobj=io.BytesIO((FROM + 'RUN cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; cat /etc/hosts').encode()),
                                 container_limits={'memory': 48 << 20}, extra_hosts={'far': '10.1.2.3'}, network_mode='none', rm=True, tag='made')
    text = ''.join(line.get('stream', '') for line in log)
    assert str(48 << 20) in text and '10.1.2.3\tfar' in text
