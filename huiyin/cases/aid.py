"""Hardship aid with the union (《信访工作条例》第二十七条: 生活困难的帮扶救助到位, 第三十七条): asked for, given, ended with a reason.

It goes on after a case has ended. What aid cost or whom else it reached is not kept here: the union has its own books.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from huiyin.cases import letters, together
from huiyin.cases.lifecycle import Turn, taking
from huiyin.cases.models import Aid, Case, Filing
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Employee
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org import structure
from huiyin.org.permissions import Permission

WORDS = 500


def ask_aid(case: Case, *, kind: str, reason: str, by: Actor, at: datetime) -> Aid:
    """Staff asks the union to help; the filer sees it."""
    reason = chinese.needed(reason, "请写明需要怎样的帮扶。", limit=WORDS, field="reason")
    with taking("ask_aid", case, by=by, at=at) as turn:
        return _ask(turn, kind, reason, is_wish=False)


def wish_aid(filing: Filing, *, kind: str, reason: str, by: Actor, at: datetime) -> Aid:
    """The filer asks for help."""
    if not isinstance(by, Employee):
        raise Forbidden("employee_only", "这一步只能由反映人本人来做。")
    letters.check_stands(filing)
    reason = chinese.needed(reason, "请写几句您遇到的困难。", limit=WORDS, field="reason")
    with taking("wish_aid", together.leading(filing.case), by=by, at=at) as turn:
        turn.facts["filing"] = filing.reference
        return _ask(turn, kind, reason, is_wish=True)


def give_aid(aid: Aid, *, given: str, by: Actor, at: datetime) -> Aid:
    """What help was given, in words the filer reads. It may be given more than once: the last words stand."""
    given = chinese.needed(given, "请写明给了怎样的帮扶。", limit=WORDS, field="given")
    with taking("give_aid", aid.case, by=by, at=at) as turn:
        row = _open(aid)
        row.given_at, row.given = at, given
        turn.keep(row)
        turn.notify(letters.accounts(turn.case), "progress")
    return row


def end_aid(aid: Aid, *, reason: str, by: Actor, at: datetime) -> Aid:
    """Ended: given, not wanted, or not possible, and why. The filer reads it; the union no longer sees the case."""
    reason = chinese.needed(reason, "请写明帮扶的结果，或者为什么不能帮扶。", limit=WORDS, field="reason")
    with taking("end_aid", aid.case, by=by, at=at) as turn:
        row = _open(aid)
        row.ended_at, row.end_reason = at, reason
        turn.keep(row)
        turn.notify(letters.accounts(turn.case), "progress")
    return row


def _ask(turn: Turn, kind: str, reason: str, *, is_wish: bool) -> Aid:
    if turn.case.is_sealed:
        raise Refused("sealed", "这件事项由纪检监察封闭办理，不能从这里申请帮扶。请直接联系工会，不用提起这件事。")
    if kind not in Aid.Kind.values:
        raise Invalid("kind", "请选择哪一种帮扶。", field="kind")
    if Aid.objects.filter(case=turn.case, kind=kind, ended_at=None).exists():
        raise Refused("asked_already", "这种帮扶已经申请过，正在办理。", field="kind")
    unit = turn.case.unit or turn.case.office
    union = structure.union_for(unit, timezone.localtime(turn.at).date())
    row = Aid(case=turn.case, kind=kind, union=union, is_wish=is_wish, reason=reason, asked_at=turn.at)
    row.asked_by_id = None if is_wish else turn.user_id
    turn.keep(row)
    turn.case.has_aid = True
    turn.notify_holders(Permission.AID, row.union, "aid_asked")
    return row


def _open(aid: Aid) -> Aid:
    row = Aid.objects.select_related("case", "union").get(pk=aid.pk)
    if row.ended_at is not None:
        raise Refused("aid_ended", "这项帮扶已经结束。请刷新页面查看。")
    return row
