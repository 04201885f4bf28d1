"""RUN --mount: what a command sees besides the image, and what of it stays. Docker has these with BuildKit only."""
import threading

import pytest
from harness import builds
from harness.builds import context, make, post, shell, start
from harness.engine import BOX
from harness.wait import eventually

ENGINES = ('gantryd',)
FROM = f'FROM {BOX}\n'


@pytest.fixture(autouse=True)
def nothing_left(engine):
    yield
    engine.docker('builder', 'prune', '-f')
    builds.only_the_box(engine)
    assert list((engine.dir / 'root' / 'build').iterdir()) == []
    assert caches(engine) == []


def caches(engine) -> list[dict]:
    return engine.api.get('/system/df', query={'type': 'build-cache'}).json()['BuildCache']


def test_a_bind_shows_the_context_and_takes_no_writes(engine):
    make(engine, FROM + 'RUN --mount=source=d,target=/seen cat /seen/sub/x > /out && ! touch /seen/new', ('d/sub/x', b'there'))
    assert shell(engine, 'cat /out; test ! -e /seen && echo .') == 'there.\n'


def test_a_single_file_and_writes_that_are_thrown_away(engine):
    make(engine, FROM + 'RUN --mount=source=a,target=/etc/one cat /etc/one > /out\n'
                        'RUN --mount=target=/ctx,rw echo more >> /ctx/a && cat /ctx/a >> /out\n'
                        'RUN --mount=target=/ctx cat /ctx/a >> /out', ('a', b'1\n'))
    assert shell(engine, 'cat /out; test ! -e /etc/one && test ! -e /ctx') == '1\n1\nmore\n1\n'


def test_a_bind_of_a_stage_and_of_an_image(engine):
    make(engine, FROM.replace('\n', ' AS first\n') + 'RUN mkdir /made && echo first > /made/file\n' + FROM +
         f'RUN --mount=from=first,source=/made,target=/m cp /m/file /out\nRUN --mount=from={BOX},source=bin,target=/b test -x /b/sh && echo yes >> /out')
    assert shell(engine, 'cat /out') == 'first\nyes\n'


def test_a_single_file_of_a_stage_and_of_an_image(engine):
    make(engine, FROM.replace('\n', ' AS first\n') + 'RUN mkdir /made && echo first > /made/file && chown 7:8 /made/file && ln -s file /made/link\n' + FROM +
         'RUN --mount=from=first,source=/made/file,target=/bin/one cat /bin/one > /out && stat -c "%a %u:%g" /bin/one >> /out && ! echo x > /bin/one\n'
         'RUN --mount=from=first,source=/made/link,target=/new/one,rw echo more >> /new/one && cat /new/one >> /out\n'
         f'RUN --mount=from={BOX},source=/bin/busybox,target=/own/busybox /own/busybox echo ran >> /out')
    assert shell(engine, 'cat /out; ls -d /bin/one /new /own 2>/dev/null | wc -l') == 'first\n644 7:8\nfirst\nmore\nran\n0\n'


def test_a_single_file_over_one_of_the_image(engine):
    make(engine, FROM.replace('\n', ' AS first\n') + 'RUN echo theirs > /file\n' + FROM + 'RUN echo own > /file\n'
         'RUN --mount=from=first,source=file,target=/file cat /file > /out')
    assert shell(engine, 'cat /out /file') == 'theirs\nown\n'


def test_what_is_mounted_counts_for_the_cache(engine):
    file = FROM + 'RUN --mount=source=a,target=/a cat /a > /out'
    assert post(engine, context(file, ('a', b'1'))).cached == [False]
    assert post(engine, context(file, ('a', b'1'), ('other', b'x'))).cached == [True]
    assert post(engine, context(file, ('a', b'2'))).cached == [False]


def test_a_cache_stays_between_builds_and_is_no_part_of_the_image(engine):
    file = FROM + 'RUN --mount=type=cache,target=/var/cache/own,mode=0750,uid=7 stat -c "%a %u" /var/cache/own > /out; echo run >> /var/cache/own/log; cat /var/cache/own/log >> /out'
    make(engine, file)
    make(engine, file, nocache=1)
    assert shell(engine, 'cat /out; test ! -e /var/cache') == '750 7\nrun\nrun\n'
    [cache] = caches(engine)
    assert cache['Type'] == 'exec.cachemount' and cache['Description'] == 'cached mount /var/cache/own'
    assert cache['Size'] == 8 and cache['UsageCount'] == 2 and not cache['InUse'] and not cache['Shared']
    layers = engine.api.get('/images/made/history').json()
    assert layers[0]['Size'] < 50


