"""Chalice apps loaded by file, and events as API Gateway sends them (REST API, proxy integration, format 1.0)."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tomllib
from collections.abc import Collection, Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from kit import REPO
from packaging.requirements import Requirement

from tianlake.functions.api.web import web_routes


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


def route_of(path: str) -> tuple[str, dict[str, str]]:
    """Return the route that API Gateway takes for a path, and its parameters; the one with the fewest first."""
    parts = path.split("/")
    for route in sorted(web_routes(), key=lambda each: each.count("{")):
        wanted = route.split("/")
        if len(wanted) == len(parts) and all(w == p or w.startswith("{") for w, p in zip(wanted, parts, strict=True)):
            return route, {w[1:-1]: p for w, p in zip(wanted, parts, strict=True) if w.startswith("{")}
    raise AssertionError(f"API Gateway has no route for {path}")


def sent_to(path: str, query: str = "", method: str = "GET", **more: Any) -> dict[str, Any]:
    """Return the event of a request to the web API."""
    route, parameters = route_of(path)
    headers = {"Host": "abc.execute-api.test", "X-Forwarded-Proto": "https", **more.pop("headers", {})}
    return event(method, route, path, query, headers, parameters=parameters or None, **more)


def closure(*extras: str) -> set[str]:
    """Names of all distributions that extras of ours need, with what they need themselves, as `pyproject.toml` says."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    found: set[str] = set()
    todo = [("tianlake", frozenset(extras))]
    while todo:
        name, wanted = todo.pop()
        if name == "tianlake":
            needed = [
                *project["dependencies"],
                *(each for one in wanted for each in project["optional-dependencies"][one]),
            ]
        else:
            needed = distribution(name).requires or []
        for need in map(Requirement, needed):
            marker = need.marker
            if marker is not None and not any(marker.evaluate({"extra": each}) for each in (*wanted, "")):
                continue
            key = need.name.lower().replace("_", "-")
            if key == "tianlake" or key not in found:
                todo.append((key, frozenset(need.extras)))
            found |= {key} - {"tianlake"}
    return found


_ALONE = """
import importlib.metadata, json, sys
root, allowed, event = json.load(sys.stdin)
owners = importlib.metadata.packages_distributions()
hidden = {name for name, of in owners.items()
          if not any(o.lower().replace("_", "-") in allowed for o in of) and name not in sys.stdlib_module_names}
hidden -= {"tianlake"}
class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError("hidden: " + name)
sys.meta_path.insert(0, Gone())
sys.path.insert(0, root)
import app
print(app.app(event, None)["statusCode"])
"""


def run_alone(root: Path, allowed: Collection[str], sent: Mapping[str, Any], folder: Path) -> int:
    """Return the status an app answers an event with in a process of its own, where only some distributions are.

    Everything else is hidden from the import system, as it is not there in Lambda.
    """
    told = json.dumps([str(root), sorted(allowed), sent])
    command = [sys.executable, "-c", _ALONE]
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)
