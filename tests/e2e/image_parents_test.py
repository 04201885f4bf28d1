"""An image remembers the image it was made from: inspect, history, rmi and prune go by it."""
import json

import pytest
from harness.engine import BOX


@pytest.fixture(autouse=True)
def only_the_box(engine):
    yield
    engine.clear()
    for image in listed(engine, all=1):            # those without children, until no step is left
        if image['RepoTags'] != [BOX + ':latest']:
            engine.api.delete('/images/' + image['Id'], query={'force': 1})
    engine.docker('image', 'prune', '-f')
    assert [image['RepoTags'] for image in listed(engine, all=1)] == [[BOX + ':latest']]


def listed(engine, **query) -> list[dict]:
    return engine.api.get('/images/json', query=query).json()


def ids(engine, **query) -> set[str]:
    return {image['Id'] for image in listed(engine, **query)}


def image_id(engine, name: str) -> str:
    return engine.docker('image', 'inspect', '-f', '{{.Id}}', name).out.strip()


def parent(engine, name: str) -> str:
    return engine.docker('image', 'inspect', '-f', '{{.Parent}}', name).out.strip()


def commit(engine, base: str, name: str = '', script: str = '') -> str:
    """One step: `script` runs on `base`, what it has changed becomes an image."""
    container = engine.docker('create', base, 'sh', '-c', script or f'echo {name or base} >> /steps').id
    engine.docker('start', '-a', container)
    made = engine.docker('commit', container, *([name] if name else [])).id
    engine.docker('rm', container)
    return made


def chain(engine, *names: str) -> list[str]:
    """Images each made from the one before, the first from the box; '' leaves one without a name."""
    made = [image_id(engine, BOX)]
    for name in names:
        made.append(commit(engine, made[-1], name))
    return made[1:]


def removed(engine, *args: str) -> list[str]:
    return engine.docker('rmi', *args).out.splitlines()


def images_deleted(engine, lines: list[str], known: list[str]) -> list[str]:
    """Of the lines `Deleted: …` those that name images, not layers."""
    return [line.removeprefix('Deleted: ') for line in lines if line.removeprefix('Deleted: ') in known]


def refusal(engine, name: str, **query) -> str:
    answer = engine.api.delete('/images/' + name, query=query)
    assert answer.status == 409, answer.body
    return answer.message


def test_commit_gives_a_parent_that_survives_a_restart(engine):
    first, second = chain(engine, '', 'made:2')
    for _ in range(2):
        assert (parent(engine, second), parent(engine, first)) == (first, image_id(engine, BOX))
        assert parent(engine, BOX) == ''
        parents = {image['Id']: image['ParentId'] for image in listed(engine, all=1)}
        assert parents == {second: first, first: image_id(engine, BOX), image_id(engine, BOX): ''}
        assert first not in ids(engine)
        engine.stop()
        engine.start()


def test_steps_on_the_way_are_hidden_unless_asked_for(engine):
    first, second, last = chain(engine, '', '', '')
    box = image_id(engine, BOX)
    assert ids(engine) == {box, last}
    assert ids(engine, all=1) == {box, first, second, last}
    for everything in (0, 1):
        assert ids(engine, all=everything, filters='{"dangling":["true"]}') == {last}
        assert ids(engine, all=everything, filters='{"dangling":["false"]}') == {box}
    assert set(engine.docker('images', '-aq', '--no-trunc').out.split()) == {box, first, second, last}


def test_history_names_the_parents_that_are_here(engine):
    first, second = chain(engine, 'made:1', '')
    third = commit(engine, second, 'made:3', 'true')
    lines = engine.api.get('/images/made:3/history').json()
    assert [line['Id'] for line in lines] == [third, second, first, image_id(engine, BOX)]
    assert [line['Tags'] for line in lines] == [['made:3'], None, ['made:1'], [BOX + ':latest']]


def test_an_image_with_children_cannot_be_deleted_but_its_name_can(engine):
    first, second = chain(engine, 'made:1', 'made:2')
    words = f'conflict: unable to delete {first[7:19]} (cannot be forced) - image has dependent child images'
    assert refusal(engine, first) == words and refusal(engine, first, force=1) == words
    container = engine.docker('run', '-d', first, 'sleep', '1000').id
    assert refusal(engine, first, force=1) == words             # comes before what containers do
    engine.docker('rm', '-f', container)
    assert removed(engine, 'made:1') == ['Untagged: made:1']
    assert parent(engine, second) == first and refusal(engine, first) == words
    engine.docker('tag', first, 'made:again')
    assert removed(engine, '-f', 'made:again') == ['Untagged: made:again']
    assert image_id(engine, first) == first


def test_parents_without_names_go_with_the_last_child(engine):
    first, second, last = chain(engine, '', '', 'made:last')
    twin = commit(engine, second, 'made:twin')
    lines = removed(engine, 'made:last')
    assert lines[:2] == ['Untagged: made:last', f'Deleted: {last}'] and len(lines) == 3     # and its layer
    lines = removed(engine, twin)
    assert images_deleted(engine, lines, [first, second, twin]) == [twin, second, first]
    assert len(lines) == 7 and lines[1] == f'Deleted: {twin}' and lines[3] == f'Deleted: {second}'
    assert ids(engine, all=1) == {image_id(engine, BOX)}
    engine.docker('run', '--rm', BOX, 'true')


