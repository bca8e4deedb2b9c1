"""How urgent reports read in the record. Their words are in the sealed papers, which `papers.record` declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Model

from huiyin.oversight.models.urgent import Urgent, UrgentReport, UrgentTold
from huiyin.trail import projections
from huiyin.trail.canonical import Plain, plain

COLUMNS: Mapping[type[Model], tuple[str, ...]] = {
    Urgent: ("reference", "unit_id", "case_id", "known_at", "clock_id", "opened_at"),
    UrgentReport: ("number", "happened_at", "headcount", "reported_at", "reported_by_id", "paper_id"),
    UrgentTold: ("report_id", "to_id", "role", "told_at", "read_at"),
}


def entity(row: Model) -> str:
    """`urgent`, `urgentreport:3`, `urgenttold:8`."""
    return "urgent" if isinstance(row, Urgent) else f"{type(row).__name__.lower()}:{row.pk}"


def columns(row: Model) -> dict[str, Plain]:
    return {name: plain(getattr(row, name)) for name in COLUMNS[type(row)]}


def declare() -> None:
    """Tell trail; called when the application starts."""
    projections.declare(
        "oversight.urgent",
        columns=lambda ids: ((subject, entity(row), columns(row)) for subject, row in _rows(ids)),
    )


def _rows(subject_ids: Sequence[int]) -> Iterator[tuple[int, Model]]:
    for urgent in Urgent.objects.filter(subject_id__in=subject_ids):
        yield urgent.subject_id, urgent
    for report in UrgentReport.objects.filter(urgent__subject_id__in=subject_ids).select_related("urgent"):
        yield report.urgent.subject_id, report
    for told in UrgentTold.objects.filter(report__urgent__subject_id__in=subject_ids).select_related("report__urgent"):
        yield told.report.urgent.subject_id, told
