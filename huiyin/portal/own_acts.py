"""What the employee does about the own filing: add, answer, confirm, rate, withdraw. One page each, one act each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.cases import aid, closing, commitments, deciding, handling
from huiyin.cases.handling import NOTE_LIMIT, REASON_LIMIT
from huiyin.cases.models import Aid, Quiet, Rating
from huiyin.kernel.errors import DomainError
from huiyin.org import doorway
from huiyin.papers import uploads
from huiyin.papers.models import Upload
from huiyin.portal.filing_form import SeveralField
from huiyin.portal.own import Own, own
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, OneOfField, TextField
from huiyin.ui.pages import form_page, see_other

GRADES = [(grade.value, str(grade.label)) for grade in Rating.Grade]
SOLVED: Any = (("yes", gettext_lazy("解决了")), ("no", gettext_lazy("没有解决")))

CAME_OF_IT: Any = (("yes", gettext_lazy("有结果了")), ("no", gettext_lazy("没有结果")))


class WordsForm(HuiyinForm):
    """Some words, files, or both."""

    text = TextField(label=gettext_lazy("您想补充什么"), max_length=NOTE_LIMIT, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"] = SeveralField(label=_("材料"), required=False)
        self.uploads: list[Upload] = []

    def take_files(self, whole: Sequence[Any]) -> None:
        """Finished uploads that the form names, and files sent with it; what can't be taken is told at the field."""
        for token in dict.fromkeys(self.cleaned_data.get("files", [])):
            try:
                self.uploads.extend(uploads.ready([token]))
            except DomainError as refusal:
                self.add_error("files", refusal.sentence)
        taken, sentences = uploads.take_all(whole, beside=len(self.uploads))
        self.uploads.extend(taken)
        for sentence in sentences:
            self.add_error("files", sentence)


class RateForm(HuiyinForm):
    """Office and unit apart, solved or not, and a comment."""

    office = OneOfField(label=gettext_lazy("对信访工作机构的服务"), options=GRADES)
    unit = OneOfField(label=gettext_lazy("对办理单位的办理"), options=GRADES)
    is_solved = OneOfField(
        label=gettext_lazy("您的问题解决了吗"),
        options=SOLVED,
    )
    comment = TextField(label=gettext_lazy("还想说的话"), max_length=REASON_LIMIT, required=False)

    def ask_about_suggestion(self) -> None:
        """A suggestion solves nothing by itself: what counts is whether something came of it."""
        field = OneOfField(label=_("您的建议有结果了吗"), options=CAME_OF_IT)
        field.error_messages["required"] = _("请选择“您的建议有结果了吗”。")
        self.fields["is_solved"] = field


class AidForm(HuiyinForm):
    kind = OneOfField(label=gettext_lazy("您需要哪一种帮助"), options=Aid.Kind.choices)
    reason = TextField(label=gettext_lazy("您遇到了什么困难"), max_length=aid.WORDS)


class WithdrawForm(HuiyinForm):
    """Withdrawing takes a tick: it ends the matter."""

    reason = TextField(label=gettext_lazy("撤回的原因"), max_length=REASON_LIMIT - 20, required=False)
    is_sure = forms.BooleanField(label=gettext_lazy("我确定撤回，知道撤回后不再办理"))


@require_http_methods(["GET", "HEAD", "POST"])
@own
def add(request: HttpRequest, found: Own) -> HttpResponse:
    """Add words or files to the own filing."""

    def act(form: WordsForm) -> None:
        handling.add(
            found.filing,
            text=form.cleaned_data["text"],
            uploads=[upload.token for upload in form.uploads],
            by=found.employee,
            at=server_now(),
        )

    return _words_page(request, found, act, _("已补充，办理的人会看到。"), {})


@require_http_methods(["GET", "HEAD", "POST"])
@own
def answer(request: HttpRequest, found: Own, question_no: int) -> HttpResponse:
    """Answer a question, once."""
    question = handling.numbered_question(found.filing, question_no)

    def act(form: WordsForm) -> None:
        handling.answer(
            question,
            found.filing,
            text=form.cleaned_data["text"],
            uploads=[upload.token for upload in form.uploads],
            by=found.employee,
            at=server_now(),
        )

    more = {"question": handling.words_of(question), "asked_at": question.at}
    return _words_page(request, found, act, _("已答复，谢谢您的配合。"), more)


