"""A PostgreSQL with PostGIS on loopback, as somebody who is not root, gone with the tests that asked for it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from server_kit import free_port

PASSWORD: Final = "geheim-密"
"""Of the user `surveyor`, who may read and nothing else."""


@dataclass(frozen=True)
class Database:
    """A running server."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """The address as a recipe has it."""
        return f"postgresql://surveyor@127.0.0.1:{self.port}/survey"

    def run(self, sql: str) -> str:
        """Run statements as the owner and return what psql prints."""
        command = ["psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "owner", "-d", "survey", "-qtAX"]
        env = {"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD, "PGCLIENTENCODING": "UTF8"}
        options = {"input": sql, "capture_output": True, "text": True, "env": env}
        done = subprocess.run([*command, "-v", "ON_ERROR_STOP=1"], check=False, **options)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr
        return str(done.stdout).strip()


def programs() -> Path:
    """Return the folder of PostgreSQL's programs; Debian keeps them apart by version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    assert found, "PostgreSQL is missing; run: make debian"
    return found[-1].parent


@contextmanager
def postgis() -> Iterator[Database]:
    """Start a server of its own with an empty database `survey`; root hands it to `nobody`, as it refuses root."""
    folder = Path(mkdtemp(prefix="postgis-"))
    user = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
    try:
        if user:
            shutil.chown(folder, **user)
        (folder / "password").write_text(PASSWORD, "utf-8")
        (folder / "password").chmod(0o644)
        data, port = folder / "data", free_port()

        def run(*command: str | Path) -> None:
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, **user)  # type: ignore[call-overload]
            assert done.returncode == 0, done.stderr + done.stdout

        bin_ = programs()
        secret = f"--pwfile={folder / 'password'}"
        run(bin_ / "initdb", "-D", data, "-U", "owner", "-A", "scram-sha-256", secret, "-E", "UTF8", "--locale=C", "-N")
        options = f"-h 127.0.0.1 -p {port} -k '' -c fsync=off -c full_page_writes=off -c shared_buffers=16MB"
        run(bin_ / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
        try:
            database = Database(port, folder)
            _fill(database)
            yield database
        finally:
            run(bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(database: Database) -> None:
    env = {"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD}
    command = ["psql", "-h", "127.0.0.1", "-p", str(database.port), "-U", "owner", "-d", "postgres", "-qX"]
    subprocess.run([*command, "-c", "CREATE DATABASE survey"], check=True, capture_output=True, env=env)
    database.run(
        f"CREATE EXTENSION postgis; CREATE ROLE surveyor LOGIN PASSWORD '{PASSWORD}'; "
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO surveyor"
    )
