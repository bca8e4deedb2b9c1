"""The check list of correct behaviour, by its numbers: extension (4), carrying out for a group (14), a year without a
calendar (15), nothing is deleted (18), rating (20). The others stand with their rooms; tests/house/test_behaviours_listed.py
says where."""

from __future__ import annotations

import ast
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ProtectedError
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

import huiyin
from huiyin.cases import closing, deciding, handling, intake, letters, search
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.models import Case, Demand, Extension, Filing, Rating, Stage
from huiyin.clocks import calendars
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import DomainError, Forbidden, Invalid, Refused
from huiyin.org.models import User
from huiyin.papers.models import Delivery, Paper
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases.world import DEMAND, TEXT, World, bring, draft, step_into
from tests.house.people_lints import routes


def ask(world: World, case: Case, days: int = 20) -> Extension:
    return handling.request_extension(case, days=days, reason="要调三年的工资表", by=world.handler, at=server_now())


def limit(case: Case) -> date:
    return Clock.objects.get(subject=case.subject, rule="decision").due_on


def test_behaviour_4_without_the_heads_approval_the_limit_stays(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    before, asked = limit(case), ask(world, case)
    assert limit(case) == before
    for other in (world.handler, world.liaison, world.officer, world.deputy, world.chief, world.stranger_head):
        with pytest.raises(Forbidden):
            handling.decide_extension(asked, is_approved=True, by=other, at=server_now())
    handling.decide_extension(asked, is_approved=False, refusal_reason="来得及", by=world.head, at=server_now())
    assert limit(case) == before and not Paper.objects.filter(subject=case.subject, kind="D13").exists()


def test_behaviour_4_after_expiry_twice_or_for_more_than_30_days_it_is_refused(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    with pytest.raises(Invalid, match="最多30天"):
        ask(world, case, 31)
    with server_time(server_now() + timedelta(days=100)), pytest.raises(Refused, match="届满"):
        ask(world, case)
    handling.decide_extension(ask(world, case, 30), is_approved=True, by=world.head, at=server_now())
    with pytest.raises(Refused, match="只能申请一次"):
        ask(world, case, 1)


def test_behaviour_4_no_extension_without_the_notice_to_the_filer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    before, asked = limit(case), ask(world, case)
    with monkeypatch.context() as patched:  # the notice can't be sent: then nothing is extended either
        patched.setattr(letters, "send", _fails)
        with pytest.raises(Refused, match="寄不出"):
            handling.decide_extension(asked, is_approved=True, by=world.head, at=server_now())
    assert limit(case) == before and Extension.objects.get().is_approved is None
    handling.decide_extension(asked, is_approved=True, by=world.head, at=server_now())
    notice = Paper.objects.get(subject=case.subject, kind="D13")
    assert notice.sealed_at and Delivery.objects.filter(paper=notice).exists() and limit(case) > before


def _fails(*_arguments: object, **_named: object) -> None:
    raise Refused("unsent", "寄不出去。")


def test_behaviour_14_a_supported_group_case_stays_open_until_it_is_shown_to_be_carried_out(world: World) -> None:
    how = Circumstances(channel="visit", headcount=8, representatives=[Person(name=f"代表{no}") for no in range(1, 4)])
    words = Words(TEXT, [DEMAND, "公布加班费的算法"])
    case = intake.receive(
        words, identity="named", person=Person(name="王小明", account=world.employee.pk), how=how, by=world.officer,
        at=server_now(),
    ).case  # fmt: skip
    filing = Filing.objects.get(case=case)
    for stage in (Stage.REGISTERED, Stage.ACCEPTED, Stage.ASSIGNED, Stage.HANDLING):
        step_into(world, case, filing, stage)
    answers = [deciding.Answer(no, "查实了。", "《劳动法》第五十条", "supported", "月底前") for no in (1, 2)]
    deciding.draft(case, findings="属实。", answers=answers, by=world.handler, at=server_now())
    for stage in (Stage.APPROVED, Stage.DECIDED):
        step_into(world, case, filing, stage)
    deciding.deliver(case, way="hand", by=world.officer, at=server_now())
    closing.rate(filing, office="satisfied", unit="satisfied", is_solved=True, by=world.filer, at=server_now())
    assert (case.stage, case.next_step) == (Stage.DELIVERED, "execute")
    with server_time(server_now() + timedelta(days=60)):
        with pytest.raises(Refused, match="还没有登记落实"):
            closing.close(case, by=world.officer, at=server_now())
        with pytest.raises(Invalid):  # no proof, not carried out
            deciding.execute(case, demand_no=1, text=" ", by=world.handler, at=server_now())
        deciding.execute(case, demand_no=1, text="已补发，见工资单", by=world.handler, at=server_now())
        assert Clock.objects.filter(subject=case.subject, rule="execution", stopped_at=None).exists()
        with pytest.raises(Refused, match="第2项予以支持，还没有登记落实"):
            closing.close(case, by=world.officer, at=server_now())
        deciding.execute(case, demand_no=2, text="公示栏贴出，见照片", by=world.handler, at=server_now())
        closing.close(case, by=world.officer, at=server_now())
    assert case.stage == Stage.CLOSED and verify().is_ok


def test_behaviour_15_without_next_years_calendar_a_warning_shows_and_limits_are_provisional(world: World) -> None:
    known = calendars.current()
    year = max(year for year in range(2020, 2040) if not known.is_provisional(date(year, 6, 1)))
    with server_time(datetime(year, 12, 20, 9, 0, tzinfo=timezone.get_current_timezone())):
        case, _filing = bring(world, Stage.HANDLING)
        assert Clock.objects.get(subject=case.subject, rule="decision").is_provisional
        client = Client()
        client.force_login(User.objects.get(username="officer"))
        page = client.get(reverse("desk:case", args=[case.reference])).content.decode()
        assert "暂定" in page
        work = client.get(reverse("desk:work")).content.decode()
        assert f"还没有导入{year + 1}年的放假安排" in work
    with server_time(datetime(year, 3, 2, 9, 0, tzinfo=timezone.get_current_timezone())):
        early, _filing = bring(world, Stage.HANDLING, text="宿舍漏水半年没有人修。")
        assert not Clock.objects.get(subject=early.subject, rule="decision").is_provisional


def test_behaviour_18_a_voided_case_keeps_number_reason_and_record(world: World) -> None:
    how = Circumstances(channel="phone")
    case = intake.receive(
        Words(TEXT, [DEMAND]), identity="anonymous", how=how, by=world.officer, at=server_now()
    ).case  # fmt: skip
    intake.register(case, matter="打错了的电话", by=world.officer, at=server_now())
    number, known = case.number, Event.objects.filter(subject=case.subject).count()
    with pytest.raises(Invalid):
        closing.void(case, reason=" ", by=world.officer, at=server_now())
    closing.void(case, reason="与刚才那一件重复登记", by=world.officer, at=server_now())
    case.refresh_from_db()
    assert (case.stage, case.number) == (Stage.VOIDED, number)
    assert Event.objects.filter(subject=case.subject).count() == known + 1
    today = timezone.localtime(server_now()).date()
    assert case in search.page(world.officer, search.Filters(text=number or ""), today=today).object_list
    other, _filing = bring(world, Stage.REGISTERED)
    assert other.number != number and verify().is_ok


def test_behaviour_18_nobody_can_delete_a_case(world: World) -> None:
    case, filing = bring(world, Stage.CLOSED)
    for row in (case, filing, Demand.objects.filter(case=case).get()):
        with pytest.raises((ProtectedError, DomainError)):
            row.subject.delete() if isinstance(row, Case) else row.case.delete()
    assert not apps.is_installed("django.contrib.admin")
    addresses = [route for route, _view in routes(get_resolver().url_patterns)]
    assert addresses and not [route for route in addresses if "delete" in route or "remove" in route]
    client = Client()
    client.force_login(User.objects.get(username="officer"))
    for name in ("desk:case",):
        assert client.delete(reverse(name, args=[case.reference])).status_code == 405
    assert Case.objects.filter(pk=case.pk).exists()


def test_behaviour_18_no_act_deletes_what_belongs_to_a_case() -> None:
    """Within `cases` nothing calls `.delete()` but the reception queue, whose tickets aren't of a case; the twin shows that the search would find it."""
    folder = Path(huiyin.__file__).parent / "cases"
    assert [
        place
        for path in sorted(folder.rglob("*.py"))
        if path.name != "queue.py"
        for place in deletes(path.read_text(), path.name)
    ] == []
    assert deletes("Case.objects.filter(pk=1).delete()", "acts.py") == ["acts.py:1"]


def deletes(source: str, name: str) -> list[str]:
    return [
        f"{name}:{node.lineno}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "delete"
    ]


def test_behaviour_20_the_filer_alone_rates_once_after_delivery_and_unrated_is_not_satisfied(world: World) -> None:
    case, filing = bring(world, Stage.DECIDED)
    said = {"office": "satisfied", "unit": "not"}

    def rate(by: object) -> None:
        closing.rate(filing, **said, is_solved=True, by=by, at=server_now())  # type: ignore[arg-type]

    with pytest.raises(Refused, match="确认收到"):
        rate(world.filer)
    step_into(world, case, filing, Stage.DELIVERED)
    deciding.confirm(filing, by=world.filer, at=server_now())
    for name in ("officer", "chief", "handler", "head", "admin"):
        with pytest.raises(Forbidden):
            rate(world.people[name])
    rate(world.filer)
    with pytest.raises(Refused, match="只评价一次"):
        rate(world.filer)
    other, _filing = bring(world, Stage.HANDLING, text="食堂的菜价又涨了。")
    draft(world, other, "not_supported")
    for stage in (Stage.APPROVED, Stage.DECIDED, Stage.DELIVERED):
        step_into(world, other, other.filings.get(), stage)
    deciding.confirm(other.filings.get(), by=world.filer, at=server_now())
    with server_time(server_now() + timedelta(days=20)):
        closing.close(other, by=world.officer, at=server_now())
    assert other.stage == Stage.CLOSED and not Rating.objects.filter(case=other).exists()
