"""How tiles are planned and cut, and what their archive says."""

import logging
import random

import geopandas
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from kit import DATA
from pmtiles.tile import tileid_to_zxy, zxy_to_tileid
from pmtiles.writer import write
from shapely import GeometryCollection, LineString, Point, Polygon
from vector_kit import CITIES, PROVINCES, archive_of, decode, ids_by_layer, make_recipe, tile_facts

from tianlake.build.tiles.facts import rewrite_metadata
from tianlake.build.vector.build import build_vector
from tianlake.build.vector.tile_options import Geometry, family_options, with_given
from tianlake.build.vector.tile_plan import Zooms, check_tiles, choose_zooms, cut_together
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Source, Tiles

POINTS = Geometry(frozenset({0}))
STREETS = Geometry(frozenset({1}), mean_segment_deg=0.0005)
COUNTRY = Geometry(frozenset({1, 2}), 34, 0.02)
TOWN = Geometry(frozenset({2}), 9, 0.02, heaviest=(9_000_000, 9_000_000, *(400_001,) * 9, 400_000))


@pytest.mark.parametrize(
    ("tiles", "sources", "geometry", "zooms"),
    [
        (Tiles(), [Source("a")], POINTS, Zooms(0, 10, declared=False)),
        (Tiles(), [Source("a")], STREETS, Zooms(0, 12, declared=False)),
        (Tiles(), [Source("a")], COUNTRY, Zooms(0, 7, declared=False)),
        (Tiles(), [Source("a")], TOWN, Zooms(0, 11, declared=False)),
        (Tiles(), [Source("a")], Geometry(frozenset({2}), 9, 1e-9), Zooms(0, 14, declared=False)),
        (Tiles(min_zoom=3, max_zoom=9), [Source("a")], TOWN, Zooms(3, 9, declared=True)),
        (Tiles(max_zoom=9), [Source("a", min_zoom=5), Source("b", min_zoom=7)], TOWN, Zooms(5, 9, declared=True)),
        (Tiles(), [Source("a", max_zoom=6), Source("b", max_zoom=8)], TOWN, Zooms(0, 8, declared=True)),
        (Tiles(), [Source("a", max_zoom=6), Source("b", min_zoom=12)], TOWN, Zooms(0, 12, declared=False)),
    ],
)
def test_zooms_are_those_declared_or_suit_the_data(tiles, sources, geometry, zooms):
    assert choose_zooms(make_recipe(*sources, tiles=tiles), geometry) == zooms


@pytest.mark.parametrize(
    ("tiles", "sources", "message"),
    [
        (Tiles(min_zoom=6, max_zoom=3), [Source("a")], "tiles.min_zoom: 6 is above max_zoom 3"),
        (Tiles(max_zoom=9), [Source("a"), Source("b", min_zoom=12)], "sources.1.min_zoom: 12 is above max_zoom 9"),
        (Tiles(), [Source("a", min_zoom=5, max_zoom=4)], "sources.0.min_zoom: 5 is above max_zoom 4"),
        (Tiles(min_zoom=7), [Source("a", max_zoom=6), Source("b")], "tiles.min_zoom: 7 is above max_zoom 6"),
    ],
)
def test_a_source_that_could_never_be_seen_is_refused(tiles, sources, message):
    with pytest.raises(LakeError) as caught:
        check_tiles(make_recipe(*sources, tiles=tiles), "recipe")
    assert str(caught.value) == f"recipe: {message}"


@pytest.mark.parametrize(
    "option",
    [
        *("-o/x", "--output=/x", "--outp=/x", "-t/x", "-Lx:y"),
        *("-pk", "-pfk", "-M9999999", "--maximum-tile-bytes=9"),
        *("-z5", "-q", "-PC", "-Crm", "--prefilter=rm"),
    ],
)
def test_options_that_are_not_a_recipes_business_are_refused(option):
    with pytest.raises(LakeError, match=r"^recipe: tiles\.options: .* is set by Tianlake"):
        check_tiles(make_recipe(Source("a"), tiles=Tiles(options=(option,))), "recipe")


