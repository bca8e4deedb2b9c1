"""Instructions and advice: who may write them, who answers, who reads; a unit is held to account, never a person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils.timezone import localtime

from huiyin.cases.models import Case, Stage
from huiyin.clocks import warnings
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.notices.models import Notice
from huiyin.org.models import Post, User
from huiyin.oversight import access, advice, answering, instructions, queue, rounds
from huiyin.oversight.models import Advice, Instruction, State, Supervision
from huiyin.papers import issuing
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases.world import World, bring
from tests.oversight.test_supervision import demanded


def given(world: World, name: str = "deputy", case: Case | None = None) -> Instruction:
    found = case or bring(world, Stage.HANDLING)[0]
    return instructions.give(found, text="请一周内查清。", unit=world.refinery, by=world.people[name], at=server_now())


def advised(world: World, kind: str = "improve", **changes: str) -> Advice:
    said: dict[str, Any] = {
        "problem": "工资发放没有公示。",
        "basis": "《劳动合同法》第三十条",
        "text": "每月公示发放时间。",
    } | changes
    return advice.advise(world.refinery, kind=kind, by=world.officer, at=server_now(), **said)


def told(code: str) -> set[str]:
    return set(Notice.objects.filter(code=code).values_list("to__username", flat=True))


def entered(world: World, case: Case, **changes: object) -> Instruction:
    values: dict[str, Any] = {
        "text": "请妥善处理。", "unit": world.refinery, "given_by": User.objects.get(username="chief"),
        "given_on": localtime(server_now()).date() - timedelta(days=2), "by": world.officer, "at": server_now(),
    }  # fmt: skip
    return instructions.enter(case, **(values | changes))


def test_an_instruction_is_answered_by_the_unit_and_read_by_who_gave_it(world: World) -> None:
    row = given(world)
    assert row.clock and row.clock.due_on == localtime(server_now()).date() + timedelta(days=7)
    assert told("instruction_given") == {"head"}
    answering.answer(row, text="已经查清。", by=world.liaison, at=server_now())
    assert told("instruction_answered") == {"deputy"}
    for name in ("officer", "chief", "head"):
        with pytest.raises(Forbidden):
            answering.accept(row, by=world.people[name], at=server_now())
    answering.return_answer(row, reason="缺工资表", by=world.deputy, at=server_now())
    answering.answer(row, text="附上工资表。", by=world.head, at=server_now())
    answering.accept(row, by=world.deputy, at=server_now())
    assert row.state == State.CLOSED and verify().findings == []


def test_once_the_leader_has_left_another_leader_reads_the_answer(world: World) -> None:
    row = given(world)
    answering.answer(row, text="已经查清。", by=world.head, at=server_now())
    Post.objects.filter(user__username="deputy").update(ends_on=date(2020, 2, 1))
    answering.accept(row, by=world.chief, at=server_now())
    assert row.state == State.CLOSED


@pytest.mark.parametrize("name", ["officer", "head", "liaison", "handler", "stranger_head", "inspector"])
def test_who_leads_nothing_writes_no_instruction(world: World, name: str) -> None:
    with pytest.raises(Forbidden):
        given(world, name)


def test_a_deputy_writes_none_outside_the_own_area(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    Case.objects.filter(pk=case.pk).update(unit=world.mine)
    with pytest.raises(Forbidden):
        given(world, "deputy", Case.objects.get(pk=case.pk))


def test_one_on_paper_is_entered_with_its_leader_and_day_and_read_by_the_office_too(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    row = entered(world, case)
    assert row.given_by.username == "chief" and row.asked_by_id == world.officer.user_id
    answering.answer(row, text="已经办理。", by=world.head, at=server_now())
    assert told("instruction_answered") == {"officer", "chief"}
    answering.accept(row, by=world.officer, at=server_now())


def test_a_day_to_come_and_somebody_who_leads_nothing_are_refused(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    with pytest.raises(Invalid) as refusal:
        entered(world, case, given_on=localtime(server_now()).date() + timedelta(days=1))
    assert refusal.value.field == "given_on"
    with pytest.raises(Invalid) as refusal:
        entered(world, case, given_by=User.objects.get(username="handler"))
    assert refusal.value.field == "given_by"


def test_a_filing_that_came_as_an_instruction_starts_one_once(world: World) -> None:
    case, filing = bring(world, Stage.HANDLING)
    assert entered(world, case, filing=filing).filing == filing
    with pytest.raises(Refused):
        entered(world, case, filing=filing)
    other = bring(world, Stage.HANDLING, text="另一件事，与工资无关，说的是食堂。")[0]
    with pytest.raises(Invalid):
        entered(world, other, filing=filing)


@pytest.mark.parametrize("kind", ["improve", "policy", "accountability"])
def test_advice_is_sealed_as_d22_and_answered_by_d22r(world: World, kind: str) -> None:
    row = advised(world, kind, breach="45")
    assert row.number and row.number.startswith("信建〔") and row.paper and row.paper.kind == "D22"
    assert row.clock and row.clock.due_on == localtime(server_now()).date() + timedelta(days=30)
    assert (row.breach == "45") == (kind == "accountability")
    reply = answering.answer(row, text="逐月公示。", adoption="adopted", by=world.head, at=server_now())
    assert reply.paper and reply.paper.kind == "D22R" and reply.paper.unit == world.refinery
    assert issuing.fields_of(reply.paper)["suggestion_number"] == row.number
    answering.accept(row, by=world.officer, at=server_now())
    assert verify().findings == []


def test_feedback_says_whether_it_is_followed(world: World) -> None:
    with pytest.raises(Invalid) as refusal:
        answering.answer(advised(world), text="已阅。", by=world.head, at=server_now())
    assert refusal.value.field == "adoption"


def test_to_hold_to_account_names_a_breach_and_nobody(world: World) -> None:
    with pytest.raises(Invalid) as refusal:
        advised(world, "accountability")
    assert refusal.value.field == "breach"
    with pytest.raises(Refused):
        advised(world, "accountability", breach="44", text="建议对handler严肃处理。")
    assert (
        advised(world, "improve", text="请handler参加培训。").state == State.ASKED
    )  # the twin: no breach, no person's


def test_no_table_of_oversight_has_a_column_for_who_is_blamed() -> None:
    asked = {field.name for field in Advice._meta.get_fields()}
    assert {name for name in asked if "user" in name or "person" in name or "blame" in name} == set()


def test_what_waits_is_one_list_by_due_day_for_whose_hands_it_is_in(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    row = given(world, case=case)
    advised(world)

    def waits(name: str) -> list[tuple[str, str]]:
        return [(line.kind, line.state) for line in queue.waiting(world.people[name])]

    assert waits("head") == waits("liaison") == [("instruction", "asked"), ("advice", "asked")]
    assert waits("deputy") == waits("chief") == waits("officer") == waits("stranger_head") == waits("handler") == []
    answering.answer(row, text="已经查清。", by=world.head, at=server_now())
    assert waits("deputy") == [("instruction", "answered")] and waits("officer") == []


def test_nothing_about_a_sealed_case_is_seen_but_by_the_inspector_nor_carried_anywhere(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    row, instruction = demanded(world, case), given(world, case=case)
    Case.objects.filter(pk=case.pk).update(is_sealed=True, matter="")
    kinds: tuple[tuple[Any, Any], ...] = ((Supervision, row), (Instruction, instruction))
    seen = {
        name
        for name in ("officer", "chief", "deputy", "head", "liaison", "inspector")
        for kind, one in kinds
        if access.visible(kind, world.people[name]).filter(pk=one.pk).exists()
    }
    assert seen == {"inspector"}
    assert queue.waiting(world.head) == queue.waiting(world.officer) == []
    before = Notice.objects.count()
    with server_time(server_now() + timedelta(days=20)):
        assert rounds.carry_upward(server_now()) == 0
        warnings.raise_due(server_now(), tell=rounds.tell)
    assert set(Notice.objects.order_by("pk")[before:].values_list("to__username", flat=True)) <= {"inspector"}


def test_a_missed_answer_warns_the_unit_and_the_office(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    given(world, case=case)
    Notice.objects.all().delete()
    with server_time(server_now() + timedelta(days=9)):
        warnings.raise_due(server_now(), tell=rounds.tell)
    missed = Notice.objects.filter(code="clock_missed", facts__step="instruction")
    assert set(missed.values_list("to__username", flat=True)) == {"officer", "head", "deputy"}
