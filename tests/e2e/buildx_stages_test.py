"""Stages, images and named contexts that a build copies from, and what of them is built."""
import pytest
from harness import images
from harness.buildx import FROM, cached, states
from harness.engine import BOX


def stage(name: str) -> str:
    return FROM.replace('\n', f' AS {name}\n')


def test_a_stage_is_copied_from(buildx):
    buildx.build(stage('make') + 'RUN mkdir /out && echo made > /out/file && chown 7:8 /out/file\n' + FROM + 'COPY --from=make /out /got\nCOPY --from=0 /out/file /')
    assert buildx.shell('cat /got/file /file; stat -c %u:%g /file; test ! -e /out && echo gone') == 'made\nmade\n7:8\ngone\n'


def test_a_stage_on_a_stage(buildx):
    buildx.build(stage('a') + 'ENV A=1\nRUN echo a > /a\nFROM a AS b\nRUN echo $A >> /a\nFROM b\nRUN echo c >> /a')
    assert buildx.shell('cat /a').split() == ['a', '1', 'c']


def test_a_stage_by_name(buildx):
    file = stage('one') + 'RUN echo 1 > /n\n' + stage('two') + 'RUN echo 2 > /n\n' + stage('three') + 'RUN exit 9\n'
    buildx.build(file, '--target', 'two')
    assert buildx.shell('cat /n') == '2\n'
    buildx.build(file, '--target', 'ONE')
    assert buildx.shell('cat /n') == '1\n'


def test_what_the_target_does_not_need_is_not_built(buildx):
    done = buildx.build(stage('unused') + 'RUN exit 1\n' + stage('used') + 'RUN touch /x\n' + FROM + 'COPY --from=used /x /')
    assert not any('exit 1' in name for name in states(done))
    assert any(name.startswith('[used 2/2] RUN touch') for name in states(done))


def test_an_image_is_copied_from(buildx):
    buildx.build(FROM + 'RUN echo other > /file', tag='other')
    buildx.build(FROM + 'COPY --from=other /file /got')
    assert buildx.shell('cat /got') == 'other\n'


def test_an_image_that_was_built_is_the_next_ones_base(buildx):
    buildx.build(FROM + 'ENV A=1\nRUN echo 1 > /a', tag='base')
    buildx.build('FROM base\nRUN echo $A >> /a')
    assert buildx.shell('cat /a') == '1\n1\n'
    buildx.build(FROM + 'ENV A=2\nRUN echo 2 > /a', tag='base')
    buildx.build('FROM base\nRUN echo $A >> /a')
    assert buildx.shell('cat /a') == '2\n2\n'


def test_a_base_of_another_make(buildx):
    """Loaded, imported and committed images are as good as built ones."""
    engine = buildx.engine
    engine.docker('load', input=images.docker_archive(images.busybox_image(mark='l'), 'loaded:1'))
    engine.docker('run', '--name', 'work', BOX, 'sh', '-c', 'echo committed > /c')
    engine.docker('commit', 'work', 'committed')
    buildx.build('FROM loaded:1\nRUN cat /layer0 > /l\nCOPY --from=committed /c /')
    assert buildx.shell('cat /l /c') == 'l0\ncommitted\n'


def test_from_scratch(buildx):
    buildx.build('FROM scratch\nCOPY x /\nENV A=1', files={'x': ''})
    assert buildx.exists() and len(buildx.image()['RootFS']['Layers']) == 1


@pytest.fixture
def other(buildx):
    return buildx.tree({'x': 'outside\n', 'sub/y': 'deep\n'}, 'other')


def test_a_named_context_is_a_directory(buildx, other):
    buildx.needs_newer('named contexts')
    file = FROM + 'COPY --from=other x sub /\nRUN --mount=from=other,target=/o cat /o/sub/y > /z'
    buildx.build(file, '--build-context', f'other={other}')
    assert buildx.shell('cat /x /y /z') == 'outside\ndeep\ndeep\n'
    (other / 'x').write_text('changed\n')
    assert cached(buildx.build(file, '--build-context', f'other={other}')) == [False, False] and buildx.shell('cat /x') == 'changed\n'


def test_a_named_context_has_its_ignore_file(buildx, other):
    buildx.needs_newer('named contexts')
    (other / '.dockerignore').write_text('x')
    buildx.build(FROM + 'COPY --from=other . /d', '--build-context', f'other={other}')
    assert buildx.shell('ls /d') == 'sub\n'


def test_a_named_context_is_an_image(buildx):
    buildx.needs_newer('named contexts')
    buildx.build(FROM + 'RUN echo other > /file', tag='other')
    buildx.build(FROM + 'COPY --from=far /file /', '--build-context', 'far=docker-image://other')
    assert buildx.shell('cat /file') == 'other\n'


def test_a_named_context_takes_the_place_of_a_base_and_of_a_stage(buildx):
    buildx.needs_newer('named contexts')
    buildx.build(FROM + 'ENV FROM=other\nRUN echo other > /file', tag='other')
    buildx.build('FROM example.com/nobody/has:1\nRUN cat /file > /a; echo $FROM >> /a', '--build-context', 'example.com/nobody/has:1=docker-image://other')
    assert buildx.shell('cat /a') == 'other\nother\n'
    buildx.build(stage('own') + 'RUN exit 1\n' + FROM + 'COPY --from=own /file /b', '--build-context', 'own=docker-image://other')
    assert buildx.shell('cat /b') == 'other\n'


@pytest.mark.parametrize('spelling', ['gt/box', 'gt/box:latest', 'docker.io/gt/box'])
def test_a_named_context_is_known_by_any_spelling(buildx, spelling):
    buildx.needs_newer('named contexts')
    buildx.build(FROM + 'RUN echo other > /file', tag='other')
    buildx.build(f'FROM {spelling}\nRUN cat /file > /a', '--build-context', 'gt/box=docker-image://other')
    assert buildx.shell('cat /a') == 'other\n'


def test_a_directory_is_no_base(buildx, other):
    buildx.needs_newer('named contexts')
    said = buildx.refused(stage('base') + 'RUN true\nFROM base\nCOPY x /', '--build-context', f'base={other}', files={'x': ''})
    assert 'a directory as the base of a stage is not supported' in said


def test_a_trigger_takes_from_a_stage(buildx):
    buildx.build(stage('src') + 'RUN echo deep > /f\n' + stage('base') + 'ONBUILD COPY --from=src /f /g\nFROM base')
    assert buildx.shell('cat /g') == 'deep\n'


def test_commands_see_no_name_of_the_host(buildx):
    """It would be another one in each build's results."""
    buildx.build(FROM + 'RUN env > /1\nENV HOSTNAME=mine\nRUN env > /2\nRUN HOSTNAME=own env > /3')
    assert buildx.shell('grep -H HOSTNAME /?').split() == ['/2:HOSTNAME=mine', '/3:HOSTNAME=own']
    buildx.build(FROM + 'ARG HOSTNAME\nRUN env | grep HOSTNAME > /1', '--build-arg', 'HOSTNAME=given')
    assert buildx.shell('cat /1; env | grep -c HOSTNAME') == 'HOSTNAME=given\n1\n'
