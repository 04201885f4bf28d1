"""What a build takes from builds before it."""
import pytest
from harness import builds
from harness.builds import entry, make, post, shell
from harness.engine import BOX
from harness.wait import eventually

FROM = f'FROM {BOX}\n'
FILE = FROM + 'RUN date +%N > /first\nCOPY file /file\nRUN date +%N > /second\nENV A=1'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    builds.only_the_box(engine)


def test_the_same_again_is_taken_from_the_cache(engine):
    first = make(engine, FILE, ('file', b'x'))
    again = make(engine, FILE, ('file', b'x'))
    assert first.cached == [False] * 4 and again.cached == [True] * 4 and again.id == first.id
    assert again.lines == [f'Step 1/5 : FROM {BOX}', ' ---> <id>', 'Step 2/5 : RUN date +%N > /first', ' ---> Using cache', ' ---> <id>', 'Step 3/5 : COPY file /file',
                           ' ---> Using cache', ' ---> <id>', 'Step 4/5 : RUN date +%N > /second', ' ---> Using cache', ' ---> <id>', 'Step 5/5 : ENV A=1',
                           ' ---> Using cache', ' ---> <id>', 'Successfully built <id>', 'Successfully tagged made:latest']


@pytest.mark.parametrize('what, member, hits', [
    ('content', entry('file', b'y'), [True, False, False, False]),
    ('time', entry('file', b'x', mtime=1), [True] * 4),
    ('mode', entry('file', b'x', 0o755), [True, False, False, False]),
])
def test_what_changes_a_copy(engine, what, member, hits):
    make(engine, FILE, entry('file', b'x'))
    assert make(engine, FILE, member).cached == hits
    assert make(engine, FILE, entry('file', b'x')).cached == [True] * 4        # the old one is still there


def test_whose_the_clients_files_are_does_not_matter(engine):
    make(engine, FILE, entry('file', b'x'))
    # 20.10 takes it for a difference though the copy is the same.
    assert make(engine, FILE, entry('file', b'x', uid=5, gid=6)).cached == [True, *[engine.name != 'dockerd'] * 3]


def test_other_files_of_the_context_do_not_matter(engine):
    make(engine, FILE, ('file', b'x'), ('other', b'1'))
    assert make(engine, FILE + '\n# changed', ('file', b'x'), ('other', b'2'), ('new', b'3')).cached == [True] * 4


@pytest.mark.parametrize('change', [[entry('dir/new', b'')], [entry('dir/a', b'2')], [entry('dir/a', b'1', 0o600)], [entry('dir/l', link='b')], []])
def test_everything_in_a_directory_counts(engine, change):
    base = [('dir', None), ('dir/a', b'1'), entry('dir/l', link='a')]
    file = FROM + 'COPY dir /t'
    make(engine, file, *base)
    changed = {info.name: (info, data) for info, data in change}
    rest = [member for member in base if (member[0] if isinstance(member[0], str) else member[0].name) not in changed]
    assert make(engine, file, *rest, *changed.values()).cached == [not change]


def test_arguments_break_the_commands_after_them(engine):
    file = FROM + 'RUN true\nARG V=1\nRUN echo $V > /v'
    make(engine, file)
    other = make(engine, file, buildargs={'V': '2'})
    assert other.cached == [True, True, False] and shell(engine, 'cat /v') == '2\n'
    assert make(engine, file, buildargs={'V': '2'}).cached == [True] * 3
    assert make(engine, file).cached == [True] * 3 and shell(engine, 'cat /v') == '1\n'


def test_what_arguments_came_to_counts_where_it_is_used(engine):
    file = f'FROM {BOX} AS a\nARG V\nENV A=$V\nFROM a\nRUN echo $A > /seen'
    make(engine, file, buildargs={'V': '1'})
    make(engine, file, buildargs={'V': '2'})
    assert shell(engine, 'cat /seen') == '2\n'
    make(engine, file, buildargs={'V': '1'})
    assert shell(engine, 'cat /seen') == '1\n'


def test_proxies_break_nothing(engine):
    file = FROM + 'RUN true'
    make(engine, file, buildargs={'HTTP_PROXY': 'http://a'})
    assert make(engine, file, buildargs={'HTTP_PROXY': 'http://b'}).cached == [True]