@pytest.mark.parametrize("option", ["-r1", "--drop-rate=1", "-S4", "--hilbert", "-yname", "-pS", "-ac", "--buffer=8"])
def test_options_of_style_are_passed_on(option):
    check_tiles(make_recipe(Source("a", options=(option,)), tiles=Tiles(options=(option,))), "recipe")
    chosen = family_options(POINTS, 0, 5)
    assert with_given(chosen, (option,)) == [*chosen, option]


@pytest.mark.parametrize(
    ("option", "replaced"),
    [
        ("--drop-fraction-as-needed", "--coalesce-smallest-as-needed"),
        ("-aD", "--coalesce-smallest-as-needed"),
        ("-pt", "--no-tiny-polygon-reduction"),
    ],
)
def test_an_option_of_the_recipe_takes_the_place_of_the_chosen_one(option, replaced):
    chosen = family_options(COUNTRY, 0, 5)
    assert replaced in chosen
    assert with_given(chosen, (option,)) == [*(each for each in chosen if each != replaced), option]


@given(st.frozensets(st.sampled_from([0, 1, 2]), min_size=1))
def test_every_family_has_one_way_to_make_a_tile_smaller(dimensions):
    options = family_options(Geometry(dimensions), 0, 9)
    assert len([option for option in options if option.endswith("-as-needed")]) == 1
    assert ("--no-simplification-of-shared-nodes" in options) == bool(dimensions & {1, 2})
    assert "--coalesce-densest-as-needed" not in options


def test_points_are_all_there_from_the_zoom_whose_fullest_tile_has_few():
    crowd = Geometry(frozenset({0}), fullest=(90_000, 40_000, 11_000, 5_000, 2_000))
    assert family_options(crowd, 0, 9)[0] == "--base-zoom=3"
    assert family_options(crowd, 0, 2)[0] == "--base-zoom=2"


def test_points_are_cut_apart_and_lines_with_areas_together_unless_a_source_has_options():
    names = ["borders", "seats", "land", "rivers", "all"]
    recipe = make_recipe(*(Source("a", name=name, options=("-S4",) if name == "rivers" else ()) for name in names))
    kinds = {"borders": "line", "seats": "point", "land": "polygon", "rivers": "line", "all": "mixed"}
    found = [(each.points, each.options, each.sources) for each in cut_together(recipe, kinds)]
    assert found == [(False, (), (0, 2, 4)), (False, ("-S4",), (3,)), (True, (), (1,))]


def test_a_layer_of_few_points_is_not_thinned_out_because_another_is_dense():
    recipe = make_recipe(Source("a", name="seats"), Source("b", name="places"))
    found = cut_together(recipe, {"seats": "point", "places": "point"}, {"seats"})
    assert [(each.sources, each.sparse) for each in found] == [((1,), False), ((0,), True)]


def test_a_layer_is_cut_with_one_set_of_options():
    recipe = make_recipe(Source("a", name="road"), Source("b", name="road", options=("-S4",)))
    with pytest.raises(LakeError, match=r"^recipe: sources\.1\.options: the sources of layer 'road' have different"):
        check_tiles(recipe, "recipe")


def test_islands_are_lost_in_no_zoom_that_could_show_them(divisions):
    """钓鱼岛, 赤尾屿, 黄岩岛 and 曾母暗沙, as the source draws them, from zoom 2 on."""
    out, _ = divisions
    places = [Point(123.51, 25.75), Point(124.56, 25.93), Point(117.78, 15.17), Point(112.26, 3.89)]
    source = geopandas.read_file(DATA / PROVINCES).query("gb != ''").geometry
    parts = source[source.is_valid].explode().to_numpy()
    islands = [parts[shapely.distance(parts, place).argmin()] for place in places]
    assert all(island.distance(place) < 0.05 for island, place in zip(islands, places, strict=True))
    for zoom in range(2, 6):
        provinces = [each for each in decode(out / "sample.pmtiles", zoom) if each["tippecanoe"]["layer"] == "province"]
        drawn = geopandas.GeoDataFrame.from_features(provinces).geometry.to_numpy()
        unit = 360 / 4096 / 2**zoom
        assert all(shapely.distance(drawn, island).min() < unit for island in islands)


