"""The query page: a code opens its filing in this browser. And leaving again, on a shared phone."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.kernel.errors import DomainError
from huiyin.portal import codes
from huiyin.ui.forms import HuiyinForm
from huiyin.ui.pages import see_other


class CodeForm(HuiyinForm):
    """One field; spaces, dashes, small letters and the whole address of the QR code are understood."""

    code = forms.CharField(
        label=gettext_lazy("查询码"),
        max_length=400,
        help_text=gettext_lazy("在回执上，共 28 位，每 4 位一组。不分大小写，空格可有可无。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code-field"}
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """The field for the code; a POST opens the filing for 30 minutes and goes to its page."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                filing = codes.filing_of(request, form.cleaned_data["code"])
            except DomainError as refusal:
                form.add_error("code", refusal.sentence)
                status = refusal.status
            else:
                is_signed_out = codes.begin(request, filing)
                told = _("为了不留下是谁反映的痕迹，已为您退出账号。") if is_signed_out else ""
                return see_other(request, reverse("progress", args=[filing.reference]), told)
    return render(request, "portal/track.html", {"form": form}, status=status)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Close the filing in this browser."""
    codes.end(request)
    return see_other(request, reverse("home"), _("已退出。这台手机或电脑上看不到您的事项了。"))
