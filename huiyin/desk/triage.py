"""Pages of triage: what it is, whether it is accepted, where it goes."""

from __future__ import annotations

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huiyin.cases import advising, letters, triage
from huiyin.cases.accused import WORDS_LIMIT, Named
from huiyin.cases.models import Case
from huiyin.cases.models.case import Classification
from huiyin.cases.routes import routes
from huiyin.desk.act_pages import ActForm, ActPage, by_class
from huiyin.papers.models import Delivery
from huiyin.trail.moments import server_now
from huiyin.ui.forms import LineField, OneOfField, TextField, UnitField, needed_when

BRANCHES = (
    ("6", _("第六项 由本单位调查核实并出具处理意见书")),
    ("1", _("第一项 诉讼、复议等涉法涉诉程序")),
    ("2", _("第二项 仲裁")),
    ("3", _("第三项 党员申诉、申请复审")),
    ("4", _("第四项 行政复议、裁决、确认等行政程序")),
    ("5", _("第五项 申请查处违法行为、履行保护职责")),
)


LETTER_WAYS = [
    (Delivery.Way.PORTAL.value, _("网上送达")),
    (Delivery.Way.HAND.value, _("当面交给本人")),
    (Delivery.Way.POST.value, _("邮寄")),
]


ABOUT = _("在纪检监察人员看到之前就把他们排除在外。加密保存，看不清就不填。")


class LetterForm(ActForm):
    """How a written notice reaches the person."""

    way = OneOfField(label=_("怎样送达"), options=LETTER_WAYS)
    place = LineField(label=_("地点"), max_length=120, required=False, help_text=_("当面送达时填写，不写就是本单位"))
    tracking_no = LineField(label=_("邮件号"), max_length=40, required=False, help_text=_("邮寄时填写，以便查询"))

    def prepare(self) -> None:
        if letters.consents(self.case):
            self.fields["way"].initial = Delivery.Way.PORTAL.value
        else:
            self.choose("way", [(way, str(label)) for way, label in LETTER_WAYS[1:]], Delivery.Way.HAND.value)


class ClassifyForm(ActForm):
    """The class; and of a claim the branch, which the page shows only then (huiyin.css) and the act asks for."""

    classification = OneOfField(
        label=_("是什么性质"),
        options=[
            (Classification.CLAIM.value, _("申诉求决"), _("请求解决自己或者大家的问题。还要选第三十一条的哪一项")),
            (
                Classification.SUGGESTION.value,
                _("意见建议"),
                _("对工作提意见、出主意。研究后逐项书面答复采纳、部分采纳、留作参考还是未予采纳"),
            ),
            (Classification.REPORT.value, _("检举控告"), _("反映违纪违法。选择后立即转纪检监察，您将看不到这件事项")),
        ],
    )
    branch = OneOfField(label=_("第三十一条的哪一项"), options=BRANCHES, required=False)
    accused = LineField(label=_("反映的是谁"), max_length=WORDS_LIMIT, required=False, help_text=ABOUT)
    accused_unit = UnitField(label=_("反映的是哪个单位"), required=False)
    reason = TextField(label=_("研判说明"), max_length=500, required=False)

    def prepare(self) -> None:
        needed_when(self.fields["branch"], _("申诉求决必选"))
        for name in ("accused", "accused_unit"):
            needed_when(self.fields[name], _("检举控告填写"))
        self.fields["classification"].initial = self.case.classification or None
        self.fields["branch"].initial = str(self.case.branch or "")


class DeclineForm(LetterForm):
    reason = TextField(label=_("不予受理的理由"), max_length=1000, help_text=_("写得让反映人看得明白"))
    article = LineField(label=_("依据的条款"), max_length=200, initial=_("《信访工作条例》第十九条第三款"))
    right_organ = LineField(
        label=_("已经由谁受理，先前的编号"), max_length=200, help_text=_("例如：炼化公司，炼信访〔2026〕3号")
    )
    field_order = ("reason", "article", "right_organ", "way", "place", "tracking_no")


class RouteForm(LetterForm):
    route = forms.ChoiceField(label=_("法定途径"), widget=forms.RadioSelect)
    organ_address = LineField(label=_("受理机构地址"), max_length=120, required=False)
    organ_phone = LineField(label=_("受理机构电话"), max_length=60, required=False)
    field_order = ("route", "organ_address", "organ_phone", "way", "place", "tracking_no")

    def prepare(self) -> None:
        super().prepare()
        fitting = [found for found in routes() if found.branch == self.case.branch] or [
            found for found in routes() if found.leads_out
        ]
        self.choose("route", [(found.code, found.name) for found in fitting])
        helps = {found.code: f"{found.organ}。{found.limit_text}。{found.article}" for found in fitting}
        row = advising.latest(self.case)
        if row is not None:
            for way in advising.on_day(row, localtime(server_now()).date()).routes:
                if way.last and way.route.code in helps:
                    helps[way.route.code] = f"{way.last.words}。{helps[way.route.code]}"
                if way.is_sure and way.route.code in helps and not self.fields["route"].initial:
                    self.fields["route"].initial = way.route.code
        self.fields["route"].choice_help = helps  # type: ignore[attr-defined]


def _said(case: Case) -> object:
    """What the filer called it; both are kept."""
    if not case.classification_said:
        return _("看清来件说的是什么，选一类。")
    return gettext("反映人自己选的是“%(said)s”。以您研判的为准，两个都会保留。") % {
        "said": case.get_classification_said_display()
    }


PAGES: dict[str, ActPage] = {
    "classify": ActPage(
        ClassifyForm,
        lambda case, said, by, form: triage.classify(
            case,
            classification=said["classification"],
            branch=int(said["branch"]) if said["branch"] else None,
            reason=said["reason"],
            about=Named(said["accused"], said["accused_unit"]),
            by=by,
            at=server_now(),
        ),
        _("已研判。接下来书面告知本人。"),
        note=_said,
        to_list=True,
    ),
    "accept": ActPage(
        LetterForm,
        lambda case, said, by, form: triage.accept(case, **said, by=by, at=server_now()),
        by_class(
            _("已受理，《受理告知书》已编号用印并送出。60日办理期限开始计算。"),
            _("已受理，《受理告知书》已编号用印并送出。接下来分办，研究后书面答复。"),
        ),
        note=by_class(
            _(
                "将生成《信访事项受理告知书》，编号用印并送达，从今天起算60日（《信访工作条例》第二十三条、第三十四条）。"
            ),
            _(
                "将生成《信访事项受理告知书》，编号用印并送达，写明单位自己定的答复时间（《信访工作条例》第二十三条、第二十九条）。"
            ),
        ),
    ),
    "decline": ActPage(
        DeclineForm,
        lambda case, said, by, form: triage.decline(case, **said, by=by, at=server_now()),
        _("已书面告知不予受理。"),
        note=_(
            "下级已经受理、还在办理期限内又向上提出的，不予受理（第十九条第三款）。将生成《不予受理告知书》。不属于本单位的，请用“告知向他处提出”；有法定途径的，请用“告知法定途径”；复核过的，请用“不再受理并告知”。"
        ),
    ),
    "route_out": ActPage(
        RouteForm,
        lambda case, said, by, form: triage.route_out(case, **said, by=by, at=server_now()),
        _("已书面告知法定途径。"),
        note=_(
            "将生成《法定途径告知书》，写明机构、最后一天、材料和单位应当做的。先用“查法定途径和期限”填日期，告知书才写得出最后一天。告知途径不是拒绝；期限照常计算，请提醒本人。"
        ),
    ),
}
