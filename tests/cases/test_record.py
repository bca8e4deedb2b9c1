"""What `verify` finds of a case when somebody changes a row behind the program's back; and that it is quiet otherwise."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from huiyin.cases.models import Case, DecisionItem, Demand, Filing, FollowUp, Note, Rating, Stage
from huiyin.clocks.models import Clock
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify
from tests.cases.world import World, bring


@pytest.mark.parametrize("stage", list(Stage), ids=str)
def test_a_case_in_any_stage_verifies(world: World, stage: Stage) -> None:
    bring(world, stage)
    checkpoints.grow(server_now())
    report = verify()
    assert report.is_ok, list(report.findings)[:5]


CHANGES = {
    "decision": lambda: DecisionItem.objects.update(reasons="没有拖欠。"),
    "outcome": lambda: Demand.objects.update(outcome="not_supported"),
    "due date": lambda: Clock.objects.filter(rule="backlog").update(due_on=date(2030, 1, 1)),
    "matter": lambda: Case.objects.update(matter="另一件事"),
    "stage": lambda: Case.objects.update(headcount=3),
    "note": lambda: Note.objects.update(text="改过的记录"),
    "rating": lambda: Rating.objects.update(unit="satisfied"),
    "filing": lambda: connection.cursor().execute("UPDATE cases_filing SET text = '没有的事'"),
    "filed requests": lambda: Filing.objects.update(demands=["别的"]),
    "removed rating": lambda: (FollowUp.objects.all().delete(), Rating.objects.all().delete()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_behind_the_programs_back_is_found(world: World, change: str) -> None:
    bring(world, Stage.CLOSED)
    checkpoints.grow(server_now())
    assert verify().is_ok
    CHANGES[change]()  # type: ignore[no-untyped-call]
    report = verify()
    assert not report.is_ok
    assert {finding.kind for finding in report.findings} <= {"projection", "commitment"}
