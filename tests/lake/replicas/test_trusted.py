"""A copy is served where its node signed what it says of itself, and while its filing is good."""

import json

import pytest
from copies_kit import FILING, NOON, SEED
from trail_kit import seed_of

from tianlake.lake.errors import LakeError
from tianlake.lake.replicas.look import DAY_S, trusted_claim
from tianlake.lake.signed import public_key

ID = FILING.id


def test_a_copy_is_trusted_until_its_filing_ends_and_by_the_key_of_its_node(stores, sent):
    del sent
    _lake, copy = stores
    assert trusted_claim(copy, NOON, public_key(SEED)).replica == ID
    assert trusted_claim(copy, NOON + 364 * DAY_S).expires == FILING.expires
    for now, key, rule in (
        (NOON + 366 * DAY_S, None, f"{FILING.expires}: the filing has expired; it is not served"),
        (NOON, public_key(seed_of("somebody")), "not signed by the node"),
    ):
        with pytest.raises(LakeError, match=rule):
            trusted_claim(copy, now, key)
    claim = json.loads(copy.get("replica.json")[1])
    for changed in ({"expires": "2099-01-01"}, {"key": public_key(seed_of("somebody"))}):
        copy.put("replica.json", json.dumps(claim | changed).encode(), media_type="application/json")
        with pytest.raises(LakeError, match=r"is not the file that was sent|not signed by the node"):
            trusted_claim(copy, NOON)
    copy.delete("SHA256SUMS.sig")
    with pytest.raises(LakeError, match="the list of files is missing"):
        trusted_claim(copy, NOON)
