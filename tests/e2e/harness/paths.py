"""Where the tests find what they run: the build tree, the docker CLI, the reference dockerd, scratch space."""
import functools
import os
import shutil
import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
SHARED = REPO.parent / 'shared'                 # the API description, when a checkout has it beside itself
LOCAL = REPO / '.local'                         # ignored by git: unpacked Debian packages (scripts/lib.sh fills it)
SCRATCH = Path(os.environ.get('GANTRY_TEST_TMP', '/tmp'))
SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'


def build_dir() -> Path:
    return Path(os.environ.get('GANTRY_BUILD', REPO / 'build' / 'release'))


def gantryd() -> Path:
    return build_dir() / 'bin' / 'gantryd'


def gantry() -> Path:
    return build_dir() / 'bin' / 'gantry'


def reference_root() -> Path:
    """Debian's docker.io and containerd, unpacked (not installed); dockerd of 20.10 is what we compare with."""
    return Path(os.environ.get('GANTRY_REFERENCE', LOCAL / 'reference'))


def dockerd() -> str | None:
    unpacked = reference_root() / 'usr/sbin/dockerd'
    return str(unpacked) if unpacked.exists() else shutil.which('dockerd', path=SYSTEM_PATH)


def docker_cli() -> str:
    found = shutil.which('docker', path=SYSTEM_PATH)
    if found:
        return found
    for place in (LOCAL / 'cli/usr/bin/docker', reference_root() / 'usr/bin/docker'):
        if place.exists():
            return str(place)
    raise FileNotFoundError('no docker CLI on PATH nor in .local: run scripts/test')


def api_description() -> Path:
    return SHARED / 'spec' / 'docker-engine-v1.51.yaml'


@functools.cache
def gotten(script: str) -> tuple[str, str]:
    """What a get-… script of tests/e2e prints, a path, and else why it has none."""
    done = subprocess.run([str(REPO / 'tests/e2e' / script)], capture_output=True, text=True)
    return done.stdout.strip(), ' '.join(done.stderr.split())
