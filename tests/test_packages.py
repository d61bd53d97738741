"""What Lambda runs, as `make package` makes it: small, the same every time, complete with what is in it alone."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import package
import package_wheels
import pytest
from accounts_kit import an_account
from admission_kit import KEYS, RECORDS
from bureau_kit import PERSON
from chalice_kit import event, sent_to
from gateway_kit import NODE
from kit import REPO
from static_kit import write_node

from tianlake.functions.accounts.records import IssuedKey
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.lake.errors import LakeError, StoreError

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The archives of tests are those for the Python that runs them, so that they can be run."""

WHEELS = REPO / "dist/wheels" / HERE
COLD_S = 1.5


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("packages")
    return SimpleNamespace(out=out, told=package.package(out, WHEELS, HERE))


@pytest.fixture(scope="module")
def wheels_of_api():
    return package_wheels.pinned(package.ROOTS[0].requirements, HERE, WHEELS)


@pytest.fixture
def api_alone(wheels_of_api, monkeypatch):
    """Only the smallest function is packed, from wheels that were read before: what is tested is what comes then."""
    monkeypatch.setattr(package, "ROOTS", package.ROOTS[:1])
    monkeypatch.setattr(package, "pinned", lambda *_asked: wheels_of_api)


@pytest.fixture(scope="module")
def unpacked(made, tmp_path_factory):
    """The folders that Lambda would have, by function, and that of the layers."""
    folder = tmp_path_factory.mktemp("lambda")
    for name, each in made.told.items():
        with zipfile.ZipFile(made.out / each["file"]) as archive:
            archive.extractall(folder / ("opt" if name.startswith("layer-") else name))
    return folder


def run(unpacked, root, code, sent=None, **environment):
    """Run code in an interpreter that has a function's own folders and Python's library, and nothing else."""
    path = [str(unpacked / root), str(unpacked / "opt/python")]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", f"import sys; sys.path += {path!r}\n{code}"],
        input=json.dumps(sent),
        capture_output=True,
        text=True,
        check=False,
        cwd=unpacked,
        env={"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", **environment},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def entries(made, name):
    with zipfile.ZipFile(made.out / made.told[name]["file"]) as archive:
        assert archive.testzip() is None
        return archive.infolist()


def test_every_archive_and_every_function_is_within_lambdas_limits(made):
    assert set(made.told) == {"api", "web", "stac", "layer-duckdb", "layer-spatial"}
    sizes = {name: sum(each.file_size for each in entries(made, name)) for name in made.told}
    for name, each in made.told.items():
        assert (made.out / each["file"]).stat().st_size == each["size"] < 50_000_000
        assert sizes[name] + sum(sizes[layer] for layer in each.get("layers", ())) < 250_000_000
    assert json.loads((made.out / "packages.json").read_text()) == made.told


def test_what_terraform_is_told_is_so(made):
    for each in made.told.values():
        digest = hashlib.sha256((made.out / each["file"]).read_bytes()).digest()
        assert each["sha256"] == base64.b64encode(digest).decode()
        assert (each["runtime"], each["architecture"]) == (f"python{HERE}", "x86_64")
    assert [made.told[name]["layers"] for name in ("api", "web")] == [[], ["layer-duckdb", "layer-spatial"]]


def test_archives_hold_code_in_one_order_and_no_tests(made):
    for name in made.told:
        found = entries(made, name)
        names = [each.filename for each in found]
        assert names == sorted(set(names))
        assert {each.date_time for each in found} == {(1980, 1, 1, 0, 0, 0)}
        unwanted = re.compile(r"(^|/)(tests?|__pycache__)/|\.pyc$|^tianlake/(cli|portal)/")
        assert not [each for each in names if unwanted.search(each)]
    assert "python/duckdb/__init__.py" in {each.filename for each in entries(made, "layer-duckdb")}
    assert not [each for each in entries(made, "web") if "duckdb" in each.filename.split("/")[0]]


def test_another_folder_and_time_give_the_same_bytes(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    copy = tmp_path / "elsewhere"
    for tree in ("functions", "lake"):
        for path in (REPO / tree).rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                target = copy / path.relative_to(REPO)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    monkeypatch.setattr(package, "REPO", copy)
    (copy / "requirements").symlink_to(REPO / "requirements")
    again = package.package(tmp_path / "again", WHEELS, HERE, roots=package.ROOTS[:1])
    assert again["api"] == made.told["api"]
    assert (tmp_path / "again/api.zip").read_bytes() == (made.out / "api.zip").read_bytes()


def test_packages_are_made_anew_when_something_changed_and_only_then(api_alone, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"nodes": {NODE: {"bucket": "a"}}, "root": NODE, "accounts": "a", "region": "r"}))
    out = tmp_path / "out"
    first = package.up_to_date(out, WHEELS, HERE, config)
    assert set(first) == {"api", "edge"}
    assert first["edge"]["size"] < 500_000
    before = (out / "edge.zip").stat().st_mtime_ns
    assert package.up_to_date(out, WHEELS, HERE, config) == first
    assert (out / "edge.zip").stat().st_mtime_ns == before
    (out / "edge.zip").write_bytes(b"torn")
    assert package.up_to_date(out, WHEELS, HERE, config) == first
    assert (out / "edge.zip").stat().st_size == first["edge"]["size"]
    config.write_text(config.read_text().replace('"r"', '"s"'))
    assert package.up_to_date(out, WHEELS, HERE, config)["edge"] != first["edge"]


