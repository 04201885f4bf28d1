"""A plain web server in this process, listening inside an engine's namespace."""
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Pages(ThreadingHTTPServer):
    """`pages` by path; `asked` are the paths that were asked for."""
    daemon_threads = True

    def __init__(self, ns):
        self.pages: dict[str, tuple[int, bytes, dict]] = {}
        self.asked: list[str] = []
        listener = ns.listen()
        super().__init__(('127.0.0.1', 0), Page, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.url = f'http://127.0.0.1:{listener.getsockname()[1]}'
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.1}, daemon=True).start()

    def put(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        self.pages[path] = status, body, {key.replace('_', '-'): value for key, value in headers.items()}
        return self.url + path

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Page(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        status, body, headers = self.server.pages.get(self.path, (404, b'no such page', {}))
        self.send_response(status)
        for key, value in {'Content-Length': str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)
