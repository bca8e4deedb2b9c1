"""The Merkle tree of RFC 6962 (and 9162): hashes, growth, proofs, and their verification. Pure: no database.

What is stored are complete subtrees alone, by place (level, number): level 0 are the leaves, and (l, i) covers the
leaves [i * 2**l, (i + 1) * 2**l). Such a node never changes when the tree grows, so that rows are only ever added;
root and proofs of any size are put together from at most two nodes a level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple


class Place(NamedTuple):
    level: int
    number: int


Read = Callable[[Sequence[Place]], Mapping[Place, bytes]]
Range = tuple[int, int]

EMPTY_ROOT = sha256(b"").digest()


class Missing(Exception):
    """A node that the tree must have is not stored; `place` says which."""

    def __init__(self, place: Place) -> None:
        super().__init__(f"node {place.level}/{place.number} is missing")
        self.place = place


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(entries: Iterable[bytes]) -> bytes:
    """The root over entries (not leaf hashes), in one pass."""
    edge = Edge(0, {})
    for entry in entries:
        edge.add(leaf_hash(entry))
    return edge.root()


class Edge:
    """The right edge of a tree of `size` leaves: its complete subtrees, largest first. Grows by one leaf at a time."""

    def __init__(self, size: int, nodes: Mapping[Place, bytes]) -> None:
        """`nodes` holds at least the places of `cover(0, size)`. Raises Missing."""
        self.size = size
        self._peaks = [_taken(nodes, place) for place in cover(0, size)]

    def add(self, leaf: bytes) -> list[tuple[Place, bytes]]:
        """Add a leaf hash; the new nodes, the leaf's first and then each subtree that it completes."""
        index, level, digest = self.size, 0, leaf
        made = [(Place(0, index), digest)]
        while index & 1:
            digest = node_hash(self._peaks.pop(), digest)
            index >>= 1
            level += 1
            made.append((Place(level, index), digest))
        self._peaks.append(digest)
        self.size += 1
        return made

    def root(self) -> bytes:
        return _joined(self._peaks)


def cover(low: int, high: int) -> list[Place]:
    """The largest complete subtrees that make up the leaves [low, high) of a tree, from left to right."""
    places = []
    while low < high:
        level = (high - low).bit_length() - 1
        if low:
            level = min(level, (low & -low).bit_length() - 1)
        places.append(Place(level, low >> level))
        low += 1 << level
    return places


def root_at(size: int, read: Read) -> bytes:
    """The root that the tree had at `size` leaves. Raises Missing."""
    return _hashes([(0, size)], read)[0] if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: Read) -> list[bytes]:
    """Path from leaf `index` to the root of `size` leaves, nearest first. Raises ValueError, Missing."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    low, high = 0, size
    ranges: list[Range] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return _hashes(ranges[::-1], read)


def consistency_proof(old: int, new: int, read: Read) -> list[bytes]:
    """Proof that the tree of `old` leaves is the beginning of that of `new`. Raises ValueError, Missing."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new} leaves")
    low, high = 0, new
    ranges: list[Range] = []
    while high > old:
        middle = low + _split(high - low)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low:  # else the old tree is itself a subtree of the new one, and its root is known to who checks
        ranges.append((low, high))
    return _hashes(ranges[::-1], read)


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether `path` leads from a leaf hash at `index` to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, digest = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            digest = node_hash(step, digest)
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            digest = node_hash(digest, step)
        here >>= 1
        last >>= 1
    return last == 0 and digest == expected_root


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that the new tree only added to the old one (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here >>= 1
        last >>= 1
    old_digest = new_digest = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old_digest = node_hash(step, old_digest)
            new_digest = node_hash(step, new_digest)
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            new_digest = node_hash(new_digest, step)
        here >>= 1
        last >>= 1
    return last == 0 and old_digest == old_root and new_digest == new_root


def _split(size: int) -> int:
    """The largest power of two below `size` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def _hashes(ranges: Sequence[Range], read: Read) -> list[bytes]:
    """The hash over each range of leaves, with one reading of nodes for all of them."""
    covers = [cover(low, high) for low, high in ranges]
    nodes = read([place for places in covers for place in places]) if covers else {}
    return [_joined([_taken(nodes, place) for place in places]) for places in covers]


def _joined(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    digest = peaks[-1]
    for peak in reversed(peaks[:-1]):
        digest = node_hash(peak, digest)
    return digest


def _taken(nodes: Mapping[Place, bytes], place: Place) -> bytes:
    try:
        return nodes[place]
    except KeyError:
        raise Missing(place) from None
