"""COPY of files of the context: where they go, whose they are, what is kept of them."""
import hashlib
import os
import tarfile

import pytest
from harness import builds
from harness.builds import entry, history, make, refused, shell
from harness.engine import BOX

FROM = f'FROM {BOX}\n'
LISTED = 'cd /t && find . -mindepth 1 | sort'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


def stat(engine, *paths: str, what: str = '%a %u:%g') -> list[str]:
    return shell(engine, f'stat -c "{what}" {" ".join(paths)}').splitlines()


TREE = [('dir', None), ('dir/a', b'a'), ('dir/sub', None), ('dir/sub/b', b'b'), ('dir/empty', None), ('one.txt', b'1'), ('two.txt', b'2'), ('c.md', b'3')]


@pytest.mark.parametrize('line, found', [
    ('COPY one.txt /t/', './one.txt'),
    ('COPY one.txt /t/file', './file'),
    ('COPY one.txt /t/deep/er/', './deep ./deep/er ./deep/er/one.txt'),
    ('COPY one.txt two.txt /t/', './one.txt ./two.txt'),
    ('COPY *.txt /t/', './one.txt ./two.txt'),
    ('COPY ?ne.* /t/x', './x'),
    ('COPY [o-p]*.txt /t/', './one.txt'),
    ('COPY dir /t', './a ./empty ./sub ./sub/b'),
    ('COPY dir /t/', './a ./empty ./sub ./sub/b'),
    ('COPY dir/ /t/d', './d ./d/a ./d/empty ./d/sub ./d/sub/b'),
    ('COPY d* /t/', './a ./empty ./sub ./sub/b'),
    ('COPY dir/* /t/', './a ./b'),
    ('COPY dir one.txt /t/', './a ./empty ./one.txt ./sub ./sub/b'),
    ('COPY dir/sub/b /t/', './b'),
    ('COPY ./dir/../one.txt /t/', './one.txt'),
    ('COPY /one.txt /t/', './one.txt'),
    ('COPY dir/empty /t', ''),
    ('COPY ["one.txt", "c.md", "/t/"]', './c.md ./one.txt'),
    ('COPY . /t', './Dockerfile ./c.md ./dir ./dir/a ./dir/empty ./dir/sub ./dir/sub/b ./one.txt ./two.txt'),
    ('WORKDIR /t\nCOPY one.txt .', './one.txt'),
    ('WORKDIR /t\nCOPY one.txt ./x', './x'),
    ('WORKDIR /t\nCOPY dir d', './d ./d/a ./d/empty ./d/sub ./d/sub/b'),
    ('ENV N=one\nCOPY $N.txt /t/${N}', './one'),
])
def test_where_it_goes(engine, line, found):
    make(engine, FROM + line, *TREE)
    assert shell(engine, LISTED).split() == found.split()


@pytest.mark.parametrize('line, words', [
    ('COPY none /', 'none'),
    ('COPY no*ne /', 'no source files were specified'),
    ('COPY ../x /', 'forbidden path outside the build context: ../x ()'),
    ('COPY one.txt two.txt /t', 'When using COPY with more than one source file, the destination must be a directory and end with a /'),
    ('COPY one.txt', 'COPY requires at least two arguments, but only one was provided. Destination could not be determined'),
    ('COPY --chown=nosuch one.txt /', 'nosuch'),
    ('COPY --what=x one.txt /', 'what'),
    ('COPY dir /etc/passwd', '/etc/passwd'),
])
def test_what_is_refused(engine, line, words):
    answer = refused(engine, FROM + line, *TREE)
    assert words in answer.error, answer.error


@pytest.mark.parametrize('line', ['COPY none /', 'COPY n*one /', 'COPY ../x /', 'COPY --chown=nosuch one.txt /', 'COPY dir /etc/passwd'])
def test_what_fails_says_so(engine, line):
    error = refused(engine, FROM + line, *TREE).error
    # 20.10 says it of what has to do with sources only.
    assert error.startswith('COPY failed: ') or engine.name == 'dockerd' and ('chown' in line or 'passwd' in line)


def test_a_missing_source_is_said_in_dockers_words(engine):
    assert refused(engine, FROM + 'COPY none /').error == \
        'COPY failed: file not found in build context or excluded by .dockerignore: stat none: file does not exist'


def test_modes_and_times_are_kept_owners_are_not(engine):
    make(engine, FROM + 'COPY dir /t', entry('dir', None, 0o750, 7, 8, mtime=1500000000), entry('dir/run', b'#!', 0o4711, 7, 8, mtime=1600000000),
         entry('dir/secret', b'x', 0o600, 7, 8), entry('dir/sub', None, 0o1777, 7, 8, mtime=1500000001))
    run = '711 0:0' if engine.name == 'dockerd' else '4711 0:0'     # 20.10 loses it when it sets the owner
    assert stat(engine, '/t/run', '/t/secret', '/t/sub') == [run, '600 0:0', '1777 0:0']
    assert stat(engine, '/t/run', '/t/sub', what='%Y') == ['1600000000', '1500000001']


def test_fractions_of_seconds(engine):
    make(engine, FROM + 'COPY file /file', entry('file', b'', mtime=1600000000.25))
    assert stat(engine, '/file', what='%Y') == ['1600000000']


def test_a_copied_directory_itself_is_new(engine):
    make(engine, FROM + 'COPY dir /t\nCOPY dir /p/q/', entry('dir', None, 0o700), ('dir/x', b''))
    assert stat(engine, '/t', '/p', '/p/q') == ['755 0:0'] * 3


