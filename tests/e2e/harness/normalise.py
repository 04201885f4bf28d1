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
    (r'/\S*gt-[a-z0-9_]+/\S*', '<path>'),
    (r'\b[a-z]+_[a-z]+\d?\b', '<name>'),
    (r'(?m)^ *\d+ +(sh|sleep)$', r'<pid> \1'),
    (r'[ \t]+', ' '),
]


def text(raw: str) -> str:
    for pattern, word in RULES:
        raw = re.sub(pattern, word, raw)
    return '\n'.join(line.strip() for line in raw.strip().splitlines())


def shape(value, path: str = '') -> dict[str, str]:
    """Every key path of a JSON value with the type found there; keys that are ids, paths or ports count as themselves."""
    name = {dict: 'object', list: 'list', str: 'string', bool: 'bool', int: 'number', float: 'number', type(None): 'null'}[type(value)]
    found = {path or '.': name}
    if isinstance(value, dict):
        for key, inner in value.items():
            found.update(shape(inner, f'{path}.{"<id>" if re.fullmatch("[0-9a-f]{64}", key) else key}'))
    elif isinstance(value, list):
        for inner in value[:1]:
            found.update(shape(inner, path + '[]'))
    return found
