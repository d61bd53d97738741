"""`versions.json`: every release of a product with its checksums, in the form of portolan-cli (spec_version 1.0.0).

Source: https://github.com/portolan-sdi/portolan-cli, ADR-0005. Addresses are relative to the folder of
catalog.json. Beside Portolan's members an entry has `manifest`, and `withdrawn` where the release is gone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tianlake.lake import keys
from tianlake.lake.describe import History, Published, Tombstone
from tianlake.lake.releases import Candidate, Manifest, RasterFacts
from tianlake.stac.assets import scenes, tables
from tianlake.stac.fields import nodata_value
from tianlake.stac.profile import Json


def versions_document(history: History) -> Json:
    """Return the history of a product, oldest release first."""
    entries: list[Json] = [_gone(stone) for stone in history.withdrawn]
    before: Manifest | None = None
    for published in history.releases:
        entries.append(_entry(published, before))
        before = published.manifest
    return {
        "spec_version": "1.0.0",
        "current_version": history.current,
        "versions": sorted(entries, key=lambda entry: str(entry["version"])),
    }


def _entry(published: Published, before: Manifest | None) -> Json:
    manifest = published.manifest
    product = manifest.candidate.card.id
    known = {entry.path: entry.sha256 for entry in before.files} if before else {}
    files = {
        entry.path: {
            "sha256": entry.sha256,
            "size_bytes": entry.size,
            "href": keys.release_file(product, manifest.release, entry.path),
        }
        for entry in manifest.files
    }
    schema = _schema(manifest.candidate)
    return {
        "version": manifest.release,
        "created": manifest.candidate.built,
        "breaking": before is not None and _breaks(_schema(before.candidate), schema),
        "schema": schema,
        "assets": files,
        "changes": [entry.path for entry in manifest.files if known.get(entry.path) != entry.sha256],
        "manifest": {
            "sha256": published.manifest_sha256,
            "href": keys.release_file(product, manifest.release, keys.MANIFEST),
        },
    }


def _gone(stone: Tombstone) -> Json:
    created = datetime.strptime(stone.release.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return {
        "version": stone.release,
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "breaking": True,
        "message": stone.reason,
        "assets": {},
        "changes": [],
        "pruned": True,  # ADR-0005, "Version archival"
        "withdrawn": stone.withdrawn,
    }


def _schema(candidate: Candidate) -> Json:
    """Return the fingerprint by which a change of form is noticed (ADR-0005, "Schema Fingerprints")."""
    found = tables(candidate.assets)
    if found:
        facts = found[0][1]
        columns: list[Json] = [{"name": each.name, "type": each.type} for each in facts.columns]
        for column in columns:
            if column["name"] == facts.geometry_column:
                column |= {"geometry_type": "/".join(facts.geometry_types), "crs": facts.crs}
        return {"type": "geoparquet", "fingerprint": {"columns": columns}}
    rasters = [each.facts for each in scenes(candidate) if isinstance(each.facts, RasterFacts)]
    return {"type": "cog", "fingerprint": _grid(rasters[0]) if rasters else {}}


def _grid(facts: RasterFacts) -> Json:
    nodata = facts.bands[0].nodata
    return {
        "bands": [{"name": f"b{n}", "data_type": band.data_type} for n, band in enumerate(facts.bands, 1)],
        "crs": facts.crs,
        "nodata": None if nodata is None else nodata_value(nodata),
        "resolution": [abs(facts.transform[0]), abs(facts.transform[4])],
    }


def _breaks(old: Json, new: Json) -> bool:
    """Return whether a reader of the old form may fail on the new one: adding columns or bands does not break."""
    if old["type"] != new["type"]:
        return True
    was, now = old["fingerprint"], new["fingerprint"]
    parts = "columns" if old["type"] == "geoparquet" else "bands"
    if any(part not in now.get(parts, []) for part in was.get(parts, [])):
        return True
    return any(was[name] != now.get(name) for name in was if name != parts)
