"""Resumable uploads for both faces, by token: begin, pieces, finish, give up. Whoever holds the token owns it.

    POST   uploads/                 name, size            201 {token, received}
    PUT    uploads/<token>/?at=N    a piece as the body   200 {received}; 409 {offset} where to go on
    GET    uploads/<token>/                               200 {received, is_ready}
    POST   uploads/<token>/         finish                200 {token, name, size}
    DELETE uploads/<token>/                               204

Refusals are JSON: {status, title, sentence, code} (`huiyin.ui.refusals`). ui/upload.js is the client.
"""

from __future__ import annotations

from typing import Protocol, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.kernel.errors import DomainError, Invalid
from huiyin.org import doorway
from huiyin.papers import uploads
from huiyin.papers.models import Upload


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _refused(refusal: DomainError) -> JsonResponse:
    content = {"status": refusal.status, "code": refusal.code, "sentence": refusal.sentence, "field": refusal.field}
    if isinstance(refusal, uploads.WrongOffset):
        content["offset"] = refusal.offset
    return JsonResponse(content, status=refusal.status, json_dumps_params={"ensure_ascii": False})


def _state(upload: Upload, status: int = 200) -> JsonResponse:
    facts = {
        "token": upload.token,
        "name": upload.name,
        "size": upload.size,
        "received": upload.received,
        "is_ready": bool(upload.media_type),
    }
    return JsonResponse(facts, status=status, json_dumps_params={"ensure_ascii": False})


def _whole(text: str | None) -> int:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Invalid("upload_number", _("上传的请求不完整，请刷新页面后重新选择文件。"), field="files")
    return int(text)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """A new upload with a name and a size in bytes."""
    try:
        doorway.upload(request)
        return _state(uploads.begin(request.POST.get("name", ""), _whole(request.POST.get("size"))), 201)
    except DomainError as refusal:
        return _refused(refusal)


@require_http_methods(["GET", "PUT", "POST", "DELETE"])
def one(request: HttpRequest, token: str) -> HttpResponse:
    """Where an upload stands, one more piece, its end, or giving it up."""
    try:
        if request.method == "PUT":
            return _state(uploads.put_piece(token, _whole(request.GET.get("at")), cast(_Source, request)))
        if request.method == "POST":
            return _state(uploads.finish(token))
        if request.method == "DELETE":
            uploads.discard(token)
            return HttpResponse(status=204)
        return _state(uploads.upload_of(token))
    except DomainError as refusal:
        return _refused(refusal)
