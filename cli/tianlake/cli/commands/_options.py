"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from tianlake.cli.words import say

as_json = click.option(
    "--json", "as_json", is_flag=True, help=say("在标准输出上输出一个 JSON 文档", "Print one JSON document on stdout.")
)
node_option = click.option("--node", metavar="CODE", help=say("只处理此节点", "Only this node."))
product_option = click.option("--product", metavar="ID", help=say("只处理此产品", "Only this product."))

quarter_option = click.option(
    "--quarter", metavar="2026Q4", required=True, help=say("季度，北京时间", "The quarter, in China's time.")
)
reports_option = click.option(
    "-o",
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help=say("输出目录；缺省为工作区的 reports/节点/季度", "Folder; reports/NODE/QUARTER of the workspace by default."),
)
