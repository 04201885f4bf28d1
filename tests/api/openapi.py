"""Checks JSON values against the Engine API description (Swagger 2.0): types, enums, required and unknown keys.

null is taken for any list or object, as Go writes its empty ones; clients are used to it.
"""
import functools

import yaml

TYPES = {'string': str, 'boolean': bool, 'object': dict, 'array': list, 'integer': int, 'number': (int, float)}


@functools.cache
def load(path: str) -> dict:
    with open(path) as file:
        return yaml.load(file, Loader=getattr(yaml, 'CSafeLoader', yaml.SafeLoader))


class Description:
    def __init__(self, path):
        self.document = load(str(path))

    def operations(self):
        """(method, path, operation) of every operation."""
        for path, methods in self.document['paths'].items():
            for method, operation in methods.items():
                if method in ('get', 'put', 'post', 'delete', 'head'):
                    yield method.upper(), path, operation

    def response(self, method: str, path: str, status: int) -> dict | None:
        """The schema of an answer, None if the description names none."""
        answer = self.document['paths'][path][method.lower()]['responses'][status]
        return self.resolve(answer).get('schema')

    def resolve(self, schema: dict) -> dict:
        while '$ref' in schema:
            found = self.document
            for part in schema['$ref'].removeprefix('#/').split('/'):
                found = found[part]
            nullable = schema.get('x-nullable')
            schema = {**found, 'x-nullable': True} if nullable else found
        return schema

    def flat(self, schema: dict) -> dict:
        """allOf becomes one object schema."""
        schema = self.resolve(schema)
        if 'allOf' not in schema:
            return schema
        merged = {k: v for k, v in schema.items() if k != 'allOf'}
        merged['properties'] = dict(schema.get('properties', {}))
        merged['required'] = list(schema.get('required', []))
        for part in schema['allOf']:
            part = self.flat(part)
            merged['properties'].update(part.get('properties', {}))
            merged['required'] += part.get('required', [])
            merged.setdefault('type', part.get('type', 'object'))
            if 'additionalProperties' in part:
                merged['additionalProperties'] = part['additionalProperties']
        return merged

    def check(self, schema: dict, value, path: str = '') -> list[str]:
        schema = self.flat(schema)
        kind = schema.get('type', 'object' if 'properties' in schema else None)
        if value is None:
            return [] if schema.get('x-nullable') or kind in ('object', 'array', None) else [f'{path}: null, not {kind}']
        if kind is None:
            return []
        if not isinstance(value, TYPES[kind]) or (kind in ('integer', 'number') and isinstance(value, bool)):
            return [f'{path}: {value!r:.60} is no {kind}']
        if 'enum' in schema and value not in schema['enum']:
            return [f'{path}: {value!r} is none of {schema["enum"]}']
        if kind == 'array':
            return [problem for number, item in enumerate(value) for problem in self.check(schema.get('items', {}), item, f'{path}[{number}]')]
        if kind == 'object':
            return self.check_object(schema, value, path)
        return []

    def check_object(self, schema: dict, value: dict, path: str) -> list[str]:
        properties, extra = schema.get('properties', {}), schema.get('additionalProperties')
        found = [f'{path}.{key}: required' for key in schema.get('required', []) if key not in value]
        for key, inner in value.items():
            if key in properties:
                found += self.check(properties[key], inner, f'{path}.{key}')
            elif isinstance(extra, dict):
                found += self.check(extra, inner, f'{path}.{key}')
            elif properties and not extra:
                found.append(f'{path}.{key}: not in the description')
        return found
