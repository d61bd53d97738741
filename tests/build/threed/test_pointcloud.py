"""Point clouds are taken in as they are, and refused where they are not what they say."""

import hashlib
import struct

import copc_kit as kit
import geopandas
import laspy
import numpy as np
import pytest
from pyproj import CRS, Transformer

from tianlake.build.job import Job
from tianlake.build.threed.copc import read_cloud
from tianlake.build.threed.pointcloud import build_pointcloud
from tianlake.lake.errors import LakeError
from tianlake.lake.leaks import find_leaks
from tianlake.lake.recipes import ProductCard, Recipe, Source
from tianlake.lake.releases import PointCloudFacts, Quality
from tianlake.lake.words import Text

SHOWN = "sources/hill.copc.laz"
RAW = "/" + "home/zhao/survey/raw.las"


def job_of(root, *sources):
    text = Text("点云", "Points")
    card = ProductCard("hill", "pointcloud", "3d", text, text, "MIT", "Made in a test")
    (root / "out").mkdir()
    (root / "scratch").mkdir()
    return Job(Recipe(card, sources), "156131000", root, root / "out", root / "scratch")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("cloud")
    kit.write(root / "hill.copc.laz")
    job = job_of(root, Source("hill.copc.laz"))
    return job, build_pointcloud(job)


def test_the_file_is_copied_byte_for_byte(built):
    job, made = built
    copied = job.out / "hill.copc.laz"
    assert copied.read_bytes() == (job.root / "hill.copc.laz").read_bytes()
    [asset] = [each for each in made.assets if each.role == "data"]
    assert asset.name == "hill.copc.laz"
    assert asset.sha256 == hashlib.sha256(copied.read_bytes()).hexdigest()
    assert asset.media_type == "application/vnd.laszip+copc"
    names = {path.relative_to(job.out).as_posix() for path in job.out.rglob("*") if path.is_file()}
    assert {each.name for each in made.assets} == names
    assert names == {"hill.copc.laz", "index.parquet", "thumbnail.png", "quality.json", "quality.html"}


def test_facts_are_those_that_laspy_reads(built):
    job, made = built
    facts = made.assets[0].facts
    with laspy.CopcReader.open(job.out / "hill.copc.laz") as reader:
        points = reader.query()
    assert isinstance(facts, PointCloudFacts)
    assert (facts.points, facts.point_format, facts.crs, facts.spacing) == (len(points), 7, "EPSG:4548", 10.0)
    assert facts.heights == pytest.approx((points.z.min(), points.z.max()), abs=0.011)
    assert {column.name: column.type for column in facts.dimensions}["red"] == "u2"
    assert {column.name: column.type for column in facts.dimensions}["return_number"] == "u1"
    to_degrees = Transformer.from_crs("EPSG:4548", "EPSG:4490", always_xy=True)
    lon, lat = to_degrees.transform(points.x, points.y)
    assert made.bounds.west <= lon.min() <= lon.max() <= made.bounds.east
    assert made.bounds.south <= lat.min() <= lat.max() <= made.bounds.north
    assert made.bounds.east - made.bounds.west == pytest.approx(np.ptp(lon), rel=0.02)
    assert made.quality == Quality(read=len(points), written=len(points))


def test_the_index_has_a_row_for_each_node_at_its_place(built):
    job, _ = built
    table = geopandas.read_parquet(job.out / "index.parquet")
    assert table.crs.to_epsg() == 4490
    assert sorted(zip(table.level, table.x, table.y, table.z, strict=True)) == sorted(kit.KEYS)
    assert set(table.points) == {200}
    assert set(table.file) == {"hill.copc.laz"}
    back = table.geometry.to_crs(4548)
    for row, shape in zip(table.itertuples(), back, strict=True):
        side = kit.SIDE / 2**row.level
        corner = (kit.EAST + row.x * side, kit.NORTH + row.y * side)
        assert shape.bounds == pytest.approx((*corner, corner[0] + side, corner[1] + side), abs=0.001)
    data = (job.out / "hill.copc.laz").read_bytes()
    with laspy.CopcReader.open(job.out / "hill.copc.laz") as reader:
        root = reader.root_page.entries[laspy.copc.VoxelKey.from_bytes(struct.pack("<iiii", 0, 0, 0, 0))]
    [first] = table[table.level == 0].itertuples()
    assert (first.offset, first.bytes) == (root.offset, root.byte_size)
    assert table.bytes.sum() < len(data)


