"""Access logs of CloudFront, in files as AWS documents them ("Standard logging reference")."""

from __future__ import annotations

import gzip
import json

import pyarrow.parquet as pq
import pytest

from tianlake.functions.edge_files import Taker, collect
from tianlake.functions.edge_logs import rows_of
from tianlake.lake.errors import LakeError
from tianlake.lake.store import DirectoryStore

NATION, HEBEI = "156000000", "156130000"
CODES = frozenset({NATION, HEBEI})
KEY = "0123456789abcdef" * 2

# The 33 columns of a legacy file, in the order of the guide.
COLUMNS = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
    "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
    "sc-range-start sc-range-end"
)


def line(stem: str, status: int | str, result: str, client: str = "203.0.113.77") -> str:
    values = [
        *("2026-11-20", "12:00:01", "PEK50-C1", "2390", client, "GET", "d111111abcdef8.cloudfront.net", stem, status),
        *(
            "-",
            "Mozilla/4.0%20(compatible)",
            f"tk={KEY}",
            "-",
            result,
            "SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==",
        ),
        *("tiles.example.cn", "https", "23", "0.001", "-", "TLSv1.3", "TLS_AES_128_GCM_SHA256", result, "HTTP/2.0"),
        *("-", "-", "11040", "0.001", result, "application/x-protobuf", "78", "-", "-"),
    ]
    assert len(values) == len(COLUMNS.split())
    return "\t".join(map(str, values))


LEGACY = gzip.compress(
    "\n".join(
        [
            "#Version: 1.0",
            f"#Fields: {COLUMNS}",
            line("/tiles/places/0/0/0.mvt", 200, "Hit"),
            line(f"/{HEBEI}/data/roads/roads.parquet", 206, "Miss", "2001:db8:abcd:12ff::1"),
            line("/private/keys.snapshot", 404, "Error"),
            "",
        ]
    ).encode(),
    mtime=0,
)
# Of v2 as infra/modules/cdn asks for it: JSON, a chosen list of fields, no query.
JSON_LINES = "\n".join(
    json.dumps(
        {
            "date": "2026-11-20",
            "time": "23:59:59",
            "sc-bytes": "512",
            "c-ip": "203.0.113.99",
            "cs-method": "GET",
            "cs-uri-stem": "/tiles/places/1/0/0.mvt",
            "sc-status": "200",
            "x-edge-result-type": result,
            "time-taken": "0.250",
        }
    )
    for result in ("RefreshHit", "Miss")
).encode()


def test_a_legacy_file_tells_node_product_kind_status_and_cache():
    found = list(rows_of(LEGACY, name="x.gz", codes=CODES, root=NATION))
    assert [(row.node, row.product, row.kind, row.status, row.cache, row.bytes, row.ms) for row in found] == [
        (NATION, "places", "tile", 200, "hit", 2390, 1.0),
        (HEBEI, "roads", "data", 206, "miss", 2390, 1.0),
        (NATION, "", "other", 404, "none", 2390, 1.0),
    ]
    assert {row.time for row in found} == {1795176001.0}  # date -u -d '2026-11-20 12:00:01' +%s
    assert {row.account + row.key for row in found} == {""}


def test_a_viewer_that_went_away_was_not_answered():
    [row] = rows_of(
        f"#Fields: {COLUMNS}\n{line('/a.json', '000', 'Error')}\n".encode(), name="x", codes=CODES, root=NATION
    )
    assert row.status == 499


def test_lines_of_json_are_read_and_those_that_cannot_be_are_counted(caplog):
    body = JSON_LINES + b"\n{broken\n" + b'{"date": "2026-11-20"}\n'
    found = list(rows_of(body, name="v2", codes=CODES, root=NATION))
    assert [(row.product, row.cache, row.ms, row.bytes) for row in found] == [
        ("places", "hit", 250.0, 512),
        ("places", "miss", 250.0, 512),
    ]
    assert "v2: 2 lines cannot be read" in caplog.text


@pytest.mark.parametrize(
    "body",
    [b"hello\n", LEGACY[:40], b"\xff\xfe", b"#Fields: date time\na\tb\n"],
    ids=["text", "a cut gzip", "no UTF-8", "other fields"],
)
def test_another_file_is_refused(body):
    with pytest.raises(LakeError, match=r"^some.gz: is no access log of CloudFront"):
        list(rows_of(body, name="some.gz", codes=CODES, root=NATION))


def test_files_go_to_the_logs_of_their_nodes_once_without_keys_and_addresses(tmp_path):
    place = tmp_path / "logs" / "E2EXAMPLE"
    place.mkdir(parents=True)
    (place / "E2EXAMPLE.2026-11-20-12.abcd1234.gz").write_bytes(LEGACY)
    (place / "E2EXAMPLE.2026-11-20-23.abcd5678.gz").write_bytes(gzip.compress(JSON_LINES))
    nodes = {code: Taker(DirectoryStore(tmp_path / code)) for code in CODES}
    assert collect("logs", None, tmp_path, nodes=nodes, root=NATION) == 5
    assert collect("logs", None, tmp_path, nodes=nodes, root=NATION) == 0
    found = {}
    for code in CODES:
        files = sorted((tmp_path / code).rglob("*.parquet"))
        found[code] = [row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()]
        for file in files:
            for secret in (KEY, "203.0.113", "2001:db8", "tk="):
                assert secret.encode() not in file.read_bytes()
    assert {code: len(rows) for code, rows in found.items()} == {NATION: 4, HEBEI: 1}
    assert len({row["client"] for row in found[NATION]}) == 1  # .77 and .99 are of one /24
    assert {row["source"] for row in found[NATION]} == {"edge"}


def test_a_place_without_files_is_no_success(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(LakeError, match="empty: holds no log files"):
        collect("empty", None, tmp_path, nodes={NATION: Taker(DirectoryStore(tmp_path / "n"))}, root=NATION)
