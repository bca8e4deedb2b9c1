"""How the rows of oversight read in the record: declared columns and committed words, for acts and for `verify`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from django.db.models import Model

from huiyin.oversight.models import Advice, Asked, Escalation, Instruction, Reply, Supervision
from huiyin.trail import projections
from huiyin.trail.canonical import Plain, plain

ASKED = (
    "reference", "number", "unit_id", "state", "tier", "clock_id", "asked_by_id", "asked_at", "closed_by_id", "closed_at",
    "paper_id",
)  # fmt: skip
COLUMNS: dict[type[Model], tuple[str, ...]] = {
    Supervision: (
        *ASKED, "case_id", "trigger", "key", "missed_rule", "missed_clock_id", "missed_on", "proposed_at",
        "is_stalled", "escalated_at",
    ),
    Instruction: (*ASKED, "case_id", "filing_id", "given_by_id", "given_on"),
    Advice: (*ASKED, "case_id", "kind", "breach"),
    Reply: ("adoption", "written_by_id", "written_at", "returned_at", "paper_id"),
    Escalation: ("tier", "at", "missed_on"),
}  # fmt: skip
KINDS: tuple[type[Asked], ...] = (Supervision, Instruction, Advice)


def entity(row: Model) -> str:
    """The name of a row in the record: `supervision`, `reply:4`."""
    name = type(row).__name__.lower()
    return name if isinstance(row, Asked) else f"{name}:{row.pk}"


def columns(row: Model) -> dict[str, Plain]:
    """The declared columns of a row in the record's spelling."""
    return {name: plain(getattr(row, name)) for name in COLUMNS[type(row)]}


def words(row: Model) -> dict[str, str]:
    """The texts of a row that events commit to without holding them, by label."""
    if isinstance(row, Supervision):
        return {"supervision": _joined(row.text, row.missed, row.closing_reason)}
    if isinstance(row, Advice):
        return {"advice": _joined(row.text, row.problem, row.basis, row.closing_reason)}
    if isinstance(row, Asked):
        return {entity(row): _joined(row.text, row.closing_reason)}
    if isinstance(row, Reply):
        return {entity(row): _joined(row.text, row.return_reason)}
    return {}


def _joined(*parts: str) -> str:
    return json.dumps(parts, ensure_ascii=False)


def _rows(subject_ids: Sequence[int]) -> Iterator[tuple[int, Model]]:
    for kind in KINDS:
        for row in kind._default_manager.filter(subject_id__in=subject_ids):
            yield row.subject_id, row
    for reply in Reply.objects.filter(subject_id__in=subject_ids):
        yield reply.subject_id, reply
    for step in Escalation.objects.filter(supervision__subject_id__in=subject_ids).select_related("supervision"):
        yield step.supervision.subject_id, step


def declare() -> None:
    """Tell trail; called when the application starts."""
    projections.declare(
        "oversight",
        columns=lambda ids: ((subject, entity(row), columns(row)) for subject, row in _rows(ids)),
        texts=lambda ids: ((subject, label, text) for subject, row in _rows(ids) for label, text in words(row).items()),
    )
