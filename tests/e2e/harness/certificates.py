"""An authority and what it has signed, by the openssl program: ca.pem, server.pem, server.key, client.pem, client.key."""
import subprocess
from pathlib import Path

CURVE = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')


def make(where: Path, address: str = '127.0.0.1'):
    """The server's is for this address."""
    def run(*args):
        subprocess.run(['openssl', *args], check=True, capture_output=True, cwd=where)
    run('req', '-x509', *CURVE, '-days', '2', '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.pem')
    (where / 'ext').write_text(f'subjectAltName=IP:{address}\n')
    for name in ('server', 'client'):
        run('req', *CURVE, '-subj', f'/CN={name}', '-keyout', f'{name}.key', '-out', f'{name}.csr')
        run('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'ext', '-out', f'{name}.pem')
