"""What the instructions of a Dockerfile make of an image's configuration."""
import pytest
from harness import builds
from harness.builds import cli, config, history, make, refused, shell
from harness.engine import BOX

FROM = f'FROM {BOX}\n'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


def nop(engine) -> list[str]:
    """The configuring steps of the image as history tells them, oldest first."""
    return [line.partition(' #(nop) ')[2].strip() for line in reversed(history(engine)) if ' #(nop) ' in line]


def test_environment_is_kept_in_order_and_refers_to_what_was_before(engine):
    make(engine, FROM + 'ENV A=1 B="two words" C=$PATH\nENV A=2 D=$A\nENV old style  value\nRUN echo $A-$B-$C-$D-$old > /seen')
    assert config(engine)['Env'] == ['PATH=/bin', 'A=2', 'B=two words', 'C=/bin', 'D=1', 'old=style  value']
    assert shell(engine, 'cat /seen') == '2-two words-/bin-1-style value\n'


def test_history_tells_what_the_instructions_came_to(engine):
    make(engine, FROM + '\n'.join([
        'ENV A=1 B="two words"', 'ENV C=$A$B', 'ARG V=7', 'LABEL a=$A "b c"=d', 'WORKDIR /w', 'WORKDIR sub', 'USER ann', 'EXPOSE 80 $V',
        'VOLUME /data /more', 'STOPSIGNAL SIGINT', 'SHELL ["/bin/ash", "-c"]', 'SHELL ["/bin/sh", "-c"]', 'ENTRYPOINT ["a", "b\\"c"]',
        'CMD echo hi', 'ONBUILD RUN touch  /x', 'MAINTAINER Ann <ann@example.org>']))
    assert nop(engine) == [
        'ENV A=1 B=two words', 'ENV C=1two words', 'ARG V=7', 'LABEL a=1 b c=d', 'WORKDIR /w', 'WORKDIR /w/sub', 'USER ann', 'EXPOSE 7 80',
        'VOLUME [/data /more]', 'STOPSIGNAL SIGINT', 'SHELL [/bin/ash -c]', 'SHELL [/bin/sh -c]', 'ENTRYPOINT ["a" "b\\"c"]',
        'CMD ["/bin/sh" "-c" "echo hi"]', 'ONBUILD RUN touch  /x', 'MAINTAINER Ann <ann@example.org>']
    assert '/bin/ash -c #(nop)  SHELL [/bin/ash -c]' in history(engine)
    assert builds.image(engine)['Author'] == 'Ann <ann@example.org>'


def test_health_checks(engine):
    make(engine, FROM + 'HEALTHCHECK --interval=5s --timeout=2s --start-period=1m --retries=4 CMD ["test", "-e", "/x"]')
    assert config(engine)['Healthcheck'] == {'Test': ['CMD', 'test', '-e', '/x'], 'Interval': 5 * 10**9, 'Timeout': 2 * 10**9,
                                              'StartPeriod': 60 * 10**9, 'Retries': 4}
    make(engine, FROM + 'HEALTHCHECK CMD test -e /x')
    assert config(engine)['Healthcheck'] == {'Test': ['CMD-SHELL', 'test -e /x']}
    make(engine, 'FROM made\nHEALTHCHECK NONE')
    assert config(engine)['Healthcheck'] == {'Test': ['NONE']}


def test_labels_of_the_file_and_of_the_command(engine):
    done = cli(engine, FROM + 'LABEL a=1 b="x y"\nLABEL a=2', '--label', 'a=3', '--label', 'c=4', '-t', 'made')
    assert config(engine)['Labels'] == {'a': '3', 'b': 'x y', 'c': '4'}
    assert 'Step 4/5 : LABEL a=3\n' in done.out and 'Step 5/5 : LABEL c=4\n' in done.out


def test_ports_volumes_user_and_signal(engine):
    make(engine, FROM + 'EXPOSE 80/tcp 53/udp 8000-8002\nEXPOSE 80\nVOLUME ["/data", "/with blank"]\nVOLUME /data\nUSER ann:staff\nSTOPSIGNAL 9')
    made = config(engine)
    assert set(made['ExposedPorts']) == {'80/tcp', '53/udp', '8000/tcp', '8001/tcp', '8002/tcp'}
    assert set(made['Volumes']) == {'/data', '/with blank'} and made['User'] == 'ann:staff' and made['StopSignal'] == '9'


