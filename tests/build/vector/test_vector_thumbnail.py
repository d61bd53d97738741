"""The small picture: light enough, on a light ground, with every layer to be seen."""

import geopandas
import numpy as np
import pytest
import rasterio
from shapely import LineString, Point, Polygon, box
from vector_kit import AREAS, CITIES, PROVINCES, make_recipe

from tianlake.build.job import silent
from tianlake.build.raster.image import LIMIT_BYTES, LONGEST
from tianlake.build.vector.features import gather
from tianlake.build.vector.thumbnail import GROUND, make_canvas, write_thumbnail
from tianlake.lake.duck import connect
from tianlake.lake.recipes import Source

pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform")


def pixels_of(file):
    with rasterio.open(file) as picture:
        assert picture.driver == "PNG"
        return picture.read()[:3].astype(int)


def drawn(pixels):
    """Return where something other than the ground is."""
    return (np.abs(pixels - np.array(GROUND)[:, None, None]) > 8).any(axis=0)


@pytest.fixture
def picture_of(job_of, tmp_path):
    def run(*sources, root=None):
        job = job_of(make_recipe(*sources), *([root] if root else []))
        with connect() as connection:
            features = gather(connection, job, silent)
            write_thumbnail(connection, features, tmp_path / "a.png")
        return pixels_of(tmp_path / "a.png"), features

    return run


def test_real_pictures_are_small_files_of_the_size_of_a_card(divisions, places):
    for out, _ in (divisions, places):
        file = out / "thumbnail.png"
        assert file.stat().st_size <= LIMIT_BYTES
        _, height, width = pixels_of(file).shape
        assert max(height, width) == LONGEST


def test_the_country_is_drawn_where_it_lies(divisions):
    out, built = divisions
    pixels = pixels_of(out / "thumbnail.png")
    canvas = make_canvas(tuple(built.bounds.as_list()), LONGEST)
    seen = drawn(pixels)

    def at(lon, lat):
        column, row = ~canvas.transform * (lon, lat)
        return int(row // 3), int(column // 3)

    for lon, lat in ((87.6, 43.8), (116.4, 39.9), (121.0, 23.8), (110.0, 19.2), (125.3, 43.8)):
        assert seen[at(lon, lat)]  # 乌鲁木齐, 北京, 台湾, 海南, 长春
    for lon, lat in ((100, 10), (130, 30), (76, 20)):
        assert not seen[at(lon, lat)]


def test_each_of_the_ten_dashes_is_seen(divisions):
    out, built = divisions
    pixels = pixels_of(out / "thumbnail.png")
    canvas = make_canvas(tuple(built.bounds.as_list()), LONGEST)
    red = (pixels[0] > 150) & (pixels[1] < 130)
    table = geopandas.read_parquet(out / "sample.parquet").query("layer == 'boundary'").geometry
    [south] = [each for each in table if len(each.geoms) == 10]
    for dash in south.geoms:
        column, row = ~canvas.transform * dash.interpolate(0.5, normalized=True).coords[0]
        row, column = int(row // 3), int(column // 3)
        assert red[row - 1 : row + 2, column - 1 : column + 2].any()


def test_layers_are_told_apart(picture_of):
    pixels, _ = picture_of(
        Source(PROVINCES, name="province", where="gb = '156130000'"),
        Source(CITIES, name="city", where="gb LIKE '15613%'"),
    )
    one, _ = picture_of(Source(PROVINCES, where="gb = '156130000'"))
    assert pixels.shape == one.shape
    assert (drawn(pixels) == drawn(one)).mean() > 0.99
    differing = (np.abs(pixels - one) > 8).any(axis=0).mean()
    assert 0.005 < differing < 0.2  # the borders between the cities


def test_every_kind_of_geometry_is_seen(picture_of, tmp_path):
    shapes = [Point(1, 1), LineString([(2, 0), (2, 8)]), Polygon([(4, 0), (8, 0), (8, 8), (4, 8)])]
    geopandas.GeoDataFrame({"n": [1, 2, 3]}, geometry=shapes, crs=4490).to_parquet(tmp_path / "a.parquet")
    pixels, features = picture_of(Source("a.parquet"), root=tmp_path)
    canvas = make_canvas(features.bounds, LONGEST)
    for lon, lat in ((1, 1), (2, 4), (6, 4)):
        column, row = ~canvas.transform * (lon, lat)
        assert drawn(pixels)[int(row // 3), int(column // 3)]
    assert not drawn(pixels)[:3].any()  # the margin


def test_areas_too_small_for_their_borders_stay_light(picture_of, tmp_path):
    cells = [box(x / 200, y / 200, (x + 1) / 200, (y + 1) / 200) for x in range(200) for y in range(200)]
    geopandas.GeoDataFrame({"n": range(40_000)}, geometry=cells, crs=4490).to_parquet(tmp_path / "a.parquet")
    pixels, _ = picture_of(Source("a.parquet"), root=tmp_path)
    middle = pixels[:, 200:300, 200:300]
    assert middle.mean() > 170
    assert drawn(pixels)[200:300, 200:300].all()


@pytest.mark.parametrize("shape", [Point(116, 39), LineString([(116, 39), (116, 40)]), LineString([(0, 80), (90, 80)])])
def test_a_box_without_width_or_height_makes_a_picture(picture_of, tmp_path, shape):
    geopandas.GeoDataFrame({"n": [1]}, geometry=[shape], crs=4490).to_parquet(tmp_path / "a.parquet")
    pixels, _ = picture_of(Source("a.parquet"), root=tmp_path)
    assert drawn(pixels).any()
    assert min(pixels.shape[1:]) > 100


def test_a_kilometre_is_as_long_east_as_north():
    canvas = make_canvas((116.0, 60.0, 118.0, 61.0), LONGEST)
    assert canvas.step_x / canvas.step_y == pytest.approx(1 / np.cos(np.radians(60.5)))


def test_a_picture_that_is_too_heavy_is_drawn_smaller(picture_of, monkeypatch):
    monkeypatch.setattr("tianlake.build.raster.image.LIMIT_BYTES", 15_000)
    pixels, _ = picture_of(Source(CITIES, where=AREAS))
    assert max(pixels.shape[1:]) < LONGEST


def test_a_few_points_are_large_enough_to_be_seen_on_a_card_and_round(picture_of, tmp_path):
    """A card shows the picture about 100 pixels wide: a dot of 12 pixels is one of more than two there."""
    frame = geopandas.GeoDataFrame({"n": [1, 2]}, geometry=[Point(116, 39), Point(117, 40)], crs=4490)
    frame.to_parquet(tmp_path / "a.parquet")
    pixels, _ = picture_of(Source("a.parquet"), root=tmp_path)
    seen = drawn(pixels)
    _, width = seen.shape
    rows, columns = np.nonzero(seen[:, : width // 2])
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == pytest.approx((12, 12), abs=1)
    assert len(rows) / ((np.ptp(rows) + 1) * (np.ptp(columns) + 1)) == pytest.approx(np.pi / 4, abs=0.08)
