"""COPY --parents, ADD --unpack and --chmod in words: what newer Dockerfiles say."""
import os

import pytest
from harness.builds import entry, tar
from harness.buildx import FROM, cached


@pytest.fixture(autouse=True)
def newer(buildx):
    buildx.needs_newer('flags of 2024')


FILES = {'x/a.txt': 'a', 'x/y/b.txt': 'b', 'x/y/c.md': 'c', 'top.txt': 't'}


def tree(buildx, place: str, image: str = 'made') -> list[str]:
    return buildx.shell(f'cd {place}; find . | sort', image).split()


def test_directories_come_along(buildx):
    here = buildx.tree({'Dockerfile': FROM + 'COPY --parents x/y/b.txt top.txt /p/\nCOPY --parents ./x /q', **FILES})
    os.chmod(here / 'x', 0o750)
    buildx('build', '-t', 'made', here)
    assert tree(buildx, '/p') == ['.', './top.txt', './x', './x/y', './x/y/b.txt']
    assert tree(buildx, '/q') == ['.', './x', './x/a.txt', './x/y', './x/y/b.txt', './x/y/c.md']
    assert buildx.shell('stat -c %a /p/x /q/x; cat /p/x/y/b.txt').split() == ['750', '750', 'b']


def test_wildcards_and_where_names_begin(buildx):
    buildx.build(FROM + 'COPY --parents **/*.txt /all/\nCOPY --parents x/./**/*.txt /below\nCOPY --parents x/*/c.md /one/\nCOPY --parents w/link/./y /followed/', files={**FILES, 'w/link': ('link', '../x')})
    assert tree(buildx, '/all') == ['.', './top.txt', './x', './x/a.txt', './x/y', './x/y/b.txt']
    assert tree(buildx, '/below') == ['.', './a.txt', './y', './y/b.txt']
    assert tree(buildx, '/one') == ['.', './x', './x/y', './x/y/c.md']
    assert tree(buildx, '/followed') == ['.', './y', './y/b.txt', './y/c.md']


def test_parents_of_a_stage(buildx):
    make = FROM.replace('\n', ' AS make\n') + 'RUN mkdir -p /out/lib/sub /out/bin && chmod 751 /out/lib && touch /out/lib/sub/l.so /out/lib/l.a /out/bin/b\n'
    buildx.build(make + FROM + 'COPY --parents --from=make /out/./**/*.so /out/./bin /d/\nCOPY --parents --from=make /out/lib/l.a /e/')
    assert tree(buildx, '/d') == ['.', './bin', './bin/b', './lib', './lib/sub', './lib/sub/l.so']
    assert buildx.shell('cd /e; find . | sort; stat -c %a /e/out/lib').split() == ['.', './out', './out/lib', './out/lib/l.a', '751']


def test_parents_but_not_all(buildx):
    buildx.build(FROM + 'COPY --parents --exclude=x/y --exclude=*.md x top.txt /p/', files=FILES)
    assert tree(buildx, '/p') == ['.', './top.txt', './x', './x/a.txt']


def test_what_is_missing_is_said(buildx):
    assert 'not found' in buildx.refused(FROM + 'COPY --parents x/none /p/', files=FILES)
    buildx.build(FROM + 'COPY --parents x/*.none /p/', files=FILES)


def test_another_name_is_another_step(buildx):
    """The files are the same, where they lie is not."""
    buildx.build(FROM + 'COPY --parents x/y/b.txt /p/', files=FILES)
    done = buildx.build(FROM + 'COPY --parents x/./y/b.txt /p/', files=FILES)
    assert cached(done) == [False] and tree(buildx, '/p') == ['.', './y', './y/b.txt']


def test_archives_are_unpacked_or_not(buildx):
    files = {'a.tar.gz': tar(entry('in/x', b'x', 0o600, 7, 8), compression='gz'), 'plain': 'p'}
    buildx.build(FROM + 'ADD --unpack=false a.tar.gz /kept/\nADD --unpack=true a.tar.gz plain /open/\nADD --unpack --chown=9 a.tar.gz /owned/', files=files)
    assert buildx.shell('ls /kept; ls /open; cat /open/in/x; stat -c %u:%g /open/in/x /owned/in/x').split() == ['a.tar.gz', 'in', 'plain', 'x7:8', '9:9']


def test_modes_in_words(buildx):
    here = buildx.tree({'Dockerfile': FROM + 'COPY --chmod=u=rwX,go=rX d /d/\nCOPY --chmod=+x d/f /f\nADD --chmod=g=u,o-rwx d/run /r', 'd/f': '', 'd/run': '', 'd/sub/g': ''})
    for name, mode in (('d/f', 0o600), ('d/run', 0o700), ('d/sub', 0o700), ('d/sub/g', 0o640)):
        (here / name).chmod(mode)
    buildx('build', '-t', 'made', here)
    assert buildx.shell('stat -c %a /d/f /d/run /d/sub /d/sub/g /f /r').split() == ['644', '755', '755', '644', '711', '770']
    assert 'invalid chmod parameter' in buildx.refused(FROM + 'COPY --chmod=u+q d /d')
