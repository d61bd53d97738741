"""Backups as a proof reads them: every object of every snapshot, opened, and whatever else lies there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tianlake.lake.backup.place import CLAIM, SEALED, SNAPSHOTS, content_key, is_piece
from tianlake.lake.backup.series import Series
from tianlake.lake.backup.snapshot import Object
from tianlake.lake.cases.places import Item, stored_item
from tianlake.lake.errors import LakeError


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """The backups of a node at one place."""

    label: str
    series: Series

    def items(self) -> Iterator[Item]:
        """Yield each content once, under the first key that a snapshot has it by; then what no snapshot names.

        Raises:
            LakeError: A snapshot cannot be read, or the operator's key is not here: nobody can say what is sealed.
        """
        place = self.series.place
        if self.series.secret is None and self.series.names():
            rule = "what is private is sealed, and the operator's key is not here: restore it to signing/"
            raise LakeError(f"{place.url}: {rule}", zh=f"{place.url}：私有部分已加密，需操作者密钥")
        seen: set[str] = set()
        for snapshot in self.series.all():
            for each in snapshot.objects:
                lies = set(each.pieces) or {content_key(each.sha256)}
                if not lies <= seen:
                    seen |= lies
                    yield Item(f"{snapshot.head.at} {each.key}", self._saved(each))
        for info in place.store.list():
            if info.key not in seen and not info.key.startswith(SNAPSHOTS) and info.key != CLAIM:
                yield self._piece(info.key) if is_piece(info.key) else stored_item(place.store, info)
        for remain in place.remains.list():
            name = f"{remain.key} version {remain.version}"
            if remain.key.startswith(SEALED):
                raise LakeError(f"{place.url}: {name}: is sealed; delete what the store keeps of older versions")
            yield Item(name, lambda _, remain=remain: place.remains.read(remain))  # type: ignore[misc]

    def _saved(self, wanted: Object) -> Callable[[Path], bytes | Path]:
        def read(scratch: Path) -> Path:
            target = scratch / "saved"
            with self.series.place.read(wanted, self.series.secret) as body:
                target.write_bytes(body if isinstance(body, bytes) else body.read_bytes())
            return target

        return read

    def _piece(self, key: str) -> Item:
        secret = self.series.secret or b""
        return Item(key, lambda _: self.series.place.open_piece(key, secret))
