"""After a bad rating, and call-backs: what an officer does and records once a filer has said the answer did not help.

Product rules §4.5 and §6. A rating is the filer's alone: nothing here changes one, and a call-back stands beside it.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import closing, letters
from huiyin.cases.lifecycle import Turn, note_row, taking
from huiyin.cases.models import CallBack, Copy, Filing, FollowUp, Note, Rating, Stage
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Invalid, Refused

WORDS = 1000


def follow_up(row: FollowUp, *, way: str, result: str, text: str, by: Actor, at: datetime) -> FollowUp:
    """What was done about a rating, in words the filer reads: explained, taken up again, or led to the review.

    Taking up again reopens a closed case in the same act. Led to the review: with its last day, while it still runs.
    """
    text = chinese.needed(text, "请写明和反映人怎样沟通、接下来怎样做。", limit=WORDS, field="text")
    if way not in Note.ContactWay.values:
        raise Invalid("way", "请选择联系方式。", field="way")
    if result not in FollowUp.Result.values:
        raise Invalid("result", "请选择怎样跟进的。", field="result")
    with transaction.atomic():
        with taking("follow_up", row.case, by=by, at=at) as turn:
            row = FollowUp.objects.select_related("rating__filing", "clock", "case").get(pk=row.pk)
            if row.done_at is not None:
                raise Refused("followed_up", "这次评价已经跟进过了。请刷新页面查看。")
            if result == FollowUp.Result.REOPENED and turn.case.stage != Stage.CLOSED:
                raise Refused("not_closed", "这件事项还没有办结，不用重新办理，请继续办理。", field="result")
            if result == FollowUp.Result.REVIEW:
                row.review_until = _last_day(turn, row)
                text = _("%(text)s\n不服处理意见的，请在%(on)s以前请求复查。") % {
                    "text": text, "on": row.review_until.isoformat(),
                }  # fmt: skip
            row.result, row.done_at = result, at
            row.note = _tell(turn, row.rating.filing, way, text)
            turn.keep(row)
            turn.stop_one(next(one for one in turn.clocks if one.pk == row.clock_id))
            turn.notify(letters.accounts(turn.case, [row.rating.filing]), "progress")
        if result == FollowUp.Result.REOPENED:
            closing.reopen(row.case, reason=_("评价不满意：%(text)s") % {"text": text[:400]}, by=by, at=at)
    return row


def call_back(
    row: CallBack,
    *,
    outcome: str,
    answer: str = "",
    is_solved: bool | None = None,
    text: str = "",
    by: Actor,
    at: datetime,
) -> CallBack:
    """What a filer said when called back, or that nobody was reached. Beside the own rating, never in its place."""
    text = chinese.clean(text, limit=WORDS, field="text")
    if outcome not in CallBack.Outcome.values:
        raise Invalid("outcome", "请选择有没有联系上。", field="outcome")
    is_answered = outcome == CallBack.Outcome.ANSWERED
    if is_answered and answer not in Rating.Grade.values:
        raise Invalid("answer", "请选择本人说满意、基本满意还是不满意。", field="answer")
    if is_answered and is_solved is None:
        raise Invalid("is_solved", "请选择本人说问题有没有解决。", field="is_solved")
    with taking("call_back", row.case, by=by, at=at) as turn:
        row = CallBack.objects.select_related("filing", "clock", "case").get(pk=row.pk)
        if row.called_at is not None:
            raise Refused("called_back", "这件事项已经回访过了。请刷新页面查看。")
        row.outcome, row.called_at = outcome, at
        row.answer, row.is_solved = (answer, is_solved) if is_answered else ("", None)
        row.note = _tell(turn, row.filing, Note.ContactWay.PHONE, _said(row, text))
        turn.keep(row)
        turn.facts["outcome"] = outcome
        turn.stop_one(next(one for one in turn.clocks if one.pk == row.clock_id))
    return row


def _said(row: CallBack, text: str) -> str:
    if row.outcome == CallBack.Outcome.NOT_REACHED:
        return f"{_('电话回访，没有联系上您。')}{text}"
    solved = _("解决了") if row.is_solved else _("没有解决")
    told = _("电话回访，您说：%(answer)s，问题%(solved)s。") % {"answer": row.get_answer_display(), "solved": solved}
    return f"{told}{text}"


def _tell(turn: Turn, filing: Filing, way: str, text: str) -> Note:
    note = note_row(turn, Note.Kind.CONTACT, text)
    note.way, note.filing = way, filing
    turn.keep(note)
    letters.note_filings(turn, [filing])
    return note


def _last_day(turn: Turn, row: FollowUp) -> date:
    copies = Copy.objects.filter(filing=row.rating.filing, place=0).values_list("pk", flat=True)
    mine = {None, *copies} if row.rating.filing.case_id == turn.case.pk else {*copies}
    clock = next((one for one in turn.clocks if one.rule == "ask_review" and one.whose in mine), None)
    if clock is None or clock.due_on < timezone.localtime(turn.at).date():
        raise Refused("no_review", "请求复查的期限已经过了，或者这件事项没有复查。请选择其他跟进方式。", field="result")
    return clock.due_on
