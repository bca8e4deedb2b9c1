"""What protects who files: ask that somebody with an interest step aside; report being treated badly because of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huiyin.cases import recusal, retaliation
from huiyin.cases.intake import NAME_LIMIT, TEXT_LIMIT
from huiyin.org import doorway
from huiyin.portal.own import Own, own
from huiyin.portal.own_acts import WordsForm
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, LineField, OneOfField, TextField
from huiyin.ui.pages import form_page

ABOUT: Any = (
    (recusal.HANDLER, gettext_lazy("承办这件事的人"), ""),
    (recusal.HEAD, gettext_lazy("审批这件事的单位负责人"), ""),
    (recusal.OFFICER, gettext_lazy("信访专员"), ""),
)


class RecusalForm(HuiyinForm):
    about = OneOfField(label=gettext_lazy("请求谁回避"), options=ABOUT)
    name = LineField(
        label=gettext_lazy("姓名"),
        max_length=NAME_LIMIT,
        required=False,
        help_text=gettext_lazy("信访专员不止一位时，写明是哪一位。"),
    )
    reason = TextField(
        label=gettext_lazy("为什么"),
        max_length=recusal.REASON_LIMIT,
        help_text=gettext_lazy("例如：他就是我反映的人，或者是他的亲属。只有作决定的人看得到。"),
    )


class RetaliationForm(WordsForm):
    text = TextField(
        label=gettext_lazy("发生了什么"),
        max_length=TEXT_LIMIT,
        help_text=gettext_lazy("什么时候、谁、对您做了什么，例如调岗、扣钱、威胁。"),
    )
    who = LineField(
        label=gettext_lazy("是谁做的"),
        max_length=retaliation.WORDS_LIMIT,
        required=False,
        help_text=gettext_lazy("写姓名、职务。写了的人和他管的人，办不了也看不到。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@own
def ask_recusal(request: HttpRequest, found: Own) -> HttpResponse:
    """Ask that somebody step aside."""

    def act(said: dict[str, str]) -> str:
        recusal.ask(
            found.filing, about=said["about"], name=said["name"], reason=said["reason"], by=found.employee,
            at=server_now(),
        )  # fmt: skip
        return _back(found)

    form = RecusalForm(request.POST if request.method == "POST" else None)
    said = _("已收到您的请求。作出决定前，他不参与办理；决定会书面告诉您。")
    return form_page(request, "portal/recusal.html", form, act, said=said, context={"filing": found.filing})


@require_http_methods(["GET", "HEAD", "POST"])
@own
def report_retaliation(request: HttpRequest, found: Own) -> HttpResponse:
    """Report retaliation; the unit that handles the matter never learns of it."""
    is_post = request.method == "POST"
    form = RetaliationForm(request.POST if is_post else None)
    if is_post:
        form.is_valid()
        form.take_files(request.FILES.getlist("files_whole"))

    def act(said: dict[str, Any]) -> str:
        doorway.filing(request)
        retaliation.report(
            found.filing, text=said["text"], who=said["who"], uploads=[upload.token for upload in form.uploads],
            by=found.employee, at=server_now(),
        )  # fmt: skip
        return _back(found)

    said = _("已加密转交纪检监察人员。答复会写在这一页，只有您看得到。")
    return form_page(request, "portal/retaliation.html", form, act, said=said, context={"filing": found.filing})


def _back(found: Own) -> str:
    return reverse("progress", args=[found.filing.reference])
