"""docker build: what is said and in which order, failures, intermediate containers, names."""
import re

import pytest
from harness import builds
from harness.builds import cli, containers, context, make, post, refused, shell
from harness.engine import BOX

FROM = f'FROM {BOX}\n'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


def test_each_step_is_said_with_its_image(engine):
    answer = make(engine, FROM + 'ENV A=b\nRUN echo "<out>"; touch /new\nCOPY file /d/\nCMD ["echo", "hi"]', ('file', b'x'))
    assert answer.lines == [
        f'Step 1/5 : FROM {BOX}', ' ---> <id>',
        'Step 2/5 : ENV A=b', ' ---> <id>',
        'Step 3/5 : RUN echo "<out>"; touch /new', '<out>', ' ---> <id>',
        'Step 4/5 : COPY file /d/', ' ---> <id>',
        'Step 5/5 : CMD ["echo", "hi"]', ' ---> <id>',
        'Successfully built <id>', 'Successfully tagged made:latest']
    assert answer.headers['content-type'] == 'application/json'
    assert {'stream': f'Step 1/5 : FROM {BOX}'} in answer.objects and {'stream': '\n'} in answer.objects
    assert answer.objects[-3] == {'aux': {'ID': answer.id}} and answer.objects[-2] == {'stream': f'Successfully built {answer.id[7:19]}\n'}
    assert builds.image(engine)['Id'] == answer.id
    assert re.search(r' ---> Running in [0-9a-f]{12}\n<out>\n(Removing| ---> Removed) intermediate container [0-9a-f]{12}\n ---> ', answer.text)
    assert containers(engine) == [] and engine.docker('run', '--rm', 'made').out == 'hi\n'


def test_progress_escapes_what_would_be_markup(engine):
    with builds.start(engine, context(FROM + 'RUN echo "<&>"')) as stream:
        text = stream.read()
    assert b'{"stream":" ---\\u003e ' in text and b'\\u003c\\u0026\\u003e' in text and text.endswith(b'\r\n')


def test_each_step_leaves_an_image_on_the_one_before(engine):
    answer = make(engine, FROM + 'ENV A=b\nRUN touch /new')
    first, second = (re.findall(r' ---> ([0-9a-f]{12})\n', answer.text)[n] for n in (1, 2))
    assert builds.image(engine)['Parent'].startswith('sha256:' + first) and second == answer.id[7:19]
    assert builds.image(engine, first)['Parent'] == builds.image(engine, BOX)['Id']


def test_names_are_said_and_given_last(engine):
    answer = post(engine, context(FROM + 'LABEL a=b'), t='made:1')
    assert answer.lines[-1] == 'Successfully tagged made:1'
    assert post(engine, context(FROM + 'LABEL a=b'), t='made:2').id == answer.id
    assert set(builds.image(engine, 'made:1')['RepoTags']) == {'made:1', 'made:2'}
    done = cli(engine, FROM + 'LABEL a=b', '-t', 'made:3', '-t', 'own/made')
    assert done.out.splitlines()[-2:] == ['Successfully tagged made:3', 'Successfully tagged own/made:latest']
    failed = refused(engine, FROM + 'RUN exit 3', t='made:4')
    assert failed.code == 3 and engine.api.get('/images/made:4/json').status == 404


def test_without_a_name_the_image_is_there_by_its_id(engine):
    done = cli(engine, FROM + 'ENV A=1')
    assert re.search(r'^Successfully built [0-9a-f]{12}$', done.out.splitlines()[-1])
    assert builds.image(engine, done.out.split()[-1])['RepoTags'] in ([], None)


def test_a_quiet_build_says_the_id_alone(engine):
    done = cli(engine, FROM + 'RUN echo noise', '-q', '-t', 'made')
    assert done.out == builds.image(engine)['Id'] + '\n'
    assert post(engine, context(FROM + 'RUN echo noise'), q=1).objects == [{'stream': done.out}]


def test_a_quiet_build_that_fails_shows_what_was_said(engine):
    done = cli(engine, FROM + 'RUN echo noise; exit 5', '-q', check=False)
    assert done.code == 5 and done.out == '' and 'noise' in done.err
    assert "The command '/bin/sh -c echo noise; exit 5' returned a non-zero code: 5" in done.err
    assert 'Step 2/2 : RUN echo noise; exit 5' in done.err


def test_a_quiet_build_shows_which_step_has_failed(engine):
    done = cli(engine, FROM + 'ENV a=b\nCOPY nope /', '-q', check=False)
    assert done.code == 1 and done.out == ''
    assert 'Step 3/3 : COPY nope /' in done.err and 'nope' in done.err.splitlines()[-1]


