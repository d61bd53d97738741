"""A DuckDB that is closed to everything but the files of its grants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from tianlake.functions.web.sql.jobs import Grant
from tianlake.functions.web.sql.limits import Limits
from tianlake.functions.web.sql.statement import Tree, only_one
from tianlake.lake.duck import connect, cost, literal, measure, read_so_far

_OWN_VIEWS: Final = "SELECT lower(view_name) FROM duckdb_views() WHERE internal"

_SERIALIZE: Final = (
    "SELECT json_serialize_sql($1::VARCHAR, skip_default := true, skip_empty := true, skip_null := true)::VARCHAR"
)


class Session:
    """One database over some grants. What may be read is fixed when it is opened; so are its settings."""

    def __init__(self, grants: Mapping[str, Grant], secret: str, limits: Limits, scratch: Path) -> None:
        """Open the views and macros of the grants.

        Args:
            grants: By name.
            secret: As of `Job`.
            limits: What a statement may use.
            scratch: A folder that answers may be written to, and that nobody else reads.

        Raises:
            duckdb.IOException: A file cannot be read.
            LakeError: As `connect`.
        """
        self.grants = dict(grants)
        self._secret = ""
        self._root = connect(memory_limit=f"{limits.memory}MiB", threads=limits.threads)
        self.taken = frozenset(name for (name,) in self._root.sql(_OWN_VIEWS).fetchall())
        """Names of DuckDB's own views, lower case."""
        self.cursor = self._root.cursor()
        # Settings of one connection, which no longer can be set once the configuration is locked.
        measure(self.cursor)
        self.cursor.execute("SET errors_as_json = true")
        self.beside = self._root.cursor()
        """Another connection, whose statements `cost` does not tell of."""
        self.tree("SELECT 1")  # what Python still loads for the first statement is none of its cost
        self.since = read_so_far("self")
        """What the process had read when all that was left to read were the files of the grants."""
        self.refresh(secret)
        for statement in _closing([file for grant in grants.values() for file in grant.files], limits, scratch):
            self._root.execute(statement)
        for statement in (each for grant in grants.values() for each in grant.sql):
            self._root.execute(statement)

    def refresh(self, secret: str) -> None:
        """Take other credentials for S3."""
        if secret and secret != self._secret:
            self._root.execute(secret)
            self._secret = secret

    def tree(self, sql: str) -> Tree:
        """Return the tree of one SELECT.

        Raises:
            RefusedError: It is another statement, none, or several.
            duckdb.ParserException: It is no SQL.
            RecursionError: It is nested too deeply.
        """
        statements = self.cursor.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise only_one()
        [(text,)] = self.cursor.execute(_SERIALIZE, [sql]).fetchall()
        found: Tree = json.loads(text)
        return found

    def cost(self) -> tuple[int, float]:
        """Return bytes read and seconds taken by the statement before; what opening the views read is not counted."""
        return cost(self.cursor)

    def place(self, sql: str) -> int | None:
        """Return where binding a statement fails, characters from its start; None where it is not said."""
        ahead = "EXPLAIN "
        try:
            self.cursor.execute(ahead + sql)
        except duckdb.Error as error:
            found = detail(error).get("position")
            return None if found is None else max(0, int(found) - len(ahead))
        return None

    def close(self) -> None:
        """Free all that it holds."""
        self.cursor.close()
        self.beside.close()
        self._root.close()


def detail(error: duckdb.Error) -> dict[str, str]:
    """Return what DuckDB says of an error: `exception_message`, and `position` where it knows it."""
    kind, _, text = str(error).partition(": ")
    try:
        found: dict[str, str] = json.loads(text)
    except ValueError:
        return {"exception_message": text or kind}
    return found if isinstance(found, dict) else {"exception_message": text}


def _closing(files: list[str], limits: Limits, scratch: Path) -> list[str]:
    """Return what closes a database, the lock last. `connect` has turned off extensions from elsewhere and spilling."""
    return [
        f"SET allowed_paths = [{', '.join(map(literal, sorted(set(files))))}]",
        f"SET allowed_directories = [{literal(f'{scratch}/')}]",
        f"SET max_expression_depth = {limits.depth}",
        "SET parquet_metadata_cache = true",
        "SET python_enable_replacements = false; SET python_scan_all_frames = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ]
