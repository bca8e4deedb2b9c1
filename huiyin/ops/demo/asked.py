"""What the demo shows of oversight: one supervision, one instruction, and what the triggers propose."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

from huiyin.cases.models import Case, Stage
from huiyin.clocks import calendars
from huiyin.kernel.actors import Staff
from huiyin.ops.demo.enterprise import Enterprise
from huiyin.oversight import instructions, rounds, supervision
from huiyin.trail.moments import server_now, server_time

DAYS_AGO = 2


def play(world: Enterprise, now: datetime) -> None:
    """A supervision and an instruction of some days ago on cases then handled, and today's proposals."""
    calendar, day = calendars.current(), timezone.localtime(now - timedelta(days=DAYS_AGO)).date()
    while not calendar.is_workday(day):
        day -= timedelta(days=1)
    moment = datetime.combine(day, time(10), tzinfo=timezone.get_current_timezone())
    handled = Case.objects.filter(
        stage=Stage.HANDLING, is_sealed=False, office=world.units["group"], unit__isnull=False
    )
    cases = list(handled.filter(accepted_at__lt=moment).select_related("office", "unit", "subject").order_by("pk")[:2])
    with server_time(moment):
        for number, case in enumerate(cases):
            unit = case.unit or case.office
            if number == 0:
                supervision.demand(
                    case, unit=unit, trigger="superior_asks", missed="上级信访部门来函催办，要求报告办理进展",
                    text="请报告目前查到的情况、下一步安排和办结日期。", by=_staff(world, "officer1"), at=server_now(),
                )  # fmt: skip
            else:
                instructions.give(
                    case, text="请主要负责人亲自过问，把政策讲清楚，结果报我。", unit=unit,
                    by=_staff(world, "chief1"), at=server_now(),
                )  # fmt: skip
    with server_time(now):
        rounds.propose(now)


def _staff(world: Enterprise, name: str) -> Staff:
    return world.staff(name, timezone.localtime(server_now()).date())
