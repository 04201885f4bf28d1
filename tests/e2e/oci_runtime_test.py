"""An OCI runtime that ends before its container has begun."""
import os
import shutil
from pathlib import Path

import pytest
from harness import leaks
from harness.engine import BOX, Engine

# Its first calls of `run` (as many as the file `lost` has lines) fail as runc's do whose process
# dies on its way to the container's program; their number is kept in `calls`.
RUNTIME = '''#!/bin/sh
log=
previous=
for word in "$@"; do
  [ "$previous" = --log ] && log=$word
  previous=$word
  [ "$word" = run ] || continue
  echo called >>{place}/calls
  if [ "$(wc -l <{place}/calls)" -le "$(wc -l <{place}/lost)" ]; then
    echo '{{"level":"error","msg":"runc run failed: container process is already dead"}}' >>"$log"
    exit 1
  fi
done
exec {runc} "$@"
'''


class Losing:
    def __init__(self, place: Path, runc: str):
        self.place = place
        self.path = place / 'runc'
        self.path.write_text(RUNTIME.format(place=place, runc=runc))
        self.path.chmod(0o755)

    def lose(self, starts: int) -> None:
        (self.place / 'lost').write_text('lost\n' * starts)
        (self.place / 'calls').write_text('')

    def calls(self) -> int:
        return len((self.place / 'calls').read_text().split())


@pytest.fixture
def losing(tmp_path) -> Losing:
    runc = shutil.which('runc')
    if runc is None:
        pytest.skip('no runc')
    return Losing(tmp_path, runc)


def test_a_runtime_that_lacked_a_thread_of_its_own_is_called_again(losing, daemon):
    losing.lose(0)
    engine = daemon(config=f'[plugins."runtime-oci"]\nruntime = "{losing.path}"\n')
    for terminal in ([], ['-t']):
        losing.lose(3)
        out = engine.docker('run', '--rm', *terminal, '--pids-limit', '4', BOX, 'echo', 'hi').out
        assert (out.split(), losing.calls()) == (['hi'], 4)
    losing.lose(100)
    done = engine.docker('run', '--name', 'few', '--pids-limit', '4', BOX, 'echo', 'hi', check=False)
    assert 'container process is already dead' in done.err and losing.calls() == 5, 'it does not try for ever'
    losing.lose(0)
    assert engine.docker('start', '-a', 'few').out == 'hi\n'
    losing.lose(1)
    done = engine.docker('run', '--rm', BOX, 'echo', 'hi', check=False)
    assert 'container process is already dead' in done.err and losing.calls() == 1, 'without such a limit it is not the reason'


# Killed, as by the OOM killer, when it has made the container's control groups.
KILLED = '''#!/bin/sh
for word in "$@"; do id=$word; done
case " $* " in *" run "*)
  for hierarchy in {hierarchies}; do mkdir -p $hierarchy/gantry/$id; done
  kill -9 $$ ;;
esac
exec {runc} "$@"
'''


def test_control_groups_of_a_runtime_that_was_killed_are_removed(tmp_path, daemon):
    groups = leaks.CGROUPS
    hierarchies = [groups] if (groups / 'cgroup.procs').exists() else [at for at in groups.iterdir() if os.path.ismount(at)]
    killed = tmp_path / 'runc'
    killed.write_text(KILLED.format(hierarchies=' '.join(map(str, hierarchies)), runc=shutil.which('runc')))
    killed.chmod(0o755)
    engine = daemon(config=f'[plugins."runtime-oci"]\nruntime = "{killed}"\n', start=False)
    engine.start()
    Engine.prepare(engine)                                 # without a container
    made = engine.docker('create', BOX, 'true').id
    answer = engine.api.post(f'/containers/{made}/start')
    assert answer.status == 500, answer.body
    assert not leaks.cgroups({made})
    assert engine.inspect(made)['State']['Status'] == 'created'
