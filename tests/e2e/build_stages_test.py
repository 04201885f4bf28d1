"""Stages, arguments and what FROM can name."""
import pytest
from harness import builds
from harness.builds import config, history, make, post, refused, shell
from harness.engine import BOX

FROM = f'FROM {BOX}\n'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


def test_arguments_have_defaults_and_can_be_given(engine):
    file = FROM + 'ARG A=default\nARG B\nRUN echo "$A|$B" > /seen'
    make(engine, file)
    assert shell(engine, 'cat /seen; env') .splitlines()[0] == 'default|' and 'A=default' not in shell(engine, 'env')
    make(engine, file, buildargs={'A': 'given', 'B': 'b'})
    assert shell(engine, 'cat /seen') == 'given|b\n'
    make(engine, file, buildargs={'A': None, 'B': ''})
    assert shell(engine, 'cat /seen') == 'default|\n'
    assert not any(entry.startswith(('A=', 'B=')) for entry in config(engine)['Env'])


def test_an_argument_counts_from_its_line_on(engine):
    make(engine, FROM + 'RUN echo "[$A]" > /seen\nENV E=$A\nARG A\nRUN echo "[$A]" >> /seen', buildargs={'A': '1'})
    assert shell(engine, 'cat /seen') == '[]\n[1]\n' and 'E=' in config(engine)['Env']


def test_variables_hide_arguments(engine):
    make(engine, FROM + 'ENV A=env\nARG A=arg\nRUN echo $A > /seen\nARG B=arg\nENV B=env-$B\nRUN echo $B >> /seen', buildargs={'A': 'given'})
    assert shell(engine, 'cat /seen') == 'env\nenv-arg\n'


def test_global_arguments_are_for_from_unless_declared_again(engine):
    file = f'ARG IMAGE={BOX}\nARG V=1\nFROM $IMAGE\nRUN echo "[$V]" > /seen\nARG V\nRUN echo "[$V]" >> /seen\nFROM ${{IMAGE}}\nCOPY --from=0 /seen /\nRUN echo "[$V]" >> /seen'
    make(engine, file)
    assert shell(engine, 'cat /seen') == '[]\n[1]\n[]\n'
    make(engine, file, buildargs={'V': '2'})
    assert shell(engine, 'cat /seen') == '[]\n[2]\n[]\n'
    assert '127.0.0.1:1' in refused(engine, file, buildargs={'IMAGE': '127.0.0.1:1/no/such:here'}).error


def test_arguments_end_with_their_stage(engine):
    make(engine, FROM.replace('\n', ' AS a\n') + f'ARG A=1\nRUN echo "$A" > /a\nFROM {BOX}\nRUN echo "[$A]" > /b')
    assert shell(engine, 'cat /b') == '[]\n'
    make(engine, FROM.replace('\n', ' AS a\n') + 'ARG A=1\nENV B=$A\nFROM a\nRUN echo "[$A$B]" > /b')
    assert shell(engine, 'cat /b') == '[1]\n'


def test_arguments_of_a_command_are_in_history_but_proxies_are_not(engine):
    make(engine, FROM + 'ARG B\nARG A=1\nRUN echo $http_proxy > /seen', buildargs={'B': '2', 'http_proxy': 'http://ann:secret@p'})
    assert history(engine)[0] == '|2 A=1 B=2 /bin/sh -c echo $http_proxy > /seen'
    assert shell(engine, 'cat /seen') == 'http://ann:secret@p\n'
    assert 'secret' not in str(builds.image(engine))
    make(engine, FROM + 'ARG http_proxy\nRUN echo $http_proxy > /seen2', buildargs={'http_proxy': 'http://q'})
    assert history(engine)[0] == '|1 http_proxy=http://q /bin/sh -c echo $http_proxy > /seen2'


def test_platform_arguments_are_there_without_being_given(engine):
    if engine.name == 'dockerd':
        return                                     # BuildKit's and newer
    make(engine, FROM + 'ARG TARGETARCH\nARG TARGETPLATFORM\nRUN echo $TARGETARCH $TARGETPLATFORM > /seen')
    assert shell(engine, 'cat /seen') in ('amd64 linux/amd64\n', 'arm64 linux/arm64\n')


def test_stages_begin_anew_and_the_last_is_the_image(engine):
    file = f'FROM {BOX} AS first\nENV A=1\nRUN touch /first\nFROM {BOX}\nCOPY --from=first /first /copied\n'
    answer = make(engine, file)
    assert answer.lines[-2:] == ['Successfully built <id>', 'Successfully tagged made:latest'] and 'Step 5/5 : COPY --from=first /first /copied' in answer.lines
    assert shell(engine, 'ls /copied; ls /first 2>/dev/null; true') == '/copied\n' and 'A=1' not in config(engine)['Env']


