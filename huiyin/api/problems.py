"""Refusals as application/problem+json (RFC 9457): one form for everything a program may be refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from huiyin.kernel.errors import DomainError, NotFound
from huiyin.papers.uploads import WrongOffset
from huiyin.ui.refusals import WORDS

MEDIA_TYPE = "application/problem+json"


class Problem(Schema):
    """Why not. `detail` is a sentence for a person, `code` for programs, `field` the input it belongs to or ''."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str


class MisplacedPiece(Problem):
    """A piece of an upload that doesn't begin where the upload stands: go on at `offset`."""

    offset: int


def problem(status: int, code: str, detail: str = "", *, field: str = "", **more: int) -> HttpResponse:
    """The refusal with this status; without `detail` the standard sentence of the status. `more`: further members."""
    words = WORDS.get(status)
    title = str(words.title) if words else _("需要登录")
    content = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail or (str(words.sentence) if words else title),
        "code": code,
        "field": field,
        **more,
    }
    response = JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False}, content_type=MEDIA_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if status in {429, 503}:
        response["Retry-After"] = "60"
    return response


def documented(*statuses: int) -> dict[str, Any]:
    """`openapi_extra` of an operation that may answer with these statuses."""
    schema = Problem.model_json_schema()
    content = {MEDIA_TYPE: {"schema": schema}}
    return {"responses": {status: {"description": TITLES[status], "content": content} for status in statuses}}


TITLES: Mapping[int, str] = {
    400: "Not readable as JSON",
    401: "No token, or one that is not valid",
    403: "Not allowed for this account",
    404: "Not there, or not yours",
    409: "Not possible now",
    422: "An input is not usable; `field` says which",
    429: "Too many requests; Retry-After says when",
}


def not_found(request: HttpRequest, unknown: str = "") -> HttpResponse:
    """An address that is not there."""
    return problem(404, "not_found", NotFound().sentence)


def catch(api: NinjaAPI) -> None:
    """Make every refusal of this API a problem."""

    @api.exception_handler(DomainError)
    def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
        return problem(refusal.status, refusal.code, refusal.sentence, field=refusal.field)

    @api.exception_handler(WrongOffset)
    def misplaced(request: HttpRequest, refusal: WrongOffset) -> HttpResponse:
        return problem(409, refusal.code, refusal.sentence, field=refusal.field, offset=refusal.offset)

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, refusal: Http404) -> HttpResponse:
        return not_found(request)

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, refusal: AuthenticationError) -> HttpResponse:
        return problem(401, "token", _("需要有效的接口令牌。请在请求头 Authorization 里写 Bearer 和令牌。"))

    @api.exception_handler(HttpError)
    def unreadable(request: HttpRequest, refusal: HttpError) -> HttpResponse:
        return problem(refusal.status_code, "request")

    @api.exception_handler(ValidationError)
    def unusable(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
        places = [str(part) for part in refusal.errors[0]["loc"] if part not in {"body", "query", "header", "path"}]
        field = ".".join(place for place in places if place != "words")  # the name of the argument says nothing
        detail = _("“%(field)s”缺少或格式不对，请对照接口说明修改。") % {"field": field}
        return problem(422, "shape", detail, field=field)
