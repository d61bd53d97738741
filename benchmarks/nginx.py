"""What nginx gains in front of a gateway, and what asking the gateway about each request costs it.

    python benchmarks/nginx.py [--seconds 30] [--rounds 5]

wrk asks for ranges of 16 kB at random places of an open archive of 64 MiB, over 64 connections: of a gateway of one
worker, of nginx with the delivered configuration in front of it (slices kept, the gateway's word kept for a second),
and of nginx with the plain file, by turns. Medians of the ratios count, absolute figures illustrate.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import wrk
from gateway import PATH, SIZE, machine

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/_kit"))

from gateway_kit import CARD, NODE, RELEASE_1, generous, pointer, quotas, release
from issue_kit import secret_of
from nginx_kit import nginx, started
from server_kit import free_port, running, write

_PLAIN = """
server {{
    listen 127.0.0.1:{port};
    access_log off;
    root {root};
    location = /healthz {{ return 200; }}
}}
"""


@contextmanager
def bench() -> Iterator[tuple[Path, dict[str, str]]]:
    """Make the lake and serve it in three ways; give a folder for scripts, and the URL of each."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        base = Path(name)
        body = os.urandom(SIZE)
        lake = release(RELEASE_1, {"places.pmtiles": body}, card=CARD) | pointer(RELEASE_1)
        write(base / "lake" / NODE, lake | quotas(generous("anonymous")))
        write(base / "plain", {PATH.removeprefix("/"): body})
        server = stack.enter_context(running(base, [NODE], trust_forwarded=True))
        front = stack.enter_context(nginx(secret_of(base), server.port, base / "nginx", workers=1))
        port, folder = free_port(), base / "static"
        folder.mkdir()
        plain = _PLAIN.format(port=port, root=base / "plain")
        stack.enter_context(started(plain, folder, f"http://127.0.0.1:{port}/healthz", workers=1))
        urls = {
            "gateway": server.url,
            "nginx and gateway": f"http://127.0.0.1:{front.port}",
            "nginx, plain file": f"http://127.0.0.1:{port}",
        }
        yield base, urls


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=30, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    for name, value in machine().items():
        print(f"{name:12} {value}")
    load = wrk.Load(PATH, SIZE // 16_384)
    with bench() as (folder, urls):
        seen: dict[str, list[wrk.Measured]] = {name: [] for name in urls}
        for turn in range(given.rounds + 1):
            for name, url in urls.items():
                found = wrk.run(load, url, given.seconds, folder)
                if turn:  # the first round warms all three
                    seen[name].append(found)
    print(f"\n16 kB ranges, 64 connections, {given.rounds} rounds of {given.seconds} s, medians")
    for name, each in seen.items():
        rate, p99 = median(one.rate for one in each), median(one.p99 for one in each) / 1000
        refused = sum(one.refused + one.broken for one in each)
        print(f"{name:18} {rate:8.0f} /s   p99 {p99:7.1f} ms   {refused} refused or broken")
    for name in ("gateway", "nginx, plain file"):
        pairs = zip(seen["nginx and gateway"], seen[name], strict=True)
        print(f"nginx and gateway to {name:18} {median(one.rate / other.rate for one, other in pairs):8.3f} x")


if __name__ == "__main__":
    main()
