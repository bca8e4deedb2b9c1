"""Signing on and off, and one's own password: the same page for employees and for staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.kernel.errors import DomainError
from huiyin.org import accounts, sign_on
from huiyin.org.models import User
from huiyin.org.staff import staff_of
from huiyin.portal import codes
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, LineField
from huiyin.ui.pages import form_page, see_other

LONGEST_PASSWORD = 200


class SecretField(forms.CharField):
    """A password: never shown again, taken as typed, spaces included."""

    def __init__(self, *, autocomplete: str, **options: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(widget=widget, strip=False, max_length=LONGEST_PASSWORD, **options)


class SignInForm(HuiyinForm):
    username = LineField(
        label=gettext_lazy("工号"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = SecretField(label=gettext_lazy("密码"), autocomplete="current-password")
    next = forms.CharField(widget=forms.HiddenInput, required=False)


class PasswordForm(HuiyinForm):
    old = SecretField(label=gettext_lazy("现在的密码"), autocomplete="current-password")
    new = SecretField(
        label=gettext_lazy("新密码"),
        autocomplete="new-password",
        help_text=gettext_lazy("至少 10 位，不要只用数字，也不要用姓名、工号。几个不相关的词连起来就很好记。"),
    )
    again = SecretField(label=gettext_lazy("再输一遍新密码"), autocomplete="new-password")

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if self.cleaned_data.get("new") not in {None, again}:
            raise ValidationError(_("两遍新密码不一样，请重新输入。"))
        return again


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Work number and password; staff go to the desk, employees to their matters or where they wanted to go."""
    wanted = request.GET.get("next", "")
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(_after(request, request.user, wanted))
        return render(request, "portal/sign_in.html", {"form": SignInForm(initial={"next": wanted})})
    form = SignInForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            user = sign_on.sign_in(request, form.cleaned_data["username"], form.cleaned_data["password"])
            codes.forget(request)
        except DomainError as refusal:
            form.blame(refusal)
            status = refusal.status
        else:
            return see_other(request, _after(request, user, form.cleaned_data["next"]))
    return render(request, "portal/sign_in.html", {"form": form}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, a filing opened by code included."""
    logout(request)
    return see_other(request, reverse("home"), _("已退出登录。"))


@sensitive_post_parameters("old", "new", "again")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password. Other sessions of the account end."""
    user = request.user
    if not isinstance(user, User):
        return redirect(settings.LOGIN_URL)

    def act(values: dict[str, Any]) -> str:
        accounts.change_password(user, values["old"], values["new"], at=server_now())
        sign_on.end_other_sessions(request, user)
        return _after(request, user, "")

    form = PasswordForm(request.POST if request.method == "POST" else None)
    context = {"must_change": user.must_change_password}
    return form_page(request, "portal/password.html", form, act, said=_("密码已经改好。"), context=context)


def _after(request: HttpRequest, user: User, wanted: str) -> str:
    """Where to go on: a password to be changed first, then the page that was wanted, then desk or own matters."""
    if user.must_change_password:
        return reverse("password")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    is_staff = bool(staff_of(user, localtime(server_now()).date()).posts)
    return reverse("desk:work") if is_staff else reverse("mine")
