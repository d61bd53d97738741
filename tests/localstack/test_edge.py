"""The local edge does what CloudFront's guide says: behaviours, times, conditions, ranges, signatures, forgetting."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from edge_stack import BEHAVIOURS
from localstack_kit import LocalStack

from tianlake_edge.cache import Cache
from tianlake_edge.edge import Edge, Setup
from tianlake_edge.invalidations import Invalidations
from tianlake_edge.messages import Asked, Said
from tianlake_edge.origins import BucketOrigin, OriginError
from tianlake_edge.parts import part_of
from tianlake_edge.policies import read_distribution

DISTRIBUTION = read_distribution(BEHAVIOURS)
NODE, CITY = "156130000", "156131000"
NOW = 1_795_744_800.0
FILE = "/data/places/places.parquet"


@dataclass
class Bucket:
    """An origin in memory: bodies by path, and the requests that came."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    gone: bool = False

    def ask(self, asked: Asked) -> Said:
        if self.gone:
            raise OriginError("gone")
        self.asked.append(asked)
        body = self.bodies.get(asked.path)
        if body is None:
            return Said(404, {}, b"absent")
        whole = Said(
            200, {"etag": f'"{hashlib.md5(body).hexdigest()}"', "content-length": str(len(body)), **self.more}, body
        )
        return replace(part_of(whole, asked), body=b"" if asked.method == "HEAD" else part_of(whole, asked).body)


class Front:
    """An edge whose function lets everything go on without its query, over origins in memory."""

    def __init__(self) -> None:
        self.bucket, self.gateway, self.now = Bucket(), Bucket(), NOW
        self.cache = Cache(1_000_000)
        origins: dict[str, Any] = {f"bucket:{NODE}": self.bucket, f"bucket:{CITY}": self.bucket}
        origins |= dict.fromkeys(("gateway", "api", "web", "stac"), self.gateway)
        self.setup = Setup(DISTRIBUTION, "E1", self.function, origins, NODE, self.cache, clock=lambda: self.now)

    @staticmethod
    def function(event: dict[str, Any]) -> dict[str, Any]:
        request = event["Records"][0]["cf"]["request"]
        if request["uri"] == "/refused":
            value = {"key": "Cache-Control", "value": "no-store"}
            return {"status": "401", "headers": {"cache-control": [value]}, "body": "no"}
        return {**request, "querystring": ""} if request["uri"] != "/broken" else {"nothing": 1}

    def get(self, path: str, method: str = "GET", query: str = "", **fields: str) -> Said:
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        return Edge(self.setup).answer(Asked(method, path, query, named, "198.51.100.7"))

    def how(self, path: str, **more: Any) -> tuple[int, str]:
        said = self.get(path, **more)
        return said.status, said.fields["x-cache"].partition(" ")[0]


@pytest.fixture
def front() -> Front:
    made = Front()
    made.bucket.bodies = {FILE: b"0123456789", "/catalog.json": b"{}", f"/{CITY}{FILE}": b"city"}
    made.gateway.bodies = {"/tiles/places/0/0/0.mvt": b"tile", "/v2/search": b"[]"}
    return made


def test_a_file_is_asked_for_once_a_day_and_then_again_by_its_tag(front: Front) -> None:
    assert front.how(FILE, query="tk=one") == (200, "Miss")
    front.now += 86_399
    assert front.how(FILE, query="tk=two") == (200, "Hit")
    assert front.get(FILE, range="bytes=2-3").body == b"23"
    assert front.get(FILE, if_none_match=f'"{hashlib.md5(b"0123456789").hexdigest()}"').status == 304
    assert len(front.bucket.asked) == 1
    front.now += 2
    assert front.how(FILE) == (200, "RefreshHit")
    assert front.how(FILE) == (200, "Hit")
    assert "if-none-match" in front.bucket.asked[1].fields
    front.now += 86_401
    front.bucket.bodies[FILE] = b"newer"
    assert front.how(FILE) == (200, "Miss")
    assert front.get(FILE).body == b"newer"


def test_a_range_of_what_is_not_kept_brings_the_whole_and_of_a_large_file_itself_alone(front: Front) -> None:
    assert front.get(FILE, range="bytes=-2").body == b"89"
    assert front.how(FILE) == (200, "Hit")
    front.bucket.bodies["/data/places/large"] = large = bytes(17 * 1024 * 1024)
    for _time in range(2):
        said = front.get("/data/places/large", range="bytes=5-9")
        assert (said.status, said.body, said.fields["content-range"]) == (206, large[5:10], f"bytes 5-9/{len(large)}")
    assert len(front.bucket.asked[-1].fields["range"]) > 0


def test_documents_are_asked_about_each_time(front: Front) -> None:
    assert [front.how("/catalog.json") for _ in range(2)] == [(200, "Miss"), (200, "RefreshHit")]


def test_what_needs_a_key_or_fails_or_changes_something_is_not_kept(front: Front) -> None:
    front.gateway.more = {"cache-control": "private, max-age=60"}
    assert [front.how("/tiles/places/0/0/0.mvt") for _ in range(2)] == [(200, "Miss")] * 2
    front.gateway.more = {"cache-control": "public, max-age=60"}
    assert [front.how("/tiles/places/0/0/0.mvt") for _ in range(2)] == [(200, "Miss"), (200, "Hit")]
    assert [front.how("/data/places/absent") for _ in range(2)] == [(404, "Miss")] * 2
    assert [front.how("/v2/search", method="POST") for _ in range(2)] == [(200, "Miss")] * 2
    assert front.how(FILE, method="POST") == (403, "Error"), "CloudFront knows no such method there"


