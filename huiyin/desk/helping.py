"""A helping unit that is not needed any more is let go, on a page of its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huiyin.cases import access, co_handling
from huiyin.cases.models import CoHandling
from huiyin.desk.frame import desk, frame
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.org.permissions import Permission
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm
from huiyin.ui.pages import form_page
from huiyin.ui.templatetags.ui_tags import weekday


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def helping(request: HttpRequest, by: Staff, reference: str, helping_id: int) -> HttpResponse:
    """Say that a unit's help is not needed any more; it sees the case no longer."""
    found = access.case_for(by, reference)
    row = CoHandling.objects.select_related("unit").filter(case=found, pk=helping_id, ended_at=None).first()
    if row is None or not access.may(by, Permission.HANDLE, found):
        raise NotFound()

    def act(said: dict[str, object]) -> str:
        co_handling.end_co_handling(found, co_handling_id=row.pk, by=by, at=server_now())
        return reverse("desk:case", args=[reference])

    context = {
        "frame": frame(request, by),
        "case": found,
        "title": _("不再需要协办"),
        "button": _("不再需要协办"),
        "facts": [
            (_("协办单位"), row.unit.name),
            (_("请他们办什么"), row.asked),
            (_("答复期限"), weekday(row.due_on)),
        ],
    }
    said = _("已告诉系统不再需要协办，该单位不再看到这件事项。")
    return form_page(request, "desk/decide.html", HuiyinForm(request.POST or None), act, said=said, context=context)
