"""Images for tests, made in memory from Debian's static busybox: root filesystems, layers, manifests, archives."""
import ctypes
import functools
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

BUSYBOX = '/bin/busybox'
OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json'
LAYER_TYPES = {
    ('oci', 'none'): 'application/vnd.oci.image.layer.v1.tar',
    ('oci', 'gzip'): 'application/vnd.oci.image.layer.v1.tar+gzip',
    ('oci', 'zstd'): 'application/vnd.oci.image.layer.v1.tar+zstd',
    ('docker', 'none'): 'application/vnd.docker.image.rootfs.diff.tar',
    ('docker', 'gzip'): 'application/vnd.docker.image.rootfs.diff.tar.gzip',
}


def digest(data: bytes) -> str:
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def zstd(data: bytes) -> bytes:
    lib = ctypes.CDLL('libzstd.so.1')
    lib.ZSTD_compressBound.restype = lib.ZSTD_compress.restype = ctypes.c_size_t
    bound = lib.ZSTD_compressBound(ctypes.c_size_t(len(data)))
    room = ctypes.create_string_buffer(bound)
    size = lib.ZSTD_compress(room, ctypes.c_size_t(bound), data, ctypes.c_size_t(len(data)), 3)
    assert size <= bound, 'zstd failed'
    return room.raw[:size]


COMPRESS = {'none': bytes, 'gzip': lambda data: gzip.compress(data, 1, mtime=0), 'zstd': zstd}


def tar(entries) -> bytes:
    """entries: (name, content) with bytes = file, None = directory, ('link'|'hard', target), ('node', major, minor), or TarInfo."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.GNU_FORMAT) as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.mtime = 1700000000
            info.mode = 0o755
            if content is None:
                info.type = tarfile.DIRTYPE
                if name.rstrip('/') == 'tmp':
                    info.mode = 0o1777
            elif isinstance(content, bytes):
                info.size = len(content)
                if not content.startswith((b'#!', b'\x7fELF')):
                    info.mode = 0o644
            elif content[0] in ('link', 'hard'):
                info.type = tarfile.SYMTYPE if content[0] == 'link' else tarfile.LNKTYPE
                info.linkname = content[1]
            elif content[0] == 'node':
                info.type = tarfile.CHRTYPE
                info.devmajor, info.devminor = content[1], content[2]
            archive.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return out.getvalue()


@functools.cache
def compiled(name: str) -> bytes:
    """A static program of NAME.c, which stands beside this file."""
    with tempfile.TemporaryDirectory() as where:
        source = Path(__file__).with_name(name + '.c')
        subprocess.run(['cc', '-Os', '-static', '-s', '-o', f'{where}/{name}', str(source)], check=True)
        return Path(where, name).read_bytes()


@functools.cache
def busybox_rootfs() -> bytes:
    """A root filesystem with every applet, a few users, a web page."""
    with open(BUSYBOX, 'rb') as file:
        binary = file.read()
    applets = subprocess.run([BUSYBOX, '--list'], capture_output=True, text=True, check=True).stdout.split()
    entries = [(d, None) for d in ('bin', 'etc', 'tmp', 'root', 'home', 'home/ann', 'www', 'proc', 'sys', 'dev', 'var')]
    entries += [('bin/busybox', binary), ('bin/udp_echo', compiled('udp_echo'))]
    entries += [('bin/' + name, ('link', 'busybox')) for name in applets if name != 'busybox']
    entries += [
        ('etc/passwd', b'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000:Ann:/home/ann:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n'),
        ('etc/group', b'root:x:0:\nann:x:1000:\nstaff:x:50:ann\nnogroup:x:65534:\n'),
        ('etc/notexec', b'plain text\n'),
        ('www/index.html', b'<h1>It runs</h1>\n'),
    ]
    return tar(entries)


@dataclass
class Image:
    """One platform's image: blobs by digest, and its manifest."""
    kind: str = 'oci'                                  # or 'docker' (schema 2)
    architecture: str = 'amd64'
    blobs: dict = field(default_factory=dict)
    layers: list = field(default_factory=list)         # manifest entries
    diff_ids: list = field(default_factory=list)
    history: list = field(default_factory=list)
    config: dict = field(default_factory=lambda: {'Cmd': ['sh'], 'Env': ['PATH=/bin']})
    manifest: bytes = b''

    def add_layer(self, content: bytes, compression: str = 'gzip') -> 'Image':
        blob = COMPRESS[compression](content)
        self.blobs[digest(blob)] = blob
        media = LAYER_TYPES[self.kind, compression]
        self.layers.append({'mediaType': media, 'digest': digest(blob), 'size': len(blob)})
        self.diff_ids.append(digest(content))
        self.history.append({'created': '2024-01-01T00:00:00Z', 'created_by': f'layer {len(self.layers)}'})
        return self

    def finish(self) -> 'Image':
        config = json.dumps({'architecture': self.architecture, 'os': 'linux', 'created': '2024-01-01T00:00:00Z',
                             'config': self.config, 'history': self.history,
                             'rootfs': {'type': 'layers', 'diff_ids': self.diff_ids}}).encode()
        self.blobs[digest(config)] = config
        self.id = digest(config)
        self.manifest = json.dumps({
            'schemaVersion': 2, 'mediaType': self.media_type,
            'config': {'mediaType': OCI_CONFIG if self.kind == 'oci' else DOCKER_CONFIG,
                       'digest': digest(config), 'size': len(config)},
            'layers': self.layers}).encode()
        return self

    @property
    def media_type(self) -> str:
        return OCI_MANIFEST if self.kind == 'oci' else DOCKER_MANIFEST

    @property
    def digest(self) -> str:
        return digest(self.manifest)


