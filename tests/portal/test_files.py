"""What is published, and the tools that check and vendor it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import subprocess
import sys
from types import ModuleType

import pytest
from kit import REPO
from portal_kit import run_node

from tianlake import portal
from tianlake.lake.errors import LakeError
from tianlake.portal import INDEX, portal_files

PORTAL = REPO / "portal"
FILES = {file.name: file for file in portal_files()}


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor_portal", REPO / "tools/vendor_portal.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_every_module_finds_what_it_imports():
    for name, file in FILES.items():
        if name.endswith(".mjs") and "/vendor/" not in name:
            folder = name.rpartition("/")[0]
            for target in re.findall(r'(?:from |import |import\()"(\.[^"]+)"', file.body.decode()):
                path = f"{folder}/{target}"
                while "/./" in path or "/../" in path:
                    path = re.sub(r"/\./|/[^/]+/\.\./", "/", path, count=1)
                assert path in FILES, f"{name} imports {target}"


def test_browsers_get_modules_as_javascript():
    assert {FILES[name].media_type for name in FILES if name.endswith(".mjs")} == {"text/javascript"}
    assert FILES[INDEX].media_type == "text/html"


def test_type_declarations_are_not_published():
    assert (PORTAL / "tianlake/portal/static/vendor/pmtiles.d.mts").exists(), "they lie there for type checks"
    assert not [name for name in FILES if ".d." in name]


def test_the_page_names_no_address_and_holds_no_inline_code():
    html = FILES[INDEX].body.decode()
    assert not re.findall(r'(?:src|href)="(?:/|[a-z]+:)', html)
    assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=", html)
    assert "unsafe" not in html


def test_missing_third_party_files_are_told_with_what_to_do(tmp_path):
    with pytest.raises(LakeError, match="make install"):
        portal._check_vendor(tmp_path)


def test_the_icon_holds_three_sizes():
    icon = FILES["portal/favicon.ico"].body
    assert icon[:6] == b"\0\0\1\0\3\0"
    assert [icon[6 + 16 * place] for place in range(3)] == [16, 32, 48]
    assert icon.count(b"\x89PNG\r\n\x1a\n") == 3


def test_vendored_files_are_those_of_the_lock_file():
    listing = json.loads(FILES["portal/vendor/vendor.json"].body)["files"]
    lock = json.loads((PORTAL / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for entry in listing:
        body = FILES[f"portal/vendor/{entry['name']}"].body
        assert hashlib.sha256(body).hexdigest() == entry["sha256"]
        assert lock[f"node_modules/{entry['package']}"]["version"] == entry["version"]
    licensed = {entry["package"] for entry in listing if "LICENSE" in entry["name"]}
    assert {entry["package"] for entry in listing} == licensed


def test_no_registry_is_named():
    for name in ("package.json", "package-lock.json", ".npmrc"):
        text = (PORTAL / name).read_text(encoding="utf-8")
        assert '"resolved"' not in text
        assert "registry=" not in text
        assert "registry." not in text


def test_vendoring_again_changes_nothing():
    tool = _tool()
    assert tool._holds(PORTAL / "tianlake/portal/static/vendor", tool._wanted(PORTAL)), "run: make install"
    assert tool.vendor(PORTAL, dev=False) == "up to date"


def test_a_spoilt_copy_is_noticed(tmp_path):
    tool = _tool()
    copy = tmp_path / "pmtiles.mjs"
    copy.write_bytes(b"spoilt")
    listing = {"made_from": "x", "files": [{"name": "pmtiles.mjs", "sha256": hashlib.sha256(b"whole").hexdigest()}]}
    (tmp_path / "vendor.json").write_text(json.dumps(listing), encoding="utf-8")
    assert not tool._holds(tmp_path, "x")
    copy.write_bytes(b"whole")
    assert tool._holds(tmp_path, "x")


def test_a_package_of_another_shape_is_refused(tmp_path):
    tool = _tool()
    package = tmp_path / "pmtiles/dist"
    package.mkdir(parents=True)
    (tmp_path / "pmtiles/package.json").write_text(
        '{"name": "pmtiles", "version": "9", "license": "MIT"}', encoding="utf-8"
    )
    copy = next(each for each in tool.COPIES if each.edit)
    with pytest.raises(tool.VendorError, match=r"holds no dist/pmtiles\.js"):
        tool._copy(copy, tmp_path, tmp_path)
    (package / "pmtiles.js").write_text("let other", encoding="utf-8")
    with pytest.raises(tool.VendorError, match="exactly once"):
        tool._copy(copy, tmp_path, tmp_path)


def test_without_npm_the_one_of_the_wheel_is_used(monkeypatch):
    tool = _tool()
    monkeypatch.setattr(tool.shutil, "which", lambda _name: None)
    command, environment = tool.npm_command()
    done = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True, check=False)
    assert re.fullmatch(r"\d+\.\d+\.\d+", done.stdout.strip())


@pytest.mark.parametrize(
    "command",
    [
        ["tsc", "-p", "tsconfig.json", "--noEmit"],
        ["prettier", "--check", "tianlake/portal/static/**/*.{mjs,css,html}", "!**/vendor/**", "types", "*.json"],
    ],
    ids=["types", "format"],
)
def test_the_pages_code_is_clean(command: list[str]):
    done = run_node(PORTAL / "node_modules/.bin" / command[0], *command[1:], cwd=PORTAL)
    assert done.returncode == 0, done.stdout + done.stderr
