"""The layout of a node's bucket: the only module that joins object keys. Normative page: docs/layout.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from tianlake.lake.errors import LakeError
from tianlake.lake.plain import RELEASE_ID

NODE: Final = "node.json"
CATALOG: Final = "catalog.json"
LAKE_SQL: Final = "lake.sql"
LAKE_DUCKDB: Final = "lake.duckdb"
DCAT: Final = "dcat.jsonld"
"""The catalog in DCAT-AP, as JSON-LD."""
SITEMAP: Final = "sitemap.xml"
ROBOTS: Final = "robots.txt"
FEED_JSON: Final = "feed.json"
FEED_ATOM: Final = "feed.atom"
ITEMS: Final = "index/items.parquet"
QUOTAS: Final = "quotas.json"
TERMS: Final = "terms.json"
TILE_MATRIX_SETS: Final = "tms/"
PORTAL: Final = "portal/"
PRIVATE: Final = "private/"
KEYS_SNAPSHOT: Final = "private/keys.snapshot"
"""Keys that another node issued, signed by it; installed by `tianlake keys sync`."""
BUILD: Final = "private/build/"
"""Parts of builds on a cluster, and what they are made of: gone once a build is done."""
AUDIT: Final = "private/audit/"
"""The trail of all acts: one signed entry an object, never replaced."""
AUDIT_HINT: Final = "private/audit/end.json"
AUDIT_PENDING: Final = "private/audit/pending/"
"""Acts of servers that have no key of the node, until they are sealed into the trail."""
AUDIT_ANCHORS: Final = "audit.json"
"""Public: how the trail ended, day by day."""
REVIEWS: Final = "private/reviews/"
REPORTS: Final = "reports/"
"""Below a release's review: what checks found."""
CASES: Final = "private/cases/"
CASES_FILED: Final = "private/cases/filed/"
"""What the public form took in and no officer has opened yet."""
CASES_BOX: Final = "private/cases/box.json"
"""The public key that the form seals letters for; without it the form is closed."""
INCIDENTS: Final = "private/incidents/"
NOTICES: Final = "incidents.json"
"""Public: what the node tells of its incidents, those that an officer published alone."""
REPLICAS: Final = "private/replicas/"
BACKUPS: Final = "private/backups/"
"""What backups, drills and restores came to."""
PATROLS: Final = "private/patrols/"
"""What was found when objects were held to their hashes."""
COPY: Final = "replica.json"
"""What a copy says of itself at its holder: it marks the place as that copy's."""
COPY_README: Final = "README.md"
COPY_SUMS: Final = "SHA256SUMS"
"""Every other file of a copy as `sha256sum -c` reads it, and the signature of that list."""
COPY_SIGNATURE: Final = "SHA256SUMS.sig"
COPY_KEY: Final = "node.pem"
LOGS: Final = "private/logs/"
"""The access log, a folder for each day of UTC, and the secrets that names in it were made with."""
LOG_SECRETS: Final = "private/logs/secrets/"
QUARTERLY: Final = "reports/"
"""Reports of the node, a folder for each quarter: public."""
REPORT_SIGNED: Final = "report.txt"
"""Of a quarter: what others read, signed by the node. Beside it lie the same as JSON, as a page and as PDF."""
REPORT_PAGE: Final = "report.html"
EVALUATION_SIGNED: Final = "evaluation.txt"
"""Of a quarter: how the node ranked those right below it, signed. Beside it the same for people, and the scheme."""
EVALUATION_PAGE: Final = "evaluation.html"
APPROVAL: Final = "approval.json"
COLLECTIONS: Final = "collections/"
FEDERATION: Final = "federation/"
OFFER: Final = "federation/offer.txt"
"""What a node hands up the tree: signed, and the only document of it that its parent looks at each time."""
HARVEST: Final = "federation/harvest.json"
"""The pointer of what a node took from its children: replaced by one conditional write."""
DOWN: Final = "federation/down.txt"
"""What a node hands down the tree: a signed list."""
DOWN_FILES: Final = "federation/down/"
FOREIGN: Final = "federation/foreign.json"
"""The pointer of what a node took from foreign trees."""
FOREIGN_COPIES: Final = "federation/foreign/"
FOREIGN_TAKEN: Final = "federation/foreign-taken/"
INDEX: Final = "federation/index/"
TAKEN: Final = "federation/taken/"
ANCHORS: Final = "federation/anchors/"
"""How the trails of a node's children ended, as their offers told."""
COPIES: Final = "federation/copies/"
"""What is known of the copies of records of each child: which were written, from what, and who is writing."""
MERGED: Final = "federation/index.json"
"""Which files the merged index is, and what each was made from."""
REPLACED: Final = "replaced.json"
"""In a folder that nothing leads to any more: since when."""
RELEASES: Final = "releases/"
MANIFEST: Final = "manifest.json"
RELEASE: Final = "release.json"
STYLE: Final = "styles/default.json"
TOMBSTONE: Final = "withdrawn.json"

