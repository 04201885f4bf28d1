"""Files of the engine that were lost or damaged while it was away: it tells, and loses no more than that."""
import os
import shutil

import pytest
from harness.engine import BOX

ENGINES = ('gantryd',)
DATABASE = ('state.db', 'state.db-wal', 'state.db-shm')


def away(engine):
    """Stops the engine; what it logs from now on counts."""
    engine.stop()
    engine.log.write_text('')


def empty_database(engine):
    """Its content is in a copy."""
    copy = engine.dir / 'copy'
    copy.mkdir(exist_ok=True)
    for name in DATABASE:
        shutil.copy(engine.root / name, copy / name)
        os.truncate(engine.root / name, 0)


def put_back(engine):
    for name in DATABASE:
        shutil.copy(engine.dir / 'copy' / name, engine.root / name)


def refused(engine) -> str:
    """Why it does not start."""
    with pytest.raises(RuntimeError, match='ended with 1') as failure:
        engine.start()
    return str(failure.value)


def test_an_empty_database_neither_ends_containers_nor_removes_their_files(daemon):
    engine = daemon()
    engine.docker('run', '-d', '--name', 'runs', BOX, 'sh', '-c', 'echo precious > /file; exec sleep 1000')
    engine.docker('run', '--name', 'ended', BOX, 'sh', '-c', 'echo precious > /file')
    pid = engine.inspect('runs')['State']['Pid']
    away(engine)
    empty_database(engine)
    for _ in range(2):
        assert f'put it back from a copy. To go on without them, end their processes first ({pid})' in refused(engine)
    put_back(engine)
    engine.start()
    assert engine.docker('exec', 'runs', 'cat', '/file').out == 'precious\n'
    assert engine.docker('start', '-a', 'ended').out == ''
    engine.docker('rm', '-f', 'runs', 'ended')


def test_files_of_containers_that_a_lost_database_knew_stay_until_they_are_not_wanted(daemon):
    engine = daemon()
    engine.docker('run', '--name', 'ended', BOX, 'sh', '-c', 'echo precious > /file')
    container = engine.inspect('ended')
    root = container['GraphDriver']['Data']['UpperDir']
    away(engine)
    empty_database(engine)
    for blob in (engine.root / 'images/blobs/sha256').iterdir():
        os.utime(blob, (1, 1))
    engine.start()
    assert engine.docker('ps', '-aq').out == engine.docker('images', '-aq').out == ''
    assert 'no record knows it' in engine.log.read_text() and 'parts of images are here' in engine.log.read_text()
    with open(os.path.join(root, 'file')) as file:
        assert file.read() == 'precious\n'
    away(engine)
    put_back(engine)
    engine.start()
    assert engine.docker('start', '-a', 'ended').out == ''
    assert engine.docker('run', '--rm', BOX, 'echo', 'well').out == 'well\n'
    assert engine.docker('save', '-o', str(engine.dir / 'saved.tar'), BOX).out == ''
    away(engine)
    empty_database(engine)
    engine.start()
    shutil.rmtree(engine.root / 'containers' / container['Id'])
    away(engine)
    engine.start()
    assert not os.path.exists(root)


def test_a_volume_whose_record_is_damaged_can_be_removed(daemon):
    engine = daemon()
    engine.docker('volume', 'create', 'vol')
    record = engine.root / 'plugins/volume-local/vol/volume.json'
    for broken in ('', '{"created_at": 17'):
        away(engine)
        record.write_text(broken)
        engine.start()
        assert 'volume vol cannot be used' in engine.log.read_text()
        assert engine.docker('volume', 'ls', '-q').out.split() == ['vol']
        refusal = engine.docker('run', '--rm', '-v', 'vol:/data', BOX, 'true', check=False)
        assert refusal.code == 125 and str(record) in refusal.err
        engine.docker('volume', 'rm', 'vol')
        assert not record.exists()
        assert engine.docker('run', '--rm', '-v', 'vol:/data', BOX, 'echo', 'well').out == 'well\n'


def test_an_image_of_which_a_part_was_lost_is_not_saved(daemon):
    engine = daemon()
    away(engine)
    largest = max((engine.root / 'images/blobs/sha256').iterdir(), key=lambda blob: blob.stat().st_size)
    os.truncate(largest, 0)
    engine.start()
    refusal = engine.docker('save', '-o', str(engine.dir / 'saved.tar'), BOX, check=False)
    assert refusal.code == 1 and f'sha256:{largest.name} of it is damaged' in refusal.err


def test_a_layer_that_cannot_be_read_is_put_aside(daemon):
    engine = daemon()
    engine.docker('run', '-d', '--name', 'runs', BOX, 'sleep', '1000')
    layer = next((engine.root / 'plugins/runtime-oci/layers').iterdir())
    away(engine)
    (layer / 'meta').unlink()
    (layer / 'meta').write_text('')
    engine.start()
    aside = layer.with_name('lost-' + layer.name)
    assert f'{aside} can be removed' in engine.log.read_text()
    assert engine.docker('exec', 'runs', 'cat', '/etc/hostname').code == 0, 'it has its files'
    engine.docker('rm', '-f', 'runs')
