"""What goes wrong at run: the code a shell expects, the words that clients match, and not a trace left in the machine."""
import pytest
from harness import leaks
from harness.engine import BOX, WEB
from harness.wait import eventually


@pytest.fixture(autouse=True)
def no_trace(engine):
    """After each test: no containers, links, rules, mounts or cgroups beyond those before it."""
    yield
    engine.clear()
    if engine.name == 'gantryd':
        eventually(lambda: not (engine.network_leaks() + leaks.cgroups(engine.ids) + leaks.paths_of_containers(engine.dir, engine.ids)),
                   'no trace', 20)
        assert not engine.network_leaks() + leaks.cgroups(engine.ids) + leaks.paths_of_containers(engine.dir, engine.ids)
    assert engine.docker('run', '--rm', BOX, 'true').code == 0


FAILURES = {
    'unknown image': (['127.0.0.1:1/nosuch:v0'], 125, 'Unable to find image'),
    'missing binary': ([BOX, 'nosuch'], 127, 'executable file not found in $PATH'),
    'missing path': ([BOX, '/bin/nosuch'], 127, 'no such file or directory'),
    'not executable': ([BOX, '/etc/passwd'], 126, 'permission denied'),
    'a directory': ([BOX, '/etc'], 126, ''),
    'unknown user': (['-u', 'nobodyhere', BOX, 'true'], 125, 'unable to find user nobodyhere: no matching entries in passwd file'),
    'unknown group': (['-u', 'ann:nogrouphere', BOX, 'true'], 125, 'unable to find group nogrouphere'),
    'a user out of range': (['-u', '-1', BOX, 'true'], 125, 'uids and gids must be in range 0-2147483647'),
    'unknown network': (['--network', 'nosuch', BOX, 'true'], 125, 'network nosuch not found'),
    'unknown runtime': (['--runtime', 'nosuch', BOX, 'true'], 125, 'nosuch'),
    'missing bind source': (['--mount', 'type=bind,src=/nosuch/dir,dst=/x', BOX, 'true'], 125, 'bind source path does not exist: /nosuch/dir'),
    'missing device': (['--device', '/dev/nosuch', BOX, 'true'], 127, '/dev/nosuch'),           # the CLI goes by the words
    'directory over file': (['-v', '/srv:/etc/passwd', BOX, 'true'], 125, 'not a directory'),
    'no room in the range': (['-p', '8080:80', '-p', '8080:81', BOX, 'true'], 125, 'port is already allocated'),
    'impossible cpus': (['--cpuset-cpus', '99', BOX, 'true'], 125, 'cpu'),
    'more cpus than there are': (['--cpus', '9999', BOX, 'true'], 125, 'range of CPUs is from 0.01 to'),
    'impossible memory nodes': (['--cpuset-mems', '999', BOX, 'true'], 125, 'Requested memory nodes are not available - requested 999'),
    'a file as work directory': (['-w', '/etc/passwd', BOX, 'true'], 125, 'Cannot mkdir: /etc/passwd is not a directory'),
    'bad sysctl': (['--sysctl', 'net.ipv4.nosuch=1', BOX, 'true'], 127, 'net'),
    'namespace of a missing container': (['--network', 'container:nosuch', BOX, 'true'], 125, 'No such container: nosuch'),
}


@pytest.mark.parametrize('failure', FAILURES)
def test_failed_run_has_the_right_code_and_words(engine, failure):
    arguments, code, words = FAILURES[failure]
    done = engine.docker('run', '--rm', *arguments, check=False)
    assert done.code == code, done.err
    assert words.lower() in done.err.lower()
    if failure != 'unknown image':
        eventually(lambda: engine.docker('ps', '-aq').out == '', 'the failed container is gone')


@pytest.mark.parametrize('failure', ['missing binary', 'unknown network', 'no room in the range'])
def test_failed_container_without_rm_stays_and_can_be_removed(engine, failure):
    arguments, code, words = FAILURES[failure]
    engine.docker('run', '--name', 'kept', *arguments, check=False)
    state = engine.inspect('kept')['State']
    assert state['Status'] == 'created' and not state['Running'] and words in state['Error']
    engine.docker('rm', 'kept')


def test_port_of_another_container_is_taken(engine):
    engine.docker('run', '-d', '--name', 'first', '-p', '8080:80', BOX, *WEB)
    second = engine.docker('run', '-d', '--name', 'second', '-p', '8080:80', BOX, *WEB, check=False)
    assert second.code == 125 and 'Bind for 0.0.0.0:8080 failed: port is already allocated' in second.err
    assert b'It runs' in engine.fetch(8080), 'the first one is not disturbed'
    engine.docker('rm', '-f', 'first')
    engine.docker('start', 'second')
    assert b'It runs' in engine.fetch(8080), 'the port is free again'


def test_port_of_a_stranger_is_taken(engine):
    with engine.ns.listen(8081, '0.0.0.0'):
        done = engine.docker('run', '-d', '--name', 'late', '-p', '8081:80', BOX, *WEB, check=False)
        assert done.code == 125 and 'address already in use' in done.err, done.err
    engine.docker('start', 'late')
    assert b'It runs' in engine.fetch(8081)


def test_unknown_container_signal_and_condition(engine):
    for call in (['stop', 'nosuch'], ['kill', 'nosuch'], ['logs', 'nosuch'], ['exec', 'nosuch', 'true'], ['rename', 'nosuch', 'other'], ['wait', 'nosuch']):
        done = engine.docker(*call, check=False)
        assert done.code == 1 and 'No such container: nosuch' in done.err, call
    engine.docker('run', '-d', '--name', 'there', BOX, 'sleep', '100')
    done = engine.docker('kill', '-s', 'SIGNONSENSE', 'there', check=False)
    assert done.code == 1 and 'nvalid signal: SIGNONSENSE' in done.err
    assert engine.api.post('/containers/there/kill', query={'signal': '99'}).status == (500 if engine.name == 'dockerd' else 400)
    assert engine.inspect('there')['State']['Running']


def test_ambiguous_prefixes_and_odd_names(engine):
    for _ in range(17):                               # seventeen ids: two share their first digit
        engine.docker('create', BOX)
    digits = [row['Id'][0] for row in engine.api.get('/containers/json', query={'all': 1}).json()]
    twice = next(d for d in digits if digits.count(d) > 1)
    answer = engine.api.get(f'/containers/{twice}/json')
    assert answer.status == (500 if engine.name == 'dockerd' else 400)
    assert f'ultiple IDs found with provided prefix: {twice}' in answer.message
    for name in ('a', 'a b', '-x', 'x/y', 'ä'):
        answer = engine.api.post('/containers/create', {'Image': BOX}, query={'name': name})
        assert answer.status == 400 and f'Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed' in answer.message