_STEP: Final = re.compile(
    rf"{AUDIT}\d{{7}}/\d{{10}}\.txt|{PRIVATE}(?:reviews|cases|replicas|incidents)/.+/\d{{4}}\.txt"
)


def matrix_set(name: str) -> str:
    """Return the key of a tile matrix set's document, by the OGC id of the set."""
    return f"{TILE_MATRIX_SETS}{name}.json"


def sitemap(number: int) -> str:
    """Return the key of one of several sitemaps, from 1: at the root, as one is for what lies below its folder."""
    return f"sitemap-{number}.xml"


def pointer(product: str) -> str:
    """Return the key of a product's pointer, its STAC Collection: replaced by one conditional write."""
    return f"{COLLECTIONS}{product}/collection.json"


def product_document(product: str, name: str) -> str:
    """Return the key of a document beside the pointer: `versions.json`, `README.md`, `AGENTS.md`."""
    return f"{COLLECTIONS}{product}/{name}"


def release_prefix(product: str, release: str | None = None) -> str:
    """Return the prefix of one release, or of all releases of a product."""
    return f"{RELEASES}{product}/" if release is None else f"{RELEASES}{product}/{release}/"


def release_file(product: str, release: str, name: str) -> str:
    """Return the key of one file of a release; `name` may hold `/` (items have folders of their own)."""
    return f"{release_prefix(product, release)}{name}"


def audit_entry(seq: int) -> str:
    """Return the key of an entry of the audit trail: keys sort as numbers do, a thousand to a folder."""
    return f"{AUDIT}{seq // 1000:07d}/{seq:010d}.txt"


def audit_pending(at: str, mark: str) -> str:
    """Return the key of an act that waits to be sealed: keys sort by time; `mark` is random."""
    return f"{AUDIT_PENDING}{compact(at)}-{mark}.json"


def review_step(product: str, release: str, seq: int) -> str:
    """Return the key of a signed step of a release's review; the first one is 1."""
    return f"{REVIEWS}{product}/{release}/{seq:04d}.txt"


def is_step(key: str) -> bool:
    """Say whether an object is a document of a chain, which is put once and never replaced."""
    return _STEP.fullmatch(key) is not None


def review_report(product: str, release: str, digest: str) -> str:
    """Return the key of a report of the checks of a release, by the SHA-256 of its bytes."""
    return f"{REVIEWS}{product}/{release}/{REPORTS}{digest}.json"


def reviews_of(product: str) -> str:
    """Return the prefix of the reviews of all releases of a product."""
    return f"{REVIEWS}{product}/"


def case_step(case: str, seq: int) -> str:
    """Return the key of a signed step of a case (article 18); the first one is 1."""
    return f"{CASES}{case}/{seq:04d}.txt"


def case_filed(case: str) -> str:
    """Return the key of what the public form took in."""
    return f"{CASES_FILED}{case}.bin"


def case_sealed(case: str, digest: str) -> str:
    """Return the key of a sealed part of a case, which lies under the beginning of its own SHA-256."""
    return f"{CASES}{case}/sealed/{digest[:16]}.bin"


