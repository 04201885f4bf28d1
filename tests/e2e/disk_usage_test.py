"""`docker system df`: what is counted, on both engines."""
from harness.engine import BOX


def volumes(engine) -> dict:
    answer = engine.api.at('1.41').get('/system/df')
    return {volume['Name']: volume['UsageData'] for volume in answer.json()['Volumes'] or []}


def test_only_local_volumes_that_are_no_mounts_of_something_else_are_counted(tidy):
    tidy.docker('volume', 'create', 'plain')
    tidy.docker('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'mounted')
    tidy.docker('run', '--name', 'user', '-v', 'plain:/p', '-v', 'mounted:/m', BOX, 'sh', '-c', 'echo 12345 >/p/x; echo 12345 >/m/x')
    found = volumes(tidy)
    assert list(found) == ['plain']
    assert found['plain']['RefCount'] == 1 and found['plain']['Size'] >= 6
