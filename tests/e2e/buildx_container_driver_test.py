"""Builders in containers of the engine, by buildx's docker-container driver: made, built with, stopped, killed under, removed."""
import hashlib
import json
import os
import re
import signal

import pytest
from harness import leaks
from harness.buildkit import STATE, Builders
from harness.buildx import cached, is_gone, pids, wait_for
from harness.wait import eventually

ENGINES = ('gantryd',)             # only its execs, and their clients, outlive it
UUID = 'RUN cat /proc/sys/kernel/random/uuid > /uuid\n'


@pytest.fixture(scope='module')
def builders(engine):
    if reason := Builders.missing():
        pytest.skip(reason)
    client = Builders(engine)
    try:
        client.create('main')
        yield client
    finally:
        client.close()


def start_of(builders) -> str:
    return f'FROM {builders.far}/box\n'


def inspected(builders) -> dict[str, str]:
    return dict(re.findall(r'^([A-Z][\w ]+?): +(.+)$', builders('buildx', 'inspect').out, re.M))


def rows(builders) -> list[dict]:
    return [json.loads(line) for line in builders('buildx', 'du', '--format', 'json').out.splitlines()]


def of_builder(engine, name: str) -> list[str]:
    """Its containers and volumes."""
    found = [word for row in engine.api.get('/containers/json', query={'all': 1}).json() for word in row['Names']]
    found += [row['Name'] for row in engine.api.get('/volumes').json()['Volumes'] or []]
    return [word for word in found if f'_{name}0' in word]


def test_it_runs_in_a_privileged_container(builders, engine):
    said = inspected(builders)
    assert said['Driver'] == 'docker-container' and said['Status'] == 'running' and said['BuildKit version'].startswith('v0.')
    assert 'linux/' in said['Platforms']
    container = engine.inspect(builders.container())
    assert container['HostConfig']['Privileged'] and [mount['Destination'] for mount in container['Mounts']] == [STATE]
    assert re.search(r'^main\*? +docker-container', builders('buildx', 'ls').out, re.M)


def test_an_image_is_built_and_loaded(builders):
    file = start_of(builders).strip() + ' AS tools\n' + '''ARG WORD
RUN echo $WORD > /word
RUN --mount=type=secret,id=token sha256sum < /run/secrets/token > /sum
RUN --mount=type=cache,target=/c echo x >> /c/f; wc -l < /c/f > /lines
''' + start_of(builders) + '''COPY --from=tools /word /sum /lines /made/
COPY big /made/
CMD ["cat", "/made/word"]
'''
    (builders.dir / 'token').write_text('hush')
    big = bytes(range(256)) * (20 << 12)               # 20 MiB there and back
    done = builders.build(file, '--load', '--build-arg', 'WORD=given', '--secret', f'id=token,src={builders.dir}/token', files={'big': big})
    assert cached(done) == [False] * 5
    assert builders.engine.docker('run', '--rm', 'made').out == 'given\n'
    assert builders.shell('cat /made/lines; cut -c -64 /made/sum; sha256sum /made/big | cut -c -64').split() == \
        ['1', hashlib.sha256(b'hush').hexdigest(), hashlib.sha256(big).hexdigest()]
    again = builders.build(file, '--load', '--build-arg', 'WORD=given', '--secret', f'id=token,src={builders.dir}/token')
    assert cached(again) == [True] * 5
    other = builders.build(file, '--load', '--build-arg', 'WORD=other', '--secret', f'id=token,src={builders.dir}/token')
    assert cached(other)[0] is False and builders.shell('cat /made/word /made/lines') == 'other\n2\n'


def test_a_command_that_fails(builders):
    said = builders.refused(start_of(builders) + 'RUN echo words; exit 7', '--load')
    assert builders.failure('/bin/sh -c echo words; exit 7', 7) in said and ' words\n' in said


