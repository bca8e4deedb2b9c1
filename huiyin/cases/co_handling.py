"""Several units on one case (第二十四条): one leads, the others are asked to help with what is theirs, and answer by a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases.lifecycle import Turn, taking
from huiyin.cases.models import Case, CoHandling
from huiyin.clocks import running
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Staff
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role

ASKED_LIMIT = 1000
ANSWER_LIMIT = 10_000
LIMIT = "co_handling"


def co_handle(case: Case, *, unit: Unit, asked: str, by: Actor, at: datetime) -> CoHandling:
    """Ask a unit to help the one that leads. Until it has answered it sees the case; it has 7 days, each unit its own."""
    asked = chinese.needed(asked, limit=ASKED_LIMIT, field="asked", sentence=_("请写明请这个单位办什么、提供什么。"))
    unit = structure.live(unit)
    with taking("co_handle", case, by=by, at=at) as turn:
        if turn.case.unit_id == unit.pk:
            raise Invalid("unit", "这个单位就是主办单位。请另选协办单位。", field="unit")
        if CoHandling.objects.filter(case=turn.case, unit=unit, ended_at=None).exists():
            raise Refused("asked_already", "已经请这个单位协办，还没有答复。")
        row = CoHandling(case=turn.case, unit=unit, asked=asked, asked_at=at, due_on=timezone.localtime(at).date())
        row.asked_by_id = turn.user_id
        row.save()
        turn.start(LIMIT, whose=row.pk)
        row.due_on = next(clock.due_on for clock in turn.clocks if clock.rule == LIMIT and clock.whose == row.pk)
        turn.keep(row)
        turn.notify_holders(Permission.CO_HANDLE, unit, "co_handling_asked")
    return row


def helping(case: Case) -> list[CoHandling]:
    """What other units were asked for and have not answered yet, the next due first."""
    rows = CoHandling.objects.select_related("unit").filter(case=case, ended_at=None)
    return list(rows.order_by("due_on", "pk"))


def asked_of(case: Case, by: Actor) -> CoHandling | None:
    """What this person's unit was asked for, if it has not answered."""
    if not isinstance(by, Staff):
        return None
    reach = [
        path for post in by.posts if Permission.CO_HANDLE in ROLE_PERMISSIONS[Role(post.role)] for path in post.reach
    ]
    return next((row for row in helping(case) if any(row.unit.path.startswith(path) for path in reach)), None)


def answer_co_handling(case: Case, *, text: str, uploads: Sequence[str] = (), by: Actor, at: datetime) -> CoHandling:
    """The helping unit answers, with files; it sees the case no longer."""
    text = chinese.needed(text, limit=ANSWER_LIMIT, field="text", sentence=_("请写明查到的情况和意见。"))
    with taking("answer_co_handling", case, by=by, at=at) as turn:
        row = asked_of(turn.case, by)
        if row is None:
            raise Forbidden("not_asked", "您的单位没有等待答复的协办请求。")
        row.answer, row.answered_at, row.ended_at = text, at, at
        row.answered_by_id = turn.user_id
        turn.keep(row)
        row.files.set(turn.keep_files(uploads))
        _stop(turn, row)
        turn.notify(
            sorted({row.asked_by_id, *([turn.case.handler_id] if turn.case.handler_id else [])}), "co_handling_answered"
        )
    return row


def end_co_handling(case: Case, *, co_handling_id: int, by: Actor, at: datetime) -> CoHandling:
    """The leading unit needs the help no longer."""
    with taking("end_co_handling", case, by=by, at=at) as turn:
        row = CoHandling.objects.filter(case=turn.case, pk=co_handling_id, ended_at=None).first()
        if row is None:
            raise Refused("ended", "这项协办已经答复或者撤销。请刷新页面查看。")
        row.ended_at = at
        turn.keep(row)
        _stop(turn, row)
    return row


def _stop(turn: Turn, row: CoHandling) -> None:
    """Stop this unit's own limit; those of the others run on."""
    own = [clock for clock in turn.clocks if clock.rule == LIMIT and clock.whose == row.pk]
    for clock in running.stop(own, turn.at):
        turn.set_clock(clock)
    turn.clocks = [clock for clock in turn.clocks if clock not in own]
