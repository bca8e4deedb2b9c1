"""The statutory ways of a case: told, kept sealed with the case, printed on the notice, provable."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from huiyin.cases import advising, joining, triage
from huiyin.cases.models import Case, RouteAdvice, Stage
from huiyin.kernel.actors import Employee
from huiyin.kernel.errors import DomainError, Invalid
from huiyin.notices.models import Notice
from huiyin.papers import issuing
from huiyin.papers.models import Paper
from huiyin.trail import checkpoints
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases.world import TEXT, World, bring, file, step_into

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
WAGES: dict[str, object] = {"matter": "pay", "employed": "no", "left_on": "2025-12-25"}
INJURY: dict[str, object] = {
    "matter": "injury", "injury_stage": "recognition", "accident_on": "2026-10-30", "employer_applied": "no",
}  # fmt: skip


def told(world: World, case: Case, facts: dict[str, object]) -> RouteAdvice:
    return advising.keep(case, facts, by=world.officer, at=server_now())


def d6(world: World, case: Case, route: str) -> dict[str, Any]:
    triage.classify(case, classification="claim", branch=2, by=world.officer, at=server_now())
    triage.route_out(case, route=route, way="portal", by=world.officer, at=server_now())
    paper = Paper.objects.filter(subject=case.subject_id, kind="D6").get()
    return dict(issuing.fields_of(paper))


def test_a_wage_claim_eleven_months_after_leaving_is_told_the_day_it_lapses(world: World) -> None:
    with server_time(NOW):
        case, _ = bring(world, Stage.REGISTERED)
        row = told(world, case, WAGES)
        assert (row.route, row.last_day) == ("wage_arrears_arbitration", date(2026, 12, 25))
        way = advising.on_day(row, NOW.date()).routes[0]
        assert way.urgency == "short" and way.last is not None and way.last.days_left == 31
        fields = d6(world, case, "wage_arrears_arbitration")
    assert fields["last_day"].startswith("2026年12月25日 周五，自本告知书之日起还有31天")
    assert "中断" in fields["interruption"] and "第三十条" in fields["employer_duty"]
    assert "不保证上述期限停止计算" in fields["caution"]
    assert b'"last_day":"2026-12-25"' in bytes(Event.objects.get(act="route_out").canonical)


def test_an_injury_25_days_ago_gives_the_employer_s_duty_and_the_own_year(world: World) -> None:
    with server_time(NOW):
        case, _ = bring(world, Stage.REGISTERED)
        row = told(world, case, INJURY)
    assert (row.last_day, row.employer_last_day) == (date(2027, 11, 1), date(2026, 11, 30))


def test_who_filed_with_name_is_told_that_there_is_advice_and_nothing_of_what_it_says(world: World) -> None:
    received = file(world)
    step_into(world, received.case, received.filing, Stage.REGISTERED)
    told(world, received.case, WAGES)
    notice = Notice.objects.get(to=world.employee, code="ways_told")
    assert notice.facts == {"reference": received.case.reference}
    joined = file(world, "另一件一样的事。" + TEXT).case
    joining.join(joined, into=received.case, reason="同一件事", by=world.officer, at=server_now())
    assert Notice.objects.filter(code="ways_told").count() == 1


def test_facts_that_the_employee_brought_are_no_news_to_the_employee(world: World) -> None:
    received = file(world)
    advising.bring(received.filing, WAGES, by=Employee(filing_id=received.filing.pk), at=server_now())
    assert not Notice.objects.filter(code="ways_told").exists()


def test_days_left_are_those_of_the_day_of_reading(world: World) -> None:
    with server_time(NOW):
        case, _ = bring(world, Stage.REGISTERED)
        row = told(world, case, WAGES)
    way = advising.on_day(row, date(2026, 12, 26)).routes[0]
    assert way.last is not None and way.last.is_lapsed and way.last.days_left == -1


def test_the_facts_are_sealed_and_committed_and_a_change_is_found(world: World) -> None:
    case, _ = bring(world, Stage.REGISTERED)
    told(world, case, WAGES)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cases_routeadvice")
        kept = repr([bytes(value) if isinstance(value, memoryview) else value for value in cursor.fetchone()])
    assert "2025-12-25" not in kept and "employed" not in kept
    assert b"2025-12-25" not in bytes(Event.objects.get(act="advise").canonical)
    checkpoints.grow(server_now())
    assert verify().is_ok
    RouteAdvice.objects.update(last_day=date(2027, 1, 1))
    assert not verify().is_ok


def test_what_can_t_be_keeps_nothing(world: World) -> None:
    case, _ = bring(world, Stage.REGISTERED)
    with pytest.raises(Invalid):
        told(world, case, {"matter": "pay", "left_on": "2199-1-1"})
    assert not RouteAdvice.objects.exists() and not Event.objects.filter(act="advise").exists()


def test_a_route_without_facts_still_prints_its_limit_and_no_day(world: World) -> None:
    case, _ = bring(world, Stage.REGISTERED)
    fields = d6(world, case, "labour_arbitration")
    assert not fields["last_day"] and "1年" in fields["limit"]


def test_what_stays_inside_is_no_way_to_lead_out_to(world: World) -> None:
    case, _ = bring(world, Stage.REGISTERED)
    with pytest.raises(DomainError):
        d6(world, case, "own_matter")


def test_one_filer_s_last_day_is_not_printed_for_the_others(world: World) -> None:
    case, _ = bring(world, Stage.REGISTERED)
    told(world, case, WAGES)
    other = file(world, "另一件一样的事。" + TEXT).case
    joining.join(other, into=case, reason="同一件事", by=world.officer, at=server_now())
    triage.classify(case, classification="claim", branch=2, by=world.officer, at=server_now())
    triage.route_out(case, route="wage_arrears_arbitration", way="portal", by=world.officer, at=server_now())
    papers = Paper.objects.filter(subject=case.subject_id, kind="D6")
    assert papers.count() == 2
    assert not any(issuing.fields_of(paper)["last_day"] for paper in papers)


def test_facts_brought_along_are_kept_once_filed_and_of_a_report_never(world: World) -> None:
    received = file(world)
    row = advising.bring(received.filing, WAGES, by=Employee(filing_id=received.filing.pk), at=server_now())
    assert row is not None and row.given_by_id is None
    report = file(world, "有人收好处。" + TEXT, said="report")
    assert advising.bring(report.filing, WAGES, by=Employee(filing_id=report.filing.pk), at=server_now()) is None
    broken = {"matter": "pay", "left_on": "2199-1-1"}
    assert advising.bring(received.filing, broken, by=Employee(filing_id=received.filing.pk), at=server_now()) is None
