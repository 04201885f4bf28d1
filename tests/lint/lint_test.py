"""The source tree keeps the rules of docs/architecture.md; and the rules do find what is planted."""
import shutil
import subprocess
from pathlib import Path

import pytest
import rules

REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize('rule', rules.RULES, ids=lambda rule: rule.__name__)
def test_tree_keeps(rule):
    found = rule(rules.Tree(REPO))
    assert not found, f'{len(found)} found:\n' + '\n'.join(found[:60])


PLANTED = {
    'layers': ('core/domain/a.cpp', '#include "core/state/journal.hpp"\n'),
    'layers ': ('core/http/a.cpp', '#include "core/domain/a.hpp"\n'),
    'layers  ': ('core/extra/a.cpp', '\n'),
    'services_in_order': ('core/services/networks/a.cpp', '#include "core/services/containers/container_stop.hpp"\n'),
    'services_in_order ': ('core/services/a.cpp', '\n'),
    'plugins_stand_alone': ('plugins/volume-local/a.cpp', '#include "core/base/error.hpp"\n'),
    'plugins_stand_alone ': ('plugins/net-dns/a.cpp', '#include "../net-hosts/a.hpp"\n'),
    'confined_libraries': ('core/api/a.cpp', '#include <Poco/Net/Socket.h>\n'),
    'confined_libraries ': ('core/services/a.cpp', '#include <gantry/abi.h>\n'),
    'confined_libraries  ': ('core/json/a.hpp', '// A header.\n#include <rapidjson/document.h>\n'),
    'linux_stays_home': ('core/services/a.cpp', '#include <sys/epoll.h>\n'),
    'file_length': ('core/base/a.cpp', '\n' * 500),
    'names': ('core/base/string_utils.cpp', '\n'),
    'headers_open_with_a_comment': ('core/base/a.hpp', '#pragma once\n'),
    'no_marks': ('core/base/a.cpp', '// TO' + 'DO later\n'),
    'no_machine_paths': ('docs/a.md', 'see /work/' + 'main\n'),
    'bare_calls': ('core/services/a.cpp', 'void f() { ::close(fd); }\n'),
    'held_lists': ('core/api/a.cpp', 'for (const auto& one : *store.list()) {\n'),
    'no_sleeping': ('core/services/a.cpp', 'std::this_thread::sleep_for(1s);\n'),
}


@pytest.mark.parametrize('fault', PLANTED)
def test_rule_finds_what_is_planted(tmp_path, fault):
    name, text = PLANTED[fault]
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(text)
    assert getattr(rules, fault.strip())(rules.Tree(tmp_path))


def test_clang_format_has_nothing_to_change():
    program = shutil.which('clang-format', path='/usr/bin')
    if not program:
        pytest.skip('clang-format is not installed')
    files = [str(path) for name, path in rules.Tree(REPO).sources() if not name.startswith('tests/abi/frozen')]
    if not files:
        pytest.skip('no sources')
    done = subprocess.run([program, '--dry-run', '--Werror', '--ferror-limit=1', *files], cwd=REPO, capture_output=True, text=True)
    wrong = sorted({line.split(':')[0] for line in done.stderr.splitlines() if 'clang-format-violations' in line})
    assert done.returncode == 0, 'run clang-format -i on:\n' + '\n'.join(wrong)


def test_scripts_are_strict_and_parse():
    for path in [*sorted((REPO / 'scripts').iterdir()), REPO / '.ci/run']:
        text = path.read_text()
        if not text.startswith('#!/bin/bash') and not text.startswith('#!/usr/bin/env bash'):
            continue
        assert 'set -eu' in text.split('\n', 12)[-1] or any('set -eu' in line for line in text.splitlines()[:12]), f'{path}: set -eu'
        assert subprocess.run(['bash', '-n', str(path)], capture_output=True).returncode == 0, path
