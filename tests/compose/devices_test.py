"""Devices by CDI in Compose files, on an engine whose directory of specifications is the test's."""
import pytest
from harness.gantryd import Gantryd
from harness.running import ended, started

GPUS = """cdiVersion: 0.5.0
kind: nvidia.com/gpu
devices:
- name: "0"
  containerEdits: {deviceNodes: [{path: /dev/gpu0, hostPath: /dev/null}]}
- name: "1"
  containerEdits: {deviceNodes: [{path: /dev/gpu1, hostPath: /dev/null}]}
- name: all
  containerEdits: {deviceNodes: [{path: /dev/gpu0, hostPath: /dev/null}, {path: /dev/gpu1, hostPath: /dev/null}]}
"""


class GantrydWithCards(Gantryd):
    def __init__(self):
        super().__init__()
        (self.dir / 'cdi').mkdir()
        (self.dir / 'cdi' / 'nvidia.yaml').write_text(GPUS)
        self.config = f'[devices]\ncdi_dirs = ["{self.dir}/cdi"]\n'


@pytest.fixture(scope='module')
def stacks(request):
    if not request.param.startswith('gantryd'):
        pytest.skip('the reference knows nothing of CDI')
    engine = started(GantrydWithCards)
    yield engine
    ended(engine)


def test_services_have_the_devices_that_they_reserve_or_name(project):
    stack = project('devices')
    stack.up()
    seen = {service: stack.shell(service, 'ls /dev | grep gpu').out.split() for service in ('reserved', 'picked', 'every', 'named')}
    assert seen == {'reserved': ['gpu0'], 'picked': ['gpu1'], 'every': ['gpu0', 'gpu1'], 'named': ['gpu1']}


def test_devices_that_are_gone_fail_the_service_with_their_names(project, stacks):
    stack = project('devices')
    spec = stacks.dir / 'cdi' / 'nvidia.yaml'
    spec.rename(stacks.dir / 'away')
    try:
        assert 'could not select device driver "" with capabilities: [[gpu]]' in stack.up('every', check=False).err
        assert 'unresolvable CDI devices nvidia.com/gpu=1' in stack.up('picked', check=False).err
    finally:
        (stacks.dir / 'away').rename(spec)
