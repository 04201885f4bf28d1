"""docker commit: what a container has changed becomes an image."""
import json
import tarfile
import time

import pytest
from harness.engine import BOX


@pytest.fixture(autouse=True)
def only_the_box(engine):
    yield
    engine.clear()
    for _ in range(3):  # dockerd keeps what others are built on
        for image in engine.docker('image', 'ls', '-q', '--no-trunc', '--filter', 'reference=made').out.split():
            engine.docker('rmi', '-f', image, check=False)
    assert engine.docker('image', 'ls', '-q', '--filter', 'reference=made').out == ''


def image(engine, name: str) -> dict:
    return engine.api.get(f'/images/{name}/json').json()


def history(engine, name: str) -> list[dict]:
    return engine.api.get(f'/images/{name}/history').json()


def test_changes_become_a_layer(engine):
    script = 'mkdir -p /etc/own && echo new > /etc/own/file && ln -s file /etc/own/link && rm /bin/vi && rm -rf /var/spool && mkdir -p /var/spool/fresh && chmod 700 /etc/own'
    engine.docker('run', '--name', 'base', BOX, 'sh', '-c', 'mkdir -p /var/spool/old; echo x > /var/spool/old/file; touch /bin/vi')
    engine.docker('commit', 'base', 'made:base')
    engine.docker('run', '--name', 'work', 'made:base', 'sh', '-c', script)
    identifier = engine.docker('commit', '-m', 'words', '-a', 'somebody', 'work', 'made:second').out.strip()
    shown = image(engine, 'made:second')
    assert shown['Id'] == identifier and shown['RepoTags'] == ['made:second']
    assert (shown['Comment'], shown['Author']) == ('words', 'somebody')
    assert len(shown['RootFS']['Layers']) == len(image(engine, BOX)['RootFS']['Layers']) + 2
    assert shown['RootFS']['Layers'][:-1] == image(engine, 'made:base')['RootFS']['Layers']
    newest = history(engine, 'made:second')[0]
    assert (newest['Comment'], newest['CreatedBy']) == ('words', 'sh -c ' + script) and newest['Size'] > 0
    seen = engine.docker('run', '--rm', 'made:second', 'sh', '-c', 'cat /etc/own/link; stat -c %a /etc/own; ls /bin/vi; ls /var/spool', check=False).out
    assert seen == 'new\n700\nfresh\n'


def test_older_clients_are_told_of_the_container(engine):
    container = engine.docker('create', '--hostname', 'box', '-t', BOX, 'sh', '-c', 'true').id
    engine.docker('commit', '-c', 'CMD ["false"]', container, 'made:older')
    shown = engine.api.at('1.41').get('/images/made:older/json').json()
    config = shown['ContainerConfig']
    assert shown['Container'] == container
    assert (config['Hostname'], config['Tty'], config['Image'], config['Cmd']) == ('box', True, BOX, ['sh', '-c', 'true'])
    assert shown['Config']['Cmd'] == ['false']


def test_the_configuration_is_the_containers_and_the_changes(engine):
    engine.docker('run', '-d', '--name', 'work', '-e', 'A=1', '-e', 'B=2', '-l', 'own=yes', '-w', '/tmp', '-u', '0:0', '--expose', '81',
                   '--health-cmd', 'true', BOX, 'sleep', '1000')
    engine.docker('commit', '-c', 'ENV B=3 C=4', '-c', 'CMD ["echo", "hi"]', '-c', 'EXPOSE 80', '-c', 'LABEL more=1', '-c', 'VOLUME /data',
                   'work', 'made:config')
    config = image(engine, 'made:config')['Config']
    assert {'A=1', 'B=3', 'C=4'} <= set(config['Env']) and 'B=2' not in config['Env']
    assert config['Cmd'] == ['echo', 'hi'] and config['WorkingDir'] == '/tmp' and config['User'] == '0:0'
    assert config['Labels'] == {'own': 'yes', 'more': '1'} and set(config['ExposedPorts']) == {'80/tcp', '81/tcp'}
    assert set(config['Volumes']) == {'/data'} and config['Healthcheck']['Test'] == ['CMD-SHELL', 'true']
    assert engine.docker('run', '--rm', 'made:config').out == 'hi\n'
    assert engine.docker('run', '--rm', 'made:config', 'sh', '-c', 'echo $B $C').out == '3 4\n'


def test_changes_are_read_as_a_dockerfile(engine):
    engine.docker('run', '--name', 'work', '-e', 'PORT=81', BOX, 'sh', '-c', 'echo made > /made')
    engine.docker('commit', '-c', 'ENV PATH=/opt:$PATH', '-c', 'EXPOSE $PORT', '-c', 'ENTRYPOINT ["cat"]', 'work', 'made:read')
    config = image(engine, 'made:read')['Config']
    assert 'PATH=/opt:/bin' in config['Env'] and list(config['ExposedPorts']) == ['81/tcp']
    assert not config['Cmd']                       # it was the old command's, not the entry point's
    assert engine.docker('run', '--rm', 'made:read', '/made').out == 'made\n'


