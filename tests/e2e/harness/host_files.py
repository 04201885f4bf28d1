"""Programs and libraries of this machine, to be taken along into a container."""
import re
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path


def libraries(of: list[str]) -> set[str]:
    """Those that these programs and libraries are linked with."""
    said = subprocess.run(['ldd', *of], capture_output=True, text=True).stdout
    return set(re.findall(r'(/\S+\.so\S*) \(0x', said))


def find_library(name: str) -> str | None:
    said = subprocess.run(['ldconfig', '-p'], capture_output=True, text=True).stdout
    found = re.search(rf'{re.escape(name)} \(.*x86-64.*\) => (\S+)', said) or re.search(rf'{re.escape(name)} \(.*\) => (\S+)', said)
    return found[1] if found else None


def add(tar: tarfile.TarFile, files: Iterable[str]):
    """At the places where they are here; a link as the file that it leads to."""
    for path in sorted(files):
        tar.add(Path(path).resolve(), arcname=path)
