"""The outbox: notices are put in the act's transaction, shown in the inbox, and mailed by `tick`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from huiyin.notices.models import Notice
from huiyin.notices.sentences import WORDINGS, Fact, checked
from huiyin.org.models import User
from huiyin.trail.models import Subject
from huiyin.trail.moments import server_now


def put(subject: Subject | None, to: Iterable[int], code: str, facts: Mapping[str, Fact], at: datetime) -> None:
    """One notice to each of these accounts, once. One statement, none when there is nobody to tell.

    Where mail is set up each is due to be mailed at once; whether the account has an address is looked at then.
    Raises ValueError for a code or fact that has no sentence (`sentences.checked`).
    """
    kept = checked(code, facts)
    mail_due_at = at if settings.EMAIL_HOST else None
    Notice.objects.bulk_create(
        Notice(subject=subject, to_id=user, code=code, facts=kept, created_at=at, mail_due_at=mail_due_at)
        for user in dict.fromkeys(to)
    )


def inbox(user: User) -> QuerySet[Notice]:
    """The account's notices, newest first, without those withdrawn. Slice it: it holds all there ever were."""
    return Notice.objects.filter(to=user, withdrawn_at__isnull=True).order_by("-created_at", "-pk")


def unread_count(user: User) -> int:
    return Notice.objects.filter(to=user, withdrawn_at__isnull=True, read_at__isnull=True).count()


def unread_of(user_id: int, code: str) -> int:
    """How many notices of this code the account has not read."""
    return Notice.objects.filter(to=user_id, code=code, read_at__isnull=True, withdrawn_at__isnull=True).count()


def mark_read(user: User, at: datetime, notices: Iterable[int] | None = None) -> int:
    """Mark these of the account's own notices as read, or all of them; how many were unread till now."""
    unread = Notice.objects.filter(to=user, withdrawn_at__isnull=True, read_at__isnull=True)
    if notices is not None:
        unread = unread.filter(pk__in=list(notices))
    return unread.update(read_at=at)


def told(subject: Subject) -> set[int]:
    """The accounts with a notice about the subject that was not withdrawn. One statement."""
    return set(Notice.objects.filter(subject=subject, withdrawn_at__isnull=True).values_list("to_id", flat=True))


def withdraw_from(subject: Subject, people: Iterable[int], at: datetime) -> int:
    """Take back what these accounts were told at work about the subject; what they were told as who filed stays."""
    at_work = [code for code, wording in WORDINGS.items() if not wording.is_for_employee]
    rows = Notice.objects.filter(subject=subject, to__in=list(people), code__in=at_work, withdrawn_at__isnull=True)
    return rows.update(withdrawn_at=at)


def withdraw(subject: Subject, at: datetime | None = None) -> int:
    """Take back every notice about the subject: gone from all inboxes, never mailed from now on. How many there were.

    For a case that moves into the sealed lane: to everybody but the inspector it never existed.
    """
    return Notice.objects.filter(subject=subject, withdrawn_at__isnull=True).update(withdrawn_at=at or server_now())
