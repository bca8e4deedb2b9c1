"""Hearing (听证) of a grave, complicated or difficult matter, while it is handled or reviewed.

《信访工作条例》第三十一条第六项; 第三十六条第二款: in the final review, and there alone, its time is not counted: from the moment it
begins to the moment it ends. A hearing that doesn't end is told by the limit `hearing_longest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from huiyin.cases import letters
from huiyin.cases.handling import NOTE_LIMIT, REASON_LIMIT
from huiyin.cases.lifecycle import Turn, note_row, taking
from huiyin.cases.models import Case, Hearing, Note, Review
from huiyin.cases.people_before import took_part
from huiyin.cases.review_papers import issuer
from huiyin.clocks import running
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Staff
from huiyin.kernel.errors import N_, Invalid, Refused
from huiyin.org import structure
from huiyin.org.models import Unit, User
from huiyin.papers.models import Delivery
from huiyin.papers.templates import Value

FEWEST = 3  # an odd number is usual; one alone is no hearing


def announce(
    case: Case,
    *,
    held_at: datetime,
    place: str,
    members: Sequence[User],
    points: str,
    way: str = Delivery.Way.PORTAL,
    letter_place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Hearing:
    """Call a hearing, with D16 to everybody of the case: when, where, who sits, about which points (one a line).

    Nobody sits who took part in the case before. Raises Refused while another one is called or goes on.
    """
    place = chinese.needed(place, limit=120, field="place", sentence=N_("请写明听证的地点。"))
    points = chinese.needed(points, limit=NOTE_LIMIT, field="points", sentence=N_("请写明听证的要点，一行一条。"))
    if held_at < at:
        raise Invalid("held_at", "听证的时间不能早于现在。请先通知，再举行。", field="held_at")
    if len(set(members)) < FEWEST:
        raise Invalid("members", "听证成员至少 %(fewest)d 人。", field="members", fewest=FEWEST)
    with taking("announce_hearing", case, by=by, at=at) as turn:
        review = review_now(turn.case)
        before = took_part(turn.case, but=review)
        if barred := [user.name for user in members if user.pk in before]:
            raise Invalid(
                "member_took_part", "%(names)s参加过这件事项的办理，不能作听证成员。请换人。", field="members",
                names="、".join(barred),
            )  # fmt: skip
        if open_one(turn.case):
            raise Refused("hearing_called", "已经有一次听证在进行或者等待举行。请先登记结束或者取消。")
        row = Hearing(case=turn.case, review=review, announced_at=at, held_at=held_at, place=place, points=points)
        row.save()
        row.members.set(members)
        turn.note(row)
        fields = letters.common(turn.case) | {"held_at": held_at.isoformat(), "place": place, **_common(row)}
        fields.pop("received_on")
        fields["case_number"] = turn.case.number or ""
        if review is not None and review.is_final:
            fields["is_in_final_review"] = "是"
        paper = letters.issue(turn, "D16", fields, unit_of(turn.case, review))
        letters.send(turn, paper, way, place=letter_place, tracking_no=tracking_no)
        turn.keep(note_row(turn, Note.Kind.NOTE, f"听证要点：\n{points}"))
    return row


def begin(case: Case, *, by: Actor, at: datetime) -> Hearing:
    """The hearing begins. In the final review its limit is not counted from now on."""
    with taking("open_hearing", case, by=by, at=at) as turn:
        row = _open_one(turn)
        if row.opened_at is not None:
            raise Refused("hearing_goes_on", "听证已经开始。结束后请登记听证结束。")
        row.opened_at = at
        turn.keep(row)
        turn.start("hearing_longest")
        clock = turn.running("final_review")
        if clock is not None:
            running.pause(clock, at)
            turn.set_clock(clock)
    return row


def end(
    case: Case,
    *,
    proceedings: str,
    participants: str,
    read_back: str,
    facts: str,
    conclusion: str,
    dissent: str = "",
    by: Actor,
    at: datetime,
) -> Hearing:
    """The hearing ends: record D16R and report D16B are sealed, and the final review's limit counts on."""
    said = {
        name: chinese.needed(text, limit=NOTE_LIMIT, field=name, sentence=sentence)
        for name, text, sentence in (
            ("proceedings", proceedings, N_("请写明各方的陈述、举证和辩论。")),
            ("participants", participants, N_("请写明参加人，一行一位。")),
            ("read_back", read_back, N_("请写明笔录怎样核对的。")),
            ("facts", facts, N_("请写明认定的事实。")),
            ("conclusion", conclusion, N_("请写明听证的结论。")),
        )
    }
    dissent = chinese.clean(dissent, limit=NOTE_LIMIT, field="dissent")
    with taking("end_hearing", case, by=by, at=at) as turn:
        row = _open_one(turn)
        if row.opened_at is None:
            raise Refused("hearing_not_begun", "听证还没有开始。请先登记听证开始，或者取消听证。")
        row.ended_at, row.proceedings, row.conclusion = at, said["proceedings"], said["conclusion"]
        unit, days = unit_of(turn.case, row.review), _resume(turn)
        shared: dict[str, Value] = {"case_number": turn.case.number or "", "place": row.place, **_common(row)}
        row.record_paper = letters.issue_form(
            turn,
            "D16R",
            shared
            | {
                "began_at": row.opened_at.isoformat(),
                "ended_at": at.isoformat(),
                "recorder": by.name if isinstance(by, Staff) else "",
                "participants": _lines(said["participants"]),
                "proceedings": said["proceedings"],
                "conclusion": said["conclusion"],
                "read_back": said["read_back"],
            },
            unit,
        )
        report: dict[str, Value] = shared | {
            "addressee": unit.name,
            "matter": turn.case.matter,
            "held_at": row.opened_at.isoformat(),
            "statements": said["proceedings"],
            "facts": said["facts"],
            "conclusion": said["conclusion"],
            "dissent": dissent,
        }
        if days is not None:
            began, ended = (timezone.localtime(moment).date().isoformat() for moment in (row.opened_at, at))
            report |= {"began_on": began, "ended_on": ended, "days": str(days)}
        turn.keep(note_row(turn, Note.Kind.NOTE, f"听证结论：{row.conclusion}"))
        row.report_paper = letters.issue_form(turn, "D16B", report, unit)
        turn.keep(row)
        turn.notify(letters.accounts(turn.case), "progress")
    return row