def test_a_stage_can_go_on_from_an_earlier_one(engine):
    make(engine, f'FROM {BOX} AS Base\nENV A=1\nCMD ["echo", "base"]\nRUN touch /base\nFROM base\nRUN ls /base && echo $A > /seen')
    assert shell(engine, 'cat /seen') == '1\n' and config(engine)['Cmd'] == ['echo', 'base']


def test_the_target_ends_the_build(engine):
    file = f'FROM {BOX} AS one\nRUN echo 1 > /one\nFROM one AS two\nRUN echo 2 > /two\nFROM two\nRUN exit 1'
    answer = make(engine, file, target='two')
    assert shell(engine, 'cat /one /two') == '1\n2\n' and 'RUN exit 1' not in answer.text
    assert make(engine, file, target='ONE').id == builds.image(engine)['Id']
    answer = refused(engine, file, target='none')
    assert answer.error.endswith('target stage "none" could not be found') or answer.error == 'failed to reach build target none in Dockerfile'
    assert answer.status == 400


def test_scratch_holds_nothing(engine):
    make(engine, 'FROM scratch\nCOPY dir /\nCMD ["/run"]', ('dir/run', b'x'), ('dir/sub', None))
    made = builds.image(engine)
    assert len(made['RootFS']['Layers']) == 1 and made['Config']['Cmd'] == ['/run'] and made['Parent'] != builds.image(engine, BOX)['Id']
    engine.docker('create', '--name', 'box', 'made')
    names = engine.docker_bytes('export', 'box')
    assert b'run' in names and b'sub' in names and b'busybox' not in names


def test_scratch_with_metadata_only(engine):
    make(engine, 'FROM scratch\nENV A=b\nLABEL x=y')
    made = builds.image(engine)
    assert made['Config']['Env'][-1] == 'A=b' and not made['RootFS'].get('Layers')
    answer = refused(engine, 'FROM scratch')
    assert answer.error.endswith('No image was generated. Is your Dockerfile empty?') or answer.error == 'No image was generated. Is your Dockerfile empty?'


def test_scratch_runs_nothing(engine):
    assert 'no such file' in refused(engine, 'FROM scratch\nRUN echo hi').error


def test_from_alone_gives_the_image_another_name(engine):
    answer = make(engine, FROM, t='made:same')
    assert answer.id == builds.image(engine, BOX)['Id']
    engine.docker('rmi', 'made:same')


def test_from_an_id_and_a_name_with_a_tag(engine):
    identifier = builds.image(engine, BOX)['Id']
    assert make(engine, f'FROM {BOX}:latest\nLABEL a=1').id == make(engine, f'FROM {identifier}\nLABEL a=1').id
    assert make(engine, f'FROM {identifier[7:19]}\nLABEL a=1').id == builds.image(engine)['Id']


@pytest.mark.parametrize('file, words', [
    ('RUN true\nFROM gt/box', 'no build stage in current context'),
    ('FROM gt/box AS 1x', 'invalid name for build stage: "1x", name can\'t start with a number or contain symbols'),
    ('FROM gt/box x', 'FROM requires either one or three arguments'),
    ('FROM $none', 'base name ($none) should not be blank'),
    ('FROM gt/box\nFOO bar', 'unknown instruction: FOO'),
    ('FROM gt/box\nCOPY --from=1 /x /y\nFROM gt/box AS later', 'invalid from flag value 1: index out of bounds'),
    ('FROM gt/box\nCOPY --from=0 /x /y', 'invalid from flag value 0: refers to current build stage'),
    ('FROM gt/box\nRUN --security=insecure true', 'unknown flag: security|the --security option requires BuildKit|RUN --security is not supported'),
])
def test_what_is_refused(engine, file, words):
    answer = post(engine, builds.context(file))
    assert any(part in answer.error for part in words.split('|')), answer.error


def test_every_stage_says_its_image(engine):
    answer = make(engine, FROM + 'ENV A=1\n' + FROM + 'ENV B=2\n' + FROM + 'ENV C=3')
    said = [line['aux']['ID'] for line in answer.objects if 'aux' in line]
    assert len(set(said)) == 3 and said[-1] == answer.id
    first = engine.api.get(f'/images/{said[0]}/json').json()
    assert 'A=1' in first['Config']['Env']
    steps = [i for i, line in enumerate(answer.objects) if line.get('stream', '').startswith('Step 3/')]
    assert answer.objects.index({'aux': {'ID': said[0]}}) < steps[0], 'before the next stage begins'
