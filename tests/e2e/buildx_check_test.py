"""docker build --check and --call: what looks at a Dockerfile without building it is refused, and says so."""
import pytest
from harness.buildx import FROM

ENGINES = ('gantryd',)             # Docker 20.10 does not know these


@pytest.mark.parametrize('option', ['--check', '--call=outline', '--call=targets'])
def test_what_is_no_build_is_refused(buildx, option):
    done = buildx('build', option, buildx.tree({'Dockerfile': FROM + 'RUN true\n'}), check=False)
    assert done.code == 1 and 'unsupported request frontend.' in done.err
