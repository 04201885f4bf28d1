"""Checks of Dockerfiles: what builds warn of, and docker build --check and --call, which build nothing."""
import json
import re

import pytest
from harness import images
from harness.buildx import FROM
from harness.registry import Registry

ENGINES = ('gantryd',)             # Docker 20.10 does not know these

RULES = 'https://docs.docker.com/go/dockerfile/rule/'
STAGE = FROM.strip() + ' as one\n'
WARNING = "FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)"


def plain(text):
    """Without colours, which buildx prints to a file as well."""
    return re.sub(r'\x1b\[\d*m', '', text)


def check(buildx, dockerfile, *args, option='--check', files=None):
    return buildx('build', option, *args, buildx.tree({'Dockerfile': dockerfile, **(files or {})}), check=False)


def report(buildx, dockerfile, *args, **kw):
    """--call=check as JSON: its code, and rule and line of each warning."""
    done = check(buildx, dockerfile, *args, option='--call=check,format=json', **kw)
    found = json.loads(done.out)
    lines = [(one['ruleName'], one['location']['ranges'][0]['start']['line']) for one in found['warnings'] or []]
    return done.code, lines, found.get('buildError')


def test_a_dockerfile_without_a_flaw(buildx):
    done = check(buildx, FROM + 'RUN false\nCMD ["true"]\n')
    assert done.code == 0 and done.out == 'Check complete, no warnings found.\n', (done.out, done.err)


def test_warnings_are_shown_with_their_lines(buildx):
    done = check(buildx, STAGE + 'RUN false\nMAINTAINER me\n')
    assert done.code == 1
    assert done.out.startswith('Check complete, 2 warnings have been found!\n')
    assert f"\nWARNING: FromAsCasing - {RULES}from-as-casing/\n'as' and 'FROM' keywords' casing do not match\n" in done.out
    assert 'Dockerfile:1\n' in done.out and '   3 | >>> MAINTAINER me\n' in done.out


def test_a_check_builds_nothing(buildx):
    check(buildx, STAGE + 'RUN true\n', '-t', 'made')
    assert not buildx.exists()


def test_warnings_for_programs(buildx):
    code, warnings, error = report(buildx, FROM + 'ENV a b\nCOPY $nobody /\nCMD true\n')
    assert code == 1 and error is None
    assert warnings == [('LegacyKeyValueFormat', 2), ('UndefinedVar', 3), ('JSONArgsRecommended', 4)]
    assert report(buildx, FROM) == (0, [], None)


def test_what_the_client_leaves_out_is_known(buildx):
    file = FROM + 'COPY --from=x a /\nCOPY secret /\nADD b/c /\nCOPY d /\n'
    code, warnings, _ = report(buildx, 'FROM scratch AS x\n' + file, files={'.dockerignore': 'secret\nb\n'})
    assert code == 1 and warnings == [('CopyIgnoredFile', 4), ('CopyIgnoredFile', 5)]


def test_an_image_says_which_variables_there_are(buildx):
    buildx.build(FROM + 'ENV HERE=1\nSHELL ["/bin/sh", "-c"]\n', tag='based')
    _, warnings, _ = report(buildx, 'FROM based\nUSER $HERE\nWORKDIR /$THERE\nCMD true\n')
    assert warnings == [('UndefinedVar', 3)]


def test_a_mistake_is_told_after_the_warnings(buildx):
    file = STAGE + 'WHAT is this\n'
    code, warnings, error = report(buildx, file)
    assert code == 1 and warnings == [('FromAsCasing', 1)]
    assert 'unknown instruction: WHAT' in error['message'] and error['location']['ranges'][0]['start']['line'] == 2
    done = check(buildx, file)
    assert done.code == 1 and 'WARNING: FromAsCasing' in done.out and '   2 | >>> WHAT is this\n' in done.err


def test_a_base_that_is_nowhere_is_a_mistake(buildx):
    code, warnings, error = report(buildx, 'FROM scratch as one\nFROM localhost:1/nobody\nCMD true\n')
    assert code == 1 and warnings == [('FromAsCasing', 1)]
    assert error['message'].startswith('localhost:1/nobody: ') and error['location']['ranges'][0]['start']['line'] == 2


