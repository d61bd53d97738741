"""Plain tables: what an office keeps in CSV becomes typed Parquet, checked with pyarrow."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from gate_kit import Open
from matplotlib.image import imread
from trail_kit import Notes
from vector_kit import make_job

from tianlake.build.table.build import build_table
from tianlake.lake.derived import Desk
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.nodes import NodeCard, NodeName, NodeSettings, Organisation
from tianlake.lake.publishing import publish, seal
from tianlake.lake.recipes import ClipStep, FeatureOptions, FieldsStep, ProductCard, Recipe, Source, Table
from tianlake.lake.releases import Candidate, TableFacts
from tianlake.lake.store import DirectoryStore
from tianlake.lake.words import Bounds, Text
from tianlake.stac import StacDescriber

LANGFANG = Bounds(116.11, 38.46, 117.25, 40.1)
CARD = ProductCard(
    id="census",
    kind="table",
    product_class="theme",
    title=Text("人口统计", "Census"),
    description=Text("测试用", "For tests"),
    license="CC0-1.0",
    attribution="测试",
    extent=LANGFANG,
)
ROWS = """行政区代码,区县,街道代码,常住人口,密度,统计日期,更新时间,说明,电话,金额,混合,长数
131002,安次区,001,502000,861.5,2020-11-01,2021-05-26 10:00:00,"逗号,在内",03161234567,0.10,12,123456789012345678
131003,广阳区,002,528000,1345.25,2020-11-01,2021-05-26 10:00:00,,03167654321,-3,十二,123456789012345679
131022,固安县,003,553000,,2020-11-01,,无,,1000000,13,1
"""


@pytest.fixture
def build(tmp_path: Path):
    """Return what builds the table above, with another recipe where wanted."""

    def run(*, text: str = ROWS, encoding: str = "utf-8", card: ProductCard = CARD, **more: object):
        (tmp_path / "census.csv").write_text(text, encoding)
        sources = more.pop("sources", (Source("census.csv", encoding=None if encoding == "utf-8" else encoding),))
        job = make_job(tmp_path / "job", Recipe(card, sources, **more), tmp_path)  # type: ignore[arg-type]
        built = build_table(job)
        return job.out, built, pq.read_table(job.out / "census.parquet")

    return run


def test_text_becomes_numbers_and_dates_only_where_all_of_it_safely_can(build):
    _, _, table = build()
    kinds = {name: str(table.schema.field(name).type) for name in table.column_names}
    assert kinds == {
        "行政区代码": "string",  # codes are names
        "区县": "string",
        "街道代码": "string",
        "常住人口": "int64",
        "密度": "double",
        "统计日期": "date32[day]",
        "更新时间": "timestamp[us]",
        "说明": "string",
        "电话": "string",
        "金额": "double",
        "混合": "string",
        "长数": "string",  # a DOUBLE would round it
    }
    assert table["街道代码"].to_pylist() == ["001", "002", "003"]
    assert table["密度"].to_pylist() == [861.5, 1345.25, None]
    assert table["说明"].to_pylist() == ["逗号,在内", None, "无"]


@pytest.mark.parametrize("column", ["b", "c"])
def test_a_zero_before_digits_keeps_a_column_text(build, column):
    _, _, table = build(text=f"a,{column}\n1,007\n2,10\n")
    assert table.schema.field(column).type == pa.string()
    assert table.schema.field("a").type == pa.int64()


def test_declared_types_win(build):
    _, _, table = build(table=Table({"行政区代码": "BIGINT", "常住人口": "VARCHAR", "密度": "VARCHAR"}))
    assert table["行政区代码"].to_pylist() == [131002, 131003, 131022]
    assert table["常住人口"].to_pylist() == ["502000", "528000", "553000"]


def test_a_table_in_gb18030_with_steps_and_where_keeps_its_order_and_counts(build):
    steps = (FieldsStep("fields", {"code": '"行政区代码"', "千人": 'round("常住人口"::INT / 1000)::INT'}),)
    sources = (Source("census.csv", encoding="gb18030", where="\"区县\" <> '广阳区'"),)
    out, built, table = build(encoding="gb18030", steps=steps, sources=sources)
    assert table.to_pydict() == {"code": ["131002", "131022"], "千人": [502, 553]}
    assert dataclasses.astuple(built.quality) == (3, 1, 0, 0, 2)
    report = json.loads((out / "quality.json").read_bytes())
    assert [(each["rule"], each["count"]) for each in report["findings"]] == [("step.where", 1)]


def test_facts_and_bounds_are_those_of_a_table_without_geometry(build):
    out, built, table = build()
    [facts] = [each.facts for each in built.assets if each.role == "data"]
    assert isinstance(facts, TableFacts)
    assert (facts.rows, facts.geometry_column, facts.bounds, facts.crs) == (3, None, None, None)
    assert [each.name for each in facts.columns] == table.column_names
    assert built.bounds == LANGFANG
    assert pq.ParquetFile(out / "census.parquet").metadata.row_group(0).column(0).compression == "ZSTD"
    assert {each.name for each in built.assets} == {file.name for file in out.iterdir()}


def test_the_thumbnail_shows_how_full_a_column_is(build):
    text = "full,empty\n" + "".join(f"{number},\n" for number in range(50, 60))
    out, _, _ = build(text=text)
    red, green, blue = np.moveaxis(imread(out / "thumbnail.png")[..., :3], -1, 0)
    bars = (green > red + 0.1) & (green > blue)
    left, right = np.hsplit(bars[:, : bars.shape[1] // 2 * 2], 2)
    assert left.sum() > 200
    assert right.sum() == 0


def test_equal_sources_give_equal_bytes(build, tmp_path):
    first = build()[1].assets
    (tmp_path / "job").rename(tmp_path / "before")
    assert [each.sha256 for each in build()[1].assets] == [each.sha256 for each in first]


REFUSED = [
    ({"card": dataclasses.replace(CARD, extent=None)}, "census.toml: extent: a plain table needs the box"),
    ({"table": Table({"人口": "BIGINT"})}, "table.types.人口: no such column; there are: 行政区代码"),
    ({"table": Table({"区县": "BIGINT"})}, "table.types.区县: '安次区' is no BIGINT"),
    ({"features": FeatureOptions("统计日期")}, "features.id: '统计日期' is '2020-11-01' in 3 rows"),
    ({"features": FeatureOptions("密度")}, "features.id: '密度' is empty in 1 rows"),
    ({"features": FeatureOptions("id")}, "features.id: there is no column 'id'"),
    ({"steps": (ClipStep("clip", "a.geojson"),)}, "steps.0.op: a plain table has no geometry to clip by"),
    ({"steps": (FieldsStep("fields", {"n": "人数"}),)}, "steps.0.fields.n: "),
    ({"sources": (Source("census.csv", where="人数 > 0"),)}, "sources.0.where: "),
    ({"sources": (Source("census.csv", where="false"),)}, "sources: no row is left of 3"),
]


@pytest.mark.parametrize(
    ("wrong", "message"), REFUSED, ids=[message.split(":")[0] + str(n) for n, (_, message) in enumerate(REFUSED)]
)
def test_a_wrong_recipe_is_refused_in_one_line(build, wrong, message):
    with pytest.raises(LakeError) as refused:
        build(**wrong)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_published_view_answers_sql(build, tmp_path):
    """A plain table has a view in `lake.sql` like every other product."""
    _, built, _ = build()
    candidate = Candidate(
        *("156131000", CARD, "2026-11-01T00:00:00Z", "a" * 64, LANGFANG, built.assets, ()),
        tools={"duckdb": "1.5.5"},
        quality=built.quality,
    )
    name = NodeName("156131000", "city", "廊坊市", "廊坊市地理信息公共服务平台", "天地图·廊坊", "156130000")
    operator = Organisation("测试", "https://example.org", "test@example.org")
    desk = Desk(
        NodeCard(name, NodeSettings("156131000", operator, operator)),
        DirectoryStore(tmp_path / "lake"),
        StacDescriber(),
        Notes(),
        Open(),
        {},
    )
    publish(desk, seal(candidate, tmp_path / "job/out", desk.node, desk.describer))
    with connect() as connection:
        connection.execute("SET VARIABLE n156131000 = $folder", {"folder": f"{tmp_path}/lake/"})
        connection.execute((tmp_path / "lake/lake.sql").read_text("utf-8"))
        answer = connection.sql('SELECT sum("常住人口") FROM n156131000_census').fetchall()
    assert answer == [(502000 + 528000 + 553000,)]


def test_the_report_tells_how_full_columns_are(build):
    out, _, _ = build()
    report = json.loads((out / "quality.json").read_bytes())
    filled = {each["name"]: each["filled"] for each in report["columns"]}
    assert (filled["常住人口"], filled["密度"], filled["说明"]) == (3, 2, 2)
