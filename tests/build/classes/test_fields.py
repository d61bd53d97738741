"""Fields of the classes: types, rules of their values, and what a table lacks."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest
from kit import DATA
from vector_kit import CITIES, make_job

from tianlake.build.classes.schema import ENTITY, PLACE, SCHEMAS
from tianlake.build.vector.build import build_vector
from tianlake.lake.recipes import CodeList, DivisionAreas, Entity, FieldsStep, ProductCard, Recipe, Source
from tianlake.lake.releases import TableFacts
from tianlake.lake.words import Text

HEAD = "x,y,name,class_code,admin_code,granularity,valid_from,valid_to,accuracy_m\n"
GOOD = "116.5,39.5,甲,630100,156130000,1:10000,2020-01-01,2024-05-01,2.5\n"


def test_what_fits_its_rules_is_kept_as_it_is_with_the_types_of_the_schema(make):
    made = make("entity", HEAD + GOOD)
    [entity] = made.table.to_dict("records")
    assert (entity["class_code"], entity["admin_code"], entity["accuracy_m"]) == ("630100", "156130000", 2.5)
    assert str(pd.Timestamp(entity["valid_from"]).date()) == "2020-01-01"
    assert list(made.table.columns[: len(ENTITY)]) == [each.name for each in ENTITY]
    rules = {rule for rule in made.findings if rule.startswith("class.")}
    assert rules == {"class.field_missing"}, "aliases and updated_at are recommended and not there"


@pytest.mark.parametrize(
    ("old", "new", "rule", "fate"),
    [
        ("630100", "63010", "class.class_code", "kept"),
        ("630100", "道路", "class.class_code", "kept"),
        ("156130000", "130000", "class.division", "kept"),
        ("156130000", "156139999", "class.unknown_division", "kept"),
        ("1:10000", "1:12345", "class.granularity", "kept"),
        ("2024-05-01", "2019-05-01", "class.period", "kept"),
        ("2020-01-01", "2020年", "class.value_type", "changed"),
        ("2020-01-01", "2020-02-30", "class.value_type", "changed"),
        (",2.5", ",约3米", "class.value_type", "changed"),
    ],
)
def test_a_value_that_breaks_a_rule_is_counted_and_shown(make, old, new, rule, fate):
    made = make("entity", HEAD + GOOD + GOOD.replace(old, new).replace("甲", "乙"))
    finding = made.findings[rule]
    assert (finding.count, finding.fate, len(finding.samples)) == (1, fate, 1)
    [sample] = finding.samples
    assert (sample.row, sample.lon, sample.lat) == (2, 116.5, 39.5)
    assert sample.detail
    assert len(made.table) == 2, "nothing is dropped"


def test_units_below_taiwan_are_not_called_unknown(make):
    made = make("entity", HEAD + GOOD.replace("156130000", "156710021"))
    assert "class.unknown_division" not in made.findings


def test_codes_are_held_to_the_list_that_the_recipe_names(make, tmp_path):
    (tmp_path / "codes.csv").write_text("代码,名称\n630100,省级行政区\n", "utf-8-sig")
    entity = Entity(class_codes=CodeList("codes.csv", "代码"))
    made = make("entity", HEAD + GOOD + GOOD.replace("630100", "640100"), entity=entity)
    assert made.findings["class.unlisted_code"].count == 1
    assert made.findings["class.unlisted_code"].samples[0].detail == "640100"


def test_an_empty_name_is_told(make):
    made = make("entity", HEAD + GOOD + GOOD.replace("甲", " "))
    assert (made.findings["class.field_empty"].count, made.table["name"].isna().sum()) == (1, 1)


def test_entities_without_a_division_get_that_of_their_place(make):
    areas = DivisionAreas("counties.geojson", where="gb LIKE '15613%'")
    text = HEAD + "".join(
        f"116.70,39.52,{name},630100,{code},,,,\n"
        for name, code in (("无", ""), ("同", "156131003"), ("省", "156130000"), ("异", "156131002"))
    )
    made = make("entity", text, entity=Entity(divisions=areas))
    found = made.table.set_index("name")["admin_code"].to_dict()
    assert found == {"无": "156131003", "同": "156131003", "省": "156130000", "异": "156131002"}
    assert [sample.detail for sample in made.findings["place.contradiction"].samples] == ["156131002 lies in 156131003"]


def test_other_classes_are_left_as_they_are(make):
    made = make("theme", "x,y,名称\n116.5,39.5,甲\n")
    assert list(made.table.columns) == ["x", "y", "名称", "geometry"]
    assert not [rule for rule in made.findings if rule.startswith("class.")]


def test_every_field_says_in_both_languages_what_it_is():
    assert set(SCHEMAS) == {"entity", "place"}
    for field in (*ENTITY, *PLACE):
        assert field.text.zh != field.text.en
        assert field.source
    for fields in (ENTITY, PLACE):
        assert len({field.name for field in fields}) == len(fields)


def test_facts_tell_what_columns_are_and_the_report_what_is_missing(tmp_path):
    card = ProductCard(
        *("cities", "vector", "entity", Text("市", "Cities"), Text("测试", "Test"), "MIT", "测试"),
    )
    fields = FieldsStep("fields", {"class_code": "'640100'", "name": "name", "admin_code": "gb"})
    recipe = Recipe(card, (Source(CITIES, where="gb LIKE '15613%'"),), (fields,))
    job = make_job(tmp_path, recipe, DATA)
    built = build_vector(job)
    facts = built.assets[0].facts
    assert isinstance(facts, TableFacts)
    told = {column.name: column.description for column in facts.columns}
    assert told["class_code"] == Text("要素分类代码（GB/T 13923）", "feature class code of GB/T 13923")
    assert told["geometry"] is None
    assert facts.id_column == "entity_id"
    assert pq.read_table(job.out / "cities.parquet").num_rows == 11
    report = json.loads((job.out / "quality.json").read_bytes())
    assert "class.field_missing" in {finding["rule"] for finding in report["findings"]}
