"""Pages of the sealed lane: into it without a number, who is accused, standing aside, handing over to the organ above."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huiyin.cases import accused, triage
from huiyin.cases.accused import WORDS_LIMIT, Named
from huiyin.cases.models import Case
from huiyin.desk.act_pages import ActForm, ActPage, NoForm
from huiyin.desk.triage import ABOUT
from huiyin.trail.moments import server_now
from huiyin.ui.forms import LineField, TextField, UnitField


class SealForm(ActForm):
    accused = LineField(label=_("反映的是谁"), max_length=WORDS_LIMIT, required=False, help_text=ABOUT)
    accused_unit = UnitField(label=_("反映的是哪个单位"), required=False)


class NameForm(SealForm):
    accused_number = LineField(
        label=_("工号"), max_length=30, required=False, help_text=_("知道就填，一次填一个人；可以再来填下一个")
    )
    field_order: tuple[str, ...] = ("accused", "accused_number", "accused_unit")


class ReferForm(NameForm):
    how = TextField(label=_("怎样移送"), max_length=500, help_text=_("材料由谁、在什么时候、怎样送去。加密保存"))
    field_order = ("how", "accused", "accused_number", "accused_unit")


def _named(said: dict[str, Any]) -> Named:
    return Named(said["accused"], said["accused_unit"], said.get("accused_number", ""))


def _outside(case: Case) -> object:
    organ = settings.ENTERPRISE.external_inspection_organ
    return gettext(
        "反映本单位主要负责人，或者本单位不宜办理的，移送%(organ)s。移送后在这里办结，检举人会看到移送给了谁。"
    ) % {"organ": organ}


PAGES: dict[str, ActPage] = {
    "seal_lane": ActPage(
        SealForm,
        lambda case, said, by, form: triage.seal_lane(case, about=_named(said), by=by, at=server_now()),
        _("已转纪检监察，您不再看到这件事项。"),
        note=_("反映违纪违法的，立即转纪检监察，不用先登记编号。内容随即加密，您和其他人不再看到。"),
        to_list=True,
    ),
    "name_accused": ActPage(
        NameForm,
        lambda case, said, by, form: accused.name(case, _named(said), by=by, at=server_now()),
        _("已记下，加密保存。相关单位和人员从现在起看不到这件事。"),
        note=_(
            "写明后，他们本人、所在或者所管的单位以及下级单位的人，从现在起看不到、查不到、也收不到这件事的任何消息。"
            "如果您也在其中，您也看不到了；要移送上级纪检监察机关的，请先移送。"
        ),
        to_list=True,
    ),
    "stand_aside": ActPage(
        NoForm,
        lambda case, said, by, form: accused.stand_aside(case, by=by, at=server_now()),
        _("您已回避，这件事转给其他纪检监察人员。"),
        note=_(
            "与这件事或者检举人有直接利害关系的，应当回避（《信访工作条例》第二十八条）。回避后您看不到这件事，不能撤销。"
        ),
        to_list=True,
    ),
    "refer_outside": ActPage(
        ReferForm,
        lambda case, said, by, form: accused.refer_outside(
            case, how=said["how"], named=_named(said), by=by, at=server_now()
        ),
        _("已移送，检举人凭查询码可以看到。"),
        note=_outside,
        to_list=True,
    ),
}
