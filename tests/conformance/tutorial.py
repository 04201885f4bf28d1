"""Follows docs/sdk.md literally: installs the SDK, takes the files out of the page, builds them where nothing of
the source tree is in sight, and runs the checker; then the installed examples, by CMake and by pkg-config.

usage: tutorial.py BUILD_DIR DOCS_SDK_MD
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def run(*argv, **options):
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=280, **options)
    if done.returncode != 0:
        sys.exit(f'{" ".join(map(str, argv))}: exit code {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout


def build(source: Path, into: Path, prefix: Path):
    run('cmake', '-S', source, '-B', into, f'-DCMAKE_PREFIX_PATH={prefix}')
    run('cmake', '--build', into)


def main() -> None:
    tree, page = Path(sys.argv[1]), Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as where:
        work = Path(where)
        sdk, checker = work / 'gantry-sdk', work / 'gantry-sdk/bin/gantry-plugin-check'
        run('cmake', '--install', tree, '--component', 'sdk', '--prefix', sdk)

        blocks = re.findall(r'<!-- file: (\S+) -->\n```\w+\n(.*?)```', page.read_text(), re.S)
        assert [name for name, _ in blocks] == ['shelf/CMakeLists.txt', 'shelf/shelf.cpp',
                                                'notebook/CMakeLists.txt', 'notebook/notebook.cpp'], blocks
        for name, text in blocks:
            (work / name).parent.mkdir(exist_ok=True)
            (work / name).write_text(text)
        promises = re.findall(r'ends with `(\d+ passed[^`]*)`', page.read_text())
        for plugin, promised in zip(('shelf/build/volume-shelf.so', 'notebook/build/log-notebook.so'), promises, strict=True):
            source = (work / plugin).parent.parent
            build(source, source / 'build', sdk)
            last = run(checker, work / plugin).strip().splitlines()[-1]
            assert last == promised, f'the page promises "{promised}", the checker says "{last}" of {plugin}'

        examples = next(sdk.rglob('gantry-sdk/examples'))
        build(examples, work / 'examples', sdk)
        run('ctest', '--test-dir', work / 'examples')

        pkg_config = next(sdk.rglob('gantry-sdk.pc')).parent
        flags = run('pkg-config', '--cflags', 'gantry-sdk', env={**os.environ, 'PKG_CONFIG_PATH': str(pkg_config)}).split()
        by_hand = work / 'volume-example-c.so'
        run('cc', '-std=c99', '-fPIC', '-shared', '-fvisibility=hidden', *flags,
            examples / 'c-volume/volume_example.c', '-o', by_hand)
        run(checker, by_hand)


main()
