"""The rules of the house as functions over a source tree: each gives a list of `file:line: what is wrong`.

Kept apart from the tests so that the tests can also feed them planted faults.
"""
import re
import statistics
from pathlib import Path

SOURCE = ('.cpp', '.hpp', '.h', '.c')
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# docs/architecture.md: a folder of the core includes itself and these, nothing back.
BELOW = ('base',)
MIDDLE = ('domain', 'config', 'json', 'base')
LAYERS = {
    'base': (), 'json': ('base',), 'config': ('json', 'base'), 'domain': ('config', 'json', 'base'),
    'state': MIDDLE, 'pluginhost': MIDDLE, 'ports': MIDDLE,
    'devices': ('json', 'base'),
    'images': ('state', *MIDDLE),             # what is known of images is in the journal
    'build': ('images', *MIDDLE),             # a build changes the configuration of images
    'services': ('devices', 'build', 'images', 'ports', 'state', 'pluginhost', *MIDDLE),
    'http': ('json', 'base'),
    'grpc': ('base',),
    'buildkit': ('grpc', 'services', 'devices', 'build', 'images', 'ports', 'state', 'pluginhost', *MIDDLE),
    'api': ('http', 'buildkit', 'grpc', 'services', 'devices', 'build', 'images', 'ports', 'state', 'pluginhost', *MIDDLE),
    'main': ('api', 'http', 'buildkit', 'grpc', 'services', 'devices', 'build', 'images', 'ports', 'state', 'pluginhost', *MIDDLE),
}
# The folders of core/services, in the same way: each includes what stands to its right.
SERVICES = ('builds', 'engine', 'containers', 'processes', 'logs', 'start', 'world', 'networks', 'volumes', 'images', 'base')
# library header prefix -> places under the checkout that may include it
CONFINED = {
    'Poco/': ('core/http/', 'core/images/registry'),
    'rapidjson/': ('core/json/', 'plugins/', 'sdk/', 'tests/'),
    'toml++/': ('core/config/',),
    'toml.hpp': ('core/config/',),
    'gantry/': ('core/pluginhost/', 'sdk/', 'plugins/', 'tests/'),
    'boost/asio': ('core/ports/', 'plugins/volume-docker/'),
    'yaml-cpp/': ('core/devices/yaml',),
    'nghttp2/': ('core/grpc/', 'tests/'),
    'msgpack': ('plugins/log-remote/', 'tests/'),
    'google/protobuf': ('core/buildkit/',),
    'sqlite3.h': ('core/state/', 'core/images/', 'tests/'),
}
LINUX = ('sys/epoll.h', 'sys/eventfd.h', 'sys/signalfd.h', 'sys/timerfd.h', 'sys/inotify.h', 'sys/prctl.h', 'sys/sendfile.h', 'linux/', 'netlink/',
         'nftables/', 'libnftables', 'seccomp.h', 'sched.h', 'sys/mount.h', 'sys/pidfd.h', 'sys/sysinfo.h', 'sys/capability.h')
LINUX_HOME = ('plugins/runtime-oci/', 'tests/')
BANNED_NAME = re.compile(r'(^|[_\-/])(utils?|common|managers?|helpers?|misc)([_\-./]|$)', re.I)
MACHINE_PATH = re.compile(r'/work/(main|shared)|/tmp/(build|brief|tests|ref)\b|/root/\.(pyenv|cargo)|/home/(?!ann\b|user\b|me\b|you\b)[a-z]\w+/')
MARK = re.compile(r'\b(TODO|FIXME|XXX|HACK|stub)\b|not implemented yet')
HARD_LIMIT, WAIVER, MEDIAN = 400, 440, 130


