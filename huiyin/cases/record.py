"""How the rows of a case read in the record: entity name, declared columns, committed words.

One place for both directions: acts write these into events, `verify` reads them from the tables and compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from django.db.models import Model

from huiyin.cases import sealed
from huiyin.cases.models import (
    Accused,
    Aid,
    Arrival,
    Assignment,
    CallBack,
    Case,
    CoHandling,
    Commitment,
    Copy,
    Decision,
    DecisionItem,
    Demand,
    Dictation,
    Dispatch,
    Extension,
    Filing,
    FollowUp,
    FromAbove,
    Hearing,
    Instruction,
    Interview,
    Mediation,
    Note,
    Objection,
    Opening,
    OrderReport,
    Quiet,
    Rating,
    Recusal,
    Retaliation,
    Review,
    ReviewItem,
    ReviewRequest,
    RouteAdvice,
)
from huiyin.trail import projections
from huiyin.trail.canonical import Plain, plain
from huiyin.vault.keys import KeyDestroyed
from huiyin.vault.suites import Altered

Value = Plain

# Declared columns: what an act gives them stands in its event, and verify compares it with the row.
COLUMNS: dict[type[Model], tuple[str, ...]] = {
    Case: (
        "reference",
        "number",
        "stage",
        "topic_id",
        "classification",
        "classification_said",
        "branch",
        "is_sealed",
        "identity",
        "headcount",
        "harms",
        "has_aid",
        "received_at",
        "registered_at",
        "accepted_at",
        "closed_at",
        "office_id",
        "unit_id",
        "handler_id",
        "next_unit_id",
        "next_role",
        "next_step",
        "next_due_on",
        "next_rule",
        "joined_to_id",
        "is_outside",
        "sender_id",
        "split_from_id",
        "is_notice_exempt",
        "policy_id",
        "review_unit_id",
        "review_step",
    ),
    Filing: (
        "channel",
        "identity",
        "received_at",
        "entered_at",
        "entered_by_id",
        "headcount",
        "postmark_on",
        "content_hash",
        "part_of_id",
        "withdrawn_at",
    ),
    Demand: ("outcome", "executed_at", "classification", "branch", "way", "unit_id", "route", "led_at"),
    Assignment: ("unit_id", "assigned_by_id", "assigned_at", "taken_in_at", "sent_back_at"),
    Note: ("kind", "way", "at", "written_at", "written_by_id", "demand_id", "answers_id"),
    Extension: ("days", "asked_by_id", "asked_at", "decided_by_id", "decided_at", "is_approved"),
    Decision: (
        "issued_by_id",
        "drafted_by_id",
        "drafted_at",
        "approved_by_id",
        "approved_at",
        "returned_at",
        "paper_id",
    ),
    Copy: ("filing_id", "place", "paper_id", "decision_id", "review_id"),
    Commitment: ("clock_id", "promised_at", "kept_at", "kept_by_id"),
    Quiet: ("filing_id", "said_at", "ended_at"),
    Aid: ("kind", "union_id", "is_wish", "asked_at", "asked_by_id", "given_at", "ended_at"),
    FollowUp: ("rating_id", "clock_id", "opened_at", "result", "review_until", "done_at", "note_id"),
    CallBack: ("filing_id", "clock_id", "drawn_at", "outcome", "answer", "is_solved", "called_at", "note_id"),
    Interview: (
        "purpose",
        "began_at",
        "ended_at",
        "first_id",
        "second_id",
        "recorder_id",
        "is_signed",
        "paper_id",
        "written_at",
    ),
    Rating: ("office", "unit", "is_solved", "rated_at"),
    Accused: ("kind", "digest", "named_at", "named_by_id"),
    Retaliation: ("filing_id",),
    Dispatch: (
        "kind",
        "from_office_id",
        "to_office_id",
        "to_unit_id",
        "sent_by_id",
        "sent_at",
        "feedback_on",
        "is_decided",
        "paper_id",
        "taken_in_at",
        "ended_at",
    ),
    Objection: (
        "dispatch_id",
        "assignment_id",
        "proposed_unit_id",
        "raised_by_id",
        "raised_at",
        "is_late",
        "paper_id",
        "is_agreed",
        "answered_by_id",
        "answered_at",
        "disputed_at",
        "superior_id",
        "decided_unit_id",
        "decided_by_id",
        "decided_at",
    ),
    OrderReport: (
        "dispatch_id",
        "reported_by_id",
        "reported_at",
        "paper_id",
        "is_accepted",
        "answered_by_id",
        "answered_at",
    ),
    CoHandling: ("unit_id", "asked_by_id", "asked_at", "due_on", "answered_by_id", "answered_at", "ended_at"),
    Recusal: (
        "no",
        "concerns_id",
        "ground",
        "filing_id",
        "asked_at",
        "decides_id",
        "is_granted",
        "decided_by_id",
        "decided_at",
    ),
    RouteAdvice: ("route", "last_day", "employer_last_day", "computed_on", "shown_at", "given_by_id"),
    Arrival: ("filing_id", "tracking_no", "place", "scan_hash", "scan_reader"),
    Dictation: ("filing_id", "way", "read_back_at", "read_back_by_id"),
    FromAbove: (
        "filing_id",
        "sender",
        "sender_number",
        "sent_on",
        "task",
        "answer_by",
        "answered_on",
        "answer_number",
        "answered_by_id",
        "objected_on",
        "is_objection_late",
    ),
    Instruction: ("filing_id", "leader_id", "leader_name", "given_on", "reported_on"),
    Opening: ("purpose", "asked_by_id", "asked_at", "decided_by_id", "decided_at", "is_granted", "used_at"),
    # review, hearing, mediation
    Review: (
        "step_up",
        "decision_id",
        "earlier_id",
        "unit_id",
        "requested_at",
        "is_late",
        "taken_up_by_id",
        "taken_up_at",
        "refused_by_id",
        "refused_at",
        "result",
        "decided_by_id",
        "decided_at",
        "paper_id",
        "organ_number",
        "organ_decided_on",
        "organ_received_on",
        "ended_at",
    ),
    ReviewRequest: ("review_id", "filing_id", "way", "is_late", "requested_at", "entered_at", "entered_by_id"),
    Hearing: (
        "review_id",
        "announced_at",
        "held_at",
        "opened_at",
        "ended_at",
        "called_off_at",
        "record_paper_id",
        "report_paper_id",
    ),
    Mediation: (
        "review_id",
        "way",
        "begun_by_id",
        "begun_at",
        "carried_out_by_on",
        "agreed_at",
        "paper_id",
        "ended_at",
    ),
}


def entity(row: Model) -> str:
    """The name of a row in the record: `case`, `demand:2`, `filing:7KQ…`, `note:15`."""
    if isinstance(row, Case):
        return "case"
    if isinstance(row, Demand):
        return f"demand:{row.no}"
    if isinstance(row, Filing):
        return f"filing:{row.reference}"
    return f"{type(row).__name__.lower()}:{row.pk}"


def columns(row: Model) -> dict[str, Value]:
    """The declared columns of a row in the record's spelling."""
    return {name: plain(getattr(row, name)) for name in COLUMNS[type(row)]}