def test_a_base_elsewhere_is_asked_for_its_variables_alone(buildx, engine):
    with Registry(engine.ns) as registry:
        name = registry.put('based', 'v1', images.busybox_image('docker', ('gzip', 'gzip'), mark='x'))
        file = f'FROM {name}\nENV A=$PATH\n'
        assert report(buildx, file + 'WORKDIR /$nothing\n')[1] == [('UndefinedVar', 3)]
        assert len(registry.asked('/blobs/')) == 1 and buildx.engine.api.get(f'/images/{name}/json').status == 404
        asked = len(registry.asked('/manifests/'))
        assert 'warning' not in buildx.build(file).err
        pulled = len(registry.asked('/manifests/')) - asked
        buildx.engine.docker('rmi', '-f', 'made', name)
        assert '(line 3)' in buildx.build(file + 'WORKDIR /$nothing\n').err
        assert len(registry.asked('/manifests/')) - asked > 2 * pulled       # by the checks and by the pull


def test_without_a_target_all_stages_are_checked(buildx):
    file = FROM.strip() + ' AS one\nWORKDIR a\n' + FROM.strip() + ' AS two\nWORKDIR b\n'
    assert report(buildx, file)[1] == [('WorkdirRelativePath', 2), ('WorkdirRelativePath', 4)]
    assert report(buildx, file, '--target', 'one')[1] == [('WorkdirRelativePath', 2)]
    assert 'target stage "three" could not be found' in report(buildx, file, '--target', 'three')[2]['message']


def test_a_build_shows_warnings(buildx):
    said = buildx.build(STAGE + 'RUN true\n').err
    assert '\n 1 warning found (use docker --debug to expand):\n' in plain(said) and plain(said).endswith(f' - {WARNING}\n')
    assert said.index('WARN: FromAsCasing') < said.index('RUN true')      # before it is run
    assert buildx.exists()


def test_a_build_shows_their_lines_to_those_who_want_them(buildx):
    said = buildx('--debug', 'build', buildx.tree({'Dockerfile': STAGE})).err
    assert f'More info: {RULES}from-as-casing/\nDockerfile:1\n' in said and f'   1 | >>> {STAGE}' in said


def test_a_build_checks_the_stages_that_it_needs(buildx):
    said = buildx.build(FROM.strip() + ' AS one\nWORKDIR a\n' + FROM.strip() + ' AS Two\nWORKDIR b\n').err
    assert '2 warnings found' in said and '(line 3)' in said and '(line 4)' in said and '(line 2)' not in said


def test_a_build_without_a_flaw_says_nothing(buildx):
    assert 'warning' not in buildx.build(FROM + 'ENV A=$PATH\n').err


def test_warnings_come_before_a_failure(buildx):
    said = buildx.refused(STAGE + 'WHAT is this\n')
    assert WARNING in said and 'unknown instruction: WHAT' in said


@pytest.mark.parametrize('option', ['skip=all', 'skip=FromAsCasing', 'error=true;skip=Other,FromAsCasing'])
def test_rules_are_left_out(buildx, option):
    assert 'warning' not in buildx.build(f'# check={option}\n' + STAGE).err
    assert 'warning' not in buildx.build(STAGE, '--build-arg', f'BUILDKIT_DOCKERFILE_CHECK={option}').err


def test_a_rule_is_left_out_for_one_instruction(buildx):
    said = buildx.build(FROM + '# check=skip=LegacyKeyValueFormat\nENV a b\nLABEL c d\n').err
    assert '1 warning found' in said and '(line 4)' in said


def test_warnings_may_be_errors(buildx):
    file = '# check=error=true\n' + STAGE + f'RUN {buildx.long_sleep()}\n'
    said = buildx.refused(file)
    assert 'lint violation found for rules: FromAsCasing' in said and WARNING.replace('line 1', 'line 2') in said
    done = check(buildx, file)
    assert done.code == 1 and 'lint violation found for rules: FromAsCasing' in done.err
    assert report(buildx, file)[2]['message'] == 'lint violation found for rules: FromAsCasing'


