"""docker build --check and --call: a Dockerfile is looked at, not built."""
import re

from harness.buildx import FROM

ENGINES = ('gantryd',)             # Docker 20.10 does not know these


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
    assert re.search(r'^OWN +1', outline, re.M) and re.search(r'^BASE +gt/box', outline, re.M) and re.search(r'^SECRET.*\ns\b', outline, re.M)
    assert re.search(r'^one\b', buildx('build', '--call=targets', here).out, re.M)
