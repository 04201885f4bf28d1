"""Where the Dockerfile and the context come from: files, stdin, archives; and what the ignore file keeps away."""
import pytest
from harness.builds import context, entry, tar
from harness.buildx import FROM, cached

COPY = FROM + 'COPY . /d\n'


def names(buildx) -> list[str]:
    return buildx.shell('cd /d && find . ! -name .').split()


def test_a_dockerfile_with_a_name_in_and_outside_of_the_context(buildx):
    here = buildx.tree({'sub/Own.dockerfile': FROM + 'COPY x /\nLABEL at=inside', 'x': ''})
    buildx('build', '-t', 'made', '-f', here / 'sub/Own.dockerfile', here)
    assert buildx.image()['Config']['Labels'] == {'at': 'inside'}
    away = buildx.tree({'Dockerfile': FROM + 'COPY x /\nLABEL at=outside'}, 'elsewhere')
    buildx('build', '-t', 'made', '-f', away / 'Dockerfile', here)
    assert buildx.image()['Config']['Labels'] == {'at': 'outside'} and buildx.shell('ls /x') == '/x\n'


def test_names_are_relative_to_the_working_directory(buildx):
    here = buildx.tree({'own/File': COPY, 'own/x': ''})
    buildx('build', '-t', 'made', '-f', 'own/File', 'own', cwd=here)
    assert sorted(names(buildx)) == ['./File', './x']
    buildx('build', '-t', 'made', '-f', 'File', '.', cwd=here / 'own')


def test_a_dockerfile_on_stdin(buildx):
    here = buildx.tree({'x': 'there\n'})
    buildx('build', '-t', 'made', '-f', '-', here, input=COPY)
    assert buildx.shell('cat /d/x') == 'there\n' and names(buildx) == ['./x']


def test_only_a_dockerfile_on_stdin(buildx):
    buildx('build', '-t', 'made', '-', input=FROM + 'RUN echo alone > /out')
    assert buildx.shell('cat /out') == 'alone\n'
    done = buildx('build', '-', input=FROM + 'COPY x /', check=False)
    assert done.code != 0 and 'not found' in done.err


@pytest.mark.parametrize('compression', ['', 'gz', 'bz2', 'xz'])
def test_an_archive_on_stdin(buildx, compression):
    body = context(COPY, ('sub/x', b'there\n'), entry('run', b'#!/bin/sh\n', 0o755, 7, 8), compression=compression)
    buildx('build', '-t', 'made', '-', input=body)
    assert buildx.shell('cat /d/sub/x; stat -c "%a %u %g" /d/run') == 'there\n755 7 8\n'


def test_an_archive_with_another_dockerfile(buildx):
    body = tar(('sub/Own', COPY.encode()), ('x', b''))
    buildx('build', '-t', 'made', '-f', 'sub/Own', '-', input=body)
    assert './x' in names(buildx)


def test_an_ignore_file_in_an_archive_is_a_file_like_others(buildx):
    buildx('build', '-t', 'made', '-', input=context(COPY, ('.dockerignore', b'*.log\n'), ('x', b''), ('a.log', b'')))
    assert './a.log' in names(buildx)


def test_an_ignore_file_keeps_files_away(buildx):
    buildx.build(COPY, files={'.dockerignore': '# what is not sent\n*.log\n**/tmp\n/deep/*/x\n!keep.log\nDockerfile\n.dockerignore\n',
                              'a.log': '', 'keep.log': '', 'tmp/f': '', 'deep/tmp/f': '', 'deep/a/x': '', 'deep/a/y': '', 'x': ''})
    assert sorted(names(buildx)) == ['./deep', './deep/a', './deep/a/y', './keep.log', './x']


def test_what_is_ignored_cannot_be_copied(buildx):
    said = buildx.refused(FROM + 'COPY a.log /', files={'.dockerignore': '*.log', 'a.log': ''})
    assert 'not found' in said and 'a.log' in said


def test_a_directory_of_which_only_some_is_kept(buildx):
    buildx.build(COPY, files={'.dockerignore': '*\n!src\nsrc/*\n!src/*.c\n', 'src/a.c': '', 'src/a.o': '', 'x': ''})
    assert sorted(names(buildx)) == ['./src', './src/a.c']


def test_the_ignore_file_of_a_dockerfile_comes_first(buildx):
    here = buildx.tree({'.dockerignore': 'a', 'Own': COPY, 'Own.dockerignore': 'b\nOwn*\n.dockerignore', 'a': '', 'b': ''})
    buildx('build', '-t', 'made', '-f', here / 'Own', here)
    assert names(buildx) == ['./a']


def test_what_is_ignored_does_not_count_for_the_cache(buildx):
    files = {'.dockerignore': '*.log', 'x': ''}
    assert cached(buildx.build(COPY, files=files)) == [False]
    assert cached(buildx.build(COPY, files={**files, 'new.log': ''})) == [True]
    assert cached(buildx.build(COPY, files={**files, 'new': ''})) == [False]


def test_a_times_change_does_not_count_for_the_cache(buildx):
    buildx.build(COPY, files={'x': ''})
    (buildx.dir / 'context/x').touch()
    assert cached(buildx.build(COPY)) == [True]


def test_only_what_is_needed_is_sent(buildx):
    files = {'wanted/x': 'x', 'big': bytes(20 << 20)}
    done = buildx.build(FROM + 'COPY wanted /d', files=files)
    assert 'transferring context' in done.err and 'MB' not in done.err.split('load build context')[1]


def test_a_context_that_is_not_there(buildx):
    done = buildx('build', buildx.dir / 'nowhere', check=False)
    assert done.code != 0 and 'not found' in done.err
