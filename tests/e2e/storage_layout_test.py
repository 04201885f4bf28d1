"""Files of the engine that tools read besides its API, as cAdvisor does to learn what a container has written."""
import os
from pathlib import Path

from harness.engine import BOX


def written(engine, name: str) -> Path:
    info = engine.api.get('/info').json()
    root, driver, container = Path(info['DockerRootDir']), info['Driver'], engine.inspect(name)['Id']
    text = (root / 'image' / driver / 'layerdb/mounts' / container / 'mount-id').read_text()
    return Path(os.path.normpath(root / driver / text / 'diff'))    # as Go joins paths: by name alone


def test_what_a_container_has_written_is_found(engine):
    engine.docker('run', '--name', 'author', BOX, 'sh', '-c', 'echo word > /text')
    found = written(engine, 'author')
    assert (found / 'text').read_text() == 'word\n' and not (found / 'bin/sh').exists()
    assert str(found) == engine.inspect('author')['GraphDriver']['Data']['UpperDir']
    engine.docker('rm', 'author')
    assert not found.exists()
