"""Entries of terms that are kept from search to search."""

from __future__ import annotations

from tianlake.lake.search.kept import KeptEntries


def test_what_was_looked_up_is_known_and_that_a_file_lacks_a_term_too():
    kept = KeptEntries()
    kept.keep("a", {1: [10, 11], 2: ()})
    assert {key: list(entries) for key, entries in kept.known("a", (1, 2, 3)).items()} == {1: [10, 11], 2: []}
    assert kept.known("b", (1, 2)) == {}, "another file has terms of its own"


def test_what_was_used_last_is_kept():
    kept = KeptEntries(most=40)
    kept.keep("a", {1: range(10)})
    kept.keep("a", {2: range(10)})
    kept.known("a", (1,))
    kept.keep("a", {3: range(10)})
    assert set(kept.known("a", (1, 2, 3))) == {1, 3}


def test_a_term_with_more_entries_than_are_kept_leaves_nothing_behind():
    kept = KeptEntries(most=40)
    kept.keep("a", {1: range(100)})
    assert kept.known("a", (1,)) == {}
    kept.keep("a", {2: range(5)})
    assert list(kept.known("a", (2,))[2]) == list(range(5))
