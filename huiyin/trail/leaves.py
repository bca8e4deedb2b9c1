"""The stored tree against the events, its inner nodes against each other, and every checkpoint. Part of `verify`."""

from __future__ import annotations

from django.db import connection

from huiyin.trail import checkpoints, notes, tree
from huiyin.trail.chains import place_of
from huiyin.trail.models import Checkpoint, Event, Node
from huiyin.trail.report import Report

_BLOCK_LEVEL = 13
_BLOCK = 1 << _BLOCK_LEVEL  # leaves read at a time, with all the nodes above them up to one

_LEAVES = (
    'SELECT n."index", n.hash, n.event_id, e.hash FROM trail_node n LEFT JOIN trail_event e ON e.id = n.event_id '
    'WHERE n.level = 0 AND n."index" >= %s AND n."index" < %s ORDER BY n."index"'
)
_NODES = 'SELECT "index", hash FROM trail_node WHERE level = %s AND "index" >= %s AND "index" < %s ORDER BY "index"'


def check(report: Report) -> None:
    """Every leaf is its event's, every node is made of the two below it, every checkpoint's root is the tree's."""
    size = checkpoints.size_now()
    tops: list[bytes | None] = []
    for start in range(0, size, _BLOCK):
        nodes = _leaves(start, min(start + _BLOCK, size), report)
        tops += _climbed(nodes, 0, start, report)
    _climbed(tops, _BLOCK_LEVEL, 0, report)
    expected = sum(size >> level for level in range(size.bit_length()))
    stored = Node.objects.count()
    if stored != expected and report.is_ok:
        report.add("tree", "trail_node", f"{stored} nodes are stored; a tree of {size} leaves has {expected}.")
    report.counts["leaves"] = size
    report.counts["nodes"] = stored
    report.counts["waiting"] = max(0, report.counts["events"] - size)
    _check_checkpoints(size, report)


def _leaves(start: int, end: int, report: Report) -> list[bytes | None]:
    """The stored leaves [start, end), None where one is missing, each compared with its event."""
    leaf_hash = tree.leaf_hash
    stored: list[bytes | None] = [None] * (end - start)
    with connection.cursor() as cursor:
        cursor.execute(_LEAVES, [start, end])
        for index, digest, event_id, entry in cursor.fetchall():
            stored[index - start] = digest = bytes(digest)
            if entry is None:
                report.add("tree", f"leaf {index}", "The event that was sealed here is no longer stored.")
            elif leaf_hash(bytes(entry)) != digest:
                place = f"leaf {index}, {_event_place(event_id)}"
                report.add("tree", place, "The event is not the one that was sealed here.")
    for offset, leaf in enumerate(stored):
        if leaf is None:
            report.add("tree", f"leaf {start + offset}", "The leaf is missing.")
    return stored


def _climbed(nodes: list[bytes | None], level: int, first: int, report: Report) -> list[bytes | None]:
    """Compare every node above `nodes` (the stored ones of a level, from number `first`) with the two below it.

    A block ends at its one top, which is the answer, or at none when it isn't full: nothing complete lies above.
    """
    is_full = len(nodes) == _BLOCK
    while len(nodes) > 1:
        level, first = level + 1, first >> 1
        nodes = _parents(nodes, level, first, report)
    return nodes if is_full else []


def _parents(below: list[bytes | None], level: int, first: int, report: Report) -> list[bytes | None]:
    node_hash = tree.node_hash
    count = len(below) // 2
    stored: list[bytes | None] = [None] * count
    with connection.cursor() as cursor:
        cursor.execute(_NODES, [level, first, first + count])
        for index, digest in cursor.fetchall():
            stored[index - first] = bytes(digest)
    for offset in range(count):
        left, right, digest = below[2 * offset], below[2 * offset + 1], stored[offset]
        if digest is None:
            report.add("tree", f"node {level}/{first + offset}", "The node is missing.")
        elif left is not None and right is not None and node_hash(left, right) != digest:
            report.add("tree", f"node {level}/{first + offset}", "It is not made of the two nodes below it.")
    return stored


def _check_checkpoints(size: int, report: Report) -> None:
    rows = Checkpoint.objects.order_by("size")
    if not rows.exists():
        return
    try:
        key = checkpoints.public_key()
    except checkpoints.KeyMissing as missing:
        report.add("signature", checkpoints.FILE_NAME, str(missing))
        return
    signed_at = None
    for row in rows.iterator(chunk_size=1000):
        report.counts["checkpoints"] += 1
        place = f"checkpoint {row.size}"
        note = notes.read(row.note, key)
        if note is None or not note.is_signed:
            report.add("signature", place, "The checkpoint was not signed with this server's key.")
        elif note.size != row.size or note.root != bytes(row.root):
            report.add("checkpoint", place, "Its columns are not what was signed.")
        if signed_at is not None and row.signed_at < signed_at:
            report.add("checkpoint", place, "It is dated before a smaller one.")
        signed_at = row.signed_at
        if row.size > size:
            report.add("checkpoint", place, f"{row.size} events were sealed, the tree has {size}: the end was cut off.")
            continue
        try:
            root = tree.root_at(row.size, checkpoints.read)
        except tree.Missing as missing:
            report.add("checkpoint", place, f"Its root can't be made again: {missing}.")
            continue
        if root != bytes(row.root):
            report.add("checkpoint", place, "The events are not those that were sealed: the root is another one.")


def _event_place(event_id: int) -> str:
    event = Event.objects.select_related("subject").get(pk=event_id)
    return f"{place_of(event.subject)} event {event.seq}"
