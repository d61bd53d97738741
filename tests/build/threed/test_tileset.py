"""A tileset is copied as it is; loaders.gl reads the copy, geopandas its index."""

import json
import zipfile
from pathlib import Path

import geopandas
import pytest
import shapely
import tileset_kit as kit
from kit import REPO
from portal_kit import run_node, static_host

from tianlake.build.candidates import BuildOptions, build
from tianlake.build.fingerprint import source_files
from tianlake.build.job import Job, silent
from tianlake.build.threed.tileset import build_tiles3d
from tianlake.lake.recipes import ProductCard, Recipe, Source
from tianlake.lake.releases import Quality, TilesetFacts
from tianlake.lake.words import Text

READER = (Path(__file__).parent / "read_tileset.mjs").read_text("utf-8")


def recipe_of(*paths):
    text = Text("城市", "City")
    card = ProductCard("city", "tiles3d", "3d", text, text, "MIT", "Made in a test")
    return Recipe(card, tuple(map(Source, paths)))


def make(root, path):
    (root / "out").mkdir()
    (root / "scratch").mkdir()
    job = Job(recipe_of(path), "156131000", root, root / "out", root / "scratch")
    return job, build_tiles3d(job)


def read(folder):
    """Return what loaders.gl finds in the tileset of a folder."""
    with static_host(folder) as host:
        done = run_node("node", "--input-type=module", "-e", READER, f"{host.url}/tileset.json", cwd=REPO / "portal")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        for tile in found["tiles"]:
            tile["uri"] = tile["uri"] and tile["uri"].removeprefix(f"{host.url}/")
        return found


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    root = tmp_path_factory.mktemp("listed")
    kit.write(root / "city", kit.explicit())
    (root / "city/notes.txt").write_text("do not publish")
    return make(root, "city")


@pytest.fixture(scope="module")
def quadtree(tmp_path_factory):
    root = tmp_path_factory.mktemp("quadtree")
    kit.write(root / "city", *kit.implicit())
    return make(root, "city")


def test_every_file_of_the_tileset_is_copied_byte_for_byte_and_no_other(listed):
    job, made = listed
    copied = {path.relative_to(job.out / "tileset").as_posix(): path for path in (job.out / "tileset").rglob("*.*")}
    assert set(copied) == {"tileset.json", *kit.FILES}
    for name, path in copied.items():
        assert path.read_bytes() == (job.root / "city" / name).read_bytes()
    roles = {asset.name: asset.role for asset in made.assets}
    assert roles["tileset/tileset.json"] == "data"
    assert [name for name, role in roles.items() if role == "part"] == sorted(f"tileset/{name}" for name in kit.FILES)
    assert set(roles) == {path.relative_to(job.out).as_posix() for path in job.out.rglob("*") if path.is_file()}
    types = {asset.name: asset.media_type for asset in made.assets}
    assert types["tileset/root.glb"] == "model/gltf-binary"
    assert types["tileset/tiles/east block.b3dm"] == "application/octet-stream"


def test_facts_say_where_the_city_is_and_what_shows_it(listed):
    _, made = listed
    facts = made.assets[0].facts
    assert isinstance(facts, TilesetFacts)
    assert (facts.version, facts.geometric_error, facts.tiles, facts.contents) == ("1.0", 128, 3, 3)
    assert facts.content_types == ("b3dm", "glb")
    assert facts.heights == pytest.approx((-200, 200), abs=0.01)
    # A box of 400 m: 400 m of meridian are 0.0036°, of the parallel of 39.52° 0.00465° (GRS 80).
    box = made.bounds
    assert box == facts.bounds
    assert (box.west + box.east) / 2 == pytest.approx(kit.LON, abs=1e-6)
    assert (box.south + box.north) / 2 == pytest.approx(kit.LAT, abs=1e-6)
    assert box.north - box.south == pytest.approx(0.0036024, abs=2e-6)
    assert box.east - box.west == pytest.approx(0.0046521, abs=2e-6)
    assert made.quality == Quality(read=3, written=3)


def test_loaders_gl_reads_the_copy(listed):
    job, _ = listed
    found = read(job.out / "tileset")
    assert found["version"] == "1.0"
    assert [(tile["uri"], tile["error"], tile["type"], tile["meshes"]) for tile in found["tiles"]] == [
        ("root.glb", 32, "glTF", 1),
        ("tiles/west.glb", 0, "glTF", 1),
        ("tiles/east block.b3dm", 4, "b3dm", 1),
    ]


def test_the_index_has_every_tile_of_an_implicit_tiling_that_loaders_gl_finds(quadtree):
    job, made = quadtree
    found = read(job.out / "tileset")
    table = geopandas.read_parquet(job.out / "index.parquet")
    assert table.crs.to_epsg() == 4490
    ours = sorted(
        (uri.removeprefix("tileset/"), error)
        for uri, error in zip(table.uri, table.geometric_error, strict=True)
        if isinstance(uri, str)
    )
    assert ours == sorted((tile["uri"], tile["error"]) for tile in found["tiles"] if tile["uri"])
    assert (made.assets[0].facts.tiles, made.assets[0].facts.contents) == (len(found["tiles"]), 7)
    assert set(table.level) == {0, 1, 2, 3}


