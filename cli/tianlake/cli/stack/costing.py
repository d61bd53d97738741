"""What a node costs a month, from its traffic and its volume: pure arithmetic over a dated list of prices."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Final

from tianlake.lake.errors import LakeError
from tianlake.lake.records import STRICT, read_record
from tianlake.lake.words import Text

MILLION: Final = 1e6
GB: Final = 1e9
"""AWS bills transfer and storage in GB; its storage GB is 2^30 bytes, 7 % more: the estimate is that much too high."""

HOURS: Final = 730.0
"""Of a month, as AWS's calculator has it."""

PROTOMAPS_MILLION: Final = 1.70
"""US dollars for a million tiles before egress when half of them come from the cache, in the model of Protomaps."""

PROTOMAPS_HITS: Final = 0.5

_EDGE_GB_SECONDS: Final = 0.125 * 0.005
"""Of one request at the edge: 128 MB for 5 ms, its target in the 99th of a hundred."""

_SEARCH_GB_SECONDS: Final = 1.73 * 0.2
"""Of one search: 1769 MB for 200 ms."""

_READS_PER_SEARCH: Final = 20
"""Ranges of files that a search reads when its caches are cold."""

_WRITES: Final = {"edge": 0.07, "gateway": 0.02}
"""Writes to the table of accounts for a request that is admitted there: of a country's day (docs/benchmarks.md)."""

_READS: Final = {"edge": 0.51, "gateway": 0.22}
"""Units read of the tables of accounts: two for each look-up of a key and its account, one for each write."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Of one region; see the file for sources."""

    storage_gb_month: float
    get_million: float
    put_million: float
    cdn_gb: float
    cdn_million: float
    edge_million: float
    edge_gb_second: float
    function_million: float
    function_gb_second: float
    api_million: float
    write_million: float
    read_million: float
    waf_million: float
    waf_month: float
    gateway_hour: float
    keys_month: float

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse a price below zero."""
        for name in Prices.__dataclass_fields__:
            if getattr(self, name) < 0:
                msg = f"{name} must not be below 0"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class PriceList:
    """A dated list."""

    version: str
    currency: str
    regions: Mapping[str, Prices]
    sources: Mapping[str, str]
    confirmed: str = ""

    __pydantic_config__ = STRICT

    def of(self, region: str) -> Prices:
        """Return a region's prices; raises `LakeError` where the list has none."""
        if region not in self.regions:
            known = ", ".join(sorted(self.regions))
            china = "China's regions have lists of their own, in yuan, which nobody wrote down here; "
            rule = f"is missing; {china if region.startswith('cn-') else ''}there are {known}; see --prices FILE"
            raise LakeError(f"prices {self.version}: regions.{region}: {rule}")
        return self.regions[region]


@dataclass(frozen=True, slots=True)
class Use:
    """A month of a node."""

    stored_gb: float
    """Of all its objects, GB (10^9 bytes)."""
    tiles: float
    """Requests for tiles, or for ranges of archives."""
    tile_kb: float = 20.0
    """Bytes of an answer to one, kB (10^3 bytes)."""
    searches: float = 0.0
    """Requests to functions: searches, SQL, STAC, accounts."""
    download_gb: float = 0.0
    """Of whole files."""
    hits: float = 0.9
    """Share of tiles that the CDN answers itself, 0 to 1."""
    copies: int = 1
    """Whole copies in other regions."""
    gateways: int = 1
    """Tasks of the gateway, 1 vCPU and 2 GB, that cut tiles out of archives."""
    edge: bool = True
    """Whether a function admits each request before the CDN answers it (`node.edge` of the stack)."""
    firewall: bool = True
    """Whether each request passes a firewall before the CDN: the modules make one, models of others have none."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the estimate."""

    name: str
    what: Text
    quantity: float
    unit: str
    price: float
    """Of one unit."""

    @property
    def cost(self) -> float:
        """Of the month."""
        return self.quantity * self.price


def read_prices(file: Path | None = None) -> PriceList:
    """Return a list of prices, the newest that is shipped where no file is named.

    Raises:
        LakeError: The file is no such list.
    """
    shipped = files("tianlake.cli.stack.prices")
    if file is None:
        name = max(each.name for each in shipped.iterdir() if each.name.endswith(".toml"))
        text = (shipped / name).read_text("utf-8")
    else:
        name, text = str(file), file.read_text("utf-8")
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LakeError(f"{name}: is no TOML: {error}") from None
    return read_record(PriceList, found, file=name)


