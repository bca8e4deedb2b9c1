"""Between the offices of the group: transferred, ordered, objected to, disputed, reported on, handed over, helped with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from huiyin.cases import access, closing, dispatch, search, succession, triage
from huiyin.cases.models import Case, Filing, Stage
from huiyin.cases.models.dispatch import Dispatch, OrderReport
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import System
from huiyin.kernel.errors import Forbidden, Invalid, NotFound, Refused
from huiyin.notices.models import Notice
from huiyin.org import structure
from huiyin.org.permissions import Role
from huiyin.org.structure import current_day
from huiyin.papers import issuing
from huiyin.papers.models import Paper
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases.world import LETTER, World, bring, file, person, step_into, with_offices

REPORT = dispatch.Report("查了工资表，属实。", "补发三个月工资。", "《劳动合同法》第三十条", "处理意见书已当面送达。")


@pytest.fixture
def offices(world: World) -> World:
    return with_offices(world)


def ordered(world: World) -> tuple[Case, Filing]:
    case, filing = bring(world, Stage.REGISTERED)
    dispatch.order(
        case, to=world.refinery, requirements="查清拖欠的月份和金额。", letter=LETTER, by=world.officer, at=server_now()
    )
    return case, filing


def notices(case: Case) -> set[tuple[str, str]]:
    return set(Notice.objects.filter(subject=case.subject_id).values_list("to__username", "code"))


def running(case: Case) -> set[str]:
    return set(Clock.objects.filter(subject=case.subject_id, stopped_at=None).values_list("rule", flat=True))


def test_a_transfer_tells_the_employee_where_and_starts_the_other_office_s_fifteen_days(offices: World) -> None:
    case, filing = bring(offices, Stage.REGISTERED)
    sent = dispatch.transfer(case, to=offices.refinery, letter=LETTER, by=offices.officer, at=server_now())
    assert (case.stage, case.office, case.next_unit, case.next_step) == (
        Stage.DISPATCHED, offices.refinery, offices.refinery, "take_over",
    )  # fmt: skip
    clocks = Clock.objects.filter(subject=case.subject_id, rule="notice").order_by("pk")
    assert [clock.stopped_at is None for clock in clocks] == [False, True]
    assert {"take_over", "objection"} <= running(case) and "order_answer" not in running(case)
    told = Paper.objects.get(subject=case.subject_id, kind="D5")
    assert (told.copy.filing, issuing.fields_of(told)["to_unit"]) == (filing, "炼化公司")
    assert sent.paper is not None and (sent.paper.kind, hasattr(sent.paper, "copy")) == ("D7", False)
    assert ("refinery_officer", "dispatch_received") in notices(case)
    assert verify().is_ok


def test_what_was_transferred_is_the_other_office_s_own_once_signed_for(offices: World) -> None:
    case, _filing = bring(offices, Stage.REGISTERED)
    dispatch.transfer(case, to=offices.refinery, letter=LETTER, by=offices.officer, at=server_now())
    with pytest.raises(Forbidden, match="炼化公司"):
        dispatch.take_over(case, by=offices.officer, at=server_now())
    dispatch.take_over(case, by=offices.people["refinery_officer"], at=server_now())
    assert (case.stage, case.sender, case.next_unit) == (Stage.REGISTERED, None, offices.refinery)
    triage.classify(case, classification="claim", branch=6, by=offices.people["refinery_officer"], at=server_now())
    paper = triage.accept(case, way="portal", by=offices.people["refinery_officer"], at=server_now())
    assert paper.unit == offices.refinery
    assert verify().is_ok


def test_who_sent_it_sideways_sees_it_no_more_once_it_is_signed_for(offices: World) -> None:
    refinery, mine = offices.people["refinery_officer"], offices.people["mine_officer"]
    received = file(offices)
    dispatch_to = offices.refinery
    case = received.case
    step_into(offices, case, received.filing, Stage.REGISTERED)
    dispatch.transfer(case, to=dispatch_to, letter=LETTER, by=offices.officer, at=server_now())
    dispatch.take_over(case, by=refinery, at=server_now())
    with pytest.raises(NotFound):
        access.case_for(mine, case.reference)
    dispatch.transfer(case, to=offices.mine, letter=LETTER, by=refinery, at=server_now())
    assert access.case_for(refinery, case.reference) == access.case_for(mine, case.reference)
    dispatch.take_over(case, by=mine, at=server_now())
    with pytest.raises(NotFound):
        access.case_for(refinery, case.reference)


def test_an_order_is_seen_by_who_gave_it_until_the_report_is_accepted(offices: World) -> None:
    case, filing = ordered(offices)
    order = Dispatch.objects.get()
    assert order.feedback_on == Clock.objects.get(subject=case.subject_id, rule="order_answer").due_on
    receiver = offices.people["refinery_officer"]
    dispatch.take_over(case, by=receiver, at=server_now())
    assert (case.stage, case.sender) == (Stage.REGISTERED, offices.group)
    _settle(offices, case, filing)
    assert (case.next_step, case.next_unit) == ("report_back", offices.refinery)
    with pytest.raises(Refused, match="办结报告"):
        closing.close(case, by=receiver, at=server_now() + timedelta(minutes=1))
    report = dispatch.report_back(case, report=REPORT, by=receiver, at=server_now())
    assert report.paper is not None and issuing.fields_of(report.paper)["own_word"] == "未表示"
    assert (case.next_step, case.next_unit) == ("accept_report", offices.group)
    dispatch.return_report(case, reason="没有写补发的日期。", by=offices.officer, at=server_now())
    assert (case.next_step, "order_answer" in running(case)) == ("report_back", True)
    dispatch.report_back(case, report=REPORT, by=receiver, at=server_now())
    dispatch.accept_report(case, by=offices.officer, at=server_now())
    assert (case.sender, case.next_step, order.reports.filter(is_accepted=False).count()) == (None, "execute", 1)
    assert OrderReport.objects.count() == 2
    assert verify().is_ok


def _settle(world: World, case: Case, filing: Filing) -> None:
    """The refinery's own office accepts, its people decide, and the employee gets the answer."""
    receiver = world.people["refinery_officer"]
    hq, world.people["officer"] = world.officer, receiver
    for stage in (Stage.ACCEPTED, Stage.ASSIGNED, Stage.HANDLING, Stage.DRAFTED, Stage.APPROVED, Stage.DECIDED):
        step_into(world, case, filing, stage)
    step_into(world, case, filing, Stage.DELIVERED)
    world.people["officer"] = hq