def words(row: Model) -> dict[str, str]:
    """The texts of a row that events commit to without holding them, by label."""
    label = entity(row)
    if isinstance(row, Case):
        return {"case.matter": row.matter} if row.matter else {}
    if isinstance(row, Filing | Demand | Note | Instruction):
        return {label: sealed.text_of(row)}
    if isinstance(row, Recusal):
        return {label: f"{sealed.recusal_words(row)}\n{sealed.recusal_answer(row)}"}
    if isinstance(row, Accused):
        return {label: sealed.accused_words(row)}
    if isinstance(row, Interview):
        return {label: sealed.interview_words(row)}
    if isinstance(row, Assignment):
        return {label: f"{row.instruction}\n{row.send_back_reason}"}
    if isinstance(row, Extension):
        return {label: f"{row.reason}\n{row.refusal_reason}"}
    if isinstance(row, Aid):
        return {label: f"{row.reason}\n{row.given}\n{row.end_reason}"}
    if isinstance(row, Dispatch):
        return {label: row.requirements}
    if isinstance(row, Objection):
        return {label: json.dumps([row.reason, row.answer_reason, row.dispute_reason, row.decision_reason])}
    if isinstance(row, OrderReport):
        return {label: f"{row.text}\n{row.return_reason}"}
    if isinstance(row, CoHandling):
        return {label: f"{row.asked}\n{row.answer}"}
    if isinstance(row, Dictation):
        return {label: row.refusal}
    if isinstance(row, FromAbove):
        return {label: row.objection}
    if isinstance(row, Rating):
        return {label: row.comment}
    if isinstance(row, RouteAdvice):
        return {label: sealed.facts_of(row)}
    if isinstance(row, Decision):
        return {label: decision_words(row)}
    if isinstance(row, Review | ReviewRequest | Hearing | Mediation):
        return {label: json.dumps(_review_words(row), ensure_ascii=False)}
    return {}


