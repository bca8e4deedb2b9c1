"""Pages of what follows from how a filing came: read back, representatives, the answer to an organ above."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from huiyin.cases import arrivals, intake
from huiyin.cases.models import Case, Dictation, FromAbove, Instruction
from huiyin.desk.act_pages import ActForm, ActPage
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.trail.moments import server_now
from huiyin.ui.forms import DayField, LineField, OneOfField, TextField


class ReadBackForm(ActForm):
    takes_files = True
    way = OneOfField(label=_("怎样核对的"), options=Dictation.Way.choices)
    refusal = LineField(label=_("不愿签名的理由"), max_length=300, required=False, help_text=_("照本人说的写"))


class RepresentativesForm(ActForm):
    names = TextField(
        label=_("代表，一行一个姓名"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("由在场的人共同推选，最多5人（《信访工作条例》第二十条）；其他人不登记姓名"),
    )


class AnswerAboveForm(ActForm):
    takes_files = True
    number = LineField(label=_("复函的文号"), max_length=60)
    answered_on = DayField(label=_("发出日期"))

    def prepare(self) -> None:
        self.fields["answered_on"].initial = localtime(server_now()).date()


class ReportForm(ActForm):
    takes_files = True
    reported_on = DayField(label=_("报告日期"), help_text=_("书面报告可以一起附上"))

    def prepare(self) -> None:
        self.fields["reported_on"].initial = localtime(server_now()).date()


class ObjectAboveForm(ActForm):
    reason = TextField(label=_("为什么不属于本单位职责"), max_length=2000)
    proposed_unit = LineField(label=_("应当由哪个单位办理"), max_length=120)


def offered(case: Case, by: Staff) -> dict[str, str]:
    """The steps of this room that can be taken now, by code, with their label. One statement."""
    filing = arrivals.own_filing(case)
    return arrivals.offered(case, filing, by) if filing else {}


def _read_back(case: Case, said: dict[str, Any], by: Staff, form: ActForm) -> object:
    row = arrivals.to_read_back(case).first()
    if row is None:
        raise NotFound()
    return arrivals.read_back(
        row, way=said["way"], refusal=said["refusal"], uploads=form.tokens, by=by, at=server_now()
    )


def _representatives(case: Case, said: dict[str, Any], by: Staff, form: ActForm) -> object:
    filing = arrivals.own_filing(case)
    if filing is None:
        raise NotFound()
    people = [intake.Person(name=line.strip()) for line in said["names"].splitlines() if line.strip()]
    return intake.name_representatives(filing, people, by=by, at=server_now())


def _report(case: Case, said: dict[str, Any], by: Staff, form: ActForm) -> object:
    given = Instruction.objects.select_related("case").filter(case=case).order_by("pk").first()
    if given is None:
        raise NotFound()
    return arrivals.report_instruction(
        given, reported_on=said["reported_on"], uploads=form.tokens, by=by, at=server_now()
    )


def _sent(case: Case) -> FromAbove:
    sent = arrivals.from_above(case)
    if sent is None:
        raise NotFound()
    return sent


PAGES: dict[str, ActPage] = {
    "read_back": ActPage(
        ReadBackForm,
        _read_back,
        _("已记录核对。"),
        note=_("把记下的内容念给本人听，或者打印回执请本人看过签名。签了名的，扫描件可以一起附上。"),
    ),
    "name_representatives": ActPage(RepresentativesForm, _representatives, _("已登记代表。")),
    "answer_above": ActPage(
        AnswerAboveForm,
        lambda case, said, by, form: arrivals.answer_above(
            _sent(case),
            number=said["number"],
            answered_on=said["answered_on"],
            uploads=form.tokens,
            by=by,
            at=server_now(),
        ),
        _("已登记回复上级。"),
    ),
    "report_instruction": ActPage(ReportForm, _report, _("已登记报告。")),
    "object_above": ActPage(
        ObjectAboveForm,
        lambda case, said, by, form: arrivals.object_above(
            _sent(case), reason=said["reason"], proposed_unit=said["proposed_unit"], by=by, at=server_now()
        ),
        _("已提出异议，《信访事项异议函》在文书里。对方同意之前，仍由我们办理。"),
        note=_("收到后5个工作日内提出，详细说明理由（第二十三条第三款）。过了这个期限也可以提，会注明。"),
    ),
}
