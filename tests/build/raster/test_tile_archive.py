"""Identical tiles are stored once, different ones never, whatever their hashes say."""

from random import Random

import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, zxy_to_tileid

from tianlake.build.tiles import archive as tile_archive
from tianlake.build.tiles.archive import TileArchive

HEADER = {"tile_type": TileType.PNG, "tile_compression": Compression.NONE}


def write(tmp_path, tiles):
    target = tmp_path / "out.pmtiles"
    with TileArchive(tmp_path) as archive:
        for tile_id, data in tiles:
            archive.add(tile_id, data)
        archive.write(target, dict(HEADER), {"name": "名"})
    return target


def read(path):
    with path.open("rb") as file:
        source = MmapSource(file)
        return Reader(source).header(), {zxy_to_tileid(*zxy): data for zxy, data in all_tiles(source)}


def test_every_tile_comes_back_under_its_id(tmp_path):
    random = Random(20261123)
    ids = sorted(random.sample(range(10_000_000), 20_000))
    tiles = {tile_id: random.randbytes(random.randrange(1, 99)) for tile_id in ids}
    header, got = read(write(tmp_path, tiles.items()))
    assert got == tiles
    assert header["leaf_directory_length"] > 0  # enough entries for leaf directories
    assert header["addressed_tiles_count"] == len(tiles)
    assert header["clustered"]


def test_identical_tiles_are_stored_once_and_neighbours_share_an_entry(tmp_path):
    tiles = [(1, b"sea"), (2, b"sea"), (3, b"coast"), (4, b"sea"), (9, b"sea")]
    header, got = read(write(tmp_path, tiles))
    assert got == dict(tiles)
    assert header["addressed_tiles_count"] == 5
    assert header["tile_entries_count"] == 4  # 1-2 in one run, 3, 4, 9
    assert header["tile_contents_count"] == 2
    assert header["tile_data_length"] == len(b"seacoast")


def test_different_tiles_stay_different_when_their_digests_collide(tmp_path, monkeypatch):
    monkeypatch.setattr(tile_archive, "digest", lambda _data: b"the same for all")
    tiles = [(1, b"land"), (2, b"city"), (3, b"land"), (4, b"lands"), (5, b"city")]
    header, got = read(write(tmp_path, tiles))
    assert got == dict(tiles)
    assert header["tile_contents_count"] == 3


def test_tiles_out_of_order_are_refused_because_the_archive_says_clustered(tmp_path):
    with TileArchive(tmp_path) as archive:
        archive.add(7, b"a")
        with pytest.raises(ValueError, match="tile 7 comes after tile 7"):
            archive.add(7, b"b")
        with pytest.raises(ValueError, match="tile 3 comes after tile 7"):
            archive.add(3, b"b")


def test_no_scratch_file_is_left(tmp_path):
    write(tmp_path, [(1, b"a")])
    assert [each.name for each in tmp_path.iterdir()] == ["out.pmtiles"]
