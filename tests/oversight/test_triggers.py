"""Each trigger fires on what its line says and not on its twin; what was missed is named, and nobody's filings count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiyin.cases import deciding, handling, joining
from huiyin.cases.models import Case, Stage
from huiyin.clocks import running
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import Invalid
from huiyin.oversight import rounds, supervision, triggers
from huiyin.oversight.models import State, Supervision, Tier
from huiyin.papers import issuing
from huiyin.trail.moments import server_now, server_time
from tests.cases import world as made
from tests.cases.world import World, bring

# The trigger reads the limit by its name alone: another one stands in for it.
CO_HANDLING = "objection"
Scene = Callable[[World], datetime]


@pytest.fixture(autouse=True)
def a_limit_for_co_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    told = dict(triggers.triggers())
    told["co_handler_silent"] = replace(told["co_handler_silent"], limits=(CO_HANDLING,))
    monkeypatch.setattr(triggers, "triggers", lambda: told)


def days(count: int) -> datetime:
    return server_now() + timedelta(days=count)


def found_at(moment: datetime) -> list[tuple[str, str]]:
    with server_time(moment):
        return [(found.trigger.code, found.missed) for found in triggers.due(server_now())]


def codes_at(moment: datetime) -> set[str]:
    return {code for code, _missed in found_at(moment)}


def overdue(world: World) -> datetime:
    bring(world, Stage.ASSIGNED)
    return days(10)


def not_overdue(world: World) -> datetime:
    bring(world, Stage.ASSIGNED)
    return days(0)


def not_executed(world: World) -> datetime:
    bring(world, Stage.DELIVERED)
    return days(40)


def executed(world: World) -> datetime:
    case = bring(world, Stage.DELIVERED)[0]
    deciding.execute(case, demand_no=1, text="已补发。", by=world.handler, at=server_now())
    return days(40)


def half_gone(world: World) -> datetime:
    case = bring(world, Stage.HANDLING)[0]
    Clock.objects.filter(subject=case.subject).exclude(rule="decision").update(stopped_at=server_now())
    return days(32)


def half_gone_with_a_note(world: World) -> datetime:
    case = bring(world, Stage.HANDLING)[0]
    Clock.objects.filter(subject=case.subject).exclude(rule="decision").update(stopped_at=server_now())
    handling.note(case, text="调取了工资表。", by=world.handler, at=server_now())
    return days(32)


def not_half_gone(world: World) -> datetime:
    case = bring(world, Stage.HANDLING)[0]
    Clock.objects.filter(subject=case.subject).exclude(rule="decision").update(stopped_at=server_now())
    return days(20)


def returned(world: World, times: int) -> Case:
    case = bring(world, Stage.HANDLING)[0]
    for _time in range(times):
        made.draft(world, case)
        deciding.return_draft(case, reason="事实不清", by=world.head, at=server_now())
    return case


def sent_back_often(world: World) -> datetime:
    returned(world, 2)
    return days(0)


def sent_back_once(world: World) -> datetime:
    returned(world, 1)
    return days(0)


def not_resubmitted(world: World) -> datetime:
    returned(world, 1)
    return days(7)


def resubmitted(world: World) -> datetime:
    made.draft(world, returned(world, 1))
    return days(7)


def silent(world: World) -> datetime:
    case = bring(world, Stage.HANDLING)[0]
    running.start(case.subject, [CO_HANDLING], server_now(), whose=1)
    return days(5)


def not_silent_long(world: World) -> datetime:
    silent(world)
    return days(2)


def missed_before_repeat(world: World) -> datetime:
    """A limit was met late; a repeat joined after it had been missed."""
    case = bring(world, Stage.ASSIGNED)[0]
    with server_time(days(10)):
        repeat(world, case)
        handling.take_in(case, handler=None, by=world.liaison, at=server_now())
    return days(10)


def nothing_missed_before_repeat(world: World) -> datetime:
    case = bring(world, Stage.ASSIGNED)[0]
    repeat(world, case)
    with server_time(days(10)):
        handling.take_in(case, handler=None, by=world.liaison, at=server_now())
    return days(10)


def repeat(world: World, into: Case, text: str = "再说一次：工资没有发。") -> None:
    other = made.file(world, text).case
    joining.join(other, into=Case.objects.get(pk=into.pk), reason="同一件事", by=world.officer, at=server_now())


TABLE: dict[str, tuple[Scene, tuple[Scene, ...]]] = {
    "overdue": (overdue, (not_overdue,)),
    "not_executed": (not_executed, (executed,)),
    "half_gone": (half_gone, (half_gone_with_a_note, not_half_gone)),
    "sent_back_often": (sent_back_often, (sent_back_once,)),
    "not_resubmitted": (not_resubmitted, (resubmitted,)),
    "co_handler_silent": (silent, (not_silent_long,)),
    "missed_before_repeat": (missed_before_repeat, (nothing_missed_before_repeat,)),
}


def test_every_trigger_has_its_scene_and_its_source() -> None:
    asked = {code for code, one in triggers.triggers().items() if one.finds != triggers.BY_HAND}
    assert asked == set(TABLE)
    assert all(one.source and one.title and one.asks for one in triggers.triggers().values())


@pytest.mark.parametrize("code", TABLE)
def test_a_trigger_fires_on_what_it_says(world: World, code: str) -> None:
    moment = TABLE[code][0](world)
    assert code in codes_at(moment)
    with server_time(moment):
        assert rounds.propose(server_now()) >= 1
        assert rounds.propose(server_now()) == 0  # each thing once
    row = Supervision.objects.get(trigger=code)
    assert row.state == State.PROPOSED and row.missed and row.tier == Tier.NONE


TWINS = [(code, twin) for code, (_scene, twins) in TABLE.items() for twin in twins]


@pytest.mark.parametrize(("code", "twin"), TWINS, ids=[twin.__name__ for _code, twin in TWINS])
def test_its_twin_fires_nothing(world: World, code: str, twin: Scene) -> None:
    assert code not in codes_at(twin(world))


def test_what_was_missed_is_named_with_its_day(world: World) -> None:
    moment = overdue(world)
    clock = Clock.objects.get(rule="take_in")
    missed = dict(found_at(moment))["overdue"]
    day = clock.due_on
    assert missed == f"“责任单位签收”应在{day.year}年{day.month}月{day.day}日前完成，现已超过期限。"


def test_channel_filings_headcount_and_identity_move_nothing(world: World) -> None:
    case, filing = bring(world, Stage.ASSIGNED)
    before = found_at(days(10))
    for no in range(3):
        repeat(world, case, f"第{no}次说：工资没有发，财务科说等通知。")
    filing.channel, filing.identity, filing.headcount = "visit", "anonymous", 200
    filing.save()
    Case.objects.filter(pk=case.pk).update(identity="anonymous", headcount=200)
    assert found_at(days(10)) == before


def test_a_repeat_after_a_missed_limit_finds_that_limit_once_however_many_repeats(world: World) -> None:
    case = bring(world, Stage.ASSIGNED)[0]
    with server_time(days(10)):
        repeat(world, case)
        handling.take_in(case, handler=None, by=world.liaison, at=server_now())
    before = found_at(days(10))
    with server_time(days(10)):
        for no in range(3):
            repeat(world, case, f"第{no}次说：工资没有发，财务科说等通知。")
    assert found_at(days(10)) == before and [code for code, _missed in before].count("missed_before_repeat") == 1


def test_no_word_of_a_demand_counts_filings_or_people() -> None:
    text = triggers.PATH.read_text("utf-8").split("[triggers.", 1)[1]
    assert not any(word in text for word in ("多次上访", "多次来访", "人次", "信访次数", "反复信访", "第二次来"))
    for one in triggers.triggers().values():
        assert set(one.missed.split("%(")[1:]) == set() or all(
            place.split(")")[0] in {"limit", "day", "start"} for place in one.missed.split("%(")[1:]
        )


def test_a_case_in_the_sealed_lane_is_never_found(world: World) -> None:
    bring(world, Stage.INSPECTED)
    assert found_at(days(100)) == []


def test_an_ended_case_is_never_found(world: World) -> None:
    bring(world, Stage.CLOSED)
    assert found_at(days(100)) == []


def test_an_undecided_proposal_of_an_overdue_limit_is_issued_by_itself(world: World) -> None:
    moment = overdue(world)
    with server_time(moment):
        rounds.look(server_now())
        assert Supervision.objects.get(trigger="overdue").state == State.PROPOSED
    with server_time(moment + timedelta(days=5)):
        assert rounds.look(server_now()) >= 1
    row = Supervision.objects.get(trigger="overdue")
    assert row.state == State.ASKED and row.asked_by is None and row.paper
    assert "责任单位签收" in str(issuing.fields_of(row.paper)["missed_step"])


def test_what_was_done_meanwhile_is_not_issued_by_itself(world: World) -> None:
    case = bring(world, Stage.ASSIGNED)[0]
    moment = days(10)
    with server_time(moment):
        rounds.look(server_now())
        handling.take_in(case, handler=None, by=world.liaison, at=server_now())
    with server_time(moment + timedelta(hours=130)):
        rounds.issue_by_itself(server_now())
    assert Supervision.objects.get(missed_rule="take_in").state == State.PROPOSED


def test_a_dismissed_proposal_keeps_its_reason_and_does_not_come_again(world: World) -> None:
    with server_time(overdue(world)):
        rounds.propose(server_now())
        row = Supervision.objects.select_related("case__office").get(trigger="overdue")
        with pytest.raises(Invalid):
            supervision.dismiss(row, reason=" ", by=world.officer, at=server_now())
        supervision.dismiss(row, reason="当天已经签收", by=world.officer, at=server_now())
        assert row.state == State.DISMISSED and row.closing_reason == "当天已经签收"
        assert rounds.propose(server_now()) == 0


def test_one_press_issues_a_proposal_to_whose_limit_it_was(world: World) -> None:
    with server_time(overdue(world)):
        rounds.propose(server_now())
        row = Supervision.objects.select_related("case__office", "unit").get(trigger="overdue")
        supervision.issue(row, by=world.officer, at=server_now())
    assert row.state == State.ASKED and row.unit == world.refinery and row.tier == Tier.HEAD


def test_looking_costs_no_more_with_more_to_find(world: World) -> None:
    def statements(moment: datetime) -> int:
        with server_time(moment), CaptureQueriesContext(connection) as seen:
            list(triggers.due(server_now()))
        return len(seen)

    bring(world, Stage.ASSIGNED)
    few = statements(days(40))
    for no in range(3):
        bring(world, Stage.ASSIGNED, text=f"第{no}个月的工资还没有发，问过财务科。")
    assert statements(days(40)) == few
