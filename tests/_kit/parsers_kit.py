"""Every parser of foreign input, with real input to begin from, and the errors by which it may refuse."""

from __future__ import annotations

import gzip
import io
import json
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import rasterio
from archive_kit import one_tile
from asset_kit import picture
from hypothesis import strategies as st
from pmtiles.tile import Compression, Entry, serialize_directory
from rasterio.transform import from_origin

from tianlake.functions.accounts.snapshot import read_snapshot
from tianlake.functions.admission.credentials import presented, without_credentials
from tianlake.functions.archives import directory, parse_archive
from tianlake.functions.calls import CallError
from tianlake.functions.gateway.wmts_requests import asked
from tianlake.functions.web.ogc import cql2_tree
from tianlake.functions.web.posted import posted
from tianlake.functions.web.today.status import SearchError
from tianlake.functions.web.today.wishes import read_wish
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.leaks import find_leaks
from tianlake.lake.sealed import letter_box, seal, unseal
from tianlake.lake.signed import public_key, sign
from tianlake.lake.store.protocol import ObjectInfo
from tianlake.stac.federation.offers import MAGIC, read_offer
from tianlake.stac.foreign.mapping import Record, item_of, records
from tianlake.stac.foreign.records import Foreign

SEED: Final = bytes(range(32))
KEY: Final = public_key(SEED)
URL: Final = "https://data.example.org/stac/a/collection.json"
FOREIGN: Final = Foreign("institute", "https://data.example.org/stac/catalog.json")


@dataclass(frozen=True)
class Parser:
    """One parser."""

    read: Callable[[bytes], object]
    seeds: Sequence[bytes]
    refuses: tuple[type[Exception], ...] = ()
    """What it may raise; anything else is a fault."""

    def try_on(self, data: bytes) -> None:
        """Read some bytes; a refusal is an answer."""
        with suppress(*self.refuses):
            self.read(data)


def _archive() -> bytes:
    with TemporaryDirectory() as folder:
        return one_tile(Path(folder))


def parquet() -> bytes:
    """Return a small table."""
    out = io.BytesIO()
    table = pa.table({"id": [1, 2], "name": ["一", "b"]}).replace_schema_metadata({"geo": '{"version": "1.1.0"}'})
    pq.write_table(table, out)
    return out.getvalue()


def _tiff(*, big: bool) -> bytes:
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=8,
            height=8,
            count=1,
            dtype="uint8",
            transform=from_origin(116, 40, 0.1, 0.1),
            BIGTIFF="YES" if big else "NO",
        ) as file:
            file.write(np.zeros((1, 8, 8), "uint8"))
            file.update_tags(TIFFTAG_ARTIST="someone", note="text")
        return bytes(memory.read())


def _las() -> bytes:
    head = bytearray(375)
    head[:4], head[24:26] = b"LASF", bytes((1, 4))
    struct.pack_into("<HII", head, 94, 375, 375 + 54 + 4, 1)
    return bytes(head) + struct.pack("<H16sHH32s", 0, b"LASF_Projection", 2112, 4, b"wkt") + b"GEOG"


def _glb() -> bytes:
    text = json.dumps({"asset": {"version": "2.0", "generator": "tool"}}).encode()
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text


COLLECTION: Final[dict[str, Any]] = {
    "type": "Collection",
    "stac_version": "1.0.0",
    "id": "a",
    "description": "d",
    "license": "CC0-1.0",
    "extent": {"spatial": {"bbox": [[1, 2, 3, 4]]}, "temporal": {"interval": [["2020-01-01T00:00:00Z", None]]}},
    "links": [{"rel": "self", "href": "./collection.json"}],
    "assets": {"data": {"href": "a.parquet", "roles": ["data"]}},
}
ITEM: Final[dict[str, Any]] = {
    "type": "Feature",
    "id": "i",
    "bbox": [1, 2, 3, 4],
    "geometry": {"type": "Point", "coordinates": [1, 2]},
    "properties": {"datetime": "2020-01-01T00:00:00Z"},
    "assets": {"data": {"href": "a.tif"}},
}
FILE: Final = {"key": "node.json", "sha256": "0" * 64, "size": 5}
OFFER: Final = {
    "layout": 1,
    "node": "156130000",
    "url": "https://map.example.cn",
    "made": "2026-11-27T00:00:00Z",
    "card": FILE,
    "collections": FILE,
    "items": None,
    "collection_count": 1,
}


def _stac(data: bytes) -> None:
    document = json.loads(data)
    if isinstance(document, dict):
        records(FOREIGN, "156130000", [(URL, document)])
        item_of(Record("n156130000-institute_a", "a", URL, "{}"), URL, document)


def _offer(data: bytes) -> None:
    said = MAGIC + data.replace(b"\n", b" ") + b"\n"
    read_offer(said + sign(MAGIC, {}, SEED).splitlines()[2] + b"\n", [KEY], name="offer")


def _signed_offer(data: bytes) -> None:
    """Read an offer that a child signed, whatever it wrote: its key is believed, not its words."""
    read_offer(sign(MAGIC, json.loads(data), SEED), [KEY], name="offer")


