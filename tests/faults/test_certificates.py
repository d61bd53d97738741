"""Certificates that have expired: nothing of what was taken or saved is lost, and a renewed one is enough."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from drill_kit import CITY, PROVINCE
from fault_matrix import cases
from operations_kit import OPERATION, Trees
from tls_kit import Authority, folder_over_https
from works_kit import check_kept, clear, loaded, objects, unwell

EXPIRED, GOOD = timedelta(days=-1), timedelta(days=1)


@pytest.mark.long
@cases("test_a_child_whose_certificate_has_expired")
def test_a_child_whose_certificate_has_expired(operation: str, trees: Trees, tmp_path: Path) -> None:
    """The city is read over HTTPS; the province keeps what it took of it, and says why it is stale."""
    works = trees.of("published").copied(tmp_path / "works")
    authority = Authority(tmp_path)
    shutil.copy(authority.file, works.root / "ca.pem")
    with (works.root / "tianlake.toml").open("a") as settings:
        settings.write('[https]\nca_file = "ca.pem"\n')
    copy = works.lake / PROVINCE / f"federation/{CITY}/places/collection.json"
    before, taken = objects(works.lake), copy.read_bytes()
    child = works.root / f"nodes/{PROVINCE}/children/{CITY}.toml"
    plain = child.read_text()
    with loaded(works) as (_server, load):
        with folder_over_https(works.lake / CITY, authority.certificate("127.0.0.1", lasts=EXPIRED)) as url:
            child.write_text(_at(plain, url))
            done = works.run("federate", "--node", PROVINCE)
        assert done.returncode == 1
        assert "its certificate is not believed: certificate has expired" in done.stderr
        assert "Traceback" not in done.stderr
        check_kept(before, works.lake)
        assert copy.read_bytes() == taken
        with folder_over_https(works.lake / CITY, authority.certificate("127.0.0.1", lasts=GOOD)) as url:
            child.write_text(_at(plain, url))
            works.well("federate")
    assert unwell(load) == []
    OPERATION[operation].achieved(works)


def _at(child: str, url: str) -> str:
    """Return a child's file with another place to read it from."""
    lines = [line for line in child.splitlines() if not line.startswith("place")]
    return "\n".join([f'place = "{url}"', *lines]) + "\n"


@pytest.mark.long
@cases("test_a_backup_store_whose_certificate_has_expired")
def test_a_backup_store_whose_certificate_has_expired(operation: str, trees: Trees, tmp_path: Path) -> None:
    chosen = OPERATION[operation]
    authority = Authority(tmp_path)
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_CA_BUNDLE": str(authority.file)}
    works = trees.of(chosen.stage).copied(tmp_path / "works", **keys)
    before = objects(works.lake)
    with (
        loaded(works) as (_server, load),
        folder_over_https(tmp_path, authority.certificate("127.0.0.1", lasts=EXPIRED)) as url,
    ):
        done = works.run("backup", "--to", "s3://kept/lake", "--endpoint", url, "--node", CITY)
        clear(done, "certificate", codes=(3,))
        check_kept(before, works.lake)
        works.well(*chosen.arguments(works))
    assert unwell(load) == []
    chosen.achieved(works)
