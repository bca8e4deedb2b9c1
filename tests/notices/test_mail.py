from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from huiyin.notices import mail, outbox
from huiyin.notices.models import Notice
from huiyin.org.models import User
from huiyin.trail.models import Subject
from tests.notices.conftest import AT, Mailbox, ids

FACTS = {"reference": "7K3M9QX2AB"}
MINUTE = timedelta(minutes=1)


def put(subject: Subject, people: list[User], code: str = "assigned") -> None:
    outbox.put(subject, ids(people), code, FACTS, AT)


def test_each_notice_is_mailed_once_to_its_own_address(mailbox: Mailbox, subject: Subject, people: list[User]) -> None:
    put(subject, people)
    assert mail.deliver(AT) == 5
    assert mail.deliver(AT + timedelta(days=1)) == 0
    assert sorted(mailbox.receivers()) == [user.email for user in people]
    assert all(message["To"] == message["X-Taken-For"] for message in mailbox.taken)


def test_more_than_a_batch_goes_out_in_one_run(mailbox: Mailbox, subject: Subject, people: list[User]) -> None:
    for _ in range(9):
        put(subject, people)
    assert mail.deliver(AT) == 45 > 2 * mail.BATCH


def test_a_mail_is_title_sentence_and_where_to_sign_on(mailbox: Mailbox, subject: Subject, people: list[User]) -> None:
    people[0].name = "金丝雀"
    people[0].save()
    put(subject, people[:1], "progress")
    mail.deliver(AT)
    (message,) = mailbox.taken
    assert message["Subject"] == "您反映的问题有了新进展"
    assert message.get_content_type() == "text/plain"
    body = message.get_content()
    assert body.splitlines()[0].startswith("查询号 7K3M9QX2AB")
    assert [word for word in body.split() if "://" in word] == ["请登录办理或查看：https://huiyin.example.com"]
    assert "金丝雀" not in message.as_string() + body
    assert message["Auto-Submitted"] == "auto-generated"


def test_accounts_without_address_or_disabled_are_left_to_the_inbox(
    mailbox: Mailbox, subject: Subject, people: list[User]
) -> None:
    User.objects.filter(pk=people[0].pk).update(email="")
    User.objects.filter(pk=people[1].pk).update(is_active=False)
    put(subject, people)
    assert mail.deliver(AT) == 3
    assert not mail.given_up().exists()
    assert outbox.unread_count(people[0]) == 1
    assert mail.deliver(AT + timedelta(days=1)) == 0


def test_server_down_then_up_nothing_lost_none_twice(mailbox: Mailbox, subject: Subject, people: list[User]) -> None:
    mailbox.stop()
    now = AT
    put(subject, people)
    for _ in range(60 * 4):  # four hours: longer than all tries of a refused message
        assert mail.deliver(now) == 0
        now += MINUTE
    put(subject, people, "employee_added")
    mailbox.start()
    assert mail.deliver(now) == 10
    assert mail.deliver(now + timedelta(days=1)) == 0
    assert sorted(mailbox.receivers()) == sorted([user.email for user in people] * 2)
    assert len({message["Message-ID"] for message in mailbox.taken}) == 10


