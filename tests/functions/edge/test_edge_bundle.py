"""The bundle of the edge function: small, the same every time, and complete with Lambda's own Python."""

from __future__ import annotations

import importlib.util
import io
import json
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.parse import quote, unquote
from urllib.request import urlopen

import pytest
from admission_kit import KEYS, NODE, RECORDS, RELEASE
from edge_kit import event, pointer
from kit import REPO

from tianlake.functions.accounts.dynamodb import DynamoAccounts
from tianlake.functions.accounts.dynamodb_tables import create_tables
from tianlake.functions.accounts.records import Acceptance, Account, IssuedKey
from tianlake.functions.edge.config import config_of
from tianlake.lake.errors import LakeError

LAMBDA = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
"""What Lambda's Python has beside its own library: boto3 and what it needs."""

SETTINGS = {"nodes": {NODE: {"bucket": "lake"}}, "root": NODE, "accounts": "tianlake", "region": "us-east-1"}


@pytest.fixture(scope="module")
def package():
    spec = importlib.util.spec_from_file_location("package_edge", REPO / "tools/package_edge.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def unpacked(package, folder, settings):
    """Return a folder that holds the bundle, and one that holds Lambda's own packages."""
    with zipfile.ZipFile(io.BytesIO(package.bundle(json.dumps(settings)))) as archive:
        assert archive.testzip() is None
        archive.extractall(folder / "task")
    (folder / "lambda").mkdir()
    for name in LAMBDA:
        found = importlib.util.find_spec(name.removesuffix(".py"))
        assert found is not None
        source = Path(found.origin or "")
        (folder / "lambda" / name).symlink_to(source.parent if source.name == "__init__.py" else source)
    return folder / "task", folder / "lambda"


ONCE = "[entry.handler(each, None) for each in json.load(sys.stdin)]"

TIMED = """[[one(each) for _ in range(1000)] for each in json.load(sys.stdin)]
def one(event):
    begun = time.thread_time()
    entry.handler(event, None)
    return time.thread_time() - begun
"""
"""Seconds of the processor for each of many answers to the same events: others may use the machine meanwhile."""


def answer(folders, sent, done=ONCE, **environment):
    """Return what the bundle answers in an interpreter that finds nothing but it, boto3 and Python's own library."""
    wanted, _, helper = done.partition("\n")
    script = f"import sys; sys.path += {[str(each) for each in folders]!r}; import json, time\n"
    script += f"import viewer_request as entry\n{helper}\nprint(json.dumps({wanted})); "
    script += "print([name for name in sys.modules if name.partition('.')[0] in ('pydantic', 'starlette', 'duckdb')])"
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-s", "-P", "-c", script],
        input=json.dumps(sent),
        capture_output=True,
        text=True,
        check=False,
        env={"AWS_EC2_METADATA_DISABLED": "true", **environment},
    )
    assert done.returncode == 0, done.stderr
    answers, foreign = done.stdout.splitlines()
    assert foreign == "[]"
    return json.loads(answers), done.stderr


def test_the_bundle_is_small_and_the_same_every_time(package):
    first, second = (package.bundle(json.dumps(SETTINGS)) for _ in range(2))
    assert first == second
    assert len(first) < 500_000 < package.LARGEST
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert {"viewer_request.py", "config.json", "tianlake/functions/edge/viewer.py"} <= set(names)
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [name for name in names if "sqlite" in name or "snapshot" in name]


def test_sources_elsewhere_and_at_another_time_give_the_same_bundle(package, tmp_path, monkeypatch):
    copy = tmp_path / "viewer_request.py"
    shutil.copy(package.ENTRY, copy)
    copy.touch()
    before = package.bundle(json.dumps(SETTINGS))
    monkeypatch.setattr(package, "ENTRY", copy)
    monkeypatch.chdir(tmp_path)
    assert package.bundle(json.dumps(SETTINGS)) == before


