"""docker logs: follow, tail, since, until, timestamps; both streams; odd bytes; long and partial lines."""
import re
import time
from pathlib import Path

import pytest
from harness.api import frames
from harness.engine import BOX
from harness.wait import eventually


def test_both_streams_in_order_and_selectable(tidy):
    tidy.docker('run', '--name', 'logs', BOX, 'sh', '-c', 'echo one; echo two >&2; echo three')
    done = tidy.docker('logs', 'logs')
    assert (done.out, done.err) == ('one\nthree\n', 'two\n')
    raw = tidy.api.get('/containers/logs/logs', query={'stdout': 1, 'stderr': 1}).body
    assert sorted(frames(raw)) == sorted([(1, b'one\n'), (2, b'two\n'), (1, b'three\n')])


def test_tail_timestamps_since_and_until(tidy):
    tidy.docker('run', '--name', 'logs', BOX, 'sh', '-c', 'for i in 1 2 3 4 5; do echo l$i; sleep 0.4; done')
    assert tidy.docker('logs', '--tail', '2', 'logs').out == 'l4\nl5\n'
    assert tidy.docker('logs', '--tail', '0', 'logs').out == ''
    assert tidy.docker('logs', '-n', '99', 'logs').out.count('\n') == 5
    stamped = tidy.docker('logs', '-t', 'logs').out.splitlines()
    stamps = [line.split(' ')[0] for line in stamped]
    assert all(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z', s) for s in stamps) and stamps == sorted(stamps)
    assert tidy.docker('logs', '--since', stamps[2], 'logs').out == 'l3\nl4\nl5\n'
    assert tidy.docker('logs', '--until', stamps[1], 'logs').out == 'l1\nl2\n'
    assert tidy.docker('logs', '--since', stamps[1], '--until', stamps[3], 'logs').out == 'l2\nl3\nl4\n'
    assert tidy.docker('logs', '--since', stamps[1], '--tail', '2', 'logs').out == 'l4\nl5\n'
    assert tidy.docker('logs', '--since', '1h', 'logs').out.count('\n') == 5


def test_follow_shows_lines_as_they_come_and_ends_with_the_container(tidy):
    tidy.docker('run', '-di', '--name', 'logs', BOX, 'sh', '-c', 'echo old; while read x; do echo "got $x"; done')
    client = tidy.spawn('logs', '-f', '-t', '--tail', '1', '--since', '10m', 'logs')
    assert client.stdout.readline().endswith(b' old\n')
    stream = tidy.api.hijack('/containers/logs/attach', query={'stream': 1, 'stdin': 1})
    stream.send(b'one\n')
    assert client.stdout.readline().endswith(b' got one\n')
    stream.send(b'two\n')
    assert client.stdout.readline().endswith(b' got two\n')
    tidy.docker('kill', 'logs')
    stream.close()
    assert client.stdout.read() == b'' and client.wait(10) == 0


def test_follow_of_an_ended_container_ends_after_the_backlog(tidy):
    tidy.docker('run', '--name', 'logs', BOX, 'echo', 'gone')
    assert tidy.docker('logs', '-f', 'logs', seconds=10).out == 'gone\n'


def test_any_byte_long_lines_and_a_last_line_without_newline(tidy):
    script = 'printf "a\\000b\\377c\\n"; head -c 40000 /dev/zero | tr "\\0" x; echo; printf "no newline"'
    tidy.docker('run', '--name', 'logs', BOX, 'sh', '-c', script)
    raw = tidy.api.get('/containers/logs/logs', query={'stdout': 1, 'stderr': 1}).body
    whole = b''.join(part for _, part in frames(raw))
    assert whole.startswith(b'a\0b\xffc\n' if tidy.name == 'gantryd' else b'a\0b')   # json-file of 20.10 garbles byte 255
    assert whole.count(b'x') == 40000 and whole.endswith(b'\nno newline')
    assert max(len(part) for _, part in frames(raw)) == 16384


def test_terminal_container_logs_raw_bytes(tidy):
    tidy.docker('run', '-t', '--name', 'logs', BOX, 'sh', '-c', 'echo out; echo err >&2')
    assert tidy.api.get('/containers/logs/logs', query={'stdout': 1, 'stderr': 1}).body == b'out\r\nerr\r\n'
    assert tidy.api.get('/containers/logs/logs', query={'stderr': 1}).body == b''


def test_many_followers_at_once_hold_no_one_up(tidy):
    tidy.docker('run', '-d', '--name', 'logs', BOX, 'sh', '-c', 'trap "exit 0" TERM; echo first; while :; do sleep 0.1; done')
    eventually(lambda: tidy.docker('logs', 'logs').out == 'first\n', 'first line')
    streams = [tidy.api.stream('GET', '/containers/logs/logs', query={'stdout': 1, 'follow': 1}) for _ in range(60)]
    waits = [tidy.api.stream('POST', '/containers/logs/wait', query={'condition': 'not-running'}) for _ in range(30)]
    events = [tidy.api.stream('GET', '/events') for _ in range(30)]
    begun = time.monotonic()
    assert tidy.api.get('/_ping').status == 200
    assert time.monotonic() - begun < 2
    assert tidy.docker('stop', 'logs').code == 0
    for stream in streams:
        assert frames(stream.read())[0] == (1, b'first\n')
    for wait in waits:
        assert wait.json_line()['StatusCode'] == 0
    for stream in events:
        assert stream.json_line()['Type'] == 'container'
    for stream in streams + waits + events:
        stream.close()


def test_log_calls_that_make_no_sense_are_refused(tidy):
    tidy.docker('create', '--name', 'logs', BOX)
    answer = tidy.api.get('/containers/logs/logs')
    assert answer.status == 400 and 'you must choose at least one stream' in answer.message
    assert tidy.api.get('/containers/nobody/logs', query={'stdout': 1}).status == 404


@pytest.mark.parametrize('follow', [0, 1])
def test_a_log_that_cannot_be_read_is_told(tidy, follow):
    if tidy.name == 'dockerd':
        pytest.skip('its log is not to be touched')
    tidy.docker('run', '--name', 'logs', BOX, 'echo', 'one')
    log = Path(tidy.inspect('logs')['LogPath'])
    log.unlink()
    log.symlink_to(log)
    (stream, told), = frames(tidy.api.get('/containers/logs/logs', query={'stdout': 1, 'follow': follow}).body)
    assert stream == 2 and told.startswith(b'Error grabbing logs: ') and told.endswith(b'\n')