def test_the_client_chooses_before_the_dockerfile(buildx):
    def with_option(option, file):
        return buildx.build(file, '--build-arg', f'BUILDKIT_DOCKERFILE_CHECK={option}', check=False)
    assert 'lint violation found for rules: FromAsCasing' in with_option('error=true', STAGE).err
    assert with_option('skip=x', '# check=error=true\n' + STAGE).code == 0


def test_options_that_are_none_are_refused(buildx):
    assert 'failed to parse check options: invalid check option "what"' in buildx.refused('# check=what=1\n' + FROM)
    said = buildx.refused(FROM, '--build-arg', 'BUILDKIT_DOCKERFILE_CHECK=what')
    assert 'failed to parse build-arg:BUILDKIT_DOCKERFILE_CHECK: invalid check option "what"' in said


def test_experimental_rules_are_asked_for(buildx):
    file = FROM + '# what is this\nARG A=1\n'
    assert report(buildx, file)[1] == []
    assert report(buildx, '# check=experimental=all\n' + file)[1] == [('InvalidDefinitionDescription', 4)]


def test_the_classic_builder_has_no_checks(buildx):
    done = buildx('build', buildx.tree({'Dockerfile': '# check=error=true\n' + STAGE}), DOCKER_BUILDKIT='0')
    assert 'FromAsCasing' not in done.out + done.err


def test_a_dockerfile_on_stdin_is_checked(buildx):
    done = buildx('build', '--check', '-f', '-', buildx.tree({'a': ''}), input=STAGE, check=False)
    assert done.code == 1 and 'WARNING: FromAsCasing' in done.out


def test_a_bake_checks_its_targets(buildx):
    top = buildx.tree({'Dockerfile': STAGE, 'docker-bake.hcl': 'target "default" { dockerfile = "Dockerfile" }\n'})
    done = buildx('buildx', 'bake', '--check', check=False, cwd=top)
    assert done.code == 1 and 'WARNING: FromAsCasing' in done.out


OUTLINE = f"""# V what it is
ARG V=1
ARG UNUSED=2
{FROM.strip()} AS base
ARG TARGETARCH
# base is no such name
{FROM.strip()} AS last
ARG V
# W another one
ARG W=a$V
RUN --mount=type=secret,id=token,required=true true
"""


def test_targets(buildx):
    file = OUTLINE.replace('# base is no such name', '# last is built')
    done = check(buildx, file, option='--call=targets')
    assert done.code == 0 and done.out == 'TARGET         DESCRIPTION\nbase           \nlast (default) is built\n'
    found = json.loads(check(buildx, file, option='--call=targets,format=json').out)
    assert [(one['name'], one.get('default')) for one in found['targets']] == [('base', None), ('last', True)]


def test_an_outline(buildx):
    done = check(buildx, OUTLINE, '--build-arg', 'W=x', option='--call=outline')
    assert done.code == 0, done.err
    assert [line.split() for line in done.out.splitlines()] == [
        ['TARGET:', 'last'], [], ['BUILD', 'ARG', 'VALUE', 'DESCRIPTION'], ['V', '1', 'what', 'it', 'is'],
        ['W', 'x', 'another', 'one'], [], ['SECRET', 'REQUIRED'], ['token', 'true'], []]
    found = json.loads(check(buildx, OUTLINE, '--target', 'base', option='--call=outline,format=json').out)
    assert found['name'] == 'base' and 'args' not in found


def test_what_can_be_asked(buildx):
    done = check(buildx, FROM, option='--call=subrequests.describe')
    assert done.code == 0 and done.out.startswith('NAME                 VERSION DESCRIPTION\n'), done.err


def test_what_nobody_can_answer_is_refused(buildx):
    done = check(buildx, FROM, option='--call=convertllb')
    assert done.code == 1 and 'unsupported request frontend.convertllb' in done.err
