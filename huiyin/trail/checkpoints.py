"""The tree over all events, grown each minute, and its signed heads: every hour, or sooner when much happened."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from huiyin.trail import notes, tree
from huiyin.trail.models import Checkpoint, Event, Node
from huiyin.trail.tree import Place
from huiyin.vault.keys import sync_folder

SIGN_EVERY = timedelta(minutes=60)
SIGN_AFTER_EVENTS = 500
FILE_NAME = "checkpoint.key"

_BATCH = 5_000  # leaves a transaction
_STRAGGLERS = 5_000  # how far back by id to look for events whose transaction ended late
_LOCK = 0x4855_4959_494E  # PostgreSQL's advisory lock of everybody who grows or signs


class KeyMissing(Exception):
    """The key that signed earlier checkpoints is not there or not whole; the sentence says what to do."""


def grow(now: datetime) -> int:
    """Add a leaf for each event that has none, in order of id. Answers how many. Safe to run twice at once.

    Looks a little back for events whose transaction ended late, and on PostgreSQL through all of them when a
    checkpoint is due. SQLite's writers come one after the other, so that none is late.
    """
    last = latest()
    is_due = last is None or now - last.signed_at >= SIGN_EVERY
    floor = -1 if is_due and connection.vendor == "postgresql" else None
    added = 0
    while True:
        batch = _grow_once(floor)
        added += batch
        if batch < _BATCH:
            return added


def sign(now: datetime, *, force: bool = False) -> Checkpoint | None:
    """Sign the tree's head when the last signature is 60 minutes or 500 events old; None when nothing is due.

    `force` signs whatever was not signed yet. Raises KeyMissing when the key file is lost, tree.Missing when the
    stored tree has a hole.
    """
    with _alone():
        size = size_now()
        last = latest()
        signed_size = last.size if last else 0
        if size <= signed_size:
            return None
        is_due = last is None or now - last.signed_at >= SIGN_EVERY or size - signed_size >= SIGN_AFTER_EVENTS
        if not (is_due or force):
            return None
        root = tree.root_at(size, read)
        note = notes.signed(_private_key(may_make=last is None), size, root)
        return Checkpoint.objects.create(size=size, root=root, signed_at=now, note=note)


def latest() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def is_late(now: datetime) -> bool:
    """Whether something happened more than two hours ago that no checkpoint covers: the tick stands still.

    A quiet night is not late. Two statements.
    """
    before = now - 2 * SIGN_EVERY
    newest = Event.objects.filter(recorded_at__lt=before).order_by("-pk").values_list("recorded_at", flat=True).first()
    if newest is None:
        return False
    last = latest()
    return last is None or last.signed_at < newest


def of_day(day: date) -> Checkpoint | None:
    """The day's seal: the last checkpoint signed on this day in the enterprise's time zone."""
    start = datetime.combine(day, time.min, timezone.get_default_timezone())
    end = datetime.combine(day + timedelta(days=1), time.min, timezone.get_default_timezone())
    return Checkpoint.objects.filter(signed_at__gte=start, signed_at__lt=end).order_by("-size").first()


def size_now() -> int:
    """How many leaves the tree has."""
    top = Node.objects.filter(level=0).aggregate(top=Max("index"))["top"]
    return 0 if top is None else top + 1


def read(places: Sequence[Place]) -> Mapping[Place, bytes]:
    """The stored nodes at these places, for the functions of `tree`. One query."""
    if not places:
        return {}
    wanted = Q()
    for place in places:
        wanted |= Q(level=place.level, index=place.number)
    rows = Node.objects.filter(wanted).values_list("level", "index", "hash")
    return {Place(level, index): bytes(digest) for level, index, digest in rows}


def public_key() -> notes.PublicKey:
    """The key that checks every note. Makes the key at first use; raises KeyMissing when it was lost."""
    return notes.public_key(_private_key(may_make=not Checkpoint.objects.exists()))


def public_key_text() -> str:
    """The public key as one line, for witnesses and receipts."""
    return public_key().text


def _grow_once(floor: int | None) -> int:
    with _alone():
        newest = Node.objects.filter(level=0).order_by("-index").values_list("index", "event_id").first()
        size = newest[0] + 1 if newest else 0
        if floor is None:
            floor = (newest[1] or 0) - _STRAGGLERS if newest else -1
        waiting = list(
            Event.objects.filter(leaf__isnull=True, pk__gt=floor).order_by("pk").values_list("pk", "hash")[:_BATCH]
        )
        if not waiting:
            return 0
        edge = tree.Edge(size, read(tree.cover(0, size)))
        nodes = []
        for event_id, digest in waiting:
            (leaf, leaf_digest), *completed = edge.add(tree.leaf_hash(bytes(digest)))
            nodes.append(Node(level=leaf.level, index=leaf.number, hash=leaf_digest, event_id=event_id))
            nodes.extend(Node(level=place.level, index=place.number, hash=upper) for place, upper in completed)
        Node.objects.bulk_create(nodes)
        return len(waiting)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """A transaction in which nobody else grows or signs. SQLite's write transactions are alone from their start."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield


def _private_key(*, may_make: bool) -> Ed25519PrivateKey:
    path = Path(settings.KEYS) / FILE_NAME
    if not path.exists():
        if not may_make:
            raise KeyMissing(
                f"{path} is missing, but there are checkpoints that it signed. Put the file back from the backup of "
                "the keys, mode 0400. Don't make a new one: witnesses would not know it."
            )
        _make(path)
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text("ascii").strip()))
    except (ValueError, OSError):
        raise KeyMissing(
            f"{path} can't be used: it must be readable for this user and hold 64 hexadecimal characters. "
            "Put it back from the backup of the keys."
        ) from None


def _make(path: Path) -> None:
    """A new key, whole or not there: written aside, made durable, linked into place; the first of two wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{FILE_NAME}.{secrets.token_hex(8)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(Ed25519PrivateKey.generate().private_bytes_raw().hex())
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(part, path)
    part.unlink()
    sync_folder(path.parent)
