"""Review (复查) and final review (复核): asked for by whoever received the decision, decided one level above, delivered.

《信访工作条例》第三十五条 (30 days to ask, 30 to decide), 第三十六条 (the same once more; afterwards the same facts and reasons
are not taken up again). A request after the 30 days is decided with reasons, never dropped. Filings handled together are
reviewed together: whoever asks, everybody gets the opinion, each an own copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from huiyin.cases import closing, deciding, letters, together
from huiyin.cases.handling import NOTE_LIMIT, REASON_LIMIT
from huiyin.cases.lifecycle import Turn, taking
from huiyin.cases.models import Case, Decision, Filing, Hearing, Review, ReviewItem, ReviewRequest, Stage
from huiyin.cases.models.review import FINAL, final_of
from huiyin.cases.people_before import took_part
from huiyin.cases.review_papers import issue_application, issue_opinion, issuer, tell_askers
from huiyin.cases.review_rights import RIGHTS, Right, outside, reviewing_unit, right_of
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Staff
from huiyin.kernel.errors import N_, Forbidden, Invalid, Refused
from huiyin.org import structure
from huiyin.org.permissions import Permission
from huiyin.papers.models import Delivery
from huiyin.papers.templates import Value

GROUNDS_LIMIT = 5000
Result = Review.Result
RESULTS = (Result.UPHELD, Result.CHANGED, Result.SENT_BACK)
ARTICLES = {1: "《信访工作条例》第三十五条", FINAL: "《信访工作条例》第三十六条第一款"}
RULES = {1: "review", FINAL: "final_review"}


@dataclass(frozen=True)
class Change:
    """What the review puts in the place of the answer to one demand."""

    demand_no: int
    outcome: str
    measure: str = ""


def request(
    filing: Filing,
    *,
    grounds: str,
    why_late: str = "",
    way: str = ReviewRequest.Way.PORTAL,
    requested_on: date | None = None,
    uploads: Sequence[str] = (),
    by: Actor,
    at: datetime,
) -> ReviewRequest:
    """Ask for a review, or for the final one after it: the employee for the own filing, or staff who write down what was
    asked on paper or by word of mouth on `requested_on`. In time from the own proof of receipt, else flagged late.

    While a review goes on, another filing of the case joins it. Raises Refused before anything was received.
    """
    grounds = chinese.needed(
        grounds, limit=GROUNDS_LIMIT, field="grounds", sentence=N_("请写明对书面答复哪里不服、希望怎样改。")
    )
    why_late = chinese.clean(why_late, limit=REASON_LIMIT, field="why_late")
    letters.check_stands(filing)
    case = together.leading(filing.case)
    if case.stage == Stage.REVIEWED:
        raise Refused("opinion_made", "意见已经作出，正在送达。收到以后仍然不服的，再看能不能提出下一步请求。")
    is_along = case.stage in {Stage.REVIEW_ASKED, Stage.IN_REVIEW}
    step = ("record_" if isinstance(by, Staff) else "ask_") + ("along" if is_along else "review")
    with taking(step, case, by=by, at=at) as turn:
        right = right_of(filing)
        day = timezone.localtime(at).date()
        if not right.received_on <= (requested_on or day) <= day:
            raise Invalid("requested_on", "提出日期应当在收到书面答复之后、今天以前，请核对。", field="requested_on")
        moment = at if requested_on in {None, day} else _noon(requested_on or day)
        is_late = right.until is not None and (requested_on or day) > right.until
        review = current(turn.case) if is_along else _begin(turn, right, moment, is_late)
        if review.step_up != right.step_up:
            raise Refused("other_step", "正在进行的审查与您现在可以提出的不是同一级，不能一并提出。")
        if ReviewRequest.objects.filter(review=review, filing=filing).exists():
            raise Refused("asked_already", "您的请求已经收到，不用再提。要补充的，请用“补充材料”。")
        if review.is_late and not is_late:  # one who asked in time carries the others
            review.is_late = False
            turn.keep(review)
        row = ReviewRequest(
            case=turn.case, review=review, filing=filing, grounds=grounds, is_late=is_late,
            requested_at=moment, entered_at=at, why_late=why_late if is_late else "",
        )  # fmt: skip
        row.way = way if isinstance(by, Staff) else ReviewRequest.Way.PORTAL
        row.entered_by_id = by.user_id if isinstance(by, Staff) else None
        turn.keep(row)
        turn.facts.update({"filing": filing.reference, "step_up": review.step_up, "is_late": is_late})
        if running := turn.running_for(RIGHTS[right.step_up], right.own.copy_id):
            turn.stop_one(running)
        stored = turn.keep_files(uploads)
        issue_application(turn, row, right, stored, by)
        _tell_reviewers(turn, review, "review_asked")
    return row


def take_up(
    case: Case,
    *,
    late_reason: str = "",
    way: str = Delivery.Way.PORTAL,
    place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Review:
    """Take the request up, with D17A (D18A) to whoever asked. One that came late needs the reason why it is taken up."""
    late_reason = chinese.clean(late_reason, limit=REASON_LIMIT, field="late_reason")
    with taking("take_up_review", case, by=by, at=at) as turn:
        review = _mine(turn)
        if review.is_late and not late_reason:
            raise Invalid("late_reason", "请求超过30日才提出。受理的，请写明有什么正当理由。", field="late_reason")
        review.late_reason = late_reason if review.is_late else ""
        review.taken_up_by_id, review.taken_up_at = turn.user_id, at
        turn.keep(review)
        limit = turn.running(RULES[review.step_up])
        more: dict[str, Value] = {
            "due_on": limit.due_on.isoformat() if limit else "",
            "reviewer": issuer(review).name,
            "lateness": review.late_reason,
        }
        tell_askers(turn, review, "A", more, way, place, tracking_no)
    return review


def refuse(
    case: Case,
    *,
    reason: str,
    way: str = Delivery.Way.PORTAL,
    place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Review:
    """Not taken up because it came after the 30 days without a good reason, with D17N (D18N). Never one that came in time."""
    reason = chinese.needed(reason, limit=1000, field="reason", sentence=N_("请写明不予受理的理由，让反映人看得明白。"))
    with taking("refuse_review", case, by=by, at=at) as turn:
        review = _mine(turn)
        if not review.is_late:
            raise Refused("in_time", "请求在收到书面答复30日内提出，应当受理。")
        review.refused_by_id, review.refused_at, review.refusal_reason, review.ended_at = turn.user_id, at, reason, at
        turn.keep(review)
        more: dict[str, Value] = {
            "reason": reason,
            "article": ARTICLES[review.step_up],
            "way_on": "有新的事实或者新的理由，可以随时重新反映。已经作出的意见继续落实。",
        }
        tell_askers(turn, review, "N", more, way, place, tracking_no)
    return review


def decide(
    case: Case,
    *,
    findings: str,
    reasons: str,
    basis: str,
    result: str,
    conclusion: str = "",
    changes: Sequence[Change] = (),
    by: Actor,
    at: datetime,
) -> Review:
    """Decide: upheld, changed demand by demand, or the decision taken back to be made anew. Sealed as D17D (D18D), an own
    copy for everybody of the case. Not while a hearing goes on, and by nobody who took part before."""
    said = {
        name: chinese.needed(text, limit=NOTE_LIMIT, field=name, sentence=sentence)
        for name, text, sentence in (
            ("findings", findings, N_("请写明查明的情况。")),
            ("reasons", reasons, N_("请写明理由。")),
            ("basis", basis, N_("请写明依据的法律法规、制度或者合同。")),
        )
    }
    conclusion = chinese.clean(conclusion, limit=NOTE_LIMIT, field="conclusion")
    if result not in RESULTS:
        raise Invalid("result", "请选择维持、变更，或者撤销并重新办理。", field="result")
    if result == Result.SENT_BACK and not conclusion:
        raise Invalid("conclusion", "请写明哪里要重新调查、重新处理。", field="conclusion")
    with taking("decide_review", case, by=by, at=at) as turn:
        review = _mine(turn)
        if Hearing.objects.filter(review=review, ended_at=None, called_off_at=None).exists():
            raise Refused("hearing_goes_on", "听证还没有结束。请先登记听证结束或者取消听证，再作出意见。")
        review.findings, review.reasons, review.basis = said["findings"], said["reasons"], said["basis"]
        review.conclusion, review.result = conclusion, result
        review.decided_by_id, review.decided_at = turn.user_id, at
        review.paper = issue_opinion(turn, review, take_items(turn, review, changes))
        turn.keep(review)
        turn.notify_holders(Permission.CLOSE, turn.case.office, "review_decided")
    return review


def deliver(
    case: Case,
    *,
    way: str,
    to: Sequence[str] = (),
    place: str = "",
    received_on: date | None = None,
    tracking_no: str = "",
    refusal: str = "",
    witness: str = "",
    proof_upload: str = "",
    by: Actor,
    at: datetime,
) -> list[Delivery]:
    """Send or hand over the opinion: `to` are references of papers, else whom it reaches in this way. When the last one is
    sent the limit stops and the opinion works: what it changes is to be carried out, what it takes back is made anew.
    """
    review = current(case)
    waiting = opinions(case, review)
    chosen = [one for one in waiting if one.paper.reference in to] or letters.reached(waiting, way)
    if len(chosen) > 1 and (way in {Delivery.Way.POST, Delivery.Way.LEFT} or proof_upload):
        raise Invalid("one_by_one", "邮寄、留置或者附凭证的送达，请一位一位登记，各有各的凭证。", field="to")
    left = {one.paper.pk for one in waiting} - {one.paper.pk for one in chosen}
    last = "deliver_redo" if review.result == Result.SENT_BACK else "deliver_review"
    with taking("serve_review" if left else last, case, by=by, at=at) as turn:
        if not chosen:
            raise Refused("nothing_to_send", "没有等待送达的文书，或者所选的已经送达。请刷新页面查看。")
        if {one.paper.pk for one in opinions(turn.case, review)} - {one.paper.pk for one in chosen} != left:
            raise Refused("already_moved", "刚刚有人送达过。请刷新页面，看看最新进展再继续。")
        proof = turn.keep_files([proof_upload])[0] if proof_upload else None
        sent = []
        for one in chosen:
            row = letters.deliver(
                turn, one, way, place=place, received_on=received_on, tracking_no=tracking_no, refusal=refusal,
                witness=witness, proof=proof,
            )  # fmt: skip
            deciding.start_right(turn, row, one)
            sent.append(row)
        if not left:
            put_into_force(turn, review)
    return sent


def opinions(case: Case, review: Review) -> list[letters.Served]:
    """The copies of this review's opinion that were not sent yet."""
    rows = [one for one in letters.served(case) if one.is_opinion and one.review_id == review.pk]
    return [one for one in rows if not one.is_sent and letters.is_owed(one)]