class Tree:
    def __init__(self, root: Path, folders=('core', 'cli', 'sdk', 'plugins', 'tests', 'scripts', 'docs', 'cmake', '.ci')):
        self.root, self.folders = root, folders

    def files(self, *suffixes: str):
        for folder in self.folders:
            for path in sorted((self.root / folder).rglob('*')):
                if path.is_file() and (not suffixes or path.suffix in suffixes) and '__pycache__' not in path.parts:
                    yield path.relative_to(self.root).as_posix(), path

    def sources(self, *places: str):
        return [(name, path) for name, path in self.files(*SOURCE) if not places or name.startswith(places)]

    def lines(self, path: Path):
        return enumerate(path.read_text(errors='replace').splitlines(), 1)

    def includes(self, path: Path):
        for number, line in self.lines(path):
            if found := INCLUDE.match(line):
                yield number, found[2], found[1] == '"'


def layers(tree: Tree) -> list[str]:
    found = []
    for name, path in tree.sources('core/'):
        mine = name.split('/')[1]
        if mine not in LAYERS:
            found.append(f'{name}:1: core/{mine} is no folder of docs/architecture.md')
            continue
        for number, header, quoted in tree.includes(path):
            if not quoted:
                continue
            if not header.startswith('core/'):
                if '/' in header or not (path.parent / header).exists():
                    found.append(f'{name}:{number}: "{header}": the core includes by full path, "core/…"')
                continue
            other = header.split('/')[1]
            if other != mine and other not in LAYERS[mine]:
                found.append(f'{name}:{number}: {mine} must not include {other}')
    return found


def services_in_order(tree: Tree) -> list[str]:
    found = []
    for name, path in tree.sources('core/services/'):
        mine = name.split('/')[2]
        if mine not in SERVICES:
            found.append(f'{name}:1: core/services/{mine} is no folder of docs/architecture.md')
            continue
        for number, header, _ in tree.includes(path):
            other = header.split('/')[2] if header.startswith('core/services/') else mine
            if other not in SERVICES[SERVICES.index(mine):]:
                found.append(f'{name}:{number}: services/{mine} must not include services/{other}')
    return found


def plugins_stand_alone(tree: Tree) -> list[str]:
    found = []
    for name, path in tree.sources('plugins/', 'sdk/'):
        mine = name.split('/')[1]
        for number, header, _ in tree.includes(path):
            if header.startswith('core/') or '/core/' in header:
                found.append(f'{name}:{number}: {name.split("/")[0]} must not include the core')
            other = re.search(r'(?:^|/)((?:runtime|net|volume|log)-[a-z]+)/', header)
            if other and other[1] != mine:
                found.append(f'{name}:{number}: plugins do not include each other')
    return found


def confined_libraries(tree: Tree) -> list[str]:
    found = []
    for name, path in tree.sources():
        for number, header, quoted in tree.includes(path):
            for prefix, homes in CONFINED.items():
                if header.startswith(prefix) and not quoted and not name.startswith(homes):
                    found.append(f'{name}:{number}: <{header}> belongs in {", ".join(homes)}')
            if header.startswith('rapidjson/') and name.startswith('core/json/') and name.endswith('.hpp'):
                found.append(f'{name}:{number}: RapidJSON stays inside the .cpp files of core/json')
    return found


def linux_stays_home(tree: Tree) -> list[str]:
    found = []
    for name, path in tree.sources():
        if name.startswith(LINUX_HOME) or re.search(r'_(linux|posix|darwin)\.(cpp|hpp)$', name):
            continue
        found += [f'{name}:{number}: <{header}> is Linux only: a *_linux.cpp or runtime-oci'
                  for number, header, quoted in tree.includes(path) if not quoted and header.startswith(LINUX)]
    return found