def test_owners_by_name_and_number(engine):
    make(engine, FROM + 'COPY --chown=ann dir /n\nCOPY --chown=ann:staff dir /g\nCOPY --chown=7 dir /i\nCOPY --chown=7:8 one.txt /new/dir/file\n'
                        'ARG WHO=ann\nCOPY --chown=$WHO:$WHO one.txt /v', *TREE)
    assert stat(engine, '/n/a', '/n/sub', '/n/sub/b', '/n/empty', what='%u:%g') == ['1000:1000'] * 4
    assert stat(engine, '/g/a', '/i/a', '/new/dir/file', '/v', what='%u:%g') == ['1000:50', '7:7', '7:8', '1000:1000']
    assert stat(engine, '/n', '/new', '/new/dir', what='%u:%g') == ['1000:1000', '7:8', '7:8']


@pytest.mark.parametrize('owner', ['nobody', 'ann:'])
def test_an_owner_is_a_group_as_well(engine, owner):
    """To the classic builder; BuildKit takes the user's own group."""
    assert 'group' in refused(engine, FROM + f'COPY --chown={owner} one.txt /', *TREE).error


def test_chown_is_part_of_history(engine):
    make(engine, FROM + 'COPY --chown=ann one.txt /', *TREE)
    line = history(engine)[0].replace('=annfile', '=ann file')      # 20.10 leaves the blank out
    assert ' COPY --chown=ann file:' in line and line.endswith(' in / ')


def test_modes_can_be_given(engine):
    if engine.name == 'dockerd':
        assert 'BuildKit' in refused(engine, FROM + 'COPY --chmod=600 dir /t', *TREE).error
        return
    make(engine, FROM + 'COPY --chmod=600 one.txt /f\nCOPY --chmod=4751 dir /t', *TREE)
    assert stat(engine, '/f', '/t/a', '/t/sub/b') == ['600 0:0', '4751 0:0', '4751 0:0']
    assert 'chmod' in refused(engine, FROM + 'COPY --chmod=999 one.txt /f', *TREE).error


def test_directories_that_are_there_are_merged_and_stay_as_they_are(engine):
    make(engine, FROM + 'RUN mkdir -p /t/sub && echo old > /t/sub/old && echo old > /t/a && chmod 700 /t && chown ann /t\nCOPY dir /t/', *TREE)
    assert shell(engine, LISTED).split() == './a ./empty ./sub ./sub/b ./sub/old'.split()
    assert shell(engine, 'cat /t/a') == 'a' and stat(engine, '/t') == ['700 1000:0']


def test_what_stands_in_the_way(engine):
    answer = make(engine, FROM + 'RUN mkdir -p /t/a\nCOPY dir/a /t/a', *TREE)
    assert shell(engine, LISTED).split() == ['./a', './a/a'], answer.text          # a directory takes the file in
    make(engine, FROM + 'RUN mkdir -p /t && touch /t/sub\nCOPY dir /t', *TREE)
    assert shell(engine, 'cat /t/sub/b') == 'b'                                    # and a file gives way to one
    answer = refused(engine, FROM + 'RUN touch /t\nCOPY one.txt /t/', *TREE)
    assert '/t' in answer.error or 'not a directory' in answer.error
    make(engine, FROM + 'RUN mkdir -p /t/a/inner\nCOPY dir /t', *TREE)
    assert shell(engine, 'cat /t/a') == 'a'                                        # as does a directory, even a full one


def test_files_are_replaced_whole(engine):
    make(engine, FROM + 'RUN echo a long text > /f; chmod 600 /f; chown ann /f; ln /f /twin\nCOPY one.txt /f', *TREE)
    assert shell(engine, 'cat /f') == '1' and shell(engine, 'cat /twin') == 'a long text\n' and stat(engine, '/f') == ['644 0:0']


def test_odd_names(engine):
    names = ['with blank', 'ümläut €', 'new\nline', "quo'te", 'q"q', 'back\\slash', '-dash', '[x]', '*', 'n' * 255, 'a$b', '#x']
    make(engine, FROM + 'COPY odd /t/', *((f'odd/{name}', name.encode()) for name in names))
    for name in names:
        assert shell_cat(engine, name) == name
    make(engine, FROM + 'COPY ["with blank", "ümläut €", "/t/"]\nCOPY a\\$b /t/\nENV N="with blank"\nCOPY $N /t/again',
         ('with blank', b'1'), ('ümläut €', b'2'), ('a$b', b'3'))
    assert shell(engine, "cd /t; cat 'with blank' 'ümläut €' 'a$b' again") == '1231'


def shell_cat(engine, name: str) -> str:
    return engine.docker('run', '--rm', 'made', 'cat', f'/t/{name}').out


def test_long_paths(engine):
    deep = '/'.join(['d' * 100] * 12)
    make(engine, FROM + 'COPY l /t', (f'l/{deep}/file', b'deep'))
    assert shell(engine, f'cat /t/{deep}/file') == 'deep'


def test_a_big_file(engine):
    data = os.urandom(50 << 20)
    make(engine, FROM + 'COPY big /big', ('big', data))
    assert shell(engine, 'sha256sum /big').split()[0] == hashlib.sha256(data).hexdigest()


def test_many_files(engine):
    make(engine, FROM + 'COPY many /t', *((f'many/{n % 50}/{n}', str(n).encode()) for n in range(5000)))
    assert shell(engine, 'find /t -type f | wc -l; cat /t/7/4957').split() == ['5000', '4957']


def test_devices_pipes_and_attributes_of_the_tar(engine):
    if engine.name == 'dockerd':
        return                                     # what it does with them is up to its tar
    pipe = tarfile.TarInfo('dir/pipe')
    pipe.type = tarfile.FIFOTYPE
    make(engine, FROM + 'COPY dir /t', ('dir', None), (pipe, None))
    assert shell(engine, 'test -p /t/pipe && echo pipe') == 'pipe\n'
