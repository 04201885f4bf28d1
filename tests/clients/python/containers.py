"""Testcontainers for Python, and Docker's SDK below it, as test suites of applications use them. Run by python_test.py."""
import unittest
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

from testcontainers.core.container import DockerContainer
from testcontainers.core.image import DockerImage
from testcontainers.core.network import Network
from testcontainers.core.wait_strategies import ExecWaitStrategy, HttpWaitStrategy, LogMessageWaitStrategy, PortWaitStrategy

IMAGE = 'gt/box'
SERVE = ['sh', '-c', 'mkdir -p /www && echo page >/www/index.html && httpd -p 8080 -h /www && touch /www/up && echo ready && exec sleep 600']


def server() -> DockerContainer:
    return DockerContainer(IMAGE).with_command(SERVE).with_exposed_ports(8080)


class Containers(unittest.TestCase):
    def test_each_way_of_waiting_ends_when_it_is_ready(self):
        for strategy in (LogMessageWaitStrategy('ready'), PortWaitStrategy(8080), HttpWaitStrategy(8080).for_status_code(200),
                         ExecWaitStrategy(['test', '-f', '/www/up'])):
            with self.subTest(type(strategy).__name__), server().waiting_for(strategy.with_startup_timeout(20)) as web:
                url = f'http://{web.get_container_host_ip()}:{web.get_exposed_port(8080)}/'
                self.assertEqual(urllib.request.urlopen(url, timeout=10).read(), b'page\n')

    def test_one_that_never_gets_ready_is_told(self):
        waiting = DockerContainer(IMAGE).with_command(['sleep', '60']).waiting_for(LogMessageWaitStrategy('never').with_startup_timeout(1))
        with self.assertRaises(TimeoutError), waiting:
            pass

    def test_commands_environment_and_the_log(self):
        made = DockerContainer(IMAGE).with_command(['sh', '-c', 'echo out; echo err >&2; exec sleep 60']).with_env('WHO', 'ann')
        with made.waiting_for(LogMessageWaitStrategy('err')) as container:
            self.assertEqual(container.exec(['sh', '-c', 'echo $WHO; exit 4']), (4, b'ann\n'))
            self.assertEqual(container.get_logs(), (b'out\n', b'err\n'))

    def test_files_go_in_and_out(self):
        with TemporaryDirectory() as scratch, DockerContainer(IMAGE).with_command(['sleep', '60']) as container:
            container.copy_into_container(b'text', '/tmp/file')
            self.assertEqual(container.exec(['cat', '/tmp/file']).output, b'text')
            container.copy_from_container('/tmp/file', Path(scratch) / 'file')
            self.assertEqual((Path(scratch) / 'file').read_bytes(), b'text')

    def test_containers_of_a_network_find_each_other(self):
        with Network() as network, server().with_network(network).with_network_aliases('web').waiting_for(PortWaitStrategy(8080)):
            with DockerContainer(IMAGE).with_command(['sleep', '60']).with_network(network) as asker:
                self.assertEqual(asker.exec(['wget', '-qO-', 'http://web:8080/']).output, b'page\n')

    def test_an_image_is_built_run_and_removed(self):
        with TemporaryDirectory() as context:
            Path(context, 'Dockerfile').write_text(f'FROM {IMAGE}\nARG WHO\nRUN echo built by $WHO >/said\nCMD ["sh", "-c", "cat /said; sleep 60"]\n')
            with DockerImage(path=context, tag='made:here', buildargs={'WHO': 'ann'}) as image:
                with DockerContainer(str(image)).waiting_for(LogMessageWaitStrategy('built by ann')):
                    pass

    def test_volumes_and_limits(self):
        with TemporaryDirectory() as shared:
            Path(shared).chmod(0o755)
            Path(shared, 'file').write_text('shared')
            made = DockerContainer(IMAGE).with_command(['sleep', '60']).with_volume_mapping(shared, '/shared', 'ro') \
                .with_tmpfs_mount('/quick', 'size=1m').with_kwargs(mem_limit='64m', user='7', extra_hosts={'far': '10.1.2.3'}, shm_size='1m')
            with made as container:
                said = container.exec(['sh', '-c', 'cat /shared/file; touch /shared/x 2>/dev/null || echo; id -u; grep -c " /quick tmpfs" /proc/mounts; grep far /etc/hosts'])
                self.assertEqual(said.output.split(), [b'shared', b'7', b'1', b'10.1.2.3', b'far'])
                self.assertEqual(container.get_wrapped_container().attrs['HostConfig']['Memory'], 64 << 20)


if __name__ == '__main__':
    unittest.main(verbosity=2)
