"""Between acceptance and decision: given to a unit, taken in, investigated, the employee kept in touch, the limit extended.

《信访工作条例》第二十三条第三款 (objection within 5 working days), 第二十八条, 第三十四条 (extension).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from huiyin.cases import letters, recusal, sealed, together
from huiyin.cases.lifecycle import Turn, note_row, taking
from huiyin.cases.models import Assignment, Case, Extension, Filing, Note, Objection
from huiyin.clocks import running
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Employee, Staff
from huiyin.kernel.errors import Forbidden, Invalid, NotFound, Refused
from huiyin.org import structure
from huiyin.org.models import Unit, User
from huiyin.org.permissions import Permission, Role
from huiyin.org.staff import staff_of
from huiyin.papers.models import Delivery

NOTE_LIMIT = 10_000
REASON_LIMIT = 500


def assign(case: Case, *, to: Unit, instruction: str = "", by: Actor, at: datetime) -> Case:
    """Give an accepted case to a unit below its office. The unit takes it in within 2 working days or objects within 5."""
    instruction = chinese.clean(instruction, limit=REASON_LIMIT, field="instruction")
    if to.closed_on is not None:
        to = structure.live(to)
    if not to.path.startswith(case.office.path):
        raise Invalid("unit", "请选择本系统内的单位。", field="unit")
    with taking("assign", case, by=by, at=at) as turn:
        turn.case.unit, turn.case.handler = to, None
        row = Assignment(case=turn.case, unit=to, assigned_at=at, instruction=instruction)
        row.assigned_by_id = turn.user_id
        turn.keep(row)
        turn.notify_holders(Permission.TAKE_IN, to, "assigned")
    return case


def take_in(case: Case, *, handler: User | None = None, by: Actor, at: datetime) -> Case:
    """The unit takes the case in and says who handles it. Starts the 3 working days to first contact."""
    with taking("take_in", case, by=by, at=at) as turn:
        row = _current(turn.case)
        if handler is not None and not _works_in(handler, row.unit, at):
            raise Invalid("handler", "承办人应当是本单位在岗的承办人。请重新选择。", field="handler")
        row.taken_in_at = at
        turn.keep(row)
        turn.case.handler = handler
        recusal.find(turn)
        turn.notify(letters.accounts(turn.case), "progress")
    return case


def send_back(case: Case, *, reason: str, proposed: Unit | None = None, by: Actor, at: datetime) -> Objection:
    """The unit objects within 5 working days, with reasons; the office agrees or not. Later: the objection stays on record,
    flagged, and the duty stays with the unit (第二十三条第三款)."""
    reason = chinese.needed(
        reason, limit=REASON_LIMIT, field="reason", sentence="请详细说明退回的理由和建议的承办单位。"
    )
    limit = next((clock for clock in running.running(case.subject) if clock.rule == "objection"), None)
    is_late = limit is not None and timezone.localtime(at).date() > limit.due_on
    with taking("send_back_late" if is_late else "send_back", case, by=by, at=at) as turn:
        given = _current(turn.case)
        if given.objections.exists():
            raise Refused("objected_already", "对这次分办已经提过异议，不能再提。请签收办理。")
        row = Objection(case=turn.case, assignment=given, reason=reason, proposed_unit=proposed, raised_at=at)
        row.raised_by_id, row.is_late = turn.user_id, is_late
        turn.keep(row)
        turn.notify_holders(Permission.ASSIGN, turn.case.office, "objected_late" if is_late else "sent_back")
    return row


def agree_send_back(case: Case, *, reason: str = "", by: Actor, at: datetime) -> Case:
    """The office looks into it and agrees: the case comes back, to be given to another unit."""
    reason = chinese.clean(reason, limit=REASON_LIMIT, field="reason")
    with taking("agree_send_back", case, by=by, at=at) as turn:
        row, given = _answer_objection(turn, True, reason)
        given.sent_back_at, given.send_back_reason = at, row.reason
        turn.keep(given)
        turn.case.unit = turn.case.handler = None
        turn.notify([row.raised_by_id], "objection_decided")
    return case


def refuse_send_back(case: Case, *, reason: str, by: Actor, at: datetime) -> Case:
    """The office does not agree, and says why: the unit takes it in."""
    reason = chinese.needed(reason, limit=REASON_LIMIT, field="reason", sentence="请写明为什么不同意退回。")
    with taking("refuse_send_back", case, by=by, at=at) as turn:
        row, _given = _answer_objection(turn, False, reason)
        turn.notify([row.raised_by_id], "objection_decided")
    return case


def _answer_objection(turn: Turn, is_agreed: bool, reason: str) -> tuple[Objection, Assignment]:
    given = _current(turn.case)
    row = given.objections.get(is_agreed=None, is_late=False)
    row.is_agreed, row.answer_reason, row.answered_at = is_agreed, reason, turn.at
    row.answered_by_id = turn.user_id
    return turn.keep(row), given


def contact(case: Case, *, way: str, told: str, to: Sequence[str] = (), by: Actor, at: datetime) -> Note:
    """Contact with the employee: when, how, and what was told about progress. There is no field for impressions.

    `to`: references of the filings whose filers were told, needed where several stand; each reads an own line.
    """
    told = chinese.needed(told, limit=NOTE_LIMIT, field="told", sentence="请写明告诉了反映人哪些进展。")
    if way not in Note.ContactWay.values:
        raise Invalid("way", "请选择联系方式。", field="way")
    with taking("contact", case, by=by, at=at) as turn:
        for filing in reversed(_told(turn, to)):
            note = note_row(turn, Note.Kind.CONTACT, told)
            note.way, note.filing = way, filing
            turn.keep(note)
    return note


def note(case: Case, *, text: str, uploads: Sequence[str] = (), by: Actor, at: datetime) -> Note:
    """A note of the handling, for staff."""
    return _write(case, "note", Note.Kind.NOTE, text, uploads, by, at)


def add_evidence(case: Case, *, text: str, uploads: Sequence[str] = (), by: Actor, at: datetime) -> Note:
    """What an investigation found, with files."""
    return _write(case, "add_evidence", Note.Kind.EVIDENCE, text, uploads, by, at)


def ask(case: Case, *, question: str, to: Sequence[str] = (), by: Actor, at: datetime) -> Note:
    """Ask the employee; the question waits on the progress page.

    `to`: references of the filings whose filers are asked, needed where several stand. Each gets and answers an own
    one; answers the first's.
    """
    question = chinese.needed(question, limit=2000, field="question", sentence="请写明需要反映人补充什么。")
    with taking("ask", case, by=by, at=at) as turn:
        asked = _told(turn, to)
        for filing in reversed(asked):
            row = note_row(turn, Note.Kind.QUESTION, question)
            row.filing = filing
            turn.keep(row)
        turn.notify(letters.accounts(turn.case, asked), "question_asked")
    return row


def _told(turn: Turn, references: Sequence[str]) -> list[Filing]:
    filings = letters.chosen(turn.case, references)
    letters.note_filings(turn, filings)
    return filings


def answer(question: Note, filing: Filing, *, text: str, uploads: Sequence[str] = (), by: Actor, at: datetime) -> Note:
    """The employee answers a question, once."""
    question_of(filing, question.pk)
    if Note.objects.filter(answers=question).exists():
        raise Refused("answered", "这个问题已经答复过了。还想补充，请用“补充材料”。")
    return _from_employee("answer", Note.Kind.ANSWER, filing, text, uploads, by, at, "employee_answered", question)


def add(filing: Filing, *, text: str, uploads: Sequence[str] = (), by: Actor, at: datetime) -> Note:
    """The employee adds to the own filing: words, files, or both."""
    return _from_employee("add", Note.Kind.ADDITION, filing, text, uploads, by, at, "employee_added", None)


def request_extension(case: Case, *, days: int, reason: str, by: Actor, at: datetime) -> Extension:
    """Ask the head of the issuing unit for at most 30 days more, once, before the limit ends (第三十四条)."""
    reason = chinese.needed(
        reason, limit=REASON_LIMIT, field="reason", sentence="请写明情况复杂在哪里、为什么需要延长。"
    )
    if not 1 <= days <= 30:
        raise Invalid("days", "延长天数最多30天（《信访工作条例》第三十四条）。", field="days")
    with taking("request_extension", case, by=by, at=at) as turn:
        clock = turn.running("decision")
        if clock is None:
            raise Refused("no_limit", "这件事项没有正在计算的办理期限，不需要延期。")
        if timezone.localtime(at).date() > clock.due_on:
            raise Refused("extension_too_late", "办理期限已经届满，届满后不能再申请延期。请尽快办结并说明情况。")
        if turn.case.extensions.exclude(is_approved=False).exists():
            raise Refused("extended_already", "延期只能申请一次；已有一次申请在等待决定或已经批准。")
        row = Extension(case=turn.case, days=days, reason=reason, asked_at=at)
        row.asked_by_id = turn.user_id
        turn.keep(row)
        issuer = structure.issuer(turn.case.unit or turn.case.office)
        turn.notify_holders(Permission.EXTEND, issuer, "extension_to_decide")
    return row


def decide_extension(
    extension: Extension,
    *,
    is_approved: bool,
    refusal_reason: str = "",
    way: str = Delivery.Way.PORTAL,
    place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Extension:
    """The head decides. Approved: the limit moves, form and notice are sealed, the employee is told why (D13)."""
    refusal_reason = chinese.clean(refusal_reason, limit=REASON_LIMIT, field="refusal_reason")
    if not is_approved and not refusal_reason:
        raise Invalid("refusal_reason", "请写明不同意的理由。", field="refusal_reason")
    step = "approve_extension" if is_approved else "refuse_extension"
    with taking(step, extension.case, by=by, at=at) as turn:
        row = Extension.objects.select_related("asked_by").get(pk=extension.pk)
        if row.is_approved is not None:
            raise Refused("decided", "这项延期申请已经有了决定。请刷新页面查看。")
        row.is_approved, row.decided_at, row.refusal_reason = is_approved, at, refusal_reason
        row.decided_by_id = turn.user_id
        if is_approved:
            clock = turn.running("decision")
            if clock is None:
                raise Refused("no_limit", "办理期限已经停止计算，不需要延期。")
            old = clock.due_on
            running.extend(clock, row.days, at=at)
            turn.set_clock(clock)
            unit = structure.issuer(turn.case.unit or turn.case.office)
            dates = {
                "accepted_on": timezone.localtime(turn.case.accepted_at or turn.case.received_at).date().isoformat(),
                "reason": row.reason,
                "days": str(row.days),
                "old_due_on": old.isoformat(),
                "new_due_on": clock.due_on.isoformat(),
            }
            form = {
                "case_number": turn.case.number or "",
                "matter": turn.case.matter,
                "asked_by": row.asked_by.name,
                "asked_on": timezone.localtime(row.asked_at).date().isoformat(),
                "opinion": "同意延期",
                "decided_by": by.name if isinstance(by, Staff) else "",
                "decided_on": timezone.localtime(at).date().isoformat(),
            }
            letters.issue(turn, "D13F", dates | form, unit)
            told = {"addressee": letters.addressee(turn.case), "case_number": turn.case.number or ""}
            row.paper = letters.issue(turn, "D13", dates | told, unit)
            letters.send(turn, row.paper, way, place=place, tracking_no=tracking_no)
        turn.keep(row)
        turn.notify([row.asked_by_id], "extension_decided")
    return row


def _write(case: Case, step: str, kind: str, text: str, uploads: Sequence[str], by: Actor, at: datetime) -> Note:
    text = chinese.needed(text, limit=NOTE_LIMIT, field="text", sentence="请写下内容。")
    with taking(step, case, by=by, at=at) as turn:
        row = turn.keep(note_row(turn, kind, text))
        row.files.set(turn.keep_files(uploads))
    return row


def _from_employee(
    step: str,
    kind: str,
    filing: Filing,
    text: str,
    uploads: Sequence[str],
    by: Actor,
    at: datetime,
    notice: str,
    question: Note | None,
) -> Note:
    if not isinstance(by, Employee):
        raise Forbidden("employee_only", "这一步只能由反映人本人来做。")
    text = chinese.clean(text, limit=NOTE_LIMIT, field="text")
    if not text and not uploads:
        raise Invalid("text", "请写几句话，或者附上材料。", field="text")
    letters.check_stands(filing)
    with taking(step, together.leading(filing.case), by=by, at=at) as turn:
        turn.facts["filing"] = filing.reference
        row = note_row(turn, kind, text or "（见附件）")
        row.filing, row.answers = filing, question
        turn.keep(row)
        row.files.set(turn.keep_files(uploads))
        if not turn.case.is_sealed:
            people = [turn.case.handler_id] if turn.case.handler_id else []
            officers = structure.holders(Permission.TRIAGE, turn.case.office, timezone.localtime(at).date())
            turn.notify(sorted({*people, *(user.pk for user in officers)}), notice)
    return row


def _current(case: Case) -> Assignment:
    row = Assignment.objects.select_related("unit").filter(case=case, sent_back_at=None).first()
    if row is None:
        raise Refused("not_assigned", "这件事项还没有分办。请刷新页面查看最新进展。")
    return row


def _works_in(user: User, unit: Unit, at: datetime) -> bool:
    """Whether the account holds a handler's post in this very unit or one below it on that day."""
    staff = staff_of(user, timezone.localtime(at).date())
    return any(post.role == Role.HANDLER and post.unit_path.startswith(unit.path) for post in staff.posts)


def question_of(filing: Filing, note_id: int) -> Note:
    """A question put to the filer of this filing; NotFound otherwise. One put to nobody by name is the case's own filer's."""
    row = Note.objects.filter(pk=note_id, kind=Note.Kind.QUESTION).first()
    if row is None or (row.filing_id != filing.pk and (row.filing_id or row.case_id != filing.case_id)):
        raise NotFound()
    return row


def questions_of(filing: Filing) -> dict[int, int]:
    """The questions put to the filer of this filing: id of the note → its number from 1, which addresses carry. A
    database id would tell how much else was written meanwhile. One statement."""
    mine = Q(filing=filing) | Q(filing=None, case=filing.case_id)
    rows = Note.objects.filter(mine, kind=Note.Kind.QUESTION).order_by("pk").values_list("pk", flat=True)
    return {pk: no for no, pk in enumerate(rows, start=1)}


def numbered_question(filing: Filing, no: int) -> Note:
    """The question with this number; NotFound where there is none."""
    pk = next((pk for pk, number in questions_of(filing).items() if number == no), 0)
    return question_of(filing, pk)


def words_of(row: Note) -> str:
    """The words of a note, opened where sealed; the caller may see the case."""
    return sealed.text_of(row)
