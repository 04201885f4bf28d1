"""What Dockerfiles may say that Docker 20.10 does not know yet."""
import pytest
from harness.buildx import FROM, cached, states
from harness.engine import BOX

ENGINES = ('gantryd',)


def test_here_documents_are_scripts(buildx):
    buildx.build(FROM + 'ARG WHO=ann\nRUN <<EOF\nset -e\necho one > /out\n  echo $WHO >> /out\nEOF\nRUN <<EOF sh -s\necho three >> /out\nEOF\n')
    assert buildx.shell('cat /out') == 'one\nann\nthree\n'


def test_here_documents_name_their_program(buildx):
    buildx.build(FROM + 'RUN <<EOF\n#!/bin/awk -f\nBEGIN { print "by awk" > "/out" }\nEOF\n')
    assert buildx.shell('cat /out') == 'by awk\n'


def test_here_documents_are_files(buildx):
    buildx.build(FROM + 'ARG WHO=ann\nCOPY --chmod=600 --chown=7:8 <<one <<"two" <<-three /d/\nI am $WHO\none\n$WHO\ntwo\n\tleft\nthree\nCOPY <<EOF /named\nx\nEOF\n')
    assert buildx.shell('cd /d; cat one two three /named; stat -c "%a %u:%g" one') == 'I am ann\n$WHO\nleft\nx\n600 7:8\n'


def test_here_documents_count_for_the_cache(buildx):
    file = FROM + 'COPY <<EOF /x\n{}\nEOF\nRUN <<EOF\ncat /x > /y\nEOF\n'
    assert cached(buildx.build(file.format('a'))) == [False, False]
    assert cached(buildx.build(file.format('a'))) == [True, True]
    assert cached(buildx.build(file.format('b'))) == [False, False] and buildx.shell('cat /y') == 'b\n'


def test_here_documents_on_stdin(buildx):
    buildx('build', '-t', 'made', '-', input=FROM + 'COPY <<EOF /x\nx\nEOF\n')
    assert buildx.shell('cat /x') == 'x\n'


@pytest.mark.parametrize('line', ['docker/dockerfile:1', 'docker/dockerfile:1.7-labs', 'docker.io/docker/dockerfile:1.4'])
def test_a_syntax_line_needs_no_registry(buildx, line):
    buildx.build(f'# syntax={line}\n' + FROM + 'RUN <<EOF\ntouch /x\nEOF\n')
    assert buildx.shell('ls /x') == '/x\n'


def test_another_syntax_is_refused(buildx):
    assert '127.0.0.1:1/own/syntax' in buildx.refused('# syntax=127.0.0.1:1/own/syntax:1\n' + FROM)


def test_copies_as_links(buildx):
    buildx.build(FROM + 'RUN mkdir /d && touch /d/a\nCOPY --link x /d/\nCOPY --link --chown=7:8 sub /s/', files={'x': 'x', 'sub/y': ''})
    assert buildx.shell('ls /d; stat -c %u:%g /s/y') == 'a\nx\n7:8\n'


@pytest.mark.parametrize('line', ['RUN --security=insecure true'])
def test_what_is_not_built_yet_says_so(buildx, line):
    assert 'not supported' in buildx.refused(FROM + line)


def test_copies_that_leave_out(buildx):
    file = '# syntax=docker/dockerfile:1-labs\n' + FROM
    buildx.build(file + 'COPY --exclude=*.log . /d/', files={'a/b/x': '', 'a/c/x': '', 'n.log': '', 'e/f': ''})
    assert buildx.shell('ls /d').split() == ['Dockerfile', 'a', 'e']


def test_networks_of_one_command(buildx):
    buildx.build(FROM + 'RUN --network=none ls /sys/class/net > /a\nRUN --network=default ip route > /b')
    assert buildx.shell('cat /a') == 'lo\n' and 'default via' in buildx.shell('cat /b')
    assert 'network.host is not allowed' in buildx.refused(FROM + 'RUN --network=host true')
    buildx.build(FROM + 'RUN --network=host ls /sys/class/net > /a', '--allow', 'network.host')
    assert 'ext0' in buildx.shell('cat /a').split()


def test_one_stage_without_the_cache(buildx):
    file = FROM.replace('\n', ' AS a\n') + 'RUN touch /a\n' + FROM.replace('\n', ' AS b\n') + 'RUN touch /b\n' + FROM + 'COPY --from=a /a /\nCOPY --from=b /b /'
    buildx.build(file)
    ends = states(buildx.build(file, '--no-cache-filter', 'a'))
    assert ends['[a 2/2] RUN touch /a'] == 'DONE' and ends['[b 2/2] RUN touch /b'] == 'CACHED'


def test_a_local_image_by_its_full_name(buildx):
    buildx.build(f'FROM docker.io/{BOX}:latest\nRUN touch /x')
    assert buildx.shell('ls /x') == '/x\n'


def test_times_of_images_can_be_set(buildx):
    for _ in range(2):
        buildx.build(FROM + 'RUN touch /x\nENV A=1', '--build-arg', 'SOURCE_DATE_EPOCH=1600000000')
        assert buildx.image()['Created'].startswith('2020-09-13T12:26:40')
    buildx.build(FROM + 'RUN touch /x\nENV A=1')
    assert not buildx.image()['Created'].startswith('2020')


def test_another_program_is_another_step_for_every_cache(buildx):
    file = FROM + 'RUN <<EOF\n#!/bin/sh\necho {} > /out\nEOF\n'
    buildx.build(file.format('one'), tag='one')
    buildx.build(file.format('two'), '--cache-from', 'one')
    assert buildx.shell('cat /out') == 'two\n'


def test_a_trigger_of_an_image_takes_from_a_stage(buildx):
    buildx.build(FROM + 'ONBUILD COPY --from=src /f /g\n', tag='base')
    buildx.build(FROM.replace('\n', ' AS src\n') + 'RUN echo deep > /f\nFROM base\nRUN cat /g > /h')
    assert buildx.shell('cat /h') == 'deep\n'
