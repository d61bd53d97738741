"""What is said of a statement that did not end with an answer: nothing that tells where files lie."""

from __future__ import annotations

from typing import Final

import duckdb

from tianlake.functions.web.sql.answers import TooLargeError
from tianlake.functions.web.sql.jobs import Job, Outcome, too_slow
from tianlake.functions.web.sql.limits import Limits
from tianlake.functions.web.sql.session import Session, detail
from tianlake.functions.web.sql.statement import RefusedError
from tianlake.lake.errors import LakeError
from tianlake.lake.plain import Text

_SAID: Final = 400
"""Characters of DuckDB's reason that are passed on."""

_DEEP: Final = Text("语句嵌套过深。", "the statement is nested too deeply")
_CLOSED: Final = Text("不能访问文件或网络。", "files and the network cannot be reached from here")
_BROKEN: Final = Text("DuckDB 无法执行此语句。", "DuckDB cannot run this statement")


def ended(error: Exception, job: Job, limits: Limits, session: Session | None, *, late: bool) -> Outcome:
    """Return how a statement ended.

    Args:
        error: What came of it.
        job: The statement.
        limits: That it was held to.
        session: That it ran in, if one was opened.
        late: Whether its time is up.
    """
    # `lake.answers` says what failed in a sentence of its own; the kind of failure is what that came from.
    cause = error.__context__ if isinstance(error, LakeError) and isinstance(error.__context__, duckdb.Error) else error
    match cause:
        case RefusedError() | RecursionError():
            return _refused(cause)
        case duckdb.Error() | LakeError() if late:  # of several kinds, by what the interrupt broke off
            return too_slow(limits)
        case LakeError():
            said = str(cause).removeprefix("query: ")
            return Outcome("wrong", Text(said, said))
        case TooLargeError() | MemoryError() | duckdb.OutOfMemoryException():
            return _too_large(cause, limits)
        case duckdb.Error():
            return _of_duckdb(cause, job, limits, session)
    return Outcome("failed", Text("内部错误", f"{type(cause).__name__}: {cause}"), last=True)


def _refused(error: RefusedError | RecursionError) -> Outcome:
    return (
        Outcome("refused", error.told, error.position) if isinstance(error, RefusedError) else Outcome("refused", _DEEP)
    )


def _of_duckdb(error: duckdb.Error, job: Job, limits: Limits, session: Session | None) -> Outcome:
    match error:
        case duckdb.IOException() if "File too large" in str(error):  # the system's word at RLIMIT_FSIZE
            return _too_large(error, limits)
        case duckdb.IOException() | duckdb.HTTPException():
            return Outcome("store", Text("无法读取", _clean(str(error), job)))
        case duckdb.PermissionException():
            return Outcome("refused", _CLOSED)
        case duckdb.InternalException() | duckdb.FatalException():
            return Outcome("wrong", _BROKEN, last=True)
    told = detail(error)
    said = _clean(told["exception_message"], job)
    return Outcome("wrong", Text(said, said), _position(error, told, job, session))


def _position(error: duckdb.Error, told: dict[str, str], job: Job, session: Session | None) -> int | None:
    if "position" in told:
        return int(told["position"])
    of_binding = isinstance(error, duckdb.BinderException | duckdb.CatalogException)
    return session.place(job.sql) if of_binding and session is not None else None


def _too_large(error: Exception, limits: Limits) -> Outcome:
    """Return that an answer is more than it may be, or that it takes more memory than there is."""
    if isinstance(error, TooLargeError | duckdb.IOException):
        zh = f"结果超过 {limits.rows} 行或 {limits.size} 字节；请聚合、加 LIMIT，或直接下载数据文件。"
        en = f"more than {limits.rows} rows or {limits.size} bytes; aggregate, say LIMIT, or take the product's file"
        return Outcome("too-large", Text(zh, en))
    zh = f"语句所需内存超过 {limits.memory} MiB。"
    en = f"the statement needs more than {limits.memory} MiB of memory"
    # Where the system had none to give, some library may have been left half-way.
    return Outcome("too-large", Text(zh, en), last=isinstance(error, MemoryError))


def _clean(text: str, job: Job) -> str:
    """Return a text on one line, without where the lake lies."""
    for root in sorted({grant.root for grant in job.grants}, key=len, reverse=True):
        text = text.replace(root, "")
    return " ".join(text.partition("\n\nLINE ")[0].split())[:_SAID] or "?"
