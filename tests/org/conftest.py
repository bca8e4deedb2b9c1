"""A small enterprise: group with petition office → refinery (own name, own office) → workshop, and a service unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.cache import cache

from huiyin.kernel.actors import Staff, System
from huiyin.org import structure
from huiyin.org.models import Post, Unit, User
from huiyin.org.permissions import Role
from huiyin.org.staff import staff_of
from huiyin.trail import moments

DAY = date(2026, 8, 3)
AT = datetime(2026, 8, 3, 2, 24, tzinfo=UTC)
BY = System("test")


@dataclass(frozen=True)
class House:
    group: Unit
    refinery: Unit
    workshop: Unit
    service: Unit


@pytest.fixture
def house(db: None) -> House:
    opened = date(2020, 1, 1)
    group = structure.open_unit(
        "北方集团",
        "集团",
        parent=None,
        on=opened,
        code="信",
        acts_in_own_name=True,
        has_petition_office=True,
        by=BY,
        at=AT,
    )
    refinery = structure.open_unit(
        "炼化二厂",
        "二厂",
        parent=group,
        on=opened,
        code="炼化信",
        acts_in_own_name=True,
        has_petition_office=True,
        by=BY,
        at=AT,
    )
    workshop = structure.open_unit("焦化车间", "焦化", parent=refinery, on=opened, by=BY, at=AT)
    service = structure.open_unit("后勤服务公司", "后勤", parent=group, on=opened, by=BY, at=AT)
    return House(group, refinery, workshop, service)


Hold = Callable[..., Staff]


@pytest.fixture
def hold(db: None) -> Hold:
    """`hold("赵敏", Role.OFFICER, unit)`: somebody with this post, written straight into the tables."""
    made: dict[str, User] = {}

    def give(name: str, role: Role, unit: Unit, **more: Any) -> Staff:
        user = made.get(name) or User.objects.create_user(f"{10000 + len(made)}", None, name=name)
        made[name] = user
        Post.objects.create(user=user, unit=unit, role=role, title="", **{"starts_on": date(2026, 1, 1), **more})
        return staff_of(user, DAY)

    return give


@pytest.fixture(autouse=True)
def at_a_known_time() -> Iterator[None]:
    with moments.server_time(AT):
        yield


@pytest.fixture
def empty_cache(db: None) -> None:
    cache.clear()
