"""Pages of a review and of the final one: ask on paper, take up, refuse, decide, deliver, pass on, end, no longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huiyin.cases import closing, deciding, letters, review, review_outside, sealed
from huiyin.cases.handling import NOTE_LIMIT, REASON_LIMIT
from huiyin.cases.models import Case, Review, ReviewRequest
from huiyin.cases.review_papers import requests
from huiyin.desk.act_pages import ActForm, ActPage, NoForm, Values
from huiyin.desk.deciding import DeliverForm, told
from huiyin.desk.triage import LetterForm
from huiyin.kernel.actors import Staff
from huiyin.trail.moments import server_now
from huiyin.ui.forms import DayField, LineField, OneOfField, TextField, needed_when

SHORT = {"rows": 3}
AS_IT_IS = ("", _("不变"))


class RequestForm(ActForm):
    """A request on paper or by word of mouth, for one filing: which is asked only where several stand."""

    takes_files = True
    filing = forms.ChoiceField(label=_("哪位反映人提出的"), widget=forms.RadioSelect)
    way = OneOfField(
        label=_("怎样提出的"),
        options=[
            (ReviewRequest.Way.WRITTEN.value, _("书面")),
            (ReviewRequest.Way.ORAL.value, _("口头，已如实记下并读给本人听")),
        ],
    )
    requested_on = DayField(label=_("提出日期"), help_text=_("邮寄的写寄出日期"))
    grounds = TextField(label=_("对书面答复哪里不服、希望怎样改"), max_length=review.GROUNDS_LIMIT)
    why_late = TextField(label=_("超过30日的原因"), max_length=REASON_LIMIT, required=False)

    def prepare(self) -> None:
        filers = [party for party in letters.addressees(self.case) if letters.is_filer(party)]
        self.choose("filing", [(party.filing.reference, letters.shown_as(party)) for party in filers])
        if len(filers) < 2:
            del self.fields["filing"]


class TakeUpForm(LetterForm):
    """The letter that it is taken up; a late request also needs the reason."""

    late_reason = TextField(
        label=_("为什么受理超期的请求"),
        max_length=REASON_LIMIT,
        help_text=_("会写进受理告知书"),
        widget=forms.Textarea(attrs=SHORT),
    )
    field_order = ("late_reason", "way", "place", "tracking_no")

    def prepare(self) -> None:
        super().prepare()
        if not _going(self.case) or not review.current(self.case).is_late:
            del self.fields["late_reason"]


class RefuseForm(LetterForm):
    reason = TextField(label=_("不予受理的理由"), max_length=1000, help_text=_("写得让反映人看得明白"))
    field_order = ("reason", "way", "place", "tracking_no")


class ChangesForm(ActForm):
    """For each demand what a changing opinion puts in place: `outcome_1`, `measure_1`."""

    def ask_changes(self, when: object) -> None:
        outcomes = [AS_IT_IS, *((one.value, one.label) for one in deciding.CLAIM_OUTCOMES)]
        for demand in letters.demands(self.case):
            no = demand.no
            mark = gettext("第%(no)d项") % {"no": no}
            self.fields[f"outcome_{no}"] = OneOfField(
                label=gettext("%(mark)s改为：%(demand)s（现在是%(now)s）")
                % {"mark": mark, "demand": sealed.text_of(demand)[:200], "now": demand.get_outcome_display()},
                options=outcomes,
                required=False,
            )
            self.fields[f"measure_{no}"] = TextField(
                label=gettext("%(mark)s怎样落实、什么时候完成") % {"mark": mark},
                max_length=2000,
                required=False,
                widget=forms.Textarea(attrs=SHORT),
            )
            needed_when(self.fields[f"outcome_{no}"], when)
            needed_when(self.fields[f"measure_{no}"], gettext("改为予以支持的必填"))

    def changes(self) -> list[review.Change]:
        said = self.cleaned_data
        return [
            review.Change(row.no, said[f"outcome_{row.no}"], said[f"measure_{row.no}"])
            for row in letters.demands(self.case)
            if said[f"outcome_{row.no}"]
        ]


class DecideForm(ChangesForm):
    findings = TextField(label=_("查明的情况"), max_length=NOTE_LIMIT)
    reasons = TextField(label=_("理由"), max_length=NOTE_LIMIT, widget=forms.Textarea(attrs=SHORT))
    basis = TextField(
        label=_("依据（法律法规、制度、合同）"), max_length=NOTE_LIMIT, widget=forms.Textarea(attrs=SHORT)
    )
    result = OneOfField(
        label=_("意见"),
        options=[
            (Review.Result.UPHELD.value, _("维持")),
            (Review.Result.CHANGED.value, _("变更"), _("下面逐项写改成什么")),
            (Review.Result.SENT_BACK.value, _("撤销，由原办理单位重新办理"), _("下面写明哪里要重新调查、重新处理")),
        ],
    )
    conclusion = TextField(
        label=_("意见的说明"), max_length=NOTE_LIMIT, required=False, widget=forms.Textarea(attrs=SHORT)
    )

    def prepare(self) -> None:
        needed_when(self.fields["conclusion"], _("撤销的必填"))
        self.ask_changes(_("变更的必选"))


class DeliverOpinionForm(DeliverForm):
    """Whom to and how: the copies of the opinion that were not sent."""

    def prepare(self) -> None:
        waiting = review.opinions(self.case, review.current(self.case)) if _going(self.case) else []
        self.choose("to", [(one.paper.reference, told(one)) for one in waiting])
        self.fields["to"].initial = [one.paper.reference for one in waiting]
        if len(waiting) < 2:
            del self.fields["to"]
        if waiting and letters.may_by_portal(waiting[0].party):
            self.fields["way"].initial = "portal"


class OpinionForm(ChangesForm):
    """What an organ outside decided, from its own paper."""

    takes_files = True
    result = OneOfField(
        label=_("该机关的决定"),
        options=[
            (Review.Result.UPHELD.value, _("维持")),
            (Review.Result.CHANGED.value, _("变更"), _("下面逐项写改成什么")),
            (Review.Result.SENT_BACK.value, _("撤销，重新办理")),
            (review_outside.REFUSED, _("不予受理")),
        ],
    )
    number = LineField(label=_("文书的文号"), max_length=60)
    decided_on = DayField(label=_("作出日期"))
    received_on = DayField(
        label=_("反映人收到日期"), required=False, help_text=_("该机关告知的日期，后面的期限从这一天起算")
    )
    text = TextField(label=_("意见的内容"), max_length=NOTE_LIMIT, help_text=_("不予受理的，写它的理由"))

    def prepare(self) -> None:
        needed_when(self.fields["received_on"], _("不予受理的可以不填"))
        self.ask_changes(_("变更的必选"))


def _going(case: Case) -> bool:
    return Review.objects.filter(case=case, ended_at=None).exists()


def _asked(case: Case, by: Staff) -> Mapping[str, Any]:
    """Who asked, when, and why: beside the form."""
    if not _going(case):
        return {}
    row = review.current(case)
    return {"review": row, "review_requests": requests(row)}


def _request(case: Case, said: Values, by: Staff, form: ActForm) -> object:
    parties = [party for party in letters.addressees(case) if letters.is_filer(party)]
    wanted = said.pop("filing", "") or (parties[0].filing.reference if parties else "")
    filing = letters.chosen(case, [wanted])[0]
    return review.request(filing, **said, uploads=form.tokens, by=by, at=server_now())


def _decide(case: Case, said: Values, by: Staff, form: ActForm) -> object:
    if not isinstance(form, DecideForm):
        raise TypeError("an opinion comes from its own form")
    names = ("findings", "reasons", "basis", "result", "conclusion")
    return review.decide(case, **{name: said[name] for name in names}, changes=form.changes(), by=by, at=server_now())


def _deliver(case: Case, said: Values, by: Staff, form: ActForm) -> object:
    proof = form.tokens[0] if form.tokens else ""
    to = said.pop("to", None) or ()
    return review.deliver(case, **said, to=to, proof_upload=proof, by=by, at=server_now())


def _enter(case: Case, said: Values, by: Staff, form: ActForm) -> object:
    if not isinstance(form, OpinionForm):
        raise TypeError("an opinion comes from its own form")
    names = ("result", "number", "decided_on", "received_on", "text")
    given = {name: said[name] for name in names}
    return review_outside.enter(case, **given, changes=form.changes(), uploads=form.tokens, by=by, at=server_now())


def _addressees(case: Case, by: Staff) -> Mapping[str, Any]:
    if not _going(case):
        return {}
    waiting = review.opinions(case, review.current(case))
    return {"addressees": [{"title": told(one), "who": "", "state": "", "one": one} for one in waiting]}


PAGES: dict[str, ActPage] = {
    "record_review": ActPage(
        RequestForm,
        _request,
        _("已登记，转给上一级单位。收到请求当天起30日内作出意见。"),
        note=_(
            "本人收到书面答复之日起30日内提出的，应当受理。超过的也要登记，由审查的单位决定（《信访工作条例》第三十五条、第三十六条）。"
        ),
    ),
    "record_along": ActPage(
        RequestForm,
        _request,
        _("已登记，和先提出的请求一并审查。"),
        note=_("合并办理的另一位反映人也不服的，在这里登记，一并审查。各有各的期限，各收各的文书。"),
        beside="desk/review_beside.html",
        aside=_asked,
    ),
    "take_up_review": ActPage(
        TakeUpForm,
        lambda case, said, by, form: review.take_up(case, **said, by=by, at=server_now()),
        _("已受理，告知书已编号用印并送出。"),
        note=_("参加过前面办理的人不能审查。受理后书面告知提出请求的人。"),
        beside="desk/review_beside.html",
        aside=_asked,
    ),
    "refuse_review": ActPage(
        RefuseForm,
        lambda case, said, by, form: review.refuse(case, **said, by=by, at=server_now()),
        _("已书面告知不予受理。"),
        note=_("只有超过30日才提出、又没有正当理由的，才能不予受理。"),
        beside="desk/review_beside.html",
        aside=_asked,
    ),
    "decide_review": ActPage(
        DecideForm,
        _decide,
        _("意见书已编号用印。接下来送达。"),
        note=_("提交后编号用印、生成正本，之后不能再改。合并办理的每位反映人各有一份。"),
        beside="desk/review_beside.html",
        aside=_asked,
    ),
    "deliver_review": ActPage(
        DeliverOpinionForm,
        _deliver,
        _("已送出。"),
        note=_("全部送出后，意见开始生效：变更的改为落实，撤销的回到原办理单位重新办理。"),
        template="deliver",
        aside=_addressees,
    ),
    "move_review": ActPage(
        NoForm,
        lambda case, said, by, form: review.move(case, by=by, at=server_now()),
        _("已改由上一级单位审查。"),
        note=_("机构调整后，原来审查的单位撤销，或者成了原办理单位的，改由现在的上一级单位审查。"),
        beside="desk/review_beside.html",
        aside=_asked,
    ),
    "pass_on_review": ActPage(
        NoForm,
        lambda case, said, by, form: review_outside.pass_on(case, by=by, at=server_now()),
        _("移送函已编号用印。收到该机关的意见后请登记。"),
        note=_("上面没有以自己名义行文的单位，由外部机关审查（企业设置里写明是哪个）。将生成移送函。"),
        beside="desk/review_beside.html",
        aside=_asked,
    ),
    "enter_opinion": ActPage(
        OpinionForm,
        _enter,
        _("已登记。后面的期限按反映人收到的日期计算。"),
        note=_("照该机关的文书登记，并附上文书。"),
        beside="desk/review_beside.html",
        aside=_asked,
    ),
    "end": ActPage(
        NoForm,
        lambda case, said, by, form: review.end(case, by=by, at=server_now()),
        _("已终结。同一事实和理由不再受理，帮扶和落实继续。"),
        note=_("复核意见已经送达并有收到的凭证、支持的已经落实，才能终结（《信访工作条例》第三十六条）。"),
        aside=lambda case, by: {"obstacles": closing.unfinished(case)},
    ),
}
