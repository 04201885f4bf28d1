"""docker build by the buildx plugin: what is built and what is said, the cache, names, options."""
import re
from pathlib import Path

from harness import buildx as plugin
from harness import builds
from harness.buildx import FROM, cached, states
from harness.engine import BOX
from harness.wait import eventually


def test_a_directory_becomes_an_image(buildx):
    done = buildx.build(FROM + 'COPY . /d\nRUN echo hello > /new\nWORKDIR /d\nCMD ["cat", "/new", "file"]', files={'file': 'x\n'})
    assert buildx.engine.docker('run', '--rm', 'made').out == 'hello\nx\n'
    assert 'made:latest' in buildx.image()['RepoTags'] and done.out == ''
    assert list(states(done).values()).count('DONE') >= 5 and 'naming to docker.io/library/made' in done.err


def test_progress_names_each_step(buildx):
    done = buildx.build(FROM + 'RUN echo so""far; echo gra""ve >&2\nCOPY file /', files={'file': 'x'})
    names = list(states(done))
    assert names[0] == '[internal] load build definition from Dockerfile'
    assert '[internal] load build context' in names and any(re.match(rf'\[1/3\] FROM (docker.io/)?{BOX}', name) for name in names)
    assert '[2/3] RUN echo so""far; echo gra""ve >&2' in names and '[3/3] COPY file /' in names
    assert re.search(r'^#\d+ [\d.]+ sofar$', done.err, re.M) and re.search(r'^#\d+ [\d.]+ grave$', done.err, re.M)


def test_output_comes_in_order_while_the_command_runs(buildx):
    words = buildx.long_sleep()
    client = buildx.spawn('build', buildx.tree({'Dockerfile': FROM + f'RUN seq 1 10000; {words}'}))
    client.says(' 10000\n')
    assert [int(line.split()[2]) for line in client.lines if re.match(r'#\d+ [\d.]+ \d+$', line)] == list(range(1, 10001))
    plugin.wait_for(words)


def test_the_image_says_how_it_was_made(buildx):
    buildx.build(FROM + 'ENV A=b C=d\nRUN touch /new\nCOPY file /d/\nEXPOSE 80\nVOLUME /v\nUSER ann\nWORKDIR /w\nSTOPSIGNAL 9\n'
                 'HEALTHCHECK --interval=5s CMD true\nSHELL ["/bin/ash", "-c"]\nENTRYPOINT ["echo"]\nCMD ["hi"]\nLABEL a=b', files={'file': 'x'})
    config = buildx.image()['Config']
    assert config['Env'] == ['PATH=/bin', 'A=b', 'C=d'] and config['Labels'] == {'a': 'b'} and config['User'] == 'ann'
    assert config['ExposedPorts'] == {'80/tcp': {}} and config['Volumes'] == {'/v': {}} and config['WorkingDir'] == '/w'
    assert config['Entrypoint'] == ['echo'] and config['Cmd'] == ['hi'] and config['StopSignal'] == '9' and config['Shell'] == ['/bin/ash', '-c']
    assert config['Healthcheck'] == {'Test': ['CMD-SHELL', 'true'], 'Interval': 5_000_000_000}
    history = builds.history(buildx.engine)
    assert buildx.engine.name == 'gantryd' or history[0] == 'LABEL a=b' and 'COPY file /d/ # buildkit' in history and 'RUN /bin/sh -c touch /new # buildkit' in history
    assert len(buildx.image()['RootFS']['Layers']) == 4      # the box, RUN, COPY, WORKDIR


def test_triggers_of_the_base(buildx):
    buildx.build(FROM + 'ONBUILD RUN echo base > /x\nONBUILD COPY file /', tag='base')
    buildx.build('FROM base\nRUN echo own >> /x', files={'file': 'file\n'})
    assert buildx.shell('cat /x /file').split() == ['base', 'own', 'file'] and not buildx.image()['Config'].get('OnBuild')


def test_events_tell_of_names(buildx):
    buildx.needs_newer('events')
    since = buildx.engine.api.get('/info').json()['SystemTime']
    buildx.build(FROM + 'LABEL a=b')
    until = buildx.engine.api.get('/info').json()['SystemTime']
    told = buildx('events', '--since', since, '--until', until, '--format', '{{.Type}} {{.Action}} {{.ID}}').out.splitlines()
    assert f'image tag {buildx.image()["Id"]}' in told
    assert told.count(f'image create {buildx.image()["Id"]}') == 1


def test_the_classic_builder_is_still_there(buildx):
    buildx.build(FROM + 'RUN echo 1 > /a', tag='base')
    done = buildx.build('FROM base\nRUN echo 2 >> /a', DOCKER_BUILDKIT='0')
    assert 'Successfully built' in done.out and buildx.shell('cat /a') == '1\n2\n'
    buildx.build('FROM made\nRUN echo 3 >> /a')
    assert buildx.shell('cat /a') == '1\n2\n3\n'


