"""T8: whatever administrators try in whatever order, no account ever holds two duties that must be apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError
from huiyin.org import accounts
from huiyin.org.models import Post, User
from huiyin.org.permissions import Role
from huiyin.org.staff import staff_of
from tests.org.conftest import AT, DAY, House

DAYS = 8
Step = tuple[Any, ...]
ROLES = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.OFFICER, Role.INSPECTOR)
days = st.integers(0, DAYS - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("grant"), days, st.integers(0, 4), st.sampled_from(ROLES), days, st.none() | days),
        st.tuples(st.just("end"), days, st.integers(0, 9), days),
        st.tuples(st.just("switch"), days, st.integers(0, 4), st.booleans()),
    ),
    min_size=1,
    max_size=14,
)


@pytest.fixture
def people(db: None) -> list[User]:
    return [User.objects.create_user(f"2000{number}", None, name="某") for number in range(5)]


def mixed(user: User) -> list[str]:
    """Days on which the account holds an administrator's role beside another one."""
    found = []
    for day in range(DAYS + 1):
        roles = {post.role for post in staff_of(user, DAY + timedelta(days=day)).posts}
        if len(roles) > 1 and roles & accounts.ADMINS:
            found.append(f"day {day}: {sorted(roles)}")
    return found


def on(user: User, day: int) -> Staff:
    return staff_of(user, DAY + timedelta(days=day))


def take(step: Step, people: list[User], house: House) -> None:
    """Everybody tries it; whoever may, does."""
    kind, today, which, *rest = step
    for user in people:
        user.refresh_from_db()
    for actor in people:
        try:
            if kind == "grant":
                role, start, end = rest
                accounts.grant_post(
                    people[which], Role(role), house.group, title="", starts_on=DAY + timedelta(days=start),
                    ends_on=None if end is None else DAY + timedelta(days=end), by=on(actor, today), at=AT,
                )  # fmt: skip
            elif kind == "end":
                posts = list(Post.objects.order_by("pk"))
                until = DAY + timedelta(days=rest[0])
                accounts.end_post(posts[which % len(posts)], on=until, by=on(actor, today), at=AT)
            elif rest[0]:
                accounts.enable_account(people[which], by=on(actor, today), at=AT)
            else:
                accounts.disable_account(people[which], by=on(actor, today), at=AT)
        except DomainError:
            continue


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=steps)
def test_no_order_of_steps_gives_one_account_two_duties(plan: list[Step], people: list[User], house: House) -> None:
    Post.objects.all().delete()
    User.objects.update(is_active=True)
    for user, role in zip(people, (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN), strict=False):
        Post.objects.create(user=user, unit=house.group, role=role, title="", starts_on=DAY)
    for step in plan:
        take(step, people, house)
    assert [mixed(user) for user in people] == [[]] * len(people)


@pytest.mark.django_db
def test_two_duties_would_be_seen(house: House) -> None:
    user = User.objects.create_user("20001", None, name="某")
    for role in (Role.AUDIT_ADMIN, Role.OFFICER):
        Post.objects.create(user=user, unit=house.group, role=role, title="", starts_on=DAY, ends_on=DAY)
    assert len(mixed(user)) == 1
