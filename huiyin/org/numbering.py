"""Gapless numbers: one series for each issuing unit, kind and year, in the form of GB/T 9704 (`炼化信受〔2026〕12号`)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.kernel.errors import Refused
from huiyin.org.models import Series, Unit


def next_number(unit: Unit, series: str, at: datetime) -> str:
    """The next number of the unit's series (`访` register, `受` acceptance …) in the year of `at`.

    The year is read in the enterprise's time zone. The series stays locked until the caller's transaction ends, and a
    transaction that fails gives its number back: no gap, no number twice. Two statements, four for a year's first.
    Raises Refused for a unit without a code, RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a number is taken inside the act's transaction only")
    if not unit.code:
        raise Refused(
            "no_unit_code",
            _("“%(unit)s”还没有机关代字，不能编号。请联系系统管理员在组织机构中补上。") % {"unit": unit.name},
        )
    year = timezone.localtime(at, timezone.get_default_timezone()).year
    row = _locked(unit, series, year)
    if row is None:
        # Two first users at once: one inserts, the other waits for its end and then finds the row.
        Series.objects.bulk_create([Series(unit=unit, kind=series, year=year)], ignore_conflicts=True)
        row = Series.objects.select_for_update().get(unit=unit, kind=series, year=year)
    row.last += 1
    Series.objects.filter(pk=row.pk).update(last=row.last)
    return f"{unit.code}{series}〔{year}〕{row.last}号"


def _locked(unit: Unit, series: str, year: int) -> Series | None:
    return Series.objects.select_for_update().filter(unit=unit, kind=series, year=year).first()