def test_the_second_build_is_cached(buildx):
    file = FROM + 'RUN cat /proc/sys/kernel/random/uuid > /when\nCOPY file /\nRUN cat /file'
    assert cached(buildx.build(file, files={'file': 'x'})) == [False, False, False]
    first = buildx.image()['Id']
    assert cached(buildx.build(file)) == [True, True, True] and buildx.image()['Id'] == first
    assert cached(buildx.build(file, files={'file': 'y'})) == [True, False, False]
    assert cached(buildx.build(FROM + 'RUN cat /proc/sys/kernel/random/uuid > /when\nRUN true')) == [True, False]


def test_no_cache_runs_everything_again(buildx):
    file = FROM + 'RUN cat /proc/sys/kernel/random/uuid > /when\nRUN true'
    buildx.build(file)
    first = buildx.shell('cat /when')
    assert cached(buildx.build(file, '--no-cache')) == [False, False] and buildx.shell('cat /when') != first


def test_a_file_and_quiet_tell_the_id(buildx):
    buildx.build(FROM + 'RUN echo noise', '--iidfile', buildx.dir / 'id')
    shown = buildx.engine.docker('image', 'inspect', '-f', '{{.Id}}', 'made').id
    assert (buildx.dir / 'id').read_text() == shown
    quiet = buildx.build(FROM + 'RUN echo noise', '-q')
    assert quiet.out == shown + '\n' and quiet.err == ''


def test_without_a_name_the_image_is_there_by_its_id(buildx):
    made = buildx('build', '-q', buildx.tree({'Dockerfile': FROM + 'LABEL a=b'}))
    assert buildx.image(made.id)['RepoTags'] in ([], None)


def test_several_names(buildx):
    buildx.build(FROM + 'LABEL a=b', '-t', 'made:2', '-t', 'own/made')
    assert set(buildx.image()['RepoTags']) == {'made:latest', 'made:2', 'own/made:latest'}


def test_a_name_moves_on(buildx):
    buildx.build(FROM + 'LABEL a=1')
    first = buildx.image()['Id']
    buildx.build(FROM + 'LABEL a=2')
    assert buildx.image()['Id'] != first and buildx.image()['Config']['Labels'] == {'a': '2'}


def test_arguments_and_labels(buildx):
    done = buildx.build('ARG WHERE=nowhere\n' + FROM + 'ARG WHO=nobody\nARG MORE=1\nRUN echo $WHO $MORE > /who',
                        '--build-arg', 'WHO=ann', '--build-arg', 'MORE', '--label', 'a=b', '--label', 'c', MORE='2')
    assert buildx.shell('cat /who') == 'ann 2\n' and buildx.image()['Config']['Labels'] == {'a': 'b', 'c': ''}
    assert cached(done) == [False]
    assert cached(buildx.build(FROM + 'ARG WHO=nobody\nARG MORE=1\nRUN echo $WHO $MORE > /who', '--build-arg', 'WHO=ann')) == [False]


def test_arguments_that_every_build_has(buildx):
    buildx.build(FROM + 'ARG TARGETPLATFORM\nARG TARGETARCH\nARG BUILDPLATFORM\nRUN echo $TARGETPLATFORM $TARGETARCH $BUILDPLATFORM > /p',
                 '--platform', 'linux/amd64')
    assert buildx.shell('cat /p') == 'linux/amd64 amd64 linux/amd64\n'
    assert (buildx.image()['Os'], buildx.image()['Architecture']) == ('linux', 'amd64')


def test_hosts_and_networks(buildx):
    buildx.build(FROM + 'RUN grep far /etc/hosts > /hosts; ls /sys/class/net > /links', '--add-host', 'far:10.1.2.3', '--network', 'none')
    assert buildx.shell('cat /hosts /links').split() == ['10.1.2.3', 'far', 'lo']
    buildx.build(FROM + 'RUN ls /sys/class/net > /links; cat /etc/hosts > /seen', '--network', 'host')
    assert 'ext0' in buildx.shell('cat /links').split()
    buildx.build(FROM + 'RUN ip addr > /seen; ip route >> /seen')
    assert 'default via' in buildx.shell('cat /seen')


def test_limits(buildx):
    buildx.needs_newer('--ulimit and --shm-size')
    buildx.build(FROM + 'RUN ulimit -n > /files; df -k /dev/shm > /shm', '--ulimit', 'nofile=1000:2000', '--shm-size', '48m')
    assert buildx.shell('cat /files') == '1000\n' and ' 49152 ' in buildx.shell('cat /shm')


def test_a_parent_for_control_groups(buildx):
    words = buildx.long_sleep()
    buildx.needs_newer('--cgroup-parent')
    buildx.spawn('build', '--cgroup-parent', '/own-parent', buildx.tree({'Dockerfile': FROM + f'RUN {words}'}))
    pid = eventually(lambda: plugin.pids(words), 'the command runs', 20)[0]
    assert '/own-parent/' in Path(f'/proc/{pid}/cgroup').read_text()
