"""The units in which filings are counted: 件 matters, 件次 filings, 批次 visits, 人次 people who came, 集体访 group visits.

One visit of eight people with one matter is 1 件, 1 件次, 1 批次, 8 人次 and a group visit. Matters, filings and visits
are counted; who filed never is.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from huiyin.cases.models import Case, Filing, Stage
from huiyin.cases.models.filing import Channel

GROUP_FROM = 5  # people on one visit: a group visit 集体访


@dataclass(frozen=True)
class Counts:
    """Counts of one period or list. `matters` 件, `filings` 件次, `visits` 批次, `people` 人次, `group_visits` 集体访."""

    matters: int
    filings: int
    visits: int
    people: int
    group_visits: int


def count(cases: QuerySet[Case]) -> Counts:
    """Count these cases and the filings that came with them. Two statements.

    A joined case is no matter of its own, its filing is one; what was voided counts nowhere.
    """
    standing = cases.exclude(stage=Stage.VOIDED)
    matters = standing.exclude(stage=Stage.JOINED).count()
    is_visit = Q(channel=Channel.VISIT)
    told = Filing.objects.filter(case__in=standing).aggregate(
        filings=Count("pk"),
        visits=Count("pk", filter=is_visit),
        people=Sum("headcount", filter=is_visit),
        group_visits=Count("pk", filter=is_visit & Q(headcount__gte=GROUP_FROM)),
    )
    return Counts(matters, told["filings"], told["visits"], told["people"] or 0, told["group_visits"])


def is_group_visit(filing: Filing) -> bool:
    """Whether a filing is a group visit."""
    return filing.channel == Channel.VISIT and filing.headcount >= GROUP_FROM
