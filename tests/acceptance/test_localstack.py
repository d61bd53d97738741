"""A tree of three nodes lives in a cloud: built, published, federated, served through the edge, searched, reviewed.

Everything is in a bucket and in tables of LocalStack; clients meet the local edge, which runs the packaged function.
"""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest
from drill_kit import CITY, GONE, NATION, PROVINCE, TRACES, Drill, make_drill
from edge_stack import Cloud, edge, gateway, make_cloud
from localstack_kit import LocalStack

from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError

CODES = [NATION, PROVINCE, CITY]
PARQUET = f"/{CITY}/data/places/places.parquet"
QUOTAS = """
version = "2026-01-01"
[tiers.anonymous]
title = { zh = "公众", en = "Anybody" }
reach = "open"
limits.search = { per_day = 1000, per_second = 10, burst = 100, slice = 100 }
limits.tile = { per_day = 10000, per_second = 100, burst = 600 }
limits.data = { per_day = 10000, per_second = 100, burst = 600, slice = 100 }
limits.bytes = { per_day = 2000000000, per_second = 20000000, burst = 400000000, slice = 20000000 }
[tiers.personal]
title = { zh = "个人", en = "Personal" }
reach = "key"
limits.search = { per_day = 1000, per_second = 10, burst = 100, slice = 100 }
limits.tile = { per_day = 1000, per_second = 100, burst = 500, slice = 100 }
limits.data = { per_day = 30, per_second = 100, burst = 100, slice = 5 }
limits.bytes = { per_day = 10000000, per_second = 10000000, burst = 10000000, slice = 100000 }
[registration]
person = "personal"
"""


@dataclass(frozen=True)
class Lived:
    """The tree in the cloud, and where clients meet it."""

    drill: Drill
    cloud: Cloud
    port: int

    def get(self, path: str, headers: Mapping[str, str] | None = None, body: Any = None) -> tuple[int, Message, bytes]:
        data = json.dumps(body).encode() if body is not None else None
        fields = {**(headers or {}), **({"Content-Type": "application/json"} if data else {})}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, fields)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except HTTPError as error:
            return error.code, error.headers, error.read()


@pytest.fixture(scope="module")
def lived(localstack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    base = tmp_path_factory.mktemp("cloud")
    cloud = make_cloud(localstack)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud.environment.items():
            patch.setenv(name, value)
        root = base / "work"
        root.mkdir()
        (root / "quotas.toml").write_text(QUOTAS, "utf-8")
        drill = make_drill(root, cloud.settings)
        with gateway(root, cloud.environment) as behind:
            origins = dict.fromkeys(("gateway", "api", "web", "stac"), f"http://127.0.0.1:{behind}")
            with edge(cloud, CODES, NATION, base, origins) as port:
                yield Lived(drill, cloud, port)


def test_it_lies_in_the_bucket_alone_and_was_taken_up_the_tree(lived: Lived) -> None:
    assert not (lived.drill.root / "lake").exists()
    status, headers, body = lived.get("/federation/156130000/156131000/places/collection.json")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body)["id"] == f"n{CITY}-places"
    assert lived.drill.json("query", f"SELECT count(*) AS n FROM n{CITY}_places") == [{"n": 4}]


def test_clients_read_it_through_the_edge(lived: Lived) -> None:
    url = f"http://127.0.0.1:{lived.port}{PARQUET}"
    assert connect().execute(f"SELECT count(*) FROM read_parquet('{url}')").fetchone() == (4,)
    status, headers, body = lived.get(f"/{CITY}/tiles/places/7/105/48.mvt")
    assert (status, headers["Content-Type"], bool(body)) == (200, "application/vnd.mapbox-vector-tile", True)
    assert lived.get("/private/audit/end.json")[0] == 404
    assert lived.get(f"/{CITY}/private/audit/end.json")[0] == 404
    status, headers, _body = lived.get("/")
    assert (status, headers["Content-Type"].partition(";")[0]) == (200, "text/html")


def registered(lived: Lived) -> str:
    """Register an account as a page does, and return a key of it."""
    terms = json.loads(lived.get("/terms.json")[2])["version"]
    asked = {"kind": "person", "name": "张三", "email": "z@example.org", "purpose": "看地图用", "terms": terms}
    status, _headers, body = lived.get("/accounts", body=asked)
    assert status == 201, body
    token = json.loads(body)["token"]
    made = lived.get("/accounts/me/keys", {"Authorization": f"Bearer {token}"}, {"kind": "any", "label": "k"})
    assert made[0] == 201, made[2]
    return str(json.loads(made[2])["key"])


