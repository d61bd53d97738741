"""HTTPS on loopback with a certificate that is thrown away: what a proxy in front of a gateway does."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

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
