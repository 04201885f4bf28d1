"""docker buildx bake: several targets out of one file, in HCL, in JSON, and a Compose file."""
import json

import pytest
from harness.buildx import FROM, cached

FILE = '''
variable "WHO" { default = "nobody" }
group "default" { targets = ["one", "two"] }
target "shared" {
  dockerfile = "Own"
  args = { WHO = WHO }
}
target "one" {
  inherits = ["shared"]
  tags = ["one:1", "one:2"]
  labels = { a = "b" }
}
target "two" {
  inherits = ["shared"]
  target = "small"
  tags = ["two"]
}
'''
OWN = FROM.replace('\n', ' AS small\n') + 'ARG WHO\nRUN echo $WHO > /who\nFROM small\nRUN echo more >> /who\n'


@pytest.fixture
def here(buildx):
    return buildx.tree({'docker-bake.hcl': FILE, 'Own': OWN})


def test_a_group_of_targets(buildx, here):
    done = buildx('buildx', 'bake', cwd=here)
    assert buildx.shell('cat /who', 'one:1') == 'nobody\nmore\n' and buildx.shell('cat /who', 'two') == 'nobody\n'
    assert set(buildx.image('one:2')['RepoTags']) == {'one:1', 'one:2'} and buildx.image('one:1')['Config']['Labels'] == {'a': 'b'}
    assert '[one ' in done.err and '[two ' in done.err


def test_one_target_and_a_variable(buildx, here):
    buildx('buildx', 'bake', 'two', cwd=here, WHO='ann')
    assert buildx.shell('cat /who', 'two') == 'ann\n' and not buildx.exists('one:1')


def test_what_the_command_line_sets(buildx, here):
    buildx('buildx', 'bake', '--set', 'two.args.WHO=bob', '--set', '*.tags=made', 'two', cwd=here)
    assert buildx.shell('cat /who') == 'bob\n'


def test_steps_of_two_targets_are_done_once(buildx, here):
    (here / 'Own').write_text(OWN.replace('$WHO', '$WHO; cat /proc/sys/kernel/random/uuid'))
    buildx('buildx', 'bake', cwd=here)
    assert buildx.shell('cat /who', 'one:1') == buildx.shell('cat /who', 'two') + 'more\n'


def test_the_second_time_all_is_cached(buildx, here):
    buildx('buildx', 'bake', cwd=here)
    first = buildx.image('one:1')['Id']
    assert set(cached(buildx('buildx', 'bake', cwd=here))) == {True} and buildx.image('one:1')['Id'] == first


def test_a_target_as_the_context_of_another(buildx):
    buildx.needs_newer('named contexts')
    here = buildx.tree({'docker-bake.hcl': 'target "base" { dockerfile = "Base" }\ntarget "app" {\n  contexts = { base = "target:base" }\n  tags = ["made"]\n  pull = true\n}',
                        'Base': FROM + 'ENV A=1\nRUN echo base > /base', 'Dockerfile': 'FROM base\nRUN cat /base > /x; echo $A >> /x\nCOPY --from=base /base /y'})
    buildx('buildx', 'bake', 'app', cwd=here)
    assert buildx.shell('cat /x /y') == 'base\n1\nbase\n'


def test_contexts_and_dockerfiles_in_the_file(buildx):
    here = buildx.tree({'docker-bake.json': json.dumps({'target': {'default': {
        'context': 'sub', 'dockerfile-inline': FROM + 'COPY x /x', 'tags': ['made']}}}), 'sub/x': 'x\n'})
    buildx('buildx', 'bake', cwd=here)
    assert buildx.shell('cat /x') == 'x\n'


def test_a_compose_file(buildx):
    here = buildx.tree({'compose.yaml': 'services:\n  web:\n    image: made\n    build:\n      context: .\n      args: {WHO: ann}\n', 'Dockerfile': OWN})
    buildx('buildx', 'bake', cwd=here)
    assert buildx.shell('cat /who') == 'ann\nmore\n'


def test_secrets_and_outputs(buildx):
    here = buildx.tree({'docker-bake.hcl': 'target "default" {\n  secret = ["id=s,src=s"]\n  output = ["type=local,dest=got"]\n}', 's': 'secret',
                        'Dockerfile': FROM.replace('\n', ' AS m\n') + 'RUN --mount=type=secret,id=s wc -c < /run/secrets/s > /n\nFROM scratch\nCOPY --from=m /n /\n'})
    buildx('buildx', 'bake', cwd=here)
    assert (here / 'got/n').read_text() == '6\n'


def test_one_target_that_fails_fails_all(buildx, here):
    (here / 'Own').write_text(OWN.replace('echo more', 'exit 4; echo more'))
    done = buildx('buildx', 'bake', cwd=here, check=False)
    assert done.code == 1 and 'exit code: 4' in done.err and 'target one' in done.err


def test_a_file_about_what_was_made(buildx, here):
    buildx('buildx', 'bake', '--metadata-file', 'meta.json', cwd=here)
    said = json.loads((here / 'meta.json').read_text())
    assert {name: said[name]['containerimage.digest'] for name in ('one', 'two')} == {'one': buildx.image('one:1')['Id'], 'two': buildx.image('two')['Id']}


def test_only_the_plan_is_printed(buildx, here):
    plan = json.loads(buildx('buildx', 'bake', '--print', cwd=here).out)
    assert plan['group']['default']['targets'] == ['one', 'two'] and plan['target']['two']['target'] == 'small'
