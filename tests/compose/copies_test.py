"""What Compose does with the archive calls: cp, watch, configs and secrets that are not files of the host."""
import tarfile

from harness.wait import eventually


def test_cp_copies_in_both_directions(project):
    dev = project('dev')
    dev.up()
    (dev.dir / 'site' / 'deep').mkdir()
    (dev.dir / 'site' / 'deep' / 'page.html').write_text('deep page')
    dev('cp', 'site', 'web:/srv')                    # no such place yet: the directory gets that name
    assert dev.shell('web', 'cat /srv/deep/page.html').out == 'deep page'
    dev.shell('web', 'echo made inside >/tmp/made')
    dev('cp', 'web:/tmp/made', './made')
    assert (dev.dir / 'made').read_text() == 'made inside\n'


def test_stats_and_export_show_a_service(project):
    dev = project('dev')
    dev.up()
    assert 'web' in dev('stats', '--no-stream', 'web').out
    dev.shell('web', 'echo made inside >/tmp/made')
    dev('export', '-o', 'web.tar', 'web')
    with tarfile.open(dev.dir / 'web.tar') as tar:
        assert tar.extractfile('tmp/made').read() == b'made inside\n'


def test_watch_syncs_files_into_the_container(project):
    dev = project('dev')
    dev.up()
    watching = dev.spawn('watch', '--no-up')
    try:
        for line in watching.stdout:
            if 'Watch enabled' in line:
                break
        (dev.dir / 'site' / 'index.html').write_text('two\n')
        eventually(lambda: dev.shell('web', 'cat /www/index.html', check=False).out == 'two\n', 'the edit arrives', 20)
        started = dev.inspect('web')['State']['StartedAt']
        (dev.dir / 'settings' / 'mode').write_text('loud\n')
        eventually(lambda: dev.inspect('web')['State']['StartedAt'] != started, 'the service is restarted', 20)
        assert dev.shell('web', 'cat /etc/settings/mode').out == 'loud\n'
        (dev.dir / 'site' / 'index.html').unlink()
        eventually(lambda: not dev.shell('web', 'test -e /www/index.html', check=False), 'a removal, too', 20)
        started = dev.inspect('web')['State']['StartedAt']
        (dev.dir / 'settings' / 'mode').unlink()
        eventually(lambda: dev.inspect('web')['State']['StartedAt'] != started, 'the service is restarted after a removal as well', 20)
    finally:
        watching.terminate()
        watching.wait(10)


def test_inline_configs_and_secrets_of_the_environment_are_written_into_the_container(project):
    stack = project('kitchen', name='notes', SECRET_WORD='sesame')
    stack.replace('container_name: kitchen-main\n    ', '')
    stack.up('noted')
    assert stack.shell('noted', 'cat /etc/inline.conf /run/secrets/word').out == 'name = notes\nsesame'
    assert stack.shell('noted', 'stat -c "%a %u" /etc/inline.conf').out == '440 1000\n'
