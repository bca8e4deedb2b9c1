"""The unit's written answer to what was asked, and its reading: accepted, or returned with the reason and a new limit.

The same for supervision, instructions and advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.utils.timezone import localtime

from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org import structure
from huiyin.org.permissions import Permission
from huiyin.oversight import access, ladder
from huiyin.oversight.acting import REASON_LIMIT, TEXT_LIMIT, acting
from huiyin.oversight.models import Advice, Asked, Instruction, Reply, State, Supervision
from huiyin.papers.templates import Value

Row = TypeVar("Row", bound=Asked)
RULES: dict[type[Asked], str] = {
    Supervision: "supervision_answer",
    Instruction: "instruction",
    Advice: "advice_answer",
}


def answer(row: Row, *, text: str, adoption: str = "", uploads: Sequence[str] = (), by: Actor, at: datetime) -> Reply:
    """Answer for the unit, with what shows it. Stops the limit. Advice is answered by D22R: adopted, in part or not,
    and why (《信访工作条例》第四十条第四款)."""
    access.need(access.may_answer(by, row), Permission.REPORT_BACK)
    text = chinese.needed(text, limit=TEXT_LIMIT, field="text", sentence="请写明办理情况和结果。")
    if isinstance(row, Advice) and adoption not in Reply.Adoption.values:
        raise Invalid("adoption", "请选择是否采纳。", field="adoption")
    with acting("answer", row, leaves={State.ASKED}, by=by, at=at) as turn:
        reply = Reply(subject=turn.row.subject, text=text, written_by_id=turn.user_id, written_at=at)
        if isinstance(turn.row, Advice):
            reply.adoption = adoption
            reply.paper = turn.issue("D22R", _feedback(turn.row, reply), structure.issuer(turn.row.unit))
        turn.keep(reply)
        reply.files.set(turn.keep_files(uploads))
        turn.stop()
        turn.row.state = State.ANSWERED
        if isinstance(turn.row, Supervision):
            turn.row.is_stalled = False
        turn.notify(_readers(turn.row, at), f"{turn.row.subject.kind}_answered")
    return reply


def accept(row: Row, *, by: Actor, at: datetime) -> Row:
    """The answer is accepted: what was asked is settled. Nobody accepts what they wrote themselves."""
    access.need(access.may_read_back(by, row), _whose(row))
    with acting("accept_answer", row, leaves={State.ANSWERED}, by=by, at=at) as turn:
        if latest(turn.row).written_by_id == turn.user_id:
            raise Forbidden("own_answer", "自己写的答复不能由自己审阅，请由另一位有权审阅的人办理。")
        turn.row.state, turn.row.closed_at, turn.row.closed_by_id = State.CLOSED, at, turn.user_id
    return row


def return_answer(row: Row, *, reason: str, by: Actor, at: datetime) -> Row:
    """The answer is not enough: back with the reason and the same limit anew; it stays in the record."""
    access.need(access.may_read_back(by, row), _whose(row))
    reason = chinese.needed(reason, limit=REASON_LIMIT, field="reason", sentence="请写明需要补充什么。")
    with acting("return_answer", row, leaves={State.ANSWERED}, by=by, at=at) as turn:
        reply = latest(turn.row)
        reply.returned_at, reply.return_reason = at, reason
        turn.keep(reply)
        turn.row.state = State.ASKED
        turn.start(RULES[type(turn.row)])
        people = {reply.written_by_id, *ladder.next_above(turn.row.unit, localtime(at).date()).people}
        turn.notify(sorted(people), f"{turn.row.subject.kind}_returned")
    return row


def latest(row: Asked) -> Reply:
    """The answer that stands. Refused where there is none."""
    reply = Reply.objects.filter(subject=row.subject_id, returned_at=None).order_by("-pk").first()
    if reply is None:
        raise Refused("no_answer", "还没有答复。请等承办单位答复后再审阅。")
    return reply


def _readers(row: Asked, at: datetime) -> list[int]:
    """Who reads the answer: the leader who instructed, else the officers of the office."""
    if isinstance(row, Instruction) and row.asked_by_id == row.given_by_id:
        return [row.given_by_id]
    case = row.case_or_none
    office = case.office if case else structure.office_for(row.unit)
    officers = structure.holders(Permission.SUPERVISE, office, localtime(at).date())
    also = [row.given_by_id] if isinstance(row, Instruction) else []
    return [*(user.pk for user in officers), *also]


def _whose(row: Asked) -> Permission:
    return Permission.INSTRUCT if isinstance(row, Instruction) else Permission.SUPERVISE


def _feedback(row: Advice, reply: Reply) -> dict[str, Value]:
    received = localtime(row.asked_at).date() if row.asked_at else localtime(reply.written_at).date()
    return {
        "addressee": row.paper.unit.name if row.paper else "",
        "sort": row.kind,
        "suggestion_number": row.number or "",
        "received_on": received.isoformat(),
        "outcome": reply.adoption,
        "reply": reply.text,
    }
