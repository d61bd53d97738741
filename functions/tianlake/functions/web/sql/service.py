"""The service `/sql`: takes a statement, has it run, and says how it went."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final, cast, get_args
from urllib.parse import parse_qs

from tianlake.functions.calls import CallError, Reply
from tianlake.functions.problems import Problem
from tianlake.functions.web.questions import METHOD, Question, json_reply, wrong
from tianlake.functions.web.sql.granting import Granting
from tianlake.functions.web.sql.jobs import End, Form, Job, Outcome
from tianlake.functions.web.sql.limits import Limits
from tianlake.functions.web.sql.pool import BusyError, GoneError, Runner
from tianlake.lake.current import CurrentReleases
from tianlake.lake.engine import SECRET_S
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.plain import Text
from tianlake.lake.query import s3_secret
from tianlake.lake.store import S3Settings
from tianlake.lake.words import view_name

_log = logging.getLogger(__name__)

MEDIA_TYPES: Final[dict[Form, str]] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
"""IANA media types; the first is answered where nothing else is asked for."""

REFUSED: Final = Problem(403, "sql-refused", Text("语句不被允许。", "The statement is not allowed."))
WRONG: Final = Problem(400, "sql-wrong", Text("语句有误。", "The statement is wrong."))
TOO_SLOW: Final = Problem(
    422,
    "sql-too-slow",
    Text("语句超过时限，已中止；请缩小范围。", "The statement took too long and was ended; ask for less."),
)
TOO_LARGE: Final = Problem(
    422,
    "sql-too-large",
    Text("语句的结果或所需内存超限。", "The statement's answer, or the memory it needs, is too large."),
)
TOO_LONG: Final = Problem(413, "sql-too-long", Text("语句过长。", "The statement is too long."))
BUSY: Final = Problem(
    503,
    "sql-busy",
    Text("其他语句正在执行，请稍后重试。", "Other statements are being run; please repeat the request."),
)
GONE: Final = Problem(
    503,
    "sql-ended",
    Text(
        "执行语句的进程意外结束；可重试一次，或缩小范围。",
        "The process that ran the statement ended; repeat it once, or ask for less.",
    ),
)

_OF_END: Final[dict[End, Problem]] = {
    "refused": REFUSED,
    "wrong": WRONG,
    "too-slow": TOO_SLOW,
    "too-large": TOO_LARGE,
}

_FORM: Final = "application/x-www-form-urlencoded"


class SqlService:
    """Answers `/sql`."""

    def __init__(
        self,
        releases: CurrentReleases,
        runner: Runner,
        limits: Limits,
        s3: S3Settings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Answer over what these nodes publish.

        Args:
            releases: Of the nodes.
            runner: Runs statements.
            limits: That it holds them to.
            s3: How lakes on S3 are read; None where all are folders.
            clock: Seconds.
        """
        self._granting = Granting(releases)
        self._runner = runner
        self._limits = limits
        self._s3 = s3
        self._clock = clock
        self._secret = ""
        self._secret_until = 0.0
        self.close = runner.close

    def __call__(self, question: Question) -> Reply:
        """Answer a question: run its statement, or say what can be asked where it has none."""
        if question.call.method not in {"GET", "HEAD", "POST"}:
            raise CallError(METHOD, headers={"allow": "GET, HEAD, POST, OPTIONS"})
        form = _form(question)
        sql = self._statement(question)
        if not sql.strip():
            return self._told(question)
        outcome = self._run(question, sql, form)
        question.inquiry.add(outcome.bytes_read, outcome.seconds)
        if outcome.end == "done":
            return Reply(200, (("content-type", MEDIA_TYPES[form]), ("vary", "accept")), outcome.body)
        raise _failure(outcome)

    def _run(self, question: Question, sql: str, form: Form) -> Outcome:
        job = Job(sql, form, self._granting.of(question.code, sql), self._credentials())
        try:
            return self._runner.run(job)
        except BusyError as error:
            _log.info("%s", error)
            raise CallError(BUSY, headers={"retry-after": "2"}) from None
        except GoneError as error:
            _log.warning("%s", error)
            raise CallError(GONE, headers={"retry-after": "2"}) from None

    def _statement(self, question: Question) -> str:
        body = question.call.body
        if len(body) > self._limits.statement:
            raise self._too_long()
        if question.call.method != "POST":
            return question.parameters.get("q", "")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise wrong("q", "语句须为 UTF-8。", "a statement is UTF-8") from None
        kind = question.call.headers.get("content-type", "").partition(";")[0].strip().lower()
        # What curl sends with -d says that it is a form, and is one only with a name before it.
        if kind == _FORM and text.startswith("q="):
            text = parse_qs(text, keep_blank_values=True)["q"][0]
        return text or question.parameters.get("q", "")

    def _too_long(self) -> CallError:
        size = self._limits.statement
        return CallError(TOO_LONG, rule=Text(f"至多 {size} 字节。", f"at most {size} bytes"))

    def _credentials(self) -> str:
        """Return what lets DuckDB read from S3; those of a role expire, so they are asked for again and again."""
        if self._s3 is None:
            return ""
        now = self._clock()
        if now >= self._secret_until:
            self._secret = s3_secret(self._s3)
            self._secret_until = now + SECRET_S
        return self._secret

    def _told(self, question: Question) -> Reply:
        limits = self._limits
        tables = [
            {
                "name": view_name(each.code, each.product),
                "title": {"zh": each.card.title.zh, "en": each.card.title.en},
                "release": each.manifest.release,
            }
            for each in self._granting.listed(question.code)
        ]
        return json_reply(
            {
                "tables": tables,
                "formats": MEDIA_TYPES,
                "limits": {
                    "seconds": limits.seconds,
                    "rows": limits.rows,
                    "bytes": limits.size,
                    "memory_mib": limits.memory,
                    "statement_bytes": limits.statement,
                },
            }
        )


def _form(question: Question) -> Form:
    """Return the form that is asked for: `format`, or the first media type of `Accept` that there is."""
    wanted = question.parameters.get("format")
    if wanted in get_args(Form):
        return cast("Form", wanted)
    if wanted is not None:
        known = ", ".join(get_args(Form))
        raise wrong("format", f"取值为 {known} 之一。", f"one of {known}")
    accepted = [each.partition(";")[0].strip().lower() for each in question.call.headers.get("accept", "").split(",")]
    of_type = {media_type.partition(";")[0]: form for form, media_type in MEDIA_TYPES.items()}
    return next((of_type[each] for each in accepted if each in of_type), "json")


def _failure(outcome: Outcome) -> Exception:
    """Return the error that tells how a statement ended without an answer."""
    if outcome.end in _OF_END:
        more = {} if outcome.position is None else {"position": outcome.position}
        return CallError(_OF_END[outcome.end], rule=outcome.told, more=more)
    said = outcome.told.en if outcome.told else outcome.end
    return StoreError(f"sql: {said}") if outcome.end == "store" else LakeError(f"sql: {said}")
