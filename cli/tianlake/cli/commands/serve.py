"""`tianlake serve`: the lake behind one server."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tianlake.cli.commands._options import as_json
from tianlake.cli.json_logs import log_in_json
from tianlake.cli.output import emit, tell
from tianlake.cli.sealing import sealing
from tianlake.cli.session import Session
from tianlake.cli.traces import traces_endpoint
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError
from tianlake.lake.replicas.look import trusted_claim
from tianlake.lake.replicas.papers import Claim
from tianlake.lake.store import DirectoryStore
from tianlake.lake.workspace import LOGS


@click.command(help=say("启动服务：门户、STAC、PMTiles、瓦片和数据", "Serve portal, STAC, PMTiles, tiles and data."))
@click.option("--host", default="127.0.0.1", show_default=True, help=say("监听地址", "Address to listen on."))
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8765, show_default=True, help=say("端口", "Port to listen on.")
)
@click.option(
    "--copy",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=say("提供此目录中的前置副本，无需工作区", "Serve the front-deployed copy in this folder; needs no workspace."),
)
@click.option(
    "--public-key",
    "key",
    metavar="ed25519:…",
    help=say("来源节点的公钥，与 --copy 同用", "With --copy: the public key of the node that it came from."),
)
@click.option("--node", metavar="CODE", help=say("位于 / 的节点；缺省为最上级", "Node at /; the topmost by default."))
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help=say("进程数", "Processes."))
@click.option(
    "--behind-proxy",
    is_flag=True,
    help=say(
        "前面有自己的代理：采信其 X-Forwarded-For 等请求头",
        "A proxy of yours is in front: believe its X-Forwarded-For, -Host and -Proto.",
    ),
)
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help=say(
        "在 127.0.0.1 的此端口提供 /metrics（Prometheus）；缺省不提供",
        "Answer /metrics (Prometheus) on this port of 127.0.0.1; without it nothing is counted.",
    ),
)
@click.option(
    "--traces",
    metavar="URL",
    help=say(
        "把链路追踪（OpenTelemetry）发往此 OTLP/HTTP 接收端，如 http://127.0.0.1:4318；"
        "缺省按 OTEL_EXPORTER_OTLP_ENDPOINT，未设则不追踪；需要 otel 组件",
        "Send traces (OpenTelemetry) to this OTLP/HTTP receiver, such as http://127.0.0.1:4318; "
        "OTEL_EXPORTER_OTLP_ENDPOINT by default, none without; needs the extra otel.",
    ),
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help=say("日志格式：文本，或每行一个 JSON 对象", "The log on stderr: text, or a JSON object a line."),
)
@as_json
@click.pass_obj
def serve(  # noqa: PLR0913 - one for each option
    session: Session,
    *,
    host: str,
    port: int,
    folder: Path | None,
    key: str | None,
    node: str | None,
    workers: int,
    behind_proxy: bool,
    metrics_port: int | None,
    traces: str | None,
    log_format: str,
    as_json: bool,
) -> None:
    """Serve until Ctrl-C."""
    if log_format == "json":
        log_in_json()
    endpoint = traces_endpoint(traces, os.environ)
    at = Listening(host, port, workers, behind_proxy=behind_proxy, metrics_port=metrics_port, traces=endpoint)
    if folder is not None:
        claim = _signed_claim(folder, key)
        if as_json:
            emit({"url": f"http://{host}:{port}/", "nodes": [claim.node], "expires": claim.expires})
        serve_copy(folder, claim, at)
        return
    if key is not None:
        raise LakeError("serve: --public-key goes with --copy alone", zh="启动服务：--public-key 只与 --copy 同用")
    if as_json:
        emit({"url": f"http://{host}:{port}/", "nodes": session.codes()})
    serve_node(session, at, node)


def _signed_claim(folder: Path, key: str | None) -> Claim:
    """Return what a copy says of itself, as its node signed it; tell until when it may be served.

    Raises:
        LakeError: The folder holds no copy, its list of files is not signed, or its filing has expired.
    """
    try:
        claim = trusted_claim(DirectoryStore(folder), time.time(), key)
    except LakeError as error:
        raise LakeError(f"{folder}: {error}", zh=f"{folder}：{error.zh}") from None
    tell(
        say(
            f"前置副本 {claim.replica}：备案号 {claim.number}，{claim.expires} 到期",
            f"front-deployed copy {claim.replica}: filed as {claim.number}, until {claim.expires}",
        )
    )
    if key is None:
        zh = f"清单的签名按副本自带的公钥核对；请与来源节点 audit.json 中的 key 对照：{claim.key}"
        tell(say(zh, f"its list is signed with the key that it names; compare that with audit.json of {claim.node}"))
    return claim


def serve_copy(folder: Path, claim: Claim, at: Listening) -> None:
    """Serve one front-deployed copy, at `/` and at `/<code>/`."""
    from tianlake.functions.gateway.serve import ServeSettings, serve  # noqa: PLC0415 - the server's libraries

    with TemporaryDirectory(prefix="tianlake-") as name:
        base = Path(name)
        (base / claim.node).symlink_to(folder.resolve())  # the folder of a node's objects is called by its code
        settings = ServeSettings(
            lake="file:.",
            base=base,
            codes=(claim.node,),
            root=claim.node,
            host=at.host,
            port=at.port,
            workers=at.workers,
            trust_forwarded=at.behind_proxy,
            traces=at.traces,
        )
        url = f"http://{at.host}:{at.port}/"
        tell(say(f"正在服务 {url} ，按 Ctrl-C 结束", f"serving {url} until Ctrl-C"))
        serve(settings)


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a server listens, and what is around it."""

    host: str
    port: int
    workers: int = 1
    behind_proxy: bool = field(default=False, kw_only=True)
    metrics_port: int | None = field(default=None, kw_only=True)
    """Of `/metrics` on loopback; None: nothing is counted."""
    traces: str | None = field(default=None, kw_only=True)
    """Whole URL of the OTLP receiver of traces; None: nothing is traced."""


