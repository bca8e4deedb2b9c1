"""Between the petition offices of the group: transferred or ordered, signed for, objected to, disputed, reported on.

《信访工作条例》第二十三条 (a matter of a unit below is transferred or ordered, its filer told where; who got it wrongly objects
within 5 working days, and hands it back when the sender agrees), 第二十四条 (disputes go to the superior of both). An
enterprise orders after the model of 第二十二条: feedback and a report on the end by a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import letters
from huiyin.cases.lifecycle import Turn, taking
from huiyin.cases.models import Case, Dispatch, Objection, OrderReport, Rating
from huiyin.clocks import running
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Staff
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.org.permissions import Permission
from huiyin.papers import files
from huiyin.papers.templates import Value

WORDS_LIMIT = 1000
REPORT_LIMIT = 10_000
NOT_STATED = "未表示"


@dataclass(frozen=True)
class Letter:
    """How the written notice to the employee is sent."""

    way: str
    place: str = ""
    tracking_no: str = ""


@dataclass(frozen=True)
class Report:
    """The parts of a report on an order (D21) that somebody writes; the rest is read from the case."""

    findings: str
    handling: str
    basis: str
    reply: str


def transfer(case: Case, *, to: Unit, letter: Letter, by: Actor, at: datetime) -> Dispatch:
    """Transfer a case to the office of a unit of the group: it handles it by the rules and owes nothing back (D7). The
    employee is told where it went (D5), and there the 15 days count anew from today, the day it arrives there."""
    return _send("transfer", Dispatch.Kind.TRANSFER, case, to, "", None, letter, by, at)


def order(
    case: Case,
    *,
    to: Unit,
    requirements: str,
    feedback_on: date | None = None,
    letter: Letter,
    by: Actor,
    at: datetime,
) -> Dispatch:
    """Order the office of a unit to handle a case and to report on its end by `feedback_on` (D8, D21): by default, and at
    the latest, when the limit `order_answer` ends. The employee is told where it went (D5)."""
    requirements = chinese.needed(requirements, limit=WORDS_LIMIT, field="requirements", sentence=_("请写明办理要求。"))
    return _send("order", Dispatch.Kind.ORDER, case, to, requirements, feedback_on, letter, by, at)


def _send(
    step: str,
    kind: Dispatch.Kind,
    case: Case,
    to: Unit,
    requirements: str,
    feedback_on: date | None,
    letter: Letter,
    by: Actor,
    at: datetime,
) -> Dispatch:
    unit, office = destination(to)
    with taking(step, case, by=by, at=at) as turn:
        moved, sender = turn.case, turn.case.office
        if office.pk == sender.pk:
            raise Invalid(
                "own_office",
                "“%(unit)s”的信访事项由本机构自己受理。请先受理，再分办到这个单位。",
                field="unit",
                unit=unit.name,
            )
        if kind == Dispatch.Kind.ORDER and orders(moved):
            raise Refused(
                "ordered_already", "这件事项本身是上级交办的，办结报告由受理机构报送。要给别的单位，请用“转送”。"
            )
        turn.stop("notice", "take_over", "objection")
        row = Dispatch(case=moved, kind=kind, from_office=sender, to_office=office, to_unit=unit, sent_at=at)
        row.sent_by_id, row.requirements = turn.user_id, requirements
        if kind == Dispatch.Kind.ORDER:
            turn.start("order_answer")
            row.feedback_on = _feedback(turn, feedback_on)
        issuer = structure.issuer(sender)
        row.paper = letters.issue_within(
            turn, "D7" if kind == Dispatch.Kind.TRANSFER else "D8", _letter(turn, row), issuer
        )
        turn.keep(row)
        _tell_where(turn, row, letter)
        moved.office, moved.sender, moved.unit, moved.handler = office, sender, None, None
        turn.notify_holders(Permission.TRIAGE, office, "dispatch_received")
    return row


def destination(unit: Unit) -> tuple[Unit, Unit]:
    """The unit, or who took over from it, and the petition office that answers for it. Refused where there is none."""
    live = structure.live(unit)
    return live, structure.office_for(live)


def _feedback(turn: Turn, wanted: date | None) -> date:
    clock = turn.running("order_answer")
    last = clock.due_on if clock else timezone.localtime(turn.at).date()
    if wanted is not None and not timezone.localtime(turn.at).date() < wanted <= last:
        raise Invalid(
            "feedback_on",
            "反馈日期要在今天之后，最晚是%(last)s。请重新填写。",
            field="feedback_on",
            last=last.isoformat(),
        )
    return wanted or last


def _letter(turn: Turn, row: Dispatch) -> dict[str, Value]:
    """The letter to the office that gets it: D7 or D8."""
    case = turn.case
    office = settings.ENTERPRISE.office
    phone = settings.ENTERPRISE.phone or _("见单位公布的信访电话")
    fields: dict[str, Value] = {
        "addressee": row.to_unit.name,
        "case_number": case.number or case.reference,
        "summary": case.matter,
        "demands": letters.own_demand_texts(case),
    }
    if row.kind == Dispatch.Kind.TRANSFER:
        received_on = timezone.localtime(case.received_at).date().isoformat()
        return fields | {"received_on": received_on, "contact": f"{office}，{phone}"}
    return fields | {
        "petitioner": letters.addressee(case),
        "requirements": row.requirements,
        "report_due_on": row.feedback_on.isoformat() if row.feedback_on else "",
        "contact_person": office,
        "contact_phone": phone,
    }


def _tell_where(turn: Turn, row: Dispatch, letter: Letter | None) -> None:
    """Tell the employee where the case went (D5). Not where name or address are unclear (第二十三条第一款). `letter` None:
    on the portal to who agreed to it; for the others the paper waits to be delivered."""
    if turn.case.is_notice_exempt:
        return
    fields = letters.common(turn.case) | {
        "to_unit": row.to_office.name,
        "sent_on": timezone.localtime(turn.at).date().isoformat(),
        "to_contact": _("%(unit)s信访工作机构，电话见该单位公布的信访电话") % {"unit": row.to_office.name},
        "way": row.kind,
    }
    if any(not demand.is_own for demand in letters.demands(turn.case)):
        fields["demands"] = letters.own_demand_texts(turn.case)
    letters.issue_and_send(
        turn, "D5", fields, structure.issuer(row.from_office),
        way=letter.way if letter else "", place=letter.place if letter else "",
        tracking_no=letter.tracking_no if letter else "",
    )  # fmt: skip


def current(case: Case) -> Dispatch:
    """The dispatch by which the case came to the office that has it. Refused where there is none."""
    rows = Dispatch.objects.select_related("from_office", "to_office", "to_unit", "paper")
    row = rows.filter(case=case, ended_at=None).order_by("-pk").first()
    if row is None:
        raise Refused("not_sent", "这件事项不是转送、交办来的。请刷新页面查看最新进展。")
    return row


def orders(case: Case) -> list[Dispatch]:
    """The orders that still stand on a case: at most one."""
    return list(Dispatch.objects.filter(case=case, kind=Dispatch.Kind.ORDER, ended_at=None))


def _sender(turn: Turn) -> None:
    """Set who sent the case here and still has a word on it, from what stands."""
    rows = Dispatch.objects.select_related("from_office").filter(case=turn.case, ended_at=None).order_by("-pk")
    row = rows.first()
    turn.case.sender = row.from_office if row else None


def require_turn(by: Actor, permission: Permission, office: Unit, at: datetime) -> None:
    """Forbidden for anybody but those of this office itself, or of the nearest level above where nobody holds the post:
    an office above sees a case without doing for the office below what is its own to do."""
    if isinstance(by, Staff):
        turn = structure.holders(permission, office, timezone.localtime(at).date())
        if by.user_id not in {user.pk for user in turn}:
            raise Forbidden(
                "other_office", "这一步由“%(office)s”的信访专员来办。请等他们办理，或者提醒他们。", office=office.name
            )


def take_over(case: Case, *, by: Actor, at: datetime) -> Case:
    """The office that got it signs for it. What was transferred is its own from now on; an order stands until reported."""
    with taking("take_over", case, by=by, at=at) as turn:
        require_turn(by, Permission.TRIAGE, turn.case.office, at)
        row = current(turn.case)
        row.taken_in_at = at
        if row.kind == Dispatch.Kind.TRANSFER:
            row.ended_at = at
        turn.keep(row)
        _sender(turn)
        turn.notify(letters.accounts(turn.case), "progress")
    return case


def object_to(case: Case, *, reason: str, proposed: Unit | None = None, by: Actor, at: datetime) -> Objection:
    """Object to a transfer or an order within 5 working days of its arrival, with the reasons and whose it is (D9). Later:
    the objection stays on record, flagged, and so does the duty (第二十三条第三款)."""
    reason = chinese.needed(
        reason, limit=WORDS_LIMIT, field="reason", sentence=_("请详细说明为什么不属于本单位的职权范围。")
    )
    limit = next((clock for clock in running.running(case.subject) if clock.rule == "objection"), None)
    is_late = limit is not None and timezone.localtime(at).date() > limit.due_on
    with taking("object_late" if is_late else "object", case, by=by, at=at) as turn:
        require_turn(by, Permission.TRIAGE, turn.case.office, at)
        sent = current(turn.case)
        if sent.is_decided:
            raise Refused("decided", "由谁受理，上级已经作出决定，不能再提异议。请签收办理。")
        if sent.objections.exists():
            raise Refused(
                "objected_already", "对这次转送、交办已经提过异议，不能再提。对答复仍有不同意见的，可以报共同上级决定。"
            )
        row = Objection(case=turn.case, dispatch=sent, reason=reason, proposed_unit=proposed, raised_at=at)
        row.raised_by_id, row.is_late = turn.user_id, is_late
        fields: dict[str, Value] = {
            "addressee": sent.from_office.name,
            "case_number": turn.case.number or turn.case.reference,
            "sent_number": (sent.paper.number if sent.paper else None) or _("无"),
            "received_on": timezone.localtime(sent.sent_at).date().isoformat(),
            "reason": reason,
            "proposed_unit": proposed.name if proposed else _("请转出单位确定"),
        }
        if is_late:
            fields["lateness"] = _("本异议在收到后5个工作日届满以后提出，依规定仍由我单位承担办理责任。")
        row.paper = letters.issue_within(turn, "D9", fields, structure.issuer(turn.case.office))
        turn.keep(row)
        turn.notify_holders(
            Permission.ANSWER_SENT, sent.from_office, "objected_late" if is_late else "objection_raised"
        )
    return row


def open_objection(case: Case) -> Objection:
    """The objection that waits for its answer. Refused where there is none."""
    rows = Objection.objects.select_related(
        "dispatch__from_office", "dispatch__to_office", "assignment", "proposed_unit"
    )
    row = rows.filter(case=case, is_agreed=None, is_late=False).first()
    if row is None:
        raise Refused("answered", "这件事项没有等待答复的异议。请刷新页面查看。")
    return row


def agree_objection(case: Case, *, reason: str = "", by: Actor, at: datetime) -> Objection:
    """The sender looks into it and agrees: the material comes back, and the sender decides anew where it goes."""
    reason = chinese.clean(reason, limit=WORDS_LIMIT, field="reason")
    with taking("agree_objection", case, by=by, at=at) as turn:
        row, sent = _answered(turn, True, reason)
        sent.ended_at = at
        turn.keep(sent)
        if sent.kind == Dispatch.Kind.ORDER:
            turn.stop("order_answer")
        turn.case.office = sent.from_office
        _sender(turn)
        turn.notify([row.raised_by_id], "objection_decided")
        turn.notify(letters.accounts(turn.case), "progress")
    return row


def refuse_objection(case: Case, *, reason: str, by: Actor, at: datetime) -> Objection:
    """The sender does not agree, and says why: the unit keeps it, or lays it before the superior of both."""
    reason = chinese.needed(reason, limit=WORDS_LIMIT, field="reason", sentence=_("请写明为什么不同意这份异议。"))
    with taking("refuse_objection", case, by=by, at=at) as turn:
        row, _sent = _answered(turn, False, reason)
        turn.notify([row.raised_by_id], "objection_decided")
    return row


def _answered(turn: Turn, is_agreed: bool, reason: str) -> tuple[Objection, Dispatch]:
    row, sent = open_objection(turn.case), current(turn.case)
    require_turn(turn.by, Permission.ANSWER_SENT, sent.from_office, turn.at)
    row.is_agreed, row.answer_reason, row.answered_at = is_agreed, reason, turn.at
    row.answered_by_id = turn.user_id
    turn.keep(row)
    return row, sent


def common_superior(first: Unit, second: Unit) -> Unit:
    """The nearest unit above both; where one lies above the other, the unit above it, else itself (第二十四条)."""
    shared = set(structure.paths_up(first.path)) & set(structure.paths_up(second.path))
    above = [unit for unit in structure.ancestors(first) if unit.path in shared]
    strictly = [unit for unit in above if unit.pk not in {first.pk, second.pk} and structure.is_open(unit)]
    return strictly[0] if strictly else above[-1]


def raise_dispute(case: Case, *, reason: str, by: Actor, at: datetime) -> Objection:
    """Whose objection was refused lays it before the superior of both, whose head decides (第二十四条)."""
    reason = chinese.needed(reason, limit=WORDS_LIMIT, field="reason", sentence=_("请写明争议在哪里。"))
    with taking("raise_dispute", case, by=by, at=at) as turn:
        require_turn(by, Permission.TRIAGE, turn.case.office, at)
        sent = current(turn.case)
        row = sent.objections.filter(is_agreed=False, disputed_at=None).first()
        if row is None:
            raise Refused("nothing_refused", "异议没有被拒绝，不需要报上级决定。请先提出异议，或者签收办理。")
        row.dispute_reason, row.disputed_at = reason, at
        row.superior = turn.case.next_unit = common_superior(sent.from_office, sent.to_office)
        turn.keep(row)
        turn.notify_holders(Permission.DECIDE_JURISDICTION, row.superior, "dispute_to_decide")
    return row


def decide_jurisdiction(case: Case, *, unit: Unit, reason: str, by: Actor, at: datetime) -> Dispatch:
    """The superior of both decides whose it is. There it is signed for and handled; no objection is open any more, and the
    employee is told where it went where that is new."""
    reason = chinese.needed(reason, limit=WORDS_LIMIT, field="reason", sentence=_("请写明为什么由这个单位受理。"))
    unit, office = destination(unit)
    with taking("decide_jurisdiction", case, by=by, at=at) as turn:
        sent = current(turn.case)
        row = sent.objections.select_related("superior").get(disputed_at__isnull=False, decided_at=None)
        if row.superior is not None and not unit.path.startswith(row.superior.path):
            raise Invalid("unit", "请在“%(superior)s”及其下级中选择单位。", field="unit", superior=row.superior.name)
        row.decided_unit, row.decision_reason, row.decided_at = unit, reason, at
        row.decided_by_id = turn.user_id
        turn.keep(row)
        decided = sent
        sent.is_decided = True
        if office.pk != sent.to_office_id:
            sent.is_decided, sent.ended_at = False, at
            decided = _redirected(turn, sent, unit, office)
        turn.keep(sent)
        if decided is not sent:
            turn.keep(decided)
            turn.case.office = office
            _tell_where(turn, decided, None)
        _sender(turn)
        turn.notify([sent.sent_by_id, row.raised_by_id], "dispute_decided")
        turn.notify_holders(Permission.TRIAGE, office, "dispatch_received")
    return decided


def _redirected(turn: Turn, sent: Dispatch, unit: Unit, office: Unit) -> Dispatch:
    """What takes the place of a dispatch that was decided otherwise: to a third office the same, back to who sent it a
    plain transfer."""
    is_back = office.pk == sent.from_office_id
    if is_back and sent.kind == Dispatch.Kind.ORDER:
        turn.stop("order_answer")
    row = Dispatch(case=turn.case, to_office=office, to_unit=unit, sent_at=turn.at, is_decided=True)
    row.kind = Dispatch.Kind.TRANSFER if is_back else sent.kind
    row.from_office = sent.to_office if is_back else sent.from_office
    row.sent_by_id = turn.user_id
    if not is_back:
        row.requirements, row.feedback_on = sent.requirements, sent.feedback_on
    return row


def own_word(case: Case) -> str:
    """What the employees said of the outcome themselves: their ratings, or that they said nothing. Never an impression."""
    rows = Rating.objects.filter(case=case).order_by("pk")
    said = [
        _("对信访机构%(office)s，对承办单位%(unit)s，%(solved)s")
        % {
            "office": row.get_office_display(),
            "unit": row.get_unit_display(),
            "solved": _("问题已解决") if row.is_solved else _("问题没有解决"),
        }
        for row in rows
    ]
    return "；".join(said) or NOT_STATED


def report_back(case: Case, *, report: Report, uploads: Sequence[str] = (), by: Actor, at: datetime) -> OrderReport:
    """Report on the end of an ordered case to the office that ordered it (D21): source, demands, what was found and done
    and by which rule, the answer and its delivery, and the employee's own word on it, if there is one."""
    parts = {
        "findings": _part(report.findings, "findings", _("请写明调查核实的情况。")),
        "handling": _part(report.handling, "handling", _("请写明处理情况。")),
        "basis": _part(report.basis, "basis", _("请写明依据。")),
        "reply": _part(report.reply, "reply", _("请写明怎样答复、什么时候送达。")),
    }
    with taking("report_back", case, by=by, at=at) as turn:
        require_turn(by, Permission.TRIAGE, turn.case.office, at)
        sent = _order(turn.case)
        if sent.reports.filter(is_accepted=None).exists():
            raise Refused("reported_already", "办结报告已经报送，正在等交办单位答复。")
        row = OrderReport(case=turn.case, dispatch=sent, reported_at=at, text="\n\n".join(parts.values()))
        row.reported_by_id = turn.user_id
        kept = turn.keep_files(uploads)
        names = [files.shown_name(one) for one in kept]
        fields = _report(turn, sent, parts) | {"attachments": names or [_("无")]}
        row.paper = letters.issue_within(turn, "D21", fields, structure.issuer(turn.case.office))
        turn.keep(row)
        row.files.set(kept)
        turn.notify_holders(Permission.ANSWER_SENT, sent.from_office, "report_laid")
    return row


