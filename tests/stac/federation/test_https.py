"""A child over HTTPS, by the command: the authority of a file is believed, a certificate that is wrong is not."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from command_kit import run
from federation_kit import CITY, PROVINCE, Tree
from federation_kit import tree as members
from office_kit import told, workspace
from tls_kit import Authority, folder_over_https


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def province(grown: Tree, tmp_path: Path, authority: Authority) -> Path:
    """The workspace of a province that has taken nothing yet."""
    folder = workspace(tmp_path / "province", PROVINCE, url=grown.province.url)
    shutil.copytree(grown.folder / PROVINCE, folder / "lake" / PROVINCE)
    shutil.rmtree(folder / "lake" / PROVINCE / "federation")
    shutil.copy(authority.file, folder / "ca.pem")
    with (folder / "tianlake.toml").open("a") as settings:
        settings.write('[https]\nca_file = "ca.pem"\n')
    return folder


def test_a_child_over_https_is_believed_by_the_authority_in_the_settings(
    province: Path, grown: Tree, authority: Authority
) -> None:
    key = members(grown.folder).city.key
    with folder_over_https(grown.folder / CITY, authority.certificate("127.0.0.1")) as url:
        told(province, "node", "add", url, "--key", key)
        assert told(province, "federate")[0]["children"][0]["outcome"] == "taken"
        settings = province / "tianlake.toml"
        settings.write_text(settings.read_text().replace("ca.pem", "other.pem"))
        (report,) = told(province, "federate", code=1)
        assert "https.ca_file: must be a file of certificates" in report["children"][0]["reason"]
        settings.write_text(settings.read_text().partition("[https]")[0])
        (report,) = told(province, "federate", code=1)
        assert "its certificate is not believed: unable to get local issuer" in report["children"][0]["reason"]


@pytest.mark.parametrize(
    ("host", "days", "reason"),
    [
        ("map.example", 1, "IP address mismatch"),
        ("127.0.0.1", -1, "certificate has expired"),
    ],
)
def test_a_wrong_certificate_is_told_in_one_line_and_the_last_good_state_stays(
    province: Path, grown: Tree, authority: Authority, host: str, days: int, reason: str
) -> None:
    key = members(grown.folder).city.key
    told(province, "node", "add", f"file:{grown.folder}/{CITY}", "--key", key)
    told(province, "federate")
    before = (province / f"lake/{PROVINCE}/federation/{CITY}/counties/collection.json").read_bytes()
    with folder_over_https(grown.folder / CITY, authority.certificate(host, lasts=timedelta(days=days))) as url:
        child = province / f"nodes/{PROVINCE}/children/{CITY}.toml"
        child.write_text(child.read_text().replace(f"file:{grown.folder}/{CITY}", url))
        done = run("-C", str(province), "federate")
    assert done.returncode == 1
    (line,) = [each for each in done.stderr.splitlines() if "not taken" in each]
    assert f"its certificate is not believed: {reason}" in line
    assert (province / f"lake/{PROVINCE}/federation/{CITY}/counties/collection.json").read_bytes() == before
    (_own, city) = told(province, "node", "tree")
    assert (city["code"], city["state"]) == (CITY, "stale")
    assert "127.0.0.1" not in city["reason"], "where a child is read is no public matter"
