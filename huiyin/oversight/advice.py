"""Advice (三项建议, 《信访工作条例》第四十条): paper D22 to a unit, which answers in writing whether it follows it (D22R)."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localtime

from huiyin.cases.models import Case
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import N_, Invalid, Refused
from huiyin.org import structure
from huiyin.org.models import Post, Unit
from huiyin.org.permissions import Permission
from huiyin.oversight import access, ladder
from huiyin.oversight.acting import TEXT_LIMIT, Turn, acting, beginning
from huiyin.oversight.models import Advice, State

RULE = "advice_answer"
# What a unit can be held to account for, by article of 《信访工作条例》.
BREACHES: dict[str, str] = {
    "42": N_("第四十二条：决策失误、作为不当或者不作为，导致信访事项发生"),
    "43": N_("第四十三条：应当登记、转送、交办、督办而没有"),
    "44": N_("第四十四条：不按规定登记、受理、告知"),
    "45": N_("第四十五条：推诿、敷衍、拖延，不支持应当支持的请求，不采纳建议"),
    "46": N_("第四十六条：作风粗暴、隐瞒不报、泄露材料、打击报复等"),
}


def advise(
    unit: Unit,
    *,
    kind: str,
    problem: str,
    basis: str,
    text: str,
    breach: str = "",
    case: Case | None = None,
    by: Actor,
    at: datetime,
) -> Advice:
    """Seal the advice as D22 and put it to the unit. To hold to account names the unit and the breach, never a person:
    Invalid where somebody at work there is named.
    """
    access.need(access.may_supervise(by, case, unit), Permission.SUPERVISE)
    if kind not in Advice.Kind.values:
        raise Invalid("kind", "请选择建议的种类。", field="kind")
    problem = chinese.needed(problem, limit=TEXT_LIMIT, field="problem", sentence="请写明发现的问题。")
    basis = chinese.needed(basis, limit=TEXT_LIMIT, field="basis", sentence="请写明依据的条款、制度或者事实。")
    text = chinese.needed(text, limit=TEXT_LIMIT, field="text", sentence="请写明建议的内容。")
    if kind == Advice.Kind.ACCOUNT:
        if breach not in BREACHES:
            raise Invalid("breach", "请选择单位违反的是哪一条。", field="breach")
        _refuse_names(unit, (problem, basis, text))
    else:
        breach = ""
    row = Advice(case=case, unit=unit, kind=kind, breach=breach, problem=problem, basis=basis, text=text)
    with beginning("advise", row, by=by, at=at) as turn:
        _ask(turn)
    return row


def withdraw(row: Advice, *, reason: str, by: Actor, at: datetime) -> Advice:
    """Take advice back, with the reason; number and paper stay."""
    access.need(access.may_supervise(by, row.case, row.unit), Permission.SUPERVISE)
    reason = chinese.needed(reason, limit=500, field="reason", sentence="请写明为什么撤销。")
    with acting("withdraw_advice", row, leaves={State.ASKED, State.ANSWERED}, by=by, at=at) as turn:
        turn.stop()
        turn.row.state, turn.row.closing_reason, turn.row.closed_at = State.WITHDRAWN, reason, at
        turn.row.closed_by_id = turn.user_id
    return row


def _ask(turn: Turn[Advice]) -> None:
    row = turn.row
    row.state, row.asked_at, row.asked_by_id = State.ASKED, turn.at, turn.user_id
    turn.start(RULE)
    if row.clock is None:
        raise AssertionError("advice needs a limit")
    basis = f"{BREACHES[row.breach]}。\n{row.basis}" if row.breach else row.basis
    fields = {
        "addressee": row.unit.name, "sort": row.kind, "problem": row.problem, "basis": basis, "suggestion": row.text,
        "due_on": row.clock.due_on.isoformat(),
    }  # fmt: skip
    if row.case:
        fields["case_number"] = row.case.number or row.case.reference
    office = row.case.office if row.case else structure.office_for(row.unit)
    row.paper = turn.issue("D22", fields, structure.issuer(office))
    row.number = row.paper.number
    rung = ladder.next_above(row.unit, localtime(turn.at).date())
    row.tier = rung.tier
    turn.notify(rung.people, "advice_given")


def _refuse_names(unit: Unit, texts: tuple[str, ...]) -> None:
    names = Post.objects.filter(unit__path__startswith=unit.path).values_list("user__name", flat=True).distinct()
    for name in names:
        if len(name) > 1 and any(name in text for text in texts):
            raise Refused("names_somebody", "追究责任的建议只写单位和违反的规定，不写个人。请删去姓名后再提交。")
