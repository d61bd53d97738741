"""Where traces go: as `--traces` says, or the standard variables of OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from tianlake.lake.errors import LakeError

_PATH: Final = "/v1/traces"
"""Of an OTLP/HTTP receiver, https://opentelemetry.io/docs/specs/otlp/#otlphttp-request."""

_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def traces_endpoint(option: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the whole URL of the OTLP receiver, or None where nobody asked for traces.

    Args:
        option: `--traces`: a receiver, such as `http://127.0.0.1:4318`, before all variables.
        environment: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is taken as it stands; `OTEL_EXPORTER_OTLP_ENDPOINT` is a
            receiver; `OTEL_TRACES_EXPORTER=none` and `OTEL_SDK_DISABLED=true` turn both off.

    Raises:
        LakeError: No HTTP address, or another protocol than `http/protobuf`.
    """
    if option is not None:
        return _url("--traces", _below(option))
    exporter = environment.get("OTEL_TRACES_EXPORTER", "") or "otlp"
    if exporter != "otlp" or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    if whole := environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        found = _url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", whole)
    elif base := environment.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        found = _url("OTEL_EXPORTER_OTLP_ENDPOINT", _below(base))
    else:
        return None
    for name in _PROTOCOLS:
        if (protocol := environment.get(name)) not in {None, "", "http/protobuf"}:
            raise LakeError(f"serve: {name}={protocol}: traces are handed on as http/protobuf alone")
        if protocol:
            break
    return found


def _below(base: str) -> str:
    bare = base.rstrip("/")
    return bare if bare.endswith(_PATH) else bare + _PATH


def _url(name: str, text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise LakeError(f"serve: {name}: must be an address such as http://127.0.0.1:4318, not {text!r}")
    return text
