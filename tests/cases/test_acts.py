"""Acts that the law hedges in: extension, decision, delivery, closing, identity."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from huiyin.cases import closing, deciding, handling, identity, intake
from huiyin.cases.models import Case, Opening, Stage
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import DomainError, Forbidden, Invalid, Refused
from huiyin.org.models import User
from huiyin.papers.models import Delivery, Paper
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now, server_time
from huiyin.vault import lookup
from huiyin.vault.models import IndexEntry
from tests.cases.world import World, bring, days, draft, file, step_into


def extend(world: World, case: Case, length: int = 20) -> Any:
    return handling.request_extension(case, days=length, reason="要调三年的工资表", by=world.handler, at=server_now())


def test_an_extension_moves_the_limit_and_tells_the_reason(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    before = Clock.objects.get(subject=case.subject, rule="decision")
    asked = extend(world, case)
    handling.decide_extension(asked, is_approved=True, by=world.head, at=server_now())
    after = Clock.objects.get(pk=before.pk)
    assert after.unrolled_on == before.unrolled_on + days(20)
    notice = Paper.objects.get(subject=case.subject, kind="D13")
    assert notice.sealed_at and Delivery.objects.filter(paper=notice, way="portal").exists()
    with pytest.raises(Refused):  # once
        extend(world, case)


@pytest.mark.parametrize("length", [0, 31])
def test_an_extension_is_1_to_30_days(world: World, length: int) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    with pytest.raises(Invalid):
        extend(world, case, length)


def test_an_extension_after_the_limit_is_refused(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    with server_time(server_now() + timedelta(days=90)), pytest.raises(Refused):
        extend(world, case)


def test_only_the_head_of_the_issuing_unit_extends(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    asked = extend(world, case)
    for other in (world.handler, world.officer, world.chief, world.stranger_head, world.deputy):
        with pytest.raises(Forbidden):
            handling.decide_extension(asked, is_approved=True, by=other, at=server_now())


def test_a_draft_answers_every_demand(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    with pytest.raises(Invalid):
        deciding.draft(case, findings="查过了", answers=[], by=world.handler, at=server_now())
    case.refresh_from_db()
    assert case.stage == Stage.HANDLING


def test_a_returned_draft_can_be_drafted_anew(world: World) -> None:
    case, _filing = bring(world, Stage.DRAFTED)
    deciding.return_draft(case, reason="依据写具体条款", by=world.head, at=server_now())
    draft(world, case)
    case.refresh_from_db()
    assert (case.stage, case.decisions.count()) == (Stage.DRAFTED, 2)


def test_the_review_limit_starts_when_the_decision_is_received(world: World) -> None:
    case, filing = bring(world, Stage.DELIVERED)
    assert not Clock.objects.filter(subject=case.subject, rule="ask_review").exists()
    deciding.confirm(filing, by=world.filer, at=server_now())
    assert Clock.objects.filter(subject=case.subject, rule="ask_review", stopped_at=None).exists()
    assert Paper.objects.filter(subject=case.subject, kind="D19").exists()


def test_a_supported_case_stays_open_until_carried_out(world: World) -> None:
    case, filing = bring(world, Stage.DELIVERED)
    deciding.confirm(filing, by=world.filer, at=server_now())
    closing.rate(filing, office="satisfied", unit="satisfied", is_solved=False, by=world.filer, at=server_now())
    with pytest.raises(Refused, match="落实"):
        closing.close(case, by=world.officer, at=server_now())
    deciding.execute(case, demand_no=1, text="已补发", by=world.handler, at=server_now())
    closing.close(case, by=world.officer, at=server_now())


def test_an_unrated_case_closes_after_fifteen_days_and_stays_unrated(world: World) -> None:
    case, filing = bring(world, Stage.DELIVERED)
    deciding.confirm(filing, by=world.filer, at=server_now())
    deciding.execute(case, demand_no=1, text="已补发", by=world.handler, at=server_now())
    with pytest.raises(Refused, match="评价"):
        closing.close(case, by=world.officer, at=server_now())
    with server_time(server_now() + timedelta(days=16)):
        closing.close(case, by=world.officer, at=server_now())
    assert not Case.objects.get(pk=case.pk).ratings.exists()


def test_only_the_employee_rates_once_and_after_receipt(world: World) -> None:
    _case, filing = bring(world, Stage.DELIVERED)
    grade = {"office": "satisfied", "unit": "satisfied", "is_solved": True}
    with pytest.raises(Refused):
        closing.rate(filing, **grade, by=world.filer, at=server_now())  # type: ignore[arg-type]
    deciding.confirm(filing, by=world.filer, at=server_now())
    with pytest.raises(Forbidden):
        closing.rate(filing, **grade, by=world.officer, at=server_now())  # type: ignore[arg-type]
    closing.rate(filing, **grade, by=world.filer, at=server_now())  # type: ignore[arg-type]
    with pytest.raises(Refused):
        closing.rate(filing, **grade, by=world.filer, at=server_now())  # type: ignore[arg-type]


def test_a_unit_objects_and_the_case_comes_back_when_the_office_agrees(world: World) -> None:
    case, _filing = bring(world, Stage.ASSIGNED)
    handling.send_back(case, reason="不归我们", proposed=world.mine, by=world.liaison, at=server_now())
    assert (case.stage, case.unit, case.next_step) == (Stage.SENT_BACK, world.refinery, "agree_send_back")
    with pytest.raises(Forbidden):
        handling.agree_send_back(case, by=world.liaison, at=server_now())
    handling.agree_send_back(case, by=world.officer, at=server_now())
    assert (case.stage, case.unit) == (Stage.ACCEPTED, None)


def test_a_unit_keeps_what_the_office_does_not_take_back(world: World) -> None:
    case, _filing = bring(world, Stage.SENT_BACK)
    handling.refuse_send_back(case, reason="人事关系在你公司", by=world.officer, at=server_now())
    assert (case.stage, case.unit) == (Stage.ASSIGNED, world.refinery)
    with pytest.raises(Refused, match="已经提过异议"):
        handling.send_back(case, reason="还是不归我们", by=world.liaison, at=server_now())


def test_what_an_employee_filed_online_is_never_voided(world: World) -> None:
    case, _filing = bring(world, Stage.RECEIVED)
    with pytest.raises(Refused):
        closing.void(case, reason="不想办", by=world.officer, at=server_now())


def test_a_closed_case_taken_up_again_gets_a_new_limit(world: World) -> None:
    case, _filing = bring(world, Stage.CLOSED)
    closing.reopen(case, reason="少算了一个月", by=world.officer, at=server_now())
    assert (case.stage, case.next_step) == (Stage.HANDLING, "draft")
    draft(world, case)


def test_an_identity_is_masked_until_it_is_opened_by_a_logged_act(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    masked = identity.filings(case)[0][1][0]
    assert "小明" not in masked.name and "1234" not in masked.phone
    opened = identity.open_identity(case, purpose="contact", by=world.officer, at=server_now())
    assert opened[0]["name"] == "王小明"
    seen = identity.views(case, world.filer)
    assert [(view.role, view.purpose) for view in seen] == [("信访专员", "联系您了解情况或告知进展")]


def test_a_confidential_identity_takes_two_people_and_opens_once(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING, identity="confidential")
    assert identity.filings(case)[0][1][0].name == "身份保密"
    with pytest.raises(Forbidden):
        identity.open_identity(case, purpose="contact", by=world.handler, at=server_now())
    asked = identity.ask_opening(case, purpose="contact", reason="要当面核实", by=world.handler, at=server_now())
    with pytest.raises(Forbidden):
        identity.decide_opening(asked, is_granted=True, by=world.handler, at=server_now())
    identity.decide_opening(asked, is_granted=True, by=world.deputy, at=server_now())
    assert identity.open_identity(case, purpose="contact", by=world.handler, at=server_now())
    with pytest.raises(Forbidden):
        identity.open_identity(case, purpose="contact", by=world.handler, at=server_now())
    assert len(identity.views(case, world.filer)) == 2
    assert Opening.objects.get().used_at


def test_a_look_up_is_logged_before_it_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _filing = bring(world, Stage.REGISTERED)
    second = file(world, "再反映一次，三个月没有发工资了，去财务科问过两次，都说等通知。").case
    with pytest.raises(Refused):  # not before it is registered
        identity.look_up(second, kind="phone", purpose="repeat", by=world.officer, at=server_now())
    intake.register(second, matter="拖欠工资", by=world.officer, at=server_now())
    found = identity.look_up(second, kind="phone", purpose="repeat", by=world.officer, at=server_now())
    assert found == [first]
    assert Event.objects.filter(act="look_up", subject=second.subject).count() == 1

    def broken(*arguments: Any, **options: Any) -> None:
        raise RuntimeError("the record is not to be reached")

    monkeypatch.setattr("huiyin.cases.lifecycle.events.append", broken)
    with pytest.raises(RuntimeError):
        identity.look_up(second, kind="phone", purpose="repeat", by=world.officer, at=server_now())


def test_confidential_numbers_are_in_no_index(world: World) -> None:
    bring(world, Stage.REGISTERED, identity="confidential")
    assert IndexEntry.objects.count() == 0
    bring(world, Stage.REGISTERED)
    assert IndexEntry.objects.count() == 1
    assert lookup.look_up("phone", "13812345678", log=lambda: None)


def test_a_handler_works_in_the_unit(world: World) -> None:
    case, _filing = bring(world, Stage.ASSIGNED)
    stranger = User.objects.get(username="stranger")
    with pytest.raises(Invalid):
        handling.take_in(case, handler=stranger, by=world.liaison, at=server_now())


def test_a_step_in_the_future_or_before_the_receipt_is_refused(world: World) -> None:
    case, _filing = bring(world, Stage.RECEIVED)
    for at in (server_now() + timedelta(hours=1), server_now() - timedelta(days=3)):
        with pytest.raises(DomainError):
            intake.register(case, matter="拖欠工资", by=world.officer, at=at)


def test_the_whole_way(world: World) -> None:
    case, filing = bring(world, Stage.RECEIVED)
    for stage in (Stage.REGISTERED, Stage.ACCEPTED, Stage.ASSIGNED, Stage.HANDLING, Stage.DRAFTED, Stage.APPROVED):
        step_into(world, case, filing, stage)
    step_into(world, case, filing, Stage.DECIDED)
    step_into(world, case, filing, Stage.DELIVERED)
    step_into(world, case, filing, Stage.CLOSED)
    assert (
        not Clock.objects.filter(subject=case.subject, stopped_at=None)
        .exclude(rule__in=["ask_review", "follow_up"])
        .exists()
    )


def test_the_inspector_opens_no_identity_outside_the_sealed_lane(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    with pytest.raises(Forbidden):
        identity.open_identity(case, purpose="contact", by=world.inspector, at=server_now())
    report, _filing = bring(world, Stage.INSPECTED)
    assert identity.open_identity(report, purpose="contact", by=world.inspector, at=server_now())
