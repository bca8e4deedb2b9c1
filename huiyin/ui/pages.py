"""How a page with a form does one act: show, take, refuse without losing a word, go on. And the large-type switch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from huiyin.kernel.errors import DomainError, NotFound
from huiyin.ui.context import LARGE, TYPE_COOKIE
from huiyin.ui.forms import HuiyinForm

YEAR = 365 * 24 * 3600


def see_other(request: HttpRequest, url: str, said: str = "") -> HttpResponse:
    """After an act: go to `url` by GET (303), so that reloading never does it twice. `said` is shown there."""
    if said:
        messages.success(request, said)
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    answer = HttpResponseRedirect(url)
    answer.status_code = 303
    return answer


def form_page(
    request: HttpRequest,
    template: str,
    form: HuiyinForm,
    act: Callable[[dict[str, Any]], str],
    *,
    said: str = "",
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """One page, one form, one act.

    GET shows the form. POST calls `act(cleaned_data)` of a valid form, which answers with the address to go to
    (303, `said` is shown there). A form with errors, or a refusal of the act, is the same page again with the
    sentence at its field and what was typed, status 422 or the refusal's. NotFound is not caught: it is a page.
    """
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                return see_other(request, act(form.cleaned_data), said)
            except NotFound:
                raise
            except DomainError as refusal:
                form.blame(refusal)
                status = refusal.status
        else:
            status = 422
    return render(request, template, {**(context or {}), "form": form}, status=status)


@require_POST
def switch_type(request: HttpRequest) -> HttpResponse:
    """Large type on or off for this browser, kept in a cookie; back to `next` where that is a page of ours."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = see_other(request, target)
    if request.COOKIES.get(TYPE_COOKIE) == LARGE:
        response.delete_cookie(TYPE_COOKIE, samesite="Lax")
    else:
        response.set_cookie(
            TYPE_COOKIE, LARGE, max_age=YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    return response
