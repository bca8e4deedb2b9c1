"""设置 through HTTP: two administrators make one colleague, a third reads it; units open and close; tokens are one's own."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from huiyin.kernel.actors import System
from huiyin.org import accounts, structure
from huiyin.org.models import ApiToken, Post, Unit, User
from huiyin.org.permissions import Role
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import World
from tests.desk.signed import client

ALLOWED = 10
TODAY = "2026-11-24"
BY = System("test")


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """How a password is kept is tested elsewhere."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world(db: None) -> World:
    world = made.build()
    for name, role in (("security", Role.SECURITY_ADMIN), ("auditor", Role.AUDIT_ADMIN)):
        world.people[name] = made.person(name, role, world.group)
    return world


def page(name: str, view: str, *places: int, **query: str) -> str:
    answer = client(name).get(reverse(f"desk:{view}", args=places), query)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def send(who: str, view: str, /, *places: int, **said: str) -> HttpResponse:
    answer: HttpResponse = client(who).post(reverse(f"desk:{view}", args=places), {"sent": "1", **said})  # type: ignore[assignment]
    return answer


def secret_in(answer: HttpResponse) -> str:
    found = re.search(r'id="secret" translate="no">([^<]+)<', answer.content.decode())
    assert found
    return found[1]


def test_two_administrators_make_a_colleague_and_the_third_reads_it(world: World) -> None:
    made_by = send("admin", "account_new", username="２０５１７", name="周敏", unit=str(world.refinery.pk))
    password = secret_in(made_by)
    user = User.objects.get(username="20517")
    assert user.must_change_password and user.check_password(password)
    refused = send("admin", "post_new", user.pk, role="handler", unit=str(world.refinery.pk), starts_on=TODAY)
    assert refused.status_code == 404
    granted = send("security", "post_new", user.pk, role="handler", unit=str(world.refinery.pk), starts_on="2026.1.1")
    assert granted.status_code == 303
    assert "周敏" in page("auditor", "accounts") and "承办人" in page("auditor", "accounts", q="205")
    told = page("auditor", "account", user.pk)
    assert "建立账号" in told and "授予岗位 承办人（炼化）" in told and password not in told
    assert verify().is_ok


def test_the_one_time_password_opens_nothing_but_its_own_change(world: World) -> None:
    user = User.objects.get(username="handler")
    password = secret_in(send("admin", "account_reset", user.pk))
    signed = Client()
    assert signed.post(reverse("sign_in"), {"username": "handler", "password": password}).status_code == 303
    assert signed.get(reverse("desk:work"))["Location"].startswith(reverse("password"))
    changed = signed.post(reverse("password"), {"old": password, "new": "青山 绿水 2026", "again": "青山 绿水 2026"})
    assert changed.status_code == 303 and signed.get(reverse("desk:work")).status_code == 200
    user.refresh_from_db()
    assert not user.must_change_password and not user.check_password(password)
    acts = Event.objects.filter(subject=user.subject_id).order_by("seq").values_list("act", flat=True)
    assert list(acts)[-2:] == ["reset_password", "change_password"]


def test_a_disabled_account_is_signed_out_at_once_and_comes_back(world: World) -> None:
    signed, user = client("handler"), User.objects.get(username="handler")
    assert signed.get(reverse("desk:work")).status_code == 200
    assert send("admin", "account_switch", user.pk).status_code == 303
    assert signed.get(reverse("desk:work")).status_code == 302
    assert "停用" in page("security", "account", user.pk)
    assert send("admin", "account_switch", user.pk).status_code == 303
    assert client("handler").get(reverse("desk:work")).status_code == 200