@contextmanager
def _metered(port: int | None) -> Iterator[Path | None]:
    """Give the folder in which workers count, and answer `/metrics` meanwhile; None where nobody asked for it."""
    if port is None:
        yield None
        return
    from tianlake.functions.gateway.metrics import measured  # noqa: PLC0415 - the server's libraries

    with TemporaryDirectory(prefix="tianlake-meters-") as name, measured(Path(name), port):
        tell(say(f"指标在 http://127.0.0.1:{port}/metrics", f"metrics are at http://127.0.0.1:{port}/metrics"))
        yield Path(name)


def serve_node(session: Session, at: Listening, node: str | None = None) -> None:
    """Serve every node of the workspace, one of them at `/` too."""
    from tianlake.cli.registry import elsewhere  # noqa: PLC0415 - as below
    from tianlake.functions.gateway.hosts import addresses  # noqa: PLC0415 - as below
    from tianlake.functions.gateway.serve import ServeSettings, serve  # noqa: PLC0415 - the server's libraries

    workspace = session.workspace
    codes, root = session.codes(), session.codes(node)[0]
    for code in codes:
        session.store(code)  # refuses a lake of a layout that is not known here
    urls = {code: workspace.node(code).url for code in codes}
    settings = ServeSettings(
        lake=workspace.settings.lake.url,
        base=workspace.root,
        codes=tuple(codes),
        root=root,
        s3=workspace.settings.aws,
        host=at.host,
        port=at.port,
        workers=at.workers,
        trust_forwarded=at.behind_proxy,
        accounts=workspace.settings.accounts,
        logs=workspace.state / LOGS,
        traces=at.traces,
        reached=addresses(urls, root, elsewhere(workspace.root, codes)),
    )
    url = f"http://{at.host}:{at.port}/"
    tell(say(f"正在服务 {url} ，按 Ctrl-C 结束", f"serving {url} until Ctrl-C"))
    with sealing(session), _metered(at.metrics_port) as meters:
        serve(replace(settings, meters=meters))