def index(images: list[Image]) -> tuple[str, bytes]:
    """(media type, bytes) of an index (or manifest list) over the images' platforms."""
    oci = images[0].kind == 'oci'
    media = OCI_INDEX if oci else DOCKER_LIST
    return media, json.dumps({
        'schemaVersion': 2, 'mediaType': media,
        'manifests': [{'mediaType': i.media_type, 'digest': i.digest, 'size': len(i.manifest),
                       'platform': {'architecture': i.architecture, 'os': 'linux'}} for i in images]}).encode()


def busybox_image(kind: str = 'oci', compressions=('gzip', 'gzip'), architecture: str = 'amd64', mark: str = 'a') -> Image:
    """A runnable image of several layers; mark makes its upper layers (and digest) its own."""
    image = Image(kind=kind, architecture=architecture)
    image.add_layer(busybox_rootfs(), compressions[0])
    for number, compression in enumerate(compressions[1:]):
        image.add_layer(tar([(f'layer{number}', f'{mark}{number}\n'.encode())]), compression)
    return image.finish()


def random_layer(size: int, name: str = 'big') -> bytes:
    return tar([(name, os.urandom(size))])


def docker_archive(image: Image, tag: str) -> bytes:
    """What `docker save` of old engines wrote: manifest.json, a config, layer tars."""
    config_name = image.id.split(':')[1] + '.json'
    entries, names = [(config_name, image.blobs[image.id])], []
    for layer in image.layers:
        blob = image.blobs[layer['digest']]
        name = layer['digest'].split(':')[1] + '/layer.tar'
        entries += [(name.split('/')[0], None), (name, gzip.decompress(blob) if blob[:2] == b'\x1f\x8b' else blob)]
        names.append(name)
    entries.append(('manifest.json', json.dumps([{'Config': config_name, 'RepoTags': [tag], 'Layers': names}]).encode()))
    return tar(entries)


def oci_archive(image: Image, tag: str) -> bytes:
    """An OCI layout in a tar."""
    entries = [('oci-layout', b'{"imageLayoutVersion":"1.0.0"}'), ('blobs', None), ('blobs/sha256', None)]
    blobs = {**image.blobs, image.digest: image.manifest}
    entries += [('blobs/sha256/' + name.split(':')[1], data) for name, data in blobs.items()]
    entries.append(('index.json', json.dumps({'schemaVersion': 2, 'manifests': [
        {'mediaType': image.media_type, 'digest': image.digest, 'size': len(image.manifest),
         'annotations': {'io.containerd.image.name': f'docker.io/{tag}', 'org.opencontainers.image.ref.name': tag.split(':')[-1]}}]}).encode()))
    return tar(entries)
