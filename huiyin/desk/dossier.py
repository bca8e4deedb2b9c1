"""The page on which the whole file of a case is taken along: a purpose, then the archive as a stream."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huiyin.cases import access, dossier, identity, lifecycle
from huiyin.desk.act_pages import ActForm
from huiyin.desk.frame import desk, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError, NotFound
from huiyin.trail.moments import server_now
from huiyin.ui.forms import OneOfField


class FileForm(ActForm):
    purpose = OneOfField(
        label=gettext_lazy("目的"),
        options=list(identity.FILE_PURPOSES.items()),
        help_text=gettext_lazy("目的是归档的，卷宗完整；其他目的遮去姓名和号码，文书和材料只列目录和哈希值。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def take_file(request: HttpRequest, by: Staff, reference: str, step: str) -> HttpResponseBase:
    """Ask what for; record it; answer with the archive."""
    found = access.case_for(by, reference)
    if step not in {offer.code for offer in lifecycle.available(found, by=by)}:
        raise NotFound()
    form = FileForm(request.POST or None, case=found, by=by)
    context = {"case": found, "form": form, "step": step, "title": _("取走卷宗")}
    if request.method == "POST" and form.is_valid():
        try:
            made = dossier.take_file(found, purpose=form.cleaned_data["purpose"], by=by, at=server_now())
        except DomainError as refusal:
            form.blame(refusal)
            return show(request, by, "reveal", context, status=refusal.status)
        answer = StreamingHttpResponse(dossier.packed(made), content_type="application/octet-stream")
        answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(made.name)}"
        answer["Cache-Control"] = "no-store"
        return answer
    return show(request, by, "reveal", context, status=422 if request.method == "POST" else 200)
