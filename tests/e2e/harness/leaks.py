"""What an engine leaves behind: mounts, processes, cgroups, links, firewall rules, directories."""
import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

CGROUPS = Path('/sys/fs/cgroup')


def mounts_under(where: Path) -> list[str]:
    with open('/proc/self/mountinfo') as file:
        points = [line.split()[4].encode().decode('unicode_escape') for line in file]
    return [point for point in points if point == str(where) or point.startswith(f'{where}/')]


def mounts(where: Path) -> list[str]:
    return [f'mount {point}' for point in mounts_under(where)]


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f'/proc/{pid}/cmdline').read_bytes().replace(b'\0', b' ').decode(errors='replace').strip()
    return ''


def pids_of(where: Path, netns_inode: int | None = None) -> list[int]:
    """Processes that name the directory on their command line, work in it, or live in the namespace. Never this process."""
    found = []
    for entry in os.listdir('/proc'):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        pid = int(entry)
        with contextlib.suppress(OSError):
            in_namespace = netns_inode is not None and os.stat(f'/proc/{pid}/ns/net').st_ino == netns_inode
            named = any(word == str(where) or f'{where}/' in word for word in _command(pid).split())
            works_there = os.readlink(f'/proc/{pid}/cwd').startswith(f'{where}/')
            if in_namespace or named or works_there:
                found.append(pid)
    return found


def processes(where: Path, netns_inode: int, seconds: float = 20) -> list[str]:
    """Gives the last ones a moment to end: a shim may still be saying goodbye."""
    end = time.monotonic() + seconds
    while (pids := pids_of(where, netns_inode)) and time.monotonic() < end:
        time.sleep(0.05)
    return [f'process {pid}: {_command(pid)[:160]}' for pid in pids]


def helpers_of_containers(where: Path, netns_inode: int) -> list[str]:
    """Supervisors and port forwarders, which are there for containers only; the daemon may run."""
    found = [_command(pid) for pid in pids_of(where, netns_inode)]
    return [line for line in found if 'shim' in line or 'proxy' in line]


def end_processes(where: Path, netns_inode: int | None = None):
    for pid in pids_of(where, netns_inode):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def cgroup_dirs(ids: set[str]) -> list[Path]:
    found = []
    for base, dirs, _ in os.walk(CGROUPS):
        found += [Path(base, name) for name in dirs if any(i in name for i in ids)] if ids else []
    return found


def cgroups(ids: set[str]) -> list[str]:
    return [f'cgroup {path}' for path in cgroup_dirs(ids)]


def paths_of_containers(where: Path, ids: set[str]) -> list[str]:
    """Files and directories that carry a container's id, though no container is left."""
    if not ids:
        return []
    found, short = [], {i[:12] for i in ids}
    for base, dirs, files in os.walk(where):
        for name in dirs + files:
            if any(s in name for s in short):
                found.append(f'path {Path(base, name).relative_to(where)}')
        if len(found) > 20:
            break
    return found


def is_bridge(ns, name: str) -> bool:
    """A bridge stays as long as the daemon and its network."""
    done = subprocess.run(['ip', '-n', ns.name, '-d', 'link', 'show', name], capture_output=True, text=True)
    return ' bridge ' in done.stdout


def sweep(where: Path, netns_inode: int):
    """Cleans up after a failed test, so that the next one starts on a clean machine."""
    end_processes(where, netns_inode)
    for point in sorted(mounts_under(where), key=len, reverse=True):
        subprocess.run(['umount', '-l', point], capture_output=True)
