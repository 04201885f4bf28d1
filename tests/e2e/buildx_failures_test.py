"""Builds that fail: the words that users and their tools look for, and where they point to."""
import re

import pytest
from harness.buildx import FROM, cached, states


def test_a_command_that_fails(buildx):
    said = buildx.refused(FROM + "RUN echo so''far; echo w''hy >&2; exit 3\nRUN touch /never")
    assert buildx.failure("/bin/sh -c echo so''far; echo w''hy >&2; exit 3", 3) in said
    assert re.search(r'^#\d+ [\d.]+ sofar$', said, re.M) and re.search(r'^#\d+ [\d.]+ why$', said, re.M)
    assert not buildx.exists()


@pytest.mark.parametrize('line', ['RUN exit 3', 'COPY nosuch /', 'FOO bar'])
def test_the_line_that_failed_is_shown(buildx, line):
    buildx.needs_newer('excerpts that buildx understands')
    said = buildx.refused(FROM + '\nLABEL a=b\n' + line + '\nLABEL c=d\n')
    assert re.search(rf'^Dockerfile:4\n-+\n.*^ +4 \| >>> {line}\n.*^-+\n', said, re.M | re.S)


def test_its_code_is_one_and_nothing_is_on_stdout(buildx):
    done = buildx.build(FROM + 'RUN exit 3', check=False)
    assert done.code == 1 and done.out == ''


def test_a_quiet_build_that_fails_says_why(buildx):
    done = buildx.build(FROM + 'RUN echo noise; exit 5', '-q', check=False)
    assert done.code == 1 and done.out == '' and 'exit code: 5' in done.err


def test_a_build_that_fails_keeps_what_was_done(buildx):
    file = FROM + 'RUN cat /proc/sys/kernel/random/uuid > /a\n'
    assert 'exit code: 1' in buildx.refused(file + 'RUN false')
    assert cached(buildx.build(file + 'RUN true')) == [True, False]


def test_a_name_stays_where_it_was(buildx):
    buildx.build(FROM + 'LABEL a=1')
    first = buildx.image()['Id']
    buildx.refused(FROM + 'LABEL a=2\nRUN false')
    assert buildx.image()['Id'] == first


def test_an_id_file_is_not_left_from_before(buildx):
    (buildx.dir / 'id').write_text('old')
    buildx.refused(FROM + 'RUN false', '--iidfile', buildx.dir / 'id')
    assert not (buildx.dir / 'id').exists()


def test_a_command_in_exec_form(buildx):
    said = buildx.refused(FROM + 'RUN ["sh", "-c", "echo \\\"a b\\\"; exit 9"]')
    assert 'exit code: 9' in said and re.search(r'^#\d+ [\d.]+ a b$', said, re.M)
    if buildx.newer:
        assert r'process "sh -c echo \"a b\"; exit 9" did not complete' in said


def test_a_program_that_is_not_there(buildx):
    said = buildx.refused(FROM + 'RUN ["/bin/nosuch", "a"]')
    assert 'no such file or directory' in said


def test_an_unknown_instruction_names_its_line(buildx):
    said = buildx.refused(FROM + '\n\nFOO bar\n')
    assert 'dockerfile parse error' in said and 'line 4: unknown instruction: FOO' in said


def test_states_of_what_failed(buildx):
    ends = states(buildx.build(FROM + 'RUN true\nRUN false', check=False))
    assert ends['[2/3] RUN true'] == 'DONE' and ends['[3/3] RUN false'] == 'ERROR'
