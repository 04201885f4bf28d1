"""The buildx plugin, for tests that want it."""
import pytest
from harness import buildx as plugin


@pytest.fixture
def buildx(engine):
    """docker with the plugin; what it has made is removed afterwards, and nothing else may stay."""
    yield from plugin.made(engine)
