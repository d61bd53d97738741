"""The whole way on S3: a workspace whose lake is a bucket of LocalStack in host mode."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from command_kit import run
from demo_kit import free_port, wait_for
from localstack_kit import LocalStack


@pytest.fixture
def on_s3(localstack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new workspace whose lake lies in an empty bucket."""
    credentials = localstack.session.get_credentials()
    assert credentials is not None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credentials.secret_key)
    folder = tmp_path / "ws"
    done = run("init", str(folder), "--node", "156130000", "--lake", f"s3://{localstack.make_bucket()}/lake")
    assert done.returncode == 0, done.stderr
    with (folder / "tianlake.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[aws]\nendpoint_url = "{localstack.settings.endpoint_url}"\nregion = "us-east-1"\n')
    return folder


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = run("-C", str(folder), *arguments)
    assert done.returncode == 0, done.stderr
    return done


def test_build_publish_query_and_serve_work_on_a_bucket(on_s3: Path) -> None:
    command(on_s3, "build")
    command(on_s3, "publish")
    assert not (on_s3 / "lake").exists()
    rows = json.loads(command(on_s3, "query", "SELECT count(*) AS n FROM n156130000_places", "--json").stdout)
    assert rows == [{"n": 3}]
    first = json.loads(command(on_s3, "releases", "--json").stdout)

    places = on_s3 / "sources/156130000/places.csv"
    lines = places.read_text("utf-8").splitlines()
    lines[1] = re.sub(r"\d+\.\d{4}", lambda found: f"{float(found[0]) + 0.0001:.4f}", lines[1], count=1)
    places.write_text("\n".join(lines) + "\n", "utf-8")
    [built] = json.loads(command(on_s3, "build", "--json").stdout)
    assert (built["changes"]["base"], built["changes"]["unchanged"]) == (first[0]["release"], 2)
    command(on_s3, "publish")
    asked = command(on_s3, "changes", "--node", "156130000", "--product", "places", "--json")
    told = json.loads(asked.stdout)
    assert (told["since"], len(told["features"])) == (first[0]["release"], 1 if built["changes"]["geometry"] else 2)
    ages = json.loads(command(on_s3, "freshness", "--json").stdout)["ages"]
    assert (ages[0]["product"], ages[0]["state"], ages[0]["features"]) == ("places", "fresh", 3)
    command(on_s3, "rollback", "--node", "156130000", "--product", "places")
    current = {row["release"]: row["current"] for row in json.loads(command(on_s3, "releases", "--json").stdout)}
    assert len(current) == 2
    assert current[first[0]["release"]] is True

    port = free_port()
    arguments = [sys.executable, "-m", "tianlake.cli", "-C", str(on_s3), "serve", "--port", str(port)]
    process = subprocess.Popen(arguments, env=os.environ | {"LANG": "C.UTF-8"})
    try:
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/readyz", process)
        request = urllib.request.Request(f"{base}/data/places/places.parquet", headers={"Range": "bytes=-4"})
        with urllib.request.urlopen(request) as answer:
            assert (answer.status, answer.read()) == (206, b"PAR1")
        with urllib.request.urlopen(f"{base}/feed.json") as answer:
            assert answer.headers.get_content_type() == "application/feed+json"
            assert len(json.load(answer)["items"]) == 3, "two releases, and the move back to the first"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)

    command(on_s3, "withdraw", "--node", "156130000", "--product", "places", "--reason", "test", "--yes")
    assert run("-C", str(on_s3), "query", "SELECT * FROM n156130000_places").returncode == 2
