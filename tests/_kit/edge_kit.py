"""CloudFront's viewer requests as Lambda@Edge gets them, and a node's objects in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from admission_kit import NODE, PRODUCTS, RELEASE, SECRET, Accounts, Clock

from tianlake.functions.edge.config import Bucket, Config
from tianlake.functions.edge.start import EdgeFunction
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import DEFAULT_POLICY

CITY = "156131000"
CONFIG = Config({NODE: Bucket("lake"), CITY: Bucket("city", "c/")}, NODE, "tianlake", "us-east-1")

_TYPES = {"mvt": 1, "png": 2, "jpg": 3, "webp": 4}


def event(
    uri: str,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    client: str = "198.51.100.7",
    method: str = "GET",
) -> dict[str, Any]:
    """Return an event in the form of the developer guide ("Example viewer request")."""
    sent = {"host": "d111111abcdef8.cloudfront.net", "user-agent": "curl/7.66.0", "accept": "*/*", **(headers or {})}
    fields = {name: [{"key": name.title(), "value": value}] for name, value in sent.items()}
    request = {"clientIp": client, "headers": fields, "method": method, "querystring": query, "uri": uri}
    config = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": "viewer-request",
        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def pointer(access: str) -> bytes:
    """Return a Collection, as far as the edge reads it."""
    return json.dumps({"type": "Collection", "version": RELEASE, "tianlake:access": access}).encode()


def header(kind: str) -> bytes:
    """Return the first bytes of a PMTiles archive of one type of tiles."""
    return b"PMTiles\x03" + bytes(91) + bytes([_TYPES[kind]]) + bytes(27)


class Objects:
    """Objects of nodes in memory; counts what is read, and fails when told to."""

    def __init__(self) -> None:
        layers = {"vec": "roads", "img": "places/image", "cva": "places/image-c", "cta": "places/c", "ter": "gone"}
        self.objects: dict[tuple[str, str], bytes] = {
            (NODE, "quotas.json"): json.dumps(DEFAULT_POLICY.document()).encode(),
            (NODE, "terms.json"): json.dumps(
                {"version": "2026-11-27", "title": {"zh": "条", "en": "T"}, "text": {"zh": "条", "en": "T"}}
            ).encode(),
            (NODE, "node.json"): json.dumps({"settings": {"layers": layers}}).encode(),
            (CITY, "collections/places/collection.json"): pointer("open"),
            (CITY, f"releases/places/{RELEASE}/places.parquet"): bytes(100),
        }
        for product, access in PRODUCTS.items():
            self.objects[NODE, f"collections/{product}/collection.json"] = pointer(access)
            folder = f"releases/{product}/{RELEASE}"
            self.objects[NODE, f"{folder}/{product}.pmtiles"] = header("mvt") + bytes(1_000)
            self.objects[NODE, f"{folder}/{product}.parquet"] = bytes(5_000)
            for name in ("quality.html", "thumbnail.png", "manifest.json"):
                self.objects[NODE, f"{folder}/{name}"] = b"a document"
        for name, kind in {"image": "png", "image-c": "webp", "c": "jpg"}.items():
            self.objects[NODE, f"releases/places/{RELEASE}/places-{name}.pmtiles"] = header(kind)
        self.reads: list[str] = []
        self.down = False

    def read(self, code: str, key: str, first: int | None = None) -> bytes | None:
        self._note(key)
        found = self.objects.get((code, key))
        return found[:first] if found is not None else None

    def size(self, code: str, key: str) -> int | None:
        self._note(key)
        found = self.objects.get((code, key))
        return len(found) if found is not None else None

    def _note(self, key: str) -> None:
        self.reads.append(key)
        if self.down:
            raise StoreError(f"{key}: the bucket does not answer")


class Store(Accounts):
    """A store of accounts in memory that knows the secrets too."""

    def secret(self, name: str) -> bytes:
        self._up()
        return SECRET if name == "links" else bytes(32)


class Edge:
    """An edge function over objects and accounts in memory, at a time that tests set."""

    def __init__(self, config: Config = CONFIG) -> None:
        self.objects, self.store, self.clock = Objects(), Store(), Clock()
        self.handle = EdgeFunction(config, self.objects, self.store, self.clock)

    def __call__(self, uri: str, query: str = "", **more: Any) -> dict[str, Any]:
        return self.handle(event(uri, query, **more))

    def spent(self, account: str, meter: str = "bytes") -> int:
        """Return what an account really spent: leased, less what the worker gives back."""
        self.handle.viewer.door.close()
        return {str(name): units for name, units in self.store.used(account, self.clock.now).items()}.get(meter, 0)
