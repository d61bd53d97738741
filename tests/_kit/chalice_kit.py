"""Chalice apps loaded by file, and events as API Gateway sends them (REST API, proxy integration, format 1.0)."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from kit import REPO


def load_app(root: Path = REPO / "functions/api") -> Any:
    """Load `app.py` under a name of its own: by its plain name, the first one loaded would answer for all."""
    spec = importlib.util.spec_from_file_location(f"app_{uuid4().hex}", root / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def event(
    method: str,
    resource: str,
    path: str,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return an event; `more` may have `body`, `client` and `parameters` (of the path)."""
    fields = dict(headers or {})
    many = parse_qs(query, keep_blank_values=True, encoding="utf-8", errors="surrogateescape")
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": fields,
        "multiValueHeaders": {name: [value] for name, value in fields.items()},
        "queryStringParameters": {name: values[-1] for name, values in many.items()} or None,
        "multiValueQueryStringParameters": many or None,
        "pathParameters": more.get("parameters"),
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": f"/api{path}",
            "stage": "api",
            "identity": {"sourceIp": more.get("client", "203.0.113.7")},
        },
        "body": more.get("body"),
        "isBase64Encoded": more.get("isBase64Encoded", False),
    }
