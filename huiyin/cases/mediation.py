"""Mediation and settlement (调解、和解) with the consent of both sides, ended by an agreement that is carried out.

《信访工作条例》第三十三条. The agreement answers every demand of the case in the place of a decision; it stays open until it is
carried out, and it takes away no right to arbitration or a court.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone

from huiyin.cases import letters
from huiyin.cases.handling import NOTE_LIMIT, REASON_LIMIT
from huiyin.cases.hearing import open_one, review_now, unit_of
from huiyin.cases.lifecycle import note_row, taking
from huiyin.cases.models import Case, Mediation, Note, Review
from huiyin.cases.models.case import Outcome
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Staff
from huiyin.kernel.errors import N_, Invalid, Refused
from huiyin.papers.models import Delivery
from huiyin.papers.templates import Value


def begin(case: Case, *, way: str, consent: str, by: Actor, at: datetime) -> Mediation:
    """Begin, when both sides want it; `consent` says how each agreed. No limit waits for it."""
    consent = chinese.needed(consent, limit=2000, field="consent", sentence=N_("请写明双方怎样表示愿意调解或者和解。"))
    if way not in Mediation.Way.values:
        raise Invalid("way", "请选择调解或者和解。", field="way")
    with taking("begin_mediation", case, by=by, at=at) as turn:
        if going(turn.case):
            raise Refused("mediation_goes_on", "调解已经在进行。达成协议或者没有达成，都请登记。")
        row = Mediation(case=turn.case, review=review_now(turn.case), way=way, consent=consent, begun_at=at)
        row.begun_by_id = turn.user_id
        turn.keep(row)
        turn.keep(note_row(turn, Note.Kind.NOTE, f"{row.get_way_display()}：{consent}"))
        turn.notify(letters.accounts(turn.case), "progress")
    return row


def end(case: Case, *, reason: str, by: Actor, at: datetime) -> Mediation:
    """No agreement came about; the case goes on its ordinary way."""
    reason = chinese.needed(reason, limit=REASON_LIMIT, field="reason", sentence=N_("请写明为什么没有达成协议。"))
    with taking("end_mediation", case, by=by, at=at) as turn:
        row = _going(turn.case)
        row.ended_at, row.end_reason = at, reason
        turn.keep(row)
        turn.keep(note_row(turn, Note.Kind.NOTE, f"没有达成协议：{reason}"))
        turn.notify(letters.accounts(turn.case), "progress")
    return row


def settle(
    case: Case,
    *,
    facts: str,
    terms: str,
    carried_out_by_on: date,
    mediator: str = "",
    uploads: Sequence[str] = (),
    way: str = Delivery.Way.HAND,
    place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Mediation:
    """Both sides signed: D15 is sealed, an own copy for everybody of the case, the signed pages are kept with it.

    Every demand counts as settled and is to be carried out by `carried_out_by_on`; a review that goes on ends with it.
    """
    facts = chinese.needed(facts, limit=NOTE_LIMIT, field="facts", sentence=N_("请写明双方认可的事实。"))
    terms = chinese.needed(terms, limit=NOTE_LIMIT, field="terms", sentence=N_("请写明协议内容，一行一条。"))
    mediator = chinese.clean(mediator, limit=80, field="mediator", is_line=True)
    if not uploads:
        raise Invalid("files", "请附上各方签名的协议书照片或者扫描件。", field="files")
    with taking("settle", case, by=by, at=at) as turn:
        row = _going(turn.case)
        if carried_out_by_on < timezone.localtime(at).date():
            raise Invalid("carried_out_by_on", "履行期限不能早于今天。请核对日期。", field="carried_out_by_on")
        if open_one(turn.case):
            raise Refused("hearing_goes_on", "还有听证没有结束。请先登记听证结束或者取消，再登记协议。")
        row.facts, row.terms, row.carried_out_by_on, row.agreed_at, row.ended_at = (
            facts,
            terms,
            carried_out_by_on,
            at,
            at,
        )
        turn.keep_files(uploads)
        review, made = row.review, []
        unit = unit_of(turn.case, None)  # who agrees is the unit that answers for the matter
        for party in letters.addressees(turn.case):
            fields: dict[str, Value] = {
                "case_number": turn.case.number or "",
                "way": row.way,
                "parties": [letters.named(party), unit.name],
                "mediator": mediator
                or (by.name if isinstance(by, Staff) and row.way == Mediation.Way.MEDIATION else ""),
                "facts": facts,
                "terms": [line.strip() for line in terms.splitlines() if line.strip()],
                "due_on": carried_out_by_on.isoformat(),
                "signed": "各方已经签名，签名页随案保存。",
            }
            made += letters.issue_copies(turn, "D15", fields, unit, [party], review=review)
        row.paper = made[0].paper
        turn.keep(row)
        letters.send(turn, row.paper, way, place=place, tracking_no=tracking_no)
        if review is not None:
            review.result, review.ended_at = Review.Result.SETTLED, at
            turn.keep(review)
        for demand in letters.demands(turn.case):
            demand.outcome, demand.executed_at = Outcome.SETTLED, None
            turn.keep(demand)
    return row


def going(case: Case) -> Mediation | None:
    """The mediation that goes on."""
    return Mediation.objects.select_related("review__unit").filter(case=case, ended_at=None).first()


def _going(case: Case) -> Mediation:
    row = going(case)
    if row is None:
        raise Refused("no_mediation", "还没有开始调解。请先登记双方愿意调解，再登记协议。")
    return row
