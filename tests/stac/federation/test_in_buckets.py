"""A province in one bucket and its city in another: the same harvest, conditions and all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from federation_kit import CITY, NOW, PROVINCE, Tree, nowhere
from localstack_kit import LocalStack

from tianlake.lake import keys
from tianlake.lake.derived import Desk, refresh
from tianlake.lake.store import media_type_of
from tianlake.lake.store.s3 import S3Store
from tianlake.stac.federation import Household, Upward, federate
from tianlake.stac.federation.compare import Same
from tianlake.stac.federation.records import read_harvest
from tianlake.stac.federation.sources import StoreSource


def in_bucket(localstack: LocalStack, root: Path) -> S3Store:
    """Return a bucket with the objects of a folder, below a prefix."""
    store = S3Store(localstack.make_bucket(), root.name, localstack.settings, localstack.session)
    for path in sorted(root.rglob("*")):
        key = path.relative_to(root).as_posix()
        if path.is_file() and not key.startswith(".tmp/"):
            store.put(key, path.read_bytes(), media_type=media_type_of(key))
    return store


def test_a_city_in_a_bucket_is_taken_into_its_provinces_bucket(localstack: LocalStack, pristine: Tree) -> None:
    province, city = (in_bucket(localstack, member.root) for member in (pristine.province, pristine.city))
    house = Household(
        PROVINCE, province, (pristine.province.children[CITY],), lambda _place: StoreSource(city), nowhere
    )
    report = federate(house, NOW)
    assert report.moved
    desk: Desk = replace(pristine.province.desk, store=province, federation=Upward(province, pristine.province.seed))
    refresh(desk)
    found = [info.key for info in province.list(f"{keys.FEDERATION}{CITY}/")]
    assert f"federation/{CITY}/counties/collection.json" in found
    again = federate(house, NOW + 60)
    assert (again.moved, again.outcomes) == (False, (Same(CITY),))
    city.delete(keys.OFFER)
    federate(house, NOW + 120)
    child = read_harvest(province)[0].find(CITY)
    assert child is not None
    assert (child.state, child.collections) == ("stale", 2)
