"""Pages of recusal: declare it, keep whom a case complains of, decide on one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from huiyin.cases import access, recusal, sealed
from huiyin.cases.accused import WORDS_LIMIT, Named
from huiyin.cases.models import Recusal
from huiyin.cases.recusal import REASON_LIMIT
from huiyin.desk.act_pages import ActForm, ActPage
from huiyin.desk.frame import desk, frame
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, LineField, OneOfField, TextField
from huiyin.ui.pages import form_page


class DeclareForm(ActForm):
    reason = TextField(
        label=_("是什么关系"), max_length=REASON_LIMIT, help_text=_("只有决定的人看得到。反映人会收到书面决定。")
    )


class ObjectForm(ActForm):
    accused = LineField(
        label=_("反映的是谁"), max_length=WORDS_LIMIT, required=False, help_text=_("写姓名、职务，加密保存")
    )
    accused_number = LineField(
        label=_("工号"), max_length=30, required=False, help_text=_("知道就填，系统据此核对办理的人要不要回避")
    )


class DecideForm(HuiyinForm):
    is_granted = OneOfField(label=_("决定"), options=[("yes", _("予以回避")), ("no", _("不予回避"))])
    reason = TextField(label=_("决定的理由"), max_length=REASON_LIMIT, help_text=_("会写进给反映人的《回避决定书》"))
    successor = forms.ChoiceField(
        label=_("由谁接替办理"), required=False, help_text=_("不选，就由承办单位的其他承办人办理")
    )


PAGES: dict[str, ActPage] = {
    "declare_recusal": ActPage(
        DeclareForm,
        lambda case, said, by, form: recusal.declare(case, reason=said["reason"], by=by, at=server_now()),
        _("已申报回避，决定前请不要办理这件事项。"),
        note=_(
            "您与这件事项或者反映人有直接利害关系的，应当回避（《信访工作条例》第二十八条）。申报后由单位负责人决定。"
        ),
    ),
    "name_object": ActPage(
        ObjectForm,
        lambda case, said, by, form: recusal.name_object(
            case, Named(said["accused"], None, said["accused_number"]), by=by, at=server_now()
        ),
        _("已登记，加密保存。办理的人就是他、或者是他的部门主管的，已自动提出回避。"),
        note=_(
            "来件投诉某个人的，登记是谁。办理的人如果就是他，或者是他的部门主管，要先决定回避才能办理。登记的内容不显示给办理的人。"
        ),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def decide(request: HttpRequest, by: Staff, reference: str, recusal_no: int) -> HttpResponse:
    """Decide on a recusal, before the reason; who filed gets the paper."""
    found = access.case_for(by, reference)
    row = Recusal.objects.select_related("case__subject__key", "concerns", "decides").filter(case=found, no=recusal_no)
    asked = row.first()
    if asked is None or by.user_id not in recusal.deciders(asked, localtime(server_now()).date()):
        raise NotFound()
    form = DecideForm(request.POST or None)
    able = recusal.successors(found, server_now()) if found.handler_id == asked.concerns_id else []
    if able:
        field: Any = form.fields["successor"]
        field.choices = [("", "—"), *((str(user.pk), user.name) for user in able)]
    else:
        del form.fields["successor"]

    def act(said: dict[str, str]) -> str:
        successor = next((user for user in able if str(user.pk) == said.get("successor")), None)
        recusal.decide(
            asked, is_granted=said["is_granted"] == "yes", reason=said["reason"], successor=successor, by=by,
            at=server_now(),
        )  # fmt: skip
        return reverse("desk:work")

    words = sealed.recusal_words(asked)
    context = {
        "frame": frame(request, by),
        "case": found,
        "title": gettext("决定是否回避"),
        "facts": [
            (gettext("涉及的工作人员"), asked.concerns.name),
            (gettext("怎样提出"), asked.get_ground_display()),
            (gettext("理由"), words or recusal.FOUND),
        ],
    }
    return form_page(request, "desk/decide.html", form, act, said=gettext("已决定，书面告知反映人。"), context=context)
