"""Supervision (督办): proposed by triggers or begun by hand, demanded by paper D20, and carried upward until answered.

《信访工作条例》第四十条第一款 as the model. What is demanded is the step, limit or promise that was missed. Answers are
read in `answering`.
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils.timezone import localtime

from huiyin.cases.models import Case
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Staff, System
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.org.permissions import Permission
from huiyin.oversight import access, ladder, triggers
from huiyin.oversight.acting import REASON_LIMIT, TEXT_LIMIT, UNHEARD, Turn, acting, beginning
from huiyin.oversight.models import Escalation, State, Supervision, Tier
from huiyin.oversight.triggers import Found
from huiyin.papers.templates import Value

RULE = "supervision_answer"
MISSED_LIMIT = 300


def propose(found: Found, *, at: datetime) -> Supervision:
    """Lay what a trigger found before the petition office. IntegrityError where it was proposed already."""
    row = Supervision(
        case=found.case, unit=found.unit, trigger=found.trigger.code, key=found.key, missed=found.missed,
        missed_clock=found.clock, text=found.trigger.asks, state=State.PROPOSED, proposed_at=at,
    )  # fmt: skip
    if found.clock is not None:
        row.missed_rule, row.missed_on = found.clock.rule, found.clock.due_on
    with beginning("propose_supervision", row, by=System("tick"), at=at):
        pass
    return row


def dismiss(row: Supervision, *, reason: str, by: Actor, at: datetime) -> Supervision:
    """Nothing is demanded, and why not. The same thing is not proposed again."""
    access.need(access.may_supervise(by, row.case), Permission.SUPERVISE)
    reason = chinese.needed(reason, limit=REASON_LIMIT, field="reason", sentence="请写明为什么不需要督办。")
    with acting("dismiss_supervision", row, leaves={State.PROPOSED}, by=by, at=at) as turn:
        _end(turn, State.DISMISSED, reason)
    return row


def issue(row: Supervision, *, text: str = "", by: Actor, at: datetime) -> Supervision:
    """Demand what was proposed; `text` in place of the demand as first written."""
    access.need(access.may_supervise(by, row.case), Permission.SUPERVISE)
    with acting("demand", row, leaves={State.PROPOSED}, by=by, at=at) as turn:
        turn.row.text = chinese.clean(text, limit=TEXT_LIMIT, field="text") or turn.row.text
        _demand(turn)
    return row


def demand(case: Case, *, unit: Unit, trigger: str, missed: str, text: str, by: Actor, at: datetime) -> Supervision:
    """Demand by hand: names the step, limit or promise that was missed, or what a superior asks.

    Invalid without it; Refused for a case that has ended.
    """
    access.need(access.may_supervise(by, case), Permission.SUPERVISE)
    if trigger not in triggers.triggers():
        raise Invalid("trigger", "请选择督办的情形。", field="trigger")
    missed = chinese.needed(
        missed, limit=MISSED_LIMIT, field="missed", sentence="请写明没有落实的是哪一步、哪个期限或者哪项承诺。"
    )
    text = chinese.needed(text, limit=TEXT_LIMIT, field="text", sentence="请写明要求承办单位做什么。")
    if not case.is_open:
        raise Refused("case_ended", "这件事项已经办结，不能再督办。需要继续办理的，请先重新办理。")
    row = Supervision(case=case, unit=unit, trigger=trigger, missed=missed, text=text, state=State.PROPOSED)
    with beginning("demand", row, by=by, at=at) as turn:
        row.key = f"hand:{row.reference}"
        _demand(turn)
    return row


def _demand(turn: Turn[Supervision]) -> None:
    """Number, paper, limit, and whoever answers for the unit: the next above where a post is vacant."""
    row = turn.row
    row.state, row.asked_at = State.ASKED, turn.at
    row.asked_by_id = turn.by.user_id if isinstance(turn.by, Staff) else None
    turn.start(RULE)
    row.paper = turn.issue("D20", _fields(row), structure.issuer(row.case.office))
    row.number = row.paper.number
    row.save()
    _tell(turn, ladder.next_above(row.unit, localtime(turn.at).date()), "supervision_demanded")


def _tell(turn: Turn[Supervision], rung: ladder.Rung, code: str, *, missed_on: date | None = None) -> None:
    """Put it into these hands: a line of the way upward, and a notice. Where nobody is left, whoever fills posts."""
    turn.row.tier, turn.row.is_stalled = rung.tier, rung.is_top
    step = turn.keep(Escalation(supervision=turn.row, tier=rung.tier, at=turn.at, missed_on=missed_on))
    step.to.set(rung.people)
    turn.facts["to"] = ",".join(str(user) for user in rung.people)
    turn.notify(rung.people, "supervision_stalled" if rung.is_top else code)
    if rung.is_top and not rung.people:
        turn.notify(ladder.guards(localtime(turn.at).date()), UNHEARD)


def escalate(row: Supervision, *, by: Actor, at: datetime) -> Supervision:
    """No answer by the last day: on to the next above, who gets a limit of their own; at the top the alarm goes to the
    petition office, and as soon as somebody further up holds a post again, on to them.

    Refused while the limit runs.
    """
    on = localtime(at).date()
    with acting("escalate", row, leaves={State.ASKED}, by=by, at=at) as turn:
        asked = turn.row
        if asked.clock is None or (asked.clock.due_on >= on and not asked.is_stalled):
            raise Refused("not_due", "答复期限还没有到，请等到期后再看。")
        rung = next_hands(asked, on)
        if rung.is_top and asked.is_stalled:
            raise Refused("nobody_above", "上面仍然没有人任职，请先补上任职。")
        missed_on, asked.escalated_at = asked.clock.due_on, at
        if not rung.is_top:
            turn.start(RULE)
        _tell(turn, rung, "supervision_escalated", missed_on=missed_on)
    return row


def next_hands(row: Supervision, on: date) -> ladder.Rung:
    """Who is next: above who was asked last, leaving out whoever was asked before; after a stall, anybody new."""
    asked = set(row.escalations.values_list("to", flat=True))
    above = Tier.NONE if row.is_stalled else row.tier
    return ladder.next_above(row.unit, on, above=above, leaving_out=asked)


def withdraw(row: Supervision, *, reason: str, by: Actor, at: datetime) -> Supervision:
    """Take a demand back, with the reason; number and paper stay."""
    access.need(access.may_supervise(by, row.case), Permission.SUPERVISE)
    reason = chinese.needed(reason, limit=REASON_LIMIT, field="reason", sentence="请写明为什么撤销。")
    with acting("withdraw_supervision", row, leaves={State.ASKED, State.ANSWERED}, by=by, at=at) as turn:
        turn.stop()
        _end(turn, State.WITHDRAWN, reason)
    return row


def _end(turn: Turn[Supervision], state: State, reason: str) -> None:
    turn.row.state, turn.row.closing_reason, turn.row.closed_at = state, reason, turn.at
    turn.row.closed_by_id, turn.row.is_stalled = turn.user_id, False


def _fields(row: Supervision) -> dict[str, Value]:
    case = row.case
    return {
        "addressee": row.unit.name,
        "case_number": case.number or case.reference,
        "matter": case.matter or "所反映问题",
        "reason": triggers.triggers()[row.trigger].title,
        "missed_step": row.missed,
        "requirements": row.text,
        "due_on": row.clock.due_on.isoformat() if row.clock else "",
    }
