"""Third-party volume drivers behind Docker's plugin protocol, unmodified and in processes of their own."""
import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import certificates
from harness.running import ended, started
from harness.engine import BOX
from harness.third_party import DockerdWithPlugins, GantrydWithPlugins, ThirdParty
from harness.wait import eventually

KINDS = {'gantryd': GantrydWithPlugins, 'dockerd': DockerdWithPlugins}


@pytest.fixture(scope='module')
def engine(request):
    running = started(KINDS[request.param])
    yield running
    ended(running)


@pytest.fixture
def driver(engine):
    """driver('nas', scope='global'): started; ended with the test, with all of its volumes and containers."""
    made = []

    def make(name: str, **options) -> ThirdParty:
        made.append(ThirdParty(engine.dir, name, **options).start())
        return made[-1]
    yield make
    for one in made:
        one.behave()
        if one.process is None:
            one.start()
    engine.clear()
    for volume in engine.api.get('/volumes').json()['Volumes'] or []:
        engine.api.delete('/volumes/' + volume['Name'], query={'force': 1})
    for one in made:
        one.end()
        (engine.dir / 'plugins' / f'{one.name}.sock').unlink(missing_ok=True)


@pytest.fixture
def ours(engine):
    if engine.name != 'gantryd':
        pytest.skip('dockerd waits for minutes')
    return engine


def test_a_driver_that_appears_later_is_found_by_name_and_serves_containers(engine, driver):
    refused = engine.docker('volume', 'create', '-d', 'nas', 'early', check=False)
    assert refused.code == 1 and 'create early: error looking up volume plugin nas: plugin "nas" not found' in refused.err
    nas = driver('nas')
    engine.docker('volume', 'create', '-d', 'nas', '-o', 'size=7', '--label', 'a=b', 'books')
    assert nas.asked('Create') == [{'Name': 'books', 'Opts': {'size': '7'}}]
    shown = engine.api.get('/volumes/books').json()
    assert shown.pop('CreatedAt') == '2024-02-03T04:05:06Z'
    assert shown == {'Driver': 'nas', 'Labels': {'a': 'b'}, 'Mountpoint': '', 'Name': 'books', 'Options': {'size': '7'},
                     'Scope': 'local', 'Status': {'shelf': 7, 'tags': ['a']}}
    engine.docker('run', '--rm', '-v', 'books:/v', BOX, 'sh', '-c', 'echo Emma >/v/list')
    assert (nas.root / 'books/list').read_text() == 'Emma\n'
    assert engine.docker('run', '--rm', '-v', 'books:/v', BOX, 'cat', '/v/list').out == 'Emma\n'
    mounts, unmounts = nas.asked('Mount'), nas.asked('Unmount')
    assert sorted(m['ID'] for m in mounts) == sorted(u['ID'] for u in unmounts) and len({m['ID'] for m in mounts}) == len(mounts)
    engine.docker('volume', 'rm', 'books')
    assert not (nas.root / 'books').exists()
    head = next(r for r in nas.requests() if r['method'] == 'VolumeDriver.Create')['headers']
    assert head['Accept'] == 'application/vnd.docker.plugins.v1.2+json' or engine.name == 'dockerd'


def test_volumes_made_on_the_fly_and_by_the_image_use_the_named_driver(engine, driver):
    nas = driver('nas')
    engine.docker('run', '--name', 'fly', '--volume-driver', 'nas', '-v', 'flying:/v', BOX, 'touch', '/v/x')
    assert (nas.root / 'flying/x').exists()
    mount = engine.inspect('fly')['Mounts'][0]
    assert (mount['Driver'], mount['Name'], mount['Source']) == ('nas', 'flying', str(nas.root / 'flying'))


def test_a_fresh_volume_of_a_driver_is_filled_from_the_image(engine, driver):
    nas = driver('nas')
    engine.docker('volume', 'create', '-d', 'nas', 'site')
    assert engine.docker('run', '--rm', '-v', 'site:/www', BOX, 'cat', '/www/index.html').out == '<h1>It runs</h1>\n'
    assert (nas.root / 'site/index.html').exists() and len(list((nas.root / 'site').iterdir())) == 1