def test_a_post_ends_on_its_last_day_by_the_security_administrator_alone(world: World) -> None:
    user, post = User.objects.get(username="handler"), Post.objects.get(user__username="handler")
    day = server_now().date()
    assert send("admin", "post_end", user.pk, post.pk, on=str(day)).status_code == 404
    assert send("auditor", "post_end", user.pk, post.pk, on=str(day)).status_code == 404
    assert send("security", "post_end", user.pk, post.pk, on="1999-1-1").status_code == 422
    assert send("security", "post_end", user.pk, post.pk, on=str(day)).status_code == 303
    other = Post.objects.exclude(user=user).first()
    assert other is not None
    assert send("security", "post_end", user.pk, other.pk, on=str(day)).status_code == 404
    with server_time(server_now() + timedelta(days=2)):
        assert client("handler").get(reverse("desk:work")).status_code == 404


@pytest.mark.parametrize(
    ("name", "view"),
    [("admin", "account_reset"), ("admin", "account_switch"), ("security", "post_new")],
)
def test_nobody_does_it_for_oneself(world: World, name: str, view: str) -> None:
    own = User.objects.get(username=name)
    said = {"role": "audit_admin", "unit": str(world.group.pk), "starts_on": TODAY}
    answer = send(name, view, own.pk, **said)
    assert answer.status_code == 409 and "不能为自己办" in answer.content.decode()
    assert reverse(f"desk:{view}", args=[own.pk]) not in page(name, "account", own.pk)


def test_an_administrator_gets_no_second_duty_and_is_told_why(world: World) -> None:
    admin = User.objects.get(username="admin")
    answer = send("security", "post_new", admin.pk, role="officer", unit=str(world.group.pk), starts_on=TODAY)
    assert answer.status_code == 409 and "三员之间" in answer.content.decode()


def test_an_administrator_of_a_unit_sees_its_subtree_alone(world: World) -> None:
    made.person("below", Role.SYSTEM_ADMIN, world.refinery)
    User.objects.filter(username="stranger").update(unit=world.mine)
    User.objects.filter(username="handler").update(unit=world.refinery)
    stranger, handler = (User.objects.get(username=name) for name in ("stranger", "handler"))
    assert "stranger" not in page("below", "accounts") and "handler" in page("below", "accounts")
    assert client("below").get(reverse("desk:account", args=[stranger.pk])).status_code == 404
    assert client("below").get(reverse("desk:account", args=[handler.pk])).status_code == 200
    assert client("below").get(reverse("desk:unit", args=[world.mine.pk])).status_code == 404
    assert send("below", "account_new", username="9", name="某", unit=str(world.mine.pk)).status_code == 422


def test_somebody_without_a_post_is_found_by_number_or_name_alone(world: World) -> None:
    assert "E1" not in page("admin", "accounts")
    for text in ("E1", "王小", "ｅ1".upper()):
        assert "王小明" in page("admin", "accounts", q=text)
    assert "王小明" not in page("admin", "accounts", q="小明")


def test_the_pages_of_administrators_hold_nothing_of_a_case(world: World) -> None:
    received = made.file(world)
    for name in ("admin", "security", "auditor"):
        for view in ("work", "accounts", "units", "tokens"):
            assert received.filing.reference not in page(name, view)
        assert client(name).get(reverse("desk:case", args=[received.case.reference])).status_code == 404
    told = page("auditor", "account", world.employee.pk)
    assert received.filing.reference not in told and "还没有记录" in told


