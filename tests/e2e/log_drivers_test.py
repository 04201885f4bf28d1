"""Log drivers: a stranger's plugin gets each line once, whatever happens to it, to the container and to the daemon."""
import json
from pathlib import Path

import pytest
from harness.engine import BOX
from harness.memo_driver import build_memo
from harness.wait import eventually

ENGINES = ('gantryd',)


@pytest.fixture(scope='module')
def driver(tmp_path_factory):
    return build_memo(tmp_path_factory, kind='log')


class Memo:
    """An engine with the driver, and what the driver has written down."""

    def __init__(self, engine):
        self.engine = engine
        self.state = engine.root / 'plugins/log-memo'

    def records(self) -> list[dict]:
        try:
            whole = (self.state / 'lines').read_text().rpartition('\n')[0]      # the last may be half written
            return [json.loads(line) for line in whole.splitlines()]
        except FileNotFoundError:
            return []

    def lines(self, stream: int | None = None) -> list[str]:
        return [bytes.fromhex(r['text']).decode() for r in self.records() if 'text' in r and stream in (None, 2 if r['stderr'] else 1)]

    def opened(self) -> list[dict]:
        return [r for r in self.records() if 'opened' in r]

    def trouble(self, call: str, text: str | None):
        """None: no more."""
        path = self.state / 'trouble' / call
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text)

    def run(self, script: str, *options: str, detached: bool = True):
        return self.engine.docker('run', *(['-d'] if detached else []), '--log-driver', 'memo', *options, BOX, 'sh', '-c', script)

    def has(self, *lines: str, seconds: float = 10):
        eventually(lambda: self.lines() == list(lines), f'the driver has {lines}', seconds)


def toml(driver: Path, more: str = '') -> str:
    return f'[plugin]\ndirectories = ["{driver.parent}"]\n[logging]\nplugins = ["log-memo"]\n{more}'


@pytest.fixture
def memo(daemon, driver):
    return Memo(daemon(config=toml(driver)))


def test_lines_of_both_streams_come_with_who_wrote_them(memo):
    memo.run('echo one; echo two >&2; echo; printf unfinished', '--name', 'web', '--label', 'team=red', '-e', 'COLOUR=blue', '--log-opt', 'labels=team',
             '--log-opt', 'env=COLOUR', '--log-opt', 'tag={{.Name}}/{{index .ContainerLabels "team"}}', '--log-opt', 'memo-note=hello')
    eventually(lambda: len(memo.lines()) == 4, 'all is taken')
    assert memo.lines(1) == ['one', '', 'unfinished'] and memo.lines(2) == ['two']
    opened, = memo.opened()
    assert opened['name'] == 'web' and opened['tag'] == 'web/red' and opened['image'] == BOX and opened['command'].startswith('sh -c echo one')
    assert opened['attribute team'] == 'red' and opened['attribute COLOUR'] == 'blue' and opened['option memo-note'] == 'hello'
    assert not any(name.startswith('option ') and name != 'option memo-note' for name in opened)
    logs = memo.engine.docker('logs', 'web')
    assert logs.out == 'one\n\nunfinished' and logs.err == 'two\n', 'docker logs works whatever driver is set'
    assert memo.engine.inspect('web')['HostConfig']['LogConfig']['Type'] == 'memo' and memo.engine.inspect('web')['LogPath'] == ''