def test_an_account_searches_with_its_key_and_its_day_ends_in_the_table(lived: Lived) -> None:
    key = registered(lived)
    asked = quote(json.dumps({"keyWord": "人民公园"}, ensure_ascii=False))
    status, _headers, body = lived.get(f"/{CITY}/geocoder?ds={asked}&tk={key}")
    assert (status, round(float(json.loads(body)["location"]["lon"]), 2)) == (200, 116.72), body
    assert lived.get(f"/{CITY}/geocoder?ds={asked}")[0] == 401
    statuses = [lived.get(PARQUET, {"X-Api-Key": key})[0] for _ in range(40)]
    assert (statuses.count(200), set(statuses)) == (30, {200, 429})
    status, headers, body = lived.get(PARQUET, {"X-Api-Key": key})
    assert (status, json.loads(body)["code"]) == (429, "day-used-up")
    assert int(headers["Retry-After"]) > 0
    assert lived.drill.json("search", "人民公园", "--node", CITY)


@pytest.mark.long
def test_without_a_demonstration_a_release_waits_for_its_review(lived: Lived) -> None:
    drill = lived.drill
    policy = drill.root / f"nodes/{NATION}/policy.toml"
    demo = policy.read_bytes()
    of = ("--node", PROVINCE, "--product", "places")
    drill.run("build", "--force", *of)
    policy.unlink()
    try:
        with pytest.raises(LakeError, match="is not submitted for review; not published"):
            drill.run("publish", *of)
        for person, role in (("zuozhe", "author"), ("shenhe", "reviewer"), ("tuguan", "map")):
            named = ("--name", f"{person} 某", "--organisation", "单位", "--role", role)
            drill.run("people", "add", person, "--node", PROVINCE, *named)
        drill.run("review", "submit", *of, "--as", "zuozhe")
        drill.run("review", "approve", *of, "--as", "shenhe")
        day = (datetime.now(UTC) - timedelta(days=5)).date()
        number = ("--number", f"冀S（{day.year}）012号", "--approved", str(day))
        drill.run("review", "map-approve", *of, "--as", "tuguan", *number)
        drill.run("publish", *of)
    finally:
        policy.write_bytes(demo)
    told = json.loads(lived.get(f"/{PROVINCE}/collections/places/collection.json")[2])
    assert re.search(rf"审图号：冀S\({day.year}\)012号", told["attribution"])
    assert lived.drill.json("audit", "verify", "--node", PROVINCE)[0]["findings"] == []


@pytest.mark.long
def test_a_removal_is_forgotten_by_the_edge_too(lived: Lived) -> None:
    drill = lived.drill
    old = json.loads(lived.get(f"/{CITY}/collections/places/collection.json")[2])["version"]
    kept = f"/{CITY}/releases/places/{old}/places.parquet"
    for _time in range(2):
        status, headers, body = lived.get(kept)
    assert (status, headers["X-Cache"], GONE["name"].encode() in body) == (200, "Hit from cloudfront", True)
    case = drill.granted("--id", GONE["no"])
    applied = drill.case("apply", case)
    assert applied["purged"], "CloudFront was told"
    drill.run("federate")
    proved = drill.case("prove", case, "--gateway", f"http://127.0.0.1:{lived.port}")
    assert (proved["clean"], proved["found"], proved["unread"]) == (True, 0, 0)
    until = time.monotonic() + 60
    while lived.get(kept)[0] != 404 and time.monotonic() < until:
        time.sleep(1)
    assert lived.get(kept)[0] == 404
    for path in (PARQUET, f"/{CITY}/feed.json", f"/{CITY}/lake.sql", f"/federation/{PROVINCE}/{CITY}/catalog.json"):
        status, _headers, body = lived.get(path)
        assert (status, [text for text in TRACES if text.encode() in body]) == (200, []), path
    s3 = lived.cloud.localstack.session.client("s3", endpoint_url=lived.cloud.localstack.url)
    objects = s3.get_paginator("list_objects_v2").paginate(Bucket=lived.cloud.mark)
    bodies = (
        s3.get_object(Bucket=lived.cloud.mark, Key=each["Key"])["Body"] for page in objects for each in page["Contents"]
    )
    assert not any(GONE["name"].encode() in body.read() for body in bodies)


def test_what_the_edge_logs_and_keeps_has_no_key(lived: Lived, tmp_path: Path) -> None:
    key = registered(lived)
    assert lived.get(f"{PARQUET}?tk={key}")[0] == 200
    for log in (lived.drill.root / "serve.log", lived.drill.root.parent / "serve.log"):
        assert key not in log.read_text("utf-8", "replace")
