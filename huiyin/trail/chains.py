"""The chain of every subject: gapless, linked, hashed, and its columns as the hashed bytes say. Part of `verify`.

This reads every event there is, so it keeps to plain cursors, one JSON and one hash an event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from huiyin.trail.canonical import NO_EVENT, SCHEMA_VERSION, event_hash, moment_text
from huiyin.trail.models import Event, Subject
from huiyin.trail.report import Report

_SUBJECTS = 400  # subjects at a time

# Moments come as texts: making an object of each would cost more than its hash. PostgreSQL spells them as the record
# does, SQLite gives what Django stored.
_AS_RECORDED = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_MOMENTS = {
    "sqlite": "CAST(at AS TEXT), CAST(recorded_at AS TEXT)",
    "postgresql": f"{_AS_RECORDED.format('at')}, {_AS_RECORDED.format('recorded_at')}",
}
_EVENTS = (
    "SELECT id, subject_id, seq, act, {moments}, canonical, hash FROM trail_event "
    "WHERE subject_id >= %s AND subject_id <= %s ORDER BY subject_id, seq"
)


@dataclass(slots=True)
class Chained:
    """A subject, and what its events say of the tables: the last value of each column, the last commitment of each text."""

    subject: Subject
    columns: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    commits: dict[str, str | None] = field(default_factory=dict)
    seq: int = 0
    hash: bytes = NO_EVENT
    recorded_at: str = ""
    is_broken: bool = False

    @property
    def place(self) -> str:
        return place_of(self.subject)


def place_of(subject: Subject) -> str:
    return f"{subject.kind} {subject.public_id}"


def batches(report: Report) -> Iterator[list[Chained]]:
    """Check all chains, in order of subject; after each batch hand out what its events say of the tables."""
    last = 0
    while True:
        subjects = list(Subject.objects.select_related("key").filter(pk__gt=last).order_by("pk")[:_SUBJECTS])
        if not subjects:
            return
        chained = {subject.pk: Chained(subject) for subject in subjects}
        # From the end of the last batch, so that events whose subject is gone are met as well.
        _check_events(last + 1, subjects[-1].pk, chained, report)
        for one in chained.values():
            _check_head(one, report)
        report.counts["subjects"] += len(subjects)
        yield list(chained.values())
        last = subjects[-1].pk


def count_all(report: Report) -> None:
    """Events behind the last subject's id belong to nobody."""
    there = Event.objects.count()
    if there != report.counts["events"]:
        report.add(
            "chain", "trail_event", f"{there} events are stored, but {report.counts['events']} belong to a subject."
        )


def _check_events(low: int, high: int, chained: dict[int, Chained], report: Report) -> None:
    read, is_sqlite = json.JSONDecoder().raw_decode, connection.vendor == "sqlite"
    seen = 0
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS.format(moments=_MOMENTS[connection.vendor]), [low, high])
        for event_id, subject_id, seq, act, at, recorded_at, kept, digest in cursor.fetchall():
            one = chained.get(subject_id)
            if one is None:
                report.add("chain", f"event {event_id}", "It belongs to no subject.")
                continue
            seen += 1
            kept, digest = bytes(kept), bytes(digest)
            try:
                body, end = read(text := kept.decode())
                if is_sqlite:
                    at, recorded_at = _as_recorded(at), _as_recorded(recorded_at)
                is_good = (
                    event_hash(kept) == digest
                    and body["prev"] == one.hash.hex()
                    and body["seq"] == seq == one.seq + 1
                    and body["act"] == act
                    and body["subject"] == one.subject.public_id
                    and body["v"] == SCHEMA_VERSION
                    and body["recorded_at"] >= one.recorded_at
                    and body["at"] == at
                    and body["recorded_at"] == recorded_at
                    and end == len(text)
                )
                for entity, values in body["sets"].items():
                    if values is None:
                        one.columns[entity] = None
                    else:
                        before = one.columns.get(entity)
                        one.columns[entity] = values if before is None else before | values
                if body["commits"]:
                    one.commits.update(body["commits"])
                now = body["recorded_at"]
            except (ValueError, KeyError, TypeError, AttributeError):
                body, is_good, now = None, False, one.recorded_at
            if not is_good and not one.is_broken:
                one.is_broken = True  # what follows a break can't fit either: name the first place alone
                row = (seq, act, at, recorded_at)
                report.add("chain", f"{one.place} event {seq}", _why(one, row, kept, digest, body))
            one.seq, one.hash, one.recorded_at = seq, digest, now
    report.counts["events"] += seen


def _check_head(one: Chained, report: Report) -> None:
    subject = one.subject
    if one.is_broken:
        return
    if one.seq != subject.head_seq:
        report.add(
            "head",
            f"{one.place} event {min(one.seq, subject.head_seq) + 1}",
            f"The subject counts {subject.head_seq} events, but {one.seq} are stored.",
        )
    elif one.hash != bytes(subject.head_hash):
        report.add("head", f"{one.place} event {one.seq}", "The subject's head is not the hash of its last event.")
    elif one.seq and (subject.head_at is None or moment_text(subject.head_at) != one.recorded_at):
        report.add("head", f"{one.place} event {one.seq}", "The subject's head names another time than its last event.")


def _as_recorded(stored: str) -> str:
    """SQLite's spelling of a moment (`2026-08-03 01:00:00[.123456]`) as the record spells it."""
    fraction = "" if len(stored) > 19 else ".000000"
    return f"{stored[:10]}T{stored[11:]}{fraction}Z"


def _why(one: Chained, row: tuple[int, str, str, str], kept: bytes, digest: bytes, body: Any) -> str:
    """The first thing that is wrong with an event."""
    seq, act, at, recorded_at = row
    if seq != one.seq + 1:
        gone = f"event {one.seq + 1} is missing" if seq > one.seq + 1 else "the number stands twice"
        return f"The number {seq} follows {one.seq}: {gone}."
    if event_hash(kept) != digest:
        return "Its bytes don't give its hash: one of the two was changed."
    if not isinstance(body, dict):
        return "Its bytes can't be read."
    if body.get("v") != SCHEMA_VERSION:
        return f"It has schema version {body.get('v')!r}; this program knows {SCHEMA_VERSION}."
    if body.get("subject") != one.subject.public_id:
        return "Its bytes belong to another subject."
    if body.get("prev") != one.hash.hex():
        return "It does not follow the event before it: one of the two was changed, swapped or put in."
    for name, stored in (("seq", seq), ("act", act), ("at", at), ("recorded_at", recorded_at)):
        if stored != body.get(name):
            return f"The column {name} says {stored!r}, the hashed bytes say {body.get(name)!r}."
    return "It was recorded before the event before it."
