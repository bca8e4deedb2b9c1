"""Why a due date is what it is, day by day; and how much time is left, in words for pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypedDict

from django.utils.translation import gettext as _

from huiyin.clocks import calendars, running
from huiyin.clocks import policy as policies
from huiyin.clocks.counting import Day, Due, count
from huiyin.clocks.models import Clock
from huiyin.clocks.rules import BASES, MOMENTS, Policy, Rule
from huiyin.clocks.workdays import WEEKDAYS, Calendar
from huiyin.kernel.errors import Invalid

AMBER_FROM = 75  # per cent of the time
Urgency = Literal["calm", "soon", "missed"]


class DayDict(TypedDict):
    date: str
    counted: bool
    reason: str


class ExplanationDict(TypedDict):
    """The JSON of `huiyin explain --json`."""

    rule: str
    due: str
    unrolled: str
    internal_target: str | None
    provisional: bool
    source: str
    calendar: str
    policy: str
    days: list[DayDict]


@dataclass(frozen=True)
class Explanation:
    """A due date with everything it rests on."""

    due: Due
    policy: str

    @property
    def rule(self) -> Rule:
        return self.due.rule

    @property
    def days(self) -> list[Day]:
        return self.due.days

    @property
    def calendar(self) -> str:
        """The published notices that were used, in words."""
        return self.due.calendar.source_of(min(self.due.start, self.due.due), max(self.due.start, self.due.due))

    def as_dict(self) -> ExplanationDict:
        """Dates in ISO 8601; `due` is a moment for limits in hours and minutes; `policy` is the text's SHA-256."""
        due = self.due
        return {
            "rule": due.rule.id,
            "due": (due.due_at or due.due).isoformat(),
            "unrolled": due.unrolled.isoformat(),
            "internal_target": due.internal_target.isoformat() if due.internal_target else None,
            "provisional": due.provisional,
            "source": due.rule.source,
            "calendar": self.calendar,
            "policy": self.policy,
            "days": [{"date": day.date.isoformat(), "counted": day.counted, "reason": day.reason} for day in due.days],
        }

    def sentences(self) -> list[str]:
        """The same in a few sentences, for the page that opens on a due date."""
        rule, due = self.rule, self.due
        lines = [
            _("%(title)s：%(basis)s期限%(length)s，依据%(source)s。")
            % {"title": rule.title, "basis": BASES[rule.basis], "length": rule.length, "source": rule.source},
            _("从“%(start)s”之日（%(on)s）起算，当日不计入；到“%(stop)s”为止。")
            % {"start": MOMENTS[rule.starts_on], "on": full_day(due.start), "stop": MOMENTS[rule.stops_on]},
        ]
        if due.extend:
            lines.append(_("经批准延长%(days)d日，从原期限最后一日起接着计算。") % {"days": due.extend})
        if due.paused:
            lines.append(_("中止期间%(days)d日不计入，已补回。") % {"days": due.paused})
        if due.due != due.unrolled:
            lines.append(
                _("数到%(unrolled)s，这一天休息，顺延到%(due)s。")
                % {"unrolled": full_day(due.unrolled), "due": full_day(due.due)}
            )
        elif due.due_at:
            lines.append(_("到期时间：%(due)s。") % {"due": f"{full_day(due.due)} {due.due_at:%H:%M}"})
        else:
            lines.append(_("到期日：%(due)s。") % {"due": full_day(due.due)})
        if due.internal_target and due.internal_target != due.due:
            lines.append(
                _("内部目标：%(target)s（不晚于未顺延日的最后一个工作日）。")
                % {"target": full_day(due.internal_target)}
            )
        if due.provisional:
            lines.append(_("这个日期是暂定的：所在年份的放假安排尚未公布，公布后会重新计算，前后两个日期都会保留。"))
        return lines

    def as_text(self) -> str:
        """For a terminal: the sentences, then one line a day."""
        marks = {True: "+", False: "·"}
        days = [f"  {day.date.isoformat()} {marks[day.counted]} {day.reason}" for day in self.days]
        source = _("日历：%(calendar)s") % {"calendar": self.calendar}
        version = _("规则版本：%(policy)s") % {"policy": self.policy}
        return "\n".join([*self.sentences(), *days, source, version])


def explain(
    rule: str, start: date | datetime, *, extend: int = 0, paused: int = 0, policy: Policy | None = None
) -> Explanation:
    """How the limit of a rule that starts at `start` is counted. A start without time zone is the enterprise's time.

    Raises Invalid for an unknown rule, and for an extension or pause that the rule doesn't have.
    """
    limits = policy or policies.current()
    found = limits.rule(rule)
    if extend < 0 or (
        extend and (found.extension is None or extend > found.extension.max_days * found.extension.times)
    ):
        most = found.extension.max_days if found.extension else 0
        sentence = _("“%(title)s”最多可延长%(most)d日。") if most else _("“%(title)s”的期限不能延长。")
        raise Invalid("extension_too_long", sentence % {"title": found.title, "most": most}, field="extend")
    if paused < 0 or (paused and not found.pause):
        raise Invalid("not_pausable", _("“%(title)s”的期限不能中止计算。") % {"title": found.title}, field="paused")
    try:
        due = count(found, start, calendars.current(), extend=extend, paused=paused)
    except (OverflowError, ValueError):
        raise Invalid("date_out_of_range", _("这个日期太远，无法计算。请核对年份。"), field="from") from None
    return Explanation(due=due, policy=limits.sha256)


def explain_clock(clock: Clock) -> Explanation:
    """How the due date of a clock came about, under the policy version with which it began."""
    return Explanation(due=running.due_of(clock), policy=clock.policy_id)


def full_day(day: date) -> str:
    """2026年9月24日 周四."""
    return f"{day.year}年{day.month}月{day.day}日 {WEEKDAYS[day.weekday()]}"


def short_day(day: date, today: date) -> str:
    """9月24日 周四; with the year where it isn't this one."""
    return full_day(day) if day.year != today.year else f"{day.month}月{day.day}日 {WEEKDAYS[day.weekday()]}"


def time_left(due_on: date, today: date, calendar: Calendar | None = None) -> str:
    """还有 3 个工作日（9月24日 周四） · 今天到期 · 已超期 2 天. The number is of days after today, the due day included."""
    if due_on == today:
        return _("今天到期")
    if due_on < today:
        return _("已超期 %(days)d 天") % {"days": (today - due_on).days}
    day = short_day(due_on, today)
    workdays = (calendar or calendars.current()).workdays_until(today, due_on)
    if not workdays:  # the due day and all before it are days off
        return _("还有 %(days)d 天（%(day)s）") % {"days": (due_on - today).days, "day": day}
    return _("还有 %(days)d 个工作日（%(day)s）") % {"days": workdays, "day": day}


def urgency_of(started_on: date | None, due_on: date, today: date) -> Urgency:
    """missed after the due day, soon from 75 % of the time (or, with no start known, in the last three days), else calm."""
    if today > due_on:
        return "missed"
    if started_on is None:
        return "soon" if (due_on - today).days <= 3 else "calm"
    whole = (due_on - started_on).days
    return "soon" if (today - started_on).days * 100 >= whole * AMBER_FROM else "calm"


def urgency(clock: Clock, today: date) -> Urgency:
    """The colour of a clock on a page. A paused or stopped one is calm; a mark is never missed."""
    if clock.stopped_at is not None or clock.paused_at is not None:
        return "calm"
    found = urgency_of(calendars.current().local_date(clock.started_at), clock.due_on, today)
    return "calm" if found == "missed" and not running.rule_of(clock).is_due_step else found
