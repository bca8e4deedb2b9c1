"""The decision (处理意见): drafted for each demand, approved by the head, sealed as D14, delivered with proof, carried out.
The answer to a suggestion goes the same way, with outcomes of its own, and is sealed as D14S.

《信访工作条例》第三十二条 (what it states, three outcomes, carrying out), 第三十四条 (60 days), 第三十五条 (review from receipt);
of a suggestion 第二十九条: studied, adopted in full or in part where sound and feasible, and answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from huiyin.cases import access, letters, sealed, together
from huiyin.cases.handling import NOTE_LIMIT, REASON_LIMIT
from huiyin.cases.lifecycle import Turn, note_row, taking
from huiyin.cases.models import Case, Decision, DecisionItem, Demand, Filing, Note, Stage
from huiyin.cases.models.case import Outcome
from huiyin.cases.steps import SERVED
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org import structure
from huiyin.org.permissions import Permission
from huiyin.papers import delivery, workshop, writers
from huiyin.papers.models import Delivery, Paper
from huiyin.papers.templates import Value

CARRIED_OUT = frozenset({Outcome.SUPPORTED, Outcome.ADOPTED, Outcome.PARTLY_ADOPTED, Outcome.SETTLED})
CONFIRMED_ONLINE = frozenset({Delivery.Way.PORTAL, Delivery.Way.POST})
CLAIM_OUTCOMES = (Outcome.SUPPORTED, Outcome.EXPLAINED, Outcome.NOT_SUPPORTED)
SUGGESTION_OUTCOMES = (Outcome.ADOPTED, Outcome.PARTLY_ADOPTED, Outcome.KEPT, Outcome.NOT_ADOPTED)


@dataclass(frozen=True)
class Answer:
    """The answer to one demand. `measure` says what will be done by when; needed where it is supported or adopted.

    `basis` is needed on a claim (第三十二条); a suggestion may be answered without (第二十九条).
    """

    demand_no: int
    reasons: str
    basis: str
    outcome: str
    measure: str = ""


def draft(case: Case, *, findings: str, answers: Sequence[Answer], by: Actor, at: datetime) -> Decision:
    """Draft the decision and lay it before the head: facts, and for each demand reasons, basis and outcome (第三十二条).

    Of a suggestion: what the study found, and for each one reasons and whether it is adopted (第二十九条).
    """
    findings = chinese.needed(findings, limit=NOTE_LIMIT, field="findings", sentence="请写明调查核实的情况。")
    with taking("draft", case, by=by, at=at) as turn:
        demands = {row.no: row for row in letters.own_demands(turn.case)}
        rows = [_item(answer, demands, turn.case) for answer in answers]
        for no in demands:
            if not any(row.demand.no == no for row in rows):
                raise Invalid("answers", f"第{no}项诉求还没有答复。每一项诉求都要答复。", field=f"reasons_{no}")
        unit = structure.issuer(turn.case.unit or turn.case.office)
        decision = Decision(case=turn.case, issued_by=unit, findings=findings, drafted_at=at)
        decision.drafted_by_id = turn.user_id
        decision.save()
        for row in rows:
            row.decision = decision
        DecisionItem.objects.bulk_create(rows)
        turn.note(decision)
        turn.notify_holders(Permission.APPROVE, unit, "decision_to_approve")
    return decision


def approve(case: Case, *, by: Actor, at: datetime) -> Decision:
    """The head of the issuing unit approves; nobody approves what they drafted themselves."""
    with taking("approve", case, by=by, at=at) as turn:
        decision = standing(turn.case)
        if decision.drafted_by_id == turn.user_id:
            raise Forbidden("own_draft", "自己起草的处理意见不能由自己批准，请由单位负责人另行审批。")
        decision.approved_by_id, decision.approved_at = turn.user_id, at
        turn.keep(decision)
        turn.notify_holders(Permission.SEAL, turn.case.office, "decision_to_seal")
    return decision


def return_draft(case: Case, *, reason: str, by: Actor, at: datetime) -> Decision:
    """Send the draft back with the reason; a new one is drafted from it, the old one stays in the record."""
    reason = chinese.needed(reason, limit=REASON_LIMIT, field="reason", sentence="请写明需要修改什么。")
    with taking("return_draft", case, by=by, at=at) as turn:
        decision = standing(turn.case)
        decision.returned_at, decision.return_reason = at, reason
        turn.keep(decision)
        turn.notify([decision.drafted_by_id], "decision_returned")
    return decision


def preview(case: Case, *, on: date) -> bytes:
    """The decision as the paper it will be, without number: PDF."""
    decision = standing(case)
    form = workshop.in_force(paper_kind(case))[0]
    return writers.pdf(form, _fields(case, decision), unit=decision.issued_by, number="", on=on)


def seal(case: Case, *, by: Actor, at: datetime) -> Paper:
    """Check, number and seal the decision as D14 (D14S). Required parts are checked; each demand's outcome is fixed."""
    with taking("seal", case, by=by, at=at) as turn:
        decision = standing(turn.case)
        paper = letters.issue(
            turn, paper_kind(turn.case), _fields(turn.case, decision), decision.issued_by, decision=decision
        )
        decision.paper = paper
        turn.keep(decision)
        for item in _items(decision):
            item.demand.outcome = item.outcome
            turn.keep(item.demand)
    return paper


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
    """Send or hand over sealed papers: `to` are their references, else whom the decision reaches in this way.

    The decision counts as delivered, and the 60 days stop, when it is sent to everybody it is addressed to; what is
    supported or adopted is then to be carried out. Before and after, single papers are delivered without moving the case.
    """
    papers = letters.undelivered(case)
    telling = [one for one in papers if one.is_decision]
    chosen = [one for one in papers if one.paper.reference in to]
    if not to and telling:
        chosen = letters.reached([one for one in telling if not one.is_sent] or telling, way)
    if len(chosen) > 1 and (way in {Delivery.Way.POST, Delivery.Way.LEFT} or proof_upload):
        raise Invalid("one_by_one", "邮寄、留置或者附凭证的送达，请一位一位登记，各有各的凭证。", field="to")
    left = {one.paper.pk for one in telling if not one.is_sent} - {one.paper.pk for one in chosen}
    sends_last = any(one.is_decision and not one.is_sent for one in chosen) and not left
    is_step = case.stage not in SERVED or (case.stage == Stage.DECIDED and (sends_last or not chosen))
    with taking("deliver" if is_step else "serve", case, by=by, at=at) as turn:
        if not chosen:
            raise Refused("nothing_to_send", "没有等待送达的文书，或者所选的已经送达。请刷新页面查看。")
        still = {one.paper.pk for one in letters.undelivered(turn.case) if one.is_decision and not one.is_sent}
        if still - {one.paper.pk for one in chosen} != left:
            raise Refused("already_moved", "刚刚有人送达过。请刷新页面，看看最新进展再继续。")
        proof = turn.keep_files([proof_upload])[0] if proof_upload else None
        sent = []
        for one in chosen:
            row = letters.deliver(
                turn, one, way, place=place, received_on=received_on, tracking_no=tracking_no, refusal=refusal,
                witness=witness, proof=proof,
            )  # fmt: skip
            sent.append(row)
            start_right(turn, row, one)
        if is_step and any(item.outcome in CARRIED_OUT for item in _items(standing(turn.case))):
            turn.start("execution")
        if not is_step and sends_last:  # somebody joined after the others had it: their 15 days count too
            turn.stop("rating_window")
            turn.start("rating_window")
    return sent