def test_no_cache(engine):
    first = make(engine, FILE, ('file', b'x'))
    again = make(engine, FILE, ('file', b'x'), nocache=1)
    assert True not in again.cached and again.id != first.id
    assert make(engine, FILE, ('file', b'x')).id == again.id                   # the newest is taken


def test_labels_and_configuration_are_cached(engine):
    file = FROM + 'LABEL a=b\nWORKDIR /w\nCMD x\nEXPOSE 80\nONBUILD RUN x\nHEALTHCHECK NONE\nMAINTAINER me\nUSER ann\nVOLUME /v\nARG x\nSHELL ["sh", "-c"]\nSTOPSIGNAL 9\nENTRYPOINT ["x"]'
    first = make(engine, file, labels={'z': '1'})
    again = make(engine, file, labels={'z': '1'})
    assert again.cached == [True] * 14 and again.id == first.id
    assert make(engine, file, labels={'z': '2'}).cached == [True] * 13 + [False]


def test_stages_are_cached(engine):
    file = f'FROM {BOX} AS a\nRUN date +%N > /x\nCOPY file /file\nFROM {BOX}\nCOPY --from=a /x /file /t/\nRUN true'
    first = make(engine, file, ('file', b'1'))
    assert make(engine, file, ('file', b'1')).id == first.id
    assert make(engine, file, ('file', b'2')).cached == [True, False, False, False]


def test_scratch_is_cached(engine):
    first = make(engine, 'FROM scratch\nCOPY file /\nENV A=b', ('file', b'x'))
    again = make(engine, 'FROM scratch\nCOPY file /\nENV A=b', ('file', b'x'))
    assert again.cached == [True, True] and again.id == first.id


def test_a_failed_build_goes_on_where_it_failed(engine):
    first = post(engine, builds.context(FROM + 'RUN date +%N > /x\nRUN false'))
    assert first.error and not first.cached[0]
    assert make(engine, FROM + 'RUN date +%N > /x\nRUN true').cached == [True, False]


def test_it_survives_a_restart(engine):
    first = make(engine, FILE, ('file', b'x'))
    engine.stop()
    engine.start()
    again = make(engine, FILE, ('file', b'x'))
    assert again.cached == [True] * 4 and again.id == first.id


def test_it_ends_with_the_images(engine):
    first = make(engine, FILE, ('file', b'x'))
    engine.docker('rmi', 'made')
    assert len(builds.all_images(engine)) == 1
    again = make(engine, FILE, ('file', b'x'))
    assert True not in again.cached and again.id != first.id


def test_what_another_image_needs_stays(engine):
    make(engine, FILE, ('file', b'x'))
    make(engine, FILE + '\nENV B=2', ('file', b'x'), t='made:more')
    engine.docker('rmi', 'made')
    assert make(engine, FILE, ('file', b'x')).cached == [True] * 4


def test_a_pruned_image_takes_its_steps_along(engine):
    make(engine, FILE, ('file', b'x'), t='')
    assert len(builds.all_images(engine)) == 5
    engine.docker('image', 'prune', '-f')
    assert len(builds.all_images(engine)) == 1


def test_steps_from_an_image_that_came_from_elsewhere(engine, tmp_path):
    first = make(engine, FILE, ('file', b'x'))
    engine.docker('save', '-o', str(tmp_path / 'made.tar'), 'made')
    seen = shell(engine, 'cat /first /second')
    engine.docker('rmi', 'made')
    engine.docker('load', '-i', str(tmp_path / 'made.tar'))
    engine.docker('tag', 'made', 'cache')
    engine.docker('rmi', 'made')
    without = make(engine, FILE, ('file', b'x'), t='made:without')
    assert True not in without.cached
    engine.docker('rmi', 'made:without')
    again = make(engine, FILE, ('file', b'x'), cachefrom=['no/such', 'cache'])
    assert again.cached == [True] * 4 and shell(engine, 'cat /first /second') == seen
    assert builds.image(engine)['RootFS'] == builds.image(engine, 'cache')['RootFS'] and first.cached == [False] * 4
    other = make(engine, FILE, ('file', b'y'), cachefrom=['cache'], t='made:other')
    assert other.cached == [True, False, False, False]
    engine.docker('rmi', 'cache')


