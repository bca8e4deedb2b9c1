"""What a filing may ask for: a review (复查) or the final one (复核), by when, and who decides it.

《信访工作条例》第三十五条: within 30 days of receiving the written answer, one level above; 第三十六条: the same once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from huiyin.cases import letters, together
from huiyin.cases.models import Decision, Filing, Review, ReviewRequest
from huiyin.cases.models.review import FINAL
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import Refused
from huiyin.org import structure
from huiyin.org.models import Unit

RIGHTS = {1: "ask_review", FINAL: "ask_final_review"}


@dataclass(frozen=True)
class Right:
    """What a filing may ask for: step 1 the review, 2 the final one, against `own`, received on `received_on`.

    `until` is the last day; None where no limit was ever counted. `unit` None: `organ` is outside the enterprise.
    """

    step_up: int
    decision: Decision
    earlier: Review | None
    own: letters.Served
    received_on: date
    until: date | None
    clock: Clock | None
    unit: Unit | None
    organ: str


def right_of(filing: Filing) -> Right:
    """What this filing may ask for now. Raises Refused with what is missing: nothing received, the final opinion given,
    an agreement, a request refused before."""
    case = together.leading(filing.case)
    decision = Decision.objects.select_related("issued_by").filter(case=case, returned_at=None).first()
    if decision is None or decision.paper_id is None or case.is_suggestion:
        raise Refused("no_decision", "现在没有可以请求复查的处理意见书。")
    rows = list(Review.objects.select_related("unit").filter(case=case, decision=decision).order_by("pk"))
    ended = [row for row in rows if row.ended_at]
    standing = [row for row in ended if row.result in letters.STANDING]
    if any(row.is_final for row in standing):
        raise Refused(
            "ended_by_final",
            "复核意见已经作出，同一事实和理由不再受理（《信访工作条例》第三十六条）。有新的事实或者理由，可以重新反映。",
        )
    if any(row.result == Review.Result.SETTLED for row in ended):
        raise Refused("settled", "双方已经达成协议，按协议履行。没有履行的，请补充说明，我们会督促。")
    earlier = standing[-1] if standing else None
    step_up = FINAL if earlier else 1
    if ReviewRequest.objects.filter(filing=filing, review__in=[row for row in ended if row.refused_at]).exists():
        raise Refused("refused_before", "您的请求已经书面告知不予受理。有新的事实或者理由，可以重新反映。")
    papers = letters.served(case)
    by_unit = earlier is not None and earlier.unit_id is not None
    fitting = [one for one in papers if (one.is_opinion and earlier and one.review_id == earlier.pk)] if by_unit else []
    own = letters.copy_for(filing, fitting if by_unit else [one for one in papers if one.is_decision])
    received_on = own.received_on if own else None
    if earlier is not None and not by_unit:
        received_on = earlier.organ_received_on
    if own is None or received_on is None:
        raise Refused("not_received", "还没有收到书面答复的凭证。请先确认收到，收到当天起30日内可以提出请求。")
    clocks = Clock.objects.filter(subject=case.subject_id, rule=RIGHTS[step_up], whose=own.copy_id)
    clock = clocks.order_by("pk").last()
    unit = reviewing_unit(decision, earlier)
    organ = unit.name if unit else outside(earlier)
    return Right(step_up, decision, earlier, own, received_on, clock.due_on if clock else None, clock, unit, organ)


def reviewing_unit(decision: Decision, earlier: Review | None) -> Unit | None:
    """Who reviews: the next unit above whoever decided last that acts in its own name, never one that decided before.

    None: an organ outside the enterprise (第三十五条, 第三十六条). A closed unit's successor counts in its place.
    """
    if earlier is not None and earlier.unit is None:
        return None
    before = {structure.issuer(decision.issued_by).pk}
    if earlier is not None and earlier.unit is not None:
        before.add(structure.issuer(earlier.unit).pk)
    unit = structure.reviewer(earlier.unit if earlier and earlier.unit else decision.issued_by)
    while unit is not None and unit.pk in before:
        unit = structure.reviewer(unit)
    return unit


def outside(earlier: Review | None) -> str:
    """The organ outside the enterprise that reviews, from enterprise.toml: of the final review the one above it."""
    known = settings.ENTERPRISE
    organ: str = known.external_review_organ if earlier is None or earlier.unit else known.external_final_review_organ
    return organ
