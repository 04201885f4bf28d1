"""RUN --mount and --secret: what a command sees besides the image, and that nothing of it stays there."""
import re
import signal
import tarfile

from harness import builds
from harness.buildx import FROM, cached
from harness.engine import BOX

SECRET = 'not for every""body'


def test_a_bind_of_the_context(buildx):
    buildx.build(FROM + 'RUN --mount=source=d,target=/seen cat /seen/sub/x > /out && ! touch /seen/new', files={'d/sub/x': 'there\n'})
    assert buildx.shell('cat /out; test ! -e /seen/sub && echo gone') == 'there\ngone\n'


def test_what_is_bound_counts_for_the_cache(buildx):
    file = FROM + 'RUN --mount=source=a,target=/a cat /a > /out'
    assert cached(buildx.build(file, files={'a': '1'})) == [False]
    assert cached(buildx.build(file, files={'other': ''})) == [True]
    assert cached(buildx.build(file, files={'a': '2'})) == [False]


def test_writes_to_a_bind_are_thrown_away(buildx):
    buildx.build(FROM + 'RUN --mount=target=/c,rw echo more >> /c/a && cat /c/a > /out\nRUN --mount=target=/c cat /c/a >> /out', files={'a': '1\n'})
    assert buildx.shell('cat /out') == '1\nmore\n1\n'


def test_a_bind_of_a_stage(buildx):
    buildx.build(FROM.replace('\n', ' AS first\n') + 'RUN mkdir /made && echo first > /made/file\n' + FROM +
                 'RUN --mount=from=first,source=/made,target=/m cp /m/file /out')
    assert buildx.shell('cat /out; ls /made 2>&1 | wc -l').split() == ['first', '1']


def test_a_bind_of_a_single_file(buildx):
    """As the guide of uv has it: a program of another image, for one command."""
    buildx.build(FROM.replace('\n', ' AS tools\n') + 'RUN cp /bin/busybox /tool\n' + FROM +
                 'RUN --mount=from=tools,source=/tool,target=/tools/busybox --mount=source=d/a,target=/a /tools/busybox cat /a > /out && ! echo x > /tools/busybox\n'
                 f'RUN --mount=from={BOX},source=/bin/busybox,target=/own/busybox,rw /own/busybox echo own >> /out && echo x > /own/busybox', files={'d/a': 'a\n'})
    assert buildx.shell('cat /out; ls -d /tools /own /a 2>/dev/null | wc -l') == 'a\nown\n0\n'


def test_a_cache_stays_between_builds_and_is_not_in_the_image(buildx):
    file = FROM + ('ARG N\nRUN --mount=type=cache,target=/var/cache/own,mode=0750,uid=7 '
                   'stat -c "%a %u" /var/cache/own > /out; echo run >> /var/cache/own/log; cat /var/cache/own/log >> /out')
    buildx.build(file)
    buildx.build(file, '--build-arg', 'N=2')
    assert buildx.shell('cat /out; ls /var/cache/own 2>/dev/null || true') == '750 7\nrun\nrun\n'
    assert any(row['Type'] == 'exec.cachemount' for row in buildx.caches())


def test_a_cache_for_another_user_is_another_one(buildx):
    """One that root has used before would not let others in."""
    step = 'ARG N\nRUN --mount=type=cache,id=own,target=/c{0} stat -c "%a %u:%g" /c > /out; ls /c >> /out; touch /c/mine'
    wanted = {'': '755 0:0', ',uid=1000': '755 1000:0', ',gid=1000': '755 0:1000', ',uid=1000,gid=1000,mode=0700': '700 1000:1000', ',mode=0750': '750 0:0'}
    for again in ('', 'mine\n'):
        for options, shown in wanted.items():
            buildx.build(FROM + step.format(options), '--build-arg', f'N={again}{options}')
            assert buildx.shell('cat /out') == f'{shown}\n{again}', options
    buildx.build(FROM + 'USER 1000\nRUN --mount=type=cache,id=own,target=/c,uid=1000,gid=1000,mode=0700 touch /c/new')
    assert len([row for row in buildx.caches() if row['Type'] == 'exec.cachemount']) == len(wanted)
    assert buildx.prune() == []


