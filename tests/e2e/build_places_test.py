"""Where COPY and ADD look for their sources, and where they put them."""
import pytest
from harness import builds
from harness.builds import make, refused, shell
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