def put_into_force(turn: Turn, review: Review) -> None:
    """What follows from an opinion that was sent: outcomes replaced and carried out, or the decision taken back."""
    review.ended_at = turn.at
    turn.keep(review)
    demands = {row.pk: row for row in letters.demands(turn.case)}
    if review.result == Result.SENT_BACK:
        decision = Decision.objects.get(pk=review.decision_id)
        decision.returned_at, decision.return_reason = turn.at, f"{review.word}撤销，重新办理"
        turn.keep(decision)
        for row in demands.values():
            row.outcome, row.executed_at = "", None
            turn.keep(row)
        people = [decision.drafted_by_id]
        turn.notify(people, "review_sent_back")
        return
    for item in ReviewItem.objects.filter(review=review).order_by("pk"):
        row = demands[item.demand_id]
        row.outcome, row.executed_at = item.outcome, None
        turn.keep(row)
    pending = any(row.outcome in deciding.CARRIED_OUT and row.executed_at is None for row in demands.values())
    if review.result == Result.CHANGED or not pending:
        turn.stop("execution")
    if pending:
        turn.start("execution")


def end(case: Case, *, by: Actor, at: datetime) -> Case:
    """End the case after the final review (三级终结): delivered with proof, carried out where supported. The same facts and
    reasons are not taken up again (第三十六条第三款); help goes on (第三十七条)."""
    with taking("end", case, by=by, at=at) as turn:
        if final_of(turn.case) is None:
            raise Refused("no_final_review", "还没有送达的复核意见，不能办理三级终结。")
        if owed := closing.unfinished(turn.case):
            raise Refused("not_closable", "还不能终结：%(owed)s", owed="".join(owed))
        turn.notify(letters.accounts(turn.case), "progress")
    return case


