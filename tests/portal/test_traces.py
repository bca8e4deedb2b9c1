"""Neither a session nor anything else that is kept of accounts tells who sent a filing without a name."""

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
from tests.cases.world import World
from tests.portal.typed import filing, opened

PASSWORD = "correct horse 电池"


@pytest.fixture
def employee(world: World) -> User:
    world.employee.set_password(PASSWORD)
    world.employee.save()
    return world.employee


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> str:
    answer = client.post("/sign-in/", {"username": username, "password": password, **more})
    return answer.get("Location", f"{answer.status_code}")


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
