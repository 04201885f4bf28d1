"""--ssh and RUN --mount=type=ssh: a command talks to the client's agent, for as long as it runs."""
import os
import signal

import pytest
from harness.agents import Agent, SilentAgent, program
from harness.buildx import FROM, is_gone, wait_for
from harness.wait import eventually

ASK = FROM + 'COPY --chmod=755 agent_ask /bin/\n'
MOUNT = 'RUN --mount=type=ssh'


@pytest.fixture
def agent():
    with Agent('first key', 'second') as running:
        yield running


@pytest.fixture
def files():
    return {'agent_ask': program()}


def dockerfile(buildx, *lines: str) -> str:
    """20.10 heeds no --chmod."""
    return (ASK if buildx.newer else FROM + 'COPY agent_ask /bin/\nRUN chmod 755 /bin/agent_ask\n') + '\n'.join(lines)


def threads(engine) -> int:
    return len(os.listdir(f'/proc/{engine.process.pid}/task'))


def test_a_command_reaches_the_agent(buildx, agent, files):
    buildx.build(dockerfile(buildx, f'{MOUNT} agent_ask > /out; echo $SSH_AUTH_SOCK >> /out; stat -c "%a %u:%g %F" $SSH_AUTH_SOCK >> /out',
                            'RUN echo ${SSH_AUTH_SOCK:-none} >> /out; ls /run/buildkit 2>/dev/null | wc -l >> /out'),
                 '--ssh', f'default={agent.socket}', files=files)
    assert buildx.shell('cat /out').splitlines()[:3] == ['2 keys first key second', '/run/buildkit/ssh_agent.0', '600 0:0 socket']
    assert buildx.shell('tail -n 2 /out').splitlines()[0] == 'none'
    assert not any('SSH_AUTH_SOCK' in line for line in buildx.image()['Config']['Env'])


def test_the_default_agent_is_that_of_the_environment(buildx, agent, files):
    buildx.build(dockerfile(buildx, f'{MOUNT} agent_ask > /out'), '--ssh', 'default', files=files, SSH_AUTH_SOCK=agent.socket)
    assert buildx.shell('cat /out') == '2 keys first key second\n'


def test_several_agents_with_their_ids(buildx, agent, files):
    key = agent.key('of a file')
    buildx.build(dockerfile(buildx, f'{MOUNT},id=one,target=/a --mount=type=ssh,id=two,target=/b/sock agent_ask > /out; SSH_AUTH_SOCK=/b/sock agent_ask >> /out; '
                                    'echo $SSH_AUTH_SOCK >> /out'), '--ssh', f'one={agent.socket}', '--ssh', f'two={key}', files=files)
    assert buildx.shell('cat /out') == '2 keys first key second\n1 keys \n/a\n'


def test_whose_the_socket_is(buildx, agent, files):
    buildx.build(dockerfile(buildx, f'{MOUNT},uid=1000,gid=50,mode=0640 stat -c "%a %u:%g" $SSH_AUTH_SOCK > /tmp/out', 'USER ann',
                            f'{MOUNT} ! agent_ask', f'{MOUNT},uid=1000 agent_ask'),
                 '--ssh', f'default={agent.socket}', files=files)
    assert buildx.shell('cat /tmp/out') == '640 1000:50\n'


def test_many_connections(buildx, agent, files):
    buildx.build(dockerfile(buildx, f'{MOUNT} agent_ask 300 > /out && for i in $(seq 20); do agent_ask 20 & done; wait'),
                 '--ssh', f'default={agent.socket}', files=files)
    assert buildx.shell('cat /out') == '2 keys first key second\n'


def test_without_an_agent_nothing_is_mounted(buildx, agent, files):
    buildx.build(dockerfile(buildx, f'{MOUNT} test ! -S "$SSH_AUTH_SOCK"', f'{MOUNT},id=other test ! -e /run/buildkit/ssh_agent.0'),
                 '--ssh', f'one={agent.socket}', files=files)
    said = buildx.refused(dockerfile(buildx, f'{MOUNT},required true'), files=files)
    assert 'no SSH key "default" forwarded from the client' in said or 'unset ssh forward key default' in said, said
    said = buildx.refused(dockerfile(buildx, f'{MOUNT},required true'), '--ssh', f'other={agent.socket}', files=files)
    assert 'unset ssh forward key default' in said, said


def test_an_image_may_name_its_own_agent(buildx, agent, files):
    buildx.build(dockerfile(buildx, 'ENV SSH_AUTH_SOCK=/mine', f'{MOUNT} echo $SSH_AUTH_SOCK > /out'), '--ssh', f'default={agent.socket}', files=files)
    assert buildx.shell('cat /out') == '/mine\n'


def test_what_is_left_of_a_connection_goes_with_the_command(buildx, files):
    """The agent says nothing and the program that asks it stays."""
    with SilentAgent() as silent:
        before = threads(buildx.engine)
        buildx.build(dockerfile(buildx, f'{MOUNT} mkfifo /f && {{ agent_ask hold > /f & }} && read word < /f && test "$word" = holding'),
                     '--ssh', f'default={silent.socket}', files=files)
        assert silent.came.wait(20)
        eventually(lambda: threads(buildx.engine) <= before, 'no thread is left', 30)


def asking(buildx, files, silent: SilentAgent, sleep: str):
    """The client of a build whose command asks the agent, which does not answer, and sleeps."""
    buildx.tree({'Dockerfile': dockerfile(buildx, f'{MOUNT} agent_ask hold & {sleep}'), **files})
    client = buildx.spawn('build', '--ssh', f'default={silent.socket}', buildx.dir / 'context')
    wait_for(sleep)
    assert silent.came.wait(20)
    return client


def test_a_build_is_cancelled_while_an_agent_is_asked(buildx, files):
    sleep = buildx.long_sleep()
    with SilentAgent() as silent:
        client = asking(buildx, files, silent, sleep)
        client.signal(signal.SIGINT)
        client.wait(20)
        is_gone(sleep)


def test_the_engine_stops_while_a_client_hangs(buildx, files):
    buildx.needs_newer('commands that end with the engine')
    sleep = buildx.long_sleep()
    with SilentAgent() as silent:
        client = asking(buildx, files, silent, sleep)
        client.signal(signal.SIGSTOP)
        try:
            buildx.engine.stop()
        finally:
            client.signal(signal.SIGCONT)
        buildx.engine.start()
        is_gone(sleep)
