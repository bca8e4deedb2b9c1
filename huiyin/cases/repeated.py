"""The same matter again after the final review: answered as ended (不再受理), with the three opinions by number and date.

《信访工作条例》第三十六条第三款: the same facts and reasons are not taken up again. New facts are: then the case is accepted as
any other. Never merged with the other three answers that aren't an acceptance (domain.md §1.2).
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from huiyin.cases import access, letters, together
from huiyin.cases.lifecycle import note_row, taking
from huiyin.cases.models import Case, Decision, Filing, Note, Review
from huiyin.cases.models.review import final_of
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import N_, Invalid, NotFound
from huiyin.org import structure
from huiyin.papers.models import Paper
from huiyin.papers.templates import Value

AID_WAY = "向工会或者信访工作机构提出，符合条件的给予帮扶。"


def ended_case(by: Actor, name: str) -> Case:
    """The case of this number or reference that a final review ended. Invalid where there is none in view."""
    rows = access.visible_to(by).select_related("subject__key", "office", "unit")
    found = rows.filter(number=name).first() or rows.filter(reference=name.upper()).first()
    if found is None:
        raise Invalid("earlier", "没有找到这个编号的事项，请核对编号。", field="earlier")
    if final_of(found) is None:
        raise Invalid(
            "not_ended", "那件事项没有经过复核，不能以“不再受理”答复。请按一般来件研判。", field="earlier"
        )  # fmt: skip
    return found


def no_longer(
    case: Case,
    *,
    earlier: Case,
    why_same: str,
    filing: str = "",
    way: str,
    place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Paper:
    """Not taken up again, with D4. `why_same` keeps, for staff, what was compared: the facts and reasons, never who asks.

    `filing`: whose copies of the earlier papers are named, the reference of a filing of the earlier case; else the first's.
    """
    why_same = chinese.needed(
        why_same, limit=1000, field="why_same", sentence=N_("请写明这次的事实和理由与哪些相同、没有什么新的。")
    )
    final = final_of(access.case_for(by, earlier.reference))
    if final is None or final.earlier is None:
        raise Invalid("not_ended", "那件事项没有经过复核，不能以“不再受理”答复。", field="earlier")
    own = _filing_of(earlier, filing)
    with taking("no_longer", case, by=by, at=at) as turn:
        papers = letters.served(earlier)
        fields: dict[str, Value] = letters.common(turn.case) | {
            **_opinion("first", final.decision, own, papers),
            **_opinion("review", final.earlier, own, papers),
            **_opinion("final", final, own, papers),
            "aid_way": AID_WAY,
        }
        paper = letters.issue(turn, "D4", fields, structure.issuer(turn.case.office))
        letters.send(turn, paper, way, place=place, tracking_no=tracking_no)
        turn.keep(note_row(turn, Note.Kind.NOTE, f"与{earlier.number or earlier.reference}相同：{why_same}"))
        turn.facts["same_as"] = earlier.reference
    return paper


def _filing_of(earlier: Case, reference: str) -> Filing:
    rows = Filing.objects.filter(case__in=together.members(earlier)).order_by("pk")
    found = rows.filter(reference=reference).first() if reference else rows.filter(case=earlier).first()
    if found is None:
        raise NotFound()
    return found


def _opinion(name: str, given: Decision | Review, own: Filing, papers: list[letters.Served]) -> dict[str, Value]:
    """Number, unit and date of one of the three, as on the copy of this filing."""
    if isinstance(given, Review) and given.unit_id is None:
        number, unit, day = given.organ_number, given.organ, given.organ_decided_on
    else:
        is_review = isinstance(given, Review)
        fitting = [
            one for one in papers if (one.is_opinion and one.review_id == given.pk if is_review else one.is_decision)
        ]
        found = letters.copy_for(own, fitting) or fitting[0]
        number, unit, day = found.paper.number or "", found.paper.unit.name, _day(found.paper)
    return {f"{name}_number": number, f"{name}_unit": unit, f"{name}_on": day.isoformat() if day else ""}


def _day(paper: Paper) -> date | None:
    return timezone.localtime(paper.sealed_at).date() if paper.sealed_at else None