def keep_answer(case: Case, *, by: Actor, at: datetime) -> Case:
    """The sealed answer is kept with the case: there is nobody to send it to, name or address being unclear."""
    with taking("keep_answer", case, by=by, at=at) as turn:
        if not turn.case.is_notice_exempt:
            raise Refused("has_address", "这件事项有反映人的姓名和联系方式，请送达书面答复。")
        if any(item.outcome in CARRIED_OUT for item in _items(standing(turn.case))):
            turn.start("execution")
    return case


def record_receipt(
    case: Case, *, received_on: date, delivery_id: int | None = None, by: Actor, at: datetime
) -> Delivery:
    """Enter the day on which a posted paper arrived; for a decision, the limit to ask for a review starts then.

    `delivery_id` says which, where several are on their way.
    """
    with taking("record_receipt", case, by=by, at=at) as turn:
        posted = letters.posted(turn.case)
        wanted = [(one, row) for one, row in posted if delivery_id is None or row.pk == delivery_id]
        if not wanted:
            raise Refused("not_by_post", "没有等待登记收到日期的邮寄文书。请刷新页面查看。")
        if len(wanted) > 1:
            raise Invalid("delivery_id", "有几份邮件在途，请选择是哪一份。", field="delivery_id")
        one, row = wanted[0]
        sent = delivery.record_receipt(row, received_on, by, at)
        letters.note_delivery(turn, sent, one.party)
        start_right(turn, sent, one)
    return sent


def confirm(filing: Filing, *, by: Actor, at: datetime) -> Delivery:
    """The employee confirms having received the decision, or the opinion of a review, on the portal: the own copy."""
    with taking("confirm", together.leading(filing.case), by=by, at=at) as turn:
        turn.facts["filing"] = filing.reference
        told = [one for one in letters.served(turn.case) if letters.is_owed(one) and (one.is_answer or one.is_opinion)]
        own = letters.latest_for(filing, told)
        if own is None:
            raise Refused("not_delivered", "处理意见书还没有送达。")
        rows = [row for row in own.deliveries if row.received_on is None and row.way in CONFIRMED_ONLINE]
        sent = next((row for row in own.deliveries if row.received_on), None) or (rows or list(own.deliveries))[-1]
        was_received = own.received_on is not None
        sent = delivery.confirm(sent, at)
        letters.note_delivery(turn, sent, own.party)
        if not was_received:
            start_right(turn, sent, own)
            officers = structure.holders(Permission.SEAL, turn.case.office, timezone.localtime(at).date())
            turn.notify(
                (user.pk for user in officers), "answer_confirmed" if turn.case.is_suggestion else "delivery_confirmed"
            )
    return sent


