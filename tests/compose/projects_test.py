"""Several projects in one engine, and a big one."""
import yaml
from harness.compose import assert_gone
from harness.wait import eventually

NAMES = ('net-dns', 'net-hosts')
MANY = 50


def test_projects_with_the_same_services_never_see_each_other(project):
    left, right = project('twin', name='left'), project('twin', name='right')
    left.up()
    right.up()
    for one, other in ((left, right), (right, left)):
        answer = lambda name: one.shell('client', f'timeout 3 wget -qO- http://{name}/', check=False).out.strip()  # noqa: E731, B023
        eventually(lambda: answer('web') == one.name, f'{one.name} is up')  # noqa: B023
        assert {answer('web') for _ in range(8)} == {one.name}
        assert answer(f'{one.name}-web-1') == one.name
        assert not answer(f'{other.name}-web-1'), 'a name of the other project'
        address = other.inspect('web')['NetworkSettings']['Networks'][f'{other.name}_default']['IPAddress']
        assert not answer(address), 'nor is the other project reachable by address'
    left.down()
    assert_gone(left.engine, 'left')
    assert right.shell('client', 'wget -qO- http://web/').out.strip() == 'right'


def test_fifty_services_come_up_and_down_cleanly(project):
    crowd = project('twin', name='crowd')
    service = {'image': 'gt/box', 'command': 'sleep 1000', 'stop_signal': 'SIGKILL'}
    (crowd.dir / 'compose.yaml').write_text(yaml.safe_dump({'services': {f's{n}': service for n in range(MANY)}}))
    crowd.up(seconds=120)
    rows = crowd.ps()
    assert len(rows) == MANY and {row['State'] for row in rows} == {'running'}
    addresses = {crowd.inspect(f's{n}')['NetworkSettings']['Networks']['crowd_default']['IPAddress'] for n in range(MANY)}
    assert len(addresses) == MANY
    assert crowd.shell('s0', f'for n in $(seq 0 {MANY - 1}); do ping -c 1 -W 2 -q s$n >/dev/null || echo s$n; done').out == '', 'all find all'
    if not crowd('down', seconds=120, check=crowd.engine.name == 'gantryd'):
        crowd('down')                               # the old reference forgets endpoints under load and needs asking twice
    assert_gone(crowd.engine, 'crowd')