def test_whoever_names_caches_gets_nothing_from_elsewhere(engine):
    first = make(engine, FILE, ('file', b'x'))
    assert make(engine, FILE, ('file', b'x'), cachefrom=['', 'NO NAME', 'made'], t='made:2').cached == [True] * 4
    assert make(engine, FILE, ('file', b'x'), cachefrom=['no/such'], t='made:3').cached == [False] * 4
    assert make(engine, FILE, ('file', b'x'), cachefrom=['made'], t='made:4').id == first.id


def test_an_image_that_was_loaded_is_its_own_cache(engine, tmp_path):
    first = make(engine, FILE, ('file', b'x'))
    engine.docker('save', '-o', str(tmp_path / 'made.tar'), 'made')
    engine.docker('rmi', 'made')
    engine.docker('load', '-i', str(tmp_path / 'made.tar'))
    ids = [make(engine, FILE, ('file', b'x'), cachefrom=['made'], t=f'made:{n}').id for n in range(2)]
    assert ids == [first.id] * 2
    ancestors = [line['Id'] for line in engine.api.get('/images/made/history').json()]
    assert ancestors[0] == first.id and builds.image(engine)['Parent'] == ancestors[1]


def test_the_order_of_ports_does_not_matter(engine):
    first = make(engine, 'FROM scratch\nEXPOSE 80 2375')
    again = make(engine, 'FROM scratch\nEXPOSE 2375 80', t='made:2')
    assert again.cached == [True] and again.id == first.id


def test_another_image_is_no_cache_for_what_came_out_differently(engine, tmp_path):
    file = f'FROM {BOX} AS a\nARG V\nENV A=$V\nFROM a\nRUN echo $A > /seen'
    make(engine, file, buildargs={'V': '1'})
    engine.docker('save', '-o', str(tmp_path / 'made.tar'), 'made')
    engine.docker('rmi', 'made')
    engine.docker('load', '-i', str(tmp_path / 'made.tar'))
    make(engine, file, buildargs={'V': '2'}, cachefrom=['made'], t='made:2')
    assert shell(engine, 'cat /seen', 'made:2') == '2\n'


def waiting(engine) -> str:
    """The container of the step that waits for /go."""
    return eventually(lambda: [row['Id'] for row in builds.containers(engine) if row['State'] == 'running' and 'until' in row['Command']], 'the command runs', 20)[0]


def test_a_prune_meanwhile_takes_nothing_away(engine):
    with builds.start(engine, builds.context(FROM + 'RUN echo 1 > /one\nENV A=1\nRUN until test -e /go; do sleep 0.05; done; cat /one')) as stream:
        step = waiting(engine)
        engine.docker('create', BOX)               # what a container uses is not pruned
        engine.docker('image', 'prune', '-f')
        engine.docker('image', 'prune', '-af')
        engine.docker('container', 'prune', '-f')
        engine.docker('exec', step, 'touch', '/go')
        text = stream.read(30)
    assert b'Successfully built' in text, text
    assert shell(engine, 'cat /one') == '1\n'


def test_an_image_that_is_removed_meanwhile(engine):
    make(engine, FROM + 'RUN echo 1 > /one', t='made:base')
    with builds.start(engine, builds.context('FROM made:base\nCOPY . /t\nRUN until test -e /go; do sleep 0.05; done; cat /one\nRUN cat /one')) as stream:
        step = waiting(engine)
        engine.docker('rmi', '-f', 'made:base', check=False)
        engine.docker('exec', step, 'touch', '/go')
        text = stream.read(30)
    assert b'Successfully built' in text, text


def test_builds_side_by_side(engine):
    streams = [builds.start(engine, builds.context(FROM + 'RUN date +%N > /x; sleep 0.3\nCOPY file /f', ('file', str(n % 2).encode())), t=f'made:{n}') for n in range(6)]
    for stream in streams:
        with stream:
            assert b'Successfully built' in stream.read(60)
    assert [shell(engine, 'cat /f', f'made:{n}') for n in range(6)] == ['0', '1'] * 3
