"""Access logs of CloudFront, in each form it delivers: W3C files (legacy, and v2) and JSON lines (v2), gzip or not.

Amazon CloudFront Developer Guide, "Standard logging reference". Queries are passed over unread: keys stand in them.
"""

from __future__ import annotations

import gzip
import json
import logging
import zlib
from collections.abc import Container, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tianlake.functions.gateway.kinds import kind_of, product_of, release_of
from tianlake.functions.gateway.places import locate
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.logs.rows import Cache, Kind, Row

_log = logging.getLogger(__name__)

_FIELDS: Final = "#Fields:"
_GZIP: Final = b"\x1f\x8b"
_NEEDED: Final = frozenset({"date", "time", "cs-method", "cs-uri-stem", "sc-status"})

_GONE: Final = 499
"""As the gateway writes it: CloudFront has `000` for a viewer that went away before it was answered."""

_RESULTS: Final[dict[str, Cache]] = {"hit": "hit", "refreshhit": "hit", "originshieldhit": "hit", "miss": "miss"}
"""`x-edge-result-type`, in lower case. Anything else asked no cache: errors, redirects, answers of functions."""


def rows_of(body: bytes, *, name: str, codes: Container[str], root: str) -> Iterator[Row]:
    """Yield the requests that a file tells of, with addresses of clients as they came: mask them before writing.

    Lines that cannot be read are passed over, and their number is logged.

    Args:
        body: The file.
        name: What messages call it.
        codes: Codes of the nodes that the network serves, each at `/<code>/`.
        root: Code of the node at `/`.

    Raises:
        LakeError: It is no such file.
    """
    bad = 0
    for said in _records(body, name):
        try:
            yield _row(said, codes, root)
        except (KeyError, ValueError, TypeError):
            bad += 1
    if bad:
        _log.warning("%s: %d lines cannot be read", name, bad)


def _records(body: bytes, name: str) -> Iterator[Mapping[str, Any]]:
    lines = _text(body, name).splitlines()
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("{"):
        for line in lines:
            try:
                found = json.loads(line) if line.strip() else None
            except ValueError:
                found = {}
            if found is not None:
                yield found
        return
    columns: list[str] = []
    for line in lines:
        if line.startswith(_FIELDS):
            columns = line.removeprefix(_FIELDS).split()
        elif line.strip() and line[0] != "#":
            if not set(columns) >= _NEEDED:
                missing = ", ".join(sorted(_NEEDED - set(columns)))
                raise LakeError(
                    f"{name}: is no access log of CloudFront: before its first row no {_FIELDS} names {missing}"
                )
            yield dict(zip(columns, line.split("\t"), strict=False))


def _text(body: bytes, name: str) -> str:
    try:
        return (gzip.decompress(body) if body.startswith(_GZIP) else body).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise LakeError(f"{name}: is no access log of CloudFront, or not whole: {error}") from None


def _row(said: Mapping[str, Any], codes: Container[str], root: str) -> Row:
    came = datetime.fromisoformat(f"{said['date']}T{said['time']}").replace(tzinfo=UTC).timestamp()
    if str(exact := said.get("timestamp(ms)", "-")).isdecimal():
        came = int(exact) / 1000
    node, kind, product, release = _called(str(said["cs-uri-stem"]), codes, root)
    return Row(
        came,
        node,
        product,
        release,
        kind,
        str(said["cs-method"]),
        int(said["sc-status"]) or _GONE,
        "",
        int(_number(said.get("sc-bytes"))),
        _number(said.get("time-taken")) * 1000,
        _RESULTS.get(str(said.get("x-edge-result-type", "")).lower(), "none"),
        "",
        "",
        str(said.get("c-ip", "")),
        "edge",
    )


def _called(stem: str, codes: Container[str], root: str) -> tuple[str, Kind, str, str]:
    try:
        place = locate(stem.encode("ascii", "replace"), codes)
    except NotFoundError:
        return root, "other", "", ""
    return place.node or root, kind_of(place), product_of(place), release_of(place)


def _number(value: Any) -> float:  # noqa: ANN401 - JSON has numbers or texts; W3C files have `-` for nothing
    return 0.0 if value in {None, "-", ""} else float(value)