def test_a_cache_begins_with_its_source(buildx):
    """With another one it is another cache, with the same one it goes on."""
    stage = FROM.replace('\n', ' AS s\n') + 'RUN mkdir /a /b && echo {0} > /a/x && echo b > /b/x\n' + FROM
    step = 'ARG N\nRUN --mount=type=cache,id=own,target=/c,from=s,source={0} cat /c/x > /out; echo more >> /c/x'
    for text, source, said in [('1', '/a', '1\n'), ('1', '/a', '1\nmore\n'), ('1', '/b', 'b\n'), ('2', '/a', '2\n'), ('1', '/a', '1\nmore\nmore\n')]:
        buildx.build(stage.format(text) + step.format(source), '--build-arg', f'N={said}')
        assert buildx.shell('cat /out') == said, (text, source)
    buildx.build(FROM + 'RUN --mount=type=cache,id=own,target=/c ls /c > /out')
    assert buildx.shell('cat /out') == ''


def test_a_cache_begins_with_files_of_the_client(buildx):
    buildx.needs_newer('named contexts')
    given = buildx.tree({'d/x': '1\n'}, 'given')
    file = FROM + 'ARG N\nRUN --mount=type=cache,id=own,target=/c,from=given,source=d cat /c/x > /out; echo more >> /c/x'
    for content, said in [('1\n', '1\n'), ('1\n', '1\nmore\n'), ('other\n', 'other\n')]:
        (given / 'd/x').write_text(content)
        buildx.build(file, '--build-arg', f'N={said}', '--build-context', f'given={given}')
        assert buildx.shell('cat /out') == said


def test_caches_with_ids_are_shared_by_targets(buildx):
    buildx.build(FROM + 'RUN --mount=type=cache,id=own,target=/a echo one > /a/file')
    buildx.build(FROM + 'RUN --mount=type=cache,id=own,target=/b --mount=type=cache,id=other,target=/c cp /b/file /out; ls /c >> /out')
    assert buildx.shell('cat /out') == 'one\n'


def test_a_locked_cache_has_one_user_at_a_time(buildx):
    stage = FROM.replace('\n', ' AS s{0}\n') + 'RUN --mount=type=cache,id=l,sharing=locked,target=/c mkdir /c/busy && sleep 0.5 && rmdir /c/busy && touch /s{0}\n'
    buildx.build(''.join(stage.format(n) for n in range(3)) + FROM + ''.join(f'COPY --from=s{n} /s{n} /\n' for n in range(3)))
    assert buildx.shell('ls -d /s?').split() == ['/s0', '/s1', '/s2']


def test_a_tmpfs_is_gone_afterwards(buildx):
    buildx.build(FROM + 'RUN --mount=type=tmpfs,target=/t mount | grep -o "on /t type tmpfs" > /out; touch /t/x')
    assert buildx.shell('cat /out; ls /t 2>/dev/null | wc -l').split('\n')[:2] == ['on /t type tmpfs', '0']


def test_a_secret_out_of_a_file(buildx):
    (buildx.dir / 'secret').write_text(SECRET)
    buildx.build(FROM + 'RUN --mount=type=secret,id=s cat /run/secrets/s | sha1sum > /out; stat -c "%a %u:%g" /run/secrets/s >> /out; stat -f -c %T /run/secrets/s >> /out',
                 '--secret', f'id=s,src={buildx.dir}/secret')
    assert buildx.shell('cut -c 1-8 /out').split('\n')[1] == '400 0:0'
    assert buildx.shell('ls -A /run/secrets 2>/dev/null | wc -l').strip() in ('0', '1')
    keeps_it_quiet(buildx)


def keeps_it_quiet(buildx, words: str = SECRET):
    """Neither the image's layers and configuration nor its history has the secret."""
    assert words.encode() not in buildx.bytes('save', 'made').stdout
    assert words not in buildx('history', '--no-trunc', 'made').out


