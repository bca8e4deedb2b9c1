"""Pages of triage request by request, and of the ends that read as "not accepted" and are four different things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huiyin.cases import dispatch, elsewhere, letters, parting, repeated, sealed
from huiyin.cases.models import Case, Filing
from huiyin.cases.models.case import Classification, Way
from huiyin.cases.routes import routes
from huiyin.desk.act_pages import ActForm, ActPage, Values
from huiyin.desk.dispatch import LETTER_FIELDS
from huiyin.desk.triage import BRANCHES, LetterForm
from huiyin.kernel.actors import Staff
from huiyin.trail.moments import server_now
from huiyin.ui.forms import DayField, LineField, TextField, needed_when

WAYS = (
    (Way.OWN.value, _("由本单位办理，在处理意见里答复")),
    (Way.ROUTED.value, _("有法定途径，书面告知途径和期限")),
    (Way.NOT_OURS.value, _("不属于本单位，书面告知向哪里提出")),
    (Way.DECLINED.value, _("下级已经受理还在办，不予受理")),
    (Way.SPLIT.value, _("另立一件：转给别的单位，或者单独办")),
)
CLASSES = [(one.value, one.label) for one in (Classification.CLAIM, Classification.SUGGESTION)]
PARTS = ("number", "unit", "on")
OPINIONS = (("first", _("处理意见")), ("review", _("复查意见")), ("final", _("复核意见")))


class SortForm(ActForm):
    """For each request: what it is, which way it goes, and of a statutory way which branch of 第三十一条."""

    def prepare(self) -> None:
        self.requests = [row for row in letters.demands(self.case)]
        for row in self.requests:
            way = forms.ChoiceField(label=_("去向"), choices=WAYS, initial=row.way or Way.OWN.value)
            kind = forms.ChoiceField(
                label=_("性质"), choices=CLASSES, initial=row.classification or Classification.CLAIM
            )
            branch = forms.ChoiceField(
                label=_("第三十一条的哪一项"), choices=[("", "—"), *BRANCHES[1:]], required=False,
                initial=str(row.branch) if row.way == Way.ROUTED else "",
            )  # fmt: skip
            needed_when(branch, _("告知法定途径时选"))
            for name, field in (("way", way), ("classification", kind), ("branch", branch)):
                if row.led_at is not None:
                    field.disabled = True
                self.fields[f"{name}_{row.no}"] = field

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each request with its fields, for the page."""
        return [
            {"row": row, "text": sealed.text_of(row)}
            | {name: self[f"{name}_{row.no}"] for name in ("way", "classification", "branch")}
            for row in self.requests
        ]


def _sort(case: Case, said: Values, by: Staff, form: ActForm) -> object:
    numbers = [row.no for row in letters.demands(case) if row.led_at is None]
    ways = [
        parting.Sorted(
            no,
            said[f"way_{no}"],
            said[f"classification_{no}"],
            int(branch) if (branch := said[f"branch_{no}"]) else None,
        )
        for no in numbers
    ]
    return parting.sort_demands(case, ways=ways, by=by, at=server_now())


class PickForm(LetterForm):
    """Some of the requests, picked by number."""

    nos = forms.MultipleChoiceField(label=_("哪几项诉求"), widget=forms.CheckboxSelectMultiple)

    def pick(self, ways: set[str]) -> None:
        rows = [row for row in letters.demands(self.case) if row.led_at is None and (not ways or row.way in ways)]
        self.choose("nos", [(str(row.no), f"{row.no}. {_short(sealed.text_of(row))}") for row in rows])
        if ways:
            self.fields["nos"].initial = [str(row.no) for row in rows if row.way == rows[0].way]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"