def test_a_case_that_ended_otherwise_still_owes_its_report(offices: World) -> None:
    case, filing = ordered(offices)
    receiver = offices.people["refinery_officer"]
    dispatch.take_over(case, by=receiver, at=server_now())
    closing.withdraw(filing, by=offices.filer, at=server_now())
    case.refresh_from_db()
    assert (case.stage, "order_answer" in running(case)) == (Stage.WITHDRAWN, True)
    today = current_day()
    assert [item.step for item in search.my_work(receiver, today=today)] == ["report_back"]
    assert search.my_work(offices.officer, today=today) == []
    dispatch.report_back(case, report=REPORT, by=receiver, at=server_now())
    assert [item.step for item in search.my_work(offices.officer, today=today)] == ["accept_report"]
    dispatch.accept_report(case, by=offices.officer, at=server_now())
    assert search.my_work(offices.officer, today=today) == search.my_work(receiver, today=today) == []


def test_the_feedback_day_is_never_later_than_the_limit(offices: World) -> None:
    case, _filing = bring(offices, Stage.REGISTERED)
    far = current_day() + timedelta(days=90)
    with pytest.raises(Invalid, match="最晚"):
        dispatch.order(
            case, to=offices.refinery, requirements="查清", feedback_on=far, letter=LETTER, by=offices.officer,
            at=server_now(),
        )  # fmt: skip


def test_an_objection_agreed_brings_the_material_back(offices: World) -> None:
    case, _filing = ordered(offices)
    receiver = offices.people["refinery_officer"]
    row = dispatch.object_to(case, reason="合同在矿业公司", proposed=offices.mine, by=receiver, at=server_now())
    assert (row.is_late, case.stage, case.next_unit) == (False, Stage.OBJECTED, offices.group)
    assert row.paper is not None and row.paper.kind == "D9"
    with pytest.raises(Forbidden):
        dispatch.agree_objection(case, by=receiver, at=server_now())
    dispatch.agree_objection(case, reason="核实无误", by=offices.officer, at=server_now())
    assert (case.stage, case.office, case.sender) == (Stage.REGISTERED, offices.group, None)
    assert "order_answer" not in running(case) and "notice" in running(case)
    dispatch.transfer(case, to=offices.mine, letter=LETTER, by=offices.officer, at=server_now())
    assert verify().is_ok


def test_an_objection_refused_is_decided_by_the_superior_of_both(offices: World) -> None:
    case, _filing = bring(offices, Stage.DISPUTED)
    assert (case.next_unit, case.next_role) == (offices.group, Role.CHIEF)
    with pytest.raises(Forbidden):
        dispatch.decide_jurisdiction(case, unit=offices.mine, reason="合同主体", by=offices.officer, at=server_now())
    decided = dispatch.decide_jurisdiction(
        case, unit=offices.mine, reason="劳动合同的一方是矿业公司。", by=offices.chief, at=server_now()
    )
    assert (decided.to_office, case.office, case.stage) == (offices.mine, offices.mine, Stage.DISPATCHED)
    told = Paper.objects.filter(subject=case.subject_id, kind="D5").order_by("pk").last()
    assert told is not None and issuing.fields_of(told)["to_unit"] == "矿业公司"
    with pytest.raises(Refused, match="上级已经作出决定"):
        dispatch.object_to(case, reason="也不归我们", by=offices.people["mine_officer"], at=server_now())
    dispatch.take_over(case, by=offices.people["mine_officer"], at=server_now())
    assert case.stage == Stage.REGISTERED
    assert verify().is_ok