def test_a_tile_of_the_index_lies_in_its_quarter(quadtree):
    job, _ = quadtree
    table = geopandas.read_parquet(job.out / "index.parquet").set_index("tile")
    west, south, side = kit.LON - 0.01, kit.LAT - 0.01, 0.02
    for tile, row in table.iterrows():
        level, x, y = map(int, tile.removeprefix("root@").split("/"))
        part = side / 2**level
        expected = shapely.box(west + x * part, south + y * part, west + (x + 1) * part, south + (y + 1) * part)
        assert row.geometry.bounds == pytest.approx(expected.bounds, abs=1e-9)
        assert (row.height_min, row.height_max, row.refine) == (0, 100, "REPLACE")
        assert level == 0 or row.bytes == len(kit.glb(20))


def test_what_is_left_out_is_told(listed):
    job, _ = listed
    report = json.loads((job.out / "quality.json").read_text("utf-8"))
    [finding] = report["findings"]
    assert (finding["rule"], finding["fate"], finding["count"]) == ("tileset.unreferenced", "left_out", 1)
    assert "notes.txt" in json.dumps(finding)


def test_an_archive_is_unpacked(tmp_path):
    folder = kit.write(tmp_path / "files", *kit.implicit())
    with zipfile.ZipFile(tmp_path / "city.3tz", "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder))
        archive.writestr("@3dtilesIndex1@", b"\0" * 24)
    job, made = make(tmp_path, "city.3tz")
    assert made.assets[0].facts.contents == 7
    assert len(list((job.out / "tileset").rglob("*.*"))) == len(list(folder.rglob("*.*")))


def test_an_external_tileset_is_followed_and_moved_with_the_tile_that_holds_it(tmp_path):
    inner = {
        "asset": {"version": "1.1"},
        "geometricError": 8,
        "root": {"boundingVolume": kit.box(40), "geometricError": 2, "content": {"uri": "../root.glb"}},
    }
    outer = kit.explicit()
    outer["root"]["children"][0] = {
        "transform": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -100, 0, 0, 1],
        "boundingVolume": kit.box(50),
        "geometricError": 8,
        "content": {"uri": "west/tileset.json"},
    }
    files = {name: data() for name, data in kit.FILES.items()} | {"west/tileset.json": json.dumps(inner).encode()}
    kit.write(tmp_path / "city", outer, files)
    job, made = make(tmp_path, "city")
    table = geopandas.read_parquet(job.out / "index.parquet")
    [row] = table[table.tileset == "tileset/west/tileset.json"].itertuples()
    assert (row.tile, row.level, row.uri, row.refine) == ("root", 2, "tileset/root.glb", "ADD")
    # 100 m west of the middle, 80 m wide
    assert row.geometry.centroid.x == pytest.approx(kit.LON - 100 / 85_990, abs=2e-6)
    assert row.geometry.bounds[2] - row.geometry.bounds[0] == pytest.approx(80 / 85_990, rel=0.01)
    assert made.assets[0].facts.contents == 2  # the tile's own and the b3dm: root.glb is shown twice
    assert not (job.out / "tileset/tiles/west.glb").exists()


def test_a_region_across_the_antimeridian_keeps_its_place(tmp_path):
    tileset = kit.explicit()
    tileset["root"] = {
        "boundingVolume": {"region": [3.13, 0.9, -3.13, 0.91, 0, 10]},
        "geometricError": 1,
        "content": {"uri": "root.glb"},
    }
    kit.write(tmp_path / "city", tileset)
    job, _ = make(tmp_path, "city")
    [shape] = geopandas.read_parquet(job.out / "index.parquet").geometry
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == pytest.approx(2 * 0.66439 * 0.57296, rel=1e-3)


def test_a_change_of_any_file_of_the_folder_builds_anew(tmp_path):
    kit.write(tmp_path / "city", kit.explicit())
    recipe = recipe_of("city")
    files = [path.relative_to(tmp_path).as_posix() for path in source_files(tmp_path, recipe)]
    assert files == sorted(["city/tileset.json", *(f"city/{name}" for name in kit.FILES)])
    options = BuildOptions(tmp_path / "state")
    first, made = build(recipe, "156131000", tmp_path, options, silent)
    again, anew = build(recipe, "156131000", tmp_path, options, silent)
    assert (made, anew, again.path) == (True, False, first.path)
    (tmp_path / "city/tiles/west.glb").write_bytes(kit.glb(49))
    _, anew = build(recipe, "156131000", tmp_path, options, silent)
    assert anew
