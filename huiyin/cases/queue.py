"""The queue of the reception room: numbers of the day and how many came, never who.

A ticket is no filing and no part of the record: it says who is next, and goes when no filing came of it. The filing
itself is taken in by `intake`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localtime

from huiyin.cases.models import Ticket
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import Forbidden, Invalid, NotFound, Refused
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role

State = Ticket.State
MOST_OF_A_DAY = 2000
# From which state a ticket may go to which.
MOVES: dict[str, frozenset[str]] = {
    State.CALLED: frozenset({State.WAITING}),
    State.DONE: frozenset({State.CALLED}),
    State.LEFT: frozenset({State.WAITING, State.CALLED}),
    State.WAITING: frozenset({State.CALLED}),
}


def office_of(by: Staff) -> Unit:
    """The petition office whose reception room this person works in; Forbidden for anybody else."""
    for post in by.posts:
        if Permission.REGISTER in ROLE_PERMISSIONS[Role(post.role)]:
            return structure.office_for(Unit.objects.get(pk=post.unit_id))
    raise Forbidden("not_reception", "排号由信访专员办理。")


def of_day(by: Staff, day: date) -> list[Ticket]:
    """The day's tickets of one's own office, in order of their numbers."""
    return list(Ticket.objects.filter(office=office_of(by), day=day).select_related("filing__case").order_by("no"))


def take(headcount: int, *, by: Staff, at: datetime) -> Ticket:
    """The next number of the day for a visit of this many people; each day of an office begins with 1."""
    if not 1 <= headcount <= 100_000:
        raise Invalid("headcount", "人数请填 1 以上的整数。", field="headcount")
    office, day = office_of(by), localtime(at).date()
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=office.pk)  # two at the desk get two numbers
        last = Ticket.objects.filter(office=office, day=day).aggregate(last=Max("no"))["last"] or 0
        if last >= MOST_OF_A_DAY:
            raise Refused("queue_full", "今天的号已经排满。请直接登记来访。")
        return Ticket.objects.create(office=office, day=day, no=last + 1, headcount=headcount, taken_at=at)


def call_next(*, by: Staff, at: datetime) -> Ticket:
    """Call whoever has waited longest today. Refused when nobody waits."""
    office, day = office_of(by), localtime(at).date()
    waiting = Ticket.objects.filter(office=office, day=day, state=State.WAITING).order_by("no")
    for ticket in waiting[:20]:
        if _move(ticket, State.CALLED, called_at=at):
            return ticket
    raise Refused("nobody_waits", "现在没有人在等候。")


def move(ticket: Ticket, state: str, *, at: datetime) -> Ticket:
    """Call out of turn, end, note that they left, or put back to waiting. Refused when somebody was faster."""
    if state not in MOVES:
        raise Invalid("state", "没有这一步。请刷新页面。")
    times: dict[str, datetime | None] = {"called_at": at} if state == State.CALLED else {"ended_at": at}
    if state == State.WAITING:
        times = {"called_at": None}
    if not _move(ticket, state, **times):
        raise Refused("moved", "这个号刚刚有人处理过。请刷新页面。")
    return ticket


def _move(ticket: Ticket, state: str, **times: datetime | None) -> bool:
    """Compare and set: of two at the desk one moves it."""
    rows = Ticket.objects.filter(pk=ticket.pk, state__in=MOVES[state])
    if not rows.update(state=state, **times):
        return False
    ticket.refresh_from_db()
    return True


def ticket_for(by: Staff, pk: int) -> Ticket:
    """A ticket of one's own office; NotFound for any other."""
    ticket = Ticket.objects.filter(pk=pk, office=office_of(by)).first()
    if ticket is None:
        raise NotFound()
    return ticket


def ticket_of(by: Staff, text: str) -> Ticket | None:
    """The ticket whose number stands in an address, if it is of one's own office and no filing came of it yet."""
    if not text.isdecimal() or len(text) > 12:
        return None
    return Ticket.objects.filter(pk=int(text), office=office_of(by), filing=None).first()


def sweep(now: datetime) -> int:
    """Remove tickets of which no filing came, some days after their day; answers how many."""
    before = localtime(now).date() - timedelta(days=settings.TICKETS_KEPT_DAYS)
    return Ticket.objects.filter(day__lt=before, filing=None).delete()[0]
