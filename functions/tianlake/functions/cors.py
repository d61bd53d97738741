"""What lets pages of other sites read our answers: on every one, or they could not even read the errors."""

from __future__ import annotations

from typing import Final

from tianlake.functions.admission.headers import EXPOSED

METHODS: Final = "GET, HEAD, OPTIONS"

WEB_METHODS: Final = "GET, HEAD, POST, OPTIONS"
"""Of the web API: a question may stand in the body."""

ALWAYS: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Accept-Ranges, Cache-Control, Content-Crs, Content-Encoding, Content-Length, "
    f"Content-Range, Content-Type, ETag, Last-Modified, Location, Tianlake-Attribution, WWW-Authenticate, {EXPOSED}",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
}
"""On every answer. What is exposed is what Portolan core asks for ("Data Storage"), what caches go by, quotas, the
CRS of features (18-058r1), and what account calls answer with."""

PREFLIGHT: Final = {
    "allow": METHODS,
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": "range, if-match, if-none-match, if-modified-since, if-unmodified-since, "
    "if-range, authorization, x-api-key",
    "access-control-max-age": "86400",
}
"""On the answer to `OPTIONS`, which needs no key (Fetch standard, "CORS-preflight request": it is sent without one)."""

WEB_PREFLIGHT: Final = {
    **PREFLIGHT,
    "allow": WEB_METHODS,
    "access-control-allow-methods": WEB_METHODS,
    "access-control-allow-headers": f"{PREFLIGHT['access-control-allow-headers']}, content-type",
}
"""The same at the web API, where a question in a body says what it is written in."""