def case_listing(case: str, digest: str) -> str:
    """Return the key of the list of what a proof read, which lies under the beginning of its own SHA-256."""
    return f"{CASES}{case}/proofs/{digest[:16]}.tsv"


def incident_step(incident: str, seq: int) -> str:
    """Return the key of a signed step of a security incident or risk report; the first one is 1."""
    return f"{INCIDENTS}{incident}/{seq:04d}.txt"


def replica_step(replica: str, seq: int) -> str:
    """Return the key of a signed step of a front-deployed copy (article 16); the first one is 1."""
    return f"{REPLICAS}{replica}/{seq:04d}.txt"


def replica_seen(replica: str) -> str:
    """Return the key of what the node remembers of the objects at a copy's holder: a hint that spares reading them."""
    return f"{REPLICAS}{replica}/seen.json"


def report_file(quarter: str, name: str) -> str:
    """Return the key of a file of the report, or of the evaluation, of a quarter, `2026Q4`."""
    return f"{QUARTERLY}{quarter}/{name}"


def log_part(day: date, name: str) -> str:
    """Return the key of a file of the access log of one day of UTC."""
    return f"{LOGS}date={day.isoformat()}/{name}"


def log_secret(month: str) -> str:
    """Return the key of the secret that names of a month, `YYYY-MM`, are made with in the access log."""
    return f"{LOG_SECRETS}{month}.key"


def backup_result(at: str) -> str:
    """Return the key of what a backup, drill or restore came to, by the time it ended: keys sort by time."""
    return f"{BACKUPS}{compact(at)}.json"


def patrol_result(at: str) -> str:
    """Return the key of what a patrol found, by the time it ended."""
    return f"{PATROLS}{compact(at)}.json"


def anchors_of(child: str) -> str:
    """Return the key of what a parent keeps of the ends of a child's trail."""
    return f"{ANCHORS}{child}.json"


def index_file(digest: str, name: str) -> str:
    """Return the key of a merged index, which lies under the beginning of its own SHA-256."""
    return f"{INDEX}{digest[:16]}/{name}"


def down_file(sha256: str, name: str) -> str:
    """Return the key of a document that is handed down, or was pinned: it lies under its own SHA-256."""
    return f"{DOWN_FILES}{sha256[:16]}/{name}"


def taken_prefix(child: str, snapshot: str | None = None) -> str:
    """Return the prefix of one snapshot of a child, or of all of them."""
    return f"{TAKEN}{child}/" if snapshot is None else f"{TAKEN}{child}/{snapshot}/"


def foreign_taken(name: str, snapshot: str) -> str:
    """Return the prefix of one snapshot of a foreign tree."""
    return f"{FOREIGN_TAKEN}{name}/{snapshot}/"


def foreign_copy(name: str, path: str) -> str:
    """Return the key of a document of the tree of records taken from a foreign tree."""
    return f"{FOREIGN_COPIES}{name}/{path}"


def copies(child: str) -> str:
    """Return the key of what is known of the copies of a child's records."""
    return f"{COPIES}{child}.json"


def replaced(folder: str) -> str:
    """Return the key of the mark of a folder that nothing leads to any more; `folder` has a final `/`."""
    return f"{folder}{REPLACED}"


def harvested(codes: Sequence[str], name: str) -> str:
    """Return the key of a document of the tree of records taken from below; `codes` lead down to their node."""
    return f"{FEDERATION}{'/'.join(codes)}/{name}"


def current_style(product: str) -> str:
    """Return where a server of a node has the style of a product's current release: an alias, no key."""
    return f"tiles/{product}/style.json"


def parse_release_file(key: str) -> tuple[str, str, str]:
    """Return `(product, release, name)` of a release file's key; the inverse of `release_file`.

    Raises:
        LakeError: The key is not that of a file in a release.
    """
    match key.split("/", 3):
        case ["releases", product, release, name] if name and RELEASE_ID.fullmatch(release):
            return product, release, name
        case _:
            raise LakeError(f"object key {key!r} is not releases/<product>/<release>/<file>")


def compact(at: str) -> str:
    """Return a time as keys have it: `20261128T013000Z`."""
    return at.replace(":", "").replace("-", "")
