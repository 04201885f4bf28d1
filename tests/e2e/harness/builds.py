"""The classic builder: contexts made in memory, builds by bare HTTP or the CLI, and a look at what they leave behind."""
import io
import json
import re
import tarfile
from dataclasses import dataclass

from .api import Stream
from .engine import BOX, Done, Engine
from .wait import eventually

TIME = 1700000000
NOT_OURS = re.compile(r' ---> Running in |( ---> Removed|Removing) intermediate container ')


def entry(name: str, data: bytes | None = b'', mode: int | None = None, uid: int = 0, gid: int = 0, mtime: float = TIME, link: str = '',
          hard: str = '') -> tuple[tarfile.TarInfo, bytes | None]:
    """One member of a tar; data None: a directory."""
    info = tarfile.TarInfo(name)
    info.mode = mode if mode is not None else 0o755 if data is None else 0o644
    info.uid, info.gid, info.mtime = uid, gid, mtime
    if link or hard:
        info.type, info.linkname, data = (tarfile.SYMTYPE, link, None) if link else (tarfile.LNKTYPE, hard, None)
    elif data is None:
        info.type = tarfile.DIRTYPE
    else:
        info.size = len(data)
    return info, data


def tar(*members, compression: str = '') -> bytes:
    """Members as entry() gives them, or (name, content) for what needs no more."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:' + compression, format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            info, data = member if isinstance(member[0], tarfile.TarInfo) else entry(*member)
            archive.addfile(info, io.BytesIO(data) if data is not None else None)
    return out.getvalue()


def context(dockerfile: str, *members, compression: str = '') -> bytes:
    return tar(('Dockerfile', dockerfile.encode()), *members, compression=compression)


@dataclass
class Answer:
    status: int
    objects: list[dict]
    headers: dict

    @property
    def text(self) -> str:
        return ''.join(line.get('stream', '') for line in self.objects)

    @property
    def lines(self) -> list[str]:
        """Without the lines about containers, and ids left out: engines and versions differ in them."""
        return [re.sub(r'\b[0-9a-f]{12}\b', '<id>', line) for line in self.text.splitlines() if not NOT_OURS.match(line)]

    @property
    def error(self) -> str:
        """Docker's words, before the output began or in it."""
        return next((line.get('error') or line.get('message', '') for line in self.objects if 'error' in line or 'message' in line), '')

    @property
    def code(self) -> int | None:
        return next((line['errorDetail'].get('code') for line in self.objects if 'errorDetail' in line), None)

    @property
    def id(self) -> str:
        """Of the last stage: each says its own."""
        return [line['aux']['ID'] for line in self.objects if 'aux' in line][-1]

    @property
    def cached(self) -> list[bool]:
        """For each step that can be: whether it was."""
        steps = re.split(r'^Step \d+/\d+ : ', self.text, flags=re.M)[1:]
        return [' ---> Using cache\n' in step for step in steps if not step.startswith('FROM ')]


def start(engine: Engine, body: bytes, headers: dict | None = None, seconds: float = 60, **query) -> Stream:
    """The answer while it comes."""
    return engine.api.stream('POST', '/build', {'t': 'made', **query}, body, {'Content-Type': 'application/x-tar', **(headers or {})}, seconds)


def post(engine: Engine, body: bytes, headers: dict | None = None, seconds: float = 60, **query) -> Answer:
    with start(engine, body, headers, seconds, **query) as stream:
        text = stream.read(seconds)
        engine.remember()
        return Answer(stream.status, [json.loads(line) for line in text.splitlines() if line.strip()], stream.headers)


def make(engine: Engine, dockerfile: str, *members, **query) -> Answer:
    """A build that must succeed."""
    answer = post(engine, context(dockerfile, *members), **query)
    assert answer.status == 200 and not answer.error, (answer.error, answer.text)
    return answer


def refused(engine: Engine, dockerfile: str, *members, **query) -> Answer:
    answer = post(engine, context(dockerfile, *members), **query)
    assert answer.error, answer.text
    return answer


def cli(engine: Engine, dockerfile: str, *args: str, members=(), check: bool = True) -> Done:
    return engine.docker('build', *args, '-', input=context(dockerfile, *members), check=check, seconds=90)


def shell(engine: Engine, script: str, image: str = 'made') -> str:
    """What a script says in a container of the image."""
    return engine.docker('run', '--rm', '--entrypoint', '', image, 'sh', '-c', script).out


def image(engine: Engine, name: str = 'made') -> dict:
    answer = engine.api.get(f'/images/{name}/json')
    assert answer.status == 200, answer.body
    return answer.json()


def config(engine: Engine, name: str = 'made') -> dict:
    return image(engine, name)['Config']


def history(engine: Engine, name: str = 'made') -> list[str]:
    """created_by, newest first."""
    return [line['CreatedBy'] for line in engine.api.get(f'/images/{name}/history').json()]


def all_images(engine: Engine) -> list[dict]:
    return engine.api.get('/images/json', query={'all': 1}).json()


def containers(engine: Engine) -> list[dict]:
    return engine.api.get('/containers/json', query={'all': 1}).json()


def residue(engine: Engine) -> list[str]:
    """Files of builds that are there though none runs: contexts, half layers, roots without a container. gantryd only.

    What a killed daemon had whole is set aside at boot, as after a broken pull: files with a digest's name.
    """
    if engine.name != 'gantryd':
        return []
    known = {row['Id'] for row in containers(engine)}
    runtime = engine.root / 'plugins/runtime-oci'
    aside = engine.was_killed
    found = [*(engine.root / 'build').glob('*'), *(path for path in (engine.root / 'images/partial').glob('*') if not aside or path.name.startswith('tmp-'))]
    return [str(path) for path in [*found, *(path for path in (runtime / 'roots').glob('*') if path.name not in known)]]


def only_the_box(engine: Engine):
    """Removes all that a test has made and fails if something stays."""
    engine.clear()
    for _ in range(2):                             # dockerd keeps what others are built on
        for row in all_images(engine):
            tags = row['RepoTags'] or []
            for name in [tag for tag in tags if tag != BOX + ':latest'] if BOX + ':latest' in tags else [row['Id']]:
                engine.api.delete('/images/' + name, query={'force': 1})
    assert [row['RepoTags'] for row in all_images(engine)] == [[BOX + ':latest']]
    eventually(lambda: not residue(engine), 'no files of builds are left')
    if engine.name == 'gantryd':
        layers = engine.root / 'plugins/runtime-oci/layers'
        eventually(lambda: len(list(layers.glob('*'))) == 1, 'only the layer of the box is left')
