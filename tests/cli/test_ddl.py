"""`tianlake ddl` against the Parquet files that it registers, read by Arrow; no engine runs here."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from counting_kit import table_release
from lake_kit import desk

from tianlake.cli.app import tianlake
from tianlake.lake.ddl import Engine, engine_ddl
from tianlake.lake.errors import LakeError
from tianlake.lake.publishing import publish
from tianlake.lake.query import current_histories
from tianlake.lake.store import DirectoryStore

ROWS = """
SELECT 1::BIGINT AS id, '名' AS name, 2::INTEGER AS "count", 1.5::FLOAT AS f, 2.5 AS "dec", DATE '2026-01-01' AS day,
  TIMESTAMP '2026-01-01' AS "at", TIMESTAMPTZ '2026-01-01 00:00:00+08' AS zone, true AS yes, '\\x01'::BLOB AS raw,
  ['a'] AS list, MAP {'k': 1} AS map, {'ab': [1.5::DOUBLE]} AS deep, 'x'::ENUM ('x') AS kind, uuid() AS odd,
  {'a': 1::UTINYINT} AS small,
  ST_Point(116, 39)::GEOMETRY('EPSG:4490') AS geometry
"""

TYPES = {
    "athena": "bigint string int float decimal(2,1) date timestamp timestamp boolean binary array<string> "
    "map<string,int> struct<ab:array<double>> string binary struct<xmin:float,ymin:float,xmax:float,ymax:float>",
    "trino": "bigint varchar integer real decimal(2,1) date timestamp(3) timestamp(3) boolean varbinary array(varchar) "
    'map(varchar, integer) row("ab" array(double)) varchar varbinary '
    'row("xmin" real,"ymin" real,"xmax" real,"ymax" real)',
    "spark": "bigint string int float decimal(2,1) date timestamp_ntz timestamp boolean binary array<string> "
    "map<string, int> struct<`ab`: array<double>> string binary "
    "struct<`xmin`: float,`ymin`: float,`xmax`: float,`ymax`: float>",
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ddl")
    store = DirectoryStore(root / "lake")
    publish(desk(store), table_release(root / "one", ROWS))
    return root / "lake"


def ddl(lake: Path, engine: Engine) -> str:
    histories = current_histories(DirectoryStore(lake))
    return engine_ddl(engine, "156130000", histories, "s3://it's/156130000/", "s3://tables/")


@pytest.mark.parametrize("engine", ["athena", "trino", "spark"])
def test_each_column_of_the_file_is_declared_in_its_order(lake: Path, engine: Engine) -> None:
    [file] = lake.glob("releases/places/*/places.parquet")
    text = ddl(lake, engine)
    body = re.search(r"\(\n(.*?)\n\)", text, re.DOTALL)
    assert body
    lines = [line.strip().removesuffix(",") for line in body[1].split("\n")]
    declared = [re.fullmatch(r"""[`"](.+?)[`"] (.+)""", line) for line in lines]
    names = [name for name in pq.read_schema(file).names if name not in {"odd", "small"}]
    assert [each[1] for each in declared if each] == names
    assert " ".join(each[2] for each in declared if each) == TYPES[engine]
    assert "-- left out: odd UUID\n-- left out: small STRUCT(a UTINYINT)\n" in text


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("athena", r"LOCATION 's3://tables/n156130000_places/';$"),
        ("athena", r"^-- printf '%s\\n' 's3://it''s/156130000/releases/places/[^/]+/places\.parquet' \| aws s3 cp"),
        ("athena", r"^-- SELECT ST_GeomFromBinary\(geometry\) FROM n156130000_places$"),
        ("trino", r"external_location = 's3://tables/n156130000_places/'\);$"),
        ("spark", r"^OPTIONS \(path 's3://it''s/156130000/releases/places/[^/]+/places\.parquet'\);$"),
        ("spark", r"^-- SELECT ST_SetSRID\(ST_GeomFromWKB\(geometry\), 4490\) FROM"),
    ],
)
def test_the_table_lies_where_the_engine_can_read_it(lake: Path, engine: Engine, said: str) -> None:
    assert re.search(said, ddl(lake, engine), re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--engine", "athena"], "--tables: athena reads folders of Parquet alone"),
        (["--engine", "spark"], "--data: .* is no s3:// address"),
        (["--engine", "spark", "--data", "s3://a'b/"], "--data: .* is no s3:// address"),
    ],
)
def test_what_an_engine_could_not_read_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    CliRunner().invoke(tianlake, ["init", str(tmp_path / "w"), "--node", "156130000"], catch_exceptions=False)
    done = CliRunner().invoke(tianlake, ["-C", str(tmp_path / "w"), "ddl", *arguments])
    assert isinstance(done.exception, LakeError), done.output
    assert re.search(said, str(done.exception))