def test_a_failing_command_fails_the_build_with_its_code(engine):
    answer = refused(engine, FROM + 'RUN echo so far\nRUN echo why >&2; exit 7\nRUN touch /never')
    words = "The command '/bin/sh -c echo why >&2; exit 7' returned a non-zero code: 7"
    assert answer.status == 200
    assert answer.objects[-1] == {'errorDetail': {'code': 7, 'message': words}, 'error': words}
    assert 'Step 3/4 : RUN echo why' in answer.text and 'Step 4/4' not in answer.text
    done = cli(engine, FROM + 'RUN ["sh", "-c", "exit 9"]', check=False)
    assert done.code == 9 and "The command 'sh -c exit 9' returned a non-zero code: 9" in done.err


def test_stderr_is_red(engine):
    answer = make(engine, FROM + 'RUN echo grave >&2')
    assert '\x1b[91mgrave\n\x1b[0m' in answer.text


def test_output_comes_while_the_command_runs(engine):
    with builds.start(engine, context(FROM + 'RUN echo early; sleep 600')) as stream:
        while line := stream.json_line(20):
            if line.get('stream') == 'early\n':
                break
        assert len(containers(engine)) == 1 and line


def test_characters_that_are_split_between_writes_arrive_whole(engine):
    answer = make(engine, FROM + r"RUN printf '\303'; sleep 0.3; printf '\244rger \342\202'; sleep 0.3; printf '\254\n'")
    if engine.name == 'gantryd':                   # dockerd passes on what it reads
        assert 'ärger €\n' in answer.text


def test_a_failed_steps_container_stays_to_be_looked_at(engine):
    answer = refused(engine, FROM + 'RUN touch /done\nRUN touch /half; exit 1')
    [left] = containers(engine)
    assert left['State'] == 'exited' and left['Id'][:12] in answer.text
    engine.docker('commit', left['Id'], 'made:half')
    assert shell(engine, 'ls /done /half', 'made:half') == '/done\n/half\n'


def test_force_rm_removes_it_and_rm_0_keeps_all(engine):
    answer = refused(engine, FROM + 'RUN exit 1', forcerm=1)
    assert re.search(r' ---> Running in ([0-9a-f]{12})\n(Removing| ---> Removed) intermediate container \1\n$', answer.text)
    assert containers(engine) == []
    refused(engine, FROM + 'RUN exit 1', forcerm=1, rm=0)
    assert containers(engine) == []
    make(engine, FROM + 'RUN echo 1\nRUN echo 2', rm=0)
    commands = [row['Command'] for row in containers(engine) if '#(nop)' not in row['Command']]
    assert sorted(commands) == ["/bin/sh -c 'echo 1'", "/bin/sh -c 'echo 2'"]
    engine.clear()
    cli(engine, FROM + 'RUN echo 3', '--rm=false')
    assert [row['Command'] for row in containers(engine)] == ["/bin/sh -c 'echo 3'"]


def test_a_command_that_cannot_be_run_is_said(engine):
    answer = refused(engine, FROM + 'RUN ["/bin/nosuch"]')
    assert 'nosuch' in answer.error and 'no such file or directory' in answer.error.lower()
    assert cli(engine, FROM + 'RUN ["/bin/nosuch"]', check=False).code != 0


def test_unused_arguments_are_warned_of(engine):
    answer = make(engine, FROM + 'ARG used', buildargs={'used': '1', 'Z': '2', 'http_proxy': '3'})
    assert answer.lines[-3:-1] == ['[Warning] One or more build-args [Z] were not consumed', 'Successfully built <id>']
    assert 'Warning' not in make(engine, FROM + 'ARG used', buildargs={'used': '1'}).text


def test_only_the_error_follows_the_last_output(engine):
    answer = refused(engine, FROM + 'COPY missing /')
    assert answer.lines[-1] == 'Step 2/2 : COPY missing /' and answer.status == 200
    assert answer.error.startswith('COPY failed: ')


def test_a_command_reads_nothing_and_sees_no_terminal(engine):
    answer = make(engine, FROM + 'RUN cat; tty; echo end')
    assert 'not a tty\nend\n' in answer.text


def test_much_output_arrives_in_order(engine):
    answer = make(engine, FROM + 'RUN seq 1 30000')
    numbers = re.search(r'\n1\n(.*\n)30000\n', answer.text, re.S)
    assert numbers and numbers[0].split() == [str(n) for n in range(1, 30001)]


def test_events_tell_of_the_name_and_of_containers(engine):
    since = engine.api.get('/info').json()['SystemTime']
    answer = make(engine, FROM + 'RUN true')
    until = engine.api.get('/info').json()['SystemTime']
    told = engine.docker('events', '--since', since, '--until', until, '--format', '{{.Type}} {{.Action}} {{.ID}}').out.splitlines()
    assert f'image tag {answer.id}' in told
    assert engine.name != 'gantryd' or told.count(f'image create {answer.id}') == 1, 'Docker tells since 26'
    actions = [line.split()[1] for line in told if line.startswith('container')]
    for action in ('create', 'start', 'die', 'destroy'):
        assert action in actions
    make(engine, FROM + 'RUN true')
    later = engine.docker('events', '--since', until, '--until', engine.api.get('/info').json()['SystemTime'], '--format', '{{.Type}} {{.Action}}').out
    assert 'image create' not in later, 'it was made before'
