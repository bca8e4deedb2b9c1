from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from huiyin.org.models import User
from huiyin.portal import codes
from huiyin.trail.moments import server_now, server_time
from tests.cases import world as made
from tests.cases.world import World
from tests.portal.typed import filing, opened

PASSWORD = "correct horse 电池"
NEW = "another fine sentence"


@pytest.fixture
def employee(world: World) -> User:
    world.employee.set_password(PASSWORD)
    world.employee.save()
    return world.employee


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> str:
    answer = client.post("/sign-in/", {"username": username, "password": password, **more})
    return answer.get("Location", f"{answer.status_code}")


def test_an_employee_comes_to_the_own_matters(employee: User, client: Client) -> None:
    assert sign_in(client, "Ｅ1 ") == "/mine/"
    assert client.get("/mine/").status_code == 200
    assert client.get("/sign-in/")["Location"] == "/mine/"


def kept() -> dict[str, list[Any]]:
    """Everything the database holds of accounts, sessions and limits."""
    tables = [name for name in connection.introspection.table_names() if name.startswith(("django_", "org_", "cache"))]
    found: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (names from the catalogue)
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def sharing() -> list[dict[str, Any]]:
    """Sessions that hold an account and an open filing."""
    found = [row.get_decoded() for row in Session.objects.all()]
    return [row for row in found if SESSION_KEY in row and codes.FILING in row]


def test_filing_anonymously_writes_nothing_beside_the_account_that_is_signed_in(employee: User, client: Client) -> None:
    sign_in(client, "E1")
    before = kept()
    with server_time(server_now() + timedelta(minutes=5)):  # so that a noted use would show
        assert client.get("/file/").status_code == 200
        answer = client.post("/file/", filing(identity="anonymous", name="", phone=""))
        assert answer.status_code == 201
    assert kept() == before
    sign_in(Client(), "E1")
    assert kept() != before  # the twin: what does leave a trace is seen


@pytest.mark.parametrize("identity", ["anonymous", "confidential"])
@pytest.mark.parametrize("is_first", [True, False], ids=["signed in, then the code", "the code, then signed in"])
def test_no_session_holds_an_account_and_a_filing_whose_sender_is_not_to_be_known(
    employee: User, identity: str, is_first: bool
) -> None:
    name = "" if identity == "anonymous" else "王小明"
    code, _where = opened(Client(), identity=identity, name=name, phone="")
    client = Client()
    told = ""
    for is_code in (False, True) if is_first else (True, False):
        if is_code:
            told = client.post("/track/", {"code": code}, follow=True).content.decode()
        else:
            sign_in(client, "E1")
        assert sharing() == []
    if is_first:
        assert "已为您退出账号" in told
        assert client.get("/mine/").status_code == 302


def test_beside_a_filing_with_name_one_stays_signed_in(employee: User, client: Client) -> None:
    code, _where = opened(Client())
    sign_in(client, "E1")
    client.post("/track/", {"code": code})
    assert client.get("/mine/").status_code == 200
    assert len(sharing()) == 1  # the twin: this is what the tests above look for


def test_staff_come_to_the_desk(world: World, client: Client) -> None:
    user = User.objects.get(username="officer")
    user.set_password(PASSWORD)
    user.save()
    assert sign_in(client, "officer") == "/desk/"


def test_a_wrong_password_is_told_and_the_number_stays(employee: User, client: Client) -> None:
    answer = client.post("/sign-in/", {"username": "E1", "password": "wrong one here"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "工号或密码不对" in page
    assert 'value="E1"' in page and "wrong one here" not in page


def test_after_five_wrong_ones_there_is_a_pause(employee: User, client: Client) -> None:
    assert [sign_in(client, "E1", "wrong") for _time in range(5)] == ["422"] * 5
    assert sign_in(client, "E1") == "429"


def test_going_on_leads_only_to_own_pages(employee: User, client: Client) -> None:
    assert sign_in(client, "E1", next="/track/") == "/track/"
    client.post("/sign-out/")
    assert sign_in(client, "E1", next="https://evil.example/") == "/mine/"


def test_a_first_password_is_changed_first(world: World, employee: User, client: Client) -> None:
    own = made.file(world).filing
    User.objects.filter(pk=employee.pk).update(must_change_password=True)
    assert sign_in(client, "E1") == "/password/"
    for path in ("/mine/", f"/progress/{own.reference}/", f"/progress/{own.reference}/add/"):
        assert client.get(path)["Location"] == "/password/"
    typed = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert client.post("/password/", typed)["Location"] == "/mine/"
    assert client.get("/mine/").status_code == 200
    assert client.get(f"/progress/{own.reference}/").status_code == 200
    client.post("/sign-out/")
    assert sign_in(client, "E1") == "422"
    assert sign_in(client, "E1", NEW) == "/mine/"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"old": "nope", "new": NEW, "again": NEW}, "密码不对"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "10"),
        ({"old": PASSWORD, "new": NEW, "again": NEW + "x"}, "不一样"),
    ],
)
def test_a_password_that_can_not_be_taken_is_told(
    employee: User, client: Client, typed: dict[str, str], sentence: str
) -> None:
    client.force_login(employee)
    answer = client.post("/password/", typed)
    assert answer.status_code == 422 and sentence in answer.content.decode()


def test_signing_out_closes_everything(employee: User, client: Client) -> None:
    sign_in(client, "E1")
    client.post("/sign-out/")
    assert client.get("/mine/").status_code == 302
    assert client.get("/sign-out/").status_code == 405
