"""`tianlake doctor` looks at a whole node, and says what is wrong and what comes next."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk_kit import NODE, Desk
from tls_kit import Authority, folder_over_https

from tianlake.cli.certificates import days_left
from tianlake.lake.errors import LakeError
from tianlake.lake.store import DirectoryStore


def looked(desk: Desk, code: int = 0) -> dict[str, str]:
    """Return what doctor finds: check → what and what then, of one finding each."""
    rows = json.loads(desk.run("doctor", "--json", code=code).stdout)["findings"]
    return {row["check"]: f"{row['level']}: {row['what']['en']} -> {row['then']}" for row in rows}


def test_a_node_that_is_well_has_warnings_at_most_until_it_is_cared_for(desk: Desk) -> None:
    before = desk.files()
    assert set(looked(desk)) <= {"care", "disk"}
    assert desk.files() == before, "what doctor puts it takes away"
    desk.run("patrol")
    desk.save()
    assert set(looked(desk)) <= {"disk"}


def test_doctor_names_what_is_wrong_and_what_comes_next(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    key, catalog = desk.root / "signing" / f"{NODE}.key", desk.lake / "catalog.json"
    [file] = desk.lake.glob("releases/places/*/places.parquet")
    recipe = desk.root / "nodes" / NODE / "products/places.toml"
    for change, check, wanted in (
        (
            lambda: file.write_bytes(b""),
            "releases",
            "1 files are missing or of another size, the first: places.parquet",
        ),
        (lambda: file.with_name("manifest.json").unlink(), "releases", "leads to a release without a manifest"),
        (lambda: catalog.write_text("{"), "catalog", "catalog.json: is missing or cannot be read -> tianlake publish"),
        (lambda: key.chmod(0o644), "keys", "a private key that others can read"),
        (key.unlink, "keys", "is missing: nothing can be done at this node -> restore it"),
        (lambda: recipe.write_text("id = 1"), "settings", "products/places.toml"),
    ):
        change()
        assert wanted in looked(desk, 1)[check]

    put, head = DirectoryStore.put, DirectoryStore.head

    def careless(self, key, body, *, media_type, condition=None):
        del condition
        return put(self, key, body, media_type=media_type)

    monkeypatch.setattr(DirectoryStore, "put", careless)
    assert "the store ignores conditions of writes" in looked(desk, 1)["store"]
    monkeypatch.setattr(DirectoryStore, "put", put)
    monkeypatch.setattr(DirectoryStore, "head", lambda self, key: replace(head(self, key), modified=time.time() + 3600))
    assert "the store's clock is +3600 s from that of this machine -> set the clocks" in looked(desk, 1)["store"]
    monkeypatch.setattr(DirectoryStore, "head", head)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    assert looked(desk, 1)["disk"].startswith("wrong: ")
    assert "0 MB are left -> make room" in looked(desk, 1)["disk"]


def test_doctor_tells_of_a_store_that_is_away_and_goes_on(desk: Desk) -> None:
    settings = desk.root / "tianlake.toml"
    settings.write_text(
        '[lake]\nurl = "s3://bucket/{code}"\n[aws]\nendpoint_url = "http://127.0.0.1:9"\nregion = "us-east-1"\n'
        "connect_timeout_s = 0.2\nattempts = 1\n",
        "utf-8",
    )
    rows = looked(desk, 1)
    assert {"store", "releases", "keys"} <= set(rows)
    assert "look at the store, its address" in rows["store"]


def test_a_certificate_that_ends_soon_or_is_not_believed_is_told(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    for days, wanted in ((10, 10.0), (-1, "certificate has expired")):
        with folder_over_https(tmp_path, authority.certificate("127.0.0.1", lasts=timedelta(days=days))) as url:
            port = int(url.rpartition(":")[2])
            if isinstance(wanted, float):
                assert days_left("127.0.0.1", port, authority.file) == pytest.approx(wanted, abs=0.01)
                with pytest.raises(LakeError, match="is not believed"):
                    days_left("127.0.0.1", port, None)
            else:
                with pytest.raises(LakeError, match=wanted):
                    days_left("127.0.0.1", port, authority.file)
    with pytest.raises(LakeError, match="does not answer"):
        days_left("127.0.0.1", 9, None)
