"""Runs the compiled tests of a build tree (those ctest knows), three at a time (they mostly wait), and counts Boost.Test cases one by one.

usage: native.py BUILD_DIR COUNTS_FILE
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def listed(build: str) -> list[dict]:
    shown = subprocess.run(['ctest', '--test-dir', build, '--show-only=json-v1'], capture_output=True, text=True, check=True).stdout
    return json.loads(shown)['tests']


def properties(test: dict) -> dict:
    return {p['name']: p['value'] for p in test.get('properties', [])}


def cases(report: Path) -> tuple[int, int, int] | None:
    """passed, failed, skipped of a Boost.Test JUnit report."""
    text = report.read_text(errors='replace') if report.exists() else ''
    count = [0, 0, 0]
    for case in text.split('<testcase ')[1:]:          # no XML parser: Boost writes messages that are none
        count[2 if '<skipped' in case else 1 if '<failure' in case or '<error' in case else 0] += 1
    return tuple(count) if sum(count) else None


def run(test: dict, where: str) -> tuple[str, tuple[int, int, int], str, float]:
    settings = properties(test)
    report = Path(where, re.sub(r'\W', '_', test['name']) + '.xml')
    environment = {**os.environ, 'BOOST_TEST_LOGGER': f'HRF,error,stdout:JUNIT,all,{report}'}
    environment.update(entry.split('=', 1) for entry in settings.get('ENVIRONMENT', []))
    if 'command' not in test:
        return test['name'], (0, 1, 0), 'not built', 0.0
    begun = time.monotonic()
    try:
        done = subprocess.run(test['command'], cwd=settings.get('WORKING_DIRECTORY'), env=environment, capture_output=True,
                              text=True, errors='replace', timeout=float(settings.get('TIMEOUT', 300)), stdin=subprocess.DEVNULL)
        code, output = done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired as late:
        code, output = -1, f'{(late.stdout or b"").decode(errors="replace")}\ntimed out'
    seconds = time.monotonic() - begun
    if code == settings.get('SKIP_RETURN_CODE'):
        return test['name'], (0, 0, 1), output, seconds
    count = cases(report) or ((1, 0, 0) if code == 0 else (0, 1, 0))
    if code != 0 and count[1] == 0:                    # crashed after its cases, or a sanitizer spoke
        count = (count[0], 1, count[2])
    return test['name'], count, output, seconds


def main() -> int:
    build, counts_file = sys.argv[1:3]
    total = [0, 0, 0]
    with tempfile.TemporaryDirectory() as where, concurrent.futures.ThreadPoolExecutor(3) as pool:
        for name, count, output, seconds in pool.map(lambda test: run(test, where), listed(build)):
            total = [a + b for a, b in zip(total, count, strict=True)]
            print(f'{name}: {count[0]} passed, {count[1]} failed, {count[2]} skipped in {seconds:.1f} s', flush=True)
            if count[1] or count[2]:
                print('\n'.join('    ' + line for line in output.strip().splitlines()[-60:]), flush=True)
    Path(counts_file).write_text(' '.join(map(str, total)) + '\n')
    return 1 if total[1] else 0


sys.exit(main())