def test_what_a_command_writes_to_a_volume(engine):
    make(engine, FROM + 'RUN mkdir /data && echo before > /data/before\nVOLUME /data\nRUN echo after > /data/after; cat /data/before')
    # RUN gets a volume of its own, which goes with its container.
    assert shell(engine, 'ls /data') == 'before\n'
    assert engine.docker('volume', 'ls', '-q').out == ''


def test_a_command_finds_volumes_that_the_image_has_no_directory_for(engine):
    make(engine, FROM + 'VOLUME /v3 /deep/v4\nRUN touch /v3/a /deep/v4/b && ls -d /deep/v4/b /v3/a > /out')
    assert shell(engine, 'cat /out; find /v3 /deep') == '/deep/v4/b\n/v3/a\n/v3\n/deep\n/deep/v4\n'


def test_user_runs_what_follows(engine):
    make(engine, FROM + 'USER ann\nRUN id -un; touch /tmp/anns\nUSER 1000:50\nRUN touch /tmp/group\nUSER root\nRUN touch /tmp/roots')
    assert shell(engine, 'stat -c %U:%G /tmp/anns /tmp/group /tmp/roots') == 'ann:ann\nann:staff\nroot:root\n'


def test_work_directories_are_made(engine):
    make(engine, FROM + 'ENV D=deep\nWORKDIR /made/$D\nRUN pwd > where\nWORKDIR ../other\nRUN pwd > where\nWORKDIR /tmp')
    assert shell(engine, 'cat /made/deep/where /made/other/where') == '/made/deep\n/made/other\n'
    assert shell(engine, 'stat -c "%a %u:%g" /made /made/deep /tmp') == '755 0:0\n755 0:0\n1777 0:0\n'
    assert config(engine)['WorkingDir'] == '/tmp'


def test_work_directory_is_roots_and_relative_targets_lie_there(engine):
    make(engine, FROM + 'USER ann\nWORKDIR /home/ann/w\nCOPY file sub/\nCOPY file .\nCOPY file renamed', ('file', b'x'))
    assert shell(engine, 'cd /home/ann/w; stat -c "%n %u" . file renamed sub sub/file') == '. 0\nfile 0\nrenamed 0\nsub 0\nsub/file 0\n'


def test_work_directory_over_a_file_fails(engine):
    answer = refused(engine, FROM + 'RUN touch /file\nWORKDIR /file/below')
    assert 'not a directory' in answer.error
    answer = refused(engine, FROM + 'RUN touch /file\nWORKDIR /file')
    assert 'Cannot mkdir: /file is not a directory' in answer.error or engine.name == 'dockerd'


def test_shell_is_for_all_that_is_no_array(engine):
    make(engine, FROM + 'SHELL ["/bin/sh", "-ec"]\nRUN false || echo $- > /flags\nCMD echo $0\nENTRYPOINT echo hi\nHEALTHCHECK CMD true')
    made = config(engine)
    assert made['Shell'] == ['/bin/sh', '-ec'] and made['Entrypoint'] == ['/bin/sh', '-ec', 'echo hi'] and made['Cmd'] == ['/bin/sh', '-ec', 'echo $0']
    assert 'e' in shell(engine, 'cat /flags')
    answer = refused(engine, FROM + 'SHELL ["/bin/sh", "-ec"]\nRUN false; echo never')
    assert answer.error == "The command '/bin/sh -ec false; echo never' returned a non-zero code: 1"


def test_an_entry_point_resets_the_inherited_command_only(engine):
    make(engine, FROM + 'ENTRYPOINT ["echo", "a"]')
    assert config(engine)['Entrypoint'] == ['echo', 'a'] and not config(engine)['Cmd']
    make(engine, FROM + 'CMD ["b"]\nENTRYPOINT ["echo", "a"]')
    assert config(engine)['Cmd'] == ['b'] and engine.docker('run', '--rm', 'made').out == 'a b\n'
    make(engine, 'FROM made\nENTRYPOINT []\nCMD ["echo", "c"]')
    assert engine.docker('run', '--rm', 'made').out == 'c\n'


def test_an_empty_command_is_none(engine):
    make(engine, FROM + 'RUN []\nENTRYPOINT ["echo"]\nCMD []')
    if engine.name == 'dockerd':
        return                                     # 20.10 shows the empty list
    for version in ('1.51', '1.49'):
        assert engine.api.at(version).get('/images/made/json').json()['Config']['Cmd'] is None


