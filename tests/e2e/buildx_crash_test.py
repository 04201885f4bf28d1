"""An engine that is killed or ended in a build: the next one has nothing half, and builds again."""
import os

from harness import builds
from harness.buildx import FROM, cached, is_gone, wait_for
from harness.wait import eventually

ENGINES = ('gantryd',)             # 20.10 leaves the commands of its builds running, and is not started again as easily


def again(buildx):
    buildx.engine.start()
    buildx.engine.remember()
    eventually(lambda: not builds.containers(buildx.engine) and not builds.residue(buildx.engine), 'nothing half is left', 20)


def test_the_engine_is_killed_in_a_command(buildx):
    words = buildx.long_sleep()
    file = FROM + 'RUN cat /proc/sys/kernel/random/uuid > /first\nRUN --mount=type=cache,target=/c touch /half; {}'
    client = buildx.spawn('build', '-t', 'made', buildx.tree({'Dockerfile': file.format(words)}))
    wait_for(words)
    buildx.engine.kill9()
    assert client.wait(30) != 0
    again(buildx)
    is_gone(words)
    assert not buildx.exists()
    done = buildx.build(file.format('true'))
    assert cached(done)[1] is False and buildx.shell('ls /half') == '/half\n'


def test_the_engine_is_killed_while_the_context_comes(buildx):
    words = buildx.long_sleep()                    # it is not done before the engine is killed
    files = {f'f{n}': os.urandom(1 << 20) for n in range(60)}
    client = buildx.spawn('build', '-t', 'made', buildx.tree({'Dockerfile': FROM + f'COPY . /d\nRUN {words}\n', **files}))
    client.says('transferring context')
    buildx.engine.kill9()
    assert client.wait(30) != 0
    again(buildx)
    (buildx.dir / 'context/Dockerfile').write_text(FROM + 'COPY . /d\n')
    buildx('build', '-t', 'made', buildx.dir / 'context')
    assert buildx.shell('ls /d | wc -l').strip() == '61'


def test_the_engine_ends_by_itself_in_a_build(buildx):
    words = buildx.long_sleep()
    client = buildx.spawn('build', '-t', 'made', buildx.tree({'Dockerfile': FROM + f'RUN {words}'}))
    wait_for(words)
    buildx.engine.stop(60)
    assert client.wait(30) != 0
    is_gone(words)
    again(buildx)
    buildx.build(FROM + 'RUN true')