def test_caches_are_pruned_by_filter_and_size(engine):
    for name in 'abc':
        make(engine, FROM + f'RUN --mount=type=cache,id={name},target=/c head -c 1000 /dev/zero > /c/file')
    ids = {cache['Description'].split()[-1]: cache['ID'] for cache in caches(engine)}
    prune = lambda **query: engine.api.post('/build/prune', query=query).json()
    assert prune(filters='{"id":["%s"]}' % ids['b']) == {'CachesDeleted': [ids['b']], 'SpaceReclaimed': 1000}
    assert prune(**{'reserved-space': 5000}) == {'CachesDeleted': None, 'SpaceReclaimed': 0}
    assert prune(**{'max-used-space': 1500})['CachesDeleted'] == [ids['a']]
    assert prune(filters='{"until":["1h"]}')['CachesDeleted'] is None
    assert engine.api.post('/build/prune', query={'filters': '{"no":["x"]}'}).status == 400
    assert prune()['CachesDeleted'] == [ids['c']]


def test_a_locked_cache_has_one_user_at_a_time(engine):
    file = FROM + 'RUN --mount=type=cache,id=l,sharing=locked,target=/c ! test -e /c/busy && touch /c/busy && sleep 0.3 && rm /c/busy'
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(post(engine, context(file), nocache=1))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.error for answer in answers] == ['', '', '']


def test_one_command_may_name_a_cache_twice(engine):
    make(engine, FROM + 'RUN --mount=type=cache,id=t,sharing=locked,target=/a --mount=type=cache,id=t,target=/b touch /a/x && ls /b > /out')
    assert shell(engine, 'cat /out') == 'x\n'


def test_a_new_cache_is_filled_once_from_an_image(engine):
    file = FROM + f'RUN --mount=type=cache,id=f,from={BOX},source=/bin,target=/c test -x /c/sh && echo x >> /c/log && cat /c/log > /out'
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(post(engine, context(file), nocache=1, t='made:%d' % len(answers)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.error for answer in answers] == ['', '', '']
    make(engine, file, nocache=1)
    assert shell(engine, 'cat /out') == 'x\n' * 4


def test_a_cache_in_use_is_not_pruned(engine):
    with start(engine, context(FROM + 'RUN --mount=type=cache,id=u,target=/c touch /c/in-use; echo be""gun; exec sleep 1000'), buildid='held') as stream:
        while b'begun' not in stream.line():       # not the line with the command
            pass
        assert caches(engine)[0]['InUse'] is True
        assert engine.api.post('/build/prune').json()['CachesDeleted'] is None
        assert engine.api.post('/build/cancel', query={'id': 'held'}).status == 204
        stream.read(20)
    eventually(lambda: not caches(engine)[0]['InUse'], 'the cache is free')


def test_a_tmpfs_is_gone_afterwards(engine):
    make(engine, FROM + 'RUN --mount=type=tmpfs,target=/t,size=1m mount | grep -o "on /t type tmpfs" > /out; touch /t/x; ! head -c 2000000 /dev/zero > /t/y')
    assert shell(engine, 'cat /out; test ! -e /t') == 'on /t type tmpfs\n'


def test_what_a_command_makes_beside_a_mount_stays(engine):
    make(engine, FROM + 'RUN --mount=type=cache,target=/new/deep/cache touch /new/deep/mine')
    assert shell(engine, 'find /new') == '/new\n/new/deep\n/new/deep/mine\n'


def test_secrets_are_absent_or_required(engine):
    make(engine, FROM + 'RUN --mount=type=secret,id=s --mount=type=ssh test ! -e /run/secrets/s && echo none > /out')
    assert shell(engine, 'cat /out') == 'none\n'
    assert 'secret s: not found' in post(engine, context(FROM + 'RUN --mount=type=secret,id=s,required=true true')).error


@pytest.mark.parametrize('options, words', [
    ('type=cache', 'target is required'),
    ('type=volume,target=/x', 'unsupported mount type "volume"'),
    ('target=/x,nonsense=1', "unexpected key 'nonsense'"),
    ('target=/x,source=missing', 'not found'),
    (f'target=/x,from={BOX},source=/bin/missing', 'not found'),
    ('target=/x,source=../up', 'forbidden path'),
    ('type=cache,target=/x,sharing=some', 'unsupported sharing value'),
])
def test_what_is_refused(engine, options, words):
    assert words in post(engine, context(FROM + f'RUN --mount={options} true')).error


def test_nothing_of_the_mounts_stays_after_a_failure(engine):
    answer = post(engine, context(FROM + 'RUN --mount=target=/ctx --mount=type=cache,target=/c false', ('a', b'1')))
    assert answer.code == 1
    engine.clear()


def test_a_failed_steps_container_gives_its_mounts_to_nobody(engine):
    post(engine, context(FROM + 'RUN --mount=type=cache,target=/c false'))
    [container] = engine.docker('ps', '-aq').out.split()
    seen = engine.docker('run', '--rm', '--volumes-from', container, BOX, 'ls', '-d', '/c', check=False)
    assert seen.code != 0
    engine.clear()