def current(case: Case) -> Review:
    """The review that goes on. Raises Refused where none does."""
    rows = Review.objects.select_related("unit", "decision__issued_by", "earlier__unit", "decision__paper")
    review = rows.filter(case=case, ended_at=None).first()
    if review is None:
        raise Refused("no_review", "现在没有正在进行的复查或者复核。请刷新页面查看。")
    return review


def _begin(turn: Turn, right: Right, moment: datetime, is_late: bool) -> Review:
    review = Review(
        case=turn.case, step_up=right.step_up, decision=right.decision, earlier=right.earlier, unit=right.unit,
        organ=right.organ, requested_at=moment, is_late=is_late,
    )  # fmt: skip
    turn.keep(review)
    turn.case.review_unit, turn.case.review_step, turn.case.closed_at = right.unit, right.step_up, None
    turn.start(RULES[right.step_up], at=moment)
    return review


def _mine(turn: Turn) -> Review:
    """The review that goes on, for somebody who may decide it: in a unit that did not decide before, and who took no part
    in the case before (第二十八条, 第三十五条)."""
    review = current(turn.case)
    if review.unit is None:
        raise Refused("outside", "这次审查由%(organ)s办理，请登记它的意见。", organ=review.organ)
    decided = [review.decision.issued_by]
    if review.earlier is not None and review.earlier.unit is not None:
        decided.append(review.earlier.unit)
    if structure.live(review.unit).pk in {structure.issuer(unit).pk for unit in decided}:
        raise Refused(
            "same_unit", "机构调整后，这个单位就是原办理单位，不能再由它审查。请信访专员改由再上一级单位审查。"
        )
    if turn.user_id in took_part(turn.case, but=review):
        raise Forbidden("took_part", "您参加过这件事项前面的办理，不能再审查它。请换一位没有参加过的人办。")
    return review


