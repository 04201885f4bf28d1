"""Stages that run at the same time: what they share, what they wait for, and what becomes of the others when one fails."""
from harness.buildx import FROM, is_gone, states

MEET = 'RUN --mount=type=cache,id={id},target=/c touch /c/{me} && timeout 60 sh -c "until [ -e /c/{other} ]; do usleep 20000; done" && echo {me} > /{me}\n'


def stage(name: str, base: str = FROM) -> str:
    return base.replace('\n', f' AS {name}\n')


def test_stages_run_at_the_same_time(buildx):
    """Each waits for what the other one does."""
    one, other = (MEET.format(id='meet', me=me, other=them) for me, them in (('one', 'other'), ('other', 'one')))
    buildx.build(stage('a') + one + stage('b') + other + FROM + 'COPY --from=a /one /\nCOPY --from=b /other /')
    assert buildx.shell('cat /one /other') == 'one\nother\n'


def test_what_is_taken_is_waited_for(buildx):
    """The last stage's first steps are made meanwhile."""
    meet = MEET.format(id='late', me='first', other='second')
    buildx.build(stage('a') + meet + FROM + MEET.format(id='late', me='second', other='first') + 'COPY --from=a /first /got\nRUN cat /got /second > /all')
    assert buildx.shell('cat /all') == 'first\nsecond\n'


def test_more_stages_than_run_at_once(buildx):
    """Chains and a stage that takes from all of them; each has arguments of its own."""
    chains = ''.join(stage(f'a{i}') + f'ARG N={i}\nRUN echo $N > /n\n' + stage(f'b{i}', f'FROM a{i}\n') + 'ARG N=x\nRUN echo $N >> /n\n' for i in range(12))
    buildx.build(chains + FROM + ''.join(f'COPY --from=b{i} /n /n{i}\n' for i in range(12)), '--build-arg', 'UNUSED=1')
    assert buildx.shell('for i in 0 1 2 3 4 5 6 7 8 9 10 11; do tr "\\n" " " < /n$i; done') == ''.join(f'{i} x ' for i in range(12))


def test_a_failure_ends_the_others(buildx):
    nap = buildx.long_sleep()
    meet = 'RUN --mount=type=cache,id=fail,target=/c '
    done = buildx.build(stage('bad') + meet + 'timeout 60 sh -c "until [ -e /c/x ]; do usleep 20000; done"; echo why >&2; exit 7\n' + stage('long') + meet + f'touch /c/x; exec {nap}\n'
                        + FROM + 'COPY --from=bad / /a\nCOPY --from=long / /b', check=False)
    assert done.code == 1 and 'exit code: 7' in done.err and 'why' in done.err
    assert 'Dockerfile:2' in done.err or not buildx.newer
    ends = {name.split()[0]: end for name, end in states(done).items() if 'RUN' in name}
    assert ends == {'[bad': 'ERROR', '[long': 'CANCELED'}
    is_gone(nap)


def test_stages_share_the_context(buildx):
    files = {f'd{i}/f{j}': f'{i}.{j} ' for i in range(6) for j in range(20)}
    copies = ''.join(stage(f's{i}') + f'COPY d{i} /d\nCOPY d{i}/f0 /d{i}/\nRUN cat /d/* > /all\n' for i in range(6))
    buildx.build(copies + FROM + 'COPY . /d\n' + ''.join(f'COPY --from=s{i} /all /all{i}\n' for i in range(6)), files=files)
    assert sorted(buildx.shell('cat /all?').split()) == sorted(files[name].strip() for name in files)


def test_the_same_step_in_two_stages_is_made_once(buildx):
    count = 'RUN --mount=type=cache,id=count,target=/c echo >> /c/n\n'
    buildx.build(stage('a') + count + 'RUN echo a > /a\n' + stage('b') + count + 'RUN echo b > /b\n' + FROM + 'COPY --from=a /a /\nCOPY --from=b /b /\n'
                 + 'RUN --mount=type=cache,id=count,target=/c wc -l < /c/n > /n')
    assert buildx.shell('cat /a /b /n').split() == ['a', 'b', '1']


def test_a_cache_that_a_stage_fills_and_uses(buildx):
    """It is the filled one, or that of the stage, but nobody waits for ever."""
    cache = 'RUN --mount=type=cache,id=seeded,target=/c'
    buildx.build(stage('a') + f'RUN mkdir /seed && echo seed > /seed/s\n{cache} echo a >> /c/log\n' + FROM + f'{cache},from=a,source=/seed cat /c/* > /got')
    assert buildx.shell('cat /got').split() in (['a'], ['seed'])
