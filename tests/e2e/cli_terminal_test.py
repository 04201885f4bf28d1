"""What a person does in a terminal: shells, resizing, attach and detach by keys, signals, progress bars."""
import signal
import threading

from harness.engine import BOX
from harness.wait import eventually

PROMPT = r'[#$] '


def test_run_it_rm_gives_a_shell_that_follows_the_window_size(tidy):
    with tidy.terminal('run', '-it', '--rm', '--name', 'shell', BOX, rows=31, cols=101) as shell:
        shell.expect(PROMPT)
        # The size comes by a call of its own right after start.
        eventually(lambda: asked(shell, 'stty size', r'\d+ \d+') == b'31 101', 'the first size')
        shell.size(40, 120)
        eventually(lambda: asked(shell, 'stty size', r'\d+ \d+') == b'40 120', 'the new size')
        assert asked(shell, 'tty', r'/dev/\S+').startswith(b'/dev/')
        assert asked(shell, 'echo $TERM', r'\w+') == b'xterm'
        shell.line('exit 3')
        assert shell.wait() == 3
    assert tidy.docker('ps', '-aq').out == ''


def asked(shell, command: str, answer: str) -> bytes:
    """The marks tell the answer from the echo, which the shell redraws as it likes."""
    shell.line(f'printf "<%s>\\n" "$({command})"')
    return shell.expect(f'<({answer})>')[1]


def test_control_c_interrupts_inside_the_shell_and_not_the_shell(tidy):
    with tidy.terminal('run', '-it', '--rm', BOX) as shell:
        shell.expect(PROMPT)
        shell.line('sh -c "echo be-\\$((1+1)); exec sleep 100"')
        shell.expect('be-2')                          # the foreground group is now the sleep's
        shell.type(b'\x03')
        shell.expect(PROMPT)
        assert asked(shell, 'echo $?', r'\d+') == b'130'
        shell.expect(PROMPT)
        shell.type(b'\x04')                           # end of input
        assert shell.wait() == 0


def test_exec_it_is_a_terminal_too(tidy):
    tidy.docker('run', '-d', '--name', 'host', BOX, 'sleep', '100')
    with tidy.terminal('exec', '-it', 'host', 'sh', rows=20, cols=70) as shell:
        shell.expect(PROMPT)
        eventually(lambda: asked(shell, 'stty size', r'\d+ \d+') == b'20 70', 'the first size')
        shell.size(22, 90)
        eventually(lambda: asked(shell, 'stty size', r'\d+ \d+') == b'22 90', 'the new size')
        shell.line('exit 9')
        assert shell.wait() == 9


def test_detach_by_keys_leaves_it_running_and_attach_comes_back(tidy):
    with tidy.terminal('run', '-it', '--name', 'long', BOX) as shell:
        shell.expect(PROMPT)
        shell.line('MARK=mine')
        shell.expect(PROMPT)
        shell.type(b'\x10\x11')                       # ctrl-p ctrl-q
        assert shell.wait() == 0
    assert tidy.inspect('long')['State']['Running']
    with tidy.terminal('attach', 'long') as shell:
        shell.line('')
        shell.expect(PROMPT)
        assert asked(shell, 'echo is-$MARK', r'is-\w+') == b'is-mine'
        shell.type(b'\x10')                           # a lone ctrl-p reaches the shell with the next key
        shell.type('echo still\r')
        shell.expect('still')
        shell.line('exit 5')
        assert shell.wait() == 5
    assert tidy.inspect('long')['State']['ExitCode'] == 5


def test_own_detach_keys_and_no_stdin(tidy):
    tidy.docker('run', '-dit', '--name', 'keys', BOX)
    with tidy.terminal('attach', '--detach-keys', 'ctrl-x,x', 'keys') as shell:
        shell.line('')
        shell.expect(PROMPT)
        shell.type(b'\x18x')
        shell.expect('read escape sequence')
        assert shell.wait() in (0, 1)                 # CLI 28 says 0 for run and 1 for attach
    assert tidy.inspect('keys')['State']['Running']
    with tidy.terminal('exec', '-it', '--detach-keys', 'ctrl-x', 'keys', 'sh') as shell:
        shell.expect(PROMPT)
        shell.type(b'\x18')
        shell.expect('read escape sequence')
        shell.wait()
    assert tidy.inspect('keys')['State']['Running']


