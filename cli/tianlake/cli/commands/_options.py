"""Options that several commands share."""

from __future__ import annotations

import click

from tianlake.cli.words import say

as_json = click.option(
    "--json", "as_json", is_flag=True, help=say("在标准输出上输出一个 JSON 文档", "Print one JSON document on stdout.")
)
node_option = click.option("--node", metavar="CODE", help=say("只处理此节点", "Only this node."))
product_option = click.option("--product", metavar="ID", help=say("只处理此产品", "Only this product."))
