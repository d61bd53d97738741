"""What was withdrawn is looked for though nobody asks, and though a node fails."""

from __future__ import annotations

from stac_api_kit import wait_until

from tianlake.functions.web.stac.watch import Watch
from tianlake.lake.errors import StoreError


def test_every_node_is_looked_at_again_and_again_until_it_is_closed() -> None:
    seen: list[str] = []

    def tidy(code: str) -> None:
        seen.append(code)
        if code == "a":
            raise StoreError("a: does not answer")

    watch = Watch(lambda: {"b", "a"}, tidy, every_s=0.01)
    wait_until(lambda: len(seen) >= 6)
    watch.close()
    assert seen[:4] == ["a", "b", "a", "b"]
    count = len(seen)
    assert not watch._thread.is_alive()
    assert len(seen) == count
