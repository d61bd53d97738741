"""Where traces go: the option before the standard variables, and nowhere where nobody asked."""

from __future__ import annotations

import pytest

from tianlake.cli.traces import traces_endpoint
from tianlake.lake.errors import LakeError

BASE, WHOLE = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
HERE = "http://127.0.0.1:4318"


@pytest.mark.parametrize(
    ("option", "environment", "wanted"),
    [
        (None, {}, None),
        (None, {BASE: "", WHOLE: ""}, None),
        (HERE, {}, f"{HERE}/v1/traces"),
        (f"{HERE}/", {}, f"{HERE}/v1/traces"),
        (f"{HERE}/v1/traces", {}, f"{HERE}/v1/traces"),
        (None, {BASE: "https://otel.example.cn/a"}, "https://otel.example.cn/a/v1/traces"),
        (None, {BASE: "https://one.cn", WHOLE: "https://other.cn/in"}, "https://other.cn/in"),
        (HERE, {BASE: "https://one.cn", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, f"{HERE}/v1/traces"),
        (None, {BASE: HERE, "OTEL_TRACES_EXPORTER": "none"}, None),
        (None, {BASE: HERE, "OTEL_TRACES_EXPORTER": "otlp"}, f"{HERE}/v1/traces"),
        (None, {BASE: HERE, "OTEL_SDK_DISABLED": "TRUE"}, None),
        (None, {BASE: HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, f"{HERE}/v1/traces"),
        (
            None,
            {
                BASE: HERE,
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            },
            f"{HERE}/v1/traces",
        ),
    ],
)
def test_traces_go_where_the_option_or_the_variables_say(option, environment, wanted):
    assert traces_endpoint(option, environment) == wanted


@pytest.mark.parametrize(
    ("option", "environment", "message"),
    [
        ("127.0.0.1:4318", {}, r"serve: --traces: must be an address such as http://127.0.0.1:4318"),
        ("ftp://a.cn", {}, r"--traces: must be an address"),
        (None, {WHOLE: "collector"}, f"{WHOLE}: must be an address"),
        (
            None,
            {BASE: HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "PROTOCOL=grpc: traces are handed on as http/protobuf",
        ),
    ],
)
def test_what_traces_cannot_go_to_is_one_line(option, environment, message):
    with pytest.raises(LakeError, match=message):
        traces_endpoint(option, environment)