def test_scope_global_is_shown_and_prune_leaves_such_volumes(engine, driver):
    driver('wide', scope='global')
    engine.docker('volume', 'create', '-d', 'wide', 'everywhere')
    assert engine.api.get('/volumes/everywhere').json()['Scope'] == 'global'
    engine.docker('volume', 'prune', '-f')
    assert 'everywhere' in engine.docker('volume', 'ls', '-q').out


def test_volumes_the_driver_had_before_are_known_by_name(engine, driver):
    nas = driver('nas')
    (nas.root / 'older').mkdir()
    assert 'nas       older' in engine.docker('volume', 'ls').out
    assert engine.api.get('/volumes/older').json()['Driver'] == 'nas'
    assert engine.docker('run', '--rm', '-v', 'older:/v', BOX, 'touch', '/v/x').code == 0
    assert (nas.root / 'older/x').exists()


@pytest.mark.parametrize('trouble, status, text', [
    ({'error': 'disk on fire'}, 500, 'create bad: disk on fire'),
    ({'error': 'disk on fire', 'status': 500}, 500, 'create bad: VolumeDriver.Create: disk on fire'),
    ({'body': 'plain words', 'status': 500}, 500, 'create bad: VolumeDriver.Create: plain words'),
])
def test_what_a_driver_says_reaches_the_user(engine, driver, trouble, status, text):
    driver('nas').behave(Create=trouble)
    answer = engine.api.post('/volumes/create', {'Name': 'bad', 'Driver': 'nas'})
    assert (answer.status, answer.message) == (status, text)


def test_a_volume_of_another_driver_is_a_conflict(engine, driver):
    driver('nas')
    engine.docker('volume', 'create', 'taken')
    answer = engine.api.post('/volumes/create', {'Name': 'taken', 'Driver': 'nas'})
    assert answer.status == 409 and answer.message.endswith('volume name must be unique'), answer.message
    assert engine.api.post('/volumes/create', {'Name': 'taken'}).status == 201


def test_a_plugin_that_is_no_volume_driver_is_refused(engine, driver):
    driver('auth', implements='authz')
    answer = engine.api.post('/volumes/create', {'Name': 'xx', 'Driver': 'auth'}, timeout=60)
    assert answer.status >= 400 and 'error looking up volume plugin auth: ' in answer.message


@pytest.mark.parametrize('trouble', [{'raw': 'SSH-2.0-OpenSSH\r\n'}, {'body': '[1,2'}, {'body': '{"Mountpoint": 7}'}, {'raw': ''},
                                     {'huge': 64 << 20}, {'body': '{"Mountpoint": "relative"}'}, {'drip': True},
                                     {'body': '[' * 100000}])
def test_garbage_from_a_driver_fails_the_start_with_an_error(ours, driver, trouble):
    nas = driver('nas')
    ours.docker('volume', 'create', '-d', 'nas', 'vv')
    ours.docker('create', '--name', 'cc', '-v', 'vv:/v:nocopy', BOX, 'true')
    nas.behave(Mount=trouble)
    answer = ours.api.post('/containers/cc/start', timeout=30)
    assert answer.status in (500, 503, 504) and answer.message, answer.body
    assert ours.inspect('cc')['State']['Status'] == 'created'
    nas.behave()
    assert ours.docker('start', '-a', 'cc').code == 0


def test_a_driver_that_hangs_stops_nobody_else(ours, driver):
    def use() -> float:
        begun = time.monotonic()
        for _ in range(3):
            ours.docker('run', '--rm', '-v', 'fresh:/v', BOX, 'true')
            ours.docker('volume', 'rm', 'fresh')
            ours.docker('volume', 'ls')
        return time.monotonic() - begun
    nas = driver('nas')
    ours.docker('volume', 'create', '-d', 'nas', 'stuck')
    ours.docker('volume', 'create', 'fine')
    calm = use()
    nas.behave(**{m: {'hang': True} for m in ('List', 'Get', 'Mount', 'Path', 'Capabilities', 'Unmount')})
    begun = time.monotonic()
    listed = ours.api.get('/volumes').json()
    assert {v['Name'] for v in listed['Volumes']} == {'stuck', 'fine'}
    assert len(listed['Warnings']) == 1 and listed['Warnings'][0].startswith('list nas: ')
    assert time.monotonic() - begun < 6
    assert use() < 2 * calm + 4                             # known to hang: no second wait, of 2 s each
    slow = ours.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'Binds': ['stuck:/v:nocopy']}}, timeout=30)
    assert slow.status in (409, 500, 503, 504), slow.body
    nas.behave()
    assert ours.docker('run', '--rm', '-v', 'stuck:/v', BOX, 'echo', 'again').out == 'again\n'
    eventually(lambda: ours.api.get('/volumes').json()['Warnings'] is None, 'the driver is asked again', 20)