def _review_words(row: Review | ReviewRequest | Hearing | Mediation) -> list[object]:
    if isinstance(row, ReviewRequest):
        return [row.grounds, row.why_late]
    if isinstance(row, Hearing):
        members = sorted(row.members.values_list("pk", flat=True))
        return [row.place, row.points, row.proceedings, row.conclusion, row.why_called_off, members]
    if isinstance(row, Mediation):
        return [row.consent, row.facts, row.terms, row.end_reason]
    items = ReviewItem.objects.filter(review=row).order_by("pk").values_list("demand_id", "outcome", "measure")
    said = [row.organ, row.late_reason, row.refusal_reason, row.findings, row.reasons, row.basis, row.conclusion]
    return [*said, [list(item) for item in items]]


def decision_words(decision: Decision) -> str:
    """Findings and every answer of a decision as one text: what the commitment of a decision covers."""
    items = [
        [item.demand_id, item.reasons, item.basis, item.outcome, item.measure]
        for item in DecisionItem.objects.filter(decision=decision).order_by("pk")
    ]
    return json.dumps([decision.findings, decision.return_reason, items], ensure_ascii=False)


def _rows(subject_ids: Sequence[int]) -> Iterator[tuple[int, Model]]:
    cases = dict(Case.objects.filter(subject_id__in=subject_ids).values_list("pk", "subject_id"))
    for case in Case.objects.filter(pk__in=cases):
        yield case.subject_id, case
    for model in COLUMNS:
        if model is not Case:
            rows = model._default_manager.filter(case_id__in=cases)
            if model in {Filing, Demand, Note, Accused, Interview, Recusal, RouteAdvice, Instruction}:
                rows = rows.select_related("case__subject__key")
            for row in rows:
                yield cases[row.case_id], row  # type: ignore[attr-defined]


def _words_as_filed(subject_ids: Sequence[int]) -> Iterator[projections.Finding]:
    """Filings whose words no longer give the hash on their receipt. Those from before the requests were kept pass."""
    rows = Filing.objects.filter(case__subject_id__in=subject_ids).select_related("case__subject__key")
    for filing in rows.exclude(demands=[]):
        place = f"cases.Filing {filing.reference}"
        try:
            digest = sealed.content_hash(sealed.text_of(filing), sealed.demands_of(filing))
        except KeyDestroyed:
            continue
        except Altered as altered:
            yield projections.Finding("projection", place, altered.reason)
            continue
        if digest != filing.content_hash:
            yield projections.Finding("projection", place, "its words don't give the content hash of its receipt")


def declare() -> None:
    """Tell trail how a case's rows read, so that `verify` can compare them with the events."""
    projections.declare(
        "cases",
        columns=lambda ids: ((subject, entity(row), columns(row)) for subject, row in _rows(ids)),
        texts=lambda ids: ((subject, label, text) for subject, row in _rows(ids) for label, text in words(row).items()),
        checks=_words_as_filed,
    )
