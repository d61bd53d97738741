"""Until when the certificate of a server is good."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path
from typing import Final

from tianlake.lake.errors import LakeError, StoreError

WAIT_S: Final = 5.0
DAY_S: Final = 86_400


def days_left(host: str, port: int, ca_file: Path | None) -> float:
    """Return for how many days the certificate of a server is good, by TLS as every client of it asks.

    Args:
        host: Its name, which the certificate must be for.
        port: Its port.
        ca_file: PEM file of authorities that are believed beside the system's.

    Raises:
        LakeError: The certificate is not believed: expired, of another name, by an authority that is not known.
        StoreError: The server cannot be reached.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    try:
        with (
            socket.create_connection((host, port), timeout=WAIT_S) as connection,
            context.wrap_socket(connection, server_hostname=host) as secured,
        ):
            found = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message
        raise LakeError(f"https://{host}:{port}: its certificate is not believed: {why}") from None
    except OSError as error:
        raise StoreError(f"https://{host}:{port}: does not answer: {error.strerror or error}") from None
    return (ssl.cert_time_to_seconds(str(found["notAfter"])) - time.time()) / DAY_S
