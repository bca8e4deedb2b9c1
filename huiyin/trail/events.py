"""Subjects and their chained events: the only place that writes either."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Refused
from huiyin.kernel.ids import new_public_id
from huiyin.trail.canonical import SCHEMA_VERSION, canonical, event_hash
from huiyin.trail.models import Event, Subject
from huiyin.trail.moments import server_now
from huiyin.vault import digests, keys

Sets = Mapping[str, Mapping[str, object] | None]


def new_subject(kind: str) -> Subject:
    """A subject with its own key and no events yet. Two inserts, in the caller's transaction."""
    _need_transaction()
    return Subject.objects.create(kind=kind, public_id=new_public_id(), key=keys.new_key())


def lock(subject_id: int) -> Subject:
    """The subject with its key, locked until the transaction ends. One statement.

    SQLite locks the whole database instead, from the transaction's start. Raises Subject.DoesNotExist.
    """
    _need_transaction()
    return Subject.objects.select_for_update(of=("self",)).select_related("key").get(pk=subject_id)


def append(
    subject: Subject,
    act: str,
    *,
    by: Actor,
    at: datetime,
    sets: Sets | None = None,
    facts: Mapping[str, object] | None = None,
    texts: Mapping[str, str | None] | None = None,
) -> Event:
    """Write the next event of a subject that is new or locked, and move its head. Two statements, no query.

    `at` is when it happened in the world; beside it stands the server's time, which never runs backward within a
    subject. `sets` are the new values of declared columns by entity, `{"clock:12": {"due_on": "2026-10-08"}}`; an
    entity set to None has no row any more. `facts` are other codes and values. Of `texts` only keyed commitments
    are kept, so that erasing the subject's key leaves nothing of them; None says that the text was erased.

    Raises Refused when somebody else appended since the subject was read, RuntimeError outside a transaction,
    TypeError or ValueError for values that have no single spelling (floats, naive moments).
    """
    _need_transaction()
    seq = subject.head_seq + 1
    recorded_at = max(server_now(), subject.head_at) if subject.head_at else server_now()
    body = {
        "v": SCHEMA_VERSION,
        "subject": subject.public_id,
        "seq": seq,
        "act": act,
        "by": by.record(),
        "at": at,
        "recorded_at": recorded_at,
        "sets": sets or {},
        "facts": facts or {},
        "commits": _commitments(subject, texts or {}),
        "prev": bytes(subject.head_hash).hex(),
    }
    kept = canonical(body)
    digest = event_hash(kept)
    # The head moves first: its condition notices a second writer before the event's row does.
    moved = Subject.objects.filter(pk=subject.pk, head_seq=subject.head_seq).update(
        head_seq=seq, head_hash=digest, head_at=recorded_at
    )
    if not moved:
        raise Refused("changed_meanwhile", _("这件事刚刚有了新的进展。请刷新页面，看过最新情况后再试一次。"))
    event = Event.objects.create(
        subject=subject, seq=seq, act=act, at=at, recorded_at=recorded_at, canonical=kept, hash=digest
    )
    subject.head_seq, subject.head_hash, subject.head_at = seq, digest, recorded_at
    return event


def _commitments(subject: Subject, texts: Mapping[str, str | None]) -> dict[str, str | None]:
    return {
        label: None if text is None else digests.commitment(subject.key, label, text) for label, text in texts.items()
    }


def _need_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("the record is written inside the act's transaction only")
