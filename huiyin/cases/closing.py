"""The end of a case: rated by the employee, closed, withdrawn, voided, reopened; and the inspector's answers in the sealed lane.

《信访工作条例》第二十一条 (rating), 第三十条 (reports); product rules §4.5: nobody but the employee rates, nothing is deleted.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from huiyin.cases import letters, sealed, together
from huiyin.cases.co_handling import helping
from huiyin.cases.deciding import CARRIED_OUT
from huiyin.cases.handling import REASON_LIMIT
from huiyin.cases.lifecycle import Turn, note_row, taking
from huiyin.cases.models import CallBack, Case, Decision, Filing, FollowUp, Instruction, Note, Rating, Stage
from huiyin.cases.models.case import Identity
from huiyin.cases.models.review import final_of
from huiyin.clocks import running
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org import structure
from huiyin.org.permissions import Permission
from huiyin.vault.digests import keyed_digest

REPLY_LIMIT = 5000


def rate(
    filing: Filing, *, office: str, unit: str, is_solved: bool, comment: str = "", by: Actor, at: datetime
) -> Rating:
    """The employee rates the own filing once, after delivery: petition office and unit apart, solved or not. Nobody
    else can, and nobody for another filing of the case."""
    comment = chinese.clean(comment, limit=REASON_LIMIT, field="comment")
    for field, grade in (("office", office), ("unit", unit)):
        if grade not in Rating.Grade.values:
            raise Invalid(field, "请选择满意、基本满意或不满意。", field=field)
    letters.check_stands(filing)
    with taking("rate", together.leading(filing.case), by=by, at=at) as turn:
        turn.facts["filing"] = filing.reference
        if Rating.objects.filter(filing=filing).exists():
            raise Refused("rated", "您已经评价过了，每件来件只评价一次。")
        own = letters.copy_for(filing, letters.telling(turn.case))
        if own is None or own.received_on is None:
            raise Refused("not_received", "请先确认收到书面答复，再评价。")
        row = Rating(
            case=turn.case, filing=filing, office=office, unit=unit, is_solved=is_solved, comment=comment, rated_at=at
        )
        turn.keep(row)
        if Rating.Grade.NOT in {office, unit} or not is_solved:
            _open_follow_up(turn, row, own.copy_id)
        officers = structure.holders(Permission.CLOSE, turn.case.office, timezone.localtime(at).date())
        turn.notify((user.pk for user in officers), "employee_rated")
    return row


def _open_follow_up(turn: Turn, rating: Rating, copy_id: int | None) -> None:
    """Not satisfied or not solved: the office owes the filer an answer to that, beside the case's next step."""
    turn.start("follow_up", whose=copy_id)
    clock = turn.running_for("follow_up", copy_id)
    turn.keep(FollowUp(case=turn.case, rating=rating, clock=clock, opened_at=turn.at))


def is_drawn(case: Case) -> bool:
    """Whether a closed case is in the sample that is called back: by a keyed hash of its subject, so that nobody
    chooses, and nobody can tell beforehand. The share is a setting."""
    digest = keyed_digest("call back", case.subject.public_id)
    return int.from_bytes(digest[:8], "big") % 100 < settings.ENTERPRISE.call_back_percent


def _draw(turn: Turn) -> None:
    """The first filing of somebody known by name; a confidential or anonymous filer is not called."""
    if turn.case.is_sealed or not is_drawn(turn.case):
        return
    filing = together.standing(turn.case).filter(identity=Identity.NAMED, call_back=None).first()
    if filing is not None:
        turn.start("call_back")
        clock = turn.running("call_back")
        turn.keep(CallBack(case=turn.case, filing=filing, clock=clock, drawn_at=turn.at))


def unfinished(case: Case) -> list[str]:
    """What the enterprise still owes on a delivered case, in sentences: proof of receipt, carrying out."""
    found = []
    papers = letters.telling(case)
    waiting = [one for one in papers if one.received_on is None]
    if case.is_notice_exempt:  # nobody to send it to: kept with the case
        waiting = []
    if (waiting and len(papers) == 1) or not papers:
        found.append("书面答复还没有收到的凭证：等反映人确认，或登记收到日期。")
    elif waiting:
        names = "、".join(letters.shown_as(one.party) for one in waiting)
        found.append(f"还没有收到凭证的书面答复：{names}。等本人确认，登记收到日期，或者补送。")
    for demand in letters.demands(case):
        if demand.outcome in CARRIED_OUT and demand.executed_at is None:
            found.append(f"第{demand.no}项{demand.get_outcome_display()}，还没有登记落实。")
    if case.harms and not case.has_aid:
        found.append("登记了困难情形，还没有申请过帮扶。请先向工会申请；本人不需要的，由工会写明后结束。")
    if case.sender_id is not None:
        found.append("这件事项是交办来的：先报送办结报告，等交办单位同意。")
    found += [f"{row.unit.name}还没有答复协办请求；不再需要的，请先撤销。" for row in helping(case)]
    return found


def obstacles(case: Case, at: datetime) -> list[str]:
    """Why a delivered case can't be closed yet, in sentences; empty when it can."""
    found = unfinished(case)
    if final_of(case):
        found.append("复核意见已经送达，请办理“三级终结”。")
    window = next((clock for clock in running.running(case.subject) if clock.rule == "rating_window"), None)
    unrated = together.standing(case).filter(rating=None).exists()
    if unrated and window and timezone.localtime(at).date() < window.due_on:
        found.append(f"反映人还没有评价；满15天（{window.due_on:%Y-%m-%d}起）未评价也可以办结。")
    return found


