"""Supervision: from a missed limit up to the chief, whoever is there; answered, returned, read; and the record holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils.timezone import localtime

from huiyin.cases.models import Case, Stage
from huiyin.kernel.actors import System
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.notices.models import Notice
from huiyin.org import accounts, structure
from huiyin.org.models import Post, Unit, User
from huiyin.org.permissions import Role
from huiyin.oversight import answering, rounds, supervision
from huiyin.oversight.models import Escalation, State, Supervision, Tier
from huiyin.papers import issuing
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import World, bring


def demanded(world: World, case: Case | None = None, unit: Unit | None = None) -> Supervision:
    found = case or bring(world, Stage.HANDLING)[0]
    return supervision.demand(
        found, unit=unit or world.refinery, trigger="shirking", missed="没有按期联系反映人", text="请三日内联系。",
        by=world.officer, at=server_now(),
    )  # fmt: skip


def after(days: int, since: datetime | None = None) -> datetime:
    return (since or server_now()) + timedelta(days=days)


def told(code: str) -> set[str]:
    return set(Notice.objects.filter(code=code).values_list("to__username", flat=True))


def vacate(*names: str) -> None:
    Post.objects.filter(user__username__in=names).update(ends_on=date(2020, 2, 1))


def tiers(row: Supervision) -> list[int]:
    return list(Escalation.objects.filter(supervision=row).order_by("pk").values_list("tier", flat=True))


def test_a_demand_is_numbered_sealed_and_put_to_the_head(world: World) -> None:
    row = demanded(world)
    assert row.number and row.number.startswith("信督〔") and row.paper and row.paper.sealed_at
    assert row.clock and row.clock.due_on == localtime(row.asked_at).date() + timedelta(days=7)
    assert issuing.fields_of(row.paper)["missed_step"] == "没有按期联系反映人"
    assert row.tier == Tier.HEAD and told("supervision_demanded") == {"head"}


def test_an_unanswered_demand_goes_to_the_deputy_then_the_chief_then_stalls_with_an_alarm(world: World) -> None:
    row, start = demanded(world), server_now()
    for days, tier, code, who in (
        (8, Tier.DEPUTY, "supervision_escalated", {"deputy"}),
        (16, Tier.CHIEF, "supervision_escalated", {"deputy", "chief"}),
        (24, Tier.OFFICE, "supervision_stalled", {"officer"}),
    ):
        with server_time(after(days, start)):
            assert rounds.carry_upward(server_now()) == 1
            assert rounds.carry_upward(server_now()) == 0  # idempotent
        row.refresh_from_db()
        assert row.tier == tier and told(code) == who
    assert row.is_stalled and tiers(row) == [1, 2, 3, 4]


def test_on_its_last_day_a_demand_stays_where_it_is(world: World) -> None:
    row = demanded(world)
    assert row.clock
    with server_time(after(7)):
        assert rounds.carry_upward(server_now()) == 0
        with pytest.raises(Refused):
            supervision.escalate(row, by=System("tick"), at=server_now())


@pytest.mark.parametrize(
    ("gone", "tier", "who"),
    [
        (("head",), Tier.DEPUTY, {"deputy"}),
        (("head", "deputy"), Tier.CHIEF, {"chief"}),
        (("head", "deputy", "chief"), Tier.OFFICE, {"officer"}),
    ],
)
def test_a_vacant_post_goes_to_the_next_above(world: World, gone: tuple[str, ...], tier: Tier, who: set[str]) -> None:
    case = bring(world, Stage.HANDLING)[0]
    vacate(*gone)
    row = demanded(world, case)
    code = "supervision_stalled" if tier == Tier.OFFICE else "supervision_demanded"
    assert row.tier == tier and row.is_stalled == (tier == Tier.OFFICE) and told(code) == who


def test_a_workshop_without_a_head_is_answered_for_by_the_nearest_above(world: World) -> None:
    row = demanded(world, unit=world.workshop)
    assert row.tier == Tier.HEAD and told("supervision_demanded") == {"head"}


def test_the_head_of_everything_has_nobody_above_but_the_office_with_its_alarm(world: World) -> None:
    row = demanded(world, unit=world.group)
    assert row.tier == Tier.CHIEF and told("supervision_demanded") == {"chief"}
    with server_time(after(8)):
        rounds.carry_upward(server_now())
    row.refresh_from_db()
    assert row.tier == Tier.OFFICE and row.is_stalled and told("supervision_stalled") == {"officer"}


def test_with_nobody_at_all_whoever_fills_posts_is_told_without_a_case(world: World) -> None:
    made.person("guard", Role.SECURITY_ADMIN, world.group)
    row = demanded(world)
    vacate("head", "deputy", "chief", "officer")
    with server_time(after(8)):
        rounds.carry_upward(server_now())
    row.refresh_from_db()
    assert row.is_stalled and told("supervision_unheard") == {"guard"}
    assert Notice.objects.get(code="supervision_unheard").facts == {}


def test_what_stalled_goes_on_once_somebody_holds_the_post(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    vacate("head", "deputy", "chief")
    row = demanded(world, case)
    assert rounds.carry_upward(server_now()) == 0
    user = User.objects.create_user("new_deputy", None, name="新来的")
    area = Post.objects.get(user__username="deputy").area
    accounts.grant_post(
        user, Role.DEPUTY, world.group, title="副总", starts_on=made.SINCE, area=area, by=System("t"), at=server_now()
    )
    assert rounds.carry_upward(server_now()) == 1
    row.refresh_from_db()
    assert row.tier == Tier.DEPUTY and not row.is_stalled and told("supervision_escalated") == {"new_deputy"}


def test_a_unit_closed_without_successor_is_answered_for_by_those_above(world: World) -> None:
    row = demanded(world, unit=world.workshop)
    Unit.objects.filter(pk=world.workshop.pk).update(closed_on=structure.current_day())
    with server_time(after(8)):
        assert rounds.carry_upward(server_now()) == 1
    row.refresh_from_db()
    assert row.tier == Tier.DEPUTY


def test_an_answer_stops_the_limit_and_is_read_by_the_office(world: World) -> None:
    row = demanded(world)
    answering.answer(row, text="已联系并登记。", by=world.head, at=server_now())
    assert row.state == State.ANSWERED and row.clock and row.clock.stopped_at
    assert told("supervision_answered") == {"officer"}
    answering.accept(row, by=world.officer, at=server_now())
    with server_time(after(30)):
        assert rounds.look(server_now()) >= 0
    row.refresh_from_db()
    assert row.state == State.CLOSED and tiers(row) == [1]


def test_a_returned_answer_runs_anew_and_is_carried_upward_too(world: World) -> None:
    row = demanded(world)
    reply = answering.answer(row, text="已阅。", by=world.liaison, at=server_now())
    answering.return_answer(row, reason="没有写结果", by=world.officer, at=server_now())
    reply.refresh_from_db()
    assert reply.return_reason == "没有写结果" and row.state == State.ASKED
    assert told("supervision_returned") == {"liaison", "head"}
    with server_time(after(8)):
        assert rounds.carry_upward(server_now()) == 1


@pytest.mark.parametrize("name", ["stranger_head", "handler", "admin", "inspector", "officer"])
def test_who_does_not_answer_for_the_unit_cant_answer(world: World, name: str) -> None:
    row = demanded(world)
    with pytest.raises(Forbidden):
        answering.answer(row, text="已办。", by=world.people[name], at=server_now())


@pytest.mark.parametrize("name", ["head", "liaison", "deputy", "chief", "stranger", "inspector"])
def test_who_does_not_supervise_cant_demand_accept_or_withdraw(world: World, name: str) -> None:
    row = demanded(world)
    by = world.people[name]
    with pytest.raises(Forbidden):
        supervision.withdraw(row, reason="不需要", by=by, at=server_now())
    answering.answer(row, text="已办。", by=world.head, at=server_now())
    with pytest.raises(Forbidden):
        answering.accept(row, by=by, at=server_now())
    with pytest.raises(Forbidden):
        supervision.demand(
            row.case, unit=world.refinery, trigger="other", missed="x", text="y", by=by, at=server_now()
        )  # fmt: skip


def test_a_demand_names_what_was_missed_or_is_none(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    with pytest.raises(Invalid) as refusal:
        supervision.demand(
            case, unit=world.refinery, trigger="other", missed=" ", text="请办理", by=world.officer, at=server_now()
        )
    assert refusal.value.field == "missed"


def test_a_withdrawn_demand_is_carried_nowhere_and_keeps_its_number(world: World) -> None:
    row = demanded(world)
    supervision.withdraw(row, reason="已经办结", by=world.officer, at=server_now())
    with server_time(after(30)):
        assert rounds.carry_upward(server_now()) == 0
    assert row.state == State.WITHDRAWN and row.number


def test_the_record_holds_after_the_whole_way(world: World) -> None:
    row, start = demanded(world), server_now()
    with server_time(after(8, start)):
        rounds.carry_upward(server_now())
    row.refresh_from_db()
    with server_time(after(9, start)):
        answering.answer(row, text="已办。", by=world.head, at=server_now())
        answering.return_answer(row, reason="不全", by=world.officer, at=server_now())
        answering.answer(row, text="补充。", by=world.head, at=server_now())
        answering.accept(row, by=world.officer, at=server_now())
        assert verify().findings == []
        Supervision.objects.filter(pk=row.pk).update(text="改过的")
        assert [finding.kind for finding in verify().findings] == ["commitment"]
        Supervision.objects.filter(pk=row.pk).update(tier=Tier.HEAD)
        assert {finding.kind for finding in verify().findings} == {"commitment", "projection"}
