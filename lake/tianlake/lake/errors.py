"""What may go wrong, by what a caller does about it."""

from __future__ import annotations

from collections.abc import Sequence


class LakeError(Exception):
    """Wrong input, or something refused. The message is one line: where, which rule, what to do.

    `zh` is the same line in Chinese, where somebody wrote it: what a reviewer or officer is refused.
    """

    def __init__(self, message: str, *, zh: str = "") -> None:
        super().__init__(message)
        self.zh = zh or message


class NotFoundError(LakeError):
    """The object, node, product or release asked for does not exist."""


class ConflictError(LakeError):
    """A condition on a write did not hold: somebody else wrote first, or the object already exists."""


class StoreError(LakeError):
    """The store or the network failed. Nothing was decided; the same call may be repeated."""


class ManyFaultsError(LakeError):
    """Several things are wrong, found in one pass; a person is told each on a line of its own."""

    def __init__(self, faults: Sequence[LakeError]) -> None:
        super().__init__("; ".join(str(each) for each in faults))
        self.faults = tuple(faults)


def fault(file: object, place: str, rule: str, *, zh: str = "") -> LakeError:
    """Return the one-line error for bad input: the file, the place in it, the rule and what to do.

    `zh` is the rule in Chinese, where somebody wrote it.
    """
    where, told = (f"{file}: {place}", f"{file}：{place}") if place else (f"{file}", f"{file}")
    return LakeError(f"{where}: {rule}", zh=f"{told}：{zh}" if zh else "")
