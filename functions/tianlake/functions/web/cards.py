"""What nodes say of themselves, as they published it."""

from __future__ import annotations

import time
from typing import Final

from tianlake.functions.web.questions import Question
from tianlake.lake import keys
from tianlake.lake.nodes import NodeCard
from tianlake.lake.records import parse_record

_FRESH_S: Final = 10.0
"""How long what a node says of itself is not looked at again, seconds."""


class Cards:
    """Cards of nodes; one for all of them."""

    def __init__(self) -> None:
        """Know none yet."""
        self._known: dict[str, tuple[float, NodeCard]] = {}

    def of(self, question: Question) -> NodeCard:
        """Return the card of the node that is asked; raises what its store raises."""
        read, card = self._known.get(question.code, (0.0, None))
        now = time.monotonic()
        if card is not None and now - read < _FRESH_S:
            return card
        _info, body = question.releases.node(question.code).store.get(keys.NODE)
        card = parse_record(NodeCard, body, file=keys.NODE)
        self._known[question.code] = (now, card)
        return card
