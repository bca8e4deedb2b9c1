"""Refusals as answers: a DomainError nobody caught, a stale form, a page that is not there, a failure of ours.

Every answer has a title, a sentence and what to do next, in the form the asker can read: a page for a browser,
a notice for an htmx swap, JSON for a script. None of it needs the database or a session.
"""

from __future__ import annotations

import html
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template import loader
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.kernel.errors import DomainError
from huiyin.ui.context import standing

log = logging.getLogger("huiyin.ui.refusals")
SHOWN_BACK = 20  # fields of a stale form whose text is shown again
NEVER_SHOWN = ("password", "code", "token", "csrf", "id_number")


@dataclass(frozen=True)
class Words:
    """Title and standard sentence of one HTTP status."""

    title: object
    sentence: object


WORDS: dict[int, Words] = {
    400: Words(
        gettext_lazy("这次提交没有读懂"),
        gettext_lazy("浏览器发来的内容不完整或格式不对。请返回上一页，检查后再提交一次。"),
    ),
    403: Words(
        gettext_lazy("您不能办理这一步"),
        gettext_lazy("您的岗位没有这项权限。如果工作需要，请联系本单位信访联络员或系统管理员。"),
    ),
    404: Words(
        gettext_lazy("没有找到这一页"),
        gettext_lazy("网址可能有误，或者您无权查看。请核对编号，或从首页重新进入。"),
    ),
    405: Words(
        gettext_lazy("这个网址不能直接打开"),
        gettext_lazy("请返回上一页，用页面上的按钮办理。"),
    ),
    409: Words(
        gettext_lazy("现在还不能这样办"),
        gettext_lazy("这件事可能刚刚被其他人办理过。请返回并刷新页面，看清最新情况后再办理。"),
    ),
    413: Words(
        gettext_lazy("内容太大"),
        gettext_lazy("一次提交的内容超过了上限。请缩短文字，或把材料作为附件逐个上传（每个不超过 50 MB）。"),
    ),
    422: Words(
        gettext_lazy("有一处需要改一下"),
        gettext_lazy("请返回上一页，按提示修改后再提交。"),
    ),
    429: Words(
        gettext_lazy("操作太频繁"),
        gettext_lazy("请过几分钟再试。着急的话，可以打电话或到接待场所反映。"),
    ),
    500: Words(
        gettext_lazy("系统出了问题"),
        gettext_lazy("这是我们的问题，不是您的操作有误。请返回上一页再试一次；仍然不行，请打电话联系我们。"),
    ),
    503: Words(
        gettext_lazy("系统正忙"),
        gettext_lazy("刚才没有办成，也没有改动任何内容。请等一分钟，返回上一页再提交一次。"),
    ),
}


def refusal(request: HttpRequest, status: int, sentence: str = "", **more: object) -> HttpResponse:
    """The answer with this status; `sentence` replaces the standard one. Works without database and session."""
    words = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    facts = {"status": status, "title": str(words.title), "sentence": sentence or str(words.sentence)} | more
    response: HttpResponse
    if "application/json" in request.headers.get("Accept", ""):
        said = {name: facts.get(name, "") for name in ("status", "code", "title", "sentence", "field")}
        response = JsonResponse(said, status=status, json_dumps_params={"ensure_ascii": False})
    else:
        response = _page(request, status, facts)
    if status in {429, 503}:
        response["Retry-After"] = "60"
    return response


def _page(request: HttpRequest, status: int, facts: dict[str, object]) -> HttpResponse:
    context = standing(request) | {
        "is_desk": request.path.startswith("/desk/"),
        # An act that was refused is rolled back; of a failure of ours we can't promise it.
        "is_unchanged": request.method not in {"GET", "HEAD"} and status != 500,
    }
    if request.headers.get("HX-Request") != "true":
        return HttpResponse(loader.render_to_string("ui/error.html", context | facts), status=status)
    response = HttpResponse(loader.render_to_string("ui/notice.html", context | facts), status=status)
    # The part being swapped stays as it is; the refusal goes where notices are read out.
    response["HX-Retarget"] = "#notices"
    response["HX-Reswap"] = "innerHTML"
    return response


class Refusals:
    """Middleware: a DomainError becomes its page, a database that can't be reached becomes 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DomainError):
            return refusal(request, exception.status, exception.sentence, code=exception.code, field=exception.field)
        if isinstance(exception, OperationalError | InterfaceError):
            log.error("The database did not answer: %s %s", request.method, request.path, exc_info=exception)
            return refusal(request, 503)
        return None


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: the page was too old or cookies are off. What was typed is shown again, to be copied."""
    has_cookie = bool(request.COOKIES)
    sentence = (
        _("这一页打开得太久，或者您已在另一个窗口重新登录，所以没有提交成功。请返回上一页，刷新后再提交。")
        if has_cookie
        else _("浏览器没有保存本站的 Cookie，所以没有提交成功。请在浏览器设置中允许 Cookie，再打开首页重试。")
    )
    typed = [
        text
        for name, values in request.POST.lists()
        for text in values
        if len(text) > 5 and not any(word in name.lower() for word in NEVER_SHOWN)
    ]
    return refusal(request, 403, sentence, title=_("这一页已经过期"), typed=typed[:SHOWN_BACK])


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400. Too much at once is told apart from what can't be read."""
    if isinstance(exception, TooManyFilesSent):
        return refusal(request, 413, _("一次选的文件太多。请返回上一页，每次最多选 20 个；其余的提交后再补充。"))
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return refusal(request, 413)
    return refusal(request, 400)


def not_allowed(request: HttpRequest, exception: PermissionDenied | None = None) -> HttpResponse:
    """handler403."""
    return refusal(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404. Never tells whether the thing exists."""
    return refusal(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """handler500. Comes up even when templates do not; a database that is away is 'busy' (503), not our fault."""
    status = 503 if isinstance(sys.exc_info()[1], OperationalError | InterfaceError) else 500
    try:
        return refusal(request, status)
    except Exception:
        log.exception("The error page itself failed")
        words = WORDS[status]
        title, sentence = html.escape(str(words.title)), html.escape(str(words.sentence))
        return HttpResponse(
            f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title}</title>'
            f"<main><h1>{title}</h1><p>{sentence}</p></main></html>",
            status=status,
        )
