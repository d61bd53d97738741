"""A node, and its bucket laid out by publishing itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gate_kit import Open
from trail_kit import Notes

from tianlake.lake.derived import Desk
from tianlake.lake.nodes import NodeCard, NodeLink, NodeName, NodeSettings, Organisation
from tianlake.lake.publishing import publish, seal
from tianlake.lake.recipes import Producer
from tianlake.lake.releases import Asset, Candidate
from tianlake.lake.store import DirectoryStore
from tianlake.stac import StacDescriber

OPERATOR = Organisation("河北省自然资源档案馆", "https://example.org/hebei", "hebei@example.org", "+86 311 5555 0100")
NODE = NodeCard(
    NodeName("156130000", "provincial", "河北省", "河北省地理信息公共服务平台", "天地图·河北", "156000000"),
    NodeSettings(
        "156130000", OPERATOR, Organisation("河北省自然资源厅"), notice="演示数据 Demo", basemap="156000000/basemap"
    ),
    parent=NodeLink("156000000", "国家地理信息公共服务平台", "天地图", "../156000000/"),
    children=(NodeLink("156131000", "廊坊市地理信息公共服务平台", "天地图·廊坊", "https://example.org/langfang/"),),
    basemap="../156000000/tiles/basemap/style.json",
)
OWN = Producer(OPERATOR.name, OPERATOR.url)


@dataclass(frozen=True)
class Assets:
    """Built files by product, and the folders they lie in."""

    home: Path
    counties: tuple[Asset, ...]
    climate: tuple[Asset, ...]
    scenes: tuple[Asset, ...]


def desk(root: Path, node: NodeCard = NODE) -> Desk:
    """Return the desk of a node whose bucket is a folder."""
    return Desk(node, DirectoryStore(root), StacDescriber(), Notes(), Open(), {})


def send(at: Desk, candidate: Candidate, assets: Assets) -> str:
    """Publish a candidate; return its release."""
    release = seal(candidate, assets.home / candidate.card.id, at.node, at.describer)
    publish(at, release)
    return release.manifest.release
