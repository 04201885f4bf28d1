"""What becomes of a context's files: modes, owners, times, links, names, sizes, and many of them."""
import hashlib
import os

from harness.builds import entry, tar
from harness.buildx import FROM

COPY = FROM + 'COPY . /d\n'


def test_modes_owners_and_times(buildx):
    here = buildx.tree({'Dockerfile': COPY, 'run': '#!/bin/sh\necho runs\n', 'own': '', 'sub/x': ''})
    for name, mode in (('run', 0o755), ('own', 0o600), ('sub', 0o750), ('sub/x', 0o4711)):
        os.chown(here / name, 1000, 1001)
        os.chmod(here / name, mode)
        os.utime(here / name, (1600000000, 1600000000))
    buildx('build', '-t', 'made', here)
    assert buildx.shell('cd /d; stat -c "%n %a %u:%g" run own sub sub/x').splitlines() == [
        'run 755 0:0', 'own 600 0:0', 'sub 750 0:0', 'sub/x 4711 0:0']
    names = 'run own sub/x sub' if buildx.newer else 'run own sub/x'      # 20.10 forgets those of directories
    assert set(buildx.shell(f'cd /d; stat -c %Y {names}').split()) == {'1600000000'}
    assert buildx.shell('/d/run') == 'runs\n'


def test_parts_of_a_second(buildx):
    here = buildx.tree({'Dockerfile': COPY, 'x': ''})
    os.utime(here / 'x', ns=(1600000000_123456789,) * 2)
    buildx('build', '-t', 'made', here)
    assert buildx.shell('stat -c %Y /d/x') == '1600000000\n'


def test_links(buildx):
    here = buildx.tree({'Dockerfile': COPY, 'x': 'content', 'link': ('link', 'x'), 'away': ('link', '/etc/passwd'), 'dangling': ('link', 'no/such'),
                        'sub/up': ('link', '../x'), 'dir': ('link', 'sub')})
    buildx('build', '-t', 'made', here)
    assert buildx.shell('cd /d; for f in link away dangling sub/up dir; do readlink $f; done').split() == ['x', '/etc/passwd', 'no/such', '../x', 'sub']
    assert buildx.shell('cat /d/link /d/dir/up') == 'contentcontent'


def test_a_link_that_is_named_is_followed(buildx):
    buildx.build(FROM + 'COPY link dirlink/y /d/\nCOPY dirlink /e', files={'x': 'content', 'link': ('link', 'x'), 'sub/y': 'why', 'dirlink': ('link', 'sub')})
    assert buildx.shell('cat /d/link /d/y /e/y; test -L /d/link || echo file') == 'contentwhywhyfile\n'


def test_hard_links(buildx):
    here = buildx.tree({'Dockerfile': COPY, 'a': 'same', 'z/other': ''})
    (here / 'z/b').hardlink_to(here / 'a')
    buildx('build', '-t', 'made', here)
    assert buildx.shell('cat /d/a /d/z/b') == 'samesame'


def test_empty_files_and_directories(buildx):
    buildx.build(COPY, files={'none': '', 'empty': None, 'deep/er/empty': None})
    assert buildx.shell('cd /d; stat -c "%n %s %F" none; find . -type d | sort').splitlines() == \
        ['none 0 regular empty file', '.', './deep', './deep/er', './deep/er/empty', './empty']


def test_names_of_all_kinds(buildx):
    odd = ['with space', 'ärger €', '日本/語', "it's", 'a"b', 'back\\slash', '-dash', '.hidden', 'new\nline', '$HOME', '*', '[x]', 'x' * 200]
    buildx.build(COPY, files={name: str(number) for number, name in enumerate(odd)})
    got = buildx.engine.docker_bytes('run', '--rm', 'made', 'sh', '-c', 'cd /d; find . -type f ! -name Dockerfile -print0 | sort -z')
    assert set(got.decode().split('\0')) - {''} == {'./' + name for name in odd}


def test_names_with_spaces_can_be_copied(buildx):
    buildx.build(FROM + 'COPY ["with space", "ä*", "/to here/"]\nCOPY --chown=7:8 ü /u', files={'with space': '1', 'ä1': '2', 'ä2': '3', 'ü': '4'})
    assert buildx.shell('cat "/to here/"* /u; stat -c %u:%g /u') == '12347:8\n'


def test_copies_with_a_mode_and_an_owner(buildx):
    buildx.build(FROM + 'COPY --chmod=640 --chown=ann:staff x sub /d/\nADD --chmod=0711 --chown=7 x /e/', files={'x': '', 'sub/y': ''})
    assert buildx.shell('stat -c "%a %U:%G" /d/x /d/y; stat -c "%a %u:%g" /e/x').splitlines() == ['640 ann:staff'] * 2 + ['711 7:7']