def test_tiny_areas_become_squares_only_where_there_are_many_in_a_tile():
    areas = Geometry(frozenset({2}), 60_000, 0.01, fullest=(60_000, 50_001, 50_000))
    assert "--no-tiny-polygon-reduction-at-maximum-zoom" in family_options(areas, 1, 9)
    assert "--no-tiny-polygon-reduction" in family_options(areas, 2, 9)


def test_shared_borders_stay_shared(divisions):
    """Provinces neither overlap nor part: simplified one by one they do both, ten times as much."""
    out, _ = divisions
    zoom, unit = 3, 360 / 4096 / 2**3
    found = [each for each in decode(out / "sample.pmtiles", zoom) if each["tippecanoe"]["layer"] == "province"]
    frame = geopandas.GeoDataFrame.from_features(found)
    provinces = frame.set_geometry(shapely.make_valid(frame.geometry.values)).dissolve("code").geometry
    land = provinces.union_all()
    overlap = sum(shapely.area(provinces.values)) - land.area
    assert overlap < 100 * unit**2
    assert sum(len(part.interiors) for part in land.geoms) < 60


def test_areas_at_the_highest_zoom_are_those_of_the_source(job_of):
    job = job_of(make_recipe(Source(CITIES, where="gb LIKE '15613%'"), tiles=Tiles(min_zoom=9, max_zoom=9)))
    build_vector(job)
    found = geopandas.GeoDataFrame.from_features(decode(job.out / "sample.pmtiles", 9))
    drawn = found.dissolve("gb").geometry.make_valid()
    source = geopandas.read_file(DATA / CITIES).query("gb.str.startswith('15613')").set_index("gb").geometry
    for code, geometry in source.items():
        wrong = drawn[code].symmetric_difference(shapely.make_valid(geometry)).area
        assert wrong < 0.004 * geometry.area


def test_few_points_are_all_there_at_every_zoom(job_of):
    source = Source("cpca/resources/adcodes.csv", x="longitude", y="latitude", crs="EPSG:4326")
    job = job_of(make_recipe(source, tiles=Tiles(max_zoom=4)))
    build_vector(job)
    assert [len(ids_by_layer(job.out / "sample.pmtiles", zoom)["sample"]) for zoom in range(5)] == [3218] * 5


def test_many_points_are_thinned_out_at_low_zooms_only(places):
    out, built = places
    counts = [len(ids_by_layer(out / "sample.pmtiles", zoom)["sample"]) for zoom in (5, 10)]
    assert 0 < counts[0] < counts[1] == built.quality.written


def test_without_a_declared_zoom_one_is_chosen_that_holds_every_feature(job_of):
    job = job_of(make_recipe(Source(CITIES, where="gb LIKE '1561%'")))
    facts = tile_facts(build_vector(job))
    assert facts.max_zoom == 6
    ids = ids_by_layer(job.out / "sample.pmtiles", facts.max_zoom)["sample"]
    assert len(ids) == len(geopandas.read_file(DATA / CITIES).query("gb.str.startswith('1561')"))


def test_all_parts_of_a_collection_are_in_the_tiles(job_of, tmp_path):
    parts = [Point(1, 1), LineString([(2, 2), (4, 4)]), Polygon([(5, 5), (9, 5), (9, 9)])]
    frame = geopandas.GeoDataFrame({"n": [1]}, geometry=[GeometryCollection(parts)], crs=4490)
    frame.to_parquet(tmp_path / "a.parquet")
    job = job_of(make_recipe(Source("a.parquet"), tiles=Tiles(min_zoom=3, max_zoom=3)), tmp_path)
    built = build_vector(job)
    found = decode(job.out / "sample.pmtiles", 3)
    assert {each["geometry"]["type"] for each in found} == {"Point", "LineString", "Polygon"}
    assert {each["id"] for each in found} == {1}
    assert tile_facts(built).layers[0].geometry == "mixed"


