"""HTTPS on loopback with a certificate that is thrown away: what a proxy in front of a gateway does."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_REQUEST = """
[req]
prompt = no
distinguished_name = name
x509_extensions = root
[name]
CN = 127.0.0.1
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign
subjectKeyIdentifier = hash
subjectAltName = IP:127.0.0.1
"""


def certify(folder: Path) -> tuple[Path, Path]:
    """Make a self-signed certificate for 127.0.0.1 that lasts a day; return it and its key."""
    request, certificate, key = (folder / name for name in ("request.cnf", "ca.pem", "key.pem"))
    request.write_text(_REQUEST)
    command: list[str | Path] = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-config", request, "-out", certificate, "-keyout", key]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return certificate, key


@asynccontextmanager
async def https_in_front_of(port: int, certificate: Path, key: Path) -> AsyncIterator[str]:
    """Give the HTTPS address of what listens on a port of 127.0.0.1."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, upward = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pump(reader, upward), _pump(upstream, writer))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with await asyncio.start_server(carry, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await source.read(1 << 16):
            target.write(part)
            await target.drain()
    target.close()
    with suppress(OSError):
        await target.wait_closed()


class Authority:
    """An authority that signs certificates, and is believed by whoever has its `file`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a test")])
        self.file = folder / "authority.pem"
        root = self._begin(self._name, self._key, timedelta(days=1))
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.file.write_bytes(root.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def certificate(self, host: str, *, lasts: timedelta = timedelta(days=1)) -> Path:
        """Return a file with a certificate for a host name or address and its key; one that lasts < 0 has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        known = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        made = self._begin(name, key, lasts).add_extension(x509.SubjectAlternativeName([known]), critical=False)
        file = self._folder / f"{host}-{lasts.days}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(private + made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return file

    def _begin(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: timedelta) -> x509.CertificateBuilder:
        end = datetime.now(UTC) + lasts
        begin = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key.public_key())
        return (
            begin.serial_number(x509.random_serial_number())
            .not_valid_before(end - timedelta(days=30))
            .not_valid_after(end)
        )


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is there
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that does not believe a certificate hangs up."""


@contextmanager
def folder_over_https(folder: Path, certificate: Path) -> Iterator[str]:
    """Serve the files of a folder, and give the address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with _Server(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"https://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
