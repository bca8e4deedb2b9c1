"""Instructions (批示): written by a leader on a case, or on paper and entered by the office with its date and scan.

The unit answers within the limit `instruction`; the leader reads the answer (`answering`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.timezone import localtime

from huiyin.cases import together
from huiyin.cases.models import Case, Filing
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Staff
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org import structure
from huiyin.org.models import Unit, User
from huiyin.org.permissions import Permission, roles_with
from huiyin.oversight import access, ladder
from huiyin.oversight.acting import TEXT_LIMIT, Turn, beginning
from huiyin.oversight.models import Instruction, State

RULE = "instruction"
NEEDED = "请写明批示的内容。"


def give(case: Case, *, text: str, unit: Unit, by: Staff, at: datetime) -> Instruction:
    """The leader writes it here; the unit has the limit from now to answer."""
    access.need(access.may_instruct(by, case), Permission.INSTRUCT)
    text = chinese.needed(text, limit=TEXT_LIMIT, field="text", sentence=NEEDED)
    row = Instruction(case=case, unit=unit, text=text, given_on=localtime(at).date(), given_by_id=by.user_id)
    with beginning("give_instruction", row, by=by, at=at) as turn:
        _ask(turn)
    return row


def enter(
    case: Case,
    *,
    text: str,
    unit: Unit,
    given_by: User,
    given_on: date,
    uploads: Sequence[str] = (),
    filing: Filing | None = None,
    by: Actor,
    at: datetime,
) -> Instruction:
    """The office enters what a leader wrote on paper: who, on which day, with the scan. `filing`: it came as one.

    The limit runs from the entry. Invalid for somebody who leads nothing and for a day to come; Refused for a filing
    whose instruction was entered already.
    """
    access.need(access.may_supervise(by, case), Permission.SUPERVISE)
    text = chinese.needed(text, limit=TEXT_LIMIT, field="text", sentence=NEEDED)
    if given_on > localtime(at).date():
        raise Invalid("given_on", "批示日期不能晚于今天。请核对。", field="given_on")
    if not leaders(on=localtime(at).date()).filter(pk=given_by.pk).exists():
        raise Invalid("given_by", "请选择作出批示的领导。", field="given_by")
    if filing is not None and not together.standing(case).filter(pk=filing.pk).exists():
        raise Invalid("filing", "这件来件不属于这件事项，请核对。", field="filing")
    if filing is not None and Instruction.objects.filter(filing=filing).exists():
        raise Refused("entered_already", "这件来件的批示已经登记。请到批示页面查看。")
    row = Instruction(case=case, unit=unit, text=text, given_on=given_on, given_by=given_by, filing=filing)
    with beginning("enter_instruction", row, by=by, at=at) as turn:
        _ask(turn)
        row.save()
        row.files.set(turn.keep_files(uploads))
    return row


def leaders(*, on: date) -> QuerySet[User]:
    """Who may write instructions on this day."""
    held = structure.held_on(on).filter(role__in=roles_with(Permission.INSTRUCT), user__is_active=True)
    return User.objects.filter(pk__in=held.values("user"))


def _ask(turn: Turn[Instruction]) -> None:
    row = turn.row
    row.state, row.asked_at, row.asked_by_id = State.ASKED, turn.at, turn.user_id
    turn.start(RULE)
    rung = ladder.next_above(row.unit, localtime(turn.at).date(), leaving_out=[row.given_by_id])
    row.tier = rung.tier
    turn.notify(rung.people, "instruction_given")
