"""The last day of a right: from which fact it starts, what made it start anew, and how the day was counted. Pure.

Counted as everywhere (docs/decisions/0005): the day of the start not, months and years to the corresponding day, a last
day that is a day off moves to the next working day (民法典第二百零一条至第二百零三条 by analogy).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from huiyin.cases.routes.facts import Given
from huiyin.cases.routes.reading import Limit, questions
from huiyin.clocks.counting import Due, count
from huiyin.clocks.rules import Rule
from huiyin.clocks.workdays import WEEKDAYS, Calendar

SHORT_FROM = 75  # per cent of the time gone
Urgency = Literal["calm", "short", "lapsed"]


@dataclass(frozen=True)
class Last:
    """When a right ends. `due.due` is the last day, `first` what it would be had nothing interrupted it.

    `restarts`: facts that made it start anew, in order of time. `spent`: facts that came too late or too early for it.
    """

    limit: Limit
    due: Due
    on: date
    fact: str
    restarts: tuple[tuple[str, date], ...] = ()
    spent: tuple[tuple[str, date], ...] = ()
    first: date | None = None

    @property
    def last_day(self) -> date:
        return self.due.due

    @property
    def days_left(self) -> int:
        """Days from today to the last day; below 0 it has lapsed."""
        return (self.last_day - self.on).days

    @property
    def is_lapsed(self) -> bool:
        return self.days_left < 0

    @property
    def urgency(self) -> Urgency:
        """short from 75 % of the time, lapsed after the last day."""
        if self.is_lapsed:
            return "lapsed"
        whole = (self.last_day - self.due.start).days
        return "short" if (self.on - self.due.start).days * 100 >= whole * SHORT_FROM else "calm"

    @property
    def words(self) -> str:
        """还有 31 天（2026年12月25日 周五） · 今天是最后一天（…） · 已经过了 3 天（…届满）."""
        day = full_day(self.last_day)
        if self.is_lapsed:
            return f"已经过了 {-self.days_left} 天（{day}届满）"
        return f"还有 {self.days_left} 天（{day}）" if self.days_left else f"今天是最后一天（{day}）"

    @property
    def parts(self) -> tuple[str, str]:
        """The words, and the day in its brackets, which a page doesn't break."""
        head, bracket, day = self.words.partition("（")
        return head, bracket + day

    def sentences(self) -> list[str]:
        """How the day comes about, one step a sentence."""
        short = {code: fact.short for code, fact in questions().facts.items()}
        lines = []
        if self.restarts:
            for code, day in self.restarts:
                lines.append(f"{short[code]}：{full_day(day)}，期限从这一天重新计算（要有证据）。")
            if self.first:
                lines.append(f"没有证据证明期限中断的，最后一天是{full_day(self.first)}。")
        for code, day in self.spent:
            lines.append(f"{short[code]}：{full_day(day)}，不在期限之内，不能使期限重新计算。")
        start = full_day(self.due.start)
        lines.append(
            f"从{short[self.fact]}（{start}）起算，当天不计入，{self.limit.length}，到{full_day(self.due.unrolled)}。"
        )
        if self.due.due != self.due.unrolled:
            safe = f"；为稳妥，请在{full_day(self.due.internal_target)}前提出" if self.due.internal_target else ""
            lines.append(f"这一天休息，顺延到{full_day(self.due.due)}{safe}。")
        if self.due.provisional:
            lines.append("那一年的放假安排还没有公布，日期是暂定的，请提前提出。")
        return lines


def full_day(day: date) -> str:
    """2026年9月24日 周四."""
    return f"{day.year}年{day.month}月{day.day}日 {WEEKDAYS[day.weekday()]}"


def last_of(limit: Limit, given: Given, on: date, calendar: Calendar) -> Last | None:
    """The last day of a limit, or None where the day it starts from isn't known.

    A restart counts when it lies after the start and not after the last day that was running then: a right that has
    lapsed is not revived by asking for it again.
    """
    fact = next((code for code in limit.start if given.day(code)), None)
    start = given.day(fact) if fact else None
    if fact is None or start is None:
        return None
    rule = _rule(limit)
    due = count(rule, start, calendar)
    first = due.due
    restarts: list[tuple[str, date]] = []
    spent: list[tuple[str, date]] = []
    known = [(day, code) for code in limit.restart if (day := given.day(code))]
    for day, code in sorted(known):
        if due.start < day <= due.due:
            due, fact = count(rule, day, calendar), code
            restarts.append((code, day))
        elif day != due.start:
            spent.append((code, day))
    return Last(limit, due, on, fact, tuple(restarts), tuple(spent), first if restarts else None)


def _rule(limit: Limit) -> Rule:
    return Rule(
        id="route", title="", basis="statute", source="", starts_on="begun", stops_on="ended",
        amount=limit.amount, unit=limit.unit, roll=True,  # type: ignore[arg-type]
    )  # fmt: skip
