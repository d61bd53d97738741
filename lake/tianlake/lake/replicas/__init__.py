"""Front-deployed copies (前置副本) of a node's products: filed, sent, looked through, taken back (article 16)."""

from tianlake.lake.replicas.filing import OFFLINE, Filing, Standing, Step
from tianlake.lake.replicas.look import RULES, Drift, Look, behind, look_through, note_look
from tianlake.lake.replicas.plan import Keeper
from tianlake.lake.replicas.push import file_copy, push, today
from tianlake.lake.replicas.recall import (
    KnownCopy,
    Opener,
    Recalled,
    known_copies,
    open_recalls,
    recall,
    revoke,
    take_back,
)
from tianlake.lake.replicas.register import Hand, Register

__all__ = [
    "OFFLINE",
    "RULES",
    "Drift",
    "Filing",
    "Hand",
    "Keeper",
    "KnownCopy",
    "Look",
    "Opener",
    "Recalled",
    "Register",
    "Standing",
    "Step",
    "behind",
    "file_copy",
    "known_copies",
    "look_through",
    "note_look",
    "open_recalls",
    "push",
    "recall",
    "revoke",
    "take_back",
    "today",
]