def call_off(case: Case, *, reason: str, by: Actor, at: datetime) -> Hearing:
    """Call a hearing off, before it begins or while it drags on; the limit counts on."""
    reason = chinese.needed(reason, limit=REASON_LIMIT, field="reason", sentence=N_("请写明为什么取消听证。"))
    with taking("call_off_hearing", case, by=by, at=at) as turn:
        row = _open_one(turn)
        row.called_off_at, row.why_called_off = at, reason
        turn.keep(note_row(turn, Note.Kind.NOTE, f"取消听证的理由：{reason}"))
        _resume(turn)
        turn.keep(row)
        turn.notify(letters.accounts(turn.case), "progress")
    return row


def open_one(case: Case) -> Hearing | None:
    """The hearing that is called or goes on."""
    return Hearing.objects.select_related("review__unit").filter(case=case, ended_at=None, called_off_at=None).first()


def review_now(case: Case) -> Review | None:
    """The review that goes on, if one does."""
    return Review.objects.select_related("unit").filter(case=case, ended_at=None).first()


def unit_of(case: Case, review: Review | None) -> Unit:
    """In whose name papers go out: the reviewing unit's, else the one that issues the decision."""
    return issuer(review) if review is not None else structure.issuer(case.unit or case.office)


def _open_one(turn: Turn) -> Hearing:
    row = open_one(turn.case)
    if row is None:
        raise Refused("no_hearing", "没有通知过听证，或者已经结束。请刷新页面查看。")
    return row


def _resume(turn: Turn) -> int | None:
    """Count on; answers the days that were not counted, None where the limit never waited."""
    turn.stop("hearing_longest")
    clock = turn.running("final_review")
    if clock is None or clock.paused_at is None:
        return None
    before = clock.paused_days
    running.resume(clock, turn.at)
    turn.set_clock(clock)
    return clock.paused_days - before


def _common(row: Hearing) -> dict[str, Value]:
    members = [user.name for user in row.members.order_by("pk")]
    return {"members": members, "points": _lines(row.points)}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