def test_parents_stay_when_named_used_or_asked_to(engine):
    first, second, third, last = chain(engine, '', 'made:2', '', 'made:4')
    answer = engine.api.delete('/images/made:4', query={'noprune': 1}).json()
    assert answer[:2] == [{'Untagged': 'made:4'}, {'Deleted': last}] and third in ids(engine)
    assert images_deleted(engine, removed(engine, third), [first, second, third]) == [third]
    assert {first, second} <= ids(engine, all=1)                # a name stops it
    engine.docker('create', '--name', 'user', first, 'true')
    assert images_deleted(engine, removed(engine, 'made:2'), [first, second]) == [second]
    assert first in ids(engine)                                 # so does a container
    assert refusal(engine, first) == \
        f'conflict: unable to delete {first[7:19]} (must be forced) - image is being used by stopped container ' + \
        engine.inspect('user')['Id'][:12]


def test_events_tell_of_each(engine):
    first, last = chain(engine, '', 'made:2')
    since = engine.api.get('/info').json()['SystemTime']
    removed(engine, 'made:2')
    until = engine.api.get('/info').json()['SystemTime']
    told = engine.docker('events', '--since', since, '--until', until, '--filter', 'type=image', '--format', '{{.Action}} {{.ID}}').out
    assert told.splitlines() == [f'untag {last}', f'delete {last}', f'delete {first}']


def prune(engine, **filters) -> tuple[list[str], int]:
    answer = engine.api.post('/images/prune', query={'filters': json.dumps(filters)}).json()
    return [line.get('Deleted') or line['Untagged'] for line in answer['ImagesDeleted'] or []], answer['SpaceReclaimed']


def test_prune_takes_what_nothing_was_made_from_and_then_its_parents(engine):
    kept, top = chain(engine, '', 'made:top')
    first = commit(engine, kept, script='dd if=/dev/zero of=/a bs=1k count=300')
    last = commit(engine, first, script='dd if=/dev/zero of=/b bs=1k count=500')
    lines, space = prune(engine)
    assert [line for line in lines if line in (kept, top, first, last)] == [last, first]
    assert 800 * 1024 <= space < 2000 * 1024                    # both layers; gantryd also keeps them as archives
    assert ids(engine, all=1) == {image_id(engine, BOX), kept, top}
    assert prune(engine) == ([], 0)


def test_prune_of_all_unused_takes_the_steps_with_their_last_image(engine):
    first, second, last = chain(engine, '', 'made:2', 'made:3')
    keeper = commit(engine, first, 'made:kept')
    engine.docker('create', '--name', 'user', 'made:kept', 'true')
    engine.docker('create', '--name', 'box', BOX, 'true')
    lines, _ = prune(engine, dangling=['false'])
    assert {'made:2', 'made:3', second, last} <= set(lines) and not {first, keeper, 'made:kept'} & set(lines)
    assert ids(engine, all=1) == {image_id(engine, BOX), first, keeper}
    engine.docker('rm', 'user')
    lines, _ = prune(engine, dangling=['false'])
    assert [line for line in lines if line in (first, keeper)] == [keeper, first]


def test_disk_usage_counts_each_layer_once(engine):
    def usage() -> dict:
        return engine.api.get('/system/df').json()
    before = usage()['LayersSize']
    first = commit(engine, BOX, script='dd if=/dev/zero of=/a bs=1k count=300')
    last = commit(engine, first, 'made:2', 'dd if=/dev/zero of=/b bs=1k count=500')
    now = usage()
    assert now['LayersSize'] - before >= 800 * 1024
    box, made = (next(i for i in now['Images'] if i['Id'] == wanted) for wanted in (image_id(engine, BOX), last))
    assert len(now['Images']) == 2 and made['ParentId'] == first
    assert made['SharedSize'] == box['Size'] == box['SharedSize'] and made['Size'] - box['Size'] == now['LayersSize'] - before
    assert engine.docker('system', 'df', '--format', '{{.Type}} {{.TotalCount}}').out.startswith('Images 2\n')
    engine.docker('rmi', 'made:2')
    assert usage()['LayersSize'] == before


def test_ps_finds_containers_of_images_made_from_one(engine):
    first, second = chain(engine, 'made:1', '')
    third = commit(engine, second, 'made:3', 'true')            # no layer of its own
    for name, image in (('one', first), ('three', third), ('box', BOX)):
        engine.docker('create', '--name', name, image, 'true')
    for ancestor, found in ((BOX, {'one', 'three', 'box'}), ('made:1', {'one', 'three'}), (second, {'three'}), ('made:3', {'three'})):
        assert set(engine.docker('ps', '-a', '--format', '{{.Names}}', '--filter', f'ancestor={ancestor}').out.split()) == found