def test_who_asks_for_a_container_that_is_being_started_finds_it_running(engine, driver):
    nas = driver('nas')
    engine.docker('volume', 'create', '-d', 'nas', 'slow')
    engine.docker('create', '--name', 'shared', '-v', 'slow:/v:nocopy', BOX, 'sleep', '1000')
    nas.end()
    tries = engine.log.read_text(errors='replace').count('retrying in')
    starting = engine.spawn('start', 'shared')
    eventually(lambda: engine.log.read_text(errors='replace').count('retrying in') > tries, 'the start is under way', 20)
    with ThreadPoolExecutor() as clients:
        inspected = clients.submit(engine.api.get, '/containers/shared/json', timeout=30)
        execed = clients.submit(engine.api.post, '/containers/shared/exec', {'Cmd': ['true']}, timeout=30)
        assert [row['State'] for row in engine.api.get('/containers/json', query={'all': 1}).json()] == ['created']  # a list waits for nobody
        nas.start()
        assert inspected.result().json()['State']['Status'] == 'running'
        assert execed.result().status == 201
    assert starting.wait(30) == 0


def test_a_driver_that_dies_fails_its_own_volumes_and_comes_back(ours, driver):
    nas = driver('nas')
    ours.docker('run', '-d', '--name', 'user', '-v', 'held:/v', '--volume-driver', 'nas', BOX, 'sleep', '1000')
    nas.end()
    assert ours.docker('exec', 'user', 'touch', '/v/x').code == 0              # what is mounted works on
    listed = ours.api.get('/volumes').json()
    assert [v['Name'] for v in listed['Volumes']] == ['held'] and 'connection refused' in listed['Warnings'][0]
    answer = ours.api.get('/volumes/held', timeout=30)
    assert answer.status == 500 or answer.status == 503
    assert 'get held: error while checking if volume "held" exists in driver "nas": Post "http://%2F' in answer.message
    ours.docker('run', '--rm', '-v', 'local1:/v', BOX, 'true')
    ours.docker('rm', '-f', 'user', seconds=60)
    nas.start()
    assert ours.docker('run', '--rm', '-v', 'held:/v', BOX, 'ls', '/v').out == 'x\n'


def test_a_driver_that_is_back_within_the_back_off_is_waited_for(engine, driver):
    nas = driver('nas')
    engine.docker('volume', 'create', '-d', 'nas', 'vv')
    nas.end()
    waiting = engine.spawn('run', '--rm', '-v', 'vv:/v:nocopy', BOX, 'echo', 'made it')
    eventually(lambda: 'retrying in' in engine.log.read_text(errors='replace'), 'it is tried again', 20)
    nas.start()
    out, _ = waiting.communicate(timeout=60)
    assert out.decode().endswith('made it\n')


def test_the_engine_starts_beside_a_hanging_driver_and_restarts_keep_mounts(ours, driver):
    nas = driver('nas')
    ours.docker('run', '-d', '--name', 'lives', '-v', 'kept:/v', '--volume-driver', 'nas', BOX, 'sleep', '1000')
    ours.docker('create', '--name', 'boots', '--restart', 'always', '-v', 'kept2:/v', '--volume-driver', 'nas', BOX, 'sleep', '1000')
    mounted = len(nas.asked('Mount'))
    nas.behave(**{m: {'hang': True} for m in ('List', 'Get', 'Mount', 'Unmount', 'Path', 'Capabilities')})
    ours.kill9()
    assert ours.start() < 3
    assert ours.inspect('lives')['State']['Running']
    assert ours.docker('exec', 'lives', 'touch', '/v/x').code == 0
    assert ours.docker('run', '--rm', BOX, 'echo', 'others').out == 'others\n'
    nas.behave()
    assert len(nas.asked('Mount', 'kept')) <= mounted
    ours.docker('rm', '-f', 'lives', seconds=60)
    ids = {m['ID'] for m in nas.asked('Mount', 'kept')}
    assert ids == {u['ID'] for u in nas.asked('Unmount', 'kept')}


