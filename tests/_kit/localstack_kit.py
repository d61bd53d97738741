"""LocalStack for tests: one for the whole run, on a free port of 127.0.0.1, gone with the run.

`tests/conftest.py` makes the fixture known and keeps the tests that ask for it on one worker.
"""

from __future__ import annotations

import importlib.util
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import boto3
import pytest
from kit import REPO

from tianlake.lake.store import S3Settings


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A LocalStack that answers, and what a client needs to talk to it."""

    url: str
    pid: int
    log: Path
    settings: S3Settings
    session: boto3.Session

    def make_bucket(self) -> str:
        """Make an empty bucket and return its name, which no other test has."""
        name = f"lake-{uuid.uuid4().hex[:12]}"
        self.session.client("s3", endpoint_url=self.url).create_bucket(Bucket=name)
        return name

    def upload(self, folder: Path, bucket: str) -> None:
        """Put every file of a folder into a bucket, by its path below the folder."""
        s3 = self.session.client("s3", endpoint_url=self.url)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                s3.upload_file(str(path), bucket, path.relative_to(folder).as_posix())

    def variables(self, bucket: str, node: str, accounts: str) -> dict[str, str]:
        """Return the environment of a Lambda function: its lake is a bucket, its accounts the tables of a prefix."""
        credentials = self.session.get_credentials()
        assert credentials is not None
        return {
            "TIANLAKE_LAKE": f"s3://{bucket}/{{code}}",
            "TIANLAKE_NODE": node,
            "TIANLAKE_ACCOUNTS": f"dynamodb:{accounts}",
            "TIANLAKE_ENDPOINT": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        }


def load_runner() -> ModuleType:
    """Return `localstack/run.py`: loaded by path, since that folder must not be a package."""
    name = "tianlake_localstack_run"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, REPO / "localstack" / "run.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def localstack() -> Iterator[LocalStack]:
    """Give a running LocalStack."""
    with load_runner().running() as found:
        yield LocalStack(
            url=found.url,
            pid=found.pid,
            log=found.log,
            settings=S3Settings(endpoint_url=found.url, region="us-east-1", part_bytes=5 * 1024 * 1024, attempts=2),
            session=boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"),
        )
