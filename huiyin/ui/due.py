"""Time left in words and urgency, for a clock or a plain due date. Pages show it through {% due %}."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.utils.translation import gettext as _

from huiyin.clocks import calendars, running
from huiyin.clocks.explain import short_day, time_left, urgency, urgency_of
from huiyin.clocks.models import Clock


@dataclass(frozen=True)
class Said:
    """`urgency`: calm, soon (from 75 %), missed, or done (met, called off or paused)."""

    text: str
    urgency: Literal["calm", "soon", "missed", "done"]
    is_provisional: bool = False


def words(what: Clock | date | None, *, now: datetime, started: datetime | None = None) -> Said:
    """还有 3 个工作日（9月24日 周四） · 今天到期 · 已超期 2 天 · 还有 25 分钟（10:05）. None: 没有期限.

    A mark (a right that lapses, a case that becomes a backlog) is past and not missed: 9月24日 周四已到期.
    `started` sharpens a plain date's urgency; a clock knows its own.
    """
    if what is None:
        return Said(_("没有期限"), "done")
    calendar = calendars.current()
    today = calendar.local_date(now)
    if not isinstance(what, Clock):
        begun = calendar.local_date(started) if started else None
        return Said(time_left(what, today, calendar), urgency_of(begun, what, today))
    if what.stopped_at is not None:
        ended = calendar.local_date(what.stopped_at)
        return Said(_("已完成（%(day)s）") % {"day": short_day(ended, today)}, "done")
    if what.paused_at is not None:
        paused = calendar.local_date(what.paused_at)
        return Said(_("%(day)s起中止计算") % {"day": short_day(paused, today)}, "done")
    if what.due_at is not None:
        return _to_the_minute(what, what.due_at, now)
    if what.due_on < today and not running.rule_of(what).is_due_step:
        return Said(_("%(day)s已到期") % {"day": short_day(what.due_on, today)}, "done")
    return Said(time_left(what.due_on, today, calendar), urgency(what, today), what.is_provisional)


def _to_the_minute(clock: Clock, due_at: datetime, now: datetime) -> Said:
    """Limits in hours and minutes (on site within an hour)."""
    left = int((due_at - now).total_seconds()) // 60
    at = calendars.current().local_time(due_at)
    if left < 0:
        over = -left
        text = (
            _("已超时 %(minutes)d 分钟") % {"minutes": over}
            if over < 60
            else _("已超时 %(hours)d 小时") % {"hours": over // 60}
        )
        return Said(text, "missed")
    whole = (due_at - clock.started_at).total_seconds()
    is_soon = (now - clock.started_at).total_seconds() >= whole * 0.75
    text = (
        _("还有 %(minutes)d 分钟（%(at)s）") % {"minutes": left, "at": f"{at:%H:%M}"}
        if left < 120
        else _("还有 %(hours)d 小时（%(at)s）") % {"hours": left // 60, "at": f"{at:%H:%M}"}
    )
    return Said(text, "soon" if is_soon else "calm")