@pytest.mark.parametrize("whose", ["refinery", "group"])
def test_the_superior_may_leave_it_or_give_it_back(offices: World, whose: str) -> None:
    case, _filing = bring(offices, Stage.DISPUTED)
    unit = getattr(offices, whose)
    dispatch.decide_jurisdiction(case, unit=unit, reason="人事关系在此", by=offices.chief, at=server_now())
    assert (case.stage, case.office) == (Stage.DISPATCHED, unit)
    by = offices.officer if whose == "group" else offices.people["refinery_officer"]
    dispatch.take_over(case, by=by, at=server_now())
    assert (case.sender, Dispatch.objects.filter(ended_at=None).exists()) == (None, False)
    assert verify().is_ok


def test_a_unit_without_an_office_is_no_other_office(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    with pytest.raises(Invalid, match="再分办"):
        dispatch.transfer(case, to=world.mine, letter=LETTER, by=world.officer, at=server_now())


def test_a_unit_closed_yesterday_is_its_successor(offices: World) -> None:
    yesterday = current_day() - timedelta(days=1)
    structure.close_unit(offices.mine, successor=offices.refinery, on=yesterday, by=System("test"), at=server_now())
    case, _filing = bring(offices, Stage.REGISTERED)
    sent = dispatch.transfer(case, to=offices.mine, letter=LETTER, by=offices.officer, at=server_now())
    assert (sent.to_unit, case.office) == (offices.refinery, offices.refinery)


def test_a_closed_unit_without_a_successor_says_what_to_do(offices: World) -> None:
    case, _filing = bring(offices, Stage.REGISTERED)
    type(offices.mine).objects.filter(pk=offices.mine.pk).update(closed_on=date(2026, 1, 1), successor=None)
    offices.mine.refresh_from_db()
    with pytest.raises(Refused, match="承接单位"):
        dispatch.transfer(case, to=offices.mine, letter=LETTER, by=offices.officer, at=server_now())


def test_the_open_cases_of_a_closed_unit_follow_to_its_successor(offices: World) -> None:
    handled, _filing = bring(offices, Stage.HANDLING)
    sent, _other = bring(offices, Stage.DISPATCHED)
    done, _third = bring(offices, Stage.CLOSED)
    structure.close_unit(
        offices.workshop, successor=offices.refinery, on=current_day(), by=System("test"), at=server_now()
    )
    today = current_day() - timedelta(days=1)
    structure.close_unit(offices.refinery, successor=offices.mine, on=today, by=System("test"), at=server_now())
    assert (succession.follow(System("tick"), server_now()), succession.follow(System("tick"), server_now())) == (2, 0)
    for case in (handled, sent, done):
        case.refresh_from_db()
    assert (handled.unit, handled.handler, handled.next_unit) == (offices.mine, None, offices.mine)
    assert (sent.office, sent.next_unit) == (offices.mine, offices.mine)
    assert done.unit == offices.refinery
    assert ("stranger_head", "handed_over") in notices(handled)
    dispatch.take_over(sent, by=offices.people["mine_officer"], at=server_now())
    assert verify().is_ok


def test_the_superior_of_two_is_the_nearest_above_both(offices: World) -> None:
    assert dispatch.common_superior(offices.refinery, offices.mine) == offices.group
    assert dispatch.common_superior(offices.group, offices.mine) == offices.group
    deep = person("deep", Role.OFFICER, offices.workshop)
    assert deep and dispatch.common_superior(offices.workshop, offices.refinery) == offices.group


def test_a_late_objection_is_kept_and_so_is_the_duty(offices: World) -> None:
    case, _filing = ordered(offices)
    with server_time(server_now() + timedelta(days=20)):
        row = dispatch.object_to(case, reason="不归我们", by=offices.people["refinery_officer"], at=server_now())
        assert (row.is_late, case.stage, case.office) == (True, Stage.DISPATCHED, offices.refinery)
        assert (
            row.paper is not None
            and "逾期" not in issuing.fields_of(row.paper)
            and issuing.fields_of(row.paper)["lateness"]
        )
        assert ("officer", "objected_late") in notices(case)
        dispatch.take_over(case, by=offices.people["refinery_officer"], at=server_now())
