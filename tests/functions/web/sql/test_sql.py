"""What `/sql` answers: in every form, read by others, with its cost and with errors that say where."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
from gate_kit import Open
from lake_kit import NODE
from sql_kit import PLACES, LinkingDescriber, SqlLake, sql_lake
from trail_kit import Notes

from tianlake.functions.web.sql.failures import ended
from tianlake.functions.web.sql.jobs import Job
from tianlake.functions.web.sql.limits import Limits
from tianlake.lake.derived import Desk
from tianlake.lake.errors import LakeError
from tianlake.lake.publishing import withdraw
from tianlake.lake.store import DirectoryStore

LIMITS = Limits(rows=3000, size=200_000)
SHAPES = "SELECT id, name, kind, geometry FROM n156130000_places(113, 36, 113.25, 36.15) ORDER BY id DESC"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlLake]:
    with sql_lake(tmp_path_factory.mktemp("sql"), LIMITS) as found:
        yield found


def test_rows_are_json_where_nothing_else_is_asked_for(lake: SqlLake) -> None:
    asked = lake.ask(SHAPES)
    assert (asked.status, asked.headers["content-type"]) == (200, "application/json")
    assert [row["id"] for row in asked.document] == [52, 51, 50, 2, 1, 0]
    assert asked.document[-1] == {"id": 0, "name": "地名0", "kind": "河", "geometry": "POINT (113 36)"}


@pytest.mark.parametrize(
    ("parameters", "media_type"),
    [
        ({"format": "csv"}, "text/csv"),
        ({"header_accept": "text/csv"}, "text/csv"),
        ({"header_accept": "text/html, application/geo+json;q=0.9, */*"}, "application/geo+json"),
        ({"header_accept": "application/vnd.apache.arrow.stream"}, "application/vnd.apache.arrow.stream"),
        ({"header_accept": "text/html"}, "application/json"),
        ({"format": "parquet", "header_accept": "text/csv"}, "application/vnd.apache.parquet"),
    ],
)
def test_the_form_is_that_of_format_or_else_of_accept(
    lake: SqlLake, parameters: dict[str, Any], media_type: str
) -> None:
    asked = lake.ask(SHAPES, **parameters)
    assert asked.status == 200
    assert asked.headers["content-type"].partition(";")[0] == media_type


def test_an_unknown_form_is_refused(lake: SqlLake) -> None:
    asked = lake.ask(SHAPES, format="xlsx")
    assert (asked.status, asked.document["field"]) == (400, "format")


def test_csv_is_read_by_python(lake: SqlLake) -> None:
    rows = list(csv.DictReader(io.StringIO(lake.ask(SHAPES, format="csv").reply.body.decode())))
    assert [row["name"] for row in rows] == ["地名52", "地名51", "地名50", "地名2", "地名1", "地名0"]
    assert [row["kind"] for row in rows] == ["山", "河", "", "", "山", "河"]


def test_geojson_is_read_by_gdal(lake: SqlLake, tmp_path: Path) -> None:
    file = tmp_path / "answer.geojson"
    file.write_bytes(lake.ask(SHAPES, format="geojson").reply.body)
    frame = pyogrio.read_dataframe(file)
    assert (len(frame), frame.geometry.x.max(), frame.geometry.y.max()) == (6, 113.2, 36.1)


def test_parquet_is_geoparquet_with_its_crs(lake: SqlLake) -> None:
    body = lake.ask("SELECT * FROM n156130000_places(113, 36, 113.25, 36.15)", format="parquet").reply.body
    frame = gpd.read_parquet(io.BytesIO(body))
    assert (len(frame), frame.crs.to_epsg()) == (6, 4490)
    geo = json.loads(pq.read_metadata(io.BytesIO(body)).metadata[b"geo"])
    assert geo["columns"]["geometry"]["covering"], "the boxes of the answer are those of its geometry"


def test_arrow_is_a_stream_with_the_crs_of_geometry(lake: SqlLake) -> None:
    with pa.ipc.open_stream(lake.ask(SHAPES, format="arrow").reply.body) as stream:
        table = stream.read_all()
    assert table.column("id").to_pylist() == [52, 51, 50, 2, 1, 0]
    frame = gpd.GeoDataFrame.from_arrow(table)
    assert (frame.crs.to_epsg(), frame.geometry.x.max()) == (4490, 113.2)


def test_arrow_holds_enumerations_as_texts_and_everything_else_as_it_is(lake: SqlLake) -> None:
    statement = (
        "SELECT 'b''),'::ENUM('a', 'b''),') AS e, ['a'::ENUM('a')] AS l, 1.50::DECIMAL(10, 2) AS d, MAP{'k': 1} AS m, "
        "DATE '2026-11-27' AS t, NULL::DOUBLE AS n"
    )
    with pa.ipc.open_stream(lake.ask(statement, format="arrow").reply.body) as stream:
        table = stream.read_all()
    assert table.schema.types == [
        *(pa.string(), pa.list_(pa.field("l", pa.string())), pa.decimal128(10, 2)),
        *(pa.map_(pa.string(), pa.int32()), pa.date32(), pa.float64()),
    ]
    day = datetime(2026, 11, 27, tzinfo=UTC).date()
    assert table.to_pylist() == [{"e": "b'),", "l": ["a"], "d": Decimal("1.50"), "m": [("k", 1)], "t": day, "n": None}]


def test_an_arrow_answer_takes_no_memory_from_the_statements_after_it(lake: SqlLake) -> None:
    def held() -> int:
        """Return the MiB that count against the limit, of the process that has most."""
        told = [Path(f"/proc/{pid}/status").read_text("utf-8") for pid in lake.processes.pids()]
        return max(int(each.partition("VmData:")[2].split()[0]) for each in told) // 1024

    assert lake.ask("SELECT 1 AS a", format="csv").status == 200
    before = held()
    assert lake.ask("SELECT 1 AS a", format="arrow").status == 200
    assert held() < before + 256, "pyarrow's allocator, which DuckDB may bring in, takes a gigabyte at once"


@pytest.mark.parametrize(
    ("late", "end"), [("error('no ' || 'good')", "sql-wrong"), ("repeat('x', 200_000_000)", "sql-too-large")]
)
def test_what_fails_while_arrow_is_written_is_told_as_in_other_forms(lake: SqlLake, late: str, end: str) -> None:
    statement = f"SELECT CASE WHEN range = 2990 THEN {late} ELSE 'a' END AS text FROM range(3000)"
    told = [lake.ask(statement, format=form) for form in ("csv", "arrow")]
    assert [asked.end for asked in told] == [end, end]
    assert end != "sql-wrong" or all("no good" in asked.document["detail"] for asked in told)


@pytest.mark.parametrize("form", ["json", "csv", "geojson", "parquet", "arrow"])
def test_as_many_rows_as_there_may_be_are_answered_and_one_more_is_refused(lake: SqlLake, form: str) -> None:
    row = "SELECT range AS i, ST_Point(0, 0)::GEOMETRY('EPSG:4490') AS geometry FROM range({})"
    if form != "geojson":
        row = "SELECT range AS i FROM range({})"
    most = LIMITS.rows if form != "geojson" else 1500
    assert lake.ask(row.format(most), format=form).status == 200
    asked = lake.ask(row.format(LIMITS.rows + 1), format=form)
    assert (asked.status, asked.end) == (422, "sql-too-large")
    assert "3000 rows" in asked.document["detail"]


@pytest.mark.parametrize("form", ["json", "csv", "arrow", "parquet"])
def test_an_answer_of_too_many_bytes_is_refused(lake: SqlLake, form: str) -> None:
    wide = "SELECT repeat(md5(range::VARCHAR), 20) || md5('a' || range) AS text, uuid() AS a, uuid() AS b, "
    wide += "hash(random()) AS c, hash(random()) AS d, hash(random()) AS e FROM range(3000)"
    asked = lake.ask(f"SELECT * FROM ({wide}), range(1)", format=form)
    assert asked.end == "sql-too-large"


def test_what_the_clock_broke_off_is_too_slow_whoever_tells_of_it() -> None:
    job, broken = Job("SELECT 1", "arrow", ()), LakeError("sql: Arrow cannot hold the answer: interrupted")
    assert [ended(broken, job, LIMITS, None, late=late).end for late in (True, False)] == ["too-slow", "wrong"]


def test_an_empty_answer_is_one(lake: SqlLake) -> None:
    none = "SELECT id, geometry FROM n156130000_places WHERE false"
    assert lake.ask(none).document == []
    assert lake.ask(none, format="csv").reply.body == b"id,geometry\n"
    assert lake.ask(none, format="geojson").document["features"] == []
    with pa.ipc.open_stream(lake.ask(none, format="arrow").reply.body) as stream:
        assert stream.read_all().num_rows == 0


@pytest.mark.parametrize(
    ("statement", "said", "position"),
    [
        ("SELECT\n  nothing FROM n156130000_places", "nothing", 9),
        ("SELEC 1", "SELEC", 0),
        ("SELECT upper(1, 2)", "upper", 7),
        ("SELECT '中文', 1 + name FROM n156130000_places", "+", None),
    ],
)
def test_a_wrong_statement_is_told_where(lake: SqlLake, statement: str, said: str, position: int | None) -> None:
    asked = lake.ask(statement)
    assert (asked.status, asked.end) == (400, "sql-wrong")
    assert said.lower() in asked.document["detail"].lower()
    assert position is None or asked.document["position"] == position


def test_geojson_without_geometry_says_so(lake: SqlLake) -> None:
    asked = lake.ask("SELECT 1", format="geojson")
    assert asked.end == "sql-wrong"
    assert "geometry" in asked.document["detail"]


def test_a_statement_is_posted_as_it_is_or_as_a_form(lake: SqlLake) -> None:
    form: dict[str, Any] = {"header_content_type": "application/x-www-form-urlencoded"}
    sql = "SELECT 1 + 1 AS two"
    assert lake.ask(sql, "POST").document == [{"two": 2}]
    assert lake.ask(sql, "POST", **form).document == [{"two": 2}]
    assert lake.ask("", "POST", b"q=SELECT+1+%2B+1+AS+two", **form).document == [{"two": 2}]
    assert lake.ask("", "POST", b"\xff").status == 400
    assert lake.ask("", "POST", b"SELECT 1" + b" " * 65_536).status == 413
    assert lake.ask(sql, "DELETE").status == 405


def test_without_a_statement_it_tells_what_can_be_asked(lake: SqlLake) -> None:
    told = lake.ask("").document
    assert [each["name"] for each in told["tables"]] == ["n156130000_open", "n156130000_places"]
    assert told["limits"]["rows"] == LIMITS.rows


def test_every_view_and_macro_of_a_product_can_be_asked(lake: SqlLake) -> None:
    [release] = lake.rows("SELECT release FROM N156130000_PLACES_RELEASES WHERE is_current")
    at = lake.rows(f"SELECT count(*) AS n FROM n156130000_places_at('{release['release']}')")
    assert at == [{"n": 2000}]
    assert lake.rows("SELECT a.id FROM n156130000_open a JOIN main.n156130000_places b USING (id)") == [{"id": 1}]
    described = lake.rows("DESCRIBE n156130000_places")
    assert [row["column_name"] for row in described] == ["id", "name", "kind", "geometry", "bbox"]
    assert lake.rows("FROM (SUMMARIZE n156130000_places) SELECT max(count) AS n") == [{"n": 2000}]
    wide = "WITH t AS (FROM n156130000_places) SELECT count(*) AS n FROM t WHERE kind = '山'"
    assert lake.rows(wide) == [{"n": 667}]
    assert lake.rows("SELECT ST_AsText(ST_Transform(geometry, 'EPSG:4490', 'EPSG:4547')) AS p FROM n156130000_open")


def test_bytes_that_are_read_are_those_of_the_file(lake: SqlLake) -> None:
    lake.publish(
        "wide", "SELECT i AS id, sha256(i::VARCHAR) AS text, ST_Point(1, 2) AS geometry FROM range(20000) t(i)"
    )
    lake.releases.of("156130000", fresh=True)
    size = next((lake.root / "releases/wide").rglob("wide.parquet")).stat().st_size
    asked = lake.ask("SELECT count(id), count(text), count(geometry), count(bbox) FROM n156130000_wide")
    found = re.search(r'bytes;desc="(\d+)"', asked.headers["server-timing"])
    assert found is not None
    assert 0.9 * size < int(found[1]) < 1.2 * size


def test_geoparquet_is_made_with_the_database_that_is_open(lake: SqlLake) -> None:
    asked = lake.ask("FROM n156130000_places", format="parquet")
    found = re.search(r'bytes;desc="(\d+)"', asked.headers["server-timing"])
    assert found is not None
    assert int(found[1]) < 1_000_000, "an extension of a hundred megabytes is loaded for each answer"


def test_a_new_release_is_seen_and_a_withdrawn_product_is_gone(lake: SqlLake) -> None:
    count = "SELECT count(*) AS n FROM n156130000_moving"
    lake.publish("moving", PLACES)
    lake.releases.of("156130000", fresh=True)
    assert lake.rows(count) == [{"n": 2000}]
    later = lake.publish("moving", f"FROM ({PLACES}) LIMIT 10", built="2026-11-02T00:00:00Z")
    lake.releases.of("156130000", fresh=True)
    assert lake.rows(count) == [{"n": 10}]
    past = lake.rows("SELECT release, row_count FROM n156130000_moving_releases ORDER BY ALL")
    assert [(row["row_count"]) for row in past] == [2000, 10]
    assert past[1]["release"] == later
    withdraw(Desk(NODE, DirectoryStore(lake.root), LinkingDescriber(), Notes(), Open(), {}), "moving", "test")
    asked = lake.ask(count)  # by what was seen before, its files are gone: it is looked at again
    assert (asked.status, asked.end) == (403, "sql-refused")


def test_nothing_of_one_statement_is_left_for_the_next(lake: SqlLake) -> None:
    first = lake.rows("SELECT random() AS a FROM range(3)")
    assert first != lake.rows("SELECT random() AS a FROM range(3)")
    assert lake.rows("SELECT count(*) AS n FROM n156130000_places") == [{"n": 2000}]
