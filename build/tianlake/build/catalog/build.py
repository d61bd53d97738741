"""Builds the catalog of what a node holds: a table of extents, OGC API Records, a thumbnail and a quality report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import shapely
from shapely.geometry import shape

from tianlake.build.catalog.extents import division_boxes
from tianlake.build.catalog.holdings import gather_holdings, with_extent
from tianlake.build.catalog.records import CATALOG, FOLDER, catalog, geometry, record
from tianlake.build.duck import open_database
from tianlake.build.earth import world_box
from tianlake.build.job import Built, Job, Progress, describe_file, recipe_file, silent
from tianlake.build.quality.columns import column_reports
from tianlake.build.quality.report import Finding, Report
from tianlake.build.quality.write import write_report
from tianlake.build.vector.features import TABLE, Features
from tianlake.build.vector.geoparquet import read_table_facts, write_geoparquet
from tianlake.build.vector.made import add_rows, finish_rows
from tianlake.build.vector.report_map import report_map
from tianlake.build.vector.sql_errors import reason
from tianlake.build.vector.thumbnail import write_thumbnail
from tianlake.lake.duck import interruptible
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.recipes import SECURITY, Holding
from tianlake.lake.records import dump_json
from tianlake.lake.releases import GEOJSON, JSON, PARQUET, PNG, Asset, Quality
from tianlake.lake.words import Bounds, Text, collection_id

COLUMNS: Final[dict[str, Text]] = {
    "id": Text("记录标识", "id of the record, and of its file in records/"),
    "title": Text("名称", "title"),
    "title_en": Text("英文名称", "title in English"),
    "class": Text("《办法》第八条的数据类别", "class of article 8"),
    "security_class": Text("密级：public、internal、秘密、机密、绝密", "class of secrecy"),
    "security": Text("密级名称", "its name"),
    "organisation": Text("联系单位", "who to ask"),
    "contact": Text("联系人或部门", "office or person there"),
    "email": Text("电子邮件", "e-mail"),
    "phone": Text("电话", "telephone"),
    "abstract": Text("摘要", "abstract"),
    "start": Text("数据时间起", "first day that the data speaks of"),
    "end": Text("数据时间止", "last day; null: until now"),
    "update_cycle": Text("更新周期（ISO 8601）", "how often it is updated (ISO 8601)"),
    "license": Text("许可", "licence"),
    "obtain": Text("获取方式", "how to obtain it"),
    "extent_known": Text("范围是否为资源自身的；否则为目录的", "whether the box is its own; else that of the catalog"),
}
"""Columns of the table beside geometry and box."""


def build_catalog(job: Job, progress: Progress = silent) -> Built:
    """Build a catalog's assets into `job.out`.

    They are `<id>.parquet`, one row per holding with its extent, `records/records.json` and `records/<record>.json`,
    `thumbnail.png` and the quality report. Of holdings that are not public all of these hold id, title, class of
    secrecy and contact, nothing else. Equal recipes give equal bytes.

    Raises:
        LakeError: The recipe or a register is wrong; one line that names it.
        OSError: A file could not be written.
    """
    try:
        with open_database(job) as connection:
            holdings, bounds = interruptible(connection, partial(_gather, connection, job, progress))
            features = interruptible(connection, partial(_fill, connection, holdings, bounds, job))
            assets = _write_table(connection, features, job, progress)
            with progress(Text("写出目录记录", "Write the records")):
                assets += _write_records(holdings, bounds, job)
            with progress(Text("质量报告", "Quality report")):
                assets += interruptible(connection, partial(_report, connection, features, holdings, job))
    except duckdb.IOException as error:
        raise OSError(reason(error)) from error
    except duckdb.Error as error:
        raise LakeError(f"{job.recipe.card.id}: DuckDB failed: {reason(error)}") from error
    return Built(assets, bounds, Quality(read=len(holdings), written=len(holdings)))


def _gather(connection: duckdb.DuckDBPyConnection, job: Job, progress: Progress) -> tuple[tuple[Holding, ...], Bounds]:
    """Return what is listed, and the box of the catalog: the recipe's, or else the one around all that is known."""
    holdings = gather_holdings(connection, job, progress)
    boxes = division_boxes(connection, job, holdings)
    placed = tuple(with_extent(each, boxes) for each in holdings)
    bounds = job.recipe.card.extent or _around([each.extent for each in placed if each.extent is not None])
    if bounds is None:
        rule = "nothing says where the catalog is: give it an extent, or [catalog.divisions]"
        raise fault(recipe_file(job), "extent", rule)
    return placed, bounds


