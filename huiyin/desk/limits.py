"""Limits after a new calendar: the years that are published, taking in a year, and a person's word on an earlier day."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from huiyin.cases import access, limits, reminders
from huiyin.clocks import calendars, running
from huiyin.clocks.explain import full_day
from huiyin.clocks.models import Clock
from huiyin.desk import settings
from huiyin.desk.frame import desk, frame
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import Invalid, NotFound
from huiyin.org.permissions import Permission
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, OneOfField, TextField
from huiyin.ui.pages import form_page

MOST_BYTES = 100_000
TAKEN, KEPT = "taken", "kept"


class SettleForm(HuiyinForm):
    word = OneOfField(
        label=gettext_lazy("以哪一天为准"),
        options=[
            (TAKEN, gettext_lazy("按新公布的放假安排，提前"), gettext_lazy("反映人在进度页面能看到新的日期。")),
            (KEPT, gettext_lazy("保持已经告知的日期"), gettext_lazy("内部仍按较早的一天催办。")),
        ],
    )
    reason = TextField(label=gettext_lazy("理由"), max_length=500)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def settle(request: HttpRequest, by: Staff, reference: str, limit_no: int) -> HttpResponse:
    """A person's word on a day that a new calendar moved before the one the filer was told."""
    found = access.case_for(by, reference)
    clock = running.numbered(found.subject_id).get(limit_no)
    if clock is None or clock.counted_on is None or clock.stopped_at or not access.may(by, Permission.CLOSE, found):
        raise NotFound()

    def act(said: dict[str, Any]) -> str:
        limits.settle_recount(
            found, clock, is_taken=said["word"] == TAKEN, reason=said["reason"], by=by, at=server_now()
        )
        return reverse("desk:case", args=[reference])

    context = {
        "frame": frame(request, by),
        "case": found,
        "title": _("确认重算后的期限"),
        "facts": [
            (_("期限"), running.rule_of(clock).title),
            (_("已告知反映人"), full_day(clock.due_on)),
            (_("按新公布的放假安排"), full_day(clock.counted_on)),
        ],
    }
    form = SettleForm(request.POST or None)
    return form_page(
        request, "desk/decide.html", form, act, said=_("已确认，前后两个日期都保留在记录里。"), context=context
    )


class YearForm(HuiyinForm):
    file = forms.FileField(
        label=gettext_lazy("放假安排文件"),
        help_text=gettext_lazy(
            "文件名是年份，例如 2027.json，内容依照国务院办公厅的通知：放假的日子和调休上班的日子。"
        ),
        allow_empty_file=True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def calendar(request: HttpRequest, by: Staff) -> HttpResponse:
    """设置 · 放假安排: which years are published; taking in one more recounts every running limit at once."""
    settings.need(by, Permission.MANAGE_ACCOUNTS)
    form = YearForm(request.POST or None, request.FILES or None)

    def act(said: dict[str, Any]) -> str:
        year, changed = _take_in(said["file"], by)
        waiting = sum(clock.counted_on is not None for clock in changed)
        words = ngettext(
            "%(year)d年的放假安排已导入，%(count)d个期限重新计算。",
            "%(year)d年的放假安排已导入，%(count)d个期限重新计算。",
            len(changed),
        ) % {"year": year, "count": len(changed)}
        if waiting:
            words += _("其中%(waiting)d个会提前，等信访专员确认。") % {"waiting": waiting}
        messages.success(request, words)
        return reverse("desk:calendar")

    context = {"frame": frame(request, by), "tabs": settings.tabs(request, by), "years": _years()}
    return form_page(request, "desk/calendar.html", form, act, context=context)


def _take_in(file: UploadedFile[bytes], by: Staff) -> tuple[int, list[Clock]]:
    """Check the file, put it in force, recount. Invalid with the place of the first mistake; nothing is changed then."""
    name = Path(file.name or "").name
    if (file.size or 0) > MOST_BYTES or not name.endswith(".json"):
        raise Invalid("calendar", _("请选择一年的放假安排文件，例如 2027.json。"), field="file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(file.read())
        try:
            year = calendars.add_year(path)
        except calendars.BadCalendar as bad:
            sentence = _("文件有错，原来的放假安排没有变。出错的地方：%(where)s。请对照国务院办公厅的通知改正。")
            raise Invalid("calendar", sentence, field="file", where=bad.where) from None
    return year.year, running.recount(by, server_now(), also=reminders.moved)


def _years() -> list[dict[str, Any]]:
    known = calendars.current().years
    return [
        {"year": year, "off": _spans(known[year].off), "made_up": sorted(known[year].made_up)}
        for year in sorted(known, reverse=True)
    ]


def _spans(off: Any) -> list[tuple[str, date, date]]:
    """Days off as festivals from when to when."""
    spans: list[tuple[str, date, date]] = []
    for day in sorted(off):
        if spans and spans[-1][0] == off[day] and (day - spans[-1][2]).days == 1:
            spans[-1] = (off[day], spans[-1][1], day)
        else:
            spans.append((off[day], day, day))
    return spans
