"""Urgent reports: told at once to whom, both times kept, no person named, no sealed case shown, verified."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import models

from huiyin.cases.models import Case, Stage
from huiyin.kernel.errors import Forbidden, Invalid, NotFound
from huiyin.notices.models import Notice
from huiyin.org.models import Post
from huiyin.oversight import urgent
from huiyin.oversight.models import Urgent, UrgentReport, UrgentTold
from huiyin.papers import issuing
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify
from tests.cases.world import World, bring

SAID = {
    "place": "公司东门", "demand": "要求补发加班费", "state": "秩序正常", "measures": "负责人正在接谈",
    "next_steps": "一小时内答复",
}  # fmt: skip


def reported(world: World, name: str = "handler", *, minutes: int = 10, **changes: Any) -> Urgent:
    now = server_now()
    known_at = now - timedelta(minutes=minutes)
    whole: dict[str, Any] = {"headcount": 30, "happened_at": known_at, "known_at": known_at, "by": world.people[name]}
    said = whole.pop("said", changes.pop("said", SAID))
    return urgent.report(said, at=now, **(whole | changes))


def followed(world: World, row: Urgent, name: str = "handler") -> UrgentReport:
    now = server_now()
    return urgent.follow(row, SAID, headcount=12, happened_at=now, by=world.people[name], at=now)


def told(code: str) -> set[str]:
    return set(Notice.objects.filter(code=code).values_list("to__username", flat=True))


def test_the_chief_the_deputy_of_the_area_and_the_office_are_told_at_once(world: World) -> None:
    row = reported(world)
    assert told("urgent_reported") == {"chief", "deputy", "officer", "head"}
    assert {told.told_at for told in UrgentTold.objects.all()} == {row.opened_at}
    for notice in Notice.objects.filter(code="urgent_reported"):
        assert notice.facts == {"reference": row.reference, "number": row.reports.get().paper.number}


def test_a_deputy_of_another_area_and_other_units_are_not_told(world: World) -> None:
    reported(world, "stranger")
    assert told("urgent_reported") == {"chief", "officer", "stranger_head"}


def test_a_post_that_ended_is_not_told(world: World) -> None:
    Post.objects.filter(user__username="deputy").update(ends_on=server_now().date() - timedelta(days=3))
    reported(world)
    assert told("urgent_reported") == {"chief", "officer", "head"}


def test_what_somebody_said_and_what_the_server_saw_are_both_kept(world: World) -> None:
    row = reported(world, minutes=20)
    assert row.opened_at - row.known_at == timedelta(minutes=20)
    paper = row.reports.get().paper
    fields = issuing.fields_of(paper)
    assert fields["known_at"] == row.known_at.isoformat() and fields["reported_at"] == row.opened_at.isoformat()
    assert paper.number and paper.sealed_at == row.opened_at


def test_thirty_minutes_are_counted_from_when_it_was_known(world: World) -> None:
    intime, late = reported(world, minutes=29), reported(world, minutes=31)
    assert intime.clock and intime.clock.due_at == intime.known_at + timedelta(minutes=30)
    assert not urgent.was_late(intime) and urgent.was_late(late)


def test_a_follow_up_names_the_first_and_tells_again(world: World) -> None:
    row = reported(world)
    more = followed(world, row, "head")
    fields = issuing.fields_of(more.paper)
    assert (more.number, fields["follow_up"], fields["first_number"]) == (
        1,
        "1",
        row.reports.get(number=0).paper.number,
    )
    assert told("urgent_followed") == {"chief", "deputy", "officer"}
    assert followed(world, row).number == 2
    with pytest.raises(NotFound):
        followed(world, row, "stranger")


def test_who_was_told_says_so_once_and_nobody_else_can(world: World) -> None:
    row = reported(world)
    assert urgent.unread(world.chief) == 1
    assert urgent.read(row, by=world.stranger, at=server_now()) == 0
    assert urgent.read(row, by=world.chief, at=server_now()) == 1
    assert urgent.read(row, by=world.chief, at=server_now()) == 0
    assert urgent.unread(world.chief) == 0 and urgent.unread(world.deputy) == 1


@pytest.mark.parametrize("name", ["chief", "deputy", "reviewer", "inspector", "admin"])
def test_who_does_not_report_for_a_unit_cannot(world: World, name: str) -> None:
    assert not urgent.may_report(world.people[name])
    with pytest.raises(Forbidden):
        reported(world, name)


@pytest.mark.parametrize(
    "field, changes",
    [
        ("measures", {"said": SAID | {"measures": " "}}),
        ("headcount", {"headcount": -1}),
        ("happened_at", {"happened_at": "later"}),
        ("known_at", {"known_at": "later"}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(world: World, field: str, changes: dict[str, Any]) -> None:
    later = server_now() + timedelta(hours=1)
    whole: dict[str, Any] = {name: later if value == "later" else value for name, value in changes.items()}
    with pytest.raises(Invalid) as refused:
        reported(world, **whole)
    assert refused.value.field == field and not Urgent.objects.exists()


def people_columns(*rows: type[models.Model]) -> set[str]:
    """Columns in which somebody could be written: text, or a link to an account or filing."""
    kinds = (models.TextField, models.CharField, models.JSONField, models.ForeignKey, models.ManyToManyField)
    return {f"{row.__name__}.{one.name}" for row in rows for one in row._meta.get_fields() if isinstance(one, kinds)}


def test_no_column_and_no_field_lists_who_is_there(world: World) -> None:
    assert people_columns(Urgent, UrgentReport, UrgentTold) == {
        "Urgent.subject", "Urgent.reference", "Urgent.unit", "Urgent.case", "Urgent.clock", "UrgentReport.urgent",
        "UrgentReport.reported_by", "UrgentReport.paper", "UrgentTold.report", "UrgentTold.to", "UrgentTold.role",
    }  # fmt: skip
    fields = set(issuing.fields_of(reported(world).reports.get().paper))
    assert fields == {
        *SAID, "addressee", "headcount", "happened_at", "known_at", "reporter", "reported_at",
    }  # fmt: skip


def test_the_columns_would_show_a_list_of_people() -> None:
    assert "Case.matter" in people_columns(Case)


def test_a_case_is_linked_by_who_sees_it_and_named_nowhere_else(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    row = reported(world, case=case)
    assert row.case_id == case.pk
    said = "".join(map(str, issuing.fields_of(row.reports.get().paper).values()))
    assert case.number and case.number not in said and case.reference not in said
    notices = str(list(Notice.objects.filter(code="urgent_reported").values_list("facts", flat=True)))
    assert row.reference in notices and case.reference not in notices and case.number not in notices
    with pytest.raises(NotFound):
        reported(world, "stranger", case=case)


def test_a_sealed_case_cannot_be_linked(world: World) -> None:
    case = bring(world, Stage.INSPECTED)[0]
    for name in ("officer", "handler"):
        with pytest.raises(NotFound):
            reported(world, name, case=case)


def test_the_record_says_what_the_tables_say(world: World) -> None:
    row = reported(world)
    followed(world, row)
    urgent.read(row, by=world.chief, at=server_now())
    assert verify().is_ok
    UrgentReport.objects.filter(number=0).update(headcount=3)
    assert not verify().is_ok