def test_the_bundle_runs_on_lambdas_own_python(package, tmp_path):
    folders = unpacked(package, tmp_path, SETTINGS)
    events = [event("/catalog.json", "tk=a"), event("/private/x"), event("/tiles/a/0/0/0.mvt", method="OPTIONS")]
    # No credentials: what needs the store is refused, the rest is not.
    (document, nothing, preflight), _log = answer(folders, events)
    assert (document["uri"], document["querystring"]) == ("/catalog.json", "")
    assert [each["status"] for each in (nothing, preflight)] == ["404", "204"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"nodes": {}}, "root"),
        ({"nodes": []}, "nodes"),
        ({"nodes": {NODE: {"name": "x"}}}, f"nodes.{NODE}.bucket"),
        ({"nodes": {NODE: {"bucket": "x", "prefix": "a"}}}, f"nodes.{NODE}.prefix"),
        ({"nodes": {NODE: {"bucket": "x"}, "156131000": {"bucket": "y"}}}, "nodes.156131000.prefix"),
        ({"region": ""}, "region"),
        ({"accounts": 1}, "accounts"),
        ({"secret": "x"}, "secret"),
    ],
)
def test_a_wrong_configuration_is_refused_before_it_is_packed(package, change, place):
    with pytest.raises(LakeError, match=rf"^config\.json: {place}: "):
        package.bundle(json.dumps({**SETTINGS, **change}))


def test_a_configuration_that_is_no_json():
    with pytest.raises(LakeError, match="must be JSON"):
        config_of("{")


@pytest.mark.xdist_group("localstack")
def test_the_bundle_admits_from_s3_and_dynamodb(package, tmp_path, localstack):
    bucket, prefix = localstack.make_bucket(), f"edge-{tmp_path.name[-8:].replace('_', '-')}"
    dynamodb = localstack.session.client("dynamodb", endpoint_url=localstack.url)
    create_tables(dynamodb, prefix)
    plain, pro = (next(each for each in RECORDS if each.id == name) for name in ("plain", "pro"))
    store = DynamoAccounts(prefix, localstack.settings, localstack.session)
    for each, mail in ((plain, "a@example.org"), (pro, "b@example.org")):
        store.add_account(
            Account(
                *(each.account, "n", "o", "person", mail, "p", each.tier, "active", "2026-11-27T00:00:00Z"),
                token=each.id.ljust(64, "0"),
                terms=(Acceptance(each.terms, "0" * 64, "2026-11-27T00:00:00Z"),),
            )
        )
        store.add_key(IssuedKey(each, "label", "2026-11-27T00:00:00Z"))
    s3 = localstack.session.client("s3", endpoint_url=localstack.url)
    s3.put_object(Bucket=bucket, Key="n/collections/roads/collection.json", Body=pointer("key"))
    name = "图+层 1.html"
    file = {"Bucket": bucket, "Key": f"n/releases/roads/{RELEASE}/{name}"}
    s3.put_object(**file, Body=b"a page")
    nodes = {NODE: {"bucket": bucket, "prefix": "n/"}}
    settings = {**SETTINGS, "nodes": nodes, "accounts": prefix, "endpoint_url": localstack.url}
    folders = unpacked(package, tmp_path, settings)
    credentials = localstack.session.get_credentials().get_frozen_credentials()
    tile = "/tiles/roads/0/0/0.mvt"
    sent = [event(tile), *(event(tile, f"tk={KEYS[name]}") for name in ("plain", "nobody"))]
    sent += [event("/tiles/roads.json"), event("/tiles/unknown/0/0/0.mvt")]
    sent += [event(f"/data/roads/{quote(name)}", "versionId=1&acl")]
    keys = {"AWS_ACCESS_KEY_ID": credentials.access_key, "AWS_SECRET_ACCESS_KEY": credentials.secret_key}
    (missing, let_in, unknown, document, nothing, alias), log = answer(folders, sent, **keys)
    assert [each["status"] for each in (missing, unknown, nothing)] == ["401", "403", "404"], log
    assert [each.get("uri") for each in (let_in, document)] == [tile, "/tiles/roads.json"], (let_in, log)
    assert let_in["querystring"] == ""
    warm = [event(tile, f"tk={KEYS['pro']}"), event("/catalog.json"), event(tile)]
    for times in answer(folders, warm, TIMED, **keys)[0]:
        rounds = [sorted(times[begin : begin + 200])[197] for begin in range(0, 1000, 200)]
        assert statistics.median(rounds) < 0.005, "in 99 of a hundred, once pointers, keys and leases are at hand"
    assert store.used(plain.account, time.time()) == {"tile": 100}
    assert let_in["headers"]["tianlake-admitted"][0]["value"] == store.secret("edge-pass").hex()
    assert (unquote(alias["uri"]), alias["querystring"]) == (f"/{file['Key']}", "")
    signed = s3.generate_presigned_url("get_object", file)
    path, _question, query = signed.partition("?")
    assert path.endswith(alias["uri"]), "S3 has the object under this very address"
    assert urlopen(f"{path}?{query}").read() == b"a page"
