"""A case given to a handler of a department below the handling unit reaches that handler, and no colleague."""

from __future__ import annotations

import pytest

from huiyin.cases import access, handling
from huiyin.cases.models import Case, Stage
from huiyin.kernel.actors import System
from huiyin.org import accounts
from huiyin.org.models import User
from huiyin.org.permissions import Permission, Role
from huiyin.org.staff import staff_of
from huiyin.trail.moments import server_now
from tests.cases import world as made
from tests.cases.world import World, bring, person


@pytest.fixture
def world(db: None) -> World:
    return made.build()


def test_a_handler_of_a_department_below_sees_and_handles_what_was_given_to_them(world: World) -> None:
    own, colleague = person("own", Role.HANDLER, world.workshop), person("colleague", Role.HANDLER, world.workshop)
    case, _filing = bring(world, Stage.ASSIGNED)
    handling.take_in(case, handler=User.objects.get(pk=own.user_id), by=world.liaison, at=server_now())
    assert list(access.visible_to(own)) == [case]
    handling.note(case, text="到车间看了考勤", by=own, at=server_now())
    assert not access.visible_to(colleague).exists()
    assert not access.may(colleague, Permission.HANDLE, Case.objects.get(pk=case.pk))


def test_a_handler_who_moved_to_another_unit_sees_it_no_more(world: World) -> None:
    own = person("own", Role.HANDLER, world.workshop)
    case, _filing = bring(world, Stage.ASSIGNED)
    user = User.objects.get(pk=own.user_id)
    handling.take_in(case, handler=user, by=world.liaison, at=server_now())
    today = server_now().date()
    accounts.end_post(user.posts.get(), on=today, by=System("test"), at=server_now())
    accounts.grant_post(user, Role.HANDLER, world.mine, title="", starts_on=today, by=System("test"), at=server_now())
    moved = staff_of(user, today.replace(year=today.year + 1))
    assert moved.posts
    assert not access.visible_to(moved).exists()
    assert not access.may(moved, Permission.HANDLE, Case.objects.get(pk=case.pk))
