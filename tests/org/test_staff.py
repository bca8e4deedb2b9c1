from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from huiyin.kernel.actors import Held, Staff
from huiyin.org import structure
from huiyin.org.models import Area, User
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role, may
from huiyin.org.staff import account_with_posts, staff_of
from tests.org.conftest import AT, BY, DAY, Hold, House


def user_of(staff: Staff) -> User:
    return User.objects.get(pk=staff.user_id)


def test_a_post_reaches_the_subtree_of_its_unit(house: House, hold: Hold) -> None:
    handler = hold("钱东", Role.HANDLER, house.refinery)
    assert may(handler, Permission.HANDLE, house.refinery.path)
    assert may(handler, Permission.HANDLE, house.workshop.path)
    assert not may(handler, Permission.HANDLE, house.group.path)
    assert not may(handler, Permission.HANDLE, house.service.path)


def test_a_path_that_only_begins_alike_is_not_below() -> None:
    held = Held(post_id=1, role=Role.OFFICER, unit_id=1, unit_path="/1/", reach=("/1/",))
    assert may(Staff(1, "甲", (held,)), Permission.TRIAGE, "/1/12/")
    assert not may(Staff(1, "甲", (held,)), Permission.TRIAGE, "/11/12/")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(Permission))
def test_a_role_may_what_the_table_says_and_nothing_else(role: Role, permission: Permission) -> None:
    held = Held(post_id=1, role=role, unit_id=7, unit_path="/1/7/", reach=("/1/7/",))
    staff = Staff(1, "甲", (held,))
    assert may(staff, permission, "/1/7/9/") == (permission in ROLE_PERMISSIONS[role])
    assert not may(staff, permission, "/1/8/")


def test_two_posts_are_not_mixed(house: House, hold: Hold) -> None:
    hold("孙丽", Role.OFFICER, house.refinery)
    both = hold("孙丽", Role.LIAISON, house.service)
    assert may(both, Permission.TRIAGE, house.workshop.path)
    assert not may(both, Permission.TRIAGE, house.service.path)
    assert may(both, Permission.TAKE_IN, house.service.path)


def test_a_deputy_answers_for_the_units_of_the_area(house: House, hold: Hold) -> None:
    area = Area.objects.create(name="生产与安全")
    area.units.add(house.refinery)
    deputy = hold("周明", Role.DEPUTY, house.group, area=area)
    assert deputy.posts[0].reach == (house.refinery.path,)
    assert may(deputy, Permission.SEE_CASES, house.workshop.path)
    assert not may(deputy, Permission.SEE_CASES, house.service.path)


def test_a_deputy_without_an_area_reaches_nothing(house: House, hold: Hold) -> None:
    assert hold("周明", Role.DEPUTY, house.group).posts[0].reach == ()


def test_a_deputy_answers_for_the_successor_too(house: House, hold: Hold) -> None:
    area = Area.objects.create(name="生活后勤")
    area.units.add(house.service)
    structure.close_unit(house.service, successor=house.refinery, on=DAY, by=BY, at=AT)
    assert hold("周明", Role.DEPUTY, house.group, area=area).posts[0].reach == (house.service.path, house.refinery.path)


@pytest.mark.parametrize(("days", "held"), [(-1, False), (0, True), (30, True), (31, False)])
def test_a_post_counts_from_its_first_to_its_last_day(house: House, hold: Hold, days: int, held: bool) -> None:
    staff = hold("李强", Role.CHIEF, house.group, starts_on=DAY, ends_on=DAY + timedelta(days=30))
    assert bool(staff_of(user_of(staff), DAY + timedelta(days=days)).posts) == held


def test_a_post_in_a_closed_unit_falls_away(house: House, hold: Hold) -> None:
    user = user_of(hold("吴倩", Role.LIAISON, house.service))
    structure.close_unit(house.service, successor=house.refinery, on=DAY, by=BY, at=AT)
    assert staff_of(user, DAY).posts == ()
    assert len(staff_of(user, DAY - timedelta(days=1)).posts) == 1


def test_a_disabled_account_holds_no_post(house: House, hold: Hold) -> None:
    user = user_of(hold("郑凯", Role.OFFICER, house.group))
    user.is_active = False
    assert staff_of(user, DAY) == Staff(user.pk, "郑凯")


def test_posts_are_read_in_one_statement(house: House, hold: Hold, django_assert_num_queries: Any) -> None:
    for unit in (house.group, house.refinery, house.service):
        staff = hold("冯涛", Role.HANDLER, unit)
    user = user_of(staff)
    with django_assert_num_queries(1):
        assert len(staff_of(user, DAY).posts) == 3


def test_areas_cost_one_statement_more_however_many(house: House, hold: Hold, django_assert_num_queries: Any) -> None:
    for name in ("生产", "人事"):
        area = Area.objects.create(name=name)
        area.units.add(house.refinery, house.service)
        staff = hold("周明", Role.DEPUTY, house.group, area=area, starts_on=date(2026, 1, 1))
    user = user_of(staff)
    with django_assert_num_queries(2):
        assert len(staff_of(user, DAY).posts) == 2


def test_a_session_reads_account_and_posts_in_one_statement(
    house: House, hold: Hold, django_assert_num_queries: Any
) -> None:
    for unit in (house.group, house.refinery):
        staff = hold("冯涛", Role.HANDLER, unit)
    with django_assert_num_queries(1):
        user = account_with_posts(staff.user_id)
        assert user is not None
        assert len(staff_of(user, DAY).posts) == 2


@pytest.mark.parametrize("day", [DAY + timedelta(days=days) for days in (-40, -1, 0, 1, 29, 30, 31, 60)])
def test_posts_read_at_sign_on_count_as_the_database_counts_them(house: House, hold: Hold, day: date) -> None:
    hold("李强", Role.CHIEF, house.group, starts_on=DAY, ends_on=DAY + timedelta(days=30))
    staff = hold("李强", Role.LIAISON, house.service)
    structure.close_unit(house.service, successor=house.refinery, on=DAY + timedelta(days=29), by=BY, at=AT)
    counted = set(structure.held_on(day).filter(user_id=staff.user_id).values_list("pk", flat=True))
    user = account_with_posts(staff.user_id)
    assert user is not None
    assert {post.post_id for post in staff_of(user, day).posts} == counted


def test_an_account_without_a_post_is_read_and_a_disabled_one_is_not(house: House) -> None:
    user = User.objects.create_user("e01", "x", name="孙丽")
    assert account_with_posts(user.pk) == user
    User.objects.update(is_active=False)
    assert account_with_posts(user.pk) is None
