"""A node behind a CDN on this machine: LocalStack, a gateway, and the local edge with the packaged function."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo_kit import free_port, wait_for
from kit import REPO
from localstack_kit import LocalStack, load_runner

from tianlake.functions.accounts.dynamodb_client import make_client
from tianlake.functions.accounts.dynamodb_tables import create_tables

BEHAVIOURS = REPO / "infra/modules/cdn/behaviours.json"


@dataclass(frozen=True)
class Cloud:
    """What nodes have in a cloud: a bucket, tables of accounts, a distribution."""

    localstack: LocalStack
    mark: str
    """Name of its bucket, and of its tables: nothing else has it."""
    distribution: str
    """Id of the distribution, as CloudFront's API knows it."""

    @property
    def settings(self) -> str:
        """`tianlake.toml` of a workspace that lives there."""
        return (
            f'[lake]\nurl = "s3://{self.mark}/{{code}}"\n[accounts]\nurl = "dynamodb:{self.mark}"\n'
            f'[aws]\nendpoint_url = "{self.localstack.url}"\nregion = "us-east-1"\n'
            f'[cases]\ndistribution = "{self.distribution}"\n'
        )

    @property
    def environment(self) -> dict[str, str]:
        """Credentials, as boto3 finds them."""
        found = self.localstack.session.get_credentials()
        assert found is not None
        return {"AWS_ACCESS_KEY_ID": found.access_key, "AWS_SECRET_ACCESS_KEY": found.secret_key}


def make_cloud(localstack: LocalStack) -> Cloud:
    """Make a bucket, in which each node has a folder, the tables and the distribution."""
    mark = localstack.make_bucket()
    create_tables(make_client(localstack.settings, localstack.session), mark)
    cloudfront = localstack.session.client("cloudfront", endpoint_url=localstack.url)
    access = {"OriginAccessIdentity": ""}
    origin = {"Id": "bucket", "DomainName": f"{mark}.s3.amazonaws.com", "S3OriginConfig": access}
    behaviour = {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": "policy"}
    made = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": mark,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behaviour,
            "Comment": mark,
            "Enabled": True,
        }
    )
    return Cloud(localstack, mark, made["Distribution"]["Id"])


def package(cloud: Cloud, codes: list[str], root: str, folder: Path) -> Path:
    """Package the viewer-request function for the nodes, as it is deployed; return the archive."""
    spec = importlib.util.spec_from_file_location("package_edge", REPO / "tools/package_edge.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    nodes = {code: {"bucket": cloud.mark, "prefix": f"{code}/"} for code in codes}
    config = {
        "nodes": nodes,
        "root": root,
        "accounts": cloud.mark,
        "region": "us-east-1",
        "endpoint_url": cloud.localstack.url,
    }
    file = folder / "edge.zip"
    file.write_bytes(module.bundle(json.dumps(config)))
    return file


@contextmanager
def gateway(workspace: Path, environment: Mapping[str, str], *options: str) -> Iterator[int]:
    """Serve a workspace as it is served behind a proxy; give the port."""
    port = free_port()
    command = [sys.executable, "-m", "tianlake.cli", "-C", str(workspace), "serve", "--port", str(port)]
    with served([*command, "--behind-proxy", *options], f"http://127.0.0.1:{port}/healthz", workspace, environment):
        yield port


@contextmanager
def edge(cloud: Cloud, codes: list[str], root: str, folder: Path, origins: Mapping[str, str]) -> Iterator[int]:
    """Run an edge in front of the nodes' buckets and of these servers; give the port."""
    settings = {
        "behaviours": str(BEHAVIOURS),
        "bundle": str(package(cloud, codes, root, folder)),
        "distribution": cloud.distribution,
        "root": root,
        "buckets": dict.fromkeys(codes, cloud.mark),
        "origins": dict(origins),
        "endpoint_url": cloud.localstack.url,
        "region": "us-east-1",
    }
    (folder / "edge.json").write_text(json.dumps(settings), "utf-8")
    with load_runner().edge(folder / "edge.json", 0, folder / "serve.log") as url:
        yield int(url.rpartition(":")[2])


@contextmanager
def served(command: list[str], url: str, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Run a server until the block ends; what it says goes into `serve.log` of the folder."""
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment})
        try:
            wait_for(url, process, 120)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
