"""E-mail of what the outbox holds: at least once, and the second copy, if there ever is one, has the first's Message-ID.

A row is claimed in a short transaction (its next try moves 10 minutes on), then mailed outside of it, so that no
transaction waits for a mail server and two ticks at once never take the same row. Who dies in between leaves a row
that comes up again after those 10 minutes.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from huiyin.notices.models import Notice
from huiyin.notices.sentences import words
from huiyin.trail.moments import server_now
from huiyin.vault.digests import keyed_digest

log = logging.getLogger(__name__)

BATCH = 20
LEASE = timedelta(minutes=10)
# After a failed try: wait so long, then again. After the fifth failure the notice is given up.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
TRIES = len(BACK_OFF) + 1
UNREACHABLE = timedelta(minutes=1)


def deliver(now: datetime) -> int:
    """Mail every notice that is due; how many went out. Nothing where no mail server is set (HUIYIN_SMTP_HOST).

    A server that can't be reached is nobody's failure: what waits is tried again a minute later for as long as it
    takes. A message the server refuses is tried again after 1, 5, 30 and 120 minutes, then given up: logged as an
    error and listed by `given_up`; in the inbox it stands all the same.
    """
    if not settings.EMAIL_HOST:
        return 0
    sent = 0
    while batch := _claim(now):
        done, is_reachable = _mail(batch, now)
        sent += done
        if not is_reachable:
            break
    return sent


def given_up() -> QuerySet[Notice]:
    """Notices that could not be mailed and are tried no more, for the operator's eyes."""
    return Notice.objects.filter(
        mailed_at__isnull=True, mail_due_at__isnull=True, withdrawn_at__isnull=True, mail_tries__gte=TRIES
    )


def try_again(now: datetime) -> int:
    """Make everything given up due once more, after the operator mended the cause; how many."""
    return given_up().update(mail_due_at=now, mail_tries=0)


def _waiting() -> QuerySet[Notice]:
    return Notice.objects.filter(mailed_at__isnull=True, withdrawn_at__isnull=True, mail_due_at__isnull=False)


def _claim(now: datetime) -> list[Notice]:
    with transaction.atomic():
        due = _waiting().filter(mail_due_at__lte=now).select_related("to").order_by("mail_due_at", "pk")
        batch = list(due.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        Notice.objects.filter(pk__in=[notice.pk for notice in batch]).update(
            mail_due_at=now + LEASE, mail_tries=F("mail_tries") + 1
        )
    for notice in batch:
        notice.mail_tries += 1
    return batch


def _mail(batch: list[Notice], now: datetime) -> tuple[int, bool]:
    """How many went out, and whether the server could be reached to the end."""
    sent = 0
    connection = get_connection()
    left = [notice for notice in batch if _has_address(notice)]
    try:
        while left:
            try:
                connection.open()
            except (OSError, smtplib.SMTPException) as error:
                log.warning("mail: the server can't be reached (%s); %d notices wait", type(error).__name__, len(left))
                ids = [notice.pk for notice in left]
                Notice.objects.filter(pk__in=ids).update(mail_due_at=now + UNREACHABLE, mail_tries=F("mail_tries") - 1)
                return sent, False
            sent += _mail_one(left.pop(0), connection, now)
    finally:
        _close(connection)
    return sent, True


def _mail_one(notice: Notice, connection: BaseEmailBackend, now: datetime) -> int:
    if not _waiting().filter(pk=notice.pk).exists():  # withdrawn since it was claimed
        return 0
    try:
        connection.send_messages([_message(notice)])
    except (
        ValidationError,
        ValueError,
    ) as error:  # an address or header that can't be mailed: trying again would change nothing
        _give_up(notice, error)
        return 0
    except (OSError, smtplib.SMTPException) as error:
        if isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(error, smtplib.SMTPException):
            _close(connection)  # the next notice gets a new one
        if notice.mail_tries >= TRIES:
            _give_up(notice, error)
        else:
            due_at = now + BACK_OFF[notice.mail_tries - 1]
            Notice.objects.filter(pk=notice.pk).update(mail_due_at=due_at)
            log.warning("mail: notice %d not sent (%s), try %d", notice.pk, type(error).__name__, notice.mail_tries)
        return 0
    return Notice.objects.filter(pk=notice.pk, mailed_at__isnull=True).update(mailed_at=server_now())


def _has_address(notice: Notice) -> bool:
    if notice.to.email and notice.to.is_active:
        return True
    Notice.objects.filter(pk=notice.pk).update(mail_due_at=None, mail_tries=0)  # nothing to try: the inbox has it
    return False


def _give_up(notice: Notice, error: Exception) -> None:
    Notice.objects.filter(pk=notice.pk).update(mail_due_at=None, mail_tries=TRIES)
    log.error("mail: notice %d given up (%s)", notice.pk, type(error).__name__)


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        connection.connection = None  # type: ignore[attr-defined]


def _message(notice: Notice) -> EmailMessage:
    """Title, sentence and where to sign on. No name, no word of the case: a mailbox is read by others too.

    Raises ValidationError for an address that is none.
    """
    validate_email(notice.to.email)
    title, sentence = words(notice.code, notice.facts)
    body = [sentence, _("请登录办理或查看：%(address)s") % {"address": settings.SITE_ADDRESS}]
    body.append(_("这封邮件由系统自动发出，请不要直接回复。"))
    return EmailMessage(
        subject=title,
        body="\n\n".join(body) + "\n",
        to=[notice.to.email],
        headers={"Message-ID": message_id(notice.pk), "Auto-Submitted": "auto-generated"},
    )


def message_id(notice: int) -> str:
    """The same for each try of one notice, so that a mailbox shows two copies as one; tells no count of notices."""
    return f"<{keyed_digest('message-id', str(notice))[:16].hex()}@{urlsplit(settings.SITE_ADDRESS).hostname}>"
