"""Traces by OpenTelemetry: a span for each request, and below it admission and each read of the store.

Needs the extra `otel`; nothing imports this module where nobody traces. A span says what was asked for, never by whom:
no address, header field, query, key or account is in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tianlake.functions.gateway.access_log import Note, note_of
from tianlake.functions.gateway.admission import Entry
from tianlake.functions.gateway.front import Entrance
from tianlake.functions.gateway.kinds import kind_of
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.places import Place
from tianlake.lake.errors import LakeError
from tianlake.lake.logs import Row
from tianlake.lake.store.protocol import ObjectInfo, Reader, Span

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others are `_OTHER`, as OpenTelemetry's conventions for HTTP have it: a method is a stranger's text."""

_ERROR: Final = 500
_EXPORT_S: Final = 5.0
"""How long one hand-over to the collector may take, seconds: what it does not take is lost, and no request waits."""

_CARRIED: Final = {b"traceparent": "traceparent", b"tracestate": "tracestate"}
"""Header fields of W3C Trace Context."""

_CONTEXT: Final = TraceContextTextMapPropagator()


class Tracing:
    """Makes spans, and hands them on."""

    def __init__(self, provider: TracerProvider) -> None:
        """Make spans of `provider`, which is shut down with the server."""
        self._provider = provider
        self._tracer = provider.get_tracer("tianlake", version("tianlake"))

    def application(self, application: ASGIApp) -> ASGIApp:
        """Return an application whose requests are spans."""
        return _Requests(application, self._tracer)

    def reader(self, reader: Reader) -> Reader:
        """Return a reader whose reads are spans."""
        return _Reads(reader, self._tracer)

    def door(self, door: Entrance) -> Entrance:
        """Return a front door at which admission is a span."""
        return _Admission(door, self._tracer)

    def note(self, row: Row) -> None:
        """Take nothing down: a request is its span."""

    def close(self) -> None:
        """Hand on what waits: the server stops."""
        self._provider.shutdown()


def exporting(endpoint: str) -> Tracing:
    """Return what hands spans to the OTLP receiver at `endpoint`, the whole URL, in the background.

    The `OTEL_…` variables say the rest: name of the service, header fields, sampler, sizes of batches.
    """
    mine = Resource({"service.name": "tianlake", "service.version": version("tianlake")})
    provider = TracerProvider(resource=mine.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, timeout=_EXPORT_S)))
    return Tracing(provider)


class _Requests:
    """An ASGI application whose requests are spans."""

    def __init__(self, application: ASGIApp, tracer: Tracer) -> None:
        self._application = application
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        with _begun(self._tracer, method, _caller(scope), SpanKind.SERVER) as span:
            try:
                await self._application(scope, receive, send)
            finally:
                found = _attributes(note_of(scope) or Note())
                span.set_attributes({"http.request.method": method, **found})
                span.update_name(f"{method} {found['tianlake.kind']}")
                if int(found.get("http.response.status_code", 0)) >= _ERROR:
                    span.set_status(Status(StatusCode.ERROR))


class _Admission:
    """A front door at which admission is a span."""

    def __init__(self, door: Entrance, tracer: Tracer) -> None:
        self._door = door
        self._tracer = tracer

    async def enter(self, request: Request, place: Place, node: Node) -> Entry | Response:
        with _begun(self._tracer, "admission") as span:
            found = await self._door.enter(request, place, node)
            span.set_attribute("tianlake.admitted", not isinstance(found, Response))
            return found

    async def leave(self, request: Request, place: Place, entry: Entry, response: Response) -> Response:
        with _begun(self._tracer, "admission.charge"):
            return await self._door.leave(request, place, entry, response)

    async def close(self) -> None:
        await self._door.close()


class _Reads:
    """A reader whose reads are spans, each until the store answers."""

    def __init__(self, reader: Reader, tracer: Tracer) -> None:
        self._reader = reader
        self._tracer = tracer

    async def head(self, key: str) -> ObjectInfo:
        with _begun(self._tracer, "store.head") as told, _named(told):
            return await self._reader.head(key)

    async def stream(self, info: ObjectInfo, span: Span | None = None) -> AsyncIterator[bytes]:
        with _begun(self._tracer, "store.stream") as told, _named(told):
            told.set_attribute("tianlake.bytes", info.size if span is None else span.length)
            return await self._reader.stream(info, span)


def _begun(
    tracer: Tracer, name: str, caller: Context | None = None, kind: SpanKind = SpanKind.INTERNAL
) -> AbstractContextManager[trace.Span]:
    """Begin a span that takes down no exception: their texts name objects and addresses."""
    return tracer.start_as_current_span(name, caller, kind, record_exception=False, set_status_on_exception=False)


@contextmanager
def _named(span: trace.Span) -> Iterator[None]:
    """Name the class of an error."""
    try:
        yield
    except LakeError as error:
        span.set_attribute("error.type", type(error).__name__)
        raise


def _caller(scope: Scope) -> Context:
    """Return the context that the caller's fields name; what is no such field, or sent twice, counts for nothing."""
    carried: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        if (known := _CARRIED.get(name)) is not None:
            carried.setdefault(known, []).append(value.decode("latin-1"))
    if len(carried.get("traceparent", ())) != 1:
        return Context()
    return _CONTEXT.extract(carried, Context())


def _attributes(note: Note) -> dict[str, str | int]:
    place = note.place
    found: dict[str, str | int] = {"tianlake.kind": kind_of(place) if place is not None else "other"}
    if note.status:
        found["http.response.status_code"] = note.status
    if note.code:
        found["error.type"] = note.code
    if note.node is not None:
        found["tianlake.node"] = note.node.code
    if product := note.product or (place.product if place is not None else None):
        found["tianlake.product"] = product
    return found