@require_POST
@own
def confirm(request: HttpRequest, found: Own) -> HttpResponse:
    """Confirm having received the decision. The limit for asking for a review starts."""
    sent = deciding.confirm(found.filing, by=found.employee, at=server_now())
    said = {
        "D14": _("已确认收到。对处理意见不服的，可以在期限内请求复查。"),
        "D17D": _("已确认收到。对复查意见不服的，可以在期限内请求复核。"),
    }
    return see_other(request, back(found), said.get(sent.paper.kind, _("已确认收到。")))


@require_http_methods(["GET", "HEAD", "POST"])
@own
def rate(request: HttpRequest, found: Own) -> HttpResponse:
    """Rate, once."""

    def act(values: dict[str, Any]) -> str:
        closing.rate(
            found.filing,
            office=values["office"],
            unit=values["unit"],
            is_solved=values["is_solved"] == "yes",
            comment=values["comment"],
            by=found.employee,
            at=server_now(),
        )
        return back(found)

    form = RateForm(request.POST if request.method == "POST" else None)
    is_suggestion = found.filing.case.is_suggestion
    if is_suggestion:
        form.ask_about_suggestion()
    said = _("谢谢您的评价，已如实记录。")
    context = {"filing": found.filing, "is_suggestion": is_suggestion}
    return form_page(request, "portal/rate.html", form, act, said=said, context=context)


@require_http_methods(["GET", "HEAD", "POST"])
@own
def withdraw(request: HttpRequest, found: Own) -> HttpResponse:
    """Withdraw the own filing."""

    def act(values: dict[str, Any]) -> str:
        closing.withdraw(found.filing, reason=values["reason"], by=found.employee, at=server_now())
        return back(found)

    form = WithdrawForm(request.POST if request.method == "POST" else None)
    said = _("已撤回。以后有需要，可以重新反映。")
    return form_page(request, "portal/withdraw.html", form, act, said=said, context={"filing": found.filing})


@require_http_methods(["GET", "HEAD", "POST"])
@own
def wish_aid(request: HttpRequest, found: Own) -> HttpResponse:
    """Ask the union for help, beside the matter itself."""

    def act(said: dict[str, Any]) -> str:
        doorway.filing(request)
        aid.wish_aid(found.filing, kind=said["kind"], reason=said["reason"], by=found.employee, at=server_now())
        return back(found)

    form = AidForm(request.POST if request.method == "POST" else None)
    said = _("已转给工会。他们会联系您，结果写在这一页。")
    return form_page(request, "portal/aid.html", form, act, said=said, context={"filing": found.filing})


@require_POST
@own
def contact(request: HttpRequest, found: Own) -> HttpResponse:
    """No regular contact any more, or again."""
    is_quiet = Quiet.objects.filter(filing=found.filing, ended_at=None).exists()
    act = commitments.want_contact if is_quiet else commitments.decline_contact
    act(found.filing, by=found.employee, at=server_now())
    said = _("好的，会按承诺继续告诉您进展。") if is_quiet else _("好的，不再定期联系您。文书和问题照常送给您。")
    return see_other(request, back(found), said)


def _words_page(
    request: HttpRequest, found: Own, act: Callable[[WordsForm], None], said: str, more: dict[str, Any]
) -> HttpResponse:
    is_post = request.method == "POST"
    form = WordsForm(request.POST if is_post else None)
    if is_post:
        form.is_valid()
        form.take_files(request.FILES.getlist("files_whole"))

    def take(values: dict[str, Any]) -> str:
        doorway.filing(request)
        act(form)
        return back(found)

    context = {"filing": found.filing, **more}
    return form_page(request, "portal/words.html", form, take, said=said, context=context)


def back(found: Own) -> str:
    """The address of the own filing's page."""
    return reverse("progress", args=[found.filing.reference])