USERS = FROM + (r"RUN printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:/bin/sh\napp:x:1000:100::/:/bin/sh\n' > /etc/passwd && "
                r"printf 'root:x:0:\nusers:x:100:\nnogroup:x:65533:\napp:x:555:\n' > /etc/group" '\n')


def test_an_owner_without_a_group_has_that_of_passwd(buildx):
    words = ['app', 'app:', 'app:app', 'app:users', 'app:7', 'nobody', '1000', '7', '1000:', ':5', 'root', 'app:root']
    buildx.build(USERS + ''.join(f'COPY --chown={word} x /{n}\n' for n, word in enumerate(words)), files={'x': ''})
    owners = buildx.shell('stat -c %u:%g ' + ' '.join(f'/{n}' for n in range(len(words)))).split()
    assert dict(zip(words, owners, strict=True)) == {
        'app': '1000:100', 'app:': '1000:0', 'app:app': '1000:555', 'app:users': '1000:100', 'app:7': '1000:7', 'nobody': '65534:65533',
        '1000': '1000:1000', '7': '7:7', '1000:': '1000:0', ':5': '0:5', 'root': '0:0', 'app:root': '1000:0'}


def test_root_needs_no_files_of_users(buildx):
    buildx.build(FROM.replace('\n', ' AS box\n') + 'FROM scratch\nCOPY --chown=root x /x\nCOPY --from=box / /', files={'x': ''})
    assert buildx.shell('stat -c %u:%g /x') == '0:0\n'


def test_archives_are_unpacked_by_add(buildx):
    files = {'a.tar': tar(entry('in/x', b'x', 0o600, 7, 8)), 'b.tar.gz': tar(('y', b'y'), compression='gz'), 'c': 'no archive'}
    buildx.build(FROM + 'ADD a.tar b.tar.gz c /d/\nCOPY a.tar /e/', files=files)
    assert buildx.shell('cd /d; cat in/x y c; stat -c "%a %u:%g" in/x; ls; ls /e').split() == ['xyno', 'archive600', '7:8', 'c', 'in', 'y', 'a.tar']


def test_a_large_file(buildx):
    big = os.urandom(50 << 20)
    buildx.build(COPY, files={'big': big})
    assert buildx.shell('sha256sum < /d/big').split()[0] == hashlib.sha256(big).hexdigest()


def test_thousands_of_files(buildx):
    done = buildx.build(COPY, files={f'd{n % 50}/e{n % 7}/f{n}': f'{n}\n' for n in range(4000)})
    assert buildx.shell('find /d -type f | wc -l; find /d -name "f*" | xargs cat | sort -n | uniq | wc -l').split() == ['4001', '4000']
    assert 'transferring context' in done.err


def test_a_long_chain_of_directories(buildx):
    deep = '/'.join(['d' * 50] * 30)
    buildx.build(COPY, files={deep + '/x': 'down'})
    assert buildx.shell(f'cat /d/{deep}/x') == 'down'


def test_a_pipe_does_no_harm(buildx):
    here = buildx.tree({'Dockerfile': COPY, 'x': ''})
    os.mkfifo(here / 'pipe')
    buildx('build', '-t', 'made', here)
    assert set(buildx.shell('ls /d').split()) - {'pipe'} == {'Dockerfile', 'x'}


def test_what_a_second_build_sends_is_what_changed(buildx):
    files = {f'f{n}': os.urandom(1 << 20) for n in range(8)}
    buildx.build(COPY, files=files)
    here = buildx.tree({'f3': 'new', 'added': 'new'})
    (here / 'f5').unlink()
    done = buildx('build', '-t', 'made', here)
    if buildx.engine.name == 'dockerd':            # gantryd keeps nothing of a context
        assert 'MB' not in done.err.split('load build context')[1].split('DONE')[0]
    assert buildx.shell('cd /d; cat f3 added; ls | wc -l') == 'newnew9\n'


def test_a_file_in_the_place_of_a_directory_and_back(buildx):
    here = buildx.tree({'Dockerfile': COPY, 'a/x': '', 'b': ''})
    buildx('build', '-t', 'made', here)
    (here / 'a/x').unlink()
    (here / 'a').rmdir()
    (here / 'b').unlink()
    buildx('build', '-t', 'made', buildx.tree({'a': 'file', 'b/y': ''}))
    assert buildx.shell('cd /d; cat a; ls b') == 'filey\n'


def test_a_list_with_a_mark_alone_is_refused(buildx):
    assert 'illegal exclusion pattern: "!"' in buildx.refused(COPY, files={'.dockerignore': 'a\n!\n'})
