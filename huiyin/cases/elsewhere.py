"""Told where to go, no longer accepted, and nobody to tell: ends of triage that are not refusals of the same kind.

《信访工作条例》第二十三条 (not the enterprise's: told which organ; notice not owed where name or address are unclear),
第三十六条第三款 (after the final review the same facts and reasons are not accepted again).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from huiyin.cases import letters
from huiyin.cases.lifecycle import note_row, taking
from huiyin.cases.models import Case, Note
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org import structure
from huiyin.papers.models import Paper

WORDS_LIMIT = 1000


@dataclass(frozen=True)
class Opinion:
    """One of the three opinions that a matter has had: number, who gave it, when."""

    number: str
    unit: str
    on: date


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


def no_longer(
    case: Case,
    *,
    first: Opinion,
    review: Opinion,
    final: Opinion,
    aid_way: str = "",
    way: str,
    place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Paper:
    """After the final review, with the same facts and reasons: no longer accepted, with the three earlier opinions by number
    and day (D4, 第三十六条第三款). New facts or reasons are accepted like any others."""
    opinions = {"first": first, "review": review, "final": final}
    fields: dict[str, str] = {}
    for name, opinion in opinions.items():
        fields[f"{name}_number"] = chinese.needed(
            opinion.number, limit=60, field=f"{name}_number", sentence=_("请写明三级意见各自的文号。")
        )
        fields[f"{name}_unit"] = chinese.needed(
            opinion.unit, limit=60, field=f"{name}_unit", sentence=_("请写明三级意见各自是哪个单位出具的。")
        )
        fields[f"{name}_on"] = opinion.on.isoformat()
    if not first.on <= review.on <= final.on:
        raise Invalid(
            "opinions", "三级意见的日期先后不对：处理意见在前，复查意见居中，复核意见在后。", field="final_on"
        )
    aid_way = chinese.clean(aid_way, limit=WORDS_LIMIT, field="aid_way")
    with taking("no_longer", case, by=by, at=at) as turn:
        told = letters.common(turn.case) | fields | ({"aid_way": aid_way} if aid_way else {})
        paper = letters.issue(turn, "D4", told, structure.issuer(turn.case.office))
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
