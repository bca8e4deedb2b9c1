from __future__ import annotations

import pytest
from django.test import Client

from huiyin.org.models import User
from tests.cases import world as made
from tests.cases.world import World

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
