"""nginx in front of three replicas: by the engine's resolver, or by addresses found when it starts."""
import pytest
from harness.wait import eventually

IMAGES = ('nginx',)


def replica(engine) -> str:
    try:
        head, _, body = engine.ns.get(8081).partition(b'\r\n\r\n')
    except OSError:
        return ''
    return body.decode().strip() if head.split(b' ', 2)[1:2] == [b'200'] else ''


def hostnames(proxy) -> set[str]:
    return {proxy.inspect('web', number)['Config']['Hostname'] for number in (1, 2, 3)}


def test_requests_go_round_all_replicas_by_the_resolver(project):
    proxy = project('proxy')
    proxy.up()
    if 'nameserver 127.0.0.11' not in proxy.shell('web', 'cat /etc/resolv.conf').out:
        pytest.skip('names are in files here, not in a resolver')
    seen = set()

    def all_seen():
        if name := replica(proxy.engine):
            seen.add(name)
        return len(seen) == 3
    eventually(all_seen, 'three replicas answer', 15)
    assert seen == hostnames(proxy)

    # One goes: the resolver tells it, the proxy is not restarted.
    proxy.up('--scale', 'web=2', '--no-recreate')
    gone = seen - {proxy.inspect('web', n)['Config']['Hostname'] for n in (1, 2, 3) if proxy.engine.api.get(f'/containers/{proxy.container("web", n)}/json').status == 200}
    assert len(gone) == 1
    eventually(lambda: replica(proxy.engine), 'the proxy answers', 15)
    eventually(lambda: len({replica(proxy.engine) for _ in range(20)}) == 2 and '' not in {replica(proxy.engine) for _ in range(20)},
               'only the two that are left are asked', 15)


def test_requests_go_round_all_replicas_found_at_start(project):
    proxy = project('proxy', CONFIG='upstream.conf')
    proxy.up()
    eventually(lambda: replica(proxy.engine), 'the proxy answers', 15)
    assert {replica(proxy.engine) for _ in range(12)} == hostnames(proxy)
