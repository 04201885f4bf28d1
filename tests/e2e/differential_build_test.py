"""Odd instructions, built by gantryd and by dockerd: the same words, the same configuration, the same history.

KNOWN holds what differs and why; a line that no longer differs has to be taken off.
"""
import re

import pytest
from harness import builds
from harness.builds import context, post
from harness.engine import BOX

MEMBERS = [('f', b'x'), ('d', None), ('d/a', b'1'), ('d/sub', None), ('d/sub/b', b'')]

# '|' is between two cases, ';' between two instructions, '~' a new line inside one.
INSTRUCTIONS = {
    'ENV': r'''ENV A= B=""|ENV A = b|ENV A=b=c|ENV A="a\"b" B='c d' C=e\ f|ENV a-b=c 1=2|ENV "A"=b|ENV A='$HOME' B="\$HOME" C=\$HOME|ENV A=${B:?oops}
ENV A=${PATH#/b}|ENV A=$|ENV A=${}|ENV A=${B|ENV A="b|ENV A b c   d|ENV =b|ENV A|Env  A=1   B=2|ENV A=1;ARG A=2;RUN echo $A|ENV A=x;CMD $A''',
    'LABEL': r'''LABEL a|LABEL a b c|LABEL a=b c|LABEL $PATH=x|LABEL a=1;LABEL a=|LABEL maintainer="x" label="v1" \~  other="v2"|LABEL "a b"="c\~d"''',
    'EXPOSE': '''EXPOSE 80-82/udp|EXPOSE 99999|EXPOSE foo|EXPOSE 80/foo|EXPOSE 8080:80|EXPOSE "80" '81'|EXPOSE 82-80|EXPOSE|EXPOSE 80;EXPOSE 80/tcp 81''',
    'VOLUME': '''VOLUME ["/a", ""]|VOLUME []|VOLUME|VOLUME /a /b ["c"]|VOLUME a/b''',
    'USER': '''USER|USER a b|USER $PATH|USER ""|USER nobody2;RUN true|USER 12345;RUN id|USER ann;COPY f /x;RUN stat -c %U /x''',
    'WORKDIR': '''WORKDIR|WORKDIR a b|WORKDIR "a b"|WORKDIR .|WORKDIR ..|WORKDIR $NONE|WORKDIR ${NONE:-/x}|WORKDIR f;WORKDIR ..;RUN pwd|WORKDIR /a//b/./c/../d/|WORKDIR /bin/sh''',
    'CMD': r'''CMD|CMD []|CMD [ "a", 'b' ]|CMD ["a", 1]|CMD "a b"|CMD a \~  b|CMD ["a\n\t\"b"]|CMD {"a": 1}|CMD ["a",]|CMD echo "x" '\t'|ENTRYPOINT|ENTRYPOINT []
ENTRYPOINT a $PATH|SHELL []|SHELL ["a"|SHELL sh''',
    'HEALTHCHECK': '''HEALTHCHECK|HEALTHCHECK NONE|HEALTHCHECK CMD|HEALTHCHECK --retries=0 CMD x|HEALTHCHECK --retries=-1 CMD x|HEALTHCHECK --interval=1us CMD x
HEALTHCHECK --interval=0 CMD x|HEALTHCHECK FOO|HEALTHCHECK none|HEALTHCHECK CMD ["a"]|HEALTHCHECK CMD []|HEALTHCHECK NONE x
HEALTHCHECK --interval=1m30s --timeout=3s --retries=2 CMD curl -f x \\|\\| exit 1''',
    'STOPSIGNAL': '''STOPSIGNAL foo|STOPSIGNAL SIGRTMIN+3|STOPSIGNAL kill|STOPSIGNAL 99|STOPSIGNAL 0|STOPSIGNAL $NONE|STOPSIGNAL''',
    'ONBUILD': '''ONBUILD|ONBUILD foo|ONBUILD FROM x|ONBUILD ONBUILD RUN x|ONBUILD maintainer x|ONBUILD run   a   b|ONBUILD COPY a|ONBUILD ENV a|ONBUILD ENV A=$PATH''',
    'ARG': '''MAINTAINER|MAINTAINER a  b "c"|ARG|ARG A B|ARG A=1 B=2|ARG A="x y"|ARG =x|ARG A=$PATH|ARG a-b=c|ARG A B C=$A|ARG A;ARG A=2;RUN echo $A''',
    'RUN': r'''RUN|RUN []|RUN ["a", 1]|RUN ["echo", "$PATH"]|RUN echo 'a\~b'|RUN echo a; # comment|RUN echo \~# c~~  x|RUN true && \~~  true|run echo lower|RUN --foo true
RUN echo  a   b|RUN exit 300|RUN kill -9 $$|RUN ["sh", "-c", "echo $PATH"]|RUN ["/nothing"]''',
    'FROM': '''FROM|FROM gt/box as|FROM gt/box AS a b|FROM --platform=linux/amd64 gt/box|FROM --foo=x gt/box|FROM gt/box AS A_b.c-1|FROM gt/box AS scratch|FROM gt/box AS context
FROM gt/box:bad!tag|FROM gt/box@sha256:1234''',
    'COPY': r'''COPY a|COPY []|COPY ["a"]|COPY a b c|COPY --from= f /f|COPY --from=scratch f /f|COPY --from=5 f /f|COPY --from=$X f /f|COPY --from=gt/box /etc/passwd /p
COPY --chown= f /f|COPY --chown=a:b:c f /f|COPY f ""|COPY "" /|COPY f* /g|COPY f /a/../b|COPY f ../b|COPY f $NONE|COPY \f /x|COPY [f /x|COPY f[ /x
COPY f f/|COPY d d/|COPY d/. /x|COPY d/../f /x|COPY /../f /x|COPY f/ /x|COPY f/g /x|COPY d/sub/../a /x|COPY   --chown=1   f   /x|COPY d /t;COPY d/a /t/sub
VOLUME /t;COPY f /t/;RUN ls /t''',
    'ADD': '''ADD f /f|ADD --from=x f /f|ADD d f /t/|ADD none /x|ADD ../x /|FOO|# escape=x''',
}

