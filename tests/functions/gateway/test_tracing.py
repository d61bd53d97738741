"""Traces: a span for each request with its children, nothing of who asked, and nothing at all where nobody traces."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest
from demo_kit import free_port, wait_for
from gateway_kit import KEY, NODE, ONE_KEY, RELEASE_1, MemoryReader, ask, pointer, release
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.types import ASGIApp, Message

from tianlake.functions.gateway import serve
from tianlake.functions.gateway.access_log import Logged
from tianlake.functions.gateway.app import create_app
from tianlake.functions.gateway.tracing import Tracing
from tianlake.lake.errors import LakeError, StoreError

FILES = {"places.parquet": bytes(range(256)) * 4, "places.pmtiles": b"old"}
ASSET = f"/releases/places/{RELEASE_1}/places.parquet"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRET = "sixteen-secrets!"


@pytest.fixture
def traced() -> Iterator[Any]:
    """A gateway with traces, as `serve` puts it together, its reader, and what was exported."""
    exporter, reader = InMemorySpanExporter(), MemoryReader({**release(RELEASE_1, FILES), **pointer(RELEASE_1)})
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = Tracing(provider)
    app = create_app({NODE: tracing.reader(reader)}, NODE, ONE_KEY).behind(tracing.door)
    logged = Logged(tracing.application(app), tracing.note, tracing.close, root=NODE, trust_forwarded=False)
    yield SimpleNamespace(app=logged, bare=create_app({NODE: reader}, NODE, ONE_KEY), reader=reader, spans=exporter)
    tracing.close()


def root_of(traced: Any) -> Any:
    [found] = [each for each in traced.spans.get_finished_spans() if each.kind is SpanKind.SERVER]
    return found


def test_a_request_is_a_span_with_admission_and_reads_of_the_store_below_it(traced):
    assert ask(traced.app, ASSET).body == FILES["places.parquet"]
    root, spans = root_of(traced), traced.spans.get_finished_spans()
    assert (root.name, root.parent) == ("GET data", None)
    assert dict(root.attributes) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "tianlake.kind": "data",
        "tianlake.node": NODE,
        "tianlake.product": "places",
    }
    assert {each.context.trace_id for each in spans} == {root.context.trace_id}
    names = [each.name for each in spans]
    reads = len(traced.reader.heads), len(traced.reader.streams)
    assert (names.count("store.head"), names.count("store.stream")) == reads, "each read of the store, and no other"
    below = {each.name for each in spans if each.parent and each.parent.span_id == root.context.span_id}
    assert below == {"admission", "admission.charge", "store.head", "store.stream"}
    assert all(root.start_time <= each.start_time <= each.end_time <= root.end_time for each in spans)


def test_a_span_goes_on_from_the_callers_and_believes_no_broken_field(traced):
    sent = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=1"}
    ask(traced.app, "/healthz", **sent)
    root = root_of(traced)
    assert (f"{root.context.trace_id:032x}", f"{root.parent.span_id:016x}") == (TRACE, PARENT)
    assert root.context.trace_state == {"vendor": "1"}
    traced.spans.clear()
    ask(traced.app, "/healthz", traceparent=f"00-{TRACE}-{PARENT}-00")
    assert traced.spans.get_finished_spans() == (), "the caller's trace is not sampled"
    for broken in ("00-x-y-01", f"00-{'0' * 32}-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01", "é"):
        ask(traced.app, "/healthz", traceparent=broken)
        assert root_of(traced).parent is None
        traced.spans.clear()


def test_nothing_of_who_asked_is_in_any_span(traced):
    fields = {"authorization": f"Bearer {KEY}", "x_forwarded_for": "203.0.113.9", "user_agent": SECRET}
    for path, method in (
        (ASSET, "GET"),
        (f"/search/{SECRET}", "GET"),
        ("/accounts", SECRET),
        (f"/data/x/{SECRET}", "HEAD"),
    ):
        ask(traced.app, f"{path}?tk={KEY}&q={SECRET}", method, client="203.0.113.7", **fields)
    text = " ".join(each.to_json() for each in traced.spans.get_finished_spans())
    assert "_OTHER" in text
    assert not [hidden for hidden in (KEY, SECRET, "203.0.113", "Bearer", "lake.test", '"a1"', "?") if hidden in text]


def test_what_the_store_refuses_is_told_by_its_class_alone(traced):
    traced.reader.broken = StoreError(f"s3://{SECRET}: AccessDenied")
    assert ask(traced.app, ASSET).status == 503
    root, spans = root_of(traced), traced.spans.get_finished_spans()
    assert root.status.status_code is StatusCode.ERROR
    assert root.attributes["error.type"] == "store-unavailable"
    assert {each.attributes["error.type"] for each in spans if each.name == "store.head"} == {"StoreError"}
    assert all(not each.events and SECRET not in each.to_json() for each in spans)


def test_answers_are_the_same_with_and_without(traced):
    for path, fields in ((ASSET, {}), (ASSET, {"range": "bytes=3-9"}), ("/nowhere", {}), ("/healthz", {})):
        one, other = ask(traced.app, path, **fields), ask(traced.bare, path, **fields)
        assert (one.status, one.body) == (other.status, other.body)


def test_who_does_not_trace_imports_nothing_of_it():
    modules = "tianlake.functions.gateway.serve, tianlake.cli.commands.serve"
    look = f"import sys, {modules}; print('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_without_the_extra_one_line_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tianlake.functions.gateway.tracing", None)
    settings = serve.ServeSettings("file:.", tmp_path, (NODE,), NODE, traces="http://127.0.0.1:1/v1/traces")
    with pytest.raises(LakeError, match=r"traces need the extra otel .*pip install 'tianlake\[otel\]'"):
        serve.serve(settings)


class Receiver:
    """An OTLP/HTTP receiver on loopback, read with the messages of the protocol's own definition."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str | None, ExportTraceServiceRequest]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                found = ExportTraceServiceRequest.FromString(body)
                receiver.got.append((self.path, self.headers["x-tenant"], found))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> dict[str, Any]:
        return {
            span.name: span
            for *_, found in self.got
            for resource in found.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_a_server_hands_its_spans_to_a_receiver_at_the_latest_when_it_stops(tmp_path, receiver, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=hebei")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "hebei-gateway")
    (tmp_path / NODE).mkdir()
    app = serve.load_app(serve.ServeSettings("file:.", tmp_path, (NODE,), NODE, traces=f"{receiver.url}/v1/traces"))
    assert ask(app, "/readyz", traceparent=f"00-{TRACE}-{PARENT}-01").status == 200
    asyncio.run(stopped(app))
    assert {each[:2] for each in receiver.got} == {("/v1/traces", "hebei")}
    spans = receiver.spans()
    assert (spans["GET health"].trace_id.hex(), spans["GET health"].parent_span_id.hex()) == (TRACE, PARENT)
    assert spans["store.head"].trace_id.hex() == TRACE
    resource = {each.key: each.value.string_value for each in receiver.got[0][2].resource_spans[0].resource.attributes}
    assert (resource["service.name"], resource["service.version"]) == ("hebei-gateway", version("tianlake"))


async def stopped(app: ASGIApp) -> None:
    """Let a server start and stop, as granian does."""
    coming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Message:
        return coming.pop(0)

    async def send(_: Message) -> None:
        pass

    await app({"type": "lifespan"}, receive, send)


@pytest.mark.long
def test_a_served_node_is_traced_as_the_variables_say(tmp_path, receiver):
    command, port = [sys.executable, "-m", "tianlake.cli"], free_port()
    subprocess.run([*command, "init", str(tmp_path / "ws"), "--node", NODE], check=True, capture_output=True)
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=hebei",
        "OTEL_SERVICE_NAME": "hebei-gateway",
    }
    server = subprocess.Popen(
        [*command, "-C", str(tmp_path / "ws"), "serve", "--port", str(port)], env=os.environ | variables
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", server, within_s=120)
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/readyz")
        asked.add_header("traceparent", f"00-{TRACE}-{PARENT}-01")
        with urllib.request.urlopen(asked, timeout=20) as reply:
            assert json.load(reply)["status"] == "ok"
    finally:
        server.terminate()
        assert server.wait(timeout=40) == 0
    assert {each[:2] for each in receiver.got} == {("/v1/traces", "hebei")}
    spans = receiver.spans()
    ready = spans["GET health"]
    assert (ready.trace_id.hex(), ready.parent_span_id.hex()) == (TRACE, PARENT)
    assert spans["store.head"].trace_id.hex() == TRACE, "spans of other requests come before: the last one is kept"
    resource = {each.key: each.value.string_value for each in receiver.got[0][2].resource_spans[0].resource.attributes}
    assert (resource["service.name"], resource["service.version"]) == ("hebei-gateway", version("tianlake"))
