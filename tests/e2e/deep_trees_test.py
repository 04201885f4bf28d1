"""Directories nested nearly as deep as a path can name: a container may make them, and nobody else is to suffer."""
import pytest
from harness.engine import BOX
from harness.wait import eventually

DEEP = 'i=0; while [ $i -lt {levels} ]; do mkdir d && cd d || exit 1; i=$((i+1)); done; echo made'


@pytest.mark.parametrize('levels', [500, 1000, 2040])
def test_whoever_looks_at_them_lives(engine, levels):
    made = engine.docker('run', '-d', BOX, 'sh', '-c', DEEP.format(levels=levels) + '; sleep 1000').id
    try:
        eventually(lambda: engine.docker('logs', made).out == 'made\n', 'the tree is made', 30)
        sizes = engine.api.get('/containers/json', query={'size': 1, 'all': 1})
        assert sizes.status == 200 and any(one['Id'] == made for one in sizes.json())
        assert engine.api.get(f'/containers/{made}/json', query={'size': 1}).status == 200
        assert engine.api.get(f'/containers/{made}/changes').status in (200, 400, 500)
        assert engine.api.get('/_ping').status == 200
    finally:
        engine.docker('rm', '-f', made)
    assert engine.api.get('/_ping').status == 200
