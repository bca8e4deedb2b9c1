"""`huiyin calendar add FILE`: take up a year's published days off and recount what was provisional."""

from __future__ import annotations

import argparse

from huiyin.cases import reminders
from huiyin.clocks import calendars, running
from huiyin.kernel.actors import System
from huiyin.ops.start_checks import check_start
from huiyin.trail.moments import server_now


def run(options: argparse.Namespace) -> int:
    """A bad file changes nothing (BadCalendar). Every changed due date keeps its earlier one in the record."""
    check_start()
    year = calendars.add_year(options.file)
    changed = running.recount(System("calendar"), server_now(), also=reminders.moved)
    print(f"huiyin: {year.year} is published now; {len(changed)} provisional due dates were recounted.")
    return 0