@pytest.mark.parametrize("root", ["api", "web", "stac"])
def test_a_function_starts_fast_and_from_its_own_archive(unpacked, root):
    """Processor time, the best of six: others use the machine too. Python's own start and DuckDB's do not count."""
    code = """
import json, time
try:
    import duckdb
except ModuleNotFoundError:
    pass
begun = time.process_time()
import app
took = time.process_time() - begun
print(json.dumps([took, sorted(m.__file__ for m in sys.modules.values() if getattr(m, "__file__", None))]))
"""
    found: list[Any] = []
    while not found or (found[-1][0] >= COLD_S and len(found) < 6):
        found.append(run(unpacked, root, code))
    assert found[-1][0] < COLD_S, [seconds for seconds, _files in found]
    library = str(Path(os.__file__).parent)
    foreign = [each for each in found[0][1] if not each.startswith((library, str(unpacked)))]
    assert not foreign
    assert not [each for each in found[0][1] if "site-packages" in each]


ANSWER = "import json, app; print(json.dumps([app.app(json.load(sys.stdin), None)['statusCode']]))"


def test_every_function_answers_from_its_own_archive(unpacked, tmp_path):
    (tmp_path / "lake").mkdir()
    store = SqliteAccounts(tmp_path / "accounts.sqlite")
    (record,) = [each for each in RECORDS if each.id == "pro"]
    store.add_account(an_account(1, id=record.account, tier=record.tier, terms=()))
    store.add_key(IssuedKey(replace(record, terms=""), "label", "2026-11-27T00:00:00Z"))
    write_node(tmp_path / "lake")
    settings = {
        "TIANLAKE_LAKE": f"file:{tmp_path}/lake",
        "TIANLAKE_NODE": NODE,
        "TIANLAKE_ACCOUNTS": f"sqlite:{tmp_path}/accounts.sqlite",
    }
    typed = {"content-type": "application/json"}
    assert run(
        unpacked, "api", ANSWER, event("POST", "/accounts", "/accounts", "", typed, body=json.dumps(PERSON)), **settings
    ) == [201]
    statement = sent_to("/sql", f"q=SELECT%201%20AS%20a&format=arrow&tk={KEYS['pro']}")
    assert run(unpacked, "web", ANSWER, statement, **settings) == [200]
    shown = sent_to("/staticimage", f"layers=img_c&center=100,30&tk={KEYS['pro']}")
    assert run(unpacked, "web", ANSWER, shown, **settings) == [200]
    assert run(unpacked, "stac", ANSWER, event("GET", "/{proxy+}", "/stac"), **settings) == [200]


def test_what_lambda_would_refuse_is_not_made(api_alone, tmp_path, monkeypatch):
    monkeypatch.setattr(package, "LARGEST", 1_000_000)
    with pytest.raises(LakeError, match=r"^api\.zip: has \d+ bytes; Lambda takes 1000000$"):
        package.package(tmp_path, WHEELS, HERE)
    monkeypatch.setattr(package, "LARGEST_UNPACKED", 1_000_000)
    with pytest.raises(LakeError, match=r"^api: has \d+ bytes unpacked, layers included; Lambda takes 1000000$"):
        package.package(tmp_path, WHEELS, HERE)


def test_a_wheel_that_is_another_than_was_pinned_is_refused(tmp_path):
    line = next(iter((REPO / "requirements/lambda-api.txt").read_text().split("\n    --hash")))
    wrong = tmp_path / "lambda-wrong.txt"
    pinned = line.rstrip(" \\")
    wrong.write_text(f"{pinned} --hash=sha256:{'0' * 64}\n")
    with pytest.raises(StoreError, match=r"^lambda-wrong\.txt: pip cannot fetch its wheels: "):
        package_wheels.pinned(wrong, HERE, WHEELS)


def test_functions_run_what_the_tests_ran():
    pins = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)
    tested = dict(pins.findall((REPO / "requirements/test.txt").read_text()))
    for root in package.ROOTS:
        text = root.requirements.read_text()
        found = dict(pins.findall(text))
        assert found
        assert found.items() <= tested.items()
        assert text.count("--hash=sha256:") >= len(found)
        assert not {"pip", "setuptools", "click", "pyarrow"} & set(found)
