"""Pages of the decision: draft an answer to each demand, approve with the paper before the eyes, seal, deliver, carry out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huiyin.cases import deciding, letters, sealed
from huiyin.cases.handling import NOTE_LIMIT
from huiyin.cases.models import Case
from huiyin.desk.act_pages import ActForm, ActPage, NoForm, Values, by_class
from huiyin.desk.handling import ReasonForm
from huiyin.kernel.actors import Staff
from huiyin.papers.models import Delivery
from huiyin.papers.templates import template
from huiyin.trail.moments import server_now
from huiyin.ui.forms import DayField, LineField, OneOfField, TextField, needed_when


class DraftForm(ActForm):
    """Findings, then four fields for each demand: reasons_1, basis_1, outcome_1, measure_1."""

    findings = TextField(label=_("调查核实的情况"), max_length=10_000)

    def prepare(self) -> None:
        is_suggestion = self.case.is_suggestion
        if is_suggestion:
            self.fields["findings"].label = gettext("研究论证的情况")
        outcomes = [(outcome.value, outcome.label) for outcome in deciding.outcomes(self.case)]
        earlier = deciding.latest(self.case)
        items = {item.demand_id: item for item in earlier.items.all()} if earlier else {}
        if earlier:
            self.fields["findings"].initial = earlier.findings
        for demand in letters.demands(self.case):
            item, no = items.get(demand.pk), demand.no
            mark = gettext("第%(no)d项") % {"no": no}
            self.fields[f"outcome_{no}"] = OneOfField(
                label=gettext("%(mark)s：%(demand)s") % {"mark": mark, "demand": sealed.text_of(demand)[:200]},
                options=outcomes,
                initial=item.outcome if item else None,
            )
            for name, label, needed in (
                ("reasons", gettext("%(mark)s的理由") if is_suggestion else gettext("%(mark)s的事实和理由"), True),
                ("basis", gettext("%(mark)s的依据（法律法规、制度、合同）"), not is_suggestion),
                ("measure", gettext("%(mark)s怎样落实、什么时候完成"), False),
            ):
                self.fields[f"{name}_{no}"] = TextField(
                    label=label % {"mark": mark},
                    max_length=2000 if name == "measure" else NOTE_LIMIT,
                    required=needed,
                    initial=getattr(item, name) if item else "",
                    widget=forms.Textarea(attrs={"rows": 3}),
                )
            when = gettext("采纳、部分采纳的必填") if is_suggestion else gettext("予以支持的必填")
            needed_when(self.fields[f"measure_{no}"], when)

    def answers(self) -> list[deciding.Answer]:
        said = self.cleaned_data
        return [
            deciding.Answer(
                no, said[f"reasons_{no}"], said[f"basis_{no}"], said[f"outcome_{no}"], said[f"measure_{no}"]
            )
            for no in (demand.no for demand in letters.demands(self.case))
        ]


class DeliverForm(ActForm):
    """Whom to, how, and what shows it. `to` is asked only where several papers wait."""

    takes_files = True
    to = forms.MultipleChoiceField(label=_("送给谁"), widget=forms.CheckboxSelectMultiple)
    way = OneOfField(label=_("怎样送达"), options=[(way.value, way.label) for way in Delivery.Way])
    received_on = DayField(label=_("收到日期"), required=False, help_text=_("当面送达填写；邮寄和网上送达收到后再登记"))
    place = LineField(label=_("地点"), max_length=120, required=False)
    tracking_no = LineField(label=_("邮件号"), max_length=40, required=False, help_text=_("邮寄时填写"))
    refusal = LineField(label=_("拒收的事由"), max_length=300, required=False, help_text=_("留置送达时填写"))
    witness = LineField(label=_("见证人"), max_length=80, required=False, help_text=_("留置送达时填写"))

    def prepare(self) -> None:
        waiting = letters.undelivered(self.case)
        self.choose("to", [(one.paper.reference, told(one)) for one in waiting])
        unsent = [one for one in waiting if not one.is_sent] or waiting
        first = [one for one in unsent if one.is_decision] or unsent
        self.fields["to"].initial = [one.paper.reference for one in first[:1]]
        if len(waiting) < 2:
            del self.fields["to"]
        if first and letters.may_by_portal(first[0].party):
            self.fields["way"].initial = Delivery.Way.PORTAL.value


def told(one: letters.Served) -> str:
    """A paper on its way, in a line: what, to whom, how far."""
    return f"{template(one.paper.kind).title} · {letters.shown_as(one.party)} · {state_of(one)}"


def state_of(one: letters.Served) -> str:
    """Where a paper to one addressee is."""
    if one.received_on:
        return gettext("%(day)s收到") % {"day": one.received_on.isoformat()}
    if one.is_sent:
        return gettext("%(way)s已送出，还没有收到的凭证") % {"way": one.deliveries[-1].get_way_display()}
    return gettext("还没有送")


def _addressees(case: Case, by: Staff) -> Mapping[str, Any]:
    """Everybody who gets papers of the case, each with how far it is."""
    rows = [one for one in letters.served(case) if letters.is_owed(one)]
    shown = [
        {
            "title": template(one.paper.kind).title,
            "who": letters.shown_as(one.party),
            "state": state_of(one),
            "one": one,
        }
        for one in rows
    ]
    return {"addressees": shown}


class ReceiptForm(ActForm):
    """The day a posted paper arrived; `delivery_id` is asked only where several are on their way."""

    delivery_id = forms.ChoiceField(label=_("哪一份"), widget=forms.RadioSelect)
    received_on = DayField(label=_("收到日期"), help_text=_("以邮件回执为准"))

    def prepare(self) -> None:
        posted = letters.posted(self.case)
        self.choose("delivery_id", [(str(row.pk), f"{told(one)} · {row.tracking_no}") for one, row in posted])
        if len(posted) < 2:
            del self.fields["delivery_id"]


class ExecuteForm(ActForm):
    takes_files = True
    demand_no = forms.ChoiceField(label=_("哪一项请求"), widget=forms.RadioSelect)
    text = TextField(label=_("怎样落实的"), max_length=2000)

    def prepare(self) -> None:
        pending = [
            (str(row.no), sealed.text_of(row)[:120])
            for row in letters.demands(self.case)
            if row.outcome in deciding.CARRIED_OUT and row.executed_at is None
        ]
        self.choose("demand_no", pending, pending[0][0] if pending else "")


def _deliver(case: Case, said: Values, by: Staff, form: ActForm) -> object:
    proof = form.tokens[0] if form.tokens else ""
    to = said.pop("to", None) or [one.paper.reference for one in letters.undelivered(case)[:1]]
    return deciding.deliver(case, **said, to=to, proof_upload=proof, by=by, at=server_now())


def _decision(case: Case, by: Staff) -> Mapping[str, Any]:
    """The draft in words, for phones that show no PDF in a page; and the paper itself where there is room."""
    decision = deciding.latest(case)
    items = decision.items.select_related("demand__case__subject__key").order_by("demand__no") if decision else []
    answers = [{"demand": sealed.text_of(item.demand), "item": item} for item in items]
    title = gettext("答复意见书") if case.is_suggestion else gettext("处理意见书")
    return {"shows_draft": True, "draft": decision, "answers": answers, "paper_title": title}


def _draft(case: Case, said: Values, by: Staff, form: ActForm) -> object:
    if not isinstance(form, DraftForm):
        raise TypeError("a draft comes from its own form")
    return deciding.draft(case, findings=said["findings"], answers=form.answers(), by=by, at=server_now())


PAGES: dict[str, ActPage] = {
    "draft": ActPage(
        DraftForm,
        _draft,
        _("已提交审批。"),
        note=by_class(
            _("每一项请求都要答复：事实和理由、处理意见、依据（《信访工作条例》第三十二条）。"),
            _("每一项建议都要研究、都要答复。科学合理、现实可行的应当采纳或者部分采纳（《信访工作条例》第二十九条）。"),
        ),
    ),
    "approve": ActPage(
        NoForm,
        lambda case, said, by, form: deciding.approve(case, by=by, at=server_now()),
        _("已批准。"),
        note=by_class(_("请看完下面的处理意见书再批准。"), _("请看完下面的答复意见书再批准。")),
        aside=_decision,
    ),
    "return_draft": ActPage(
        ReasonForm,
        lambda case, said, by, form: deciding.return_draft(case, reason=said["reason"], by=by, at=server_now()),
        _("已退回修改。"),
        aside=_decision,
    ),
    "seal": ActPage(
        NoForm,
        lambda case, said, by, form: deciding.seal(case, by=by, at=server_now()),
        _("已编号用印。接下来送达。"),
        note=_("核对无误后用印：编号、生成正本，之后不能再改。"),
        aside=_decision,
    ),
    "deliver": ActPage(
        DeliverForm,
        _deliver,
        _("已送出。"),
        note=by_class(
            _("每位反映人各有一份，上面只写本人。全部送出后，办理期限停止计算；收到当天起，各自有30日可以请求复查。"),
            _("每位反映人各有一份，上面只写本人。全部送出后，答复期限停止计算。"),
        ),
        template="deliver",
        aside=_addressees,
    ),
    "serve": ActPage(
        DeliverForm,
        _deliver,
        _("已送出。"),
        note=_("给还没有收到文书的人补送，或者换一种方式再送。"),
        template="deliver",
        aside=_addressees,
    ),
    "record_receipt": ActPage(
        ReceiptForm,
        lambda case, said, by, form: deciding.record_receipt(
            case,
            received_on=said["received_on"],
            delivery_id=int(said["delivery_id"]) if said.get("delivery_id") else None,
            by=by,
            at=server_now(),
        ),
        by_class(_("已登记收到日期，请求复查的30日从当天起算。"), _("已登记收到日期。")),
    ),
    "execute": ActPage(
        ExecuteForm,
        lambda case, said, by, form: deciding.execute(
            case, demand_no=int(said["demand_no"]), text=said["text"], uploads=form.tokens, by=by, at=server_now()
        ),
        _("已登记落实情况。"),
    ),
}
