"""Units open, change and close by the system administrator alone, and the record knows of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org import record, structure
from huiyin.org.models import Unit
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role
from huiyin.trail.canonical import read_body
from huiyin.trail.models import Event
from huiyin.trail.verify import verify
from tests.org.conftest import AT, BY, DAY, Hold, House

KEPT: dict[str, Any] = {"code": "", "acts_in_own_name": False, "has_petition_office": False}


def acts_on(unit: Unit) -> list[str]:
    return list(Event.objects.filter(subject__unit=unit).order_by("seq").values_list("act", flat=True))


def test_units_alone_are_the_system_administrators() -> None:
    assert {role for role, codes in ROLE_PERMISSIONS.items() if Permission.MANAGE_UNITS in codes} == {Role.SYSTEM_ADMIN}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM_ADMIN])
def test_nobody_else_changes_the_tree(house: House, hold: Hold, role: Role) -> None:
    somebody = hold("某", role, house.group)
    for act in (
        lambda: structure.open_unit("食堂", "食堂", parent=house.service, on=DAY, by=somebody, at=AT),
        lambda: structure.amend_unit(house.service, name="后勤", short_name="后勤", **KEPT, by=somebody, at=AT),
        lambda: structure.close_unit(house.service, successor=house.refinery, on=DAY, by=somebody, at=AT),
    ):
        with pytest.raises(Forbidden):
            act()
    assert Unit.objects.count() == 4 and acts_on(house.service) == ["open_unit"]


def test_an_administrator_of_a_unit_keeps_to_its_subtree(house: House, hold: Hold) -> None:
    below = hold("陈一", Role.SYSTEM_ADMIN, house.refinery)
    assert structure.open_unit("二车间", "二车间", parent=house.refinery, on=DAY, by=below, at=AT).pk
    with pytest.raises(Forbidden):
        structure.open_unit("食堂", "食堂", parent=house.group, on=DAY, by=below, at=AT)
    with pytest.raises(Forbidden):
        structure.close_unit(house.workshop, successor=house.service, on=DAY, by=below, at=AT)
    with pytest.raises(Forbidden):
        structure.open_unit("南方集团", "南方", parent=None, on=DAY, by=below, at=AT)


def test_each_change_of_a_unit_is_an_event_and_verifies(house: House, hold: Hold) -> None:
    admin = hold("陈一", Role.SYSTEM_ADMIN, house.group)
    structure.amend_unit(
        house.service, name="后勤中心", short_name="后勤", code="后勤信", acts_in_own_name=True, has_petition_office=False,
        by=admin, at=AT,
    )  # fmt: skip
    assert structure.issuer(house.service) == house.service
    structure.close_unit(house.service, successor=house.refinery, on=DAY, by=admin, at=AT)
    assert acts_on(house.service) == ["open_unit", "amend_unit", "close_unit"]
    body = read_body(bytes(Event.objects.get(subject__unit=house.service, act="close_unit").canonical))
    assert body["by"]["user"] == admin.user_id and body["sets"]["unit"]["successor"] == house.refinery.pk
    assert [one for one in verify().findings if not one.place.startswith("account")] == []


CHANGES: dict[str, Callable[[Unit], object]] = {
    "acts_in_own_name": lambda unit: Unit.objects.filter(pk=unit.pk).update(acts_in_own_name=True, code="后勤信"),
    "successor": lambda unit: Unit.objects.filter(pk=unit.pk).update(closed_on=DAY, successor=unit.parent),
    "name": lambda unit: Unit.objects.filter(pk=unit.pk).update(name="别的公司"),
    "path": lambda unit: Unit.objects.filter(pk=unit.pk).update(path=f"/{unit.pk}/"),
    "removed": lambda unit: unit.delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_unit_changed_behind_the_programs_back_is_found(house: House, change: str) -> None:
    assert verify().is_ok
    CHANGES[change](house.service)
    assert {one.kind for one in verify().findings} == {"projection"}


def test_a_unit_that_nobody_opened_is_found(house: House) -> None:
    Unit.objects.create(name="食堂", short_name="食堂", parent=house.group, path="/9/", opened_on=DAY)
    assert [one.sentence for one in verify().findings] == ["The unit is there, but nobody opened it."]


def test_units_of_a_release_without_their_record_are_taken_up_once(house: House) -> None:
    Unit.objects.create(name="食堂", short_name="食堂", parent=house.group, path="/9/", opened_on=DAY)
    assert [record.take_up_units(AT), record.take_up_units(AT)] == [1, 0]
    assert acts_on(Unit.objects.get(name="食堂")) == ["take_up_unit"] and verify().is_ok


def test_saving_without_a_difference_is_no_event(house: House) -> None:
    structure.amend_unit(house.service, name="后勤服务公司", short_name="后勤", **KEPT, by=BY, at=AT)
    assert acts_on(house.service) == ["open_unit"]


def test_what_can_not_be_is_refused_with_its_reason(house: House) -> None:
    def refused(act: Callable[[], object]) -> str:
        with pytest.raises((Refused, Invalid)) as told:
            act()
        return told.value.code

    group = house.group
    early = group.opened_on - timedelta(days=1)
    assert refused(lambda: structure.open_unit(" ", "食堂", parent=group, on=DAY, by=BY, at=AT)) == "unit_name"
    assert refused(lambda: structure.open_unit("食堂" * 40, "食堂", parent=group, on=DAY, by=BY, at=AT)) == "unit_name"
    assert refused(lambda: structure.close_unit(house.service, successor=group, on=early, by=BY, at=AT)) == "closed_on"
    assert (
        refused(lambda: structure.amend_unit(group, name="集团", short_name="集团", **KEPT, by=BY, at=AT))
        == "root_acts"
    )
    structure.close_unit(house.service, successor=house.refinery, on=DAY, by=BY, at=AT)
    assert (
        refused(lambda: structure.close_unit(house.service, successor=house.refinery, on=DAY, by=BY, at=AT))
        == "unit_is_closed"
    )
    assert (
        refused(lambda: structure.amend_unit(house.service, name="后勤", short_name="后勤", **KEPT, by=BY, at=AT))
        == "unit_is_closed"
    )
