"""The tree against a slow one written straight from RFC 6962, section 2.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiyin.trail import tree
from huiyin.trail.tree import Place

sizes = st.integers(1, 130)


def slow_root(entries: Sequence[bytes]) -> bytes:
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + slow_root(entries[:k]) + slow_root(entries[k:])).digest()


def slow_path(index: int, entries: Sequence[bytes]) -> list[bytes]:
    if len(entries) == 1:
        return []
    k = 1
    while k * 2 < len(entries):
        k *= 2
    if index < k:
        return [*slow_path(index, entries[:k]), slow_root(entries[k:])]
    return [*slow_path(index - k, entries[k:]), slow_root(entries[:k])]


def slow_consistency(old: int, entries: Sequence[bytes], is_whole: bool = True) -> list[bytes]:
    if old == len(entries):
        return [] if is_whole else [slow_root(entries)]
    k = 1
    while k * 2 < len(entries):
        k *= 2
    if old <= k:
        return [*slow_consistency(old, entries[:k], is_whole), slow_root(entries[k:])]
    return [*slow_consistency(old - k, entries[k:], False), slow_root(entries[:k])]


def entries_of(size: int) -> list[bytes]:
    return [sha256(str(number).encode()).digest() for number in range(size)]


def stored(entries: Sequence[bytes]) -> dict[Place, bytes]:
    edge = tree.Edge(0, {})
    return dict(made for entry in entries for made in edge.add(tree.leaf_hash(entry)))


def reader(nodes: Mapping[Place, bytes]) -> tree.Read:
    return lambda places: {place: nodes[place] for place in places if place in nodes}


def test_the_known_root_of_rfc_6962_test_vectors() -> None:
    entries = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43", bytes(range(0x50, 0x58))]
    entries.append(bytes(range(0x60, 0x70)))
    assert tree.root(entries).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", range(70))
def test_the_root_equals_the_slow_one(size: int) -> None:
    entries = entries_of(size)
    assert tree.root(entries) == slow_root(entries) == tree.root_at(size, reader(stored(entries)))


@given(sizes, st.data())
@settings(max_examples=80, deadline=None)
def test_a_tree_that_grew_in_parts_is_the_same_tree(size: int, data: st.DataObject) -> None:
    entries = entries_of(size)
    cut = data.draw(st.integers(0, size))
    nodes = stored(entries[:cut])
    edge = tree.Edge(cut, nodes)
    for entry in entries[cut:]:
        nodes.update(edge.add(tree.leaf_hash(entry)))
    assert nodes == stored(entries)
    assert edge.root() == slow_root(entries)


@given(sizes, st.data())
@settings(max_examples=150, deadline=None)
def test_an_inclusion_proof_equals_the_slow_one_and_holds_for_its_leaf_alone(size: int, data: st.DataObject) -> None:
    entries = entries_of(size)
    index = data.draw(st.integers(0, size - 1))
    path = tree.inclusion_proof(index, size, reader(stored(entries)))
    assert path == slow_path(index, entries)
    root = slow_root(entries)
    leaf = tree.leaf_hash(entries[index])
    assert tree.is_included(leaf, index, size, path, root)
    other = data.draw(st.integers(0, size))
    if other != index:
        assert not tree.is_included(leaf, other, size, path, root)
    assert not tree.is_included(tree.leaf_hash(b"other"), index, size, path, root)
    assert not tree.is_included(leaf, index, size, [*path, bytes(32)], root)
    if path:
        assert not tree.is_included(leaf, index, size, path[:-1], root)


@given(sizes, st.data())
@settings(max_examples=150, deadline=None)
def test_a_consistency_proof_equals_the_slow_one_and_holds_for_these_two_trees_alone(
    new: int, data: st.DataObject
) -> None:
    entries = entries_of(new)
    old = data.draw(st.integers(1, new))
    path = tree.consistency_proof(old, new, reader(stored(entries)))
    assert path == slow_consistency(old, entries)
    old_root, new_root = slow_root(entries[:old]), slow_root(entries)
    assert tree.is_consistent(old, new, old_root, new_root, path)
    assert not tree.is_consistent(old, new, slow_root([*entries[: old - 1], b"other"]), new_root, path)
    assert not tree.is_consistent(old, new, old_root, sha256(b"other").digest(), path)
    assert not tree.is_consistent(old, new, old_root, new_root, [*path, bytes(32)])


@given(st.integers(0, 2**40), st.integers(1, 2**20))
def test_a_cover_is_gapless_aligned_and_short(low: int, length: int) -> None:
    at = low
    places = tree.cover(low, low + length)
    for level, index in places:
        assert index << level == at
        at += 1 << level
    assert at == low + length
    assert len(places) <= 2 * length.bit_length()


def test_a_missing_node_is_named() -> None:
    nodes = stored(entries_of(7))
    del nodes[Place(1, 2)]
    with pytest.raises(tree.Missing) as caught:
        tree.root_at(7, reader(nodes))
    assert caught.value.place == Place(1, 2)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_proof_of_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="is not in a tree"):
        tree.inclusion_proof(index, size, reader(stored(entries_of(size))))
    assert not tree.is_included(bytes(32), index, size, [], bytes(32))


def test_no_consistency_from_an_empty_or_larger_tree() -> None:
    for old, new in [(0, 3), (4, 3)]:
        with pytest.raises(ValueError, match="no proof"):
            tree.consistency_proof(old, new, reader({}))
        assert not tree.is_consistent(old, new, bytes(32), bytes(32), [])
