"""The reception room's queue of the day: a number, call the next, from the number to the registration in one press."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.cases import queue
from huiyin.cases.models import Ticket
from huiyin.desk.frame import desk, frame, permissions, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError, NotFound
from huiyin.org.permissions import Permission
from huiyin.trail.moments import server_now
from huiyin.ui.forms import CountField, HuiyinForm
from huiyin.ui.pages import form_page, see_other

State = Ticket.State
ORDER = (State.CALLED, State.WAITING, State.DONE, State.LEFT)
TITLES = {
    State.CALLED: gettext_lazy("正在接待"),
    State.WAITING: gettext_lazy("等候"),
    State.DONE: gettext_lazy("接待完"),
    State.LEFT: gettext_lazy("已离开"),
}


class TicketForm(HuiyinForm):
    headcount = CountField(label=gettext_lazy("几个人"), initial=1, min_value=1)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def day(request: HttpRequest, by: Staff) -> HttpResponse:
    """Today's numbers; sent to, the next number."""
    _check(by)
    now = server_now()

    def act(said: dict[str, Any]) -> str:
        queue.take(said["headcount"], by=by, at=now)
        return reverse("desk:queue")

    tickets = queue.of_day(by, localtime(now).date())
    groups = [(TITLES[state], state, [row for row in tickets if row.state == state]) for state in ORDER]
    context = {
        "frame": frame(request, by),
        "groups": [group for group in groups if group[2]],
        "waiting": sum(row.state == State.WAITING for row in tickets),
        "today": now,
    }
    form = TicketForm(request.POST or None)
    return form_page(request, "desk/queue.html", form, act, said=_("已排号。"), context=context)


@require_POST
@desk
def call(request: HttpRequest, by: Staff) -> HttpResponse:
    """Call whoever has waited longest."""
    _check(by)
    try:
        ticket = queue.call_next(by=by, at=server_now())
    except DomainError as refusal:
        return show(request, by, "queue_refused", {"sentence": refusal.sentence}, status=refusal.status)
    return see_other(request, reverse("desk:queue"), _("请%(no)s号。") % {"no": ticket.no})


@require_POST
@desk
def move(request: HttpRequest, by: Staff, ticket_id: int) -> HttpResponse:
    """One number to another state."""
    _check(by)
    ticket = queue.ticket_for(by, ticket_id)
    try:
        queue.move(ticket, request.POST.get("state", ""), at=server_now())
    except DomainError as refusal:
        return show(request, by, "queue_refused", {"sentence": refusal.sentence}, status=refusal.status)
    return see_other(request, reverse("desk:queue"))


def _check(by: Staff) -> None:
    if Permission.REGISTER not in permissions(by):
        raise NotFound()
