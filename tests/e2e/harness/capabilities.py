"""What the build tree under test has."""
from . import paths


def installed(plugin: str) -> bool:
    """Whether this plugin of ours was built."""
    return any(paths.build_dir().rglob(f'{plugin}.so'))
