#!/usr/bin/env python3
"""A volume driver behind Docker's plugin protocol, in a process of its own: directories below --root.

Written from the protocol's documentation; knows nothing of the engine. Misbehaves when the file --control (JSON: method ->
{"hang": true, "delay": seconds, "error": text, "status": number, "body": text, "raw": text, "huge": bytes, "die": true,
"drip": true}) says so. Every request is appended to --log as a line of JSON.
"""
import argparse
import json
import os
import shutil
import socketserver
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

TYPE = 'application/vnd.docker.plugins.v1.1+json'


class Driver:
    def __init__(self, options):
        self.root, self.scope = Path(options.root), options.scope
        self.log, self.control, self.implements = options.log, options.control, options.implements.split(',')
        self.lock = threading.Lock()
        self.mounts: dict[str, set] = {}

    def note(self, method: str, body: dict, headers: dict):
        with self.lock, open(self.log, 'a') as log:
            log.write(json.dumps({'method': method, 'body': body, 'headers': headers}) + '\n')

    def trouble(self, method: str) -> dict:
        try:
            return json.loads(Path(self.control).read_text()).get(method, {})
        except (FileNotFoundError, ValueError):
            return {}

    def path(self, name: str) -> Path:
        return self.root / name

    def volume(self, name: str) -> dict:
        shown = {'Name': name, 'CreatedAt': '2024-02-03T04:05:06Z', 'Status': {'shelf': 7, 'tags': ['a']}}
        if self.mounts.get(name):
            shown['Mountpoint'] = str(self.path(name))
        return shown

    def answer(self, method: str, body: dict) -> dict:
        name = body.get('Name', '')
        if method == 'Plugin.Activate':
            return {'Implements': self.implements}
        if method == 'VolumeDriver.Capabilities':
            return {'Capabilities': {'Scope': self.scope}}
        if method == 'VolumeDriver.List':
            return {'Volumes': [self.volume(p.name) for p in sorted(self.root.iterdir())], 'Err': ''}
        if method == 'VolumeDriver.Create':
            if 'refuse' in (body.get('Opts') or {}):
                return {'Err': 'this driver refuses: ' + body['Opts']['refuse']}
            self.path(name).mkdir(exist_ok=True)
            return {'Err': ''}
        if not self.path(name).is_dir():
            return {'Err': f'{name} is not on the shelf'}
        if method == 'VolumeDriver.Remove':
            if self.mounts.get(name):
                return {'Err': f'{name} is mounted'}
            shutil.rmtree(self.path(name))
        elif method == 'VolumeDriver.Mount':
            self.mounts.setdefault(name, set()).add(body['ID'])
            return {'Mountpoint': str(self.path(name)), 'Err': ''}
        elif method == 'VolumeDriver.Unmount':
            self.mounts.get(name, set()).discard(body['ID'])
        elif method == 'VolumeDriver.Path':
            return {'Mountpoint': str(self.path(name)) if self.mounts.get(name) else '', 'Err': ''}
        elif method == 'VolumeDriver.Get':
            return {'Volume': self.volume(name), 'Err': ''}
        return {'Err': ''}


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    driver: Driver

    def address_string(self):
        return 'peer'

    def log_message(self, *_):
        pass

    def do_POST(self):
        method = self.path.lstrip('/')
        data = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        body = json.loads(data) if data.strip() else {}
        self.driver.note(method, body, dict(self.headers.items()))
        trouble = self.driver.trouble(method)
        if trouble.get('die'):
            os._exit(1)
        if trouble.get('hang'):
            while True:
                time.sleep(3600)
        time.sleep(trouble.get('delay', 0))
        if 'raw' in trouble:
            self.close_connection = True
            self.wfile.write(trouble['raw'].encode())
            return
        text = json.dumps(self.driver.answer(method, body)).encode() + b'\n'
        if 'error' in trouble:
            text = json.dumps({'Err': trouble['error']}).encode()
        text = trouble.get('body', '').encode() or text
        self.send_response(trouble.get('status', 200))
        self.send_header('Content-Type', TYPE)
        self.send_header('Content-Length', str(trouble.get('huge', len(text))))
        self.end_headers()
        if 'huge' in trouble:
            for _ in range(trouble['huge'] // 65536):
                self.wfile.write(b' ' * 65536)
        elif trouble.get('drip'):
            while True:
                self.wfile.write(b' ')
                self.wfile.flush()
                time.sleep(0.2)
        else:
            self.wfile.write(text)


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


class TcpServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--socket')
    parser.add_argument('--port', type=int)
    parser.add_argument('--tls', nargs=3, metavar=('CERT', 'KEY', 'CA'))
    parser.add_argument('--root', required=True)
    parser.add_argument('--scope', default='local')
    parser.add_argument('--implements', default='VolumeDriver')
    parser.add_argument('--log', required=True)
    parser.add_argument('--control', required=True)
    options = parser.parse_args()
    Path(options.root).mkdir(parents=True, exist_ok=True)
    Handler.driver = Driver(options)
    if options.socket:
        Path(options.socket).unlink(missing_ok=True)
        server = UnixServer(options.socket, Handler)
    else:
        server = TcpServer(('127.0.0.1', options.port), Handler)
    if options.tls:
        certificate, key, authority = options.tls
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(authority)
        context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print('ready', flush=True)
    server.serve_forever()


if __name__ == '__main__':
    main()