def test_keys_that_reach_the_engine_are_told_as_events(tidy):
    """The CLI looks for them itself; other clients send them."""
    tidy.docker('run', '-dit', '--name', 'keys', BOX)
    made = tidy.api.post('/containers/keys/exec', {'Cmd': ['sh'], 'Tty': True, 'AttachStdin': True, 'AttachStdout': True, 'DetachKeys': 'ctrl-x'})
    with tidy.api.stream('GET', '/events', query={'filters': {'event': ['detach', 'exec_detach']}}) as events:
        for path, query, body in (('/containers/keys/attach', {'stream': 1, 'stdin': 1, 'stdout': 1, 'detachKeys': 'ctrl-x'}, None),
                                  (f"/exec/{made.json()['Id']}/start", None, {'Tty': True})):
            stream = tidy.api.hijack(path, query=query, body=body)
            stream.send(b'\x18')
            stream.read_all()
            stream.close()
        first, second = events.json_line(), events.json_line()
    assert (first['Action'], second['Action']) == ('detach', 'exec_detach')
    assert first['Actor']['Attributes']['name'] == 'keys' and second['Actor']['Attributes']['execID'] == made.json()['Id']
    assert tidy.inspect('keys')['State']['Running']


def test_two_clients_share_one_terminal(tidy):
    tidy.docker('run', '-dit', '--name', 'two', BOX)
    with tidy.terminal('attach', 'two') as one, tidy.terminal('attach', 'two') as other:
        one.line('')
        one.expect(PROMPT)
        other.line('echo from-$((1+1))')
        one.expect('from-2')
        other.expect('from-2')


def test_signals_to_the_cli_reach_the_process(tidy):
    client = tidy.spawn('run', '--name', 'sig', BOX, 'sh', '-c', 'trap "echo got; exit 33" INT; echo ready; while :; do sleep 0.1; done')
    assert client.stdout.readline() == b'ready\n'
    client.send_signal(signal.SIGINT)
    assert client.stdout.read() == b'got\n' and client.wait(10) == 33


def test_attach_without_terminal_gets_both_streams_and_the_exit_code(tidy):
    tidy.docker('create', '-i', '--name', 'pipe', BOX, 'sh', '-c', 'read a; echo "o:$a"; echo "e:$a" >&2; exit 4')
    client = tidy.spawn('start', '-ai', 'pipe', stdin=-1, stderr=-1)
    out, err = client.communicate(b'word\n', timeout=15)
    assert (out, err, client.returncode) == (b'o:word\n', b'e:word\n', 4)


def test_standard_input_written_before_the_start_is_not_lost(tidy):
    tidy.docker('create', '-i', '--name', 'early', BOX, 'cat')
    stream = tidy.api.hijack('/containers/early/attach', query={'stream': 1, 'stdin': 1, 'stdout': 1, 'stderr': 1})
    stream.send(b'early words\n')
    stream.half_close()
    assert tidy.api.post('/containers/early/start').status == 204
    assert stream.read_all() == b'\x01\0\0\0\0\0\0\x0cearly words\n'
    stream.close()
    assert tidy.wait_for_exit('early') == 0


def test_a_slow_reader_holds_the_writer_and_loses_nothing(tidy):
    size = 8 << 20
    client = tidy.spawn('run', '--rm', '-i', BOX, 'cat', stdin=-1)
    data = bytes(range(256)) * (size // 256)
    writer = threading.Thread(target=lambda: (client.stdin.write(data), client.stdin.close()))
    writer.start()
    got = b''
    while part := client.stdout.read(1 << 16):
        got += part
    writer.join()
    assert client.wait(10) == 0 and got == data


def test_what_has_no_terminal_takes_any_size(tidy):
    tidy.docker('run', '-d', '--name', 'host', BOX, 'sleep', '1000')
    identifier = tidy.api.post('/containers/host/exec', {'Cmd': ['sleep', '1000']}).json()['Id']
    tidy.api.post(f'/exec/{identifier}/start', {'Detach': True})
    for path in ('/containers/host', f'/exec/{identifier}'):
        assert tidy.api.post(f'{path}/resize', query={'h': 40, 'w': 80}).status == 200


def test_an_exec_whose_container_was_killed_has_no_size(tidy):
    made = tidy.docker('run', '-d', '--name', 'host', BOX, 'sleep', '1000').id
    identifier = tidy.api.post('/containers/host/exec', {'Cmd': ['sleep', '1000'], 'Tty': True}).json()['Id']
    tidy.api.post(f'/exec/{identifier}/start', {'Detach': True, 'Tty': True})
    assert tidy.api.post(f'/exec/{identifier}/resize', query={'h': 40, 'w': 80}).status == 200
    tidy.docker('kill', 'host')
    tidy.wait_for_exit('host')
    refused = tidy.api.post(f'/exec/{identifier}/resize', query={'h': 40, 'w': 80})
    assert refused.status == 409 and f'{made} is not running' in refused.message.replace('Container', 'container')