def test_an_image_is_pushed_with_its_provenance(builders, engine):
    builders.build(start_of(builders) + UUID, '--push', tag=f'{builders.far}/pushed', BUILDX_NO_DEFAULT_ATTESTATIONS='0')
    media, body = builders.registry.manifests['pushed', 'latest']
    assert media.endswith('index.v1+json') and [line['platform']['os'] for line in json.loads(body)['manifests']] == ['linux', 'unknown']
    assert len(engine.docker('run', '--rm', f'{builders.near}/pushed', 'cat', '/uuid').out.strip()) == 36


def test_a_cache_in_a_registry(builders):
    where = f'type=registry,ref={builders.far}/cache'
    file = start_of(builders) + 'RUN echo a > /a\n' + UUID
    builders.build(file, '--load', '--cache-to', f'{where},mode=max')
    first = builders.shell('cat /uuid')
    builders('buildx', 'prune', '-af')
    builders.build(file, '--load', '--cache-from', where)
    assert builders.shell('cat /uuid') == first


def test_files_come_out(builders):
    file = start_of(builders) + 'RUN mkdir /out && echo words > /out/file\nFROM scratch\nCOPY --from=0 /out /\n'
    builders.build(file, '-o', f'type=local,dest={builders.dir}/out')
    assert (builders.dir / 'out/file').read_text() == 'words\n'


def test_what_its_cache_takes_and_how_it_goes(builders):
    builders.build(start_of(builders) + UUID)
    assert [row for row in rows(builders) if 'cat /proc/sys/kernel/random/uuid' in row['Description']]
    assert re.search(r'^Total:\s+\d', builders('buildx', 'prune', '-af').out, re.M)
    assert rows(builders) == [] and cached(builders.build(start_of(builders) + UUID)) == [False]


def test_a_client_that_goes_away(builders):
    words = builders.long_sleep()
    client = builders.spawn('build', builders.tree({'Dockerfile': start_of(builders) + f'RUN {words}'}))
    wait_for(words)
    client.end()
    is_gone(words)


def test_it_is_stopped_and_builds_again(builders):
    builders.build(start_of(builders) + UUID)
    builders('buildx', 'stop')
    assert inspected(builders)['Status'] == 'stopped'
    assert cached(builders.build(start_of(builders) + UUID)) == [True]
    assert inspected(builders)['Status'] == 'running'


def test_a_build_goes_on_when_the_engine_is_killed(builders, engine):
    """What the client and the builder say to each other does not pass the engine."""
    words = builders.long_sleep()
    file = start_of(builders) + UUID + f'RUN {words}; echo words > /after'
    client = builders.spawn('build', '-t', 'made', '--load', builders.tree({'Dockerfile': file}))
    wait_for(words)
    before = engine.inspect(builders.container())['State']
    engine.kill9()
    engine.start()
    assert engine.inspect(builders.container())['State'] == before
    for pid in pids(words):
        os.kill(pid, signal.SIGTERM)
    assert client.wait(30) == 0, ''.join(client.lines)
    assert builders.shell('cat /after') == 'words\n'
    assert cached(builders.build(file, '--load')) == [True, True]


@pytest.fixture
def other(builders):
    """Another builder, in the engine's own network."""
    builders.create('other', '--driver-opt', 'network=host')
    try:
        yield builders
    finally:
        builders.chosen = 'main'
        builders('buildx', 'rm', 'other', check=False)


def test_in_the_network_of_the_host(other):
    other.build(f'FROM {other.near}/box\n' + UUID, '--push', tag=f'{other.near}/near')
    assert ('near', 'latest') in other.registry.manifests


def test_nothing_of_it_stays(other, engine):
    [container] = [row['Id'] for row in engine.api.get('/containers/json').json() if f'/{other.container()}' in row['Names']]
    other.build(f'FROM {other.near}/box\n' + UUID)
    other('buildx', 'rm', '--keep-state')
    assert of_builder(engine, 'other') == [other.container() + '_state']
    other.create('other', '--driver-opt', 'network=host')
    assert cached(other.build(f'FROM {other.near}/box\n' + UUID)) == [True]
    other('buildx', 'rm')
    assert of_builder(engine, 'other') == []
    eventually(lambda: not leaks.cgroups({container}) and not leaks.paths_of_containers(engine.dir, {container}), 'nothing of the first is left')