def test_the_thumbnail_shows_the_hill_brightest_in_the_middle(built, read_png):
    job, _ = built
    pixels = read_png(job.out / "thumbnail.png")
    height, width = pixels.shape[1:]
    drawn = pixels[3] > 0
    assert 0.2 < drawn.mean() < 1
    light = pixels[:3].sum(axis=0).astype(float)
    rows, cols = np.indices((height, width))
    near = np.hypot(rows - height / 2, cols - width / 2) < width / 8
    corner = np.hypot(rows - height / 2, cols - width / 2) > width / 2.2
    assert light[near & drawn].mean() > 1.5 * light[corner & drawn].mean()


def test_several_files_are_one_product(tmp_path):
    kit.write(tmp_path / "a.copc.laz", each=20)
    (tmp_path / "b").mkdir()
    kit.write(tmp_path / "b/b.copc.laz", each=30)
    job = job_of(tmp_path, Source("a.copc.laz"), Source("b/b.copc.laz"))
    made = build_pointcloud(job)
    data = {each.name: each.facts.points for each in made.assets if isinstance(each.facts, PointCloudFacts)}
    assert data == {"points/a.copc.laz": 120, "points/b.copc.laz": 180}
    table = geopandas.read_parquet(tmp_path / "out/index.parquet")
    assert dict(table.groupby("file").points.sum()) == data


def test_two_files_of_one_name_are_refused(tmp_path):
    job = job_of(tmp_path, Source("a/x.copc.laz"), Source("b/x.copc.laz"))
    with pytest.raises(LakeError) as caught:
        build_pointcloud(job)
    rule = "another source has the same file name 'points/x.copc.laz'; rename one"
    assert str(caught.value) == f"nodes/156131000/products/hill.toml: sources.1.path: {rule}"


def error_of(path, declared=None):
    with pytest.raises(LakeError) as caught:
        read_cloud(path, SHOWN, declared)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{SHOWN}: ")
    return message.removeprefix(f"{SHOWN}: ")


CONVERT = "convert it, for example with: pdal translate in.laz out.copc.laz (or untwine)"


@pytest.mark.parametrize(("suffix", "kind"), [("las", "LAS"), ("laz", "LAZ")])
def test_plain_las_is_refused_with_advice(tmp_path, suffix, kind):
    data = laspy.create(point_format=6, file_version="1.4")
    data.x, data.y, data.z = np.arange(9.0), np.arange(9.0), np.arange(9.0)
    path = tmp_path / f"plain.{suffix}"
    data.write(path)
    assert error_of(path) == f"is plain {kind} 1.4, which cannot be read by ranges; {CONVERT}"


def test_another_file_is_refused_with_advice(tmp_path):
    path = tmp_path / "x.copc.laz"
    path.write_bytes(b"PK\3\4 not points")
    assert error_of(path) == f"is no LAS or LAZ file; {CONVERT}"


@pytest.fixture
def spoiled(tmp_path):
    """Return a good cloud with the bytes at some offsets replaced, or its end cut off."""

    def make(*patches, keep=None):
        path = kit.write(tmp_path / "hill.copc.laz", each=20)
        data = bytearray(path.read_bytes())
        for offset, patch in patches:
            data[offset : offset + len(patch)] = patch
        path.write_bytes(data[:keep])
        return path

    return make


def sizes(path):
    """Return offsets of the hierarchy and sizes by laspy."""
    with laspy.CopcReader.open(path) as reader:
        return reader.copc_info.hierarchy_root_offset, reader.copc_info.hierarchy_root_size


# Offsets in the header: LAS 1.4 R15, table 3; the info record begins at byte 375 with a head of 54 bytes.
POINT_COUNT, VERSION_MINOR, POINT_FORMAT, MAX_X, RECORD_ID, HALF = 247, 25, 104, 179, 393, 429 + 24


@pytest.mark.parametrize(
    ("offset", "patch", "message"),
    [
        (POINT_COUNT, struct.pack("<Q", 121), "hierarchy: the octree holds 120 points, the header says 121; write the file anew"),  # noqa: E501
        (POINT_FORMAT, bytes([0x80 | 3]), "header: has points of format 3; COPC has 6, 7 or 8"),
        (HALF, struct.pack("<d", 0.0), "copc info: the octree's root has half a side of 0"),
        (MAX_X, struct.pack("<d", kit.EAST + 600), "header: its bounds 474006.47 4376002.02 20 to 474600 4376511.81 78.51 leave the octree's root"),  # noqa: E501
        (RECORD_ID, struct.pack("<H", 77), f"is plain LAZ 1.4, which cannot be read by ranges; {CONVERT}"),
    ],
)  # fmt: skip
def test_a_header_that_lies_is_refused(spoiled, offset, patch, message):
    found, expected = error_of(spoiled((offset, patch))), message
    if "bounds" in message:  # the other numbers are random
        found, expected = found.split(" ")[-4:], message.split(" ")[-4:]
    assert found == expected


