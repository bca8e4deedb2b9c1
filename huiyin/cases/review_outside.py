"""A review by an organ outside the enterprise: the request is passed on with a paper, the organ's opinion is entered.

《信访工作条例》第三十五条、第三十六条第一款; which organ it is stands in enterprise.toml, as it differs from place to place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone

from huiyin.cases import letters
from huiyin.cases.handling import NOTE_LIMIT
from huiyin.cases.lifecycle import Turn, note_row, taking
from huiyin.cases.models import Case, Note, Review
from huiyin.cases.review import ARTICLES, RULES, Change, current, put_into_force, take_items
from huiyin.cases.review_papers import against, requests, told
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import N_, Invalid, Refused
from huiyin.org import structure
from huiyin.papers.models import Paper

Result = Review.Result
REFUSED = "refused"
STEPS = {
    Result.UPHELD.value: "enter_opinion",
    Result.CHANGED.value: "enter_opinion",
    Result.SENT_BACK.value: "enter_redo",
    REFUSED: "enter_refusal",
}


def pass_on(case: Case, *, by: Actor, at: datetime) -> Paper:
    """Send the request to the organ outside that decides it, with the paper D17P."""
    with taking("pass_on_review", case, by=by, at=at) as turn:
        review = _theirs(turn)
        first = requests(review)[0]
        limit = turn.running(RULES[review.step_up])
        own = told(review, first.filing, letters.served(turn.case))
        fields = {
            "addressee": review.organ,
            "case_number": turn.case.number or "",
            "what": review.word,
            "article": ARTICLES[review.step_up],
            "received_on": timezone.localtime(review.requested_at).date().isoformat(),
            **against(review, own),
            "grounds": "\n".join(row.grounds for row in requests(review)),
            "due_on": limit.due_on.isoformat() if limit else "",
            "lateness": (first.why_late or "没有说明") if review.is_late else "",
        }
        paper = letters.issue_form(turn, "D17P", fields, structure.issuer(turn.case.office))
        review.taken_up_by_id, review.taken_up_at = turn.user_id, at
        turn.keep(review)
        turn.notify(letters.accounts(turn.case, [row.filing for row in requests(review)]), "progress")
    return paper


def enter(
    case: Case,
    *,
    result: str,
    number: str,
    decided_on: date,
    received_on: date | None = None,
    text: str,
    changes: Sequence[Change] = (),
    uploads: Sequence[str] = (),
    by: Actor,
    at: datetime,
) -> Review:
    """Enter what the organ decided, with its number and date, the paper itself among `uploads`, and the day on which the
    employee received it: the limits that follow count from there. `text`: the opinion, or why it was not taken up."""
    text = chinese.needed(text, limit=NOTE_LIMIT, field="text", sentence=N_("请写明该机关的意见。"))
    number = chinese.needed(number, limit=60, field="number", sentence=N_("请填写该机关文书的文号。"))
    if result not in STEPS:
        raise Invalid("result", "请选择该机关的决定。", field="result")
    if not uploads:
        raise Invalid("files", "请附上该机关的文书。", field="files")
    if result != REFUSED and received_on is None:
        raise Invalid("received_on", "请填写反映人收到该机关意见的日期，后面的期限从这一天起算。", field="received_on")
    with taking(STEPS[result], case, by=by, at=at) as turn:
        review = _theirs(turn)
        today, asked = timezone.localtime(at).date(), timezone.localtime(review.requested_at).date()
        if not asked <= decided_on <= (received_on or today) <= today:
            raise Invalid("decided_on", "日期先后不对：请求、作出、收到，都不能晚于今天。请核对。", field="decided_on")
        review.organ_number, review.organ_decided_on, review.organ_received_on = number, decided_on, received_on
        review.decided_by_id, review.decided_at = turn.user_id, at
        turn.keep_files(uploads)
        turn.keep(note_row(turn, Note.Kind.NOTE, f"{review.organ} {number}：{text}"))
        if result == REFUSED:
            review.refused_by_id, review.refused_at, review.ended_at = turn.user_id, at, at
            review.refusal_reason = text[:1000]
            turn.keep(review)
        else:
            review.result, review.conclusion = result, text
            take_items(turn, review, changes)
            put_into_force(turn, review)
            if result != Result.SENT_BACK and not review.is_final:
                _start_final(turn, review, received_on or today)
        turn.notify(letters.accounts(turn.case), "progress")
    return review


def _theirs(turn: Turn) -> Review:
    review = current(turn.case)
    if review.unit is not None:
        raise Refused("ours", "这次审查由%(organ)s办理，由它的复查复核人员作出意见。", organ=review.organ)
    return review


def _start_final(turn: Turn, review: Review, received_on: date) -> None:
    """The 30 days to ask for the final review, for everybody who had the decision."""
    moment = datetime.combine(received_on, datetime.min.time(), tzinfo=timezone.get_current_timezone())
    for one in letters.served(turn.case):
        if one.is_decision and letters.is_owed(one):
            turn.start("ask_final_review", at=moment, whose=one.copy_id)
