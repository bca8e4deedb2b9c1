"""Limits that a newly published calendar counts to an earlier day than the filer was told: a person says which holds."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from huiyin.cases import access
from huiyin.cases.lifecycle import note_row, taking
from huiyin.cases.models import Case, Note
from huiyin.clocks import running
from huiyin.clocks.models import Clock
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Invalid, Refused


def waiting(by: Actor) -> QuerySet[Case]:
    """Open cases in view with a limit that waits for a person's word, the next due first."""
    rows = access.visible_to(by).filter(
        subject__clocks__counted_on__isnull=False, subject__clocks__stopped_at__isnull=True
    )
    return rows.distinct().order_by("next_due_on", "pk")


def settle_recount(case: Case, clock: Clock, *, is_taken: bool, reason: str, by: Actor, at: datetime) -> Case:
    """The earlier day counts from now on, or the day that was told stays. Both days and the reason are kept.

    Refused where this limit does not wait (somebody was faster, or it has ended).
    """
    reason = chinese.clean(reason, limit=500, field="reason")
    if not reason:
        raise Invalid("reason", "请写明理由，以后查得到。", field="reason")
    with taking("settle_recount", case, by=by, at=at) as turn:
        found = next((one for one in turn.clocks if one.pk == clock.pk and one.counted_on), None)
        if found is None:
            raise Refused("nothing_waits", "这项期限没有等待确认的新日期。请刷新页面查看最新情况。")
        turn.facts |= {
            "rule": found.rule,
            "due_before": found.due_on.isoformat(),
            "counted_on": found.counted_on.isoformat() if found.counted_on else "",
        }
        turn.set_clock(running.settle(found, is_taken=is_taken))
        turn.facts["due_after"] = found.due_on.isoformat()
        turn.keep(note_row(turn, Note.Kind.NOTE, reason))
    return case
