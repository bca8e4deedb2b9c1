"""Several units on one case: each asked has an own limit, sees the case until it has answered, and nothing after."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from huiyin.cases import access, closing, co_handling, lifecycle, reminders, search
from huiyin.cases.models import CoHandling, Stage
from huiyin.clocks import warnings
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import Forbidden, Invalid, NotFound, Refused
from huiyin.notices.models import Notice
from huiyin.org.models import User
from huiyin.org.structure import current_day
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases.world import World, bring


def test_a_helping_unit_sees_the_case_answers_and_sees_it_no_more(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    with pytest.raises(NotFound):
        access.case_for(world.stranger, case.reference)
    row = co_handling.co_handle(case, unit=world.mine, asked="提供劳动合同", by=world.handler, at=server_now())
    assert access.case_for(world.stranger, case.reference) == case
    assert {offer.code for offer in lifecycle.available(case, by=world.stranger)} == {"answer_co_handling"}
    limit = Clock.objects.get(subject=case.subject_id, rule="co_handling")
    assert (limit.whose, limit.due_on) == (row.pk, row.due_on)
    with pytest.raises(Forbidden):
        co_handling.answer_co_handling(case, text="没有", by=world.handler, at=server_now())
    co_handling.answer_co_handling(case, text="合同在附件里。", by=world.stranger, at=server_now())
    with pytest.raises(NotFound):
        access.case_for(world.stranger, case.reference)
    limit.refresh_from_db()
    assert limit.stopped_at is not None
    assert ("handler", "co_handling_answered") in set(Notice.objects.values_list("to__username", "code"))
    assert verify().is_ok


def test_each_unit_has_a_limit_of_its_own(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    for unit in (world.mine, world.workshop):
        co_handling.co_handle(case, unit=unit, asked="查考勤", by=world.handler, at=server_now())
    with pytest.raises(Refused, match="已经请"):
        co_handling.co_handle(case, unit=world.mine, asked="再查", by=world.handler, at=server_now())
    with pytest.raises(Invalid, match="主办单位"):
        co_handling.co_handle(case, unit=world.refinery, asked="自己", by=world.handler, at=server_now())
    co_handling.answer_co_handling(case, text="查过了。", by=world.stranger, at=server_now())
    assert Clock.objects.filter(subject=case.subject_id, rule="co_handling", stopped_at=None).count() == 1
    assert [row.unit for row in co_handling.helping(case)] == [world.workshop]


def test_a_silent_unit_is_told_and_holds_the_end_up_until_it_is_called_off(world: World) -> None:
    case, _filing = bring(world, Stage.DELIVERED)
    row = co_handling.co_handle(case, unit=world.mine, asked="查考勤", by=world.handler, at=server_now())
    assert any("矿业公司" in sentence for sentence in closing.obstacles(case, server_now()))
    with server_time(server_now() + timedelta(days=12)):
        warnings.raise_due(server_now(), tell=reminders.tell)
        told = set(Notice.objects.filter(subject=case.subject_id).values_list("to__username", "code"))
        assert {("stranger", "clock_missed"), ("stranger_head", "clock_missed")} <= told
        assert CoHandling.objects.filter(ended_at=None, due_on__lt=current_day() - timedelta(days=3)).exists()
        co_handling.end_co_handling(case, co_handling_id=row.pk, by=world.officer, at=server_now())
    assert not any("矿业公司" in sentence for sentence in closing.obstacles(case, server_now()))


def test_it_stands_in_the_work_of_the_helping_unit_until_it_has_answered_or_is_let_go(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    row = co_handling.co_handle(case, unit=world.mine, asked="查考勤", by=world.handler, at=server_now())
    items = search.my_work(world.stranger, today=current_day())
    assert [(item.case, item.step, item.due_on) for item in items] == [(case, "answer_co_handling", row.due_on)]
    assert "answer_co_handling" not in {item.step for item in search.my_work(world.handler, today=current_day())}
    address = reverse("desk:helping", args=[case.reference, row.pk])
    helper, leader = Client(), Client()
    helper.force_login(User.objects.get(username="stranger"))
    leader.force_login(User.objects.get(username="handler"))
    assert helper.get(address).status_code == 404
    assert address in leader.get(reverse("desk:case", args=[case.reference])).content.decode()
    assert leader.post(address, {"sent": "1"}).status_code == 303
    assert search.my_work(world.stranger, today=current_day()) == []
    assert leader.get(address).status_code == 404
