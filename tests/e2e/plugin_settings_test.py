"""Settings of plugins that cannot be: told by their key when the daemon starts, not when a container needs them."""
import subprocess

import pytest
from harness import paths

ENGINES = ('gantryd',)


def table(plugin: str, line: str) -> str:
    network = f'[network]\nplugin = "{plugin}"\n' if plugin.startswith('net-') else ''
    return f'{network}[plugins."{plugin}"]\n{line}\n'


@pytest.mark.parametrize('plugin, line, words', [
    ('net-dns', 'upstreams = ["10.0.0.53", "nobody"]', '"upstreams": "nobody" is not'),
    ('net-dns', 'upstreams = "10.0.0.53"', '"upstreams" must be'),
    ('net-dns', 'fallback_dns = ["10.0.0.53:0x"]', '"fallback_dns": "10.0.0.53:0x" is not'),
    ('net-dns', 'resolv_conf = "resolv.conf"', '"resolv_conf": "resolv.conf" is not'),
    ('net-dns', 'resolver = "/nowhere/gantry-resolver"', '"resolver": "/nowhere/gantry-resolver" cannot'),
    ('net-dns', 'odd = 3', 'unknown key "odd"'),
    ('net-hosts', 'fallback_dns = ["10.0.0.53:53"]', '"fallback_dns": "10.0.0.53:53" is not'),
    ('net-hosts', 'odd = 3', 'unknown key "odd"'),
    ('runtime-oci', 'runtime = "/nowhere/runc"', '"runtime": "/nowhere/runc" is not'),
    ('runtime-oci', 'shim = "/nowhere/gantry-shim"', '"shim": "/nowhere/gantry-shim" is not'),
    ('runtime-oci', 'shim = 3', '"shim" is not a string'),
    ('runtime-oci', 'odd = 3', 'unknown key "odd"'),
])
def test_the_daemon_does_not_start_with_them(daemon, plugin, line, words):
    with pytest.raises(RuntimeError) as refused:
        daemon(config=table(plugin, line))
    assert f'plugin "{plugin}": create failed: {words}' in str(refused.value)


@pytest.mark.parametrize('lines, words', [
    ('options = { max-sizes = "1m" }', "logging.options: unknown log opt 'max-sizes' for json-file log driver"),
    ('driver = "syslog"\noptions = { syslog-address = "odd://x" }', 'logging.options: '),
    ('driver = "syslog"\noptions = { tag = "{{" }', 'logging.options: '),
    ('driver = "journald"\n[plugins."log-journald"]\nsocket = "here"', 'logging.driver: plugin "log-journald": create failed: "socket" must be an absolute path'),
])
def test_nor_with_options_that_the_default_log_driver_refuses(daemon, lines, words):
    with pytest.raises(RuntimeError) as refused:
        daemon(config=f'[logging]\n{lines}\n')
    assert words in str(refused.value)


def test_options_of_the_engines_own_log_are_checked_beforehand(tmp_path):
    config = tmp_path / 'gantry.toml'
    config.write_text('[logging]\noptions = { max-sizes = "1m" }\n')
    said = subprocess.run([paths.gantryd(), '--check-config', '--config', config], capture_output=True, text=True, timeout=20)
    assert said.returncode == 1 and f"{config}:2:11: logging.options: unknown log opt 'max-sizes'" in said.stderr, said


def test_a_log_driver_that_nobody_has_is_told(daemon):
    engine = daemon(config='[logging]\nplugins = ["log-syslog", "syslog"]\n')
    told = [line for line in engine.log.read_text().splitlines() if 'there is no log driver' in line]
    assert len(told) == 1 and 'logging.plugins: there is no log driver' in told[0] and 'log-syslog' not in told[0], told
