"""A project with a network of the driver macvlan."""
from harness.wait import eventually


def test_a_service_has_an_address_of_the_lan_and_reaches_those_behind_it(project):
    lan = project('lan')
    lan.up()
    assert b'It runs' in lan.engine.fetch(80, host='198.18.77.130', peer=True)
    ask = 'printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc -w 2 store 80'
    eventually(lambda: 'It runs' in lan.shell('front', ask, check=False).out, 'the store answers by its name')
    lan('restart', '-t', '1', 'front')
    assert b'It runs' in lan.engine.fetch(80, host='198.18.77.130', peer=True)
    lan.up('--force-recreate')
    assert b'It runs' in lan.engine.fetch(80, host='198.18.77.130', peer=True)
