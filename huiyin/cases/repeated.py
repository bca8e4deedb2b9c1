"""The same matter again after the final review: answered as ended (不再受理), with the three opinions by number and date.

《信访工作条例》第三十六条第三款: the same facts and reasons are not taken up again. New facts are: then the case is accepted as
any other. Never merged with the other three answers that aren't an acceptance (domain.md §1.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from huiyin.cases import access, joining, letters, sealed, together
from huiyin.cases.lifecycle import note_row, taking
from huiyin.cases.models import Case, Decision, Filing, Note, Review
from huiyin.cases.models.review import FINAL, final_of
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import N_, Invalid
from huiyin.org import structure
from huiyin.papers.models import Paper
from huiyin.papers.templates import Value

NOT_ENDED = N_("那件事项没有经过复核，不能以“不再受理”答复。请按一般来件研判。")
AID_WAY = "向工会或者信访工作机构提出，符合条件的给予帮扶。"


@dataclass(frozen=True)
class Opinion:
    """One of the three opinions that a matter had outside the system: number, who gave it, when."""

    number: str
    unit: str
    on: date


@dataclass(frozen=True)
class Opinions:
    """All three, in the order in which they were given."""

    first: Opinion
    review: Opinion
    final: Opinion


def ended_before(by: Actor, case: Case) -> str:
    """The number of the most alike matter that a final review ended; empty where there is none in view. Only words are
    compared, never people (product.md §3)."""
    filings = Filing.objects.filter(case=case).select_related("case__subject__key")
    words = "\n".join(sealed.text_of(filing) for filing in filings)
    found = [one.case for one in joining.find_alike(words, by=by, leave_out=case)]
    ended = set(
        Review.objects.filter(
            case__in=found, step_up=FINAL, decision__returned_at=None, ended_at__isnull=False,
            result__in=letters.STANDING,
        ).values_list("case_id", flat=True)
    )  # fmt: skip
    return next((one.number or one.reference for one in found if one.pk in ended), "")


def ended_case(by: Actor, name: str) -> tuple[Case, Filing]:
    """The case of this number or reference that a final review ended, and the filing whose copies are meant: the one of
    this reference, else its first. Invalid where there is none in view."""
    rows = access.visible_to(by).select_related("subject__key", "office", "unit")
    filing = Filing.objects.filter(reference=name.upper()).select_related("case").first()
    found = rows.filter(number=name).first() or rows.filter(reference=name.upper()).first()
    if found is None and filing is not None:
        found = rows.filter(pk=together.leading(filing.case).pk).first()
    if found is None:
        raise Invalid("earlier", N_("没有找到这个编号的事项，请核对编号。"), field="earlier")
    if final_of(found) is None:
        raise Invalid("not_ended", NOT_ENDED, field="earlier")
    if filing is None or together.leading(filing.case) != found:
        filing = Filing.objects.filter(case=found).order_by("pk")[0]
    return found, filing


def no_longer(
    case: Case,
    *,
    earlier: str = "",
    outside: Opinions | None = None,
    why_same: str,
    aid_way: str = AID_WAY,
    way: str,
    place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Paper:
    """Not taken up again, with D4 (第三十六条第三款). `why_same` keeps, for staff, what was compared: the facts and reasons,
    never who asks.

    `earlier`: number or reference of the matter that a final review ended, or the reference of one filing of it; the three
    opinions are read from it, as on the copies of that filing. `outside`: the three opinions of a matter that was never in the system,
    in its place. Invalid for both, for neither, and for opinions by hand that the system has itself.
    """
    why_same = chinese.needed(
        why_same, limit=1000, field="why_same", sentence=N_("请写明这次的事实和理由与哪些相同、没有什么新的。")
    )
    aid_way = chinese.clean(aid_way, limit=1000, field="aid_way")
    earlier = chinese.clean(earlier, limit=40, field="earlier")
    if bool(earlier) == (outside is not None):
        raise Invalid("which", N_("请填已经终结的事项编号；不在本系统办理的，逐项写明三级意见。"), field="earlier")
    if outside is None:
        ended, own = ended_case(by, earlier)
        fields, same_as, named = _from_case(ended, own), ended.reference, ended.number or ended.reference
    else:
        fields, same_as, named = _from_outside(by, outside), "", outside.final.number
    with taking("no_longer", case, by=by, at=at) as turn:
        told: dict[str, Value] = letters.common(turn.case) | fields | ({"aid_way": aid_way} if aid_way else {})
        paper = letters.issue(turn, "D4", told, structure.issuer(turn.case.office))
        if not turn.case.is_notice_exempt:
            letters.send(turn, paper, way, place=place, tracking_no=tracking_no)
        turn.keep(note_row(turn, Note.Kind.NOTE, f"与{named}相同：{why_same}"))
        if same_as:
            turn.facts["same_as"] = same_as
    return paper


def _from_case(earlier: Case, own: Filing) -> dict[str, Value]:
    final, papers = final_of(earlier), letters.served(earlier)
    if final is None or final.earlier is None:
        raise Invalid("not_ended", NOT_ENDED, field="earlier")
    return {
        **_opinion("first", final.decision, own, papers),
        **_opinion("review", final.earlier, own, papers),
        **_opinion("final", final, own, papers),
    }


def _from_outside(by: Actor, given: Opinions) -> dict[str, Value]:
    fields: dict[str, Value] = {}
    for name, one in (("first", given.first), ("review", given.review), ("final", given.final)):
        number = chinese.needed(one.number, limit=60, field=f"{name}_number", sentence=N_("请写明三级意见各自的文号。"))
        unit = chinese.needed(
            one.unit, limit=60, field=f"{name}_unit", sentence=N_("请写明三级意见各自是哪个单位出具的。")
        )
        fields |= {f"{name}_number": number, f"{name}_unit": unit, f"{name}_on": one.on.isoformat()}
    if not given.first.on <= given.review.on <= given.final.on:
        raise Invalid(
            "opinions", N_("三级意见的日期先后不对：处理意见在前，复查意见居中，复核意见在后。"), field="final_on"
        )
    final = str(fields["final_number"])
    seen = access.visible_to(by)
    ours = Paper.objects.filter(number=final, kind__in=letters.OPINIONS, subject__in=seen.values("subject"))
    if ours.exists() or Review.objects.filter(organ_number=final, case__in=seen).exists():
        raise Invalid(
            "in_the_system", N_("这份复核意见在本系统里。请改填那件事项的编号，三级意见由系统查对填写。"), field="earlier"
        )  # fmt: skip
    return fields


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
