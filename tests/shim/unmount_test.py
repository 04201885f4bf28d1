"""The end of the root filesystem's mount, which takes as long as it takes the disk."""
import os

import pytest

from supervisor import tracing, wire
from supervisor.wire import ShimError

pytestmark = pytest.mark.skipif(not tracing.UMOUNT2, reason='the number of umount2 is not known here')


def test_who_unmounts_holds_nothing_of_the_supervisor(running):
    tracing.stop_at_fork(running.pid)
    running.signal(9)
    unmounter = tracing.wait_for_fork(running.pid)
    tracing.let_go(running.pid)
    tracing.run_until(unmounter, tracing.UMOUNT2)
    held = os.listdir(f'/proc/{unmounter}/fd')
    tracing.let_go(unmounter)
    assert held == []
    assert running.wait_exit()['exit_code'] == 137
    running.wait_gone()


def test_nothing_starts_on_a_root_that_is_being_unmounted(shim):
    s = shim(['true'])
    control = s.control()
    control.request(wire.STATE)                 # it is accepted
    tracing.stop_at_fork(s.pid)
    s.creator.close()
    unmounter = tracing.wait_for_fork(s.pid)
    control.send(wire.START)
    tracing.let_go(s.pid)
    with pytest.raises(ShimError) as error:
        control.take_reply()
    assert error.value.code == wire.CONFLICT
    tracing.let_go(unmounter)
    s.wait_gone()