class LeadForm(PickForm):
    route = forms.ChoiceField(label=_("法定途径"), required=False)
    reason = TextField(label=_("理由"), max_length=1000, required=False, help_text=_("写得让反映人看得明白"))
    article = LineField(label=_("依据的条款"), max_length=200, required=False)
    right_organ = LineField(label=_("应当向哪里提出"), max_length=200, required=False)
    field_order = ("nos", "route", "reason", "article", "right_organ", *LETTER_FIELDS)

    def prepare(self) -> None:
        super().prepare()
        self.pick({Way.ROUTED, Way.NOT_OURS, Way.DECLINED})
        waiting = {row.way for row in letters.demands(self.case) if row.led_at is None}
        self.choose("route", [("", "—"), *((found.code, found.name) for found in routes() if found.leads_out)])
        self.fields["article"].initial = gettext("《信访工作条例》第十九条第三款")
        for name, ways in {
            "route": {Way.ROUTED},
            "reason": {Way.NOT_OURS, Way.DECLINED},
            "article": {Way.DECLINED},
            "right_organ": {Way.NOT_OURS, Way.DECLINED},
        }.items():
            needed_when(self.fields[name], _("按去向填"))
            if not ways & waiting:
                del self.fields[name]
        if self.case.is_notice_exempt:
            for name in LETTER_FIELDS:
                del self.fields[name]


def _lead(case: Case, said: Values, by: Staff, form: ActForm) -> object:
    leading = parting.Leading(
        said.get("route", ""), said.get("reason", ""), said.get("article", ""), said.get("right_organ", "")
    )
    letter = dispatch.Letter(said.get("way", ""), said.get("place", ""), said.get("tracking_no", ""))
    nos = [int(no) for no in said["nos"]]
    return parting.lead_out(case, nos=nos, leading=leading, letter=letter, by=by, at=server_now())


class SplitForm(ActForm):
    nos = forms.MultipleChoiceField(label=_("哪几项诉求"), widget=forms.CheckboxSelectMultiple)
    matter = LineField(label=_("另立的是什么事，一句话"), max_length=80)
    text = TextField(
        label=_("来件中属于这几项的内容"), max_length=20_000, required=False,
        help_text=_("接手的单位只看到这里的内容。不填就只有诉求本身"),
    )  # fmt: skip

    def prepare(self) -> None:
        rows = [row for row in letters.demands(self.case) if row.led_at is None]
        self.choose("nos", [(str(row.no), f"{row.no}. {_short(sealed.text_of(row))}") for row in rows])
        self.fields["nos"].initial = [str(row.no) for row in rows if row.way == Way.SPLIT]


def _words(case: Case, by: Staff) -> Mapping[str, Any]:
    rows = Filing.objects.filter(case=case).select_related("case__subject__key")
    return {"words": "\n".join(sealed.text_of(filing) for filing in rows)}


class ReferForm(LetterForm):
    right_organ = LineField(label=_("应当向哪个机关、单位提出"), max_length=200)
    how = TextField(label=_("怎样提出"), max_length=1000, required=False, help_text=_("地址、电话、需要带什么"))
    reason = TextField(label=_("为什么不属于本单位的职权范围"), max_length=1000)
    field_order = ("right_organ", "how", "reason", *LETTER_FIELDS)


class NoLongerForm(LetterForm):
    """The earlier matter by its number; only where it was never in the system the three opinions by hand."""

    earlier = LineField(
        label=_("已经终结的是哪件事项"),
        max_length=40,
        required=False,
        help_text=_("填编号，三级意见由系统查对，写进告知书。当时不在本系统办理的，留空，在下面逐项写"),
    )
    why_same = TextField(
        label=_("这次的事实和理由与哪些相同、没有什么新的"), max_length=1000, help_text=_("留在记录里，不写进告知书")
    )
    aid_way = LineField(label=_("生活困难的，怎样申请帮扶"), max_length=200, required=False, initial=repeated.AID_WAY)

    def prepare(self) -> None:
        super().prepare()
        needed_when(self.fields["earlier"], _("在本系统办理的必填"))
        self.fields["earlier"].initial = repeated.ended_before(self.by, self.case)
        self.outside: list[str] = []
        for name, label in OPINIONS:
            words = {"what": label}
            self.fields[f"{name}_number"] = LineField(
                label=gettext("%(what)s文号") % words, max_length=60, required=False
            )
            self.fields[f"{name}_unit"] = LineField(
                label=gettext("%(what)s由谁出具") % words, max_length=60, required=False
            )
            self.fields[f"{name}_on"] = DayField(label=gettext("%(what)s日期") % words, required=False)
            for part in PARTS:
                needed_when(self.fields[f"{name}_{part}"], _("不在本系统办理的必填"))
                self.outside.append(f"{name}_{part}")

    @property
    def main(self) -> list[forms.BoundField]:
        """What is asked below the opinions, in its order."""
        return [self[name] for name in ("why_same", "aid_way", *LETTER_FIELDS)]

    @property
    def by_hand(self) -> list[list[forms.BoundField]]:
        """The three opinions, a row of three fields each."""
        return [[self[f"{name}_{part}"] for part in PARTS] for name, _label in OPINIONS]

    @property
    def is_by_hand(self) -> bool:
        """Whether something was written there already: then it stays open."""
        return self.is_bound and any(self[name].value() for name in self.outside)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not said.get("earlier") and any(said.get(name) for name in self.outside):
            for name in self.outside:
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, gettext("不在本系统办理的，请把三级意见逐项写全。"))
        return said


