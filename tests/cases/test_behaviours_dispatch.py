"""domain.md §10, by number: 1, 2 and 19."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from huiyin.cases import deciding, dispatch, elsewhere, handling, intake, triage
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.models import Case, Note, Stage
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import Invalid
from huiyin.papers.models import Delivery, Paper
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases.world import DEMAND, LETTER, TEXT, World, bring, step_into, with_offices


def test_behaviour_1_six_representatives_are_refused_at_the_field_and_the_petition_is_not(world: World) -> None:
    six = [Person(name=f"代表{no}") for no in "一二三四五六"]
    with pytest.raises(Invalid, match="最多 5 人") as refused:
        _visit(world, Circumstances(channel="visit", headcount=8, representatives=six))
    assert refused.value.field == "representatives"
    received = _visit(world, Circumstances(channel="visit", headcount=8, representatives=six[:5]))
    assert (received.case.headcount, received.case.stage) == (8, Stage.RECEIVED)


def _visit(world: World, how: Circumstances) -> intake.Received:
    person = Person(name="张建国")
    return intake.receive(
        Words(TEXT, [DEMAND]), identity="named", person=person, how=how, by=world.officer, at=server_now()
    )


def test_behaviour_2_name_or_address_unclear_frees_of_the_notice_not_of_registering_and_handling(world: World) -> None:
    how = Circumstances(channel="letter", consents_to_portal=False)
    received = intake.receive(Words(TEXT, [DEMAND]), identity="anonymous", how=how, by=world.officer, at=server_now())
    case = received.case
    intake.register(case, matter="拖欠工资", by=world.officer, at=server_now())
    with pytest.raises(Invalid, match="姓名、地址哪里不清楚"):
        elsewhere.exempt_notice(case, reason=" ", by=world.officer, at=server_now())
    elsewhere.exempt_notice(case, reason="信封无落款，邮戳模糊，按电话无人接听。", by=world.officer, at=server_now())
    assert case.number and case.is_notice_exempt
    assert _running(case) == {"unaddressed", "backlog"}
    assert Note.objects.get(case=case).text.endswith("按电话无人接听。")
    triage.classify(case, classification="claim", branch=6, by=world.officer, at=server_now())
    triage.accept(case, way="", by=world.officer, at=server_now())
    assert case.stage == Stage.ACCEPTED and "decision" in _running(case)
    assert not Delivery.objects.filter(paper__subject=case.subject_id).exists()
    assert verify().is_ok


def test_behaviour_2_once_name_and_address_are_known_the_fifteen_days_count(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    elsewhere.exempt_notice(case, reason="署名看不清", by=world.officer, at=server_now())
    elsewhere.resume_notice(case, reason="本人来电核实", by=world.officer, at=server_now())
    assert {"notice"} <= _running(case) and "unaddressed" not in _running(case)
    triage.classify(case, classification="claim", branch=6, by=world.officer, at=server_now())
    paper = triage.accept(case, way="portal", by=world.officer, at=server_now())
    assert Delivery.objects.filter(paper=paper).exists()


def test_behaviour_2_an_answer_nobody_can_be_sent_is_kept_with_the_case(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    elsewhere.exempt_notice(case, reason="署名看不清", by=world.officer, at=server_now())
    triage.classify(case, classification="claim", branch=6, by=world.officer, at=server_now())
    triage.accept(case, way="", by=world.officer, at=server_now())
    for stage in (Stage.ASSIGNED, Stage.HANDLING, Stage.DRAFTED, Stage.APPROVED, Stage.DECIDED):
        step_into(world, case, _filing, stage)
    deciding.keep_answer(case, by=world.officer, at=server_now())
    assert case.stage == Stage.DELIVERED
    assert Paper.objects.get(subject=case.subject_id, kind="D14").sealed_at


def test_behaviour_19_an_objection_on_working_day_6_is_flagged_and_the_unit_keeps_the_duty(world: World) -> None:
    with_offices(world)
    receiver = world.people["refinery_officer"]
    with server_time(_noon(2026, 9, 30)):
        case, _filing = bring(world, Stage.REGISTERED)
        other, _filing2 = bring(world, Stage.REGISTERED, text="另一件事，没有发高温补贴。")
        for one in (case, other):
            dispatch.transfer(one, to=world.refinery, letter=LETTER, by=world.officer, at=server_now())
    limit = Clock.objects.get(subject=case.subject_id, rule="objection")
    assert limit.due_on == date(2026, 10, 13)  # 8, 9, 10 (a make-up Saturday), 12, 13 October
    with server_time(_noon(2026, 10, 13)):
        in_time = dispatch.object_to(case, reason="不归我们", by=receiver, at=server_now())
    with server_time(_noon(2026, 10, 14)):
        late = dispatch.object_to(other, reason="不归我们", by=receiver, at=server_now())
        assert (in_time.is_late, case.stage) == (False, Stage.OBJECTED)
        assert (late.is_late, other.stage, other.office) == (True, Stage.DISPATCHED, world.refinery)
        assert other.next_unit == world.refinery and other.next_step == "take_over"
        dispatch.take_over(other, by=receiver, at=server_now())
    assert verify().is_ok


def test_behaviour_19_holds_for_a_unit_of_the_office_too(world: World) -> None:
    case, _filing = bring(world, Stage.ASSIGNED)
    with server_time(server_now() + timedelta(days=20)):
        late = handling.send_back(case, reason="不归我们", by=world.liaison, at=server_now())
        assert (late.is_late, case.stage, case.unit) == (True, Stage.ASSIGNED, world.refinery)
        handling.take_in(case, by=world.liaison, at=server_now())
    assert case.stage == Stage.HANDLING


def _noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=timezone.get_default_timezone())


def _running(case: Case) -> set[str]:
    return set(Clock.objects.filter(subject=case.subject_id, stopped_at=None).values_list("rule", flat=True))