def _part(text: str, field: str, sentence: str) -> str:
    return chinese.needed(text, limit=REPORT_LIMIT, field=field, sentence=sentence)


def _report(turn: Turn, sent: Dispatch, parts: dict[str, str]) -> dict[str, Value]:
    case = turn.case
    return {
        "addressee": sent.from_office.name,
        "case_number": case.number or case.reference,
        "order_number": (sent.paper.number if sent.paper else None) or _("无"),
        "source": _("%(unit)s于%(on)s交办")
        % {"unit": sent.from_office.name, "on": timezone.localtime(sent.sent_at).date().isoformat()},
        "demands": letters.own_demand_texts(case),
        "own_word": own_word(case),
        **parts,
    }


def _order(case: Case) -> Dispatch:
    rows = Dispatch.objects.select_related("from_office", "to_office", "paper")
    row = rows.filter(case=case, kind=Dispatch.Kind.ORDER, ended_at=None).first()
    if row is None:
        raise Refused("not_ordered", "这件事项没有需要报送办结报告的交办。")
    return row


def laid_report(case: Case) -> OrderReport:
    """The report that lies with the office that gave the order. Refused where none does."""
    rows = OrderReport.objects.select_related("dispatch__from_office", "paper").filter(case=case, is_accepted=None)
    row = rows.first()
    if row is None:
        raise Refused("no_report", "办结报告还没有报送，或者已经答复。请刷新页面查看。")
    return row


