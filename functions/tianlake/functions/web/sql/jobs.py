"""What goes to a process that runs statements, and what comes back, as frames on its pipes.

Pipes, because Lambda has no shared memory; JSON and bytes, because nothing that comes from there is to be run here.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Final, Literal

from tianlake.functions.web.sql.limits import Limits
from tianlake.lake.errors import LakeError
from tianlake.lake.plain import Text

Form = Literal["json", "csv", "geojson", "parquet", "arrow"]

End = Literal["done", "refused", "wrong", "too-slow", "too-large", "store", "failed"]
"""How a statement ended: with its answer; not allowed; not to be run as it stands; at the limits; a file could not be
read; by a fault of ours."""

_TAKEN: Final = b"+"

_MADE: Final = re.compile(r"^CREATE OR REPLACE (?:VIEW|MACRO) (\w+)", re.MULTILINE)

_SIZES: Final = struct.Struct(">IQ")
"""Bytes of a frame's head and of its body."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One product as a statement may ask it."""

    name: str
    """Of its view."""
    root: str
    """Of its node, as of `NodeObjects`; never shown to anybody."""
    files: tuple[str, ...]
    """Every file that its views and macros read, and nothing else."""
    sql: tuple[str, ...]
    """What makes its views and macros."""

    @property
    def makes(self) -> frozenset[str]:
        """Names of its views and macros, lower case."""
        return frozenset(name for each in self.sql for name in made_by(each))


@dataclass(frozen=True, slots=True)
class Job:
    """A statement to run."""

    sql: str
    form: Form
    grants: tuple[Grant, ...]
    """What it mentions."""
    secret: str = field(default="", repr=False)
    """The statement that gives DuckDB the credentials for S3; empty where all is in folders."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went."""

    end: End
    told: Text | None = None
    """Why it did not end with an answer, in one line each."""
    position: int | None = None
    """Where in the statement, characters from its start."""
    rows: int = 0
    bytes_read: int = 0
    seconds: float = 0.0
    """Within DuckDB."""
    last: bool = False
    """Whether the process ends after this: its DuckDB is not to be trusted any more."""
    body: bytes = field(default=b"", repr=False)


def made_by(sql: str) -> list[str]:
    """Return the names of the views and macros that statements of `lake.views` make."""
    return _MADE.findall(sql)


def too_slow(limits: Limits) -> Outcome:
    """Return how a statement ended whose time was up."""
    return Outcome("too-slow", Text(f"至多 {limits.seconds:g} 秒。", f"at most {limits.seconds:g} seconds"))


def write_job(pipe: IO[bytes], job: Job) -> None:
    """Send a job; raises `OSError` where nobody takes it."""
    _write(pipe, asdict(job), b"")


def read_job(pipe: IO[bytes]) -> Job | None:
    """Return the next job, or None where there will be none."""
    frame = _read(pipe)
    if frame is None:
        return None
    head = frame[0]
    grants = tuple(
        Grant(each["name"], each["root"], tuple(each["files"]), tuple(each["sql"])) for each in head["grants"]
    )
    return Job(head["sql"], head["form"], grants, head["secret"])


def take(pipe: IO[bytes]) -> None:
    """Tell that a job was taken; raises `OSError` where nobody listens."""
    pipe.write(_TAKEN)
    pipe.flush()


def is_taken(pipe: IO[bytes]) -> bool:
    """Wait until a job is taken; False where the process ended before it could begin."""
    return pipe.read(len(_TAKEN)) == _TAKEN


def write_outcome(pipe: IO[bytes], outcome: Outcome) -> None:
    """Send an outcome; raises `OSError` where nobody takes it."""
    head = asdict(outcome)
    _write(pipe, head, head.pop("body"))


def read_outcome(pipe: IO[bytes], size: int) -> Outcome | None:
    """Return an outcome of at most `size` bytes, or None where the process ended without one.

    Raises:
        LakeError: What came is none.
    """
    frame = _read(pipe, size)
    if frame is None:
        return None
    head, body = frame
    told = head.pop("told")
    try:
        return Outcome(**head, told=None if told is None else Text(**told), body=body)
    except (TypeError, ValueError) as error:
        raise LakeError(f"sql: a process answered something else: {error}") from None


def _write(pipe: IO[bytes], head: dict[str, Any], body: bytes) -> None:
    text = json.dumps(head).encode()
    pipe.write(_SIZES.pack(len(text), len(body)) + text)
    pipe.write(body)
    pipe.flush()


def _read(pipe: IO[bytes], size: int = 0) -> tuple[dict[str, Any], bytes] | None:
    sizes = pipe.read(_SIZES.size)
    if len(sizes) < _SIZES.size:
        return None
    of_head, of_body = _SIZES.unpack(sizes)
    if of_body > size:
        raise LakeError(f"sql: a process answered {of_body} bytes, more than {size}")
    head, body = pipe.read(of_head), pipe.read(of_body)
    if len(head) < of_head or len(body) < of_body:
        return None
    found: dict[str, Any] = json.loads(head)
    return found, body
