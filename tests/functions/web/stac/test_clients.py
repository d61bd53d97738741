"""Clients that people have, against a running gateway."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import openapi_spec_validator
import pystac_client
import pytest
from gateway_kit import generous
from kit import REPO
from server_kit import running
from stac_api_kit import CITY, CODE

from tianlake.lake.records import dump_record

SHAPE = {"type": "Polygon", "coordinates": [[[110, 30], [121, 30], [110, 44], [110, 30]]]}
CLASSES = (
    *("core", "collections", "features", "item-search", "filter"),
    *("item-search#sort", "item-search#fields", "features#sort", "features#fields"),
)


@pytest.fixture(scope="module")
def server(lake_root, tmp_path_factory):
    base = tmp_path_factory.mktemp("served")
    shutil.copytree(lake_root, base / "lake")
    (base / "lake" / CODE / "quotas.json").write_bytes(dump_record(generous()))
    with running(base, [CODE]) as made:
        yield made


@pytest.fixture(scope="module")
def client(server):
    return pystac_client.Client.open(f"{server.url}/stac")


def test_the_validator_of_stac_apis_has_nothing_to_say(server):
    command = [sys.executable, str(REPO / "tests/_kit/validate_stac_api.py"), "--root-url", f"{server.url}/stac"]
    command += ["--collection", f"n{CODE}-imagery", "--geometry", json.dumps(SHAPE), "--log-level", "ERROR"]
    command += ["--fields-nested-property", "properties.gsd"]
    for each in CLASSES:
        command += ["--conformance", each]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Errors: none" in said, said


def test_pystac_client_searches_and_pages(client, items):
    search = client.search(limit=50, bbox=[110, 30, 116, 36], datetime="2020-06/2021", sortby="-properties.datetime")
    found = list(search.items())
    assert len(found) == search.matched() > 0
    assert {each.id for each in found} == {
        each.id
        for each in client.search(method="GET", bbox=[110, 30, 116, 36], datetime="2020-06/2021", limit=30).items()
    }
    everything = client.search(limit=100)
    assert {each.id for each in everything.items()} == {each["id"] for each in items}
    assert everything.matched() == len(items)
    cloudless = client.search(filter={"op": "<", "args": [{"property": "eo:cloud_cover"}, 20]}, limit=100)
    wanted = {each["id"] for each in items if each["properties"].get("eo:cloud_cover", 100) < 20}
    assert {each.id for each in cloudless.items()} == wanted
    text = client.search(filter='"eo:cloud_cover" < 20', filter_lang="cql2-text", method="GET", fields=["id"])
    assert {each["id"] for each in text.items_as_dicts()} == wanted


def test_pystac_client_walks_collections(client, items):
    assert client.conforms_to("COLLECTION_SEARCH")
    assert [each.id for each in client.get_collections()] == sorted(
        f"n{code}-{product}" for code in (CODE, CITY) for product in ("imagery", "survey", "places")
    )
    found = client.collection_search(q="廊坊影像")
    assert (found.matched(), [each.id for each in found.collections()]) == (1, [f"n{CITY}-imagery"])
    collection = client.get_collection(f"n{CODE}-survey")
    own = list(collection.get_items())
    assert {each.id for each in own} == {each["id"] for each in items if each["collection"] == collection.id}
    assert collection.get_item(own[0].id).to_dict()["assets"] == own[0].to_dict()["assets"]
    assert {"gsd", "mission"} <= client.get_merged_queryables([collection.id])["properties"].keys()


@pytest.mark.parametrize("examples", [1, pytest.param(4, marks=pytest.mark.long)])
def test_a_tool_that_makes_up_requests_from_the_definition_finds_no_fault(server, tmp_path, examples):
    document = httpx.get(f"{server.url}/stac/api").json()
    openapi_spec_validator.validate(document)
    (tmp_path / "openapi.json").write_text(json.dumps(document), "utf-8")
    tool = str(Path(sys.executable).with_name("schemathesis"))
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    command = [tool, "run", "openapi.json", "--url", f"{server.url}/stac", "--checks", checks, "--seed", "1"]
    options = [
        "--max-examples",
        str(examples),
        "--phases",
        "examples,fuzzing",
        "--no-color",
        "--generation-deterministic",
    ]
    done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert "Tested: 15" in done.stdout, done.stdout[-1000:]


def test_a_visitor_without_a_key_is_counted_and_pages_of_other_sites_may_ask(server):
    found = httpx.get(f"{server.url}/stac/search?limit=1", headers={"origin": "https://example.org"})
    assert found.headers["access-control-allow-origin"] == "*"
    assert "ratelimit-remaining" in found.headers
    assert "ratelimit-remaining" not in httpx.get(f"{server.url}/stac").headers
    head = httpx.head(f"{server.url}/stac/search?limit=1")
    assert (head.status_code, head.content, head.headers["content-length"]) == (
        200,
        b"",
        found.headers["content-length"],
    )
    assert httpx.get(str(found.url), headers={"if-none-match": found.headers["etag"]}).status_code == 304
    preflight = httpx.options(f"{server.url}/stac/search")
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert httpx.get(f"{server.url}/{CODE}/stac").json()["links"][0]["href"] == f"{server.url}/{CODE}/stac"
    assert httpx.get(f"{server.url}/stac/search?tk=x").json()["code"] == "key-malformed"
