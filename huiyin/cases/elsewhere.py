"""Told where to go, and nobody to tell: ends of triage that are not refusals of the same kind.

《信访工作条例》第二十三条 (not the enterprise's: told which organ; notice not owed where name or address are unclear). No
longer accepted after the final review: `repeated`.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from huiyin.cases import letters
from huiyin.cases.lifecycle import note_row, taking
from huiyin.cases.models import Case, Note
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Refused
from huiyin.org import structure
from huiyin.papers.models import Paper

WORDS_LIMIT = 1000


def refer(
    case: Case,
    *,
    right_organ: str,
    reason: str,
    how: str = "",
    way: str,
    place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Paper:
    """Not a matter of this enterprise: the filer is told in writing which organ to go to, and how (D5N)."""
    right_organ = chinese.needed(
        right_organ, limit=200, field="right_organ", sentence=_("请写明应当向哪个机关、单位提出。")
    )
    reason = chinese.needed(
        reason, limit=WORDS_LIMIT, field="reason", sentence=_("请写明为什么不属于本单位的职权范围。")
    )
    how = chinese.clean(how, limit=WORDS_LIMIT, field="how")
    with taking("refer", case, by=by, at=at) as turn:
        fields = letters.common(turn.case) | {"right_organ": right_organ, "reason": reason}
        if how:
            fields["how"] = how
        paper = letters.issue(turn, "D5N", fields, structure.issuer(turn.case.office))
        if not turn.case.is_notice_exempt:
            letters.send(turn, paper, way, place=place, tracking_no=tracking_no)
    return paper


def exempt_notice(case: Case, *, reason: str, by: Actor, at: datetime) -> Case:
    """Name or address unclear: no written notice is owed, and the matter is registered and handled like any other
    (第二十三条第一款). The reason stays in the record."""
    reason = chinese.needed(
        reason, limit=WORDS_LIMIT, field="reason", sentence=_("请写明姓名、地址哪里不清楚，怎样核对过。")
    )
    with taking("exempt_notice", case, by=by, at=at) as turn:
        if turn.case.is_notice_exempt:
            raise Refused("exempt_already", "这件事项已经登记为姓名地址不清。")
        turn.case.is_notice_exempt = True
        turn.keep(note_row(turn, Note.Kind.NOTE, f"姓名（名称）、住址不清，免予书面告知：{reason}"))
    return case


def resume_notice(case: Case, *, reason: str, by: Actor, at: datetime) -> Case:
    """Name and address became known: the 15 days to tell in writing count from today."""
    reason = chinese.needed(reason, limit=WORDS_LIMIT, field="reason", sentence=_("请写明是怎样核实到的。"))
    with taking("resume_notice", case, by=by, at=at) as turn:
        if not turn.case.is_notice_exempt:
            raise Refused("not_exempt", "这件事项没有免予告知，不需要恢复。")
        turn.case.is_notice_exempt = False
        turn.keep(note_row(turn, Note.Kind.NOTE, f"已知姓名（名称）、住址，恢复书面告知：{reason}"))
    return case