def test_server_going_down_in_the_middle_loses_nothing(
    mailbox: Mailbox, subject: Subject, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(subject, people)
    original, seen = mail._mail_one, []

    def then_down(notice: Notice, *more: Any) -> int:
        seen.append(notice)
        if len(seen) == 3:
            mailbox.stop()
        return original(notice, *more)

    monkeypatch.setattr(mail, "_mail_one", then_down)
    assert mail.deliver(AT) == 2
    mailbox.start()
    assert mail.deliver(AT + MINUTE) == 3
    assert sorted(mailbox.receivers()) == [user.email for user in people]


def test_dying_after_sending_brings_a_second_copy_with_the_same_id(
    mailbox: Mailbox, subject: Subject, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: the copy can be recognised."""
    put(subject, people[:1])
    with monkeypatch.context() as broken:
        broken.setattr(mail, "server_now", lambda: 1 / 0)  # killed between the server's 250 and the row
        with pytest.raises(ZeroDivisionError):
            mail.deliver(AT)
    assert mail.deliver(AT + mail.LEASE - MINUTE) == 0
    assert mail.deliver(AT + mail.LEASE) == 1
    first, second = mailbox.taken
    assert first["Message-ID"] == second["Message-ID"]


def test_a_refused_address_is_tried_five_times_then_given_up_visibly(
    mailbox: Mailbox, subject: Subject, people: list[User], caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.refuses.add("p1@example.com")
    put(subject, people)
    assert mail.deliver(AT) == 4
    tries, now = 1, AT
    for minutes in (1, 5, 30, 120):
        before = now + timedelta(minutes=minutes) - timedelta(seconds=1)
        assert mail.deliver(before) == 0
        assert Notice.objects.get(to=people[1]).mail_tries == tries
        now += timedelta(minutes=minutes)
        mail.deliver(now)
        tries += 1
        assert Notice.objects.get(to=people[1]).mail_tries == tries
    assert [notice.to for notice in mail.given_up()] == [people[1]]
    assert [record.levelname for record in caplog.records if "given up" in record.message] == ["ERROR"]
    assert not [record for record in caplog.records if "huiyin" in record.name and "example.com" in record.message]
    assert mail.deliver(now + timedelta(days=9)) == 0
    assert outbox.unread_count(people[1]) == 1


def test_what_was_given_up_can_be_tried_again(mailbox: Mailbox, subject: Subject, people: list[User]) -> None:
    mailbox.refuses.add("p1@example.com")
    put(subject, people)
    for hours in range(0, 12, 3):
        for minutes in (0, 1, 6, 40):
            mail.deliver(AT + timedelta(hours=hours, minutes=minutes))
    mailbox.refuses.clear()
    assert mail.try_again(AT + timedelta(days=1)) == 1
    assert mail.deliver(AT + timedelta(days=1)) == 1
    assert not mail.given_up().exists()


def test_a_full_mailbox_gets_it_later_and_holds_up_nobody(
    mailbox: Mailbox, subject: Subject, people: list[User]
) -> None:
    mailbox.full.add("p0@example.com")
    put(subject, people)
    assert mail.deliver(AT) == 4
    mailbox.full.clear()
    assert mail.deliver(AT + MINUTE) == 1


def test_a_message_at_which_the_server_hangs_up_holds_up_nobody(
    mailbox: Mailbox, subject: Subject, people: list[User]
) -> None:
    mailbox.hangs_up_on.add("p0@example.com")
    put(subject, people)
    assert mail.deliver(AT) == 4
    assert sorted(mailbox.receivers()) == [user.email for user in people[1:]]


def test_a_withdrawn_notice_is_never_mailed(
    mailbox: Mailbox, subject: Subject, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(subject, people)
    outbox.withdraw(subject, AT)
    assert mail.deliver(AT) == 0
    put(subject, people)
    claim = mail._claim

    def then_withdrawn(now: Any) -> list[Notice]:
        batch = claim(now)
        outbox.withdraw(subject, AT)
        return batch

    monkeypatch.setattr(mail, "_claim", then_withdrawn)
    assert mail.deliver(AT) == 0
    assert mailbox.taken == []


@pytest.mark.parametrize("address", ["p0@example.com\nBcc: thief@example.com", "p0@example.com\r\nX: y", "no address"])
def test_an_address_that_would_break_a_header_is_not_mailed(
    address: str, mailbox: Mailbox, subject: Subject, people: list[User]
) -> None:
    User.objects.filter(pk=people[0].pk).update(email=address)
    put(subject, people)
    assert mail.deliver(AT) == 4
    assert sorted(mailbox.receivers()) == [user.email for user in people[1:]]
    assert [notice.to for notice in mail.given_up()] == [people[0]]


def test_without_a_mail_server_nothing_happens(
    subject: Subject, people: list[User], settings: Any, django_assert_num_queries: Any
) -> None:
    settings.EMAIL_HOST = ""
    put(subject, people)
    with django_assert_num_queries(0):
        assert mail.deliver(AT) == 0


def test_an_id_says_neither_count_nor_account(people: list[User], settings: Any) -> None:
    settings.SITE_ADDRESS = "https://huiyin.example.com:8443"
    one, two = mail.message_id(41), mail.message_id(42)
    assert one != two and one == mail.message_id(41)
    assert one.endswith("@huiyin.example.com>") and len(one) == len("<@huiyin.example.com>") + 32


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_mail_nothing_twice(mailbox: Mailbox) -> None:
    people = [
        User.objects.create_user(f"3000{number}", None, name="某", email=f"q{number}@example.com")
        for number in range(5)
    ]
    for _ in range(12):
        outbox.put(None, ids(people), "assigned", FACTS, AT)
    start = Barrier(2)

    def tick(_number: int) -> int:
        start.wait()
        try:
            return mail.deliver(AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(tick, range(2))) == 60
    assert len({message["Message-ID"] for message in mailbox.taken}) == len(mailbox.taken) == 60
