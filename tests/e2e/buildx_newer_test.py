"""What Dockerfiles may say since Docker 20.10, and what it says of them. gantryd only: nothing of this is known there."""
import pytest
from harness.buildx import FROM, cached

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


@pytest.mark.parametrize('mode, shown', [('640', '640'), ('0755', '755'), ('4711', '4711'), ('u=rw,g=r,o=', '640')])
def test_copies_with_a_mode(buildx, mode, shown):
    buildx.build(FROM + f'COPY --chmod={mode} x /d/\nADD --chmod={mode} x /e/', files={'x': ''})
    assert buildx.shell('stat -c %a /d/x /e/x').split() == [shown, shown]


def test_copies_as_links(buildx):
    buildx.build(FROM + 'RUN mkdir /d && touch /d/a\nCOPY --link x /d/\nCOPY --link --chown=7:8 sub /s/', files={'x': 'x', 'sub/y': ''})
    assert buildx.shell('ls /d; stat -c %u:%g /s/y') == 'a\nx\n7:8\n'


def test_copies_that_leave_out_and_keep_parents(buildx):
    file = '# syntax=docker/dockerfile:1-labs\n' + FROM
    buildx.build(file + 'COPY --exclude=*.log . /d/\nCOPY --parents a/*/x ./e/./f /p/', files={'a/b/x': '', 'a/c/x': '', 'n.log': '', 'e/f': '', 'Dockerfile': ''})
    assert buildx.shell('ls /d; cd /p; find . -type f | sort').split() == ['Dockerfile', 'a', 'e', './a/b/x', './a/c/x', './f']


def test_archives_are_unpacked_when_told(buildx):
    from harness.builds import tar
    files = {'a.tar': tar(('in/x', b'x'))}
    buildx.build(FROM + 'ADD a.tar /one/\nADD --unpack=false a.tar /two/\nCOPY a.tar /three/', files=files)
    assert buildx.shell('ls /one/in /two /three').split() == ['/one/in:', 'x', '/three:', 'a.tar', '/two:', 'a.tar'] or \
        buildx.shell('cat /one/in/x; ls /two /three | grep -c a.tar') == 'x2\n'


def test_a_check_tells_of_doubtful_lines(buildx):
    here = buildx.tree({'Dockerfile': FROM + 'MAINTAINER me\nENV A b\n'})
    done = buildx('build', '--check', here, check=False)
    assert done.code == 1 and 'MaintainerDeprecated' in done.out + done.err and 'LegacyKeyValueFormat' in done.out + done.err
    good = buildx('build', '--check', buildx.tree({'Dockerfile': FROM + 'RUN true\n'}, 'good'))
    assert 'no warnings found' in good.out + good.err


def test_warnings_are_told_after_a_build(buildx):
    assert 'MaintainerDeprecated' in buildx.build(FROM + 'MAINTAINER me\n').err


def test_an_outline_names_what_a_build_takes(buildx):
    here = buildx.tree({'Dockerfile': 'ARG BASE=gt/box\nFROM $BASE AS one\nARG OWN=1\nRUN --mount=type=secret,id=s true\n' + FROM + 'RUN true\n'})
    outline = buildx('build', '--call=outline', '--target', 'one', here).out
    assert 'OWN' in outline and 'BASE' in outline and 's' in outline
    assert 'one' in buildx('build', '--call=targets', here).out


def test_times_can_be_set_for_all_that_is_made(buildx):
    buildx.build(FROM + 'COPY x /x', '--build-arg', 'SOURCE_DATE_EPOCH=1600000000')
    assert buildx.image()['Created'].startswith('2020-09-13T12:26:40')


def test_steps_without_cache_by_stage(buildx):
    file = FROM.replace('\n', ' AS a\n') + 'RUN touch /a\n' + FROM + 'COPY --from=a /a /\nRUN touch /b'
    buildx.build(file)
    done = buildx.build(file, '--no-cache-filter', 'a')
    assert '[a 2/2] RUN touch /a' in done.err and not any(s == 'CACHED' for n, s in __import__('harness.buildx').buildx.states(done).items() if n.startswith('[a 2'))


def test_images_without_a_registry_can_be_named_fully(buildx):
    buildx.build(f'FROM docker.io/{FROM[5:-1]}:latest\nRUN true')
    assert buildx.exists()
