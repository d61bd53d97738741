"""Keys, prefixes, locations and media types: pure rules, no store needed."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianlake.lake.errors import LakeError
from tianlake.lake.store import DirectoryReader, DirectoryStore, media_type_of, node_url, open_reader, open_store
from tianlake.lake.store._rules import check_key, check_prefix, is_key
from tianlake.lake.store.locations import Bucket, Folder, parse_location
from tianlake.lake.store.media import content_type, without_charset

TRICKY = st.lists(
    st.sampled_from(["a", "/", ".", "..", "\\", "\0", "\n", "省", " ", "%2e", "\ud800", ".tmp", "~"])
).map("".join)
"""Keys out of the parts that could lead out of a store."""


@given(TRICKY | st.text())
def test_a_key_that_passes_stays_below_any_root(key: str):
    root = Path("/srv/lake")
    if not is_key(key):
        return
    path = root / key
    assert path.as_posix() == f"/srv/lake/{key}"
    assert Path(*path.parts) == path
    assert ".." not in path.parts
    assert path.is_relative_to(root)
    assert path != root
    assert path.relative_to(root).parts[0] != ".tmp"
    assert key.encode().decode() == key
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in key)


@given((TRICKY | st.text()).filter(lambda key: not is_key(key)))
def test_a_refusal_is_one_line_that_shows_the_key(key: str):
    with pytest.raises(LakeError) as refusal:
        check_key(key)
    assert len(str(refusal.value).splitlines()) == 1
    assert repr(key) in str(refusal.value)
    assert str(refusal.value).encode()


def test_every_control_character_of_unicode_is_refused_and_no_other_character_is_taken_for_one():
    for point in range(sys.maxunicode + 1):
        if not 0xD800 <= point <= 0xDFFF and chr(point) not in "/.\\":
            assert is_key(f"a{chr(point)}b") == (unicodedata.category(chr(point)) != "Cc"), hex(point)


PART = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=60)


@given(st.lists(PART.filter(lambda part: part not in {".", ".."}), min_size=1, max_size=4))
def test_a_key_of_ordinary_parts_passes_and_so_does_each_of_its_beginnings(parts: list[str]):
    key = "/".join(parts)
    if parts[0] != ".tmp" and all(len(part.encode()) <= 255 for part in parts) and len(key.encode()) <= 1024:
        check_key(key)
        for end in range(len(key) + 1):
            check_prefix(key[:end])


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("file:lake", "file:lake/156130000"),
        ("file:lake/", "file:lake/156130000"),
        ("file:/srv/{code}/lake", "file:/srv/156130000/lake"),
        ("s3://tianlake-{code}", "s3://tianlake-156130000"),
        ("s3://bucket/prefix", "s3://bucket/prefix/156130000"),
        ("s3://{code}/{code}", "s3://156130000/156130000"),
    ],
)
def test_each_node_has_a_place_of_its_own(url: str, wanted: str):
    assert node_url(url, "156130000") == wanted


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("file:lake", Folder(Path("/base/lake"))),
        ("file:../湖 1", Folder(Path("/base/../湖 1"))),
        ("file:/srv/lake", Folder(Path("/srv/lake"))),
        ("file:///srv/lake", Folder(Path("/srv/lake"))),
        ("s3://bucket", Bucket("bucket", "")),
        ("s3://bucket/", Bucket("bucket", "")),
        ("s3://tianlake.156/a/b/", Bucket("tianlake.156", "a/b")),
    ],
)
def test_a_url_says_where_objects_lie(url: str, wanted: Folder | Bucket):
    assert parse_location(url, Path("/base")) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "",
        "lake",
        "/srv/lake",
        "http://host/lake",
        "file:",
        "file:/",
        "file://host/lake",
        "file:a\0b",
        "s3:bucket",
        "s3://",
        "s3:///a",
        "s3://Bucket",
        "s3://b",
        "s3://bucket/../other",
        "s3://bucket/a//b",
        "s3://key:secret@b",
    ],
)
def test_any_other_url_is_refused_in_one_line(url: str):
    with pytest.raises(LakeError) as refusal:
        parse_location(url, Path("/base"))
    assert len(str(refusal.value).splitlines()) == 1


def test_a_relative_lake_lies_in_the_workspace(tmp_path: Path):
    store = open_store("file:lake", "156130000", None, tmp_path)
    store.put("node.json", b"{}", media_type="application/json")
    assert isinstance(store, DirectoryStore)
    assert isinstance(open_reader("file:lake", "156130000", None, tmp_path), DirectoryReader)
    assert (tmp_path / "lake/156130000/node.json").read_bytes() == b"{}"


def test_opening_a_directory_loads_no_client_of_s3(tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from tianlake.lake.store import open_reader, open_store;"
        "open_store('file:lake', '156', None, Path('.')); open_reader('file:lake', '156', None, Path('.'));"
        "assert not {'boto3', 'botocore', 'obstore'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("collections/places/collection.json", "application/json"),
        ("releases/places/r/places.parquet", "application/vnd.apache.parquet"),
        ("places.pmtiles", "application/vnd.pmtiles"),
        ("relief.tif", "image/tiff; application=geotiff; profile=cloud-optimized"),
        ("RELIEF.TIF", "image/tiff; application=geotiff; profile=cloud-optimized"),
        ("portal/maplibre-gl.mjs", "text/javascript"),
        ("lake.sql", "application/sql"),
        ("省界.geojson", "application/geo+json"),
        ("LICENSE", "application/octet-stream"),
        ("folder.json/file", "application/octet-stream"),
    ],
)
def test_a_media_type_follows_from_the_ending(key: str, wanted: str):
    assert media_type_of(key) == wanted


def test_text_says_its_charset_and_nothing_else_does():
    assert content_type("text/markdown") == "text/markdown; charset=utf-8"
    assert content_type("text/html; charset=gbk") == "text/html; charset=gbk"
    for key in ("a.json", "a.tif", "a.md", "a.html", "a.bin"):
        assert without_charset(content_type(media_type_of(key))) == media_type_of(key)
