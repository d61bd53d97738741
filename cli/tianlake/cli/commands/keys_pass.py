"""`tianlake keys pass`: what a gateway believes a proxy of its operator by."""

from __future__ import annotations

import click

from tianlake.cli.commands._options import as_json
from tianlake.cli.output import emit
from tianlake.cli.session import Session
from tianlake.cli.words import say


@click.command(
    help=say(
        "显示网关凭以相信己方代理的口令：代理已询问网关、请求已计数；请勿外泄，见 docs/on-premises.md",
        "Print the secret by which a gateway believes a proxy of yours that it let a request in: docs/on-premises.md. "
        "Whoever has it reads everything uncounted.",
    )
)
@as_json
@click.pass_obj
def show_pass(session: Session, *, as_json: bool) -> None:
    """Print the secret of the store of accounts, as the header field holds it."""
    from tianlake.cli.bureau import open_store  # noqa: PLC0415 - a short command starts fast
    from tianlake.functions.admission.headers import ADMITTED  # noqa: PLC0415
    from tianlake.functions.admission.ports import EDGE  # noqa: PLC0415

    with open_store(session) as store:
        secret = store.secret(EDGE).hex()
    if as_json:
        emit({"header": ADMITTED, "value": secret})
    else:
        click.echo(secret)