def execute(case: Case, *, demand_no: int, text: str, uploads: Sequence[str] = (), by: Actor, at: datetime) -> Demand:
    """A supported demand is carried out, with what shows it (第三十二条第二款). The last one stops the clock."""
    text = chinese.needed(text, limit=NOTE_LIMIT, field="text", sentence="请写明怎样落实的、什么时候落实的。")
    with taking("execute", case, by=by, at=at) as turn:
        demands = letters.demands(turn.case)
        row = next((found for found in demands if found.no == demand_no), None)
        if row is None or row.outcome not in CARRIED_OUT:
            raise Invalid("demand_no", "请选择一项需要落实的诉求。", field="demand_no")
        if row.executed_at is not None:
            raise Refused("executed", "这项诉求已经登记落实。请刷新页面查看。")
        row.executed_at = at
        turn.keep(row)
        note = note_row(turn, Note.Kind.EXECUTION, text)
        note.demand = row
        turn.keep(note)
        note.files.set(turn.keep_files(uploads))
        if not any(found.outcome in CARRIED_OUT and found.executed_at is None for found in demands):
            turn.stop("execution")
        turn.notify(letters.accounts(turn.case), "progress")
    return row


def standing(case: Case) -> Decision:
    """The decision that stands: drafted and not returned."""
    found = Decision.objects.select_related("issued_by", "paper__unit", "paper__subject__key")
    decision = found.filter(case=case, returned_at=None).first()
    if decision is None:
        raise Refused("no_decision", "还没有起草处理意见。")
    return decision


def latest(case: Case) -> Decision | None:
    """The last draft, returned or not: what a new draft starts from."""
    return Decision.objects.filter(case=case).order_by("-pk").first()


def start_right(turn: Turn, sent: Delivery, one: letters.Served) -> None:
    """The 30 days to ask for a review (第三十五条), or for the final one (第三十六条), start on the day of receipt, for
    each who received: `one.right` says which, if any."""
    if sent.received_on is not None and one.right:
        noon = datetime.combine(sent.received_on, datetime.min.time(), tzinfo=timezone.get_current_timezone())
        turn.start(one.right, at=noon, whose=one.copy_id)


def _fields(case: Case, decision: Decision) -> dict[str, Value]:
    common = letters.common(case)
    common.pop("matter")
    rows = [
        {
            "no": str(item.demand.no),
            "demand": sealed.text_of(item.demand),
            "reasons": item.reasons,
            "basis": item.basis,
            "outcome": item.outcome,
            "measure": item.measure,
        }
        for item in _items(decision)
    ]
    fields = common | {"case_number": case.number or "", "findings": decision.findings, "answers": rows}
    if case.is_suggestion:
        return fields
    return fields | {"review_organ": letters.review_organ(case.unit or case.office), "review_days": "30"}


def _items(decision: Decision) -> list[DecisionItem]:
    rows = DecisionItem.objects.select_related("demand__case__subject__key").filter(decision=decision)
    return list(rows.order_by("demand__no"))


def paper_kind(case: Case) -> str:
    """D14 答复 a claim, D14S a suggestion: two papers, because the second gives no right to a review (第三十五条)."""
    return "D14S" if case.is_suggestion else "D14"


def outcomes(case: Case) -> tuple[Outcome, ...]:
    """The outcomes that an answer to this case can have."""
    return SUGGESTION_OUTCOMES if case.is_suggestion else CLAIM_OUTCOMES


def _item(answer: Answer, demands: dict[int, Demand], case: Case) -> DecisionItem:
    no = answer.demand_no
    if no not in demands:
        raise Invalid("answers", f"没有第{no}项诉求。", field="findings")
    if answer.outcome not in outcomes(case):
        words = "、".join(outcome.label for outcome in outcomes(case))
        what = "意见建议的答复" if case.is_suggestion else "诉求的处理意见"
        raise Invalid("outcome", f"请选择第{no}项{what}：{words}。", field=f"outcome_{no}")
    measure = chinese.clean(answer.measure, limit=2000, field=f"measure_{no}")
    if answer.outcome in CARRIED_OUT and not measure:
        said = Outcome(answer.outcome).label
        raise Invalid("measure", f"第{no}项{said}，请写明怎样落实、什么时候完成。", field=f"measure_{no}")
    basis = chinese.clean(answer.basis, limit=NOTE_LIMIT, field=f"basis_{no}")
    if not basis and not case.is_suggestion:
        raise Invalid("basis", f"请写明第{no}项的法律法规、制度或合同依据。", field=f"basis_{no}")
    return DecisionItem(
        demand=demands[no],
        reasons=chinese.needed(
            answer.reasons, limit=NOTE_LIMIT, field=f"reasons_{no}", sentence=f"请写明第{no}项的事实和理由。"
        ),
        basis=basis,
        outcome=answer.outcome,
        measure=measure,
    )


def may_see_draft(case: Case, by: Actor) -> bool:
    """Whether this person may see the decision before it is sealed: whoever drafts, approves or seals."""
    return any(access.may(by, code, case) for code in (Permission.HANDLE, Permission.APPROVE, Permission.SEAL))
