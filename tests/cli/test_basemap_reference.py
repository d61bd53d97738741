"""A node names the base map of another: what is published of it, and how a wrong name is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tianlake.cli.session import Session
from tianlake.lake.errors import LakeError
from tianlake.lake.nodes import basemap_product

NATION, HEBEI = "156000000", "156130000"
SIBLINGS, APART = "file:lake", "s3://tianlake-{code}"
ELSEWHERE = "https://maps.example.org/styles/quiet.json?v=2"


def workspace(root: Path, basemap: str | None, *, lake: str = SIBLINGS, url: str | None = None) -> Session:
    """Return a workspace of two nodes: Hebei names `basemap`, the nation has the products `basemap` and `seats`."""
    (root / "tianlake.toml").write_text(f'[lake]\nurl = "{lake}"\n')
    for code, more in (
        (NATION, f'url = "{url}"\n' if url else ""),
        (HEBEI, f'basemap = "{basemap}"\n' if basemap else ""),
    ):
        folder = root / "nodes" / code
        (folder / "products").mkdir(parents=True)
        text = f'code = "{code}"\n{more}[operator]\nname = "a"\n[authority]\nname = "b"\n'
        (folder / "node.toml").write_text(text, "utf-8")
    for name in ("basemap", "seats"):
        (root / "nodes" / NATION / "products" / f"{name}.toml").write_text("")
    (root / "nodes" / HEBEI / "products/own.toml").write_text("")
    return Session(root)


@pytest.mark.parametrize(
    ("basemap", "given", "address"),
    [
        (None, {}, None),
        ("156000000/basemap", {}, "../156000000/tiles/basemap/style.json"),
        ("156000000/basemap", {"url": "https://a.example"}, "../156000000/tiles/basemap/style.json"),
        ("156000000/basemap", {"lake": "s3://one/nodes/{code}"}, "../156000000/tiles/basemap/style.json"),
        (
            "156000000/basemap",
            {"lake": APART, "url": "https://a.example/n"},
            "https://a.example/n/tiles/basemap/style.json",
        ),
        ("156130000/own", {}, "./tiles/own/style.json"),
        ("156130000/own", {"lake": APART}, "./tiles/own/style.json"),
        (ELSEWHERE, {}, ELSEWHERE),
        (ELSEWHERE, {"lake": APART}, ELSEWHERE),
    ],
)
def test_the_address_of_the_style_is_relative_where_nodes_lie_side_by_side(tmp_path, basemap, given, address):
    card = workspace(tmp_path, basemap, **given).card(HEBEI)
    assert (card.settings.basemap, card.basemap) == (basemap, address)


@pytest.mark.parametrize(
    ("basemap", "given", "said"),
    [
        ("156320000/basemap", {}, "node 156320000 is not in this workspace; name its style by its https URL instead"),
        ("156000000/ground", {}, "node 156000000 has no product 'ground'; it has: basemap, seats"),
        ("156000000/basemap", {"lake": APART}, "nobody knows where node 156000000 is served; give its node.toml a url"),
        ("basemap", {}, "a base map is NODE-CODE/PRODUCT-ID, or the https URL of a MapLibre style; got 'basemap'"),
        ("156000000/Base Map", {}, "a base map is"),
        ("156000000/../secret", {}, "a base map is"),
        ("http://maps.example.org/style.json", {}, "a base map is"),
        ("https://maps.example.org", {}, "a base map is"),
        ("https://maps.example.org/<script>", {}, "a base map is"),
        ("javascript:alert(1)", {}, "a base map is"),
    ],
)
def test_a_base_map_that_cannot_be_is_told_in_one_line(tmp_path, basemap, given, said):
    with pytest.raises(LakeError) as caught:
        workspace(tmp_path, basemap, **given).card(HEBEI)
    message = str(caught.value)
    assert message.startswith("nodes/156130000/node.toml: basemap: ")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("basemap", "named"),
    [("156000000/basemap", (NATION, "basemap")), (ELSEWHERE, None), (None, None), (7, None), ("a/b", None)],
)
def test_a_reference_by_node_names_code_and_product(basemap, named):
    assert basemap_product(basemap) == named
