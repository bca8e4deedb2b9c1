from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from huiyin.kernel.actors import Actor, Employee, Staff, System
from huiyin.kernel.errors import DomainError, Forbidden, Invalid, Refused, TooMany
from huiyin.org import accounts, structure
from huiyin.org.models import Area, Post, Unit, User
from huiyin.org.permissions import Permission, Role
from huiyin.org.staff import staff_of
from huiyin.trail.models import Event
from huiyin.trail.verify import verify
from tests.org.conftest import AT, BY, DAY, Hold, House

WORD = "correct horse 8"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """What is tested here is who may set a password, not how it is kept."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def system_admin(house: House) -> Staff:
    return administrator("90001", "陈一", Role.SYSTEM_ADMIN)


@pytest.fixture
def security_admin(house: House) -> Staff:
    return administrator("90002", "林二", Role.SECURITY_ADMIN)


@pytest.fixture
def worker(system_admin: Staff, house: House) -> User:
    user, _first = accounts.create_account("20017", "赵敏", unit=house.group, by=system_admin, at=AT)
    return user


def administrator(username: str, name: str, role: Role) -> Staff:
    return staff_of(accounts.first_administrator(username, WORD, name=name, role=role, at=AT), DAY)


def grant(user: User, role: Role, by: Actor, unit: Unit, start: int = 0, end: int | None = None) -> Post:
    ends_on = None if end is None else DAY + timedelta(days=end)
    return accounts.grant_post(
        user, role, unit, title="", starts_on=DAY + timedelta(days=start), ends_on=ends_on, by=by, at=AT
    )


def acts_on(user: User) -> list[str]:
    return list(Event.objects.filter(subject__account=user).order_by("seq").values_list("act", flat=True))


def test_an_account_takes_two_administrators_to_become_staff(
    worker: User, house: House, system_admin: Staff, security_admin: Staff
) -> None:
    with pytest.raises(Forbidden):
        grant(worker, Role.OFFICER, system_admin, house.group)
    with pytest.raises(Forbidden):
        accounts.create_account("20018", "钱东", unit=house.group, by=security_admin, at=AT)
    assert staff_of(worker, DAY).posts == ()
    grant(worker, Role.OFFICER, security_admin, house.group)
    assert [post.role for post in staff_of(worker, DAY).posts] == [Role.OFFICER]
    assert acts_on(worker) == ["create_account", "grant_post"]


def test_everything_done_with_an_account_is_in_the_record(
    worker: User, house: House, system_admin: Staff, security_admin: Staff
) -> None:
    post = grant(worker, Role.OFFICER, security_admin, house.group)
    accounts.end_post(post, on=DAY + timedelta(days=9), by=security_admin, at=AT)
    accounts.reset_password(worker, by=system_admin, at=AT)
    accounts.disable_account(worker, by=system_admin, at=AT)
    accounts.enable_account(worker, by=system_admin, at=AT)
    assert acts_on(worker) == [
        "create_account", "grant_post", "end_post", "reset_password", "disable_account", "enable_account",
    ]  # fmt: skip
    assert verify().findings == []


def test_no_name_number_or_password_is_in_the_record(system_admin: Staff, house: House) -> None:
    accounts.create_account(
        "canary-1", "金丝雀", unit=house.group, email="c@x.cn", password=WORD, by=system_admin, at=AT
    )
    kept = b"".join(bytes(event.canonical) for event in Event.objects.all()).decode()
    assert "create_account" in kept
    for word in ("canary-1", "金丝雀", "c@x.cn", WORD):
        assert word not in kept


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE org_post SET role = 'officer' WHERE role = 'liaison'",
        "UPDATE org_post SET ends_on = NULL",
        "DELETE FROM org_post WHERE role = 'liaison'",
        "UPDATE org_user SET is_active = TRUE WHERE username = '20017'",
    ],
)
def test_a_post_or_account_changed_behind_the_program_shows(
    statement: str, worker: User, house: House, system_admin: Staff, security_admin: Staff
) -> None:
    grant(worker, Role.LIAISON, security_admin, house.group, end=9)
    accounts.disable_account(worker, by=system_admin, at=AT)
    assert verify().findings == []
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify().findings


def test_a_post_slipped_in_shows_also_for_an_account_slipped_in(worker: User, house: House) -> None:
    Post.objects.create(user=worker, unit=house.group, role=Role.OFFICER, title="", starts_on=DAY)
    assert any("post:" in finding.place for finding in verify().findings)
    Post.objects.filter(user=worker).delete()
    stranger = User.objects.create_user("66666", WORD, name="某人")
    Post.objects.create(user=stranger, unit=house.group, role=Role.OFFICER, title="", starts_on=DAY)
    assert [finding.place.split(" · ")[0] for finding in verify().findings] == [f"account {stranger.pk}"]


def test_an_account_without_a_record_gets_one_with_what_it_holds(
    house: House, hold: Hold, security_admin: Staff
) -> None:
    user = User.objects.get(pk=hold("冯涛", Role.HANDLER, house.refinery).user_id)
    grant(user, Role.LIAISON, security_admin, house.refinery)
    assert user.subject is not None
    assert verify().findings == []


def test_nobody_gives_a_post_to_oneself(security_admin: Staff, house: House) -> None:
    oneself = User.objects.get(pk=security_admin.user_id)
    for role in Role:
        if role != Role.DEPUTY:
            with pytest.raises(Refused, match="oneself"):
                grant(oneself, role, security_admin, house.group)


def test_who_made_an_account_does_not_give_it_a_post_later(
    worker: User, system_admin: Staff, security_admin: Staff, house: House
) -> None:
    """A system administrator who became security administrator meanwhile."""
    maker = User.objects.get(pk=system_admin.user_id)
    Post.objects.filter(user=maker).update(role=Role.SECURITY_ADMIN)
    with pytest.raises(Refused, match="own_account"):
        grant(worker, Role.OFFICER, staff_of(maker, DAY), house.group)
    grant(worker, Role.OFFICER, security_admin, house.group)


@pytest.mark.parametrize("first", sorted(accounts.ADMINS))
@pytest.mark.parametrize("second", [role for role in Role if role != Role.DEPUTY])
def test_an_administrators_role_stands_alone(
    first: Role, second: Role, worker: User, house: House, security_admin: Staff
) -> None:
    grant(worker, first, security_admin, house.group)
    if second == first:
        grant(worker, second, security_admin, house.group)
        return
    with pytest.raises(Refused, match="duties_apart") as told:
        grant(worker, second, security_admin, house.group)
    assert str(first.label) in told.value.sentence


def test_business_roles_may_be_held_together(worker: User, house: House, security_admin: Staff) -> None:
    for role in (Role.OFFICER, Role.LIAISON, Role.HANDLER):
        grant(worker, role, security_admin, house.group)
    with pytest.raises(Refused, match="duties_apart"):
        grant(worker, Role.AUDIT_ADMIN, security_admin, house.group)


@pytest.mark.parametrize(("start", "end", "fits"), [(0, 4, True), (0, 5, False), (9, None, False), (10, None, True)])
def test_roles_kept_apart_may_follow_each_other(
    start: int, end: int | None, fits: bool, worker: User, house: House, security_admin: Staff
) -> None:
    grant(worker, Role.AUDIT_ADMIN, security_admin, house.group, 5, 9)
    if fits:
        grant(worker, Role.OFFICER, security_admin, house.group, start, end)
    else:
        with pytest.raises(Refused, match="duties_apart"):
            grant(worker, Role.OFFICER, security_admin, house.group, start, end)


def test_a_post_is_cut_short_but_never_made_longer(worker: User, house: House, security_admin: Staff) -> None:
    """Else an ended officer's post could be stretched over a later administrator's."""
    post = grant(worker, Role.OFFICER, security_admin, house.group, 0, 5)
    grant(worker, Role.AUDIT_ADMIN, security_admin, house.group, 6)
    with pytest.raises(Refused, match="already_ended"):
        accounts.end_post(post, on=DAY + timedelta(days=6), by=security_admin, at=AT)
    with pytest.raises(Invalid):
        accounts.end_post(post, on=DAY - timedelta(days=1), by=security_admin, at=AT)
    accounts.end_post(post, on=DAY + timedelta(days=3), by=security_admin, at=AT)
    assert Post.objects.get(pk=post.pk).ends_on == DAY + timedelta(days=3)


def test_an_administrator_of_a_unit_reaches_its_subtree_alone(house: House, hold: Hold) -> None:
    maker = hold("陈三", Role.SYSTEM_ADMIN, house.refinery)
    giver = hold("林四", Role.SECURITY_ADMIN, house.refinery)
    user, _first = accounts.create_account("20030", "何军", unit=house.workshop, by=maker, at=AT)
    grant(user, Role.HANDLER, giver, house.workshop)
    with pytest.raises(Forbidden):
        accounts.create_account("20031", "韩雪", unit=house.service, by=maker, at=AT)
    with pytest.raises(Forbidden):
        grant(user, Role.HANDLER, giver, house.group)


def test_a_deputy_has_an_area_and_others_none(worker: User, house: House, security_admin: Staff) -> None:
    area = Area.objects.create(name="生产与安全")
    common = {"title": "", "starts_on": DAY, "by": security_admin, "at": AT}
    with pytest.raises(Invalid, match="area"):
        accounts.grant_post(worker, Role.DEPUTY, house.group, **common)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="area"):
        accounts.grant_post(worker, Role.OFFICER, house.group, area=area, **common)  # type: ignore[arg-type]
    accounts.grant_post(worker, Role.DEPUTY, house.group, area=area, **common)  # type: ignore[arg-type]


def test_no_post_in_a_closed_unit_or_for_a_disabled_account(
    worker: User, house: House, system_admin: Staff, security_admin: Staff
) -> None:
    structure.close_unit(house.service, successor=house.refinery, on=DAY, by=BY, at=AT)
    with pytest.raises(Refused, match="unit_closed"):
        grant(worker, Role.LIAISON, security_admin, Unit.objects.get(pk=house.service.pk))
    accounts.disable_account(worker, by=system_admin, at=AT)
    with pytest.raises(Refused, match="account_disabled"):
        grant(worker, Role.LIAISON, security_admin, house.group)


@pytest.mark.parametrize("who", ["employee", "nobody"])
def test_without_a_post_nothing_of_this_can_be_done(who: str, worker: User, house: House) -> None:
    by: Actor = Employee(worker.pk) if who == "employee" else Staff(99, "某人")
    steps: list[Callable[[], object]] = [
        lambda: accounts.create_account("20040", "某", by=by, at=AT),
        lambda: accounts.disable_account(worker, by=by, at=AT),
        lambda: accounts.reset_password(worker, by=by, at=AT),
        lambda: grant(worker, Role.OFFICER, by, house.group),
    ]
    for step in steps:
        with pytest.raises(Forbidden):
            step()


def test_an_administrator_disables_others_not_oneself(system_admin: Staff, worker: User) -> None:
    with pytest.raises(Refused, match="oneself"):
        accounts.disable_account(User.objects.get(pk=system_admin.user_id), by=system_admin, at=AT)
    accounts.disable_account(worker, by=system_admin, at=AT)
    assert not User.objects.get(pk=worker.pk).is_active


@pytest.mark.parametrize(
    ("username", "name", "email", "field"),
    [("", "赵", "", "username"), ("9" * 31, "赵", "", "username"), ("1\u202e2", "赵", "", "username"),
     ("20050", " ", "", "name"), ("20050", "赵\n", "a@b", "email"), ("20050", "赵", "a@b.cn\nBcc: x@y.cn", "email")],
)  # fmt: skip
def test_a_bad_field_is_named(username: str, name: str, email: str, field: str, system_admin: Staff) -> None:
    with pytest.raises(Invalid) as told:
        accounts.create_account(username, name, email=email, by=system_admin, at=AT)
    assert told.value.field == field


def test_a_work_number_is_given_once(worker: User, system_admin: Staff) -> None:
    for typed in ("20017", "２００１７"):
        with pytest.raises(Invalid, match="username_taken"):
            accounts.create_account(typed, "某", by=system_admin, at=AT)


def test_a_password_from_an_administrator_is_random_and_must_be_changed(system_admin: Staff, worker: User) -> None:
    first = accounts.reset_password(worker, by=system_admin, at=AT)
    assert worker.must_change_password and worker.check_password(first) and len(first) == 16
    with pytest.raises(Invalid, match="old_password"):
        accounts.change_password(worker, "wrong", WORD, at=AT)
    for weak in ("short", "1234567890123", "password1234567890"[:10], "20017200172"):
        with pytest.raises(Invalid) as told:
            accounts.change_password(worker, first, weak, at=AT)
        assert told.value.field == "new"
    accounts.change_password(worker, first, WORD, at=AT)
    assert worker.check_password(WORD) and not worker.must_change_password


def test_the_old_password_can_not_be_guessed_in_an_open_session(worker: User, empty_cache: None) -> None:
    for _ in range(5):
        with pytest.raises(Invalid, match="old_password"):
            accounts.change_password(worker, "wrong", WORD, at=AT)
    with pytest.raises(TooMany):
        accounts.change_password(worker, "wrong", WORD, at=AT)


def test_a_new_password_ends_the_sessions_of_the_old(system_admin: Staff, worker: User) -> None:
    before = worker.get_session_auth_hash()
    accounts.reset_password(worker, by=system_admin, at=AT)
    assert worker.get_session_auth_hash() != before


def test_the_first_of_each_administrator_is_made_on_the_command_line_once(db: None) -> None:
    for number, role in enumerate((Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)):
        user = accounts.first_administrator(f"9000{number}", WORD, name="某", role=role, at=AT)
        assert [post.role for post in staff_of(user, DAY).posts] == [role]
        assert not user.must_change_password
        with pytest.raises(Refused, match="has_administrator"):
            accounts.first_administrator(f"9100{number}", WORD, name="某", role=role, at=AT)
    assert Unit.objects.count() == 1
    assert verify().findings == []


def test_one_person_is_not_two_administrators_on_the_command_line_either(db: None) -> None:
    accounts.first_administrator("90001", WORD, name="某", at=AT)
    with pytest.raises(Invalid, match="username_taken"):
        accounts.first_administrator("90001", WORD, name="某", role=Role.SECURITY_ADMIN, at=AT)
    assert User.objects.count() == 1


def test_the_command_line_makes_no_officers(db: None) -> None:
    with pytest.raises(Invalid, match="role"):
        accounts.first_administrator("90001", WORD, name="某", role=Role.OFFICER, at=AT)


def test_a_refusal_leaves_nothing_behind(house: House, security_admin: Staff, worker: User) -> None:
    before = (Event.objects.count(), Post.objects.count(), User.objects.count())
    for step in (
        lambda: accounts.first_administrator("90007", "short", name="某", role=Role.AUDIT_ADMIN, at=AT),
        lambda: grant(worker, Role.OFFICER, security_admin, house.group, 0, -1),
        lambda: grant(worker, Role.OFFICER, Staff(1, "某"), house.group),
    ):
        with pytest.raises(DomainError):
            step()
    assert (Event.objects.count(), Post.objects.count(), User.objects.count()) == before


def test_the_demo_may_build_people_in_the_past(house: House) -> None:
    by = System("demo")
    user, first = accounts.create_account("30001", "许静", unit=house.service, password=WORD, by=by, at=AT)
    accounts.grant_post(
        user, Role.LIAISON, house.service, title="联络员", starts_on=date(2025, 5, 1), by=by, at=AT.replace(year=2025)
    )
    assert first == WORD and not user.must_change_password
    assert structure.holders(Permission.TAKE_IN, house.service, date(2025, 6, 1)) == [user]
