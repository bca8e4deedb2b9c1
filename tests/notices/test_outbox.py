from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from huiyin.notices import outbox
from huiyin.notices.models import Notice
from huiyin.org.models import User
from huiyin.trail import events
from huiyin.trail.models import Subject
from tests.notices.conftest import AT, ids

FACTS = {"reference": "7K3M9QX2AB"}


def test_each_is_told_once_in_one_statement(
    subject: Subject, people: list[User], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        outbox.put(subject, [*ids(people), *ids(people)], "assigned", FACTS, AT)
    assert [outbox.unread_count(user) for user in people] == [1] * 5


def test_nobody_to_tell_costs_nothing(subject: Subject, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        outbox.put(subject, [], "assigned", FACTS, AT)


def test_the_inbox_is_the_own_newest_first(subject: Subject, people: list[User]) -> None:
    for minutes, code in enumerate(("assigned", "employee_added", "clock_missed")):
        outbox.put(subject, ids(people[:1]), code, FACTS, AT + timedelta(minutes=minutes))
    assert [notice.code for notice in outbox.inbox(people[0])] == ["clock_missed", "employee_added", "assigned"]
    assert list(outbox.inbox(people[1])) == []


def test_one_marks_only_ones_own_as_read(subject: Subject, people: list[User]) -> None:
    outbox.put(subject, ids(people[:2]), "assigned", FACTS, AT)
    mine, other = people[:2]
    everything = list(Notice.objects.values_list("pk", flat=True))
    assert outbox.mark_read(mine, AT, everything) == 1
    assert outbox.mark_read(mine, AT, everything) == 0
    assert (outbox.unread_count(mine), outbox.unread_count(other)) == (0, 1)
    assert outbox.mark_read(other, AT) == 1


def test_what_was_withdrawn_is_in_no_inbox_and_in_no_count(subject: Subject, people: list[User]) -> None:
    other = events.new_subject("case")
    outbox.put(subject, ids(people), "assigned", FACTS, AT)
    outbox.put(other, ids(people), "assigned", FACTS, AT)
    assert outbox.withdraw(subject, AT) == 5
    assert outbox.withdraw(subject, AT) == 0
    assert [outbox.unread_count(user) for user in people] == [1] * 5
    assert [[notice.subject for notice in outbox.inbox(user)] for user in people] == [[other]] * 5
    assert outbox.mark_read(people[0], AT) == 1


def test_after_withdrawal_new_notices_reach_their_people(subject: Subject, people: list[User]) -> None:
    """The inspector hears of the sealed case from then on."""
    outbox.put(subject, ids(people), "assigned", FACTS, AT)
    outbox.withdraw(subject, AT)
    outbox.put(subject, ids(people[:1]), "report_received", FACTS, AT)
    assert [outbox.unread_count(user) for user in people] == [1, 0, 0, 0, 0]


def test_without_a_mail_server_nothing_waits_to_be_mailed(subject: Subject, people: list[User], settings: Any) -> None:
    settings.EMAIL_HOST = ""
    outbox.put(subject, ids(people), "assigned", FACTS, AT)
    assert set(Notice.objects.values_list("mail_due_at", flat=True)) == {None}
    settings.EMAIL_HOST = "mail.example.com"
    outbox.put(subject, ids(people), "assigned", FACTS, AT)
    assert set(Notice.objects.values_list("mail_due_at", flat=True)) == {None, AT}


def test_a_word_of_the_case_is_refused_before_anything_is_written(subject: Subject, people: list[User]) -> None:
    with pytest.raises(ValueError):
        outbox.put(subject, ids(people), "assigned", {"matter": "欠发加班费"}, AT)
    assert not Notice.objects.exists()
