"""Many files that together are one picture, and VRTs: pixels from each, gaps, overlaps, refusals by name."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from tianlake.build.fingerprint import source_files
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Raster, RasterClass, Source, Tiles
from tianlake.lake.words import Text

FEW = Tiles(min_zoom=8, max_zoom=8, matrix_sets=("w",))
PALETTE = {0: (0, 0, 0, 255), 1: (200, 30, 30, 255), 2: (30, 200, 30, 255)}


@pytest.fixture
def sheet(write, tmp_path):
    """Write a file of 50 × 50 pixels into the folder `sheets`, by column and row of a grid of such files."""
    (tmp_path / "sheets").mkdir()

    def make(name, col, row, data, **more):
        place = from_origin(116 + col * 0.5, 40 - row * 0.5, 0.01, 0.01)
        return write(data, f"sheets/{name}", **({"transform": place} | more))

    return make


def full(value, dtype="uint8"):
    return np.full((50, 50), value, dtype)


def read(made):
    with rasterio.open(made.cog) as cog:
        return cog.read(1), cog.read_masks(1) > 0, cog


def test_a_folder_of_files_is_one_picture_with_gaps_where_no_file_lies(build, sheet, tmp_path):
    sheet("a.tif", 0, 0, full(10), nodata=0)
    sheet("b.tif", 1, 1, full(20), nodata=0)
    made = build(tmp_path, tiles=FEW, sources=[Source("sheets")])
    data, valid, cog = read(made)
    assert data.shape == (100, 100)
    assert cog.nodata == 0
    assert (data[:50, :50] == 10).all()
    assert (data[50:, 50:] == 20).all()
    assert not valid[:50, 50:].any()
    assert not valid[50:, :50].any()


@pytest.mark.parametrize("how", ["sheets", "sheets/*.tif", "**/*.tif"])
def test_without_nodata_gaps_are_masked_and_black_stays_black(build, sheet, tmp_path, how):
    sheet("a.tif", 0, 0, full(0, "uint16"))
    sheet("b.tif", 1, 1, full(20, "uint16"))
    data, valid, cog = read(build(tmp_path, tiles=FEW, sources=[Source(how)]))
    assert cog.nodata is None
    assert valid[:50, :50].all()
    assert (data[:50, :50] == 0).all()
    assert not valid[:50, 50:].any()


def test_the_later_name_lies_on_top_but_for_its_missing_pixels(build, sheet, tmp_path):
    sheet("a.tif", 0, 0, full(10), nodata=0)
    over = full(20)
    over[:, :10] = 0
    sheet("b.tif", 0.4, 0, over, nodata=0)
    data, valid, _cog = read(build(tmp_path, tiles=FEW, sources=[Source("sheets")]))
    assert data.shape == (50, 70)
    assert valid.all()
    assert (data[:, :30] == 10).all()
    assert (data[:, 30:] == 20).all()


def test_masks_of_files_become_one(build, sheet, tmp_path):
    mask = np.full((50, 50), 255, np.uint8)
    mask[:, :10] = 0
    sheet("a.tif", 0, 0, full(10))
    sheet("b.tif", 0.4, 0, full(20), mask=mask)
    data, valid, _cog = read(build(tmp_path, tiles=FEW, sources=[Source("sheets")]))
    assert valid.all()
    assert (data[:, :30] == 10).all()
    assert (data[:, 30:] == 20).all()


def test_alpha_bands_of_files_become_one(build, sheet, tmp_path):
    colors = ("red", "green", "blue", "alpha")
    meaning = [rasterio.enums.ColorInterp[name] for name in colors]

    def rgba(value, west):
        data = np.full((4, 50, 50), value, np.uint8)
        data[3] = 255
        data[3, :, :west] = 0
        return data

    sheet("a.tif", 0, 0, rgba(10, 0), colorinterp=meaning)
    sheet("b.tif", 0.4, 0.5, rgba(20, 10), colorinterp=meaning)
    data, valid, cog = read(build(tmp_path, tiles=FEW, sources=[Source("sheets")]))
    assert cog.count == 4
    assert (data[25:50, 20:30] == 10).all()
    assert (data[25:50, 30:] == 20).all()
    assert not valid[:25, 50:].any()
    assert not valid[50:, :30].any()


def test_a_nodata_value_of_the_recipe_holds_for_all_files(build, sheet, tmp_path):
    over = full(20)
    over[:, :10] = 99
    sheet("a.tif", 0, 0, full(10))
    sheet("b.tif", 0.4, 0, over, nodata=7)
    data, valid, cog = read(build(tmp_path, Raster(nodata=99), tiles=FEW, sources=[Source("sheets")]))
    assert cog.nodata == 99
    assert valid.all()
    assert (data[:, 20:30] == 10).all()


def test_sheets_of_classes_keep_their_palette(build, sheet, tmp_path):
    sheet("a.tif", 0, 0, full(1), colormap=PALETTE, nodata=0)
    sheet("b.tif", 1, 0, full(2), colormap=PALETTE, nodata=0)
    titles = tuple(RasterClass(value, Text(f"类{value}", f"class {value}"), "#102030") for value in (1, 2))
    made = build(tmp_path, Raster(categorical=True, classes=titles), tiles=FEW, sources=[Source("sheets")])
    data, _valid, _cog = read(made)
    with rasterio.open(made.cog) as cog:
        assert cog.colorinterp[0].name == "palette"
    assert sorted(np.unique(data)) == [1, 2]


def test_sheets_in_a_zone_whose_crs_is_declared(build, sheet, tmp_path):
    for name, west in (("a.tif", 450_000), ("b.tif", 451_500)):
        sheet(name, 0, 0, full(9, "int16"), crs=None, transform=from_origin(west, 4_400_000, 30, 30))
    made = build(tmp_path, tiles=Tiles(min_zoom=9, max_zoom=9), sources=[Source("sheets", crs="EPSG:4548")])
    data, valid, _cog = read(made)
    assert (data[valid] == 9).all()
    assert valid.mean() > 0.9


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"data": full(1, "uint16")}, "sheets/b.tif: has bands uint16 gray, but sheets/a.tif has uint8 gray"),
        ({"data": np.ones((2, 50, 50), np.uint8)}, "sheets/b.tif: has bands uint8 gray, uint8"),
        ({"data": full(1), "crs": "EPSG:4214"}, "sheets/b.tif: has CRS EPSG:4214, but sheets/a.tif has EPSG:4326"),
        ({"data": full(1), "nodata": 3}, "sheets/b.tif: has nodata 3.0, but sheets/a.tif has None"),
        (
            {"data": full(1), "colormap": PALETTE},
            "sheets/b.tif: has bands uint8 palette, but",
        ),
        (
            {"data": full(1), "transform": from_origin(116.5, 40, 0.02, 0.02)},
            "sheets/b.tif: has pixels of 0.02 × 0.02, but sheets/a.tif of 0.01 × 0.01",
        ),
        (
            {"data": full(1), "transform": rasterio.Affine(0.01, 0, 116.5, 0, 0.01, 39.5)},
            "sheets/b.tif: is rotated or stands on its head",
        ),
    ],
)
def test_a_file_unlike_the_others_is_named(build, sheet, tmp_path, other, expected):
    sheet("a.tif", 0, 0, full(1))
    sheet("b.tif", 1, 0, **other)
    with pytest.raises(LakeError) as caught:
        build(tmp_path, tiles=FEW, sources=[Source("sheets")])
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_a_file_beside_the_grid_is_moved_to_it_and_counted(build, sheet, tmp_path):
    sheet("a.tif", 0, 0, full(10), nodata=0)
    sheet("b.tif", 1.006, 0, full(20), nodata=0)
    made = build(tmp_path, tiles=FEW, sources=[Source("sheets")])
    data, valid, _cog = read(made)
    assert data.shape == (50, 100)
    assert valid.all()
    [finding] = json.loads((made.job.out / "quality.json").read_text())["findings"]
    assert (finding["rule"], finding["count"], finding["unit"]) == ("raster.moved", 1, "file")


def test_palettes_of_other_colours_are_refused(build, sheet, tmp_path):
    sheet("a.tif", 0, 0, full(1), colormap=PALETTE)
    sheet("b.tif", 1, 0, full(1), colormap=PALETTE | {1: (1, 2, 3, 255)})
    with pytest.raises(LakeError, match=r"^sheets/b.tif: has a palette of other colours, but sheets/a.tif has its own"):
        build(tmp_path, tiles=FEW, sources=[Source("sheets")])


def test_an_empty_folder_and_a_pattern_of_nothing_are_refused(build, sheet, tmp_path):
    (tmp_path / "sheets/readme.txt").write_text("nothing")
    with pytest.raises(LakeError, match=r"^sheets: the folder holds no picture"):
        build(tmp_path, sources=[Source("sheets")])
    with pytest.raises(LakeError, match=r"^sheets/\*.tif: no picture in the workspace matches"):
        build(tmp_path, sources=[Source("sheets/*.tif")])


VRT = """<VRTDataset rasterXSize="100" rasterYSize="50"><SRS>EPSG:4326</SRS>
<GeoTransform>116, 0.01, 0, 40, 0, -0.01</GeoTransform><VRTRasterBand dataType="Byte" band="1">{}</VRTRasterBand>
</VRTDataset>"""
PART = """<SimpleSource><SourceFilename relativeToVRT="{}">{}</SourceFilename><SourceBand>1</SourceBand>
<SrcRect xOff="0" yOff="0" xSize="50" ySize="50"/><DstRect xOff="{}" yOff="0" xSize="50" ySize="50"/></SimpleSource>"""


@pytest.fixture
def vrt(sheet, tmp_path):
    sheet("a.tif", 0, 0, full(10))
    sheet("b.tif", 1, 0, full(20))
    path = tmp_path / "whole.vrt"
    path.write_text(VRT.format(PART.format(1, "sheets/a.tif", 0) + PART.format(1, "sheets/b.tif", 50)))
    return path


def test_a_vrt_is_read_with_its_files(build, vrt):
    data, _valid, _cog = read(build(vrt, tiles=FEW))
    assert (data[:, :50] == 10).all()
    assert (data[:, 50:] == 20).all()


def test_the_files_of_a_vrt_and_of_a_vrt_in_it_are_in_the_fingerprint(build, vrt, tmp_path):
    made = build(vrt, tiles=FEW)
    outer = tmp_path / "outer.vrt"
    outer.write_text(VRT.format(PART.format(1, "whole.vrt", 0)))
    recipe = replace(made.job.recipe, sources=(Source("outer.vrt"),))
    found = {path.relative_to(tmp_path).as_posix() for path in source_files(tmp_path, recipe)}
    assert found == {"outer.vrt", "whole.vrt", "sheets/a.tif", "sheets/b.tif"}


@pytest.mark.parametrize(
    ("relative", "name", "expected"),
    [
        (0, "/etc/hostname", "refers to '/etc/hostname', which is no file of the workspace"),
        (1, "../outside.tif", "refers to '../outside.tif', which is no file of the workspace"),
        (0, "/vsicurl/http://127.0.0.1/a.tif", "which is no file of the workspace"),
        (0, "WMS:http://127.0.0.1/", "which is no file of the workspace"),
        (1, "sheets/missing.tif", "refers to 'sheets/missing.tif', which does not exist"),
    ],
)
def test_a_vrt_that_leads_elsewhere_is_not_opened(build, vrt, relative, name, expected):
    vrt.write_text(VRT.format(PART.format(relative, name, 0)))
    with pytest.raises(LakeError) as caught:
        build(vrt, tiles=FEW)
    assert str(caught.value).startswith("whole.vrt: SourceFilename: ")
    assert expected in str(caught.value)


def test_names_of_elements_are_those_that_gdal_takes_in_any_case(build, vrt):
    vrt.write_text(VRT.format(PART.format(0, "/etc/hostname", 0).replace("SourceFilename", "SOURCEfilename")))
    with pytest.raises(LakeError, match=r"^whole.vrt: SOURCEfilename: refers to '/etc/hostname', which is no file of"):
        build(vrt, tiles=FEW)


SERVICE = """<GDAL_WMS><Service name="TMS"><ServerUrl>http://127.0.0.1:9/${z}/${x}/${y}.png</ServerUrl></Service>
<DataWindow><UpperLeftX>-180</UpperLeftX><UpperLeftY>90</UpperLeftY><LowerRightX>180</LowerRightX><LowerRightY>-90
</LowerRightY><SizeX>512</SizeX><SizeY>256</SizeY></DataWindow><BandsCount>3</BandsCount></GDAL_WMS>"""


@pytest.mark.parametrize(
    "text",
    [VRT, f"\ufeff\n{VRT}", f"- {VRT}", SERVICE, '{"type": "gdal_streamed_alg"}', '{"stac_version": "1.1.0"}'],
    ids=["vrt", "after a mark", "after text", "service", "algorithm", "item"],
)
def test_what_leads_elsewhere_is_not_opened_whatever_it_is_called(build, vrt, tmp_path, text):
    outside = PART.format(0, tmp_path.parent / "outside.tif", 0)
    (tmp_path / "sheets/a.tif").write_text(text.replace("{}", outside))
    expected = r"^(sheets/)?a.tif: holds no picture, but leads to some; name the pictures, or a .vrt of them$"
    for source in (vrt, tmp_path / "sheets/a.tif"):  # the folder of the second one is a workspace of its own
        with pytest.raises(LakeError, match=expected):
            build(source, tiles=FEW)


def test_a_tiff_may_hold_xml_of_gdal(build, sheet, tmp_path):
    sheet("a.tif", 0, 0, full(10))
    with rasterio.open(tmp_path / "sheets/a.tif", "r+") as dataset:
        dataset.update_tags(note="<VRTDataset>")
    assert b"<GDALMetadata>" in (tmp_path / "sheets/a.tif").read_bytes()[:8192]
    data, *_ = read(build(tmp_path / "sheets/a.tif", tiles=FEW))
    assert (data == 10).all()


@pytest.mark.parametrize("value", [ord("<"), ord("{")])
def test_a_raw_picture_may_begin_as_text_does(build, tmp_path, value):
    profile = {"driver": "ENVI", "width": 50, "height": 50, "count": 1, "dtype": "uint8", "crs": 4326}
    with rasterio.open(tmp_path / "a.bil", "w", **profile, transform=from_origin(116, 40, 0.01, 0.01)) as dataset:
        dataset.write(np.full((1, 50, 50), value, "uint8"))
    data, *_ = read(build(tmp_path / "a.bil", tiles=FEW))
    assert (data == value).all()


def test_a_vrt_that_is_no_xml(build, vrt):
    vrt.write_text("<VRTDataset")
    with pytest.raises(LakeError, match=r"^whole.vrt: is no VRT: "):
        build(vrt, tiles=FEW)


def test_a_folder_of_sheets_is_in_the_fingerprint_whole(build, sheet, tmp_path):
    sheet("a.tif", 0, 0, full(1))
    sheet("b.tif", 1, 0, full(2))
    made = build(tmp_path, tiles=FEW, sources=[Source("sheets")])
    found = [path.name for path in source_files(tmp_path, made.job.recipe)]
    assert found == ["a.tif", "b.tif"]
