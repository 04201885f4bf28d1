"""Engines as fixtures need them: started with the test image or skipped with a reason, ended with a look at what is left."""
import pytest

from .dockerd import Dockerd
from .gantryd import Gantryd

KINDS = {'gantryd': Gantryd, 'dockerd': Dockerd}


def started(kind: type, **options):
    """A running engine with the test image, or a skip that says why there is none."""
    if reason := kind.missing():
        pytest.skip(reason)
    engine = kind(**options)
    try:
        engine.start()
        engine.prepare()
    except BaseException:
        engine.close()
        raise
    return engine


def ended(engine):
    left = engine.close()
    assert not left, f'{engine.name} left behind:\n  ' + '\n  '.join(left)
