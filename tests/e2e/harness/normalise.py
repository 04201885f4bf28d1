"""Makes the output of two engines comparable: ids, times, sizes of the moment, addresses and paths become words."""
import re

RULES = [
    (r'sha256:[0-9a-f]{64}', 'sha256:<digest>'),
    (r'\b[0-9a-f]{64}\b', '<id>'),
    (r'\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{12}\b', '<id12>'),
    (r'\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?[+-]\d\d:?\d\d| [A-Z]{3,4}|Z)*', '<time>'),
    (r'(Less than a second|About an? \w+|\d+ (seconds?|minutes?|hours?))( ago)?', '<while>'),
    (r'\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b', '<mac>'),
    (r'\b(172|127|198)\.\d+\.\d+\.\d+(:\d+)?\b', '<address>'),
    (r'(?<=/v2/)[^"\s]+', ''),                             # which page of a registry was asked for first
    (r'/\S*gt-[a-z0-9_]+/\S*', '<path>'),
    (r'\b[a-z]+_[a-z]+\d?\b', '<name>'),
    (r'(?m)^ *\d+ +(sh|sleep)$', r'<pid> \1'),
    (r'[ \t]+', ' '),
]


def text(raw: str) -> str:
    for pattern, word in RULES:
        raw = re.sub(pattern, word, raw)
    return '\n'.join(line.strip() for line in raw.strip().splitlines())


TYPE_NAMES = {dict: 'object', list: 'list', str: 'string', bool: 'bool', int: 'number', float: 'number', type(None): 'null'}


def shape(value) -> dict[str, str]:
    """Every key path of a JSON value with the types found there, over all elements of its lists."""
    found: dict[str, set[str]] = {}

    def walk(inner, path: str):
        found.setdefault(path or '.', set()).add(TYPE_NAMES[type(inner)])
        if isinstance(inner, dict):
            for key, below in inner.items():
                walk(below, f'{path}.{"<id>" if re.fullmatch("[0-9a-f]{64}", key) else key}')
        elif isinstance(inner, list):
            for below in inner:
                walk(below, path + '[]')

    walk(value, '')
    return {path: '|'.join(sorted(types)) for path, types in found.items()}
