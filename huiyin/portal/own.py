"""The way from an address to one's own filing, for every page behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from huiyin.cases import access
from huiyin.cases.models import Filing
from huiyin.kernel.actors import Employee
from huiyin.org.models import User
from huiyin.portal import codes
from huiyin.ui.refusals import refusal

SHOWN_BACK = 20


@dataclass(frozen=True)
class Own:
    """Who asks, and the filing that is theirs."""

    employee: Employee
    filing: Filing


def own(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give the view `Own` for the reference in the address. Somebody else's filing is not found.

    Nobody known any more: a GET is sent to the query page, a POST gets back what was typed.
    """

    @wraps(view)
    def found(request: HttpRequest, reference: str, **more: Any) -> HttpResponseBase:
        employee = codes.employee_of(request, reference)
        if employee == Employee():
            return _anew(request)
        if employee.user_id is not None and has_one_time_password(request):
            return redirect("password")
        return view(request, Own(employee, access.filing_for(employee, reference)), **more)

    return found


def has_one_time_password(request: HttpRequest) -> bool:
    """Whether the account still has the password that an administrator knows: nothing of a matter is shown until it is
    changed."""
    return isinstance(request.user, User) and request.user.must_change_password


def _anew(request: HttpRequest) -> HttpResponse:
    sentence = _("为了保护您，查询码打开的页面 30 分钟后自动关闭。请重新输入查询码，或者登录。")
    if request.method == "POST":
        typed = [text for name, values in request.POST.lists() for text in values if name in TYPED and text.strip()]
        return refusal(request, 403, sentence, title=_("这一页已经过期"), typed=typed[:SHOWN_BACK])
    messages.info(request, sentence)
    return redirect("track")


# Fields whose text is worth giving back.
TYPED = ("text", "comment", "reason")