def file_length(tree: Tree) -> list[str]:
    lengths = {name: sum(1 for _ in tree.lines(path)) for name, path in tree.sources()}
    found = [f'{name}:1: {lines} lines (limit {HARD_LIMIT}, hardly any above)' for name, lines in lengths.items()
             if lines > WAIVER]
    long = [name for name, lines in lengths.items() if lines > HARD_LIMIT and not name.startswith('tests/')]
    if len(long) > max(1, len(lengths) // 50):
        found.append(f'{len(long)} files above {HARD_LIMIT} lines: {", ".join(long)}')
    if lengths and statistics.median(lengths.values()) > MEDIAN:
        found.append(f'the median file has {statistics.median(lengths.values())} lines (limit {MEDIAN})')
    return found


def names(tree: Tree) -> list[str]:
    found = [f'{name}:1: name the thing, not "{BANNED_NAME.search(name)[2]}"' for name, _ in tree.files()
             if BANNED_NAME.search(name) and 'service_manager' not in name]          # systemd is one, by its own name
    found += [f'{name}:1: source files are snake_case' for name, path in tree.sources() if path.stem != path.stem.lower() or ' ' in name or '-' in path.stem]
    return found


def headers_open_with_a_comment(tree: Tree) -> list[str]:
    found = []
    for name, path in tree.files('.hpp', '.h'):
        first = path.read_text(errors='replace').lstrip()
        if not first.startswith(('//', '/*')):
            found.append(f'{name}:1: a header begins with a comment: purpose, threads, ownership, errors')
        if '#pragma once' not in first and '#ifndef' not in first:
            found.append(f'{name}:1: no include guard')
    return found


def no_marks(tree: Tree) -> list[str]:
    """Unfinished business is a clear error and a line in docs/what-works.md, not a mark in the code."""
    return [f'{name}:{number}: {line.strip()[:80]}' for name, path in tree.sources('core/', 'sdk/', 'plugins/', 'cli/')
            for number, line in tree.lines(path) if MARK.search(line)]


def no_machine_paths(tree: Tree) -> list[str]:
    return [f'{name}:{number}: {line.strip()[:80]}' for name, path in tree.files()
            if not name.startswith('tests/lint/') and path.suffix not in ('.snap', '.png')
            for number, line in tree.lines(path) if MACHINE_PATH.search(line)]


def bare_calls(tree: Tree) -> list[str]:
    """No bare new, delete, close, fork outside the few RAII wrappers."""
    word = re.compile(r'(?<![\w:.>])(?:::)?v?fork\s*\(|(?<![\w:.>])(?:::)?close\s*\(\s*[\w.]+|\bdelete\s+[\w*]|\bdelete\[\]|\bnew\s+[A-Z]\w*\s*[({]')
    # supervisor and init fork and close inherited descriptors: system calls are their trade
    allowed = re.compile(r'core/base/|core/json/|plugins/[^/]+/base/|plugins/runtime-oci/(shim|init)/|.*unique_fd|sdk/|tests/')
    found = []
    for name, path in tree.sources('core/', 'plugins/', 'cli/'):
        for number, line in tree.lines(path) if not allowed.match(name) else ():
            code = re.sub(r'"[^"]*"', '""', line.split('//')[0])
            if word.search(code) and not re.search(r'delete (element|chain|table|rule)', code) and 'unique_ptr' not in code and 'shared_ptr' not in code and '= delete' not in code:
                found.append(f'{name}:{number}: {line.strip()[:80]}')
    return found


def held_lists(tree: Tree) -> list[str]:
    """`for (x : *f())` frees what a smart pointer from f() holds before the first turn."""
    loop = re.compile(r'for \([^;]*: \*[\w.>-]+\(')
    return [f'{name}:{number}: {line.strip()[:80]}' for name, path in tree.sources('core/', 'plugins/', 'cli/', 'sdk/')
            for number, line in tree.lines(path) if loop.search(line)]


def no_sleeping(tree: Tree) -> list[str]:
    """Nothing polls on a short timer; no sleep as synchronisation."""
    word = re.compile(r'\b(sleep_for|sleep_until|usleep|nanosleep|Thread::sleep)\b|[^\w_]sleep\(')
    return [f'{name}:{number}: {line.strip()[:80]}' for name, path in tree.sources('core/', 'plugins/', 'cli/')
            for number, line in tree.lines(path) if word.search(re.sub(r'"[^"]*"?', '', line.split('//')[0]))]


RULES = (layers, services_in_order, plugins_stand_alone, confined_libraries, linux_stays_home, file_length, names, headers_open_with_a_comment,
         no_marks, no_machine_paths, bare_calls, held_lists, no_sleeping)
