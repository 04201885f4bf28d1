"""GET /containers/{id}/stats."""
import threading

from harness.engine import BOX


def test_a_container_that_is_removed_meanwhile_has_an_empty_answer(tidy):
    """One sample needs a second look after a second."""
    answers = []
    for _ in range(3):
        tidy.docker('run', '-d', '--name', 'box', BOX, 'sleep', '1000')
        ask = threading.Thread(target=lambda: answers.append(tidy.api.get('/containers/box/stats', query={'stream': 0})))
        ask.start()
        ask.join(0.3)
        assert tidy.api.delete('/containers/box', query={'force': 1}).status == 204
        ask.join()
    assert [answer.status for answer in answers] == [200] * 3
    assert b'' in [answer.body for answer in answers]