def test_a_removal_meanwhile_gives_no_half_image(engine):
    engine.docker('run', '--name', 'work', BOX, 'sh', '-c', 'mkdir /many; cd /many; for i in $(seq 3000); do echo $i > $i; done')
    committing = engine.spawn('commit', 'work', 'made:half')
    engine.docker('rm', '-f', 'work')
    committing.communicate(timeout=30)
    if committing.returncode == 0:                 # it was quicker: then all of it is there
        assert engine.docker('run', '--rm', 'made:half', 'sh', '-c', 'ls /many | wc -l').out.strip() == '3000'
    else:
        assert engine.docker('images', '-q', 'made:half').out == ''


def test_a_body_goes_over_the_containers_configuration(engine):
    engine.docker('create', '--name', 'work', '-e', 'A=1', BOX, 'true')
    body = {'Env': ['A=2', 'D=5'], 'Entrypoint': ['echo', 'from'], 'Labels': {'x': 'y'}}
    made = engine.api.post('/commit', body, query={'container': 'work', 'repo': 'made', 'tag': 'body'})
    assert made.status == 201, made.body
    config = image(engine, 'made:body')['Config']
    assert {'A=2', 'D=5'} <= set(config['Env']) and config['Entrypoint'] == ['echo', 'from'] and config['Labels'] == {'x': 'y'}


def test_a_running_container_is_paused_for_it_unless_told_not_to(engine):
    engine.docker('run', '-d', '--name', 'work', BOX, 'sleep', '1000')
    for options, paused in (([], True), (['--pause=false'], False)):
        since = f'{time.time():.9f}'
        engine.docker('commit', *options, 'work', 'made:live')
        told = engine.api.get('/events', query={'since': since, 'until': f'{time.time():.9f}', 'filters': '{"container":["work"]}'})
        events = [json.loads(line) for line in told.body.splitlines()]
        actions = [event['Action'] for event in events]
        assert ('pause' in actions and 'unpause' in actions) == paused, actions
        attributes = next(event['Actor']['Attributes'] for event in events if event['Action'] == 'commit')
        assert attributes['imageID'] == image(engine, 'made:live')['Id'] and attributes['name'] == 'work'
    assert engine.inspect('work')['State']['Status'] == 'running'
    engine.docker('pause', 'work')
    engine.docker('commit', 'work', 'made:paused')
    assert engine.inspect('work')['State']['Status'] == 'paused'
    engine.docker('unpause', 'work')


def test_nothing_changed_is_no_layer_and_mounts_are_no_part(engine):
    engine.docker('create', '--name', 'same', BOX, 'true')
    engine.docker('commit', 'same', 'made:same')
    assert image(engine, 'made:same')['RootFS']['Layers'] == image(engine, BOX)['RootFS']['Layers']
    engine.docker('run', '--name', 'mounted', '-v', 'data:/data', '--tmpfs', '/scratch', BOX, 'sh', '-c', 'echo a > /data/a; echo b > /scratch/b')
    engine.docker('commit', 'mounted', 'made:mounted')
    assert engine.docker('run', '--rm', 'made:mounted', 'sh', '-c', 'ls /data /scratch').out.split() == ['/data:', '/scratch:']
    engine.docker('rm', '-v', 'mounted')
    engine.docker('volume', 'rm', '-f', 'data')


def test_it_can_be_saved_and_loaded(engine, tmp_path):
    engine.docker('run', '--name', 'work', BOX, 'sh', '-c', 'echo kept > /kept')
    engine.docker('commit', 'work', 'made:kept')
    file = tmp_path / 'made.tar'
    engine.docker('save', '-o', str(file), 'made:kept')
    with tarfile.open(file) as archive:
        assert 'manifest.json' in archive.getnames()
    engine.docker('rm', 'work')
    engine.docker('rmi', 'made:kept')
    engine.docker('load', '-i', str(file))
    assert engine.docker('run', '--rm', 'made:kept', 'cat', '/kept').out == 'kept\n'


@pytest.mark.parametrize('query, status, words', [
    ({'container': 'none'}, 404, 'No such container: none'),
    ({'container': 'work', 'repo': 'Made'}, 400, 'must be lowercase'),
    ({'container': 'work', 'repo': 'made', 'tag': 'a b'}, 400, 'invalid tag format'),
    ({'container': 'work', 'changes': 'RUN x'}, 400, 'run is not a valid change command'),
])
def test_bad_requests(engine, query, status, words):
    engine.docker('create', '--name', 'work', BOX, 'true')
    answer = engine.api.post('/commit', query=query)
    assert answer.message.endswith(words) and (answer.status == status or engine.name == 'dockerd')


def test_names_of_whiteouts_stay_behind(engine):
    if engine.name == 'dockerd':
        pytest.skip('dockerd makes layers of them that cannot be read')
    engine.docker('run', '--name', 'work', BOX, 'sh', '-c', 'mkdir /w && cd /w && touch x .wh.x .wh..wh..opq new && mkdir .wh.d && touch .wh.d/in')
    engine.docker('commit', 'work', 'made')
    assert engine.docker('run', '--rm', 'made', 'ls', '-A', '/w').out.split() == ['new', 'x']
