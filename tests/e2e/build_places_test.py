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