def test_encodings_are_kept_apart_and_told_to_gateways_alone(front: Front) -> None:
    front.gateway.more = {"cache-control": "max-age=60"}
    tile = "/tiles/places/0/0/0.mvt"
    assert front.how(tile, accept_encoding="gzip, deflate, br") == (200, "Miss")
    assert front.how(tile, accept_encoding="br;q=1, gzip") == (200, "Hit")
    assert front.how(tile) == (200, "Miss")
    assert [each.fields.get("accept-encoding") for each in front.gateway.asked] == ["br,gzip", None]
    front.get(FILE, accept_encoding="gzip", cookie="c", referer="https://example.org")
    assert front.bucket.asked[0].fields.keys() == {"user-agent"}


def test_what_the_function_answers_goes_out_as_it_is_and_what_it_breaks_is_502(front: Front) -> None:
    said = front.get("/refused")
    assert (said.status, said.body, said.fields["cache-control"]) == (401, b"no", "no-store")
    assert front.how("/broken") == (502, "LambdaValidationError")
    assert front.bucket.asked == []


def test_pages_of_other_sites_read_files_and_reports_are_harmless(front: Front) -> None:
    said = front.get(FILE, origin="https://example.org")
    assert said.fields["access-control-allow-origin"] == "*"
    assert said.fields["cache-control"] == "private, max-age=0, must-revalidate"
    assert said.fields["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in said.fields["content-security-policy"]
    front.bucket.more = {"cache-control": "no-store"}
    assert front.get("/catalog.json").fields["cache-control"] == "no-store", "what the origin says stays"


@pytest.mark.parametrize("below", ["", f"/{CITY}"])
def test_the_portals_worker_may_speak_for_the_folder_above(front: Front, below: str) -> None:
    front.bucket.bodies |= {f"{below}/portal/{name}": b"" for name in ("sw.mjs", "standby.mjs")}
    assert front.get(f"{below}/portal/sw.mjs").fields["service-worker-allowed"] == "../"
    assert "service-worker-allowed" not in front.get(f"{below}/portal/standby.mjs").fields


def test_an_origin_that_is_gone_is_502_and_what_is_kept_goes_on(front: Front) -> None:
    front.get(FILE)

    front.bucket.gone = True
    assert front.how(FILE) == (200, "Hit")
    assert front.how("/catalog.json") == (502, "Error")


def test_the_cache_forgets_what_was_used_least_and_what_it_is_told_to() -> None:
    cache = Cache(10)
    for name in ("/a", "/b", "/c"):
        cache.keep(("bucket", name), Said(200, {}, b"12345"), NOW, 60)
    assert cache.find(("bucket", "/a")) is None
    assert cache.forget(["/b*", "/x"]) == 1
    assert [cache.find(("bucket", name)) is not None for name in ("/b", "/c")] == [False, True]
    assert cache.forget(["/*"]) == 1


def test_invalidations_that_the_api_was_told_are_heeded_once(localstack: LocalStack, front: Front) -> None:
    client = localstack.session.client("cloudfront", endpoint_url=localstack.url)
    origin = {"Id": "b", "DomainName": "b.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behaviour = {"TargetOriginId": "b", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": "p"}
    made = client.create_distribution(
        DistributionConfig={
            "CallerReference": "heeded",
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behaviour,
            "Comment": "",
            "Enabled": True,
        }
    )["Distribution"]["Id"]
    clock = iter(range(0, 100, 2))
    front.setup = replace(front.setup, heed=Invalidations(client, made, lambda: float(next(clock))))
    for path in (FILE, f"/{CITY}{FILE}"):
        front.get(path)
    batch = {"Paths": {"Quantity": 1, "Items": [f"/{CITY}/data/places*"]}, "CallerReference": "c1"}
    client.create_invalidation(DistributionId=made, InvalidationBatch=batch)
    assert [front.how(f"/{CITY}{FILE}"), front.how(FILE)] == [(200, "Miss"), (200, "Hit")]
    assert front.how(f"/{CITY}{FILE}") == (200, "Hit"), "the same invalidation is not heeded again"


CREDENTIALS = Credentials("AKIDEXAMPLE", "secret")


@pytest.fixture
def closed_bucket() -> Iterator[str]:
    """A server that answers whoever signs as `CREDENTIALS` do, and refuses everybody else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.headers.get("Authorization", "SignedHeaders=host,")
            names = sent.partition("SignedHeaders=")[2].partition(",")[0].split(";")
            signed = {name: self.headers[name] for name in names}
            request = AWSRequest("GET", f"http://{self.headers['host']}{self.path}", headers=signed)
            auth = S3SigV4Auth(CREDENTIALS, "s3", "us-east-1")
            request.context["timestamp"] = self.headers.get("X-Amz-Date", "")
            request.context["signing"] = {}
            text = auth.string_to_sign(request, auth.canonical_request(request))
            good = sent.endswith(f"Signature={auth.signature(text, request)}")
            body = b"object" if good else b"AccessDenied"
            self.send_response(200 if good else 403)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("path", ["/releases/places/r/a.parquet", "/r/%E5%9C%B0%2B%20b.png"])
def test_buckets_are_read_by_signed_requests(closed_bucket: str, path: str) -> None:
    with urllib3.PoolManager() as pool:
        for credentials, status in ((CREDENTIALS, 200), (Credentials("AKIDEXAMPLE", "another"), 403)):
            origin = BucketOrigin(closed_bucket, "lake", "us-east-1", credentials, pool)
            assert origin.ask(Asked("GET", path, "", {"range": "bytes=0-1"}, "")).status == status
        assert pool.request("GET", f"{closed_bucket}/lake{path}").status == 403
