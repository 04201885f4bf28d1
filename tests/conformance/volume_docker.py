"""The volume suite on a driver behind Docker's plugin protocol, in a process of its own.

usage: volume_docker.py CHECKER PLUGIN.so
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

DRIVER = Path(__file__).parent.parent / 'e2e/harness/volume_driver.py'


def main() -> int:
    checker, plugin = sys.argv[1:3]
    with tempfile.TemporaryDirectory(prefix='gt-') as where:
        driver = subprocess.Popen([sys.executable, str(DRIVER), '--socket', f'{where}/shelf.sock', '--root', f'{where}/volumes',
                                   '--log', f'{where}/log', '--control', f'{where}/control'], stdout=subprocess.PIPE, text=True)
        try:
            assert driver.stdout.readline() == 'ready\n'
            config = json.dumps({'sockets': [where], 'specs': [], 'retry_for': 0})
            return subprocess.run([checker, '--config', config, '--driver', 'shelf', plugin]).returncode
        finally:
            driver.kill()
            driver.wait()


if __name__ == '__main__':
    sys.exit(main())