def test_a_unit_opens_changes_and_closes_by_pages(world: World) -> None:
    opened = send("admin", "unit_new", world.mine.pk, name="选矿车间", short_name="选矿", on="2026年1月5日")
    assert opened.status_code == 303
    unit = Unit.objects.get(name="选矿车间")
    assert unit.path == f"{world.mine.path}{unit.pk}/"
    wrong = send("admin", "unit_change", unit.pk, name="选矿厂", short_name="选矿", acts_in_own_name="on")
    assert wrong.status_code == 422 and "机关代字" in wrong.content.decode() and "选矿厂" in wrong.content.decode()
    said = {"name": "选矿厂", "short_name": "选矿", "acts_in_own_name": "on", "code": "选信"}
    assert send("admin", "unit_change", unit.pk, **said).status_code == 303
    below = send("admin", "unit_close", world.mine.pk, successor=str(world.refinery.pk), on=TODAY)
    assert below.status_code == 409 and "下面还有单位" in below.content.decode()
    closed = send("admin", "unit_close", unit.pk, successor=str(world.refinery.pk), on=f"{server_now():%Y-%m-%d}")
    assert closed.status_code == 303
    told = page("auditor", "unit", unit.pk)
    assert "由“炼化公司”承接" in told and "撤销单位" in told and reverse("desk:unit_close", args=[unit.pk]) not in told
    assert "选矿厂" not in page("auditor", "units") and "选矿厂" in page("auditor", "units", state="closed")
    assert verify().is_ok


def test_units_are_not_the_security_or_audit_administrators(world: World) -> None:
    for name in ("security", "auditor", "officer"):
        for view in ("unit_new", "unit_change", "unit_close"):
            assert send(name, view, world.mine.pk, name="x", short_name="x", on=TODAY).status_code == 404


def test_a_token_is_one_s_own_shown_once_and_ended(world: World) -> None:
    answer = send("officer", "tokens", name="报表程序", scope="list", days="90")
    secret = secret_in(answer)
    assert answer["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/cases", headers=headers).status_code == 200
    shown = page("officer", "tokens")
    assert "报表程序" in shown and secret not in shown and "报表程序" not in page("handler", "tokens")
    token = ApiToken.objects.get()
    assert send("handler", "token_revoke", token.pk).status_code == 404
    assert send("admin", "token_revoke", token.pk).status_code == 404
    assert send("officer", "token_revoke", token.pk).status_code == 303
    assert Client().get("/api/v1/cases", headers=headers).status_code == 401
    assert send("officer", "tokens", name="", scope="list", days="90").status_code == 422
    assert send("officer", "tokens", name="x", scope="list", days="9999").status_code == 422


def statements(name: str, view: str, *places: int) -> int:
    signed, url = client(name), reverse(f"desk:{view}", args=places)
    signed.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert signed.get(url).status_code == 200
    return len(seen)


def test_the_pages_cost_no_more_with_more_rows(world: World) -> None:
    user = User.objects.get(username="handler")
    views: list[tuple[str, tuple[int, ...]]] = [
        ("accounts", ()), ("units", ()), ("tokens", ()), ("account", (user.pk,)), ("unit", (world.refinery.pk,)),
    ]  # fmt: skip
    few = {view: statements("auditor", view, *places) for view, places in views}
    for no in range(6):
        made.person(f"more{no}", Role.HANDLER, world.refinery)
        structure.open_unit(f"单位{no}", f"单{no}", parent=world.refinery, on=made.SINCE, by=BY, at=server_now())
        accounts.grant_post(user, Role.LIAISON, world.mine, title="", starts_on=made.SINCE, by=BY, at=server_now())
    many = {view: statements("auditor", view, *places) for view, places in views}
    assert many == few and max(many.values()) <= ALLOWED


def test_lists_come_in_pages(world: World) -> None:
    for no in range(31):
        made.person(f"m{no:02}", Role.HANDLER, world.refinery)
    assert "m30" not in page("admin", "accounts", page="1") and "m30" in page("admin", "accounts", page="2")


def test_a_long_record_is_read_in_parts(world: World) -> None:
    user = User.objects.get(username="handler")
    for _no in range(20):
        accounts.disable_account(user, by=BY, at=server_now())
        accounts.enable_account(user, by=BY, at=server_now())
    first = page("auditor", "account", user.pk)
    last = re.search(r'href="\?before=(\d+)"', first)
    assert last and first.count("<time") == 30
    assert "授予岗位" not in first.split("<ol")[1] and "授予岗位" in page("auditor", "account", user.pk, before=last[1])