def test_attributes_come_through_as_json_can_say_them(job_of, tmp_path):
    values = {"text": ['"quoted", 中文\\'], "number": [2.5], "none": [None], "infinite": [float("inf")], "yes": [True]}
    geopandas.GeoDataFrame(values, geometry=[Point(1, 1)], crs=4490).to_parquet(tmp_path / "a.parquet")
    job = job_of(make_recipe(Source("a.parquet"), tiles=Tiles(max_zoom=0)), tmp_path)
    build_vector(job)
    [feature] = decode(job.out / "sample.pmtiles", 0)
    assert feature["properties"] == {"text": '"quoted", 中文\\', "number": 2.5, "yes": True}


def test_a_zoom_too_low_for_the_data_is_told(job_of, named_features, caplog):
    recipe = make_recipe(Source("named features.gpkg"), tiles=Tiles(min_zoom=6, max_zoom=6))
    job = job_of(recipe, named_features)
    with caplog.at_level(logging.WARNING):
        build_vector(job)
    assert "the highest zoom does not hold every feature (dropped_as_needed" in caplog.text
    _, _, tiles = archive_of(job.out / "sample.pmtiles")
    assert max(map(len, tiles.values())) <= 500_000


def test_new_metadata_leaves_every_tile_as_it_was(divisions, tmp_path):
    out, _ = divisions
    header, metadata, tiles = archive_of(out / "sample.pmtiles")
    longer = metadata | {"note": "很长" * 10_000}
    rewrite_metadata(out / "sample.pmtiles", tmp_path / "new.pmtiles", longer)
    new_header, new_metadata, new_tiles = archive_of(tmp_path / "new.pmtiles")
    assert (new_metadata, new_tiles) == (longer, tiles)
    moved = {"metadata_length", "leaf_directory_offset", "tile_data_offset"}
    assert {name for name in header if header[name] != new_header[name]} == moved
    rewrite_metadata(tmp_path / "new.pmtiles", tmp_path / "old.pmtiles", metadata)
    assert (tmp_path / "old.pmtiles").read_bytes() == (out / "sample.pmtiles").read_bytes()


def test_an_archive_with_leaf_directories_keeps_its_tiles(divisions, tmp_path):
    old, _, _ = archive_of(divisions[0] / "sample.pmtiles")
    rng = random.Random(20261123)
    numbers = sorted(rng.sample(range(1_000_000), 20_000))
    first, wanted = zxy_to_tileid(12, 0, 0), {}
    with write(str(tmp_path / "old.pmtiles")) as writer:
        for number in numbers:
            wanted[tileid_to_zxy(first + number)] = data = rng.randbytes(rng.randrange(4, 200))
            writer.write_tile(first + number, data)
        writer.finalize(old, {"name": "old"})
    header, _, _ = archive_of(tmp_path / "old.pmtiles")
    assert header["leaf_directory_length"] > 0
    rewrite_metadata(tmp_path / "old.pmtiles", tmp_path / "new.pmtiles", {"name": "new", "note": "x" * 999})
    _, metadata, tiles = archive_of(tmp_path / "new.pmtiles")
    assert (metadata["name"], tiles) == ("new", wanted)


def test_an_archive_cut_short_is_no_archive(divisions, tmp_path):
    whole = (divisions[0] / "sample.pmtiles").read_bytes()
    (tmp_path / "half.pmtiles").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="ends within a section"):
        rewrite_metadata(tmp_path / "half.pmtiles", tmp_path / "new.pmtiles", {})
