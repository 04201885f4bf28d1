"""The log driver suite with a journald of its own, in a mount namespace with its own /run, and what the journal has then.
Exit code 77 (skipped) where there is no journald, or no namespaces.

usage: log_journald.py CHECKER PLUGIN.so
"""
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

JOURNALD = Path('/lib/systemd/systemd-journald')
SETTINGS = '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nForwardToSyslog=no\nRateLimitBurst=0\n'
CONTAINER = 'a' * 64


def start_journald() -> subprocess.Popen:
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', '/run'], check=True)
    for directory in ('systemd/journal', 'systemd/journald.conf.d', 'log/journal'):
        Path('/run', directory).mkdir(parents=True)
    Path('/run/systemd/journald.conf.d/test.conf').write_text(SETTINGS)
    ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ready.bind('/run/ready')
    ready.settimeout(60)
    journald = subprocess.Popen([JOURNALD], env={**os.environ, 'NOTIFY_SOCKET': '/run/ready'}, stderr=subprocess.DEVNULL)
    while b'READY=1' not in ready.recv(4096):
        pass
    return journald


def entries() -> list[dict]:
    subprocess.run(['journalctl', '--sync'], check=True)
    out = subprocess.run(['journalctl', '--directory=/run/log/journal', '--all', '--output=json', f'CONTAINER_ID_FULL={CONTAINER}'],
                         check=True, capture_output=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def text_of(entry: dict) -> bytes:
    message = entry['MESSAGE']  # what is no text comes as numbers
    return message.encode() if isinstance(message, str) else bytes(message)


def compare(found: list[dict]) -> None:
    texts = [text_of(entry) for entry in found]
    assert texts.count(b'one of many') == 2000, texts.count(b'one of many')
    assert bytes(byte for byte in range(256) if byte != 10) in texts, 'a line of all bytes'
    assert b'\0' * 16384 in texts and b'x' * 16384 in texts, 'the longest lines'
    assert {entry['COM_EXAMPLE_LABEL'] for entry in found} == {'two\nlines'}
    assert {entry['SYSLOG_IDENTIFIER'] for entry in found} == {CONTAINER[:12]}
    assert {entry['PRIORITY'] for entry in found} == {'3', '6'}
    pieces = [entry for entry in found if entry.get('CONTAINER_PARTIAL_ORDINAL') == '1' and entry['PRIORITY'] == '6']
    line = [(entry['CONTAINER_PARTIAL_ORDINAL'], entry['CONTAINER_PARTIAL_LAST']) for entry in found
            if entry.get('CONTAINER_PARTIAL_ID') == pieces[0]['CONTAINER_PARTIAL_ID']]
    assert line == [('1', 'false'), ('2', 'false'), ('3', 'true')], line


def inside(checker: str, plugin: str) -> int:
    journald = start_journald()
    try:
        code = subprocess.run([checker, plugin]).returncode
        compare(entries())
        return code
    finally:
        journald.terminate()
        journald.wait()


def main() -> int:
    if sys.argv[1] == '--inside':
        return inside(*sys.argv[2:4])
    if not JOURNALD.exists() or not shutil.which('journalctl') or subprocess.run(['unshare', '-m', 'true']).returncode != 0:
        print('skipped: no journald, or no namespaces')
        return 77
    return subprocess.run(['unshare', '-m', sys.executable, __file__, '--inside', *sys.argv[1:3]]).returncode


if __name__ == '__main__':
    sys.exit(main())
