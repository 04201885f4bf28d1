"""Debian's docker-registry, as a stranger's registry: started inside an engine's namespace, filled by plain HTTP pushes."""
import http.client
import json
import subprocess
from pathlib import Path

from . import images
from .netns import NetNs
from .wait import eventually

PROGRAM = '/usr/bin/docker-registry'
ANN = 'ann:$2b$04$EZOUxMnRUxuKZCH3dIvfNOsKzGQySF.JGDYpx5b8IPdHqN9H7gyz2\n'          # her password is "secret"


class _NsConnection(http.client.HTTPConnection):
    def __init__(self, ns: NetNs, port: int):
        super().__init__(f'127.0.0.1:{port}', timeout=20)
        self.ns, self.ns_port = ns, port

    def connect(self):
        self.sock = self.ns.connect(self.ns_port, timeout=20)


class DebianRegistry:
    def __init__(self, ns: NetNs, where: Path, port: int = 5000, login: bool = False):
        self.ns, self.port, self.host = ns, port, f'127.0.0.1:{port}'
        where.mkdir(parents=True, exist_ok=True)
        config = where / 'registry.yml'
        config.write_text(f'version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {where}/data}}}}\n'
                          f'http: {{addr: "127.0.0.1:{port}"}}\n' + (f'auth: {{htpasswd: {{realm: test, path: {where}/users}}}}\n' if login else ''))
        (where / 'users').write_text(ANN)
        self.log = open(where / 'registry.log', 'wb')
        self.process = subprocess.Popen([*ns.enter(), PROGRAM, 'serve', str(config)], stdout=self.log, stderr=self.log)
        try:
            eventually(lambda: self._answers(), 'docker-registry answers', 15)
        except AssertionError:
            self.close()
            raise

    def _answers(self) -> bool:
        assert self.process.poll() is None, 'docker-registry ended'
        try:
            return self._send('GET', '/v2/')[0] in (200, 401)
        except OSError:
            return False

    def _send(self, method: str, path: str, body: bytes | None = None, media: str = 'application/octet-stream', accept: str | None = None):
        connection = _NsConnection(self.ns, self.port)
        headers = {'Accept': accept} if accept else {}
        if body is not None:
            headers['Content-Type'] = media
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def manifest(self, name: str, tag: str) -> dict:
        status, _, text = self._send('GET', f'/v2/{name}/manifests/{tag}', accept='application/vnd.oci.image.manifest.v1+json')
        assert status == 200, text
        return json.loads(text)

    def push(self, name: str, tag: str, image: images.Image) -> str:
        for blob_digest, blob in image.blobs.items():
            status, headers, _ = self._send('POST', f'/v2/{name}/blobs/uploads/', b'')
            assert status == 202, status
            place = headers['Location'].split(self.host, 1)[-1]
            status, _, text = self._send('PUT', f'{place}&digest={blob_digest}', blob)
            assert status == 201, text
        self.push_manifest(name, tag, image.media_type, image.manifest)
        return f'{self.host}/{name}:{tag}'

    def push_manifest(self, name: str, tag: str, media: str, body: bytes) -> str:
        status, _, text = self._send('PUT', f'/v2/{name}/manifests/{tag}', body, media)
        assert status == 201, text
        return f'{self.host}/{name}:{tag}'

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
