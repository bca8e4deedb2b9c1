"""Append: what an event holds, what it costs, what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huiyin.kernel.errors import Refused
from huiyin.trail import events, guards, moments
from huiyin.trail.canonical import NO_EVENT, event_hash
from huiyin.trail.checkpoints import grow, sign
from huiyin.trail.models import Event, Subject
from huiyin.vault import digests
from tests.trail.conftest import BY, NOON, Behind, Write


def body_of(event: Event) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(bytes(event.canonical))
    return read


@pytest.mark.django_db
def test_an_event_says_who_when_what_and_what_came_before() -> None:
    with moments.server_time(NOON + timedelta(hours=2)):
        subject = events.new_subject("case")
        first = events.append(subject, "receive", by=BY, at=NOON, sets={"case": {"stage": "received"}})
        second = events.append(
            subject, "note", by=BY, at=NOON, facts={"kind": "call"}, texts={"note:1.text": "已电话联系"}
        )
    assert body_of(first) == {
        "v": 1,
        "subject": subject.public_id,
        "seq": 1,
        "act": "receive",
        "by": {"kind": "staff", "user": 7, "role": "", "unit": 0},
        "at": "2026-08-03T04:00:00.000000Z",
        "recorded_at": "2026-08-03T06:00:00.000000Z",
        "sets": {"case": {"stage": "received"}},
        "facts": {},
        "commits": {},
        "prev": NO_EVENT.hex(),
    }
    assert body_of(second)["prev"] == first.hash.hex()
    assert body_of(second)["commits"] == {"note:1.text": digests.commitment(subject.key, "note:1.text", "已电话联系")}
    assert "电话" not in bytes(second.canonical).decode()
    assert event_hash(bytes(second.canonical)) == second.hash
    stored = Subject.objects.get(pk=subject.pk)
    assert (stored.head_seq, bytes(stored.head_hash), stored.head_at) == (2, second.hash, NOON + timedelta(hours=2))


@pytest.mark.django_db
def test_an_erased_text_leaves_an_empty_commitment() -> None:
    subject = events.new_subject("case")
    assert body_of(events.append(subject, "erase", by=BY, at=NOON, texts={"a": None}))["commits"] == {"a": None}


@pytest.mark.django_db
def test_an_append_costs_two_statements_and_a_new_subject_two() -> None:
    events.new_subject("case")  # the key file is made at the very first
    with CaptureQueriesContext(
        connection,
    ) as made:
        subject = events.new_subject("case")
    assert [query["sql"].split()[0] for query in made] == ["INSERT", "INSERT"]
    locked_id = subject.pk
    with CaptureQueriesContext(connection) as new:
        events.append(subject, "receive", by=BY, at=NOON, texts={"a": "b"})
    with CaptureQueriesContext(connection) as locked:
        events.append(events.lock(locked_id), "accept", by=BY, at=NOON, texts={"a": "c"})
    assert sorted(query["sql"].split()[0] for query in new) == ["INSERT", "UPDATE"]
    assert sorted(query["sql"].split()[0] for query in locked) == ["INSERT", "SELECT", "UPDATE"]


@pytest.mark.django_db
def test_recorded_time_never_runs_backward_within_a_subject() -> None:
    subject = events.new_subject("case")
    with moments.server_time(NOON):
        events.append(subject, "receive", by=BY, at=NOON)
    with moments.server_time(NOON - timedelta(days=1)):
        late = events.append(events.lock(subject.pk), "note", by=BY, at=NOON - timedelta(days=1))
    assert late.recorded_at == NOON
    assert late.at == NOON - timedelta(days=1)


@pytest.mark.django_db(transaction=False)
def test_two_who_read_the_same_head_can_not_both_append() -> None:
    subject = events.new_subject("case")
    one, other = Subject.objects.get(pk=subject.pk), Subject.objects.get(pk=subject.pk)
    events.append(one, "note", by=BY, at=NOON)
    with pytest.raises(Refused) as caught:
        events.append(other, "note", by=BY, at=NOON)
    assert caught.value.code == "changed_meanwhile"
    assert Event.objects.filter(subject=subject).count() == 1


@pytest.mark.django_db
def test_the_database_keeps_numbers_single_even_without_the_program() -> None:
    subject = events.new_subject("case")
    event = events.append(subject, "note", by=BY, at=NOON)
    event.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        event.save(force_insert=True)


@pytest.mark.django_db
def test_a_float_or_a_naive_moment_leaves_nothing_behind() -> None:
    subject = events.new_subject("case")
    with pytest.raises(TypeError):
        events.append(subject, "note", by=BY, at=NOON, facts={"share": 0.5})
    with pytest.raises(ValueError, match="time zone"):
        events.append(subject, "note", by=BY, at=NOON.replace(tzinfo=None))
    assert Subject.objects.get(pk=subject.pk).head_seq == subject.head_seq == 0


def test_outside_a_transaction_nothing_is_written() -> None:
    unsaved = Subject(kind="case", public_id="0" * 32)
    for attempt in (
        lambda: events.append(unsaved, "note", by=BY, at=NOON),
        lambda: events.lock(1),
        lambda: events.new_subject("case"),
    ):
        with pytest.raises(RuntimeError, match="transaction"):
            attempt()


def test_server_time_needs_a_zone_and_ends_with_its_block() -> None:
    with pytest.raises(ValueError, match="time zone"), moments.server_time(NOON.replace(tzinfo=None)):
        pass
    with moments.server_time(NOON):
        assert moments.server_now() == NOON
    assert moments.server_now() > NOON.replace(year=2020) and moments.server_now() != NOON


CHANGES = [
    "UPDATE {table} SET id = id",
    "DELETE FROM {table}",
]
if connection.vendor == "postgresql":
    CHANGES.append("TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", guards.KEPT)
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_recorded_can_not_be_changed_or_deleted(write: Write, change: str, table: str) -> None:
    write(2)
    grow(NOON)
    sign(NOON)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            cursor.execute(change.format(table=table))


def test_twin_without_the_triggers_the_same_change_goes_through(write: Write, behind: Behind) -> None:
    write(2)
    behind("UPDATE trail_event SET act = %s", "other")
    assert set(Event.objects.values_list("act", flat=True)) == {"other"}
