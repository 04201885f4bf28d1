"""PHP pages over MariaDB: the shape of most stacks on the web."""
import os
import signal

from harness.wait import eventually

IMAGES = ('php', 'mariadb')


def page(engine, path: str = '/') -> str:
    try:
        head, _, body = engine.ns.get(8080, path).partition(b'\r\n\r\n')
    except OSError:
        return ''
    return body.decode() if head.split(b' ', 2)[1:2] == [b'200'] else ''


def test_posts_are_kept_in_the_database_whatever_happens_to_its_container(project):
    blog = project('blog')
    engine = blog.engine
    blog.up('--wait')
    assert '<h2>first</h2>' in eventually(lambda: page(engine, '/?post=first'), 'the page answers')

    os.kill(blog.inspect('db')['State']['Pid'], signal.SIGKILL)
    eventually(lambda: '<h2>first</h2>' in page(engine), 'the database is back', 20)

    blog('down', '-t', '5')                         # the volume stays without -v
    blog.up('--wait')
    eventually(lambda: '<h2>first</h2>' in page(engine), 'the posts are still there', 20)
    eventually(lambda: '<h2>second</h2>' in page(engine, '/?post=second'), 'and new ones get in')

    edited = blog.dir / 'html' / 'about.php'        # a bind mount shows an edit at once
    edited.write_text('<?php echo 40 + 2;')
    assert page(engine, '/about.php') == '42'