def test_more_points_than_memory_should_be_asked_for_are_refused_before_they_are_read(spoiled):
    offset, size = sizes(path := spoiled())
    page = path.read_bytes()[offset : offset + size]
    # An entry is key (4 int32), offset (uint64), bytes and points (int32); the root's key is 0-0-0-0 (copc.io).
    [root] = [at for at in range(0, size, 32) if struct.unpack_from("<4i", page, at) == (0, 0, 0, 0)]
    claim = 2_000_000_000
    lie = (offset + root + 28, struct.pack("<i", claim)), (POINT_COUNT, struct.pack("<Q", 100 + claim))
    message = error_of(spoiled(*lie))
    assert message.startswith("points of levels 0 to 0: are 2,000,000,000, and no first levels of an octree hold more")


def test_bounds_that_leave_points_out_are_refused(spoiled):
    message = error_of(spoiled((MAX_X, struct.pack("<d", kit.EAST + 30))))
    assert message.startswith("header: its bounds 4740")
    assert " leave out points of the root: 4740" in message


def test_a_truncated_file_is_refused(spoiled):
    whole = spoiled()
    size = whole.stat().st_size
    offset, length = sizes(whole)
    message = error_of(spoiled(keep=offset + 16))
    assert message.startswith(("header: cannot be read: ", "hierarchy: the page at byte "))
    assert message.endswith(("; fetch the file again", "; fetch it again"))
    assert offset + length <= size


def test_damaged_points_are_refused(spoiled, tmp_path):
    with laspy.CopcReader.open(kit.write(tmp_path / "a.copc.laz", each=20)) as reader:
        first = min(entry.offset for entry in reader.root_page.entries.values() if entry.point_count > 0)
    whole = spoiled((first + 90, b"\xff" * 120))  # behind the sizes of layers
    message = error_of(whole)
    assert message.startswith(("points of levels 0 to 0: their bytes are damaged: ", "header: its bounds"))


def test_a_page_that_leads_to_itself_ends(spoiled):
    offset, length = sizes(spoiled())
    path = spoiled()
    data = bytearray(path.read_bytes())
    entries = [data[offset + start : offset + start + 32] for start in range(0, length, 32)]
    [page] = [number for number, entry in enumerate(entries) if struct.unpack_from("<i", entry, 28)[0] == -1]
    struct.pack_into("<Q", data, offset + page * 32 + 16, offset)
    path.write_bytes(data)
    assert error_of(path) == f"hierarchy: the page at byte {offset} is told of twice"


def test_a_file_without_a_crs_needs_one_declared(tmp_path):
    path = kit.write(tmp_path / "hill.copc.laz", wkt="", each=5)
    assert error_of(path) == 'crs: the file has no CRS; declare it in the recipe, for example crs = "EPSG:4549"'
    assert error_of(path, "EPSG:0") == "crs: 'EPSG:0' is no CRS; write it as EPSG:4549"
    assert read_cloud(path, SHOWN, "EPSG:4548").code == "EPSG:4548"


def test_the_horizontal_part_of_a_compound_crs_counts(tmp_path):
    wkt = CRS.from_user_input("EPSG:4548+5737").to_wkt("WKT1_GDAL")
    assert read_cloud(kit.write(tmp_path / "a.copc.laz", wkt=wkt, each=5), SHOWN, None).code == "EPSG:4548"


def test_a_crs_that_is_no_code_is_refused(tmp_path):
    wkt = CRS.from_proj4("+proj=tmerc +lon_0=116.35 +x_0=300000 +ellps=GRS80 +units=m").to_wkt("WKT1_GDAL")
    message = error_of(kit.write(tmp_path / "a.copc.laz", wkt=wkt, each=5))
    assert message.endswith('is no EPSG code; declare it in the recipe, for example crs = "EPSG:4549"')


def test_a_path_in_the_file_is_found_before_it_is_published(spoiled):
    path = spoiled((58, f"pdal {RAW}\0".encode()))
    [leak] = find_leaks("hill.copc.laz", path)
    assert (leak.place, leak.rule) == (
        "generating software",
        f"absolute local path '{RAW}' must not be published",
    )
    assert error_of(path).startswith(f"generating software: absolute local path '{RAW}'")


def test_a_cut_file_cannot_be_checked_for_leaks(spoiled):
    [leak] = find_leaks("hill.copc.laz", spoiled(keep=400))
    assert "cannot be checked for leaks: not a readable LAS file" in leak.rule
