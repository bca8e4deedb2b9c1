"""工作台: what is wrong, what waits for me, the next due first; notices."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from huiyin.cases import search, steps
from huiyin.desk import oversight, watch
from huiyin.desk.frame import desk, permissions, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.notices import mail, outbox, sentences
from huiyin.notices.models import Notice
from huiyin.org.models import User
from huiyin.org.permissions import Permission
from huiyin.oversight import queue, urgent
from huiyin.oversight.models import State
from huiyin.trail.moments import server_now
from huiyin.ui.pages import see_other

LABELS = {
    "decide_recusal": gettext_lazy("决定是否回避"),
    "decide_extension": gettext_lazy("决定是否延期"),
    "decide_opening": gettext_lazy("决定是否查看保密身份"),
}
NOTICES_SHOWN = 50


@require_GET
@desk
def work(request: HttpRequest, by: Staff) -> HttpResponse:
    """What is wrong on top; then one list by due time: missed, today, this week, later."""
    now = server_now()
    today = localtime(now).date()
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in (_("已超期"), _("今天"), _("七天内"), _("以后"))}
    names = list(groups)
    due: list[tuple[date, dict[str, Any]]] = [
        (item.due_on, {"item": item, "label": label(item), "url": address(item)})
        for item in search.my_work(by, today=today)
    ]
    lines = queue.waiting(by)
    for line in lines:
        if line.state != State.PROPOSED:
            # What waits to be read was answered: its own limit is over, it is today's.
            due_on = max(line.due_on, today) if line.state == State.ANSWERED else line.due_on
            due.append((due_on, oversight.line_row(line, by) | {"due_on": due_on}))
    for due_on, entry in sorted(due, key=lambda one: one[0]):
        groups[names[_which(due_on, today)]].append(entry)
    context: dict[str, Any] = {
        "wrong": [*watch.findings(by, now), *watch.stalled(by, lines)],
        "urgent": urgent.unread(by),
        "may_report_urgent": urgent.may_report(by),
        "leads": urgent.leads(by),
        "proposals": sum(line.state == State.PROPOSED for line in lines),
    }
    shown = [{"title": name, "rows": rows} for name, rows in groups.items() if rows]
    context["groups"] = shown
    return show(request, by, "work", context)


@require_POST
@desk
def mail_again(request: HttpRequest, by: Staff) -> HttpResponse:
    """Make what could not be mailed due once more, after the cause was mended."""
    if Permission.MANAGE_ACCOUNTS not in permissions(by):
        raise NotFound()
    mail.try_again(server_now())
    return see_other(request, reverse("desk:work"), _("已重新排队，一分钟内再次发送。"))


def _which(due_on: date, today: date) -> int:
    if due_on < today:
        return 0
    return 1 if due_on == today else 2 if due_on <= today + timedelta(days=7) else 3


def label(item: search.Item) -> str:
    """What is to be done, as a verb."""
    step = steps.STEPS.get(item.step)
    return str(LABELS[item.step]) if item.step in LABELS else steps.label(step, item.case) if step else item.step


def address(item: search.Item) -> str:
    """Where it is done."""
    if item.kind == "extension":
        return reverse("desk:extension", args=[item.case.reference, item.row_id])
    if item.kind == "commitment":
        return reverse("desk:step", args=[item.case.reference, item.step])
    if item.kind == "recusal":
        return reverse("desk:recusal", args=[item.case.reference, item.row_id])
    if item.kind in {"follow_up", "call_back"}:
        return reverse(f"desk:{item.kind}", args=[item.case.reference, item.row_id])
    if item.kind == "opening":
        return reverse("desk:opening", args=[item.case.reference, item.row_id])
    if item.kind == "read_back":
        return reverse("desk:step", args=[item.case.reference, "read_back"])
    return reverse("desk:case", args=[item.case.reference])


@require_GET
@desk
def notices(request: HttpRequest, by: Staff) -> HttpResponse:
    """The newest notices; none says what a case is about."""
    user = User.objects.get(pk=by.user_id)
    rows = [
        {"notice": row, "words": sentences.words(row.code, row.facts), "url": notice_url(row)}
        for row in outbox.inbox(user)[:NOTICES_SHOWN]
    ]
    return show(request, by, "notices", {"rows": rows})


def notice_url(notice: Notice) -> str:
    """Where the matter of a notice is; empty where it is about none."""
    reference = notice.facts.get("reference")
    if not reference:
        return ""
    return reverse("desk:urgent" if notice.code in urgent.NOTICES else "desk:case", args=[reference])


@require_POST
@desk
def notices_read(request: HttpRequest, by: Staff) -> HttpResponse:
    """Mark all notices as read."""
    outbox.mark_read(User.objects.get(pk=by.user_id), server_now())
    return see_other(request, reverse("desk:notices"))