def accept_report(case: Case, *, by: Actor, at: datetime) -> OrderReport:
    """The office that gave the order accepts the report: the order is answered."""
    with taking("accept_report", case, by=by, at=at) as turn:
        row = _report_answered(turn, True, "")
        row.dispatch.ended_at = at
        turn.keep(row.dispatch)
        _sender(turn)
        turn.notify([row.reported_by_id], "report_accepted")
    return row


def return_report(case: Case, *, reason: str, by: Actor, at: datetime) -> OrderReport:
    """Send a report back with what is lacking; the limit to report counts anew. How often is seen by supervision."""
    reason = chinese.needed(reason, limit=WORDS_LIMIT, field="reason", sentence=_("请写明办结报告还缺什么、要改什么。"))
    with taking("return_report", case, by=by, at=at) as turn:
        row = _report_answered(turn, False, reason)
        turn.notify([row.reported_by_id], "report_returned")
    return row


def _report_answered(turn: Turn, is_accepted: bool, reason: str) -> OrderReport:
    row = laid_report(turn.case)
    require_turn(turn.by, Permission.ANSWER_SENT, row.dispatch.from_office, turn.at)
    row.is_accepted, row.return_reason, row.answered_at = is_accepted, reason, turn.at
    row.answered_by_id = turn.user_id
    return turn.keep(row)
