"""What must not be published: local paths, names of people and machines, secrets.

Articles 9 and 18 of the Measures: nothing secret is published, and the platform's security is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Form = Literal["metadata", "document", "data", "bytes"]
"""Of a text: written by a tool (no sentence there has reason to hold a path), by people, data as text, or bytes."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a file and the place that a person finds it by."""

    place: str
    text: str
    form: Form


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the publisher's machine must not be read in public; the library itself looks nothing up."""

    user: str = ""
    host: str = ""
    folders: tuple[str, ...] = ()
    """Absolute paths: the home folder, the workspace, the folder of temporary files."""


NOWHERE: Final = Surroundings()
"""No machine in particular: the general rules only."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for."""

    name: str
    pattern: re.Pattern[str]
    forms: frozenset[Form] = frozenset({"metadata", "document", "data", "bytes"})
    shown: bool = False
    """Whether the finding quotes what it found; never a secret."""


_TEXTS: Final[frozenset[Form]] = frozenset({"metadata", "document", "data"})
_WORDS: Final[frozenset[Form]] = frozenset({"metadata", "document"})

_BEFORE: Final = r"(?<![\w/.~%@<-])"
"""A path starts here: not inside a URL, a relative path or a closing tag."""

_ROOTS: Final = (
    r"(?:home|Users|root|tmp|mnt|opt|srv|usr|etc|work|workspaces?|builds|github|"
    r"var/(?:folders|tmp|lib|cache|run|task|www)|private/(?:var|tmp))"
)

RULES: Final = (
    Rule("absolute local path", re.compile(rf"{_BEFORE}/{_ROOTS}/[^\s\"'<>|]+"), shown=True),
    Rule(
        "absolute local path",
        re.compile(rf"{_BEFORE}/(?:[\w.+@-]+/){{2,}}[\w.+@-]*"),
        frozenset({"metadata"}),
        shown=True,
    ),
    Rule(
        "Windows path", re.compile(r"(?<![A-Za-z0-9])[A-Za-z]:\\{1,2}[^\\/:*?\"<>|\s]+\\[^\s\"]*"), _TEXTS, shown=True
    ),
    Rule(
        "Windows path",
        re.compile(r"(?<![A-Za-z0-9])[A-Za-z]:[\\/]{1,2}(?:Users|Documents and Settings)[\\/]"),
        shown=True,
    ),
    Rule("file URL", re.compile(r"(?i)(?<![\w-])file:/{1,3}[a-z0-9_%]"), shown=True),
    # /vsicurl/ in front of a URL is how a README tells GDAL users what to open.
    Rule(
        "GDAL virtual path",
        re.compile(r"/vsi(?!curl(?:_streaming)?/)[a-z0-9_]+/|/vsicurl(?:_streaming)?//"),
        shown=True,
    ),
    Rule("AWS access key id", re.compile(r"(?<![A-Za-z0-9+/])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Za-z0-9+/=])")),
    Rule(
        "AWS secret access key",
        re.compile(r"(?i)secret_?(?:access_?)?key[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"),
    ),
    Rule("private key", re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")),
    Rule("key of a user (tk)", re.compile(r"(?i)(?<![A-Za-z0-9])tk[\"']?\s*[:=]\s*[\"']?[0-9a-f]{32}(?![0-9a-f])")),
    Rule(
        "user and password in a URL",
        re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@\"'<>{}$]+:[^\s/@\"'<>{}$]+@[\w\[]"),
        _TEXTS,
    ),
    Rule("bearer token", re.compile(r"(?i)\bbearer\s+[A-Za-z0-9._~+/-]{20,}"), _TEXTS),
    Rule("JSON web token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    Rule(
        "signature of a presigned URL",
        re.compile(r"(?i)x-amz-(?:signature|credential|security-token)=[^\s\"'&]{16,}"),
        _TEXTS,
    ),
)

_COMMON: Final = frozenset(
    {"admin", "administrator", "centos", "debian", "docker", "ec2-user", "guest", "jenkins", "localdomain", "localhost"}
    | {"nobody", "postgres", "root", "runner", "server", "service", "test", "tianditu", "tianlake", "ubuntu", "user"}
    | {"users", "vagrant", "www-data"}
    | {"build", "catalog", "china", "data", "deploy", "divisions", "jovyan", "lake", "maps", "node", "places", "public"}
    | {"tiles"}
)
"""Names that say nothing of anybody, and words that our own documents are made of."""

_SHORTEST: Final = 4
"""Characters; shorter names would be found in ordinary words of any text."""


def local_rules(around: Surroundings) -> Iterator[Rule]:
    """Yield the rules that one machine adds: its folders, its user and its name."""
    for folder in around.folders:
        path = folder.rstrip("/\\")
        if path.count("/") + path.count("\\") > 1:  # One part alone may be a part of any URL.
            yield Rule("a folder of this machine", re.compile(re.escape(path) + r"(?![\w-])"), shown=True)
    names = (("name of the local user", around.user), ("name of this machine", around.host))
    for rule, name in names:
        if len(name) >= _SHORTEST and name.lower() not in _COMMON:
            yield Rule(rule, re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])"), _WORDS)