def _around(boxes: Sequence[Bounds]) -> Bounds | None:
    if not boxes:
        return None
    west, south, east, north = shapely.total_bounds([shape(geometry(box)) for box in boxes])
    return Bounds(float(west), float(south), float(east), float(north))


def _write_table(
    connection: duckdb.DuckDBPyConnection, features: Features, job: Job, progress: Progress
) -> tuple[Asset, ...]:
    table, picture = job.out / f"{job.recipe.card.id}.parquet", job.out / "thumbnail.png"
    with progress(Text("写出 GeoParquet", "Write GeoParquet")):
        interruptible(connection, partial(write_geoparquet, connection, features, table))
    with progress(Text("缩略图", "Thumbnail")):
        interruptible(connection, partial(write_thumbnail, connection, features, picture))
    facts = read_table_facts(connection, table, COLUMNS)
    return (
        describe_file(table, "data", PARQUET, Text("目录(GeoParquet)", "Catalog (GeoParquet)"), facts),
        describe_file(picture, "thumbnail", PNG, Text("缩略图", "Thumbnail")),
    )


def _report(
    connection: duckdb.DuckDBPyConnection, features: Features, holdings: Sequence[Holding], job: Job
) -> tuple[Asset, ...]:
    """Write the quality report, with a map of the extents."""
    report = Report(
        quality=Quality(read=len(holdings), written=len(holdings)),
        bounds=world_box(*features.bounds),
        findings=_findings(holdings),
        columns=column_reports(connection, TABLE, features.attributes),
    )
    picture = report_map(connection, features, (job.out / "thumbnail.png").read_bytes())
    return write_report(report, job, picture)


def _fill(connection: duckdb.DuckDBPyConnection, holdings: Sequence[Holding], bounds: Bounds, job: Job) -> Features:
    kinds = [(name, pa.bool_() if name == "extent_known" else pa.string()) for name in COLUMNS]
    schema = pa.schema([*kinds, ("__source", pa.int32()), ("geometry", pa.binary())])
    add_rows(connection, pa.Table.from_pylist([_row(each, bounds) for each in holdings], schema))
    return finish_rows(connection, (job.recipe.card.id,))


def _row(holding: Holding, bounds: Bounds) -> dict[str, Any]:
    return {
        "id": holding.id,
        "title": holding.title.zh,
        "title_en": holding.title.en,
        "class": holding.product_class,
        "security_class": holding.security_class,
        "security": SECURITY[holding.security_class].zh,
        "organisation": holding.organisation,
        "contact": holding.contact,
        "email": holding.email,
        "phone": holding.phone,
        "abstract": holding.abstract and holding.abstract.zh,
        "start": holding.period and holding.period.start,
        "end": holding.period and holding.period.end,
        "update_cycle": holding.update_cycle,
        "license": holding.license,
        "obtain": holding.obtain and holding.obtain.zh,
        "extent_known": holding.extent is not None,
        "__source": 0,
        "geometry": shapely.to_wkb(shape(geometry(holding.extent or bounds))),
    }


def _write_records(holdings: Sequence[Holding], bounds: Bounds, job: Job) -> tuple[Asset, ...]:
    card = job.recipe.card
    folder = job.out / FOLDER
    folder.mkdir()
    listing = catalog(card, collection_id(job.node, card.id), holdings, bounds)
    title = Text("目录(OGC API Records)", "Catalog (OGC API Records)")
    assets = [_write(folder / CATALOG, listing, title)]
    assets += [_write(folder / f"{each.id}.json", record(each), each.title) for each in holdings]
    return tuple(assets)


def _write(file: Path, document: dict[str, Any], title: Text) -> Asset:
    file.write_bytes(dump_json(document))
    if file.name == CATALOG:
        described = describe_file(file, "metadata", JSON, title)
    else:
        described = describe_file(file, "part", GEOJSON, title)
    return replace(described, name=f"{FOLDER}/{file.name}")


def _findings(holdings: Sequence[Holding]) -> tuple[Finding, ...]:
    hidden = sum(each.security_class != "public" for each in holdings)
    unknown = sum(each.security_class == "public" and each.extent is None for each in holdings)
    found = {
        "catalog.withheld": (
            hidden,
            Text("非公开资源只列名称、密级和联系方式", "not public: only title, class of secrecy and contact are told"),
        ),
        "catalog.extent": (
            unknown,
            Text("没有范围，请填写 extent 或 division", "it has no extent; give it an extent or a division"),
        ),
    }
    return tuple(Finding(rule, "kept", count, why) for rule, (count, why) in found.items() if count)
