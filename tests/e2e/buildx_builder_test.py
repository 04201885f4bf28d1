"""docker buildx ls, inspect, du and prune: the engine as a builder, and its cache."""
import json
import re

from harness.buildx import FROM, cached

RANDOM = 'RUN head -c 100000 /dev/urandom > /{0}\n'


def du(buildx, *args) -> list[dict]:
    return [json.loads(line) for line in buildx('buildx', 'du', '--format', 'json', *args).out.splitlines()]


def test_the_engine_is_a_builder(buildx):
    assert re.search(r'^default\*? +docker', buildx('buildx', 'ls').out, re.M) and 'running' in buildx('buildx', 'ls').out
    out = buildx('buildx', 'inspect').out
    assert re.search(r'^Driver: +docker$', out, re.M) and re.search(r'^Status: +running$', out, re.M)
    assert re.search(r'^Platforms:.*linux/amd64', out, re.M) and re.search(r'^BuildKit version: +v\d', out, re.M)


def test_it_can_be_named(buildx):
    assert 'default' in buildx('buildx', 'inspect', 'default', '--bootstrap').out
    buildx('buildx', 'build', '--builder', 'default', '-t', 'made', buildx.tree({'Dockerfile': FROM + 'RUN true'}))
    assert buildx.exists()


def test_what_the_cache_takes(buildx):
    assert du(buildx) == []
    buildx.build(FROM + RANDOM.format('a') + 'RUN --mount=type=cache,target=/c head -c 5000 /dev/urandom > /c/x')
    text = buildx('buildx', 'du').out
    assert re.search(r'^Total:\s+\d', text, re.M) and re.search(r'^Reclaimable:\s+\d', text, re.M)
    verbose = buildx('buildx', 'du', '--verbose').out
    assert buildx.newer or 'mount / from exec /bin/sh -c head -c 100000' in verbose
    assert re.search(r'^Type:\s+exec.cachemount', verbose, re.M)


def test_rows_for_programs(buildx):
    buildx.build(FROM + 'RUN --mount=type=cache,target=/c head -c 5000 /dev/urandom > /c/x')
    [row] = [row for row in du(buildx) if row['Type'] == 'exec.cachemount']
    assert row['Description'].startswith('cached mount /c') and row['Reclaimable'] is True and row['Shared'] is False
    assert [other['ID'] for other in du(buildx, '--filter', 'type=exec.cachemount')] == [row['ID']]


def test_pruning_makes_the_next_build_run_again(buildx):
    if buildx.engine.name == 'gantryd':
        return                                     # steps are images here: `docker image prune` takes them
    file = FROM + RANDOM.format('a')
    buildx.build(file)
    assert cached(buildx.build(file)) == [True]
    assert re.search(r'^Total:\s+\d', buildx('buildx', 'prune', '-af').out, re.M)
    assert buildx.caches() == [] and du(buildx) == [] and cached(buildx.build(file)) == [False]


def test_pruning_leaves_what_images_have(buildx):
    buildx.build(FROM + RANDOM.format('a'))
    buildx('buildx', 'prune', '-af')
    assert buildx.shell('wc -c < /a') == '100000\n'


def test_pruning_without_all_takes_what_no_image_needs(buildx):
    buildx.build(FROM + RANDOM.format('a'))
    buildx.engine.docker('rmi', 'made')
    buildx('buildx', 'prune', '-f')
    assert cached(buildx.build(FROM + RANDOM.format('a'))) == [False]


def test_pruning_by_filter(buildx):
    buildx.build(FROM + 'RUN --mount=type=cache,id=a,target=/c touch /c/x\n' + RANDOM.format('a'))
    buildx('buildx', 'prune', '-af', '--filter', 'type=exec.cachemount')
    assert not [row for row in du(buildx) if row['Type'] == 'exec.cachemount']
    buildx.build(FROM + 'RUN --mount=type=cache,id=b,target=/c touch /c/x\n')
    buildx('buildx', 'prune', '-af', '--filter', 'until=24h')
    assert du(buildx)
    buildx('buildx', 'prune', '-af')
