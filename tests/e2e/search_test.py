"""docker search: what a registry's index finds."""
import json

import pytest
from harness.registry import Registry

INDEX = [{'name': 'redis', 'description': 'A store', 'star_count': 900, 'is_official': True, 'is_automated': False},
         {'name': 'own/redis', 'description': 'Another "one"', 'star_count': 3, 'is_official': False, 'is_automated': False},
         {'name': 'odd/redis', 'star_count': 0}]


@pytest.fixture
def registry(engine):
    with Registry(engine.ns) as made:
        made.index = INDEX
        yield made


def names(engine, *args: str) -> list[str]:
    return [json.loads(line)['Name'] for line in engine.docker('search', '--format', '{{json .}}', *args).out.splitlines()]


def test_it_finds_and_filters(engine, registry):
    assert names(engine, f'{registry.host}/redis') == ['redis', 'own/redis', 'odd/redis']
    assert registry.requests[-1][1] == '/v1/search?q=redis&n=25'
    assert names(engine, '--filter', 'stars=3', f'{registry.host}/redis') == ['redis', 'own/redis']
    assert names(engine, '--filter', 'is-official=true', f'{registry.host}/redis') == ['redis']
    assert names(engine, '--filter', 'is-official=false', f'{registry.host}/redis') == ['own/redis', 'odd/redis']
    assert names(engine, '--filter', 'is-automated=true', f'{registry.host}/redis') == []
    engine.docker('search', '--limit', '7', f'{registry.host}/a b&c')
    assert 'n=7' in registry.requests[-1][1] and 'q=a%20b%26c' in registry.requests[-1][1].replace('+', '%20')
    shown = engine.api.get('/images/search', query={'term': f'{registry.host}/redis'}).json()
    assert shown[1] == {'description': 'Another "one"', 'is_official': False, 'is_automated': False, 'name': 'own/redis', 'star_count': 3}


@pytest.mark.parametrize('query, words', [
    ({'limit': '101'}, 'limit 101 is outside the range of [1, 100]'),
    ({'limit': '-1'}, 'limit -1 is outside the range of [1, 100]'),
    ({'filters': '{"odd":["x"]}'}, "invalid filter 'odd'"),
    ({'filters': '{"stars":["x"]}'}, "invalid filter 'stars=[x]'"),
])
def test_bad_requests(engine, registry, query, words):
    answer = engine.api.get('/images/search', query={'term': f'{registry.host}/x', **query})
    assert answer.status == 400 and answer.message == words
    assert registry.requests == []


def test_an_index_that_does_not_answer_is_named(engine):
    answer = engine.api.get('/images/search', query={'term': '127.0.0.1:1/x'})
    assert answer.status >= 400 and '127.0.0.1:1' in answer.message
