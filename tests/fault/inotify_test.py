"""A user whose inotify instances or watches are all in use, by whomever: files are followed by a timer then."""
import subprocess

from harness.paths import build_dir

ENGINES = ()
CASES = ('growth_wakes*', 'a_rotated_file*', 'a_file_renamed*', 'a_rotation_between*', 'a_notifier_and*')


def cases_pass(limit: str) -> None:
    command = f'echo 0 >/proc/sys/user/{limit} && exec {build_dir()}/bin/unit_base --run_test={":".join(CASES)}'
    done = subprocess.run(['unshare', '--user', '--map-root-user', 'sh', '-c', command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and f'Running {len(CASES)} test cases' in done.stdout, done.stdout + done.stderr


def test_without_instances():
    cases_pass('max_inotify_instances')


def test_without_watches():
    cases_pass('max_inotify_watches')
