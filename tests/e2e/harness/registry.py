"""An image registry in this process, listening inside an engine's namespace, that misbehaves on request.

Faults are given per digest (or 'manifest'): see Fault. Every request is kept in `requests`, so tests can
see that a broken download was resumed by a Range and that credentials were sent.
"""
import base64
import json
import re
import ssl
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import images
from .netns import NetNs


@dataclass
class Fault:
    kind: str              # status | stall | corrupt | truncate | cut (break the connection) | slow
    times: int = 1         # how many answers are spoiled; then all is well
    after: int = 0         # bytes sent before the fault (truncate, cut, stall)
    status: int = 500


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    registry: 'Registry'

    def log_message(self, *_):
        pass

    def answer(self, status: int, body: bytes = b'', headers: dict | None = None):
        self.send_response(status)
        for key, value in {'Docker-Distribution-Api-Version': 'registry/2.0', **(headers or {})}.items():
            self.send_header(key, value)
        if 'Content-Length' not in (headers or {}):
            self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def error(self, status: int, code: str, message: str, headers: dict | None = None):
        body = json.dumps({'errors': [{'code': code, 'message': message, 'detail': {'path': self.path}}]}).encode()
        self.answer(status, body, {'Content-Type': 'application/json', **(headers or {})})

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        registry = self.registry
        registry.requests.append((self.command, self.path, dict(self.headers)))
        if self.path.startswith('/token'):
            return self.token()
        if not self.authorised():
            return None
        if self.path.startswith('/v1/search?'):
            return self.answer(200, json.dumps({'results': registry.index}).encode(), {'Content-Type': 'application/json'})
        if self.path in ('/v2', '/v2/'):
            return self.answer(200, b'{}', {'Content-Type': 'application/json'})
        if found := re.fullmatch(r'/v2/(.+)/manifests/([^/]+)', self.path):
            return self.manifest(*found.groups())
        if found := re.fullmatch(r'/v2/(.+)/blobs/(sha256:[0-9a-f]+)', self.path):
            return self.blob(found[2])
        return self.error(404, 'NOT_FOUND', 'no such page')

    # -- pushes: POST opens an upload, PATCH brings the bytes, PUT names their digest ---------------------------------
    def body(self, at_most: int | None = None) -> bytes:
        if self.headers.get('Transfer-Encoding') == 'chunked':
            data = b''
            while (size := int(self.rfile.readline(), 16)) and (at_most is None or len(data) < at_most):
                data += self.rfile.read(size)
                self.rfile.readline()
            if size == 0:
                self.rfile.readline()
            return data
        size = int(self.headers.get('Content-Length', 0))
        return self.rfile.read(size if at_most is None else min(size, at_most))

    def written(self) -> bool:
        """Logged and let in; the body of a refused request is read, so that the connection can be used again."""
        self.registry.requests.append((self.command, self.path, dict(self.headers)))
        if self.authorised():
            return True
        self.body()
        return False

    def do_POST(self):
        if not self.written():
            return None
        self.body()
        if not (found := re.fullmatch(r'/v2/(.+)/blobs/uploads/(\?.*)?', self.path)):
            return self.error(404, 'NOT_FOUND', 'no such page')
        with self.registry.lock:
            number = len(self.registry.uploads)
            self.registry.uploads.append(b'')
        return self.answer(202, headers={'Location': f'/v2/{found[1]}/blobs/uploads/{number}?state=0'})

    def do_PATCH(self):
        if not self.written():
            return None
        fault = self.registry.take_fault('upload')
        number, offset = (int(n) for n in re.search(r'/uploads/(\d+)\?state=(\d+)', self.path).groups())
        if fault and fault.kind == 'cut':             # what came is kept, as registries do
            self.registry.uploads[number] += self.body(fault.after)
            self.close_connection = True
            return None
        if fault and fault.kind == 'early':           # says no and does not listen
            self.close_connection = True
            return self.error(fault.status, 'DENIED', 'requested access to the resource is denied')
        data = self.body()
        if fault:
            return self.error(fault.status, 'UNKNOWN' if fault.status >= 500 else 'DENIED', 'requested access to the resource is denied')
        if offset != len(self.registry.uploads[number]):
            return self.error(404, 'BLOB_UPLOAD_INVALID', 'upload resumed at wrong offset')
        self.registry.uploads[number] += data
        return self.answer(self.registry.taken_status, headers={'Location': re.sub(r'state=\d+', f'state={len(data)}', self.path)})

    def do_DELETE(self):
        if self.written():
            self.answer(204)

    def do_PUT(self):
        if not self.written():
            return None
        data = self.body()
        if found := re.fullmatch(r'/v2/(.+)/manifests/([^/]+)', self.path):
            media = self.headers['Content-Type']
            for name in (found[2], images.digest(data)):
                self.registry.manifests[found[1], name] = (media, data)
            return self.answer(201, headers={'Docker-Content-Digest': images.digest(data)})
        blob = self.registry.uploads[int(re.search(r'/uploads/(\d+)', self.path)[1])] + data
        digest = re.search(r'digest=(sha256(?::|%3A)[0-9a-f]+)', self.path)[1].replace('%3A', ':')
        if images.digest(blob) != digest:
            return self.error(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content')
        self.registry.blobs[digest] = blob
        return self.answer(201, headers={'Docker-Content-Digest': digest})

    def authorised(self) -> bool:
        registry, given = self.registry, self.headers.get('Authorization', '')
        if registry.auth == 'basic':
            if given == 'Basic ' + base64.b64encode(b'ann:secret').decode():
                return True
            self.error(401, 'UNAUTHORIZED', 'authentication required', {'WWW-Authenticate': 'Basic realm="test"'})
            return False
        if registry.auth == 'bearer':
            if given == 'Bearer good-token':
                return True
            scope = re.match(r'/v2/(.+)/(?:manifests|blobs)/', self.path)
            extra = f',scope="repository:{scope[1]}:pull"' if scope else ''
            self.error(401, 'UNAUTHORIZED', 'authentication required',
                       {'WWW-Authenticate': f'Bearer realm="{registry.realm}",service="test"{extra}'})
            return False
        return True

    def token(self):
        if self.registry.token_needs_password:
            if self.headers.get('Authorization') != 'Basic ' + base64.b64encode(b'ann:secret').decode():
                return self.error(401, 'UNAUTHORIZED', 'incorrect username or password')
        return self.answer(200, b'{"token":"good-token","expires_in":300}', {'Content-Type': 'application/json'})

    def manifest(self, name: str, reference: str):
        fault = self.registry.take_fault('manifest')
        if fault and fault.kind == 'status':
            return self.error(fault.status, 'UNKNOWN', 'the registry is out of order')
        if fault and fault.kind == 'stall':
            return self.registry.stalled.wait(60)
        found = self.registry.manifests.get((name, reference))
        if not found:
            return self.error(404, 'MANIFEST_UNKNOWN', 'manifest unknown')
        media, body = found
        head = {'Content-Type': media, 'Docker-Content-Digest': images.digest(body)}
        if fault and fault.kind == 'corrupt':
            body = body.replace(b'"schemaVersion"', b'"schemaVersioN"', 1)
        return self.answer(200, body, head)

    def blob(self, name: str):
        data = self.registry.blobs.get(name)
        if data is None:
            return self.error(404, 'BLOB_UNKNOWN', 'blob unknown to registry')
        fault = self.registry.take_fault(name) if self.command == 'GET' else None
        if fault and fault.kind == 'truncate':         # the registry itself holds a shorter blob
            data = data[:fault.after]
        start, status = 0, 200
        head = {'Content-Type': 'application/octet-stream', 'Docker-Content-Digest': name, 'Accept-Ranges': 'bytes'}
        if wanted := re.fullmatch(r'bytes=(\d+)-', self.headers.get('Range', '')):
            start, status = int(wanted[1]), 206
            if start >= len(data):
                return self.error(416, 'RANGE_INVALID', 'range not satisfiable')
            head['Content-Range'] = f'bytes {start}-{len(data) - 1}/{len(data)}'
        body = data[start:]
        if fault and fault.kind == 'status':
            return self.error(fault.status, 'UNKNOWN', 'the registry is out of order')
        if fault and fault.kind == 'corrupt':
            return self.answer(status, body[:-1] + bytes([body[-1] ^ 1]), head)
        if fault and fault.kind in ('cut', 'stall', 'slow'):
            return self.spoil(status, body, head, fault)
        return self.answer(status, body, head)

    def spoil(self, status: int, body: bytes, head: dict, fault: Fault):
        self.close_connection = True
        self.answer(status, body[:fault.after], {**head, 'Content-Length': str(len(body))})
        self.wfile.flush()
        if fault.kind == 'stall':
            self.registry.stalled.wait(60)
        elif fault.kind == 'slow':
            rest = body[fault.after:]
            piece = max(1, len(rest) // 20)
            for at in range(0, len(rest), piece):
                self.wfile.write(rest[at:at + piece])
                time.sleep(0.05)       # the fault itself: a slow line
        return None


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass                           # a client that goes away is what some tests are about


class Registry:
    def __init__(self, ns: NetNs, auth: str | None = None, token_needs_password: bool = False, address: str = '127.0.0.1',
                 tls: ssl.SSLContext | None = None):
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[tuple[str, str], tuple[str, bytes]] = {}
        self.requests: list[tuple[str, str, dict]] = []
        self.uploads: list[bytes] = []
        self.taken_status = 202
        self.index: list[dict] = []            # what a search finds
        self.auth, self.token_needs_password = auth, token_needs_password
        self.faults: dict[str, Fault] = {}
        self.lock = threading.Lock()
        self.stalled = threading.Event()     # set at the end: lets stalled answers go
        listener = ns.listen(host=address)
        self.port = listener.getsockname()[1]
        self.host = f'{address}:{self.port}'
        self.realm = f'http://{self.host}/token'
        if tls:
            listener = tls.wrap_socket(listener, server_side=True)
        handler = type('BoundHandler', (Handler,), {'registry': self})
        self.server = Server(('127.0.0.1', 0), handler, bind_and_activate=False)
        self.server.socket.close()
        self.server.socket = listener
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={'poll_interval': 0.1}, daemon=True)
        self.thread.start()

    def put(self, name: str, tag: str, image: images.Image) -> str:
        """Stores the image and gives the reference to pull."""
        self.blobs.update(image.blobs)
        self.manifests[name, tag] = self.manifests[name, image.digest] = (image.media_type, image.manifest)
        return f'{self.host}/{name}:{tag}'

    def put_index(self, name: str, tag: str, all_images: list[images.Image]) -> str:
        for image in all_images:
            self.put(name, image.digest, image)
        media, body = images.index(all_images)
        self.manifests[name, tag] = self.manifests[name, images.digest(body)] = (media, body)
        return f'{self.host}/{name}:{tag}'

    def spoil(self, where: str, fault: Fault):
        with self.lock:
            self.faults[where] = fault

    def take_fault(self, where: str) -> Fault | None:
        with self.lock:
            fault = self.faults.get(where)
            if not fault or fault.times == 0:
                return None
            fault.times -= 1
            return fault

    def asked(self, path_part: str) -> list[tuple[str, str, dict]]:
        return [request for request in self.requests if path_part in request[1]]

    def close(self):
        self.stalled.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