def estimate(use: Use, prices: Prices) -> list[Item]:
    """Return what a month costs, by line."""
    moved = use.tiles * use.tile_kb * 1e3 / GB + use.download_gb
    lasting = [
        Item("storage", Text("存储", "stored"), use.stored_gb, "GB", prices.storage_gb_month),
        Item("copies", Text("异地副本", "copies elsewhere"), use.stored_gb * use.copies, "GB", prices.storage_gb_month),
        Item("gateway", Text("网关", "gateways"), use.gateways * HOURS, "h", prices.gateway_hour),
        Item("waf", Text("防火墙规则", "firewall rules"), int(use.firewall), "month", prices.waf_month),
        Item("keys", Text("密钥", "keys of encryption"), 1, "month", prices.keys_month),
    ]
    egress = Item("egress", Text("流出", "egress"), moved, "GB", prices.cdn_gb)
    return [*lasting, *_tiles(use, prices), *_searches(use, prices), egress]


def per_million_tiles(prices: Prices, hits: float, *, edge: bool = True, firewall: bool = True) -> float:
    """Return what a million tiles cost before egress, without what lasts whether or not anybody comes."""
    use = Use(stored_gb=0, tiles=MILLION, hits=hits, edge=edge, firewall=firewall)
    return sum(each.cost for each in _tiles(use, prices))


@dataclass(frozen=True, slots=True)
class Setting:
    """A way to set up a stack, and what a million tiles cost with it before egress."""

    edge: bool
    firewall: bool
    million: float
    """At `PROTOMAPS_HITS`."""
    enough_hits: float | None
    """Share of hits from which on it is no dearer than the model of Protomaps is at half; None where it never is."""


def settings(prices: Prices, currency: str) -> list[Setting]:
    """Return every way to set up a stack, the dearest first; compared with the model where prices are in dollars."""
    found = [_setting(prices, edge=edge, firewall=firewall) for edge in (True, False) for firewall in (True, False)]
    told = found if currency == "USD" else [replace(each, enough_hits=None) for each in found]
    return sorted(told, key=lambda each: -each.million)


def _setting(prices: Prices, *, edge: bool, firewall: bool) -> Setting:
    none, all_ = (per_million_tiles(prices, hits, edge=edge, firewall=firewall) for hits in (0.0, 1.0))
    # What a request costs falls evenly with the share of hits.
    enough = (none - PROTOMAPS_MILLION) / (none - all_) if none > all_ else 0.0
    million = none + (all_ - none) * PROTOMAPS_HITS
    return Setting(edge, firewall, million, max(0.0, enough) if all_ <= PROTOMAPS_MILLION else None)


def compared(use: Use, prices: Prices, currency: str) -> dict[str, float | None]:
    """Return the same million tiles here and in the model of Protomaps, and here with the node's own share of hits.

    The model is in US dollars: beside prices in another currency it is None.
    """
    million = replace(use, tiles=MILLION)
    here, own = (
        sum(each.cost for each in _tiles(replace(million, hits=hits), prices)) for hits in (PROTOMAPS_HITS, use.hits)
    )
    model = PROTOMAPS_MILLION if currency == "USD" else None
    return {"protomaps": model, "here": here, "here_with_own_hits": own, "hits": PROTOMAPS_HITS}


def _tiles(use: Use, prices: Prices) -> list[Item]:
    million, missed = use.tiles / MILLION, use.tiles / MILLION * (1 - use.hits)
    at_edge = million if use.edge else 0.0
    walled = million if use.firewall else 0.0
    busy = at_edge * MILLION * _EDGE_GB_SECONDS
    door = "edge" if use.edge else "gateway"
    counted = million if use.edge else missed  # the gateway sees what the CDN has not
    return [
        Item("cdn", Text("CDN 请求", "requests at the CDN"), million, "million", prices.cdn_million),
        Item("edge", Text("边缘函数", "functions at the edge"), at_edge, "million", prices.edge_million),
        Item("edge-time", Text("边缘函数时长", "time at the edge"), busy, "GB-s", prices.edge_gb_second),
        Item("firewall", Text("防火墙请求", "requests at the firewall"), walled, "million", prices.waf_million),
        Item("reads", Text("回源读取", "reads of objects"), missed, "million", prices.get_million),
        Item("leases", Text("配额记账", "leases of quotas"), counted * _WRITES[door], "million", prices.write_million),
        Item("look-ups", Text("账户读取", "reads of accounts"), counted * _READS[door], "million", prices.read_million),
    ]


def _searches(use: Use, prices: Prices) -> list[Item]:
    million, busy = use.searches / MILLION, use.searches * _SEARCH_GB_SECONDS
    door = per_million_tiles(prices, 1.0, edge=use.edge, firewall=use.firewall)
    reads = million * _READS_PER_SEARCH
    return [
        Item("api", Text("API 请求", "requests at the API"), million, "million", prices.api_million),
        Item("functions", Text("函数", "functions"), million, "million", prices.function_million),
        Item("function-time", Text("函数时长", "time of functions"), busy, "GB-s", prices.function_gb_second),
        Item("search-reads", Text("检索读取", "reads of searches"), reads, "million", prices.get_million),
        Item("door", Text("检索准入", "admission of searches"), million, "million", door),
    ]
