"""Papers of a review: the applicant's own (D17, D18), taken up (A), not taken up (N), the opinion (D).

Everybody of the case gets an own copy of the opinion; each reads the own requests, grounds and numbers alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from huiyin.cases import letters, sealed
from huiyin.cases.lifecycle import Turn
from huiyin.cases.models import Case, Filing, Hearing, Party, Review, ReviewItem, ReviewRequest
from huiyin.cases.models.case import Outcome
from huiyin.cases.models.review import FINAL
from huiyin.cases.review_rights import Right
from huiyin.kernel.actors import Actor, Employee, Staff
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.papers import files
from huiyin.papers.models import Delivery, Paper, StoredFile
from huiyin.papers.templates import Value

Result = Review.Result


def requests(review: Review) -> list[ReviewRequest]:
    """Who asked, the first first."""
    rows = ReviewRequest.objects.select_related("filing__case__subject__key").filter(review=review)
    return list(rows.order_by("requested_at", "pk"))


def issue_application(turn: Turn, row: ReviewRequest, right: Right, stored: Sequence[StoredFile], by: Actor) -> None:
    """The applicant's own paper, with what was asked and when: on the portal at once where agreed to."""
    party = right.own.party
    fields: dict[str, Value] = {
        "case_number": turn.case.number or "",
        "received_at": row.requested_at.isoformat(),
        "applicant": letters.named(party),
        "channel": ReviewRequest.Way(row.way).label,
        **against(row.review, right.own),
        "opinion_received_on": right.received_on.isoformat(),
        "requests": sealed.demands_of(row.filing),
        "grounds": row.grounds,
        "lateness": row.why_late,
        "materials": [files.shown_name(file) for file in stored],
        "organ": right.organ,
        "receiver": by.name if isinstance(by, Staff) else "网上提交",
    }
    if right.step_up == FINAL:
        fields["first_number"] = _number_of(turn.case, row.filing)
    unit = structure.issuer(turn.case.office)
    made = letters.issue_copies(
        turn, "D18" if right.step_up == FINAL else "D17", fields, unit, [party], review=row.review
    )
    if isinstance(by, Employee) and letters.may_by_portal(party):
        letters.deliver(turn, made[0], Delivery.Way.PORTAL)


def tell_askers(
    turn: Turn, review: Review, ending: str, more: dict[str, Value], way: str, place: str, tracking_no: str
) -> None:
    """D17A, D17N (D18A, D18N) to the parties of the filings that asked, sent as the reviewer chose for the first."""
    made: list[letters.Served] = []
    papers, everybody = letters.served(turn.case), letters.addressees(turn.case)
    kind = f"D{17 if review.step_up == 1 else 18}{ending}"
    for row in requests(review):
        for party in [one for one in everybody if one.filing_id == row.filing_id]:
            fields = more | _opening(turn.case, review, row, party, papers)
            if ending == "N":
                fields.pop("requests")
            made += letters.issue_copies(turn, kind, fields, issuer(review), [party], review=review)
    letters.send(turn, made[0].paper, way, place=place, tracking_no=tracking_no)


def issue_opinion(turn: Turn, review: Review, items: Sequence[ReviewItem]) -> Paper:
    """D17D (D18D), an own copy for everybody of the case, whether they asked or not."""
    kind = "D18D" if review.is_final else "D17D"
    papers, asked = letters.served(turn.case), {row.filing_id: row for row in requests(review)}
    first = next(iter(asked.values()))
    changed = [
        f"第{item.demand.no}项请求改为：{Outcome(item.outcome).label}。"
        + (f"落实措施：{item.measure}" if item.measure else "")
        for item in items
    ]
    common: dict[str, Value] = {
        "findings": review.findings,
        "reasons": review.reasons,
        "basis": review.basis,
        "conclusion": review.result,
        "conclusion_text": "\n".join([*changed, *([review.conclusion] if review.conclusion else [])]),
    }
    if review.result == Result.SENT_BACK:
        common["redo"] = (
            "原处理意见已经撤销，由原办理单位重新办理，会另行书面答复您；对重新作出的处理意见不服的，可以再请求复查。"
        )
    elif review.is_final:
        common["ends"] = "yes"
    else:
        common |= {"final_organ": letters.organ_above(review.unit), "final_days": "30"}
    if review.is_final:
        held = Hearing.objects.filter(review=review, ended_at__isnull=False).order_by("pk").last()
        if held is not None:
            common["hearing"] = f"{held.conclusion.rstrip('。')}。"
    made: list[letters.Served] = []
    for party in letters.addressees(turn.case):
        row = asked.get(party.filing_id)
        fields = common | _opening(turn.case, review, row or first, party, papers)
        fields["grounds"] = row.grounds if row else "合并办理的另一位反映人提出了请求，意见对您同样适用。"
        fields["by_own" if row else "by_other"] = "yes"
        fields["opinion_on"] = _date_of(review, party.filing, papers)
        made += letters.issue_copies(turn, kind, fields, issuer(review), [party], review=review)
    return made[0].paper


def _opening(
    case: Case, review: Review, row: ReviewRequest, party: Party, papers: Sequence[letters.Served]
) -> dict[str, Value]:
    """What every paper of a review begins with, as it reads to the parties of one filing."""
    filing = party.filing
    own = told(review, filing, papers)
    fields: dict[str, Value] = {
        "case_number": case.number or "",
        "received_on": timezone.localtime(row.requested_at).date().isoformat(),
        "requests": sealed.demands_of(filing),
        **against(review, own),
    }
    if review.is_final and review.decided_at is not None:
        fields |= {"first_number": _number_of(case, filing), "first_unit": review.decision.issued_by.name}
    return fields


def told(review: Review, filing: Filing, papers: Sequence[letters.Served]) -> letters.Served | None:
    """The own copy of what the review is against; None where an organ outside gave it."""
    if review.earlier_id is None:
        return letters.copy_for(filing, [one for one in papers if one.is_decision])
    return letters.copy_for(filing, [one for one in papers if one.is_opinion and one.review_id == review.earlier_id])


def against(review: Review, own: letters.Served | None) -> dict[str, Value]:
    """Number and unit of what the review is against, as it stands on the own copy."""
    earlier = review.earlier
    if earlier is not None and earlier.unit_id is None:
        return {"opinion_number": earlier.organ_number, "opinion_unit": earlier.organ}
    unit = earlier.organ if earlier is not None else review.decision.issued_by.name
    return {"opinion_number": (own.paper.number if own else "") or "另行告知", "opinion_unit": unit}


def _date_of(review: Review, filing: Filing, papers: Sequence[letters.Served]) -> str:
    own, earlier = told(review, filing, papers), review.earlier
    if own is not None and own.paper.sealed_at is not None:
        return timezone.localtime(own.paper.sealed_at).date().isoformat()
    day = earlier.organ_decided_on if earlier is not None else None
    return (day or timezone.localtime(review.requested_at).date()).isoformat()


def _number_of(case: Case, filing: Filing) -> str:
    own = letters.copy_for(filing, [one for one in letters.served(case) if one.is_decision])
    return (own.paper.number if own else "") or ""


def issuer(review: Review) -> Unit:
    """The unit in whose name the papers of a review go out; its successor where it was closed."""
    if review.unit is None:
        raise AssertionError("an organ outside issues its own papers")
    return structure.issuer(review.unit)
