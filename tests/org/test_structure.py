from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from huiyin.kernel.errors import Invalid, Refused
from huiyin.org import structure
from huiyin.org.models import Area, Unit, User
from huiyin.org.permissions import Permission, Role
from tests.org.conftest import AT, BY, DAY, Hold, House


def names(users: list[User]) -> list[str]:
    return [user.name for user in users]


def test_the_nearest_unit_in_its_own_name_issues(house: House) -> None:
    assert structure.issuer(house.workshop) == house.refinery
    assert structure.issuer(house.refinery) == house.refinery
    assert structure.issuer(house.service) == house.group


def test_the_next_unit_in_its_own_name_above_reviews_else_the_external_organ(house: House) -> None:
    assert structure.reviewer(house.workshop) == house.group
    assert structure.reviewer(house.refinery) == house.group
    assert structure.reviewer(house.service) is None
    assert structure.reviewer(house.group) is None


def test_the_office_is_the_nearest_upward(house: House) -> None:
    assert structure.office_for(house.workshop) == house.refinery
    assert structure.office_for(house.service) == house.group
    assert structure.front_office() == house.group


def test_without_any_office_somebody_is_told_what_to_do(house: House) -> None:
    Unit.objects.update(has_petition_office=False)
    house.service.has_petition_office = False
    with pytest.raises(Refused, match="no_office"):
        structure.office_for(house.service)
    with pytest.raises(Refused, match="no_office"):
        structure.front_office()


def test_without_an_issuer_up_to_the_root_it_is_refused(house: House) -> None:
    Unit.objects.filter(pk=house.group.pk).update(acts_in_own_name=False)
    with pytest.raises(Refused, match="no_issuer"):
        structure.issuer(house.service)


def test_a_unit_that_issues_itself_costs_no_statement_and_others_one(
    house: House, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        structure.issuer(house.refinery)
    with django_assert_num_queries(1):
        structure.issuer(house.workshop)
    with django_assert_num_queries(1):
        structure.reviewer(house.refinery)
    with django_assert_num_queries(1):
        structure.front_office()


def test_units_above_come_from_the_unit_up(house: House) -> None:
    assert structure.ancestors(house.workshop) == [house.workshop, house.refinery, house.group]


def test_only_the_root_is_the_whole_tree(house: House) -> None:
    assert structure.is_whole_tree(house.group.path)
    assert not structure.is_whole_tree(house.refinery.path)


def test_a_closed_units_successor_answers_through_several_closings(house: House) -> None:
    new = structure.open_unit("服务中心", "服务", parent=house.group, on=DAY, by=BY, at=AT)
    structure.close_unit(house.service, successor=new, on=DAY, by=BY, at=AT)
    structure.close_unit(new, successor=house.workshop, on=DAY, by=BY, at=AT)
    assert structure.live(house.service, DAY) == house.workshop
    assert structure.issuer(house.service, DAY) == house.refinery
    assert structure.live(house.service, DAY - timedelta(days=1)) == house.service


def test_a_closed_unit_without_a_successor_is_named(house: House) -> None:
    house.service.closed_on = DAY
    with pytest.raises(Refused) as told:
        structure.live(house.service, DAY)
    assert "后勤服务公司" in told.value.sentence


def test_successors_in_a_ring_end_in_a_refusal(house: House) -> None:
    Unit.objects.filter(pk=house.service.pk).update(closed_on=DAY, successor=house.workshop)
    Unit.objects.filter(pk=house.workshop.pk).update(closed_on=DAY, successor=house.service)
    house.service.refresh_from_db()
    with pytest.raises(Refused, match="no_successor"):
        structure.live(house.service, DAY)


def test_a_unit_with_open_units_below_is_not_closed(house: House) -> None:
    with pytest.raises(Refused, match="units_below"):
        structure.close_unit(house.refinery, successor=house.service, on=DAY, by=BY, at=AT)


def test_a_unit_below_does_not_take_over(house: House) -> None:
    with pytest.raises(Refused, match="bad_successor"):
        structure.close_unit(house.refinery, successor=house.workshop, on=DAY, by=BY, at=AT)


def test_a_second_root_is_refused_by_code_and_by_the_database(house: House) -> None:
    with pytest.raises(Refused, match="second_root"):
        structure.open_unit("南方集团", "南方", parent=None, on=DAY, by=BY, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.create(name="南方集团", short_name="南方", path="/99/", opened_on=DAY)


def test_a_unit_in_its_own_name_needs_a_code(house: House) -> None:
    with pytest.raises(Invalid) as told:
        structure.open_unit("三厂", "三厂", parent=house.group, on=DAY, acts_in_own_name=True, by=BY, at=AT)
    assert told.value.field == "code"


def test_nothing_is_opened_below_a_closed_unit(house: House) -> None:
    structure.close_unit(house.service, successor=house.refinery, on=DAY, by=BY, at=AT)
    with pytest.raises(Refused, match="parent_closed"):
        structure.open_unit("食堂", "食堂", parent=house.service, on=DAY, by=BY, at=AT)


def test_the_head_is_the_units_chief_or_head_of_that_day(house: House, hold: Hold) -> None:
    hold("何军", Role.UNIT_HEAD, house.refinery, ends_on=DAY - timedelta(days=1))
    assert structure.head_of(house.refinery, DAY) is None
    hold("韩雪", Role.UNIT_HEAD, house.refinery)
    hold("陈刚", Role.CHIEF, house.group)
    hold("杨帆", Role.UNIT_HEAD, house.group)
    heads = [structure.head_of(unit, DAY) for unit in (house.refinery, house.group, house.workshop)]
    assert [head and head.name for head in heads] == ["韩雪", "陈刚", None]


def test_those_nearest_are_told_by_post(house: House, hold: Hold) -> None:
    hold("赵敏", Role.OFFICER, house.group)
    hold("钱东", Role.OFFICER, house.refinery)
    hold("钱东", Role.OFFICER, house.refinery)
    hold("孙丽", Role.LIAISON, house.refinery)
    assert names(structure.holders(Permission.TRIAGE, house.workshop, DAY)) == ["钱东"]
    assert names(structure.holders(Permission.TRIAGE, house.service, DAY)) == ["赵敏"]
    assert names(structure.holders(Permission.TAKE_IN, house.workshop, DAY)) == ["孙丽"]
    assert names(structure.holders(Permission.TAKE_IN, house.service, DAY)) == []


def test_a_deputy_of_the_area_comes_before_the_chief(house: House, hold: Hold) -> None:
    area = Area.objects.create(name="生产与安全")
    area.units.add(house.refinery)
    hold("陈刚", Role.CHIEF, house.group)
    hold("周明", Role.DEPUTY, house.group, area=area)
    assert names(structure.holders(Permission.APPROVE_OPENING, house.workshop, DAY)) == ["周明"]
    assert names(structure.holders(Permission.APPROVE_OPENING, house.service, DAY)) == ["陈刚"]


def test_a_disabled_account_is_told_nothing(house: House, hold: Hold) -> None:
    hold("赵敏", Role.OFFICER, house.group)
    User.objects.update(is_active=False)
    assert structure.holders(Permission.TRIAGE, house.group, DAY) == []


def test_holders_are_read_in_one_statement(house: House, hold: Hold, django_assert_num_queries: Any) -> None:
    for name in ("赵敏", "钱东", "孙丽"):
        hold(name, Role.OFFICER, house.group)
    with django_assert_num_queries(1):
        assert len(structure.holders(Permission.TRIAGE, house.workshop, DAY)) == 3
