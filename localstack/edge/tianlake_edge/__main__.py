"""Run an edge: `python -m tianlake_edge edge.json [--port 8080]`, until Ctrl-C or SIGTERM.

```json
{
  "behaviours": "infra/modules/cdn/behaviours.json",
  "bundle": "dist/edge.zip",
  "distribution": "E1A2B3C4D5E6F7",
  "root": "156130000",
  "buckets": {"156130000": "tianlake-156130000"},
  "origins": {"gateway": "http://127.0.0.1:8765", "api": "…", "web": "…", "stac": "…"},
  "endpoint_url": "http://127.0.0.1:4566",
  "region": "us-east-1"
}
```
Paths are relative to the file. Credentials are found by boto3's own chain: they stand for the origin access control and
the function's role. Without `distribution` in the service at `endpoint_url`, no invalidation is heard of.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import boto3
import urllib3
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from tianlake_edge.cache import Cache
from tianlake_edge.edge import Edge, Setup
from tianlake_edge.function import EdgeFunctions
from tianlake_edge.invalidations import Invalidations
from tianlake_edge.origins import BucketOrigin, Origin
from tianlake_edge.origins import Server as ServerOrigin
from tianlake_edge.policies import read_distribution
from tianlake_edge.server import EdgeApp


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """What the file says."""

    behaviours: Path
    bundle: Path
    root: str
    buckets: Mapping[str, str]
    """Node code → bucket."""
    origins: Mapping[str, str]
    """Kind of origin → base URL without a final `/`."""
    endpoint_url: str
    region: str
    distribution: str = "E000000000000"
    processes: int = 1
    """Of the function."""
    cache_bytes: int = 256 * 1024 * 1024


def read_settings(file: Path) -> EdgeSettings:
    """Return what a file says, its paths made absolute."""
    found = EdgeSettings(**json.loads(file.read_text("utf-8")))
    base = file.resolve().parent
    return replace(found, behaviours=base / found.behaviours, bundle=base / found.bundle)


def make_app(settings: EdgeSettings, folder: Path) -> EdgeApp:
    """Return the application of an edge; its function is unpacked below `folder`, and runs."""
    session, pool = boto3.Session(), urllib3.PoolManager(maxsize=32)
    credentials = session.get_credentials()
    if credentials is None:
        raise SystemExit(
            "edge: no credentials: buckets are read by signed requests; set AWS_ACCESS_KEY_ID and …SECRET…"
        )
    origins: dict[str, Origin] = {
        f"bucket:{code}": BucketOrigin(settings.endpoint_url, bucket, settings.region, credentials, pool)
        for code, bucket in settings.buckets.items()
    }
    origins |= {kind: ServerOrigin(url, pool) for kind, url in settings.origins.items()}
    client = session.client("cloudfront", endpoint_url=settings.endpoint_url, region_name=settings.region)
    function = EdgeFunctions(settings.bundle, folder, settings.processes)
    heed = Invalidations(client, settings.distribution)
    distribution = read_distribution(settings.behaviours)
    setup = Setup(
        distribution, settings.distribution, function, origins, settings.root, Cache(settings.cache_bytes), heed
    )
    return EdgeApp(Edge(setup), function.close)


def main() -> int:
    """Serve until a signal; return the exit code."""
    parser = argparse.ArgumentParser(prog="tianlake_edge", description="A CDN's edge on 127.0.0.1.")
    parser.add_argument("settings", type=Path)
    parser.add_argument("--port", type=int, default=8080)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="tianlake-edge-") as folder:
        server = Server(
            "tianlake_edge",
            address="127.0.0.1",
            port=given.port,
            interface=Interfaces.ASGI,
            workers=1,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(max_buffer_size=132 * 1024),
            websockets=False,
            log_level=LogLevels.warning,
        )
        server.serve(target_loader=partial(make_app, read_settings(given.settings), Path(folder)), wrap_loader=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
