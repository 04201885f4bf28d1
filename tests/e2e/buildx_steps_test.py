"""Steps of builds by buildx are build cache: no images, nobody's parents."""
from harness.buildx import FROM, cached
from harness.engine import BOX

FILE = FROM + 'RUN dd if=/dev/zero of=/a bs=1k count=300\nRUN dd if=/dev/zero of=/b bs=1k count=200\nLABEL of=it\n'


def dangling(engine) -> list[str]:
    return engine.docker('images', '-aq', '-f', 'dangling=true').out.split()


def names(engine) -> set[str]:
    return {(image['RepoTags'] or ['none'])[0] for image in engine.api.get('/images/json').json()}


def test_an_image_has_no_parent(engine, buildx):
    buildx.build(FILE)
    assert buildx.image()['Parent'] == ''
    assert names(engine) == {'made:latest', BOX + ':latest'}
    lines = engine.api.get('/images/made/history').json()
    assert [line['Id'] for line in lines[1:3]] == ['<missing>', '<missing>']
    assert engine.api.get('/info').json()['Images'] == 2


def test_a_client_that_keeps_parents_leaves_nothing_dangling(engine, buildx):
    buildx.build(FILE)
    engine.docker('rmi', '--no-prune', 'made')
    assert dangling(engine) == [] and names(engine) == {BOX + ':latest'}
    assert cached(buildx.build(FILE)) == [True, True]


def test_images_that_stand_on_each_other_go_in_any_order(engine, buildx):
    buildx.build(FROM + 'RUN touch /1\n', tag='made:1')
    buildx.build('FROM made:1\nRUN touch /2\n', tag='made:2')
    first = buildx.image('made:1')['Id']
    assert engine.docker('rmi', first).out.splitlines()[:2] == ['Untagged: made:1', f'Deleted: {first}']
    assert names(engine) == {'made:2', BOX + ':latest'} and dangling(engine) == []
    assert buildx.shell('ls /1 /2', 'made:2') == '/1\n/2\n'
    engine.docker('rmi', 'made:2')
    assert dangling(engine) == []


def test_what_a_failed_build_and_other_stages_leave_is_cache(engine, buildx):
    buildx.refused(FROM + 'RUN dd if=/dev/zero of=/a bs=1k count=300\nRUN false\n')
    buildx.build(FROM.replace('\n', ' AS other\n') + f'RUN dd if=/dev/zero of=/c bs=1k count=100\n{FROM}COPY --from=other /c /d\n')
    assert dangling(engine) == [] and names(engine) == {'made:latest', BOX + ':latest'}
    assert sum(row['Size'] for row in buildx.caches()) >= 400 << 10
    engine.docker('image', 'prune', '-f')
    again = buildx.build(FROM + 'RUN dd if=/dev/zero of=/a bs=1k count=300\nRUN true\n', tag='made:2')
    assert cached(again) == [True, False]


def test_a_build_without_a_name_is_an_image(engine, buildx):
    made = buildx('build', '-q', buildx.tree({'Dockerfile': FILE})).out.strip()
    assert engine.docker('images', '-q', '--no-trunc', '-f', 'dangling=true').out.split() == [made]
    engine.docker('image', 'prune', '-f')
    assert dangling(engine) == []


def test_builder_prune_takes_what_stays(engine, buildx):
    buildx.build(FILE)
    engine.docker('rmi', '--no-prune', 'made')
    assert 'Total reclaimed space: 0B' not in engine.docker('builder', 'prune', '-af').out
    assert buildx.caches() == []
    assert cached(buildx.build(FILE)) == [False, False]
