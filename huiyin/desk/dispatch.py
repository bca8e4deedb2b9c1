"""Pages of what goes between offices: transfer, order, sign for it, object, answer, dispute, report; and helping units."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huiyin.cases import access, co_handling, deciding, dispatch, handling
from huiyin.cases.models import Case, CoHandling, Dispatch, Objection, OrderReport
from huiyin.desk.act_pages import ActForm, ActPage, NoForm, Values
from huiyin.desk.triage import LetterForm
from huiyin.kernel.actors import Staff
from huiyin.org.models import Unit
from huiyin.trail.moments import server_now
from huiyin.ui.forms import DayField, TextField
from huiyin.ui.templatetags.ui_tags import weekday

LETTER_FIELDS = ("way", "place", "tracking_no")


def indented(units: list[Unit]) -> list[tuple[str, str]]:
    """Units as choices, each below the one it belongs to."""
    return [(str(unit.pk), "　" * (unit.path.count("/") - 2) + unit.name) for unit in units]


def open_units() -> list[Unit]:
    return list(Unit.objects.filter(closed_on=None).order_by("path"))


class SendForm(LetterForm):
    """Where it goes: a unit with a petition office of its own, other than the one that has the case."""

    unit = forms.ChoiceField(label=_("转给哪个单位"), help_text=_("列出的是设有信访工作机构的单位"))
    field_order: tuple[str, ...] = ("unit", *LETTER_FIELDS)

    def prepare(self) -> None:
        super().prepare()
        if self.case.is_notice_exempt:
            for name in LETTER_FIELDS:
                del self.fields[name]
        units = [unit for unit in open_units() if unit.has_petition_office and unit.pk != self.case.office_id]
        self.choose("unit", [("", str(_("请选择"))), *indented(units)])


class OrderForm(SendForm):
    requirements = TextField(label=_("办理要求"), max_length=1000, help_text=_("写进交办函，例如要查清什么、怎样答复"))
    feedback_on = DayField(
        label=_("什么时候反馈"), required=False, help_text=_("不填就是30日后。到期前要报送办结报告，提前可以，不能更晚")
    )
    field_order = ("unit", "requirements", "feedback_on", *LETTER_FIELDS)


class ObjectForm(ActForm):
    reason = TextField(label=_("为什么不属于本单位"), max_length=1000, help_text=_("详细写，转出单位要据此核实"))
    proposed = forms.ChoiceField(label=_("建议由哪个单位办理"), required=False)

    def prepare(self) -> None:
        self.choose("proposed", [("", str(_("说不准，请转出单位确定"))), *indented(open_units())])


class AgreeForm(ActForm):
    reason = TextField(label=_("核实情况"), max_length=1000, required=False)


class RefuseForm(ActForm):
    reason = TextField(label=_("为什么不同意"), max_length=1000)


class DisputeForm(ActForm):
    reason = TextField(label=_("争议在哪里"), max_length=1000)


class DecideForm(ActForm):
    unit = forms.ChoiceField(label=_("由哪个单位受理"))
    reason = TextField(label=_("理由"), max_length=1000, help_text=_("双方单位都会看到"))

    def prepare(self) -> None:
        units = open_units()
        if self.case.next_unit is not None:
            units = [unit for unit in units if unit.path.startswith(self.case.next_unit.path)]
        self.choose("unit", [("", str(_("请选择"))), *indented(units)])


class ReportForm(ActForm):
    takes_files = True
    findings = TextField(label=_("调查核实情况"), max_length=dispatch.REPORT_LIMIT)
    handling = TextField(label=_("处理情况"), max_length=dispatch.REPORT_LIMIT)
    basis = TextField(label=_("依据"), max_length=dispatch.REPORT_LIMIT)
    reply = TextField(
        label=_("答复和送达情况"), max_length=dispatch.REPORT_LIMIT, help_text=_("哪天、怎样送达，文号是什么")
    )


class ReturnReportForm(ActForm):
    reason = TextField(label=_("还缺什么、要改什么"), max_length=1000)


class CoHandleForm(ActForm):
    unit = forms.ChoiceField(label=_("请哪个单位协办"))
    asked = TextField(label=_("请他们办什么、提供什么"), max_length=co_handling.ASKED_LIMIT)

    def prepare(self) -> None:
        units = [unit for unit in open_units() if unit.pk != self.case.unit_id]
        self.choose("unit", [("", str(_("请选择"))), *indented(units)])


class CoAnswerForm(ActForm):
    takes_files = True
    text = TextField(label=_("查到的情况和意见"), max_length=co_handling.ANSWER_LIMIT)


def _unit(said: Values, name: str = "unit") -> Unit | None:
    return Unit.objects.get(pk=said[name]) if said.get(name) else None


def _needed(said: Values) -> Unit:
    return Unit.objects.get(pk=said["unit"])


def _letter(said: Values) -> dispatch.Letter:
    return dispatch.Letter(said.get("way", ""), said.get("place", ""), said.get("tracking_no", ""))


def _objection(case: Case, by: Staff) -> Mapping[str, Any]:
    """The objection that is answered or decided on, beside the form."""
    rows = Objection.objects.select_related("proposed_unit", "raised_by").filter(case=case).order_by("-pk")
    row = rows.first()
    if row is None:
        return {}
    facts = [(gettext("异议理由"), row.reason)]
    if row.proposed_unit:
        facts.append((gettext("建议的单位"), row.proposed_unit.name))
    if row.answer_reason:
        facts.append((gettext("转出单位的答复"), row.answer_reason))
    if row.dispute_reason:
        facts.append((gettext("争议"), row.dispute_reason))
    return {"facts": facts}


def _report(case: Case, by: Staff) -> Mapping[str, Any]:
    row = OrderReport.objects.filter(case=case, is_accepted=None).first()
    return {"facts": [(gettext("办结报告"), row.text)]} if row else {}


def _order(case: Case, by: Staff) -> Mapping[str, Any]:
    rows = Dispatch.objects.filter(case=case, kind=Dispatch.Kind.ORDER, ended_at=None).order_by("-pk")
    row = rows.first()
    if row is None:
        return {}
    facts = [(gettext("办理要求"), row.requirements), (gettext("反馈日期"), weekday(row.feedback_on))]
    sent_back = row.reports.filter(is_accepted=False).order_by("-pk").first()
    if sent_back is not None:
        facts.append((gettext("上次退回的理由"), sent_back.return_reason))
    return {"facts": facts}


def _asked(case: Case, by: Staff) -> Mapping[str, Any]:
    row = co_handling.asked_of(case, by)
    return {"facts": [(gettext("请您的单位"), row.asked), (gettext("答复期限"), weekday(row.due_on))]} if row else {}


PAGES: dict[str, ActPage] = {
    "transfer": ActPage(
        SendForm,
        lambda case, said, by, form: dispatch.transfer(
            case, to=_needed(said), letter=_letter(said), by=by, at=server_now()
        ),
        _("已转送，并书面告知本人去向。"),
        note=_(
            "转送后由对方的信访工作机构按规定办理，不要求报告结果。将生成《转送函》和给本人的《去向告知书》；对方从今天起15日内书面告知本人（第二十三条）。"
        ),
        to_list=True,
    ),
    "order": ActPage(
        OrderForm,
        lambda case, said, by, form: dispatch.order(
            case,
            to=_needed(said),
            requirements=said["requirements"],
            feedback_on=said["feedback_on"],
            letter=_letter(said),
            by=by,
            at=server_now(),
        ),
        _("已交办，并书面告知本人去向。对方到期前报送办结报告。"),
        note=_(
            "交办要求对方在规定日期前报送办结报告，您这里一直看得到进展。将生成《交办函》和给本人的《去向告知书》。"
        ),
        to_list=True,
    ),
    "take_over": ActPage(
        NoForm,
        lambda case, said, by, form: dispatch.take_over(case, by=by, at=server_now()),
        _("已签收。接下来研判，15日内书面告知本人。"),
        note=_("签收表示属于本单位的职权范围。不属于的，不要签收，请在收到后5个工作日内提出异议。"),
        aside=_order,
    ),
    "object": ActPage(
        ObjectForm,
        lambda case, said, by, form: dispatch.object_to(
            case, reason=said["reason"], proposed=_unit(said, "proposed"), by=by, at=server_now()
        ),
        _("异议已经送出，并生成《异议函》。"),
        note=_(
            "收到后5个工作日内提出，由转出单位核实同意后交还。逾期提出的会留存，但仍由本单位办理（第二十三条第三款）。"
        ),
    ),
    "agree_objection": ActPage(
        AgreeForm,
        lambda case, said, by, form: dispatch.agree_objection(case, reason=said["reason"], by=by, at=server_now()),
        _("已同意，事项收回。请重新确定去向，并书面告知本人。"),
        aside=_objection,
    ),
    "refuse_objection": ActPage(
        RefuseForm,
        lambda case, said, by, form: dispatch.refuse_objection(case, reason=said["reason"], by=by, at=server_now()),
        _("已答复。对方签收办理，或者报共同上级决定。"),
        aside=_objection,
    ),
    "raise_dispute": ActPage(
        DisputeForm,
        lambda case, said, by, form: dispatch.raise_dispute(case, reason=said["reason"], by=by, at=server_now()),
        _("已报共同上级决定。"),
        note=_("异议没有被同意，又协商不成的，由双方共同的上级决定由谁受理（第二十四条）。"),
        aside=_objection,
    ),
    "decide_jurisdiction": ActPage(
        DecideForm,
        lambda case, said, by, form: dispatch.decide_jurisdiction(
            case, unit=_needed(said), reason=said["reason"], by=by, at=server_now()
        ),
        _("已决定。由该单位签收办理，不再接受异议。"),
        aside=_objection,
    ),
    "report_back": ActPage(
        ReportForm,
        lambda case, said, by, form: dispatch.report_back(
            case, report=dispatch.Report(**said), uploads=form.tokens, by=by, at=server_now()
        ),
        _("办结报告已经报送。"),
        note=_("将生成《办结报告》。事项来源、诉求和本人的评价由系统写入；本人没有评价的，写“未表示”。"),
        aside=_order,
    ),
    "accept_report": ActPage(
        NoForm,
        lambda case, said, by, form: dispatch.accept_report(case, by=by, at=server_now()),
        _("已同意办结报告。"),
        aside=_report,
    ),
    "return_report": ActPage(
        ReturnReportForm,
        lambda case, said, by, form: dispatch.return_report(case, reason=said["reason"], by=by, at=server_now()),
        _("已退回，并写明要补什么。"),
        aside=_report,
    ),
    "agree_send_back": ActPage(
        AgreeForm,
        lambda case, said, by, form: handling.agree_send_back(case, reason=said["reason"], by=by, at=server_now()),
        _("已同意退回。请分办到别的单位。"),
        aside=_objection,
    ),
    "refuse_send_back": ActPage(
        RefuseForm,
        lambda case, said, by, form: handling.refuse_send_back(case, reason=said["reason"], by=by, at=server_now()),
        _("已答复，由该单位签收办理。"),
        aside=_objection,
    ),
    "keep_answer": ActPage(
        NoForm,
        lambda case, said, by, form: deciding.keep_answer(case, by=by, at=server_now()),
        _("书面答复已存卷。"),
        note=_(
            "只用于登记为姓名、地址不清的事项：书面答复已经作出，没有人可以送达，存入卷内备查。以后知道了姓名地址，再补送。"
        ),
    ),
    "co_handle": ActPage(
        CoHandleForm,
        lambda case, said, by, form: co_handling.co_handle(
            case, unit=_needed(said), asked=said["asked"], by=by, at=server_now()
        ),
        _("已请该单位协办，七天内答复。"),
        note=_("主办单位不变。协办单位答复前可以看到这件事项，答复后就看不到了。"),
    ),
    "answer_co_handling": ActPage(
        CoAnswerForm,
        lambda case, said, by, form: co_handling.answer_co_handling(
            case, text=said["text"], uploads=form.tokens, by=by, at=server_now()
        ),
        _("已答复主办单位。"),
        aside=_asked,
        to_list=True,
    ),
}


@dataclass(frozen=True)
class Line:
    """One line of where a case went: when, what, and what was said; `case` leads to another one, where it may be seen, and
    `helping` to the help that is still waited for."""

    at: datetime
    what: str
    said: str = ""
    case: Case | None = None
    helping: int = 0


def whereabouts(case: Case, codes: Collection[str], by: Staff) -> list[Line]:
    """Where a case went, newest first: sent, objected to, reported on, helped with, split. `codes` are the acts of its record:
    a case that never left costs no statement, the others one for each kind of line."""
    lines: list[Line] = []
    if {"transfer", "order"} & set(codes):
        lines += _sent(case)
    if {"object", "object_late", "send_back", "send_back_late"} & set(codes):
        lines += _objected(case)
    if "report_back" in codes:
        lines += _reported(case)
    if "co_handle" in codes:
        lines += _helped(case)
    if {"split", "split_off"} & set(codes):
        lines += _split(case, by)
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _sent(case: Case) -> list[Line]:
    lines = []
    for row in Dispatch.objects.select_related("from_office", "to_office").filter(case=case):
        words = {"kind": row.get_kind_display(), "sender": row.from_office.name, "to": row.to_office.name}
        said = row.requirements
        if row.feedback_on and row.ended_at is None:
            day = {"day": weekday(row.feedback_on)}
            said += "\n" + gettext("%(day)s前报送办结报告") % day
        lines.append(Line(row.sent_at, gettext("%(sender)s%(kind)s%(to)s") % words, said))
        if row.taken_in_at:
            lines.append(Line(row.taken_in_at, gettext("%(to)s签收") % words))
    return lines


def _objected(case: Case) -> list[Line]:
    lines = []
    for row in Objection.objects.select_related("proposed_unit", "superior", "decided_unit").filter(case=case):
        late = gettext("（逾期，仍由收到的单位办理）") if row.is_late else ""
        proposed = "\n" + gettext("建议由%(unit)s办理") % {"unit": row.proposed_unit.name} if row.proposed_unit else ""
        lines.append(Line(row.raised_at, gettext("提出异议") + late, row.reason + proposed))
        if row.answered_at:
            answer = gettext("同意异议") if row.is_agreed else gettext("不同意异议")
            lines.append(Line(row.answered_at, answer, row.answer_reason))
        if row.disputed_at and row.superior:
            raised = gettext("报%(unit)s决定由谁受理") % {"unit": row.superior.name}
            lines.append(Line(row.disputed_at, raised, row.dispute_reason))
        if row.decided_at and row.decided_unit:
            decided = gettext("决定由%(unit)s受理") % {"unit": row.decided_unit.name}
            lines.append(Line(row.decided_at, decided, row.decision_reason))
    return lines


def _reported(case: Case) -> list[Line]:
    lines = []
    for row in OrderReport.objects.filter(case=case):
        lines.append(Line(row.reported_at, gettext("报送办结报告"), row.text))
        if row.answered_at:
            answer = gettext("同意办结报告") if row.is_accepted else gettext("退回办结报告")
            lines.append(Line(row.answered_at, answer, row.return_reason))
    return lines


def _helped(case: Case) -> list[Line]:
    lines = []
    for row in CoHandling.objects.select_related("unit").filter(case=case):
        words = {"unit": row.unit.name, "day": weekday(row.due_on)}
        helping = 0 if row.ended_at else row.pk
        lines.append(Line(row.asked_at, gettext("请%(unit)s协办，%(day)s前答复") % words, row.asked, helping=helping))
        if row.answered_at:
            lines.append(Line(row.answered_at, gettext("%(unit)s答复协办请求") % words, row.answer))
        elif row.ended_at:
            lines.append(Line(row.ended_at, gettext("不再需要%(unit)s协办") % words))
    return lines


def _split(case: Case, by: Staff) -> list[Line]:
    near = Q(split_from=case) | Q(pk=case.split_from_id)
    return [
        Line(
            other.registered_at or other.received_at,
            gettext("拆出另立一件") if other.split_from_id == case.pk else gettext("从这一件拆出"),
            other.matter,
            other,
        )
        for other in access.visible_to(by).filter(near)
    ]