def close(case: Case, *, by: Actor, at: datetime) -> Case:
    """Close: delivered, carried out where supported, and rated or 15 days passed. Unrated stays unrated."""
    with taking("close", case, by=by, at=at) as turn:
        if blocking := obstacles(turn.case, at):
            raise Refused("not_closable", "还不能办结：" + "".join(blocking))
        _draw(turn)
        turn.notify(letters.accounts(turn.case), "progress")
    return case


def withdraw(filing: Filing, *, reason: str = "", by: Actor, at: datetime) -> Case:
    """The employee withdraws the own filing. The case goes on while another filing of it stands; it is withdrawn, and
    keeps its number, with the last one. Answers the case."""
    reason = chinese.clean(reason, limit=REASON_LIMIT, field="reason")
    letters.check_stands(filing)
    case = together.leading(filing.case)
    with transaction.atomic():
        # In one order, and looked at again once locked: of two who leave at once, one is the last.
        list(Case.objects.select_for_update().filter(pk__in={case.pk, filing.case_id}).order_by("pk"))
        if not together.standing(case).exclude(pk=filing.pk).exists():
            return _withdraw("withdraw", case, filing, reason, by, at)
        if case.pk != filing.case_id:
            with taking("withdraw_filing", filing.case, by=by, at=at) as turn:
                _leave(turn, filing)
        return _withdraw("withdraw_filing", case, filing, reason, by, at)


def _leave(turn: Turn, filing: Filing) -> None:
    filing.withdrawn_at = turn.at
    turn.facts["filing"] = filing.reference
    filing.save(update_fields=["withdrawn_at"])
    turn.note(filing)


def _withdraw(step: str, case: Case, filing: Filing, reason: str, by: Actor, at: datetime) -> Case:
    with taking(step, case, by=by, at=at) as turn:
        turn.facts["filing"] = filing.reference
        if step == "withdraw_filing" and filing.case_id == case.pk:
            _leave(turn, filing)
        if reason:
            row = note_row(turn, Note.Kind.ADDITION, f"撤回说明：{reason}")
            row.filing = filing
            turn.keep(row)
        if not turn.case.is_sealed:
            officers = structure.holders(Permission.TRIAGE, turn.case.office, timezone.localtime(at).date())
            turn.notify((user.pk for user in officers), "withdrawn")
    return case


def void(case: Case, *, reason: str, by: Actor, at: datetime) -> Case:
    """Void a wrong entry, with the reason; it keeps its number and stays findable. Never what an employee filed online."""
    reason = chinese.needed(
        reason, limit=REASON_LIMIT, field="reason", sentence="请写明为什么作废。作废的登记仍保留编号。"
    )
    if Filing.objects.filter(case__in=together.members(case), entered_by=None).exists():
        raise Refused("filed_by_employee", "职工自己提交的来件不能作废。重复的请并入，不属于本单位的请书面告知。")
    with taking("void", case, by=by, at=at) as turn:
        turn.keep(note_row(turn, Note.Kind.NOTE, f"作废理由：{reason}"))
    return case


def reopen(case: Case, *, reason: str, by: Actor, at: datetime) -> Case:
    """Take up an ended case again, with the reason. A closed one goes back to its unit, others to triage."""
    reason = chinese.needed(reason, limit=REASON_LIMIT, field="reason", sentence="请写明为什么重新办理。")
    step = "reopen" if case.stage == Stage.CLOSED else "resume"
    if case.is_sealed:
        raise Refused("sealed", "检举控告事项由纪检监察人员处理。")
    with taking(step, case, by=by, at=at) as turn:
        turn.case.closed_at = None
        if step == "reopen":
            turn.start("suggestion_reply" if turn.case.is_suggestion else "decision", "backlog")
            for decision in Decision.objects.filter(case=turn.case, returned_at=None):
                decision.returned_at, decision.return_reason = at, f"重新办理：{reason}"
                turn.keep(decision)
        turn.keep(note_row(turn, Note.Kind.NOTE, f"重新办理的理由：{reason}"))
        turn.notify(letters.accounts(turn.case), "progress")
    return case


def read_report(case: Case, *, by: Actor, at: datetime) -> list[str]:
    """The texts of a report of wrongdoing, for the inspector. Reading is itself an event the filer can see."""
    with taking("read_report", case, by=by, at=at) as turn:
        filings = Filing.objects.select_related("case__subject__key").filter(case__in=together.members(turn.case))
        filings = filings.order_by("pk")
        texts = [sealed.text_of(filing) for filing in filings]
        given = Instruction.objects.select_related("case__subject__key").filter(case__in=together.members(turn.case))
        texts += [f"批示（{row.leader_name}）：{sealed.text_of(row)}" for row in given.order_by("pk")]
        texts += [f"诉求：{text}" for text in letters.demand_texts(turn.case)]
    return texts


def note_report(case: Case, *, text: str, by: Actor, at: datetime) -> Note:
    """The inspector's note, sealed."""
    return _report("note_report", Note.Kind.NOTE, case, text, by, at)


def reply_report(case: Case, *, text: str, by: Actor, at: datetime) -> Note:
    """An answer to who reported, readable with the query code alone."""
    return _report("reply_report", Note.Kind.REPLY, case, text, by, at)


def conclude_report(case: Case, *, text: str, by: Actor, at: datetime) -> Case:
    """Conclude a report with an answer to who reported."""
    text = chinese.needed(text, limit=REPLY_LIMIT, field="text", sentence="请写明给检举人的答复。")
    with taking("conclude_report", case, by=by, at=at) as turn:
        turn.keep(note_row(turn, Note.Kind.REPLY, text))
    return case


def _report(step: str, kind: str, case: Case, text: str, by: Actor, at: datetime) -> Note:
    text = chinese.needed(text, limit=REPLY_LIMIT, field="text", sentence="请写下内容。")
    with taking(step, case, by=by, at=at) as turn:
        return turn.keep(note_row(turn, kind, text))
