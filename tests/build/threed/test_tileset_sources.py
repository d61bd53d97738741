"""Folders and archives that hold no tileset, or one that must not be unpacked, are refused in one line."""

import zipfile

import pytest
import tileset_kit as kit

from tianlake.build.job import Job
from tianlake.build.threed.unpack import open_folder
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import ProductCard, Recipe, Source
from tianlake.lake.words import Text

CITY = "sources/city"
GLB = kit.glb()


def job_of(tmp_path, *paths):
    text = Text("城市", "City")
    card = ProductCard("city", "tiles3d", "3d", text, text, "MIT", "Made in a test")
    (tmp_path / "scratch").mkdir(exist_ok=True)
    sources = tuple(map(Source, paths))
    return Job(Recipe(card, sources), "156131000", tmp_path, tmp_path / "out", tmp_path / "scratch")


def zipped(path, *entries, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("empty", "empty: the folder has no tileset.json; name the folder that has it"),
        ("city/tileset.json", "city/tileset.json: name its folder: all files in it belong to the tileset"),
        ("model.glb", "model.glb: is neither a folder with tileset.json nor a .3tz archive"),
        ("bad.3tz", "bad.3tz: is no zip archive or damaged: File is not a zip file; fetch it again"),
        ("none.3tz", "none.3tz: the archive has no tileset.json at its root"),
        ("slip.3tz", "slip.3tz: entry '../a.glb' leads out of the archive"),
        ("packed.3tz", "packed.3tz: entry 'tileset.json' is compressed by method 12; write it stored or deflated"),
    ],
)
def test_a_source_that_is_no_tileset_is_refused(tmp_path, path, message):
    (tmp_path / "empty").mkdir()
    kit.write(tmp_path / "city", kit.explicit())
    (tmp_path / "model.glb").write_bytes(GLB)
    (tmp_path / "bad.3tz").write_bytes(GLB)
    zipped(tmp_path / "none.3tz", ("a/tileset.json", b"{}"))
    zipped(tmp_path / "slip.3tz", ("tileset.json", b"{}"), ("../a.glb", GLB))
    zipped(tmp_path / "packed.3tz", ("tileset.json", b"{}"), method=zipfile.ZIP_BZIP2)
    with pytest.raises(LakeError) as caught:
        open_folder(job_of(tmp_path, path))
    assert str(caught.value) == message


def changed_headers(path, at, value):
    """Set a byte of the one entry's two headers: `at` in the first, two bytes later in the second (APPNOTE 4.3)."""
    packed = bytearray(path.read_bytes())
    for mark, further in ((b"PK\3\4", 0), (b"PK\1\2", 2)):
        packed[packed.index(mark) + at + further] = value
    path.write_bytes(packed)


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (6, 1, "entry 'tileset.json' is encrypted; write it without a password"),
        (29, 127, "is no zip archive or damaged: "),
    ],
)
def test_an_archive_that_cannot_be_unpacked_is_refused(tmp_path, at, value, message):
    zipped(tmp_path / "a.3tz", ("tileset.json", b"{}"))
    changed_headers(tmp_path / "a.3tz", at, value)
    with pytest.raises(LakeError) as caught:
        open_folder(job_of(tmp_path, "a.3tz"))
    assert str(caught.value).startswith(f"a.3tz: {message}")


def test_an_archive_that_would_fill_the_disk_is_not_unpacked(tmp_path):
    zipped(tmp_path / "a.3tz", *((name, b"{}") for name in ("tileset.json", *map(str, range(9999)))))
    packed = bytearray((tmp_path / "a.3tz").read_bytes())
    at = 0
    while (at := packed.find(b"PK\1\2", at + 1)) >= 0:
        packed[at + 24 : at + 28] = (0xFFFFFFF0).to_bytes(4, "little")  # what it unpacks to: 4 GiB each
    (tmp_path / "a.3tz").write_bytes(packed)
    with pytest.raises(LakeError, match=r"^a.3tz: unpacks to 429496\d+ bytes, and the disk has \d+ left; unpack it"):
        open_folder(job_of(tmp_path, "a.3tz"))
    assert not (tmp_path / "scratch/unpacked").exists()


def test_two_tilesets_are_not_one_product(tmp_path):
    with pytest.raises(LakeError) as caught:
        open_folder(job_of(tmp_path, "a", "b"))
    rule = "a tileset is built from exactly one folder, not 2; join them in one tileset.json"
    assert str(caught.value) == f"nodes/156131000/products/city.toml: sources: {rule}"
