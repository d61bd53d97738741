"""What keeps a machine from drawing is said in one line; where pictures are optional the build goes on without them."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from picture_kit import drawn_recipe, write_features
from vector_kit import make_job

from tianlake.build import fingerprint
from tianlake.build.fingerprint import fingerprint as mark_of
from tianlake.build.maker import code_digest
from tianlake.build.quality.document import read_document
from tianlake.build.rendering import fonts, machine
from tianlake.build.vector.build import build_vector
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Pictures, Recipe, Source
from tianlake.lake.workspace import parse_recipe

CARD = {
    "id": "sample",
    "class": "theme",
    "kind": "vector",
    "license": "MIT",
    "attribution": "示例",
    "title": {"zh": "示例", "en": "Sample"},
    "description": {"zh": "示例", "en": "Sample"},
    "sources": [{"path": "a.geojson"}],
}


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts, "FOLDERS", (str(tmp_path / "nothing"),))


@pytest.fixture
def no_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = "raise ImportError('libSM.so.6: cannot open shared object file: No such file or directory')"
    monkeypatch.setattr(machine, "TRIAL", trial)


def recipe(*, optional: bool = False) -> Recipe:
    return drawn_recipe(Pictures(max_zoom=3, optional=optional))


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("no_fonts", ("no font of this machine has 3 letters of the names (甘省肃)", "fonts-wqy-microhei")),
        ("no_renderer", ("ImportError: libSM.so.6: cannot open", "apt-get install libegl1")),
    ],
)
def test_a_machine_that_cannot_draw_is_told_in_one_line(root, tmp_path, request, lacking, said):
    request.getfixturevalue(lacking)
    with pytest.raises(LakeError) as caught:
        build_vector(make_job(tmp_path, recipe(), root))
    assert "\n" not in str(caught.value)
    for part in said:
        assert part in str(caught.value)


@pytest.mark.parametrize("lacking", ["no_fonts", "no_renderer"])
def test_optional_pictures_are_left_out_with_a_warning_and_a_finding(root, tmp_path, request, caplog, lacking):
    request.getfixturevalue(lacking)
    job = make_job(tmp_path, recipe(optional=True), root)
    with caplog.at_level(logging.WARNING):
        built = build_vector(job)
    assert [asset.name for asset in built.assets if asset.name.endswith(".pmtiles")] == ["sample.pmtiles"]
    [warning] = [record.getMessage() for record in caplog.records if "pictures" in record.getMessage()]
    assert "apt-get install" in warning
    document = read_document(job.out)
    assert document is not None
    [finding] = [each for each in document.findings if each.rule == "pictures.absent"]
    assert (finding.count, finding.unit, finding.fate) == (4, "file", "left_out")


def test_a_renderer_that_ends_its_process_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr(machine, "TRIAL", "import os; os.write(2, b'eglInitialize() failed.\\n'); os.abort()")
    with pytest.raises(LakeError, match=r"does not run on this machine \(eglInitialize\(\) failed\.\); on Debian"):
        machine.check_renderer()


def test_names_with_letters_that_cannot_be_written_are_left_out_and_counted(tmp_path):
    """A name with a gap would be another name."""
    root = tmp_path / "sources"
    root.mkdir()
    places = [("\U00020b9f家庄", (104.0, 30.0)), ("甘肃省", (110.0, 36.0))]
    shapes = [({"name": name}, {"type": "Point", "coordinates": list(place)}) for name, place in places]
    write_features(root / "seats.geojson", shapes)
    pictures = Pictures(max_zoom=4, min_zoom=4, matrix_sets=("w",))
    job = make_job(tmp_path, drawn_recipe(pictures, Source("seats.geojson", name="seat-province")), root)
    built = build_vector(job)
    labels = next(asset for asset in built.assets if asset.name == "sample-labels.pmtiles")
    assert labels.facts.tiles == 1  # type: ignore[union-attr]
    document = read_document(job.out)
    assert document is not None
    [finding] = [each for each in document.findings if each.rule == "pictures.letters"]
    assert finding.count == 1
    assert "U+20B9F" in finding.reason.en


def test_levels_below_the_tiles_are_refused(root, tmp_path):
    plain = drawn_recipe(Pictures(max_zoom=2))
    high = replace(plain, tiles=replace(plain.tiles, min_zoom=3))
    with pytest.raises(LakeError, match=r"sample\.toml: tiles\.pictures\.max_zoom: 2 is below 4, the first level"):
        build_vector(make_job(tmp_path, high, root))


@pytest.mark.parametrize(
    ("table", "more", "said"),
    [
        ({"max_zoom": 3, "min_zoom": 4}, {}, r"tiles\.pictures: min_zoom 4 is above max_zoom 3"),
        ({"max_zoom": 0}, {}, r"tiles\.pictures\.max_zoom: Input should be greater than or equal to 1"),
        ({"max_zoom": 3, "matrix_sets": ["c", "c"]}, {}, "names one twice"),
        ({"max_zoom": 3, "scale": 2}, {}, r"tiles\.pictures\.scale: there is no such field"),
        ({"max_zoom": 3}, {"kind": "table"}, r"tiles\.pictures: only vector tiles are drawn as pictures"),
        ({"max_zoom": 3}, {"kind": "raster"}, r"tiles\.pictures: only vector tiles are drawn as pictures"),
    ],
)
def test_a_recipe_that_cannot_be_drawn_is_refused_in_one_line(table, more, said):
    with pytest.raises(LakeError, match=said) as caught:
        parse_recipe(CARD | more | {"tiles": {"pictures": table}}, file="sample.toml")
    assert "\n" not in str(caught.value)


def test_what_decides_the_drawing_is_in_the_fingerprint(monkeypatch):
    def mark(wanted: Recipe) -> str:
        return mark_of("156000000", wanted, ())

    drawn, plain = recipe(), drawn_recipe(None)
    before = mark(drawn), mark(plain)
    assert (mark(drawn), mark(plain)) == before
    state = machine.drawing_state()
    assert all(state.values())
    changes: list[dict[str, object]] = [{"tools": {"pymgl": "9"}}, {"fonts": []}, {"system": []}]
    for change in changes:
        monkeypatch.setattr(fingerprint, "drawing_state", lambda change=change: state | change)
        assert mark(drawn) != before[0]
        assert mark(plain) == before[1]
    monkeypatch.undo()
    same = code_digest
    monkeypatch.setattr(
        fingerprint, "code_digest", lambda name: "new" if name == "tianlake.lake.styles" else same(name)
    )
    assert mark(drawn) != before[0]
    assert mark(plain) == before[1]