def _directories(data: bytes) -> None:
    packed = Compression.GZIP if data[:2] == b"\x1f\x8b" else Compression.NONE
    directory(packed, data, file="a.pmtiles")


def _leaks(name: str, *seeds: bytes) -> Parser:
    """Read a file that is about to be published, from memory and from a disk: neither may raise anything."""

    def read(data: bytes) -> None:
        find_leaks(name, data)
        with TemporaryDirectory() as folder:
            file = Path(folder) / name
            file.write_bytes(data)
            find_leaks(name, file)

    return Parser(read, seeds)


def _text(read: Callable[[str], object], *seeds: str, refuses: tuple[type[Exception], ...] = ()) -> Parser:
    return Parser(lambda data: read(data.decode("utf-8", "replace")), [each.encode() for each in seeds], refuses)


def _credentials(text: str) -> None:
    presented(text, {"authorization": text, "x-api-key": text}, f"/{text}")
    without_credentials(text)


ROOT: Final = serialize_directory([Entry(0, 0, 10, 1), Entry(3, 10, 10, 2), Entry(9, 0, 40, 0)])
WISH: Final = (
    '{"keyWord":"北京","level":"12","mapBound":"116.0,39.5,116.8,40.2","queryType":"1","count":"10","start":"0"}'
)

PARSERS: Final[dict[str, Parser]] = {
    "stac": Parser(_stac, [json.dumps(each).encode() for each in (COLLECTION, ITEM)], (ValueError, RecursionError)),
    "offer": Parser(_offer, [json.dumps(OFFER).encode()], (LakeError,)),
    "signed-offer": Parser(_signed_offer, [json.dumps(OFFER).encode()], (LakeError, ValueError, RecursionError)),
    "pmtiles-header": Parser(
        lambda data: parse_archive(ObjectInfo("a.pmtiles", len(data), "e", "application/vnd.pmtiles", 0), data),
        [_archive()],
        (LakeError,),
    ),
    "pmtiles-directory": Parser(_directories, [ROOT, gzip.decompress(ROOT)], (LakeError,)),
    "leaks-pmtiles": _leaks("a.pmtiles", _archive()),
    "leaks-tiff": _leaks("a.tif", _tiff(big=False), _tiff(big=True)),
    "leaks-png": _leaks("a.png", picture()),
    "leaks-las": _leaks("a.laz", _las()),
    "leaks-glb": _leaks("a.glb", _glb()),
    "leaks-json": _leaks("a.json", json.dumps(COLLECTION).encode()),
    "post-str": _text(posted, WISH, "{'a': 1, b: \"x\",}", refuses=(LakeError,)),
    "wish": _text(lambda text: read_wish({"type": "query", "poststr": text}), WISH, refuses=(SearchError,)),
    "tokens": _text(_credentials, "tk=0123456789abcdef0123456789abcdef&sk=x", "tk=a&tk=b", "sig=1&key=2&expires=3"),
    "snapshot": Parser(
        lambda data: read_snapshot(data, KEY, name="s"),
        [sign(b"tianlake-keys 1\n", {"sha256": ""}, SEED)],
        (LakeError,),
    ),
    "sealed": Parser(
        lambda data: unseal(data, SEED, "case", file="f"), [seal(b"text", letter_box(SEED), "case")], (LakeError,)
    ),
    "cql2-text": _text(
        lambda text: cql2_tree.read(text, "cql2-text"),
        "name = '北京' AND S_INTERSECTS(geometry, BBOX(1,2,3,4))",
        "NOT (a > 1 OR b LIKE 'x%') AND c IN (1, 2)",
        refuses=(CallError,),
    ),
    "cql2-json": _text(
        lambda text: cql2_tree.read(text, "cql2-json"),
        '{"op": "and", "args": [{"op": "=", "args": [{"property": "a"}, 1]}, {"op": "isNull", "args": [1]}]}',
        refuses=(CallError,),
    ),
    "wmts": Parser(
        lambda data: asked("vec_w/wmts", data),
        [
            b"SERVICE=WMTS&REQUEST=GetTile&LAYER=vec&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX=3&TILEROW=2&TILECOL=5",
            b"service=wmts&request=GetCapabilities",
        ],
        (NotFoundError,),
    ),
    "wmts-path": _text(
        lambda text: asked(text, b""),
        "vec_w/wmts/1.0.0/vec/default/w/3/2/5.png",
        "DataServer",
        refuses=(NotFoundError,),
    ),
}

_NUMBERS: Final = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """Make bytes up from real ones: changed, cut, doubled, with numbers in them that no file has."""
    data = bytearray(draw(st.sampled_from(list(seeds))))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("byte", "bytes", "number", "cut", "double", "drop"))):
            case "byte" if at < len(data):
                data[at] = draw(st.integers(0, 255))
            case "bytes":
                data[at:at] = draw(st.binary(max_size=12))
            case "number":
                width = draw(st.sampled_from((1, 2, 4, 8)))
                raw = draw(st.sampled_from(_NUMBERS)) & ((1 << 8 * width) - 1)
                data[at : at + width] = raw.to_bytes(width, draw(st.sampled_from(("little", "big"))))
            case "cut":
                del data[at:]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(0, 64))]
            case _:
                del data[at : at + draw(st.integers(0, 16))]
    return bytes(data)