def move(case: Case, *, by: Actor, at: datetime) -> Review:
    """After units changed: give the review to the unit that is now above, so that nobody reviews the own decision."""
    with taking("move_review", case, by=by, at=at) as turn:
        review = current(turn.case)
        unit = reviewing_unit(review.decision, review.earlier)
        if review.unit is None or (unit is not None and unit.pk == structure.live(review.unit).pk):
            raise Refused("stays", "审查单位没有变化，不需要改。")
        review.unit, review.organ = unit, unit.name if unit else outside(review.earlier)
        turn.keep(review)
        turn.case.review_unit = unit
        _tell_reviewers(turn, review, "review_asked")
    return review


def take_items(turn: Turn, review: Review, changes: Sequence[Change]) -> list[ReviewItem]:
    """What a review that changes the decision puts in place, demand by demand; nothing for another result."""
    if review.result != Result.CHANGED:
        return []
    demands = {row.no: row for row in letters.demands(turn.case)}
    items = []
    for change in changes:
        no, row = change.demand_no, demands.get(change.demand_no)
        if row is None or change.outcome == row.outcome:
            continue
        if change.outcome not in deciding.CLAIM_OUTCOMES:
            raise Invalid("outcome", "请选择第%(no)d项改为什么处理意见。", field=f"outcome_{no}", no=no)
        measure = chinese.clean(change.measure, limit=2000, field=f"measure_{no}")
        if change.outcome in deciding.CARRIED_OUT and not measure:
            raise Invalid(
                "measure", "第%(no)d项改为予以支持，请写明怎样落实、什么时候完成。", field=f"measure_{no}", no=no
            )
        items.append(ReviewItem(review=review, demand=row, outcome=change.outcome, measure=measure))
    if not items:
        raise Invalid("changes", "选择变更的，至少要改一项诉求的处理意见。", field="result")
    return ReviewItem.objects.bulk_create(items)


def _tell_reviewers(turn: Turn, review: Review, code: str) -> None:
    if review.unit is None:
        turn.notify_holders(Permission.SEAL, turn.case.office, code)
    else:
        turn.notify_holders(Permission.REVIEW, structure.live(review.unit), code)


def _noon(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=timezone.get_current_timezone()).replace(hour=12)
