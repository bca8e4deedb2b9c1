"""Pages after the end: what was done about a bad rating; what a filer said when called back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huiyin.cases import access, identity
from huiyin.cases import follow_ups as acts
from huiyin.cases.models import CallBack, FollowUp, Note, Rating
from huiyin.desk.frame import desk, frame
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.org.permissions import Permission
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, OneOfField, TextField, needed_when
from huiyin.ui.pages import form_page

SOLVED: Any = [("yes", gettext_lazy("解决了")), ("no", gettext_lazy("没有解决"))]


class FollowUpForm(HuiyinForm):
    way = OneOfField(label=gettext_lazy("怎样联系的"), options=Note.ContactWay.choices)
    result = OneOfField(
        label=gettext_lazy("怎样跟进"),
        options=[
            ("talked", gettext_lazy("沟通解释")),
            ("reopened", gettext_lazy("重新办理"), gettext_lazy("事项回到承办单位，期限重新计算。")),
            ("review", gettext_lazy("告知可以请求复查"), gettext_lazy("系统会写明最后一天。")),
        ],
    )
    text = TextField(
        label=gettext_lazy("做了什么"), max_length=acts.WORDS, help_text=gettext_lazy("反映人自己也能看到这段话")
    )


class CallBackForm(HuiyinForm):
    outcome = OneOfField(
        label=gettext_lazy("联系上了吗"),
        options=[
            ("answered", gettext_lazy("接通了")),
            ("not_reached", gettext_lazy("没有联系上"), gettext_lazy("请先在不同时间打过几次。")),
        ],
    )
    answer = OneOfField(label=gettext_lazy("本人说满意吗"), options=Rating.Grade.choices, required=False)
    is_solved = OneOfField(label=gettext_lazy("本人说解决了吗"), options=SOLVED, required=False)
    text = TextField(
        label=gettext_lazy("还说了什么"),
        max_length=acts.WORDS,
        required=False,
        help_text=gettext_lazy("只记事实，不记语气和印象。反映人自己也能看到这段话"),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("answer", "is_solved"):
            needed_when(self.fields[name], gettext_lazy("接通时填"))


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def follow_up(request: HttpRequest, by: Staff, reference: str, row_id: int) -> HttpResponse:
    """Record what was done about a rating that is not satisfied or not solved."""
    found = access.case_for(by, reference)
    rows = FollowUp.objects.select_related("case", "rating__filing", "clock")
    row = rows.filter(case=found, pk=row_id, done_at=None).first()
    if row is None or not access.may(by, Permission.CLOSE, found):
        raise NotFound()

    def act(said: dict[str, Any]) -> str:
        acts.follow_up(row, way=said["way"], result=said["result"], text=said["text"], by=by, at=server_now())
        return reverse("desk:case", args=[reference])

    rating = row.rating
    facts = [
        (_("来件"), rating.filing.reference),
        (_("对信访工作机构"), rating.get_office_display()),
        (_("对办理单位"), rating.get_unit_display()),
        (_("解决了吗"), _("解决了") if rating.is_solved else _("没有解决")),
        (_("本人的话"), rating.comment or _("没有写")),
    ]
    context = {
        "frame": frame(request, by), "case": found, "title": _("跟进不满意的评价"), "facts": facts, "button": _("记录"),
    }  # fmt: skip
    return form_page(
        request, "desk/decide.html", FollowUpForm(request.POST or None), act, said=_("已记录。"), context=context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def call_back(request: HttpRequest, by: Staff, reference: str, row_id: int) -> HttpResponse:
    """Record what the filer of a sampled case said on the telephone, or that nobody was reached."""
    found = access.case_for(by, reference)
    row = CallBack.objects.select_related("case", "filing").filter(case=found, pk=row_id, called_at=None).first()
    if row is None or not access.may(by, Permission.CLOSE, found):
        raise NotFound()

    def act(said: dict[str, Any]) -> str:
        solved = {"yes": True, "no": False}.get(said["is_solved"])
        acts.call_back(
            row, outcome=said["outcome"], answer=said["answer"], is_solved=solved, text=said["text"], by=by,
            at=server_now(),
        )  # fmt: skip
        return reverse("desk:case", args=[reference])

    parties = [party for filing, masked in identity.filings(found) if filing.pk == row.filing_id for party in masked]
    facts = [
        (_("来件"), row.filing.reference),
        (_("反映人"), "、".join(f"{party.name} {party.phone}".strip() for party in parties)),
        (_("为什么是这一件"), _("按加密算法抽取，不由任何人挑选。完整号码请在事项页“查看身份”。")),
    ]
    context = {
        "frame": frame(request, by), "case": found, "title": _("电话回访"), "facts": facts, "button": _("记录"),
    }  # fmt: skip
    return form_page(
        request, "desk/decide.html", CallBackForm(request.POST or None), act, said=_("已记录。"), context=context
    )
