"""Which engine an option asks for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tianlake.build.engine.bucket import BucketShelf
from tianlake.build.engine.protocol import Engine, Tls
from tianlake.build.engine.shelf import FolderShelf, Shelf
from tianlake.build.engine.workshop import local_engine
from tianlake.lake.errors import LakeError
from tianlake.lake.store import S3Settings

PROCESS: Final = "process"

DASK: Final = re.compile(
    r"dask(?P<tls>\+tls)?://(?P<address>(?:\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5})/?(?:\?wait=(?P<wait>\d{1,4}))?"
)


def open_engine(name: str, jobs: int, memory: int, tls: Tls | None = None) -> Engine:
    """Return an engine; whoever asks for it closes it.

    Args:
        name: `process`, or `dask://HOST:PORT` of a scheduler, `dask+tls://` where it speaks TLS. With `?wait=SECONDS`
            the first worker is waited for so long: where all are started together with the command.
        jobs: Processes of this machine.
        memory: Bytes that each of them may hold; workers of a cluster are bounded by whoever starts them.
        tls: Certificates for a cluster that speaks TLS.

    Raises:
        LakeError: There is no such engine, its extra is not installed, or TLS and certificates do not go together.
        StoreError: The scheduler does not answer, or has no workers.
    """
    if name == PROCESS:
        return local_engine(jobs, memory)
    match = DASK.fullmatch(name)
    if match is None:
        raise LakeError(f"--engine: {name!r} is neither {PROCESS} nor dask://HOST:PORT, dask+tls://HOST:PORT")
    if match["tls"] and tls is None:
        raise LakeError("--engine: dask+tls:// needs certificates: ca_file, cert_file, key_file of [cluster]")
    if tls is not None and not match["tls"]:
        raise LakeError("--engine: [cluster] has certificates, which dask:// would not use; write dask+tls://")
    try:
        from tianlake.build.engine.cluster import CONNECT_S, Cluster  # noqa: PLC0415 - only the extra `dask` has it
    except ModuleNotFoundError as error:
        raise LakeError(f"--engine: {error.name} is not installed; pip install 'tianlake[dask]'") from None
    return Cluster(match["address"], int(match["wait"] or CONNECT_S), tls)


def shelf_of(engine: Engine, url: str, settings: S3Settings | None, folder: Path) -> Shelf:
    """Return where parts of a product of a node lie: in its bucket where workers are elsewhere and it has one.

    Args:
        engine: Who makes them.
        url: Of the node's store.
        settings: How to reach S3.
        folder: `<node>/<product>` of the workspace's own parts.
    """
    if engine.remote and url.startswith("s3:"):
        return BucketShelf(url, settings, folder.name, folder)
    return FolderShelf(folder.resolve())