def test_a_secret_out_of_the_environment(buildx):
    buildx.build(FROM + 'RUN --mount=type=secret,id=TOKEN,target=/t,uid=1000,mode=0444 cat /t | wc -c > /out; stat -c "%a %u" /t >> /out',
                 '--secret', 'id=TOKEN', '--secret', 'id=other,env=OTHER', TOKEN='twelve chars', OTHER='x')
    assert buildx.shell('cat /out').split() == ['12', '444', '1000']
    keeps_it_quiet(buildx, 'twelve chars')


def test_a_secret_as_a_variable(buildx):
    buildx.needs_newer('secrets as variables')
    buildx.build(FROM + 'RUN --mount=type=secret,id=s,env=OWN echo "$OWN" | wc -c > /out; test ! -e /run/secrets/s\nRUN echo "-$OWN-" >> /out',
                 '--secret', 'id=s,env=TOKEN', TOKEN='twelve chars')
    assert buildx.shell('cat /out').split() == ['13', '--']
    keeps_it_quiet(buildx, 'twelve chars')


def test_another_secret_is_no_reason_to_run_again(buildx):
    file = FROM + 'RUN --mount=type=secret,id=s cp /run/secrets/s /out'
    buildx.build(file, '--secret', 'id=s,env=TOKEN', TOKEN='one')
    assert cached(buildx.build(file, '--secret', 'id=s,env=TOKEN', TOKEN='two')) == [True] and buildx.shell('cat /out') == 'one'


def test_a_missing_secret(buildx):
    buildx.build(FROM + 'RUN --mount=type=secret,id=s test ! -e /run/secrets/s && echo none > /out')
    assert buildx.shell('cat /out') == 'none\n'
    assert re.search(r'secret s(:| not found).*not found', buildx.refused(FROM + 'RUN --mount=type=secret,id=s,required=true true'))
    assert 'no such file' in buildx.refused(FROM + 'RUN true', '--secret', f'id=s,src={buildx.dir}/nosuch')


def test_a_failed_command_leaves_its_cache_usable(buildx):
    line = 'RUN --mount=type=cache,sharing=locked,target=/c echo x >> /c/log; '
    buildx.refused(FROM + line + 'false')
    buildx.build(FROM + line + 'cat /c/log > /out')
    assert buildx.shell('cat /out') == 'x\nx\n'


def test_a_command_reads_nothing_and_sees_no_terminal(buildx):
    buildx.build(FROM + 'RUN cat > /out; tty >> /out || true')
    assert buildx.shell('cat /out') == 'not a tty\n'


def test_what_the_engine_mounts_is_not_in_the_image(buildx):
    """The names of hosts and of name servers are those of the build, not of the image."""
    buildx.build(FROM + 'RUN cat /etc/resolv.conf /etc/hosts > /seen; hostname >> /seen', '-o', f'type=tar,dest={buildx.dir}/out.tar')
    with tarfile.open(buildx.dir / 'out.tar') as archive:
        assert archive.extractfile('seen').read().strip()
        found = {name: archive.getmember(name).size for name in archive.getnames() if name in ('etc/hosts', 'etc/resolv.conf', 'proc/self', '.dockerenv')}
        assert set(found.values()) <= {0}


def test_a_secret_as_a_variable_is_in_no_record(buildx):
    buildx.needs_newer('secrets as variables')
    words = buildx.long_sleep()
    client = buildx.spawn('build', '--secret', 'id=s,env=TOKEN', buildx.tree({'Dockerfile': FROM + f'RUN --mount=type=secret,id=s,env=OWN echo ${{#OWN}} it""is; {words}'}),
                          TOKEN='a secret nobody sees')
    client.says('20 itis')
    [step] = [row['Id'] for row in builds.containers(buildx.engine) if row['State'] == 'running']
    assert 'nobody sees' not in buildx.engine.docker('inspect', step).out
    kept = [path for path in buildx.engine.root.glob('state.db*') if b'nobody sees' in path.read_bytes()]
    client.signal(signal.SIGTERM)
    client.wait()
    assert kept == []


def test_an_agent_that_nobody_gives_is_left_out(buildx):
    buildx.build(FROM + 'RUN --mount=type=ssh echo ${SSH_AUTH_SOCK:-none} > /out')
    assert buildx.engine.name == 'dockerd' or buildx.shell('cat /out') == 'none\n'