def _no_longer(case: Case, said: Values, by: Staff, form: ActForm) -> object:
    given = [repeated.Opinion(*(said.pop(f"{name}_{part}") for part in PARTS)) for name, _l in OPINIONS]
    outside = repeated.Opinions(*given) if any(one.number for one in given) else None
    return repeated.no_longer(case, **said, outside=outside, by=by, at=server_now())


class ExemptForm(ActForm):
    reason = TextField(
        label=_("姓名、地址哪里不清楚"), max_length=1000, help_text=_("也写明怎样核对过，例如打过哪个电话")
    )


class KnownForm(ActForm):
    reason = TextField(label=_("怎样核实到的"), max_length=1000)


PAGES: dict[str, ActPage] = {
    "sort_demands": ActPage(
        SortForm,
        _sort,
        _("各项去向已经记下。另有去向的，请逐项书面告知，或者拆出另立一件。"),
        note=_(
            "一件来件里的几项诉求可以走不同的路。检举控告不能只转一项：请先把其他诉求拆出去，再把这一件转纪检监察（研判分类里选“检举控告”）。"
        ),
        template="sort",
    ),
    "lead_out": ActPage(
        LeadForm,
        _lead,
        _("已书面告知这几项的去向，其余诉求继续办理。"),
        note=_("去向相同的一起告知，文书里只写这几项。全部诉求去向相同的，请对整件事项办理。"),
    ),
    "split": ActPage(
        SplitForm,
        lambda case, said, by, form: parting.split(
            case, nos=[int(no) for no in said["nos"]], matter=said["matter"], text=said["text"], by=by, at=server_now()
        ),
        _("已另立一件，有自己的编号。请到新的一件继续研判、转送或办理。"),
        note=_(
            "另立的一件有自己的编号、期限、文书和记录；书面告知的15日仍从原来收到之日算。本人用原来的查询码两件都能查到。"
        ),
        aside=_words,
    ),
    "refer": ActPage(
        ReferForm,
        lambda case, said, by, form: elsewhere.refer(case, **said, by=by, at=server_now()),
        _("已书面告知向哪里提出。"),
        note=_(
            "不属于本单位、本系统职权范围的（第二十三条）。将生成《信访事项告知书》。这不是“不予受理”，也不是法定途径告知，三者分开统计。"
        ),
    ),
    "no_longer": ActPage(
        NoLongerForm,
        _no_longer,
        _("已书面告知不再受理。"),
        note=_(
            "已经复查、复核，仍以同一事实和理由提出的，不再受理（第三十六条第三款）。有新的事实或理由的，照常受理。"
        ),
        template="no_longer",
    ),
    "exempt_notice": ActPage(
        ExemptForm,
        lambda case, said, by, form: elsewhere.exempt_notice(case, reason=said["reason"], by=by, at=server_now()),
        _("已登记。这件事项照常办理，知道姓名地址后再书面告知。"),
        note=_("姓名（名称）、住址不清的，不需书面告知，但照常登记、照常办理（第二十三条第一款）。理由留在记录里。"),
    ),
    "resume_notice": ActPage(
        KnownForm,
        lambda case, said, by, form: elsewhere.resume_notice(case, reason=said["reason"], by=by, at=server_now()),
        _("书面告知的15日从今天起算。"),
    ),
}
