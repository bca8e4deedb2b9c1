"""The stored tree against the events, its inner nodes against each other, and every checkpoint. Part of `verify`."""

from __future__ import annotations

from django.db import connection

from huiyin.trail import checkpoints, notes, tree
from huiyin.trail.chains import place_of
from huiyin.trail.models import Checkpoint, Event, Node
from huiyin.trail.report import Report

_CHUNK = 8_192  # leaves, or pairs of nodes, at a time

_LEAVES = (
    'SELECT n."index", n.hash, n.event_id, e.hash FROM trail_node n LEFT JOIN trail_event e ON e.id = n.event_id '
    'WHERE n.level = 0 AND n."index" >= %s AND n."index" < %s ORDER BY n."index"'
)
_NODES = 'SELECT "index", hash FROM trail_node WHERE level = %s AND "index" >= %s AND "index" < %s ORDER BY "index"'


def check(report: Report) -> None:
    """Every leaf is its event's, every node is made of the two below it, every checkpoint's root is the tree's."""
    size = checkpoints.size_now()
    _check_leaves(size, report)
    expected, level = size, 1
    while size >> level:
        _check_level(level, size >> level, report)
        expected += size >> level
        level += 1
    stored = Node.objects.count()
    if stored != expected and report.is_ok:
        report.add("tree", "trail_node", f"{stored} nodes are stored; a tree of {size} leaves has {expected}.")
    report.counts["leaves"] = size
    report.counts["nodes"] = stored
    report.counts["waiting"] = max(0, report.counts["events"] - size)
    _check_checkpoints(size, report)


def _check_leaves(size: int, report: Report) -> None:
    leaf_hash = tree.leaf_hash
    with connection.cursor() as cursor:
        for start in range(0, size, _CHUNK):
            cursor.execute(_LEAVES, [start, start + _CHUNK])
            expected = start
            for index, digest, event_id, entry in cursor.fetchall():
                if index != expected:
                    report.add("tree", f"leaf {expected}", "The leaf is missing.")
                expected = index + 1
                if entry is None:
                    report.add("tree", f"leaf {index}", "The event that was sealed here is no longer stored.")
                elif leaf_hash(bytes(entry)) != bytes(digest):
                    report.add(
                        "tree",
                        f"leaf {index}, {_event_place(event_id)}",
                        "The event is not the one that was sealed here.",
                    )


def _check_level(level: int, count: int, report: Report) -> None:
    """The nodes of one level from those stored below. They were checked before, so all follow from the leaves."""
    node_hash = tree.node_hash
    with connection.cursor() as cursor:
        for start in range(0, count, _CHUNK):
            end = min(start + _CHUNK, count)
            cursor.execute(_NODES, [level - 1, start * 2, end * 2])
            below = {index: bytes(digest) for index, digest in cursor.fetchall()}
            cursor.execute(_NODES, [level, start, end])
            here = {index: bytes(digest) for index, digest in cursor.fetchall()}
            for index in range(start, end):
                left, right = below.get(2 * index), below.get(2 * index + 1)
                if left is None or right is None:
                    continue  # named on its own level
                digest = here.get(index)
                if digest is None:
                    report.add("tree", f"node {level}/{index}", "The node is missing.")
                elif node_hash(left, right) != digest:
                    report.add("tree", f"node {level}/{index}", "It is not made of the two nodes below it.")


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
