"""The page of an interview: two investigators, when and where, with whom, what was said, read back and signed."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _

from huiyin.cases import interviews
from huiyin.cases.models import Case, Interview
from huiyin.desk.act_pages import ActForm, ActPage
from huiyin.kernel.actors import Staff
from huiyin.trail.moments import server_now
from huiyin.ui.forms import LineField, MomentField, OneOfField, TextField, needed_when

WHO = _("填工号，或者没有同名的完整姓名")


class InterviewForm(ActForm):
    takes_files = True
    purpose = OneOfField(label=_("种类"), options=Interview.Purpose.choices, initial="inquiry")
    first = LineField(label=_("调查人"), max_length=40, help_text=WHO)
    second = LineField(label=_("第二名调查人"), max_length=40, help_text=_("必须有两人在场，都不能与这件事有利害关系"))
    recorder = LineField(label=_("记录人"), max_length=40, help_text=_("可以是调查人之一"))
    began_at = MomentField(label=_("什么时候开始"), help_text=_("例如 2026-8-3 9:05"))
    ended_at = MomentField(label=_("什么时候结束"))
    place = LineField(label=_("地点"), max_length=120)
    name = LineField(label=_("和谁谈的"), max_length=40, help_text=_("加密保存，只写在笔录里，不进任何列表，也查不到"))
    unit = LineField(label=_("本人的单位和职务"), max_length=80, required=False)
    present = LineField(label=_("其他在场人"), max_length=120, required=False, help_text=_("几个人的，用顿号隔开"))
    content = TextField(
        label=_("谈话内容"),
        max_length=interviews.RECORD_LIMIT,
        help_text=_("一问一答地写事实，不写对人的印象和评价。保存后即编号用印，不能再改"),
    )
    read_back = LineField(
        label=_("本人核对意见"), max_length=interviews.WORDS_LIMIT, initial=_("以上笔录我看过，和我说的相符。")
    )
    refusal = LineField(label=_("没有签名的原因"), max_length=interviews.WORDS_LIMIT, required=False)

    def prepare(self) -> None:
        needed_when(self.fields["refusal"], _("没有签名时填"))
        self.fields["first"].initial = self.by.name


def _held(said: dict[str, Any], form: ActForm) -> interviews.Held:
    present = re.split(r"[、，,;；]", said["present"])
    return interviews.Held(**{**said, "present": present}, scans=form.tokens)


def _act(case: Case, said: dict[str, Any], by: Staff, form: ActForm) -> object:
    return interviews.interview(case, _held(said, form), by=by, at=server_now())


PAGES: dict[str, ActPage] = {
    "interview": ActPage(
        InterviewForm,
        _act,
        _("调查笔录已编号存卷。反映人只看到进行了一次谈话，看不到和谁谈、谈了什么。"),
        note=_("谈完、本人核对并签名以后再登记。附上签名的笔录扫描件；本人拒绝签名的，写明原因。"),
    ),
}
PAGES["interview_report"] = PAGES["interview"]
