"""Host to a container's own address: both engines run the same kernel code here, so that a ratio of medians says more of
the minute than of the engine. Samples are short, in random order, many, and the second gantryd is the control: what it
differs by from the first is the error of the method. Prints ratios to the first target with their 95 % intervals.

usage: parity.py SAMPLES TOOL name=socket,netns …      TOOL: ../shared/bench/benchtool.c, built static"""
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile

DOCKER = os.environ.get('BENCH_DOCKER', 'docker')
NAME = 'parity'
BYTES = 200_000_000


class Target:
    def __init__(self, text, tool):
        self.name, rest = text.split('=', 1)
        self.socket, self.netns = rest.split(',')
        self.tool = tool

    def docker(self, *args):
        done = subprocess.run([DOCKER, '-H', 'unix://' + self.socket, *args], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f'{self.name}: docker {args[0]}: {done.stderr}')
        return done.stdout.strip()

    def start(self, archive):
        self.docker('import', archive, NAME)
        self.docker('run', '-d', '--name', NAME, '-p', '18080:80', NAME, '/benchtool', 'serve', '80')
        address = self.docker('inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', NAME)
        self.address = f'tcp:{address}:80'

    def stop(self):
        subprocess.run([DOCKER, '-H', 'unix://' + self.socket, 'rm', '-f', NAME], capture_output=True)

    def client(self, command, *args):
        done = subprocess.run(['ip', 'netns', 'exec', self.netns, self.tool, command, self.address, *args],
                              capture_output=True, text=True, timeout=100)
        return json.loads(done.stdout.splitlines()[-1])


ROWS = {
    'down': lambda t: BYTES / t.client('get', f'/bytes/{BYTES}')['secs'],
    'up': lambda t: BYTES / t.client('put', str(BYTES))['secs'],
    'requests, 1 connection': lambda t: t.client('load', '/', '1', '0.5')['rps'],
    'requests, 8 connections': lambda t: t.client('load', '/', '8', '0.5')['rps'],
    'new connections': lambda t: t.client('load', '/', '4', '5', 'close', '3000')['rps'],
}


def interval(ours, theirs):
    """95 % of the ratio of medians, by drawing the samples again."""
    def median(values):
        return statistics.median(random.choices(values, k=len(values)))
    ratios = sorted(median(ours) / median(theirs) for _ in range(2000))
    return ratios[50], ratios[-51]


def report(row, targets, samples):
    first = samples[row, targets[0].name]
    for target in targets[1:]:
        own = samples[row, target.name]
        low, high = interval(own, first)
        print(f'{row:26}{target.name:>12}{statistics.median(own) / statistics.median(first):8.3f}   [{low:.3f}, {high:.3f}]', flush=True)


def main():
    count, tool = int(sys.argv[1]), sys.argv[2]
    targets = [Target(text, tool) for text in sys.argv[3:]]
    samples = {(row, target.name): [] for row in ROWS for target in targets}
    try:
        with tempfile.NamedTemporaryFile(suffix='.tar') as archive:
            subprocess.run(['tar', '-C', os.path.dirname(tool), '-cf', archive.name, os.path.basename(tool)], check=True)
            for target in targets:
                target.start(archive.name)
        for _ in range(count):
            for row, measure in ROWS.items():
                for target in random.sample(targets, len(targets)):
                    samples[row, target.name].append(measure(target))
    finally:
        for target in targets:
            target.stop()
    print(f'ratios to {targets[0].name}, {count} samples each')
    for row in ROWS:
        report(row, targets, samples)


main()