def test_a_long_line_comes_in_pieces(memo):
    memo.run("head -c 40000 /dev/zero | tr '\\0' x; echo; echo short")
    eventually(lambda: len(memo.lines()) == 4, 'all is taken')
    pieces = [r for r in memo.records() if 'text' in r]
    assert [(r['piece'], r['last'], len(r['text']) // 2) for r in pieces] == [(1, False, 16384), (2, False, 16384), (3, True, 7232), (0, True, 5)]


def test_output_comes_while_the_container_runs(memo):
    memo.run('echo first; read x; echo "second $x"', '-i', '--name', 'talks')
    memo.has('first')
    memo.engine.docker('attach', 'talks', input='now\n')
    memo.has('first', 'second now')


def test_a_second_run_goes_on_where_the_first_ended(memo):
    memo.run('echo run', '--name', 'again')
    memo.has('run')
    memo.engine.docker('start', '-a', 'again')
    memo.has('run', 'run')


def test_what_the_driver_refuses_waits_and_the_container_does_not(memo):
    memo.trouble('write', 'out of paper')
    memo.run('for i in 1 2 3; do echo $i; done', '--name', 'patient')
    assert memo.engine.wait_for_exit('patient') == 0
    assert memo.lines() == []
    memo.trouble('write', None)
    memo.has('1', '2', '3')


def test_a_line_that_cannot_be_taken_is_left_out_and_the_others_come(memo):
    memo.trouble('bad', 'poison')
    memo.run('echo a; echo some poison here; echo b')
    memo.has('a', 'b')
    assert 'a line of its output is left out (1 so far): memo: not this one' in memo.engine.log.read_text()


def test_what_waited_when_the_daemon_was_killed_is_taken_by_the_next(memo):
    memo.run('echo before; read x; echo after', '-i', '--name', 'survivor')
    memo.has('before')
    memo.trouble('write', 'out of paper')
    memo.engine.docker('attach', 'survivor', input='x\n')
    memo.engine.wait_for_exit('survivor')
    memo.engine.kill9()
    memo.trouble('write', None)
    memo.engine.start()
    memo.has('before', 'after')


def test_what_is_put_out_while_there_is_no_daemon_comes_with_the_next(memo):
    memo.run('echo 1; while [ ! -e /go ]; do sleep 0.05; done; echo 2; while [ ! -e /end ]; do sleep 0.05; done; echo 3', '--name', 'alone')
    memo.has('1')
    root = Path(f'/proc/{memo.engine.inspect("alone")["State"]["Pid"]}/root')
    memo.engine.kill9()
    (root / 'go').touch()
    memo.engine.start()
    memo.has('1', '2')
    (root / 'end').touch()
    memo.has('1', '2', '3')


def test_removal_waits_for_the_rest_of_the_output(memo):
    memo.run('for i in $(seq 2000); do echo $i; done', '--rm', detached=False)
    assert memo.lines() == [str(i) for i in range(1, 2001)]


def test_removal_brings_all_runs_that_waited(memo):
    memo.trouble('write', 'out of paper')
    memo.run('echo run; [ -e /second ] && echo again; touch /second', '--name', 'twice')
    memo.engine.wait_for_exit('twice')
    memo.engine.docker('start', '-a', 'twice', check=False)
    memo.trouble('write', None)
    memo.engine.docker('rm', 'twice')
    assert memo.lines() == ['run', 'run', 'again']


@pytest.mark.parametrize('call', ['write', 'hang', 'open'])
def test_a_driver_that_fails_or_hangs_keeps_no_container_from_being_removed(memo, call):
    memo.trouble(call, 'out of paper')
    memo.run('echo lost', '--name', 'gone')
    memo.engine.wait_for_exit('gone')
    memo.engine.docker('run', '--rm', BOX, 'true')
    memo.engine.docker('rm', 'gone', seconds=15)
    assert memo.lines() == [] and 'removed before its log driver memo had taken all of its output' in memo.engine.log.read_text()
    assert memo.engine.docker('ps', '-aq').out == ''


@pytest.mark.parametrize('how', ['hang', 'stuck'])
def test_a_daemon_that_ends_does_not_wait_for_a_driver_that_hangs(memo, how):
    memo.trouble(how, 'x')
    memo.run('echo kept', '--name', 'kept')
    memo.engine.wait_for_exit('kept')
    memo.engine.stop()
    memo.trouble(how, None)
    memo.engine.start()
    memo.has('kept')


def test_options_are_checked_at_create(memo):
    def refused(*options: str) -> str:
        done = memo.engine.docker('create', '--log-driver', 'memo', *(f'--log-opt={option}' for option in options), BOX, check=False)
        assert done.code == 1
        return done.err
    assert "unknown log opt 'odd' for memo log driver" in refused('odd=1')
    assert "unknown log opt 'max-size' for memo log driver" in refused('max-size=1m')
    assert 'there is no field .Nobody' in refused('tag={{.Nobody}}')
    assert 'logger: logging mode not supported: maybe' in refused('mode=maybe')
    assert "invalid size for log option cache-max-size: 'big'" in refused('cache-max-size=big')
    assert memo.engine.docker('ps', '-aq').out == ''


def test_docker_logs_can_be_turned_off(memo):
    memo.run('echo x', '--name', 'quiet', '--log-opt', 'cache-disabled=true')
    memo.has('x')
    done = memo.engine.docker('logs', 'quiet', check=False)
    assert done.code == 1 and 'configured logging driver does not support reading' in done.err


def test_the_file_beside_the_driver_is_rotated_and_nothing_is_missing(memo):
    memo.run("for i in $(seq 300); do head -c 1000 /dev/zero | tr '\\0' y; echo $i; done", '--name', 'much', '--log-opt', 'cache-max-size=20k', '--log-opt', 'cache-max-file=2')
    memo.engine.wait_for_exit('much')
    eventually(lambda: memo.lines()[-1:] == ['y' * 1000 + '300'], 'the last line is taken')
    files = list((memo.engine.root / 'containers').glob('*/log*'))
    assert sum(f.stat().st_size for f in files if f.name.startswith('log') and 'taken' not in f.name) < 60_000


def test_an_unknown_driver_is_refused_and_a_missing_one_too(daemon, driver):
    engine = daemon(config='[logging]\nplugins = ["log-nobody"]\n')
    for name, why in (('odd', 'plugin "odd" not found'), ('nobody', 'is not found in')):
        answer = engine.api.post('/containers/create', {'Image': BOX, 'HostConfig': {'LogConfig': {'Type': name, 'Config': {}}}})
        assert answer.status in (400, 503) and why in answer.message
    assert any('log-nobody' in warning for warning in engine.api.get('/info').json()['Warnings'])


def test_a_default_driver_that_nobody_is_stops_the_start(daemon):
    with pytest.raises(RuntimeError, match='logging.driver: plugin "odd" not found'):
        daemon(config='[logging]\ndriver = "odd"\n')


def test_a_default_driver_is_a_line_of_toml(daemon, driver):
    memo = Memo(daemon(config=toml(driver, 'driver = "memo"\noptions = { memo-note = "all of them" }\n')))
    info = memo.engine.api.get('/info').json()
    assert info['LoggingDriver'] == 'memo' and info['Plugins']['Log'] == ['json-file', 'local', 'memo']
    memo.engine.docker('run', '--name', 'plain', BOX, 'echo', 'default')
    memo.has('default')
    assert memo.opened()[0]['option memo-note'] == 'all of them'
    memo.engine.docker('run', '--name', 'own', '--log-driver', 'json-file', BOX, 'echo', 'file')
    assert memo.engine.inspect('own')['HostConfig']['LogConfig'] == {'Type': 'json-file', 'Config': {}}
    memo.has('default')


def test_a_driver_nobody_asks_for_is_not_loaded(memo):
    memo.engine.docker('run', '--rm', BOX, 'true')
    assert 'log-memo.so' not in Path(f'/proc/{memo.engine.process.pid}/maps').read_text()