def test_commands_run_whatever_the_image_runs(engine):
    make(engine, FROM + 'ENTRYPOINT ["false"]\nHEALTHCHECK --interval=1s CMD false\nCMD ["x"]\nRUN touch /ran')
    assert shell(engine, 'ls /ran') == '/ran\n' and config(engine)['Entrypoint'] == ['false'] and config(engine)['Cmd'] == ['x']


def test_triggers_run_in_the_next_build_and_are_gone_then(engine):
    make(engine, FROM + 'ONBUILD COPY file /copied\nONBUILD RUN cat /copied > /run\nONBUILD ENV A=$PATH', t='made:base')
    assert config(engine, 'made:base')['OnBuild'] == ['COPY file /copied', 'RUN cat /copied > /run', 'ENV A=$PATH']
    answer = make(engine, 'FROM made:base\nRUN echo own >> /run', ('file', b'triggered\n'))
    assert '# Executing 3 build triggers\n' in answer.text and 'Step 2/2 : RUN echo own' in answer.text
    assert shell(engine, 'cat /run; echo $A') == 'triggered\nown\n/bin\n' and not config(engine)['OnBuild']
    one = make(engine, FROM + 'ONBUILD LABEL seen=yes', t='made:one')
    assert '# Executing 1 build trigger\n' in make(engine, 'FROM made:one').text and one.id != builds.image(engine)['Id']
    assert config(engine)['Labels'] == {'seen': 'yes'}


@pytest.mark.parametrize('trigger, words', [
    ('ONBUILD RUN true', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"),
    ('FROM x', "FROM isn't allowed as an ONBUILD trigger"),
    ('MAINTAINER x', "MAINTAINER isn't allowed as an ONBUILD trigger"),
])
def test_what_may_be_no_trigger(engine, trigger, words):
    assert words in refused(engine, FROM + 'ONBUILD ' + trigger).error


def test_lines_go_on_and_comments_are_none_of_them(engine):
    make(engine, '# first\n\nFROM gt/box\nRUN echo a \\\n  # inside\n  b \\\n c > /seen # no comment\nenv X=1 \\\n  Y=2\n  # last\n   Run echo "$X" >> /seen\n')
    assert shell(engine, 'cat /seen') == 'a b c\n1\n' and 'Y=2' in config(engine)['Env']


def test_the_escape_character_can_be_chosen(engine):
    make(engine, '# escape=`\nFROM gt/box\nENV W=C:\\dir\\ P=`$W\nRUN echo a `\n  b > /seen\nCOPY file /a`$b', ('file', b'x'))
    assert {'W=C:\\dir\\', 'P=$W'} <= set(config(engine)['Env'])
    assert shell(engine, "cat /seen; ls '/a$b'") == 'a b\n/a$b\n'


def test_dos_line_ends_and_a_byte_order_mark(engine):
    make(engine, '\ufeffFROM gt/box\r\nENV A=b\r\nRUN echo x > /seen\r\n')
    assert 'A=b' in config(engine)['Env'] and shell(engine, 'cat /seen') == 'x\n'


@pytest.mark.parametrize('word, value', [
    ('$A', 'one'), ('${A}x', 'onex'), ('${B:-two}', 'two'), ('${A:+yes}', 'yes'), ('${B:+yes}', ''), ('\\$A', '$A'), ("'$A'", '$A'), ('"$A b"', 'one b'),
])
def test_variables_in_words(engine, word, value):
    make(engine, FROM + f'ENV A=one\nENV SEEN={word}\nLABEL seen={word}')
    assert f'SEEN={value}' in config(engine)['Env'] and config(engine)['Labels']['seen'] == value


def test_here_documents(engine):
    if engine.name == 'dockerd':
        return                                     # 20.10's classic builder has none
    make(engine, FROM + 'ENV A=1\nRUN <<EOF\necho first > /seen\necho "$A" >> /seen\nEOF\nRUN cat <<END >> /seen\n$A here\nEND\n'
                        'COPY <<one <<"two" /docs/\nvalue $A\none\nraw $A\ntwo\nCOPY <<-x /single\n\ttabbed\nx\n')
    assert shell(engine, 'cat /seen /docs/one /docs/two /single') == 'first\n1\n1 here\nvalue 1\nraw $A\ntabbed\n'
    assert shell(engine, 'stat -c "%a %u:%g" /single') == '644 0:0\n'


def test_commands_see_the_containers_name(engine):
    """With BuildKit they do not: buildx_stages_test.py."""
    make(engine, FROM + 'RUN env | grep -c ^HOSTNAME=. > /seen')
    assert shell(engine, 'cat /seen') == '1\n'
