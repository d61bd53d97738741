"""All sources of a vector product as one table, in the order in which it is written."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import duckdb

from tianlake.build.classes.apply import apply_class
from tianlake.build.earth import world_box
from tianlake.build.excluding import exclude, withheld
from tianlake.build.job import Job, Progress, recipe_file
from tianlake.build.quality.report import Finding, SourceReport
from tianlake.build.vector.counts import Counts
from tianlake.build.vector.findings import report_sources
from tianlake.build.vector.ids import check_ids
from tianlake.build.vector.placing import USABLE, Placed, place
from tianlake.build.vector.reading import Reading
from tianlake.build.vector.sql_errors import reason
from tianlake.build.vector.steps import check_fields, chosen_rows, with_fields
from tianlake.lake.duck import literal
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.recipes import ClipStep, Source
from tianlake.lake.words import Bounds, Text

PLACELESS: Final = (
    "geometry.null",
    "geometry.empty",
    "coordinates.missing",
    "coordinates.unreadable",
    "address.unknown",
)
MISPLACED: Final = ("coordinates.swapped", "coordinates.other_zone")
"""Fates that one number of `Counts` holds together."""

TABLE: Final = "features"
"""Attributes, `layer` where there are several, `geometry`, `__source` and `__ordinal`, in Hilbert order."""


@dataclass(frozen=True, slots=True)
class Features:
    """The table `TABLE` and what is known of it."""

    attributes: tuple[str, ...]
    """Names of its columns that are published, `layer` included, geometry and box not."""
    layers: tuple[str, ...]
    """Names of the tile layers by source."""
    bounds: tuple[float, float, float, float]
    """West, south, east, north; degrees of CGCS2000."""
    counts: tuple[Counts, ...] = field(default=())
    sources: tuple[SourceReport, ...] = ()
    """What the quality report says of each source, in the order of the recipe."""
    findings: tuple[Finding, ...] = ()
    """What was changed, left out or dropped, by source and rule."""

    @property
    def several_layers(self) -> bool:
        """Whether the table has the column `layer`."""
        return len(set(self.layers)) > 1

    @property
    def rows(self) -> int:
        """Features in the table."""
        return sum(each.written for each in self.counts)


def gather(connection: duckdb.DuckDBPyConnection, job: Job, progress: Progress) -> Features:
    """Read every source and make the table `TABLE`.

    Raises:
        LakeError: A source or a step is wrong, or no feature is left.
    """
    recipe, file = job.recipe, recipe_file(job)
    masks = [
        _mask(connection, job, number, step, progress)
        for number, step in enumerate(recipe.steps)
        if isinstance(step, ClipStep)
    ]
    layers = tuple(source.name or recipe.card.id for source in recipe.sources)
    placed = []
    for number, source in enumerate(recipe.sources):
        placed.append(_read(connection, job, source, f"sources.{number}", progress))
        check_fields(connection, placed[-1], recipe, file)
    with progress(Text("整理要素", "Arrange the features")):
        _merge(connection, job, placed, layers, masks)
        counts = _count(connection, placed, layers)
        sources, findings = report_sources(connection, recipe, placed, counts)
        for table in (*masks, *(each.table for each in placed)):
            connection.execute(f"DROP TABLE {table}")
        if not any(each.written for each in counts):
            raise _nothing_left(file, counts)
        applied = apply_class(connection, job, "merged")
        check_ids(connection, recipe, applied.columns, file)
        told = findings + applied.findings
        if recipe.excluded is not None:
            counts, sources, told = _without_excluded(connection, job, Told(counts, sources, told))
            if not any(each.written for each in counts):
                raise _nothing_left(file, counts)
        bounds = _sort(connection)
    return Features(applied.columns, layers, bounds, counts, sources, told)


class Told(NamedTuple):
    """What is told of the sources."""

    counts: tuple[Counts, ...]
    sources: tuple[SourceReport, ...]
    findings: tuple[Finding, ...]


def _without_excluded(connection: duckdb.DuckDBPyConnection, job: Job, told: Told) -> Told:
    """Take what is excluded out of the table `merged`, and out of what is told of it: samples might be of that."""
    before = _by_source(connection)
    gone = exclude(connection, job, "merged")
    after = _by_source(connection)
    counts = tuple(
        replace(each, withheld=before.get(number, 0) - after.get(number, 0), written=after.get(number, 0))
        for number, each in enumerate(told.counts)
    )
    boxes = _boxes(connection)
    sources = tuple(
        replace(each, quality=count.quality, bounds=boxes.get(number))
        for number, (each, count) in enumerate(zip(told.sources, counts, strict=True))
    )
    return Told(counts, sources, tuple(replace(each, samples=()) for each in told.findings) + withheld(gone))


def _by_source(connection: duckdb.DuckDBPyConnection) -> dict[int, int]:
    return dict(connection.sql("SELECT __source, count(*) FROM merged GROUP BY ALL").fetchall())


def _boxes(connection: duckdb.DuckDBPyConnection) -> dict[int, Bounds]:
    """Return the box of what is left of each source."""
    rows = connection.sql(
        "SELECT __source, min(ST_XMin(geometry)), min(ST_YMin(geometry)), max(ST_XMax(geometry)), "
        "max(ST_YMax(geometry)) FROM merged GROUP BY ALL"
    ).fetchall()
    return {number: world_box(*box) for number, *box in rows}


def _read(connection: duckdb.DuckDBPyConnection, job: Job, source: Source, where: str, progress: Progress) -> Placed:
    with progress(Text(f"读取 {source.public_path}", f"Read {source.public_path}")) as advance:
        reading = Reading(
            source=source,
            root=job.root,
            file=job.root / source.path,
            recipe=recipe_file(job),
            place=where,
            scratch=job.scratch,
            advance=advance,
            keep_z=job.recipe.features.z == "keep",
        )
        return place(connection, reading, where.replace(".", "_"))


def _mask(connection: duckdb.DuckDBPyConnection, job: Job, number: int, step: ClipStep, progress: Progress) -> str:
    """Make a table of the areas of a clip step and return its name."""
    source = Source(step.path, crs=step.crs, where=step.where)
    placed = _read(connection, job, source, f"steps.{number}", progress)
    usable = ", ".join(map(literal, USABLE))
    table = f"mask_{number}"
    connection.execute(
        f"CREATE TABLE {table} AS SELECT geometry FROM {placed.table} "
        f"WHERE __fate IN ({usable}) AND ST_Dimension(geometry) = 2; DROP TABLE {placed.table}"
    )
    [(areas,)] = connection.sql(f"SELECT count(*) FROM {table}").fetchall()
    if not areas:
        rule = f"no areas to clip by are left of {step.path}"
        raise fault(recipe_file(job), f"steps.{number}", rule)
    return table


def _merge(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    placed: list[Placed],
    layers: tuple[str, ...],
    masks: list[str],
) -> None:
    """Put the chosen features of all sources into the table `merged`."""
    file = recipe_file(job)
    parts = []
    for number, each in enumerate(placed):
        rows = with_fields(chosen_rows(each, masks), job.recipe)
        columns = [name for name in connection.sql(rows).columns if not name.startswith("__")]
        _check_names(columns, several_layers=len(set(layers)) > 1, file=file)
        layer = f", {literal(layers[number])} AS layer" if len(set(layers)) > 1 else ""
        parts.append(f"SELECT *{layer}, {number} AS __source FROM ({rows})")
    try:
        connection.execute(f"CREATE TABLE merged AS {' UNION ALL BY NAME '.join(parts)}")
    except duckdb.Error as error:
        raise fault(file, "steps", reason(error)) from None
    [(rows_made, features)] = connection.sql(
        "SELECT count(*), count(DISTINCT (__source, __ordinal)) FROM merged"
    ).fetchall()
    if rows_made != features:
        raise fault(file, "steps", "an expression makes several rows of one feature; it must make one value")


def _check_names(columns: list[str], *, several_layers: bool, file: str) -> None:
    reserved = {"geometry", "bbox", *(["layer"] if several_layers else [])}
    taken = [name for name in columns if name.lower() in reserved]
    if taken != ["geometry"]:
        taken.remove("geometry")
        rule = f"column {taken[0]!r} is Tianlake's own; give the attribute another name in a step fields"
        raise fault(file, "steps", rule)


def _count(connection: duckdb.DuckDBPyConnection, placed: list[Placed], layers: tuple[str, ...]) -> tuple[Counts, ...]:
    counts = []
    for number, (each, layer) in enumerate(zip(placed, layers, strict=True)):
        [(written, repaired)] = connection.sql(
            f"SELECT count(*), count(*) FILTER (placed.__fate = 'repaired') FROM merged JOIN {each.table} placed "
            f"ON merged.__ordinal = placed.__row - 1 WHERE merged.__source = {number}"
        ).fetchall()
        counts.append(
            Counts(
                layer=layer,
                read=each.read,
                left_out_by_where=each.left_out,
                left_out_by_clip=sum(each.fates.get(fate, 0) for fate in USABLE) - written,
                without_geometry=sum(each.fates.get(rule, 0) for rule in PLACELESS),
                misplaced=sum(each.fates.get(rule, 0) for rule in MISPLACED),
                beyond_repair=each.fates.get("geometry.beyond_repair", 0),
                outside_world=each.fates.get("geometry.outside_world", 0),
                repaired=repaired,
                written=written,
            )
        )
    return tuple(counts)


def _nothing_left(file: str, counts: tuple[Counts, ...]) -> LakeError:
    told = {
        "read": sum(each.read for each in counts),
        "left out by where": sum(each.left_out_by_where for each in counts),
        "left out by clip": sum(each.left_out_by_clip for each in counts),
        "without geometry": sum(each.without_geometry for each in counts),
        "with coordinates exchanged (is swap = true meant?) or of another zone": sum(each.misplaced for each in counts),
        "beyond repair": sum(each.beyond_repair for each in counts),
        "outside 180° and 90° (is the CRS right?)": sum(each.outside_world for each in counts),
    }
    return fault(
        file,
        "sources",
        "no feature is left: " + ", ".join(f"{n} {what}" for what, n in told.items() if n or what == "read"),
    )


def _sort(connection: duckdb.DuckDBPyConnection) -> tuple[float, float, float, float]:
    """Make `TABLE` of `merged` in Hilbert order, ties in the order of the sources; return the bounds."""
    [bounds] = connection.sql(
        "SELECT min(ST_XMin(geometry)), min(ST_YMin(geometry)), max(ST_XMax(geometry)), max(ST_YMax(geometry)) "
        "FROM merged"
    ).fetchall()
    box = dict(zip(("min_x", "min_y", "max_x", "max_y"), bounds, strict=True))
    connection.execute(
        f"CREATE TABLE {TABLE} AS SELECT * FROM merged "
        f"ORDER BY ST_Hilbert(geometry, {box}::BOX_2D), __source, __ordinal; DROP TABLE merged"
    )
    west, south, east, north = bounds
    return west, south, east, north