def test_a_hanging_driver_does_not_keep_the_engine_from_stopping(ours, driver):
    nas = driver('nas')
    ours.docker('run', '-d', '--name', 'ends', '-v', 'slow:/v', '--volume-driver', 'nas', BOX, 'sleep', '1000')
    nas.behave(Unmount={'hang': True})
    os.kill(ours.inspect('ends')['State']['Pid'], signal.SIGKILL)
    eventually(lambda: nas.asked('Unmount', 'slow'), 'the driver is asked')
    ours.process.send_signal(signal.SIGTERM)
    assert ours.process.wait(14) == 0, 'before a service manager loses patience'
    nas.behave()
    ours.start()
    assert ours.inspect('ends')['State']['ExitCode'] == 137
    ours.docker('rm', 'ends')


def test_spec_and_json_files_lead_to_drivers_elsewhere(ours, driver, tmp_path):
    port = free_port(ours)
    beside = ThirdParty(ours.dir, 'tcp', where=['--port', str(port)])
    beside.start(ours.ns.enter())             # a driver on TCP must be where the engine is
    try:
        (ours.dir / 'specs/far.spec').write_text(f'tcp://127.0.0.1:{port}\n')
        (ours.dir / 'specs/far2.json').write_text(json.dumps({'Name': 'far2', 'Addr': f'http://127.0.0.1:{port}'}))
        for name in ('far', 'far2'):
            ours.docker('volume', 'create', '-d', name, 'on-' + name)
            assert (beside.root / ('on-' + name)).is_dir()
            ours.docker('volume', 'rm', 'on-' + name)
        (ours.dir / 'specs/odd.spec').write_text('localhost')
        odd = ours.api.post('/volumes/create', {'Name': 'xx', 'Driver': 'odd'})
        assert odd.status == 400 and 'Unknown protocol' in odd.message
    finally:
        beside.end()
        for spec in (ours.dir / 'specs').iterdir():
            spec.unlink()


def test_tls_with_certificates_of_both_sides(ours, tmp_path):
    certificates.make(tmp_path)
    port = free_port(ours)
    safe = ThirdParty(ours.dir, 'tls', where=['--port', str(port), '--tls', *(str(tmp_path / f) for f in ('server.pem', 'server.key', 'ca.pem'))])
    safe.start(ours.ns.enter())
    files = {'CAFile': str(tmp_path / 'ca.pem'), 'CertFile': str(tmp_path / 'client.pem'), 'KeyFile': str(tmp_path / 'client.key')}
    try:
        (ours.dir / 'specs/tls.json').write_text(json.dumps({'Addr': f'https://127.0.0.1:{port}', 'TLSConfig': files}))
        ours.docker('volume', 'create', '-d', 'tls', 'sealed')
        assert (safe.root / 'sealed').is_dir()
        ours.docker('volume', 'rm', 'sealed')
        for name, change in {'nocert': {'CertFile': '', 'KeyFile': ''}, 'otherca': {'CAFile': str(tmp_path / 'client.pem')}}.items():
            (ours.dir / f'specs/{name}.json').write_text(json.dumps({'Addr': f'https://127.0.0.1:{port}', 'TLSConfig': {**files, **change}}))
            answer = ours.api.post('/volumes/create', {'Name': 'xx', 'Driver': name}, timeout=30)
            assert answer.status >= 400 and 'Post "https://127.0.0.1' in answer.message, answer.body
    finally:
        safe.end()
        for spec in (ours.dir / 'specs').iterdir():
            spec.unlink()


def free_port(engine) -> int:
    with engine.ns.listen() as s:
        return s.getsockname()[1]
