"""What a closed unit left is handled by whoever takes over (第二十四条): its open cases follow it, each with an event."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from huiyin.cases.lifecycle import Turn, taking
from huiyin.cases.models import Case, CoHandling, Dispatch
from huiyin.cases.models.case import OPEN
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import DomainError
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.org.permissions import Permission


def hand_over(case: Case, *, by: Actor, at: datetime) -> Case:
    """Give a case of a closed unit to whoever took over from it. Refused (`no_successor`) where nobody is named."""
    with taking("hand_over", case, by=by, at=at) as turn:
        moved, day = turn.case, timezone.localtime(at).date()
        office = structure.office_for(moved.office, day)
        if moved.unit is not None and not structure.is_open(moved.unit, day):
            moved.unit, moved.handler = structure.live(moved.unit, day), None
            turn.notify_holders(Permission.TAKE_IN, moved.unit, "handed_over")
        if office.pk != moved.office_id:
            turn.notify_holders(Permission.TRIAGE, office, "handed_over")
        moved.office = office
        if moved.sender is not None:
            moved.sender = structure.office_for(moved.sender, day)
        if moved.next_unit is not None:  # for a step that waits where an act once laid it
            moved.next_unit = structure.live(moved.next_unit, day)
        _follow(turn)
    return case


def _follow(turn: Turn) -> None:
    """What stands between units moves along: what was sent, and who was asked to help."""
    for sent in Dispatch.objects.select_related("from_office", "to_office", "to_unit").filter(
        case=turn.case, ended_at=None
    ):
        before = (sent.from_office_id, sent.to_office_id, sent.to_unit_id)
        sent.from_office = structure.office_for(sent.from_office)
        sent.to_office, sent.to_unit = structure.office_for(sent.to_office), structure.live(sent.to_unit)
        if before != (sent.from_office_id, sent.to_office_id, sent.to_unit_id):
            turn.keep(sent)
    for helper in CoHandling.objects.select_related("unit").filter(case=turn.case, ended_at=None):
        if not structure.is_open(helper.unit):
            helper.unit = structure.live(helper.unit)
            turn.keep(helper)


def follow(by: Actor, at: datetime, *, at_most: int = 200) -> int:
    """Hand over every open case that stands with a unit closed by today. One statement where there is none.

    A case whose unit has no successor stays, and the watch-dog names it (`watch.ownerless`).
    """
    closed = Unit.objects.filter(closed_on__lte=timezone.localtime(at).date())
    stands = Q(office__in=closed) | Q(unit__in=closed) | Q(sender__in=closed) | Q(next_unit__in=closed)
    rows = Case.objects.filter(stands, stage__in=OPEN).select_related("subject__key")
    moved = 0
    for case in rows.order_by("pk")[:at_most]:
        try:
            hand_over(case, by=by, at=at)
        except DomainError:
            continue
        moved += 1
    return moved
