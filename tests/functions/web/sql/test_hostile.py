"""A hundred statements of people who mean no good: each is refused or ended within its limits, and nobody notices."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sql_kit import SECRET, SqlLake, sql_lake

from tianlake.functions.web.sql.limits import Limits
from tianlake.functions.web.sql.pool import START_S

SECONDS = 0.8
"""What a statement may take here."""
LIMITS = Limits(seconds=SECONDS, grace=1.5, memory=256)
REFUSED, WRONG, SLOW, LARGE = "sql-refused", "sql-wrong", "sql-too-slow", "sql-too-large"

FILES = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd', sep := ':')",
    "SELECT * FROM READ_CSV('/etc/passwd')",
    "SELECT * FROM main.read_csv('/etc/passwd')",
    "SELECT * FROM system.main.read_csv('/etc/passwd')",
    "SELECT * FROM \"read_csv\"('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_ndjson_objects('/etc/passwd')",
    "SELECT * FROM read_parquet('{root}/**/*.parquet', union_by_name := true)",
    "SELECT * FROM parquet_scan('{secret}')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '/etc/hosts.csv'",
    "TABLE '/etc/passwd'",
    "FROM '/etc/passwd'",
    "SELECT * FROM n156130000_places WHERE EXISTS (FROM read_text('/etc/passwd'))",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT [x FOR x IN (SELECT list(content) FROM read_text('/etc/passwd'))]",
    "WITH t AS (SELECT * FROM read_text('/etc/passwd')) SELECT count(*) FROM t",
    "SELECT 1 UNION ALL SELECT content FROM read_text('/etc/passwd')",
    "SELECT * FROM n156130000_places, LATERAL (SELECT * FROM read_text('/etc/passwd'))",
    "SELECT * FROM n156130000_places ASOF JOIN '/etc/passwd' USING (id)",
    "SELECT * FROM n156130000_places ORDER BY (SELECT count(*) FROM read_text('/etc/passwd'))",
    "SELECT * FROM n156130000_places LIMIT (SELECT count(*) FROM read_text('/etc/passwd'))",
    "FROM (FROM read_text('/etc/passwd')) PIVOT (count(*) FOR size IN (1))",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM parquet_metadata('{secret}')",
    "SELECT * FROM parquet_schema('{secret}')",
    "SELECT * FROM parquet_kv_metadata('{root}')",
    "SELECT * FROM ST_Read('/etc/passwd')",
    "SELECT * FROM ST_Read('/vsicurl/http://127.0.0.1:1/x.geojson')",
    "SELECT * FROM ST_Read_Meta('/etc/passwd')",
    "SELECT * FROM ST_ReadOSM('/etc/passwd')",
    "SELECT * FROM ST_ReadSHP('/etc/passwd')",
    "SELECT * FROM shapefile_meta('/etc/*')",
    "SELECT * FROM read_duckdb('/etc/passwd')",
    "SELECT ST_AsText(ST_Transform(ST_Point(1, 2), '+proj=longlat +nadgrids=/etc/passwd', 'EPSG:4326'))",
    "SELECT ST_AsText(ST_Transform(ST_Point(1, 2), 'EPSG:4490', '+init=/etc/passwd:root'))",
    "SELECT ST_Transform(geometry, '+proj=longlat +nad' || 'grids=/etc/passwd') FROM n156130000_places",
    "SELECT geometry.ST_Transform('+proj=longlat +nadgrids=/etc/passwd') FROM n156130000_places",
    "SELECT ST_Transform(ST_SetCRS(ST_Point(1, 2), '+nadgrids=/etc/passwd'), 'EPSG:4326')",
    "SELECT ST_Transform(ST_Point(1, 2)::GEOMETRY('+nadgrids=/etc/passwd'), 'EPSG:4326')",
    "SELECT from_json('{\"g\": null}', '{\"g\": \"GEOMETRY(''+nadgrids=/etc/passwd'')\"}')",
]

NETWORK = [
    "SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
    "SELECT * FROM 'https://example.com/x.parquet'",
    "SELECT * FROM read_csv('s3://bucket/x.csv')",
    "SELECT * FROM read_text('http://169.254.169.254/latest/meta-data/')",
    "SELECT * FROM read_json_auto('hf://datasets/x')",
]

STATEMENTS = [
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "COPY n156130000_places TO '/tmp/x.parquet'",
    "ATTACH '/tmp/x.duckdb' AS x",
    "ATTACH ':memory:' AS x",
    "INSTALL httpfs",
    "LOAD '/tmp/x.duckdb_extension'",
    "FORCE INSTALL spatial FROM 'http://127.0.0.1:1'",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "SET memory_limit = '64GiB'",
    "SET lock_configuration = false",
    "RESET memory_limit",
    "SET VARIABLE x = 1",
    "CALL pragma_version()",
    "CREATE TEMP TABLE t AS SELECT 1",
    "CREATE OR REPLACE VIEW n156130000_places AS SELECT 1",
    "CREATE MACRO f() AS 1",
    "CREATE SECRET (TYPE s3, KEY_ID 'x', SECRET 'y')",
    "DROP VIEW n156130000_places",
    "INSERT INTO n156130000_places VALUES (1)",
    "UPDATE n156130000_places SET id = 1",
    "DELETE FROM n156130000_places",
    "EXPLAIN SELECT * FROM n156130000_places",
    "EXPLAIN ANALYZE SELECT * FROM n156130000_places",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "CHECKPOINT",
    "BEGIN",
    "USE memory",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "VACUUM",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY (SELECT 1) TO '/tmp/x.csv'",
    "PIVOT n156130000_places ON kind USING count(*)",
    "-- nothing",
    "\x00",
]

TALKATIVE = [
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM which_secret('s3://x', 's3')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_settings",
    "SELECT current_setting('allowed_paths')",
    "SELECT current_setting('temp_directory') FROM n156130000_places",
    "SELECT getenv('PATH')",
    "SELECT getvariable('n156130000')",
    "SELECT sql FROM duckdb_views()",
    "SELECT * FROM duckdb_views",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pg_catalog.pg_views",
    "SELECT * FROM pg_views",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM duckdb_external_file_cache()",
    "SELECT * FROM duckdb_logs",
    "SELECT * FROM duckdb_temporary_files()",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_show('n156130000_places')",
    "SELECT * FROM pragma_storage_info('n156130000_places')",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "SHOW DATABASES",
    "SELECT * FROM query('SELECT * FROM duckdb_settings()')",
    "SELECT * FROM query_table('duckdb_settings')",
    "SELECT * FROM (WITH sqlite_master AS (SELECT 1) FROM sqlite_master) t, sqlite_master",
    "SELECT * FROM (WITH Pg_Views AS (SELECT 1) FROM pg_views) t, pg_views",
    'SELECT * FROM (WITH "{secret}" AS (SELECT 1) FROM "{secret}") t, "{secret}"',
    "WITH query AS (SELECT 1) SELECT * FROM query('SELECT * FROM duckdb_settings()')",
    "WITH Query AS (SELECT 1) SELECT * FROM QUERY('SELECT sql FROM duckdb_views()'), n156130000_open",
    "WITH read_text AS (SELECT 1) SELECT * FROM read_text('/etc/passwd')",
    "WITH st_read AS (SELECT 1) SELECT * FROM st_read('/etc/passwd')",
    "WITH which_secret AS (SELECT 1) SELECT * FROM which_secret('s3://x', 's3')",
    "WITH st_drivers AS (SELECT 1) SELECT (SELECT count(*) FROM st_drivers())",
    "SELECT json_serialize_plan('SELECT * FROM n156130000_places')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT current_query()",
    "SELECT pg_get_viewdef(1)",
    "SELECT write_log('x', level := 'ERROR')",
    "SELECT nextval('s')",
    "SELECT setseed(0.5)",
    "SELECT * FROM pandas_scan(1::UBIGINT)",
    "SELECT * FROM arrow_scan(1::POINTER, 2::POINTER, 3::POINTER)",
    "SELECT * FROM python_map_function(1)",
    "SELECT * FROM seq_scan('x')",
    "SELECT * FROM n156130000_secret",
    "SELECT * FROM n156130000_secret_at('x')",
    "SELECT * FROM n156130000_secret(0, 0, 9, 9)",
    "SELECT * FROM n156320000_places",
    "SELECT ?",
    "SELECT $name",
]

WRONGS = [
    "SELECT filename FROM n156130000_places",
    "SELECT file_row_number FROM n156130000_places",
    "SELECT error('x') FROM n156130000_places",
    "SELECT * FROM n156130000_places_at('../../../../etc/passwd')",
    "SELECT nothing FROM n156130000_places",
    "SELECT 1 +",
    "SELECT regexp_matches('a', '(a{1000}){1000}')",
    "SELECT CAST(name AS INTEGER) FROM n156130000_places",
    "SELECT '\ud7ff' FROM",
]

HEAVY = [
    ("WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM t) SELECT count(*) FROM t", {SLOW, LARGE}),
    (
        "WITH RECURSIVE t AS (SELECT 'x' AS a UNION ALL SELECT a || a FROM t) SELECT max(length(a)) FROM t",
        {LARGE, SLOW},
    ),
    (
        "SELECT sum(a.id * b.id + c.id) FROM n156130000_places a, n156130000_places b, n156130000_places c",
        {SLOW, LARGE},
    ),
    ("SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b", {SLOW}),
    ("SELECT sum(range) FROM range(1000000000000000000)", {SLOW}),
    ("SELECT * FROM range(1000000000000000000)", {LARGE, SLOW}),
    ("SELECT * FROM range(200000)", {LARGE, SLOW}),
    ("SELECT range(1000000000000000000)", {WRONG, LARGE}),
    ("SELECT list_sum(range(2000000000))", {WRONG, LARGE}),
    ("SELECT repeat('x', 9000000000000)", {WRONG, LARGE}),
    ("SELECT repeat('x', 3000000000)", {WRONG, LARGE}),
    ("SELECT repeat(repeat(repeat('x', 100000), 100000), 100000)", {WRONG, LARGE}),
    ("SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(100000)", {SLOW, LARGE}),
    ("SELECT repeat('x', 1000) FROM range(100000)", {LARGE, SLOW}),
    ("SELECT list(range) FROM range(1000000000)", {SLOW, LARGE}),
    ("SELECT lpad('x', 2000000000, 'y')", {WRONG, LARGE, SLOW}),
    ("SELECT factorial(33) ** 99999", {"done", WRONG, SLOW}),
    ("SELECT count(*) FROM range(100000000) t(i) WHERE regexp_matches(repeat('a', 1000) || i, '(a*)*b')", {SLOW}),
    ("SELECT ST_Area(ST_Buffer(ST_Point(0, 0), 1, 200000000))", {SLOW, LARGE, WRONG}),
    ("SELECT levenshtein(repeat('a', 10000000), repeat('b', 10000000))", {SLOW, LARGE}),
    ("SELECT * FROM range(100000) a ORDER BY repeat(md5(range::VARCHAR), 1000)", {LARGE, SLOW}),
    ("SELECT " + "(" * 5000 + "1" + ")" * 5000, {"done", REFUSED, WRONG}),
    ("SELECT " + "[" * 3000 + "1" + "]" * 3000, {REFUSED, WRONG}),
    ("SELECT " + "1+" * 30000 + "1", {REFUSED, WRONG}),
    ("SELECT " + "NOT " * 15000 + "true", {REFUSED, WRONG}),
    ("SELECT " + "abs(" * 10000 + "1" + ")" * 10000, {REFUSED, WRONG}),
    ("SELECT " + "(SELECT " * 6000 + "1" + ")" * 6000, {REFUSED, WRONG}),
    ("SELECT " + "CASE WHEN true THEN " * 2500 + "1" + " END" * 2500, {REFUSED, WRONG}),
    ("SELECT 1" + " UNION ALL SELECT 1" * 3000, {"done", REFUSED, WRONG, SLOW}),
    ("SELECT * FROM " + "(FROM " * 7000 + "n156130000_places" + ")" * 7000, {REFUSED, WRONG}),
    ("SELECT count(*) FROM range(2)" + " CROSS JOIN range(2)" * 60, {SLOW, LARGE, WRONG, REFUSED}),
    ("SELECT " + ",".join(["1"] * 30000), {"done", REFUSED, WRONG, SLOW, LARGE}),
    ("SELECT '" + "x" * 60000 + "'", {"done", SLOW}),
    ("SELECT 1 WHERE 1 IN (" + ",".join(map(str, range(11000))) + ")", {"done", SLOW}),
    ("SELECT sleep_ms(60000)", {REFUSED}),
]

TABLE = [
    *((each, {REFUSED}) for each in (*FILES, *NETWORK)),
    *((each, {REFUSED, WRONG}) for each in STATEMENTS),  # some are no words of DuckDB's
    *((each, {REFUSED}) for each in TALKATIVE),
    *((each, {WRONG}) for each in WRONGS),
    *HEAVY,
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlLake]:
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    with sql_lake(tmp_path_factory.mktemp("hostile"), LIMITS) as found:
        yield found
    patch.undo()


def told(lake: SqlLake, statement: str) -> str:
    secret = next((lake.root / "releases/secret").rglob("*.parquet"))
    return statement.replace("{root}", str(lake.root)).replace("{secret}", str(secret))


@pytest.mark.parametrize(("statement", "ends"), TABLE, ids=[f"{number}" for number in range(len(TABLE))])
def test_a_hostile_statement_ends_within_its_limits_and_learns_nothing(
    lake: SqlLake, statement: str, ends: set[str]
) -> None:
    start = time.monotonic()
    sent = told(lake, statement)
    asked = lake.ask(sent, "POST")
    assert asked.end in ends, asked.reply.body[:500]
    assert time.monotonic() - start < SECONDS + LIMITS.grace + START_S, (
        "and of a process that starts, on a busy machine"
    )
    said = asked.reply.body.decode()
    hidden = [SECRET, "root:x:0:0", str(Path.home()), "site-packages", "tianlake-sql-"]
    if str(lake.base) not in sent:  # what came with the statement may be repeated
        hidden.append(str(lake.base))
    assert not [each for each in hidden if each in said]
    if asked.end != "done":
        assert asked.document["detail"]
        assert set(asked.document["message"]) == {"zh", "en"}
        assert "\n" not in asked.document.get("detail", "")
        assert len(said) < 2000


@pytest.mark.parametrize("form", ["csv", "geojson", "parquet", "arrow"])
@pytest.mark.parametrize(
    ("statement", "ends"),
    [
        ("sum(a.range * b.range)::INT AS n FROM range(1000000) a, range(1000000) b", {SLOW}),
        ("list(range) AS n FROM range(1000000000)", {SLOW, LARGE}),
        ("CAST(name AS INTEGER) AS n FROM n156130000_places", {WRONG, SLOW}),
    ],
    ids=["slow", "large", "wrong"],
)
def test_it_ends_alike_in_every_form(lake: SqlLake, statement: str, ends: set[str], form: str) -> None:
    asked = lake.ask(f"SELECT *, ST_Point(1, 2)::GEOMETRY('EPSG:4490') AS shape FROM (SELECT {statement})", format=form)
    assert asked.end in ends, asked.reply.body


def test_after_all_of_them_the_same_processes_answer(lake: SqlLake) -> None:
    assert len(lake.processes.pids()) <= 2
    for _ in range(4):
        assert lake.rows("SELECT count(*) AS n FROM n156130000_places") == [{"n": 2000}]
    assert not list(Path("/tmp").glob("x.*"))
