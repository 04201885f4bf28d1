"""Debian 12's own docker CLI, 20.10, with DOCKER_BUILDKIT=1: it has no plugin for builds, and asks by POST /build?version=2."""
from . import builds, paths
from .buildx import Buildx


class Docker20(Buildx):
    @classmethod
    def missing(cls) -> str | None:
        program, said = paths.gotten('get-docker20')
        return None if program else f'no docker CLI 20.10: {said}'

    def prepare(self):
        self.config.mkdir()

    def program(self) -> str:
        return paths.gotten('get-docker20')[0]

    def environment(self) -> dict:
        return {**self.engine.client_environment(), 'DOCKER_CONFIG': str(self.config), 'DOCKER_BUILDKIT': '1', 'BUILDKIT_PROGRESS': 'plain'}


def names(docker20) -> list[str]:
    """What is in /d of the image that was made."""
    return sorted(docker20.shell('cd /d && find . ! -name .').split())


def post(docker20, body: bytes = b'', **query) -> builds.Answer:
    """By bare HTTP, without a session unless one is named."""
    return builds.post(docker20.engine, body, version=2, **query)
