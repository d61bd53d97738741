"""A cluster that speaks TLS: whoever its own authority signed for may have parts made, and nobody else."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest
from command_kit import run
from dask_kit import LOOPBACK, cluster
from engine_kit import NODE, hashes, scenes
from tls_kit import Authority

from tianlake.build.candidates import REPORT, BuildOptions, build
from tianlake.build.engine.choose import open_engine
from tianlake.build.engine.protocol import Tls
from tianlake.build.engine.workshop import closing
from tianlake.build.job import silent
from tianlake.lake.errors import LakeError, StoreError

GIB = 2**30


def shown(folder):
    """What somebody has whom a new authority signed for."""
    folder.mkdir()
    authority = Authority(folder)
    both = authority.certificate(LOOPBACK)
    return Tls(authority.file, both, both)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return shown(tmp_path_factory.mktemp("certificates") / "own")


@pytest.fixture(scope="module")
def secured(own, tmp_path_factory):
    options = ("--tls-ca-file", str(own.ca), "--tls-cert", str(own.cert), "--tls-key", str(own.key))
    with cluster(tmp_path_factory.mktemp("secured"), 1, ("--protocol", "tls", *options)) as made:
        yield made


def built(recipe, root, engine, tls=None):
    with closing(open_engine(engine, 1, 2 * GIB, tls)) as opened:
        folder, _ = build(recipe, NODE, root, BuildOptions(root / engine[:5], 1, engine=opened), silent)
    return hashes(folder.path, (each.name for each in folder.candidate.assets)), json.loads(
        (folder.path / REPORT).read_bytes()
    )


def test_parts_are_made_over_tls_and_are_the_same_bytes(tmp_path, secured, own):
    assert secured.url.startswith("dask+tls://127.0.0.1:")
    recipe = scenes(tmp_path, number=2, side=16)
    made, report = built(recipe, tmp_path, f"{secured.url}?wait=30", own)
    makers = {int(each["worker"].rpartition(":")[2]) for each in report["parts"]}
    assert makers - {os.getpid()} == {secured.workers[0].pid}, "few tiles are cut where the command runs"
    assert made == built(recipe, tmp_path, "process")[0]


@pytest.mark.parametrize("case", ["another authority", "no certificate of theirs", "no tls"])
def test_nobody_else_is_let_in_or_believed(tmp_path, secured, own, case):
    other = shown(tmp_path / "other")
    tls = {
        "another authority": other,
        "no certificate of theirs": replace(other, ca=own.ca),
        "no tls": None,
    }[case]
    name = secured.url if tls else secured.url.replace("dask+tls:", "dask:")
    with pytest.raises(
        StoreError, match=rf"^{name.partition('://')[0].replace('+', '.')}://127.* no scheduler answers: "
    ):
        open_engine(f"{name}?wait=3", 1, GIB, tls)


def test_tls_and_certificates_go_together(own):
    with pytest.raises(
        LakeError, match=r"dask\+tls:// needs certificates: ca_file, cert_file, key_file of \[cluster\]"
    ):
        open_engine("dask+tls://127.0.0.1:1", 1, GIB)
    with pytest.raises(LakeError, match=r"has certificates, which dask:// would not use; write dask\+tls://"):
        open_engine("dask://127.0.0.1:1", 1, GIB, own)


def test_the_command_finds_certificates_in_the_workspace(tmp_path, own):
    folder = tmp_path / "ws"
    assert run("init", str(folder), "--node", NODE).returncode == 0
    (folder / "tls").mkdir()
    settings = folder / "tianlake.toml"
    head = settings.read_text("utf-8")
    asked = ("-C", str(folder), "build", "--engine", "dask+tls://127.0.0.1:1?wait=1")
    assert "needs certificates" in run(*asked).stderr
    settings.write_text(f'{head}\n[cluster]\nca_file = "tls/ca.pem"\n', "utf-8")
    assert "ca_file, cert_file and key_file go together" in run(*asked).stderr
    names = ("ca", "cert", "key")
    lines = "".join(f'{name}_file = "tls/{name}.pem"\n' for name in names)
    settings.write_text(f"{head}\n[cluster]\n{lines}", "utf-8")
    assert "tianlake.toml: cluster.ca_file: tls/ca.pem does not exist" in run(*asked).stderr
    for name in names:
        (folder / f"tls/{name}.pem").write_bytes(getattr(own, name).read_bytes())
    done = run(*asked)
    assert (done.returncode, "no scheduler answers" in done.stderr) == (3, True), done.stderr
