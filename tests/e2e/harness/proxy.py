"""A forward proxy in this process, listening inside an engine's namespace: CONNECT, and requests in absolute form."""
import base64
import select
import socket
import threading
from urllib.parse import urlsplit

from .netns import NetNs


class Proxy:
    """Connects from its namespace to whatever it is asked for. `asked` has the first lines of the requests."""

    def __init__(self, ns: NetNs, login: str | None = None):
        self.ns, self.login = ns, login
        self.asked: list[str] = []
        self.listener = ns.listen(host=ns.address)
        self.host = f'{ns.address}:{self.listener.getsockname()[1]}'
        self.open: list[socket.socket] = []
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket):
        upstream = None
        try:
            head = b''
            while b'\r\n\r\n' not in head:
                if not (data := client.recv(65536)):
                    return
                head += data
            head, _, rest = head.partition(b'\r\n\r\n')
            line, *headers = head.decode().split('\r\n')
            self.asked.append(line)
            sent = {name.lower(): value.strip() for name, _, value in (header.partition(':') for header in headers)}
            if self.login and sent.get('proxy-authorization') != 'Basic ' + base64.b64encode(self.login.encode()).decode():
                client.sendall(b'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
                return
            method, target, version = line.split(' ')
            if method == 'CONNECT':
                host, port = target.rsplit(':', 1)
                upstream = self.ns.connect(int(port), host, timeout=20)
                client.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
                upstream.sendall(rest)
            else:                              # one request per connection: its answer ends with the connection
                url = urlsplit(target)
                upstream = self.ns.connect(url.port or 80, url.hostname, timeout=20)
                path = url.path + ('?' + url.query if url.query else '')
                kept = [header for header in headers if not header.lower().startswith(('proxy-', 'connection:'))]
                upstream.sendall('\r\n'.join([f'{method} {path} {version}', *kept, 'Connection: close', '', '']).encode() + rest)
            self.pump(client, upstream)
        except OSError:
            pass
        finally:
            client.close()
            if upstream:
                upstream.close()

    @staticmethod
    def pump(one: socket.socket, other: socket.socket):
        while True:
            for ready in select.select([one, other], [], [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                (other if ready is one else one).sendall(data)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for client in self.open:
            with_end(client)
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def with_end(client: socket.socket):
    try:
        client.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass                                   # closed already