NEWER = "20.10's words"
KNOWN = {
    'ENV A=${PATH#/b}': 'patterns are newer',
    'ENV A=${}': NEWER, 'ENV A=${B': NEWER,
    'WORKDIR /a//b/./c/../d/': 'a path is cleaned',
    'CMD': 'newer builders refuse a command of nothing', 'ENTRYPOINT': 'so they do here',
    'RUN': 'and here',
    r'RUN echo \~# c~~  x': 'the warning is one line, and not red', r'RUN true && \~~  true': 'so here',
    'HEALTHCHECK --retries=0 CMD x': '0 is the default by now', 'HEALTHCHECK --interval=0 CMD x': '0 is the default by now',
    'HEALTHCHECK --retries=-1 CMD x': NEWER,
    'STOPSIGNAL 99': 'no such signal',
    'ONBUILD ENV a': 'a trigger is looked at when it runs',
    'COPY a b c': 'the form is looked at before the files',
    'COPY --from=$X f /f': 'the wrong name is in the words',
    'COPY --chown=a:b:c f /f': 'another part of it is named',
    'COPY [f /x': 'the pattern is no pattern', 'COPY f[ /x': 'likewise',
    'COPY /../f /x': 'the path as it was written', 'COPY f/g /x': 'it is not there, but inside',
}


def cases() -> list[tuple[str, str]]:
    found = []
    for group, text in INSTRUCTIONS.items():
        for case in re.split(r'(?<!\\)[|\n]', text):
            found.append((group, case.replace('\\|', '|')))
    return found


def plain(error: str) -> str:
    """Newer engines name the line, and the instruction, more often; they begin in lower case."""
    text = re.sub(r'^(dockerfile parse error (?:on )?line \d+: |failed to parse Dockerfile: |(COPY|ADD) failed: )', '', error)
    text = re.sub(r'(unknown flag: )--', r'\1', text[:1].lower() + text[1:])
    return re.sub(r'.*OCI runtime create failed.*', '<runtime>', text)


def outcome(engine, case: str) -> dict:
    file = f'FROM {BOX}\n' + re.sub(r';(?=[A-Z]{3})', '\n', case).replace('~', '\n')
    answer = post(engine, context(file, *MEMBERS), nocache=1)
    if answer.error:
        return {'error': plain(answer.error), 'code': answer.code}
    made = builds.image(engine)
    names = ('Env', 'Cmd', 'Entrypoint', 'ExposedPorts', 'Volumes', 'User', 'WorkingDir', 'Labels', 'Healthcheck', 'StopSignal', 'OnBuild', 'Shell')
    line = re.sub(r'(file|dir|multi):[0-9a-f]{64}', r'\1:<digest>', builds.history(engine)[0])
    if case.startswith('HEALTHCHECK'):             # dockerd prints a structure of its own
        line = ''
    return {'lines': answer.lines, 'config': {name: made['Config'][name] for name in names if made['Config'].get(name)}, 'author': made['Author'],
            'history': re.sub(r'(--chown=\S+?) ?(file|dir|multi):', r'\1 \2:', line.replace('--chown= ', '')), 'layers': len(made['RootFS']['Layers'])}


@pytest.mark.slow
@pytest.mark.parametrize('group', INSTRUCTIONS)
def test_same_instruction_same_outcome(both, group):
    wrong = []
    for case in (case for of, case in cases() if of == group):
        theirs, ours = (outcome(engine, case) for engine in both)
        if case in KNOWN:
            if theirs == ours:
                wrong.append(f'{case!r} no longer differs ({KNOWN[case]}): take it off KNOWN')
        elif theirs != ours:
            names = [name for name in {**theirs, **ours} if theirs.get(name) != ours.get(name)]
            wrong.append('\n    '.join([repr(case), *(f'{name}: dockerd {theirs.get(name)!r}\n    {" " * len(name)}  gantryd {ours.get(name)!r}' for name in names)]))
    for engine in both:
        builds.only_the_box(engine)
    assert not wrong, 'differ:\n' + '\n'.join(wrong)
