"""Git repositories on a web server in this process, listening inside an engine's namespace."""
import base64
import shutil
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from . import paths

PLAIN = {'GIT_CONFIG_NOSYSTEM': '1', 'GIT_CONFIG_GLOBAL': '/dev/null', 'HOME': '/dev/null', 'LC_ALL': 'C', 'PATH': paths.SYSTEM_PATH,
         **{f'GIT_{who}_{what}': value for who in ('AUTHOR', 'COMMITTER')
            for what, value in (('NAME', 'ann'), ('EMAIL', 'ann@example'), ('DATE', '1600000000 +0000'))}}


def git(*args, cwd: Path | None = None, input: str | None = None) -> str:
    done = subprocess.run(['git', '-c', 'init.defaultBranch=master', '-c', 'protocol.file.allow=always', *map(str, args)], cwd=cwd, input=input,
                          env=PLAIN, capture_output=True, text=True)
    assert done.returncode == 0, (args, done.stderr)
    return done.stdout.strip()


class Repository:
    """A working copy; what it commits is served at once."""

    def __init__(self, tree: Path, url: str):
        self.tree, self.url = tree, url
        git('init', '-q', tree)

    def commit(self, files: dict | None = None) -> str:
        """Text or bytes by name; ('link', target): a link; None: it goes. The commit's id."""
        for name, content in (files or {}).items():
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            if isinstance(content, tuple):
                path.symlink_to(content[1])
            elif content is not None:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        self('add', '-A')
        self('commit', '-q', '--allow-empty', '-m', 'change')
        return self('rev-parse', 'HEAD')

    def __call__(self, *args) -> str:
        return git(*args, cwd=self.tree)


class Repositories(ThreadingHTTPServer):
    """`login`: "name:password" that is asked for; `asked`: the requests' paths; `logins`: what they had of them; `elsewhere`: the host that all
    are sent to; `old`: git's first protocol, where only branches and tags can be asked for."""
    daemon_threads = True

    def __init__(self, ns):
        if shutil.which('git') is None:
            pytest.skip('no git')
        self.dir = Path(tempfile.mkdtemp(prefix='gt-git-', dir=paths.SCRATCH))
        self.login, self.asked, self.came, self.go_on = '', [], threading.Event(), threading.Event()
        self.logins, self.elsewhere, self.old = [], '', False
        self.go_on.set()
        listener = ns.listen()
        super().__init__(('127.0.0.1', 0), Request, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.host = f'127.0.0.1:{listener.getsockname()[1]}'
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.1}, daemon=True).start()

    def make(self, name: str = 'repo', files: dict | None = None) -> Repository:
        repository = Repository(self.dir / name, f'http://{self.host}/{name}.git')
        if files is not None:
            repository.commit(files)
        return repository

    def hold(self):
        self.came.clear()
        self.go_on.clear()

    def __exit__(self, *_):
        self.go_on.set()
        self.shutdown()
        self.server_close()
        shutil.rmtree(self.dir, ignore_errors=True)


class Request(BaseHTTPRequestHandler):
    """As a web server runs git's own program for this."""

    def log_message(self, *_):
        pass

    def answer(self):
        self.server.asked.append(self.path)
        self.server.came.set()
        self.server.go_on.wait()
        size = int(self.headers.get('Content-Length') or 0)
        body = self.chunks() if self.headers.get('Transfer-Encoding') == 'chunked' else self.rfile.read(size)
        if 'Authorization' in self.headers:
            self.server.logins.append(self.headers['Authorization'])
        if self.server.elsewhere:
            self.send_response(302)
            self.send_header('Location', f'http://{self.server.elsewhere}{self.path}')
            self.send_header('Content-Length', '0')
            return self.end_headers()
        expected = 'Basic ' + base64.b64encode(self.server.login.encode()).decode()
        if self.server.login and self.headers.get('Authorization', '').lower() != expected.lower():
            self.send_response(401)
            self.send_header('WWW-Authenticate', 'Basic realm="git"')
            self.send_header('Content-Length', '0')
            return self.end_headers()
        path, _, query = self.path.partition('?')
        name, _, rest = path.lstrip('/').partition('.git/')
        env = {**PLAIN, 'GIT_HTTP_EXPORT_ALL': '1', 'GIT_PROJECT_ROOT': str(self.server.dir), 'PATH_INFO': f'/{name}/.git/{rest}',
               'QUERY_STRING': query, 'REQUEST_METHOD': self.command, 'CONTENT_TYPE': self.headers.get('Content-Type', ''),
               'HTTP_CONTENT_ENCODING': self.headers.get('Content-Encoding', ''), 'GIT_PROTOCOL': '' if self.server.old else self.headers.get('Git-Protocol', ''),
               'REMOTE_ADDR': '127.0.0.1', 'CONTENT_LENGTH': str(len(body)), 'GIT_CONFIG_COUNT': '1', 'GIT_CONFIG_KEY_0': 'safe.directory',
               'GIT_CONFIG_VALUE_0': '*'}
        said = subprocess.run(['git', 'http-backend'], input=body, env=env, capture_output=True).stdout
        head, _, content = said.partition(b'\r\n\r\n')
        fields = dict(line.split(': ', 1) for line in head.decode().split('\r\n') if ': ' in line)
        self.send_response(int(fields.pop('Status', '200').split()[0]))
        for key, value in {**fields, 'Content-Length': str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

    def chunks(self) -> bytes:
        body = b''
        while size := int(self.rfile.readline().split(b';')[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body
