"""Where COPY and ADD look for their sources, and where they put them."""
import pytest
from harness import builds
from harness.builds import entry, make, refused, shell
from harness.engine import BOX

FROM = f'FROM {BOX}\n'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


def test_targets_are_cleaned_as_they_are_written(engine):
    make(engine, FROM + 'RUN mkdir -p /srv/app && ln -s srv/app /app\nWORKDIR /app\nCOPY f /nx/../b\nCOPY f ../x\nCOPY f /new/sub/../\nCOPY f .',
         ('f', b'1'))
    assert shell(engine, 'ls -d /nx /srv/x 2>/dev/null; cat /b /x /new/f /srv/app/f') == '1111'


def test_a_here_document_is_one_file(engine):
    if engine.name == 'dockerd':
        return                                     # BuildKit's
    make(engine, FROM + 'COPY <<a <<b /d/\nA\na\nB\nb\nCOPY <<c /e/f\nC\nc')
    assert shell(engine, 'cd /; ls d e; cat d/a d/b e/f') == 'd:\na\nb\n\ne:\nf\nA\nB\nC\n'
    answer = refused(engine, FROM + 'COPY <<a/b /d/\nA\na/b')
    assert '"a/b" is no name for a file' in answer.error


def test_hard_links_stay_links(engine):
    members = [('d/a', b'x' * 2_000_000), *(entry(f'd/sub/{n}', hard='d/a') for n in range(9)), entry('other', hard='d/a')]
    make(engine, f'FROM {BOX} AS s\nCOPY d /x\nFROM {BOX}\nCOPY --from=s /x /y\nCOPY d/a other /z/', *members)
    assert shell(engine, 'stat -c %h /y/a /y/sub/8 /z/a /z/other') == '10\n10\n1\n1\n'
    assert builds.image(engine)['Size'] < builds.image(engine, BOX)['Size'] + 7_000_000


def test_patterns_in_an_image_choose_links_by_what_they_lead_to(engine):
    stage = f'FROM {BOX} AS s\nRUN mkdir -p /d/real /e && echo 1 > /e/f && ln -s ../e/f /d/a && ln -s /e /d/b && ln -s real /d/c && echo 2 > /d/real/g'
    make(engine, f'{stage} && ln -s nowhere /d/xx && ln -s d /l && ln /e/f /hard.txt && ln /e/f /other && echo 3 > /3.txt\n'
                 f'FROM {BOX}\nCOPY --from=s /d/? /one/\nCOPY --from=s /l/[ac] /two/\nCOPY --from=s /*.txt /three/\nCOPY --from=s /d/*/g /four/')
    assert shell(engine, 'cd /; find one two three four -type f | sort; cat one/a two/a three/hard.txt') == '\n'.join([
        'four/g', 'one/a', 'one/f', 'one/g', 'three/3.txt', 'three/hard.txt', 'two/a', 'two/g', '1', '1', '1', ''])
    assert 'file not found' in refused(engine, f'{stage} && ln -s nowhere /d/x\nFROM {BOX}\nCOPY --from=s /d/? /one/').error.replace('no such file', 'file not found')
