"""Containers and networks that others name by the beginning of an id, which later fits several."""
from harness.engine import BOX
from harness.wait import eventually


def test_a_removed_network_named_like_the_beginning_of_ids_lets_the_engine_start(daemon):
    engine = daemon()
    begin = set()
    while True:
        digit = engine.docker('network', 'create', f'net{len(begin)}').id[0]
        if digit in begin:
            break
        begin.add(digit)
    engine.docker('network', 'create', digit)
    engine.docker('create', '--name', 'stranded', '--network', digit, BOX, 'true')
    engine.docker('network', 'rm', digit)
    engine.stop()
    engine.start()
    refused = engine.api.post('/containers/stranded/start')
    assert refused.status >= 400 and f'network {digit} is ambiguous' in refused.message
    engine.docker('rm', 'stranded')
    engine.docker('network', 'prune', '-f')


def test_a_guest_whose_owner_several_may_be_is_in_nobodys_way(tidy):
    tidy.docker('create', '--name', 'guest', '--network', 'container:0', BOX, 'true')
    found = 0
    while found < 2:
        found += tidy.api.post('/containers/create', {'Image': BOX, 'Cmd': ['true']}).json()['Id'].startswith('0')
    tidy.docker('run', '-d', '--name', 'again', '--restart', 'on-failure:1', BOX, 'false')
    eventually(lambda: tidy.inspect('again')['State']['Status'] == 'exited', 'its restarts are over')
    assert tidy.inspect('again')['RestartCount'] == 1
    tidy.docker('run', '--rm', '--name', 'leaving', BOX, 'true')
    assert tidy.api.get('/containers/leaving/json').status == 404
    assert tidy.api.get('/containers/guest/json').status == 200
    refused = tidy.api.post('/containers/guest/start')
    assert refused.status >= 400 and 'multiple ids found with provided prefix: 0' in refused.message.lower()
