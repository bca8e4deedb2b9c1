"""One page, one form, one act: nothing typed is lost, and reloading never acts twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client, override_settings

GOOD = {"matter": "夜班津贴", "story": "没有发", "identity": "named", "agreed": "on"}


@pytest.fixture(autouse=True)
def style_urls() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.ui.style_pages", ALLOWED_HOSTS=["testserver"]):
        yield


def test_success_goes_on_by_get() -> None:
    answer = Client().post("/style/act/", GOOD)
    assert (answer.status_code, answer["Location"]) == (303, "/style/portal/")


def test_a_swap_goes_on_as_a_whole_page() -> None:
    answer = Client().post("/style/act/", GOOD, headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/style/portal/")


def test_errors_are_the_same_page_with_422() -> None:
    answer = Client().post("/style/act/", GOOD | {"story": ""})
    assert answer.status_code == 422
    assert "请填写“事情经过”。" in answer.content.decode()


@pytest.mark.parametrize(
    ("matter", "status", "said"), [("拒绝", 409, "刚刚被其他人登记了"), ("字段", 422, "请写清楚是什么事。")]
)
def test_a_refusal_of_the_act_is_said_on_the_page_with_its_status(matter: str, status: int, said: str) -> None:
    answer = Client().post("/style/act/", GOOD | {"matter": matter})
    assert answer.status_code == status
    assert said in answer.content.decode() and "<h1>" not in answer.content.decode()


def test_what_is_not_theirs_is_a_404_page() -> None:
    answer = Client().post("/style/act/", GOOD | {"matter": "没有"})
    assert answer.status_code == 404 and "<h1>没有找到这一页</h1>" in answer.content.decode()


def test_large_type_is_a_cookie_and_goes_away_again() -> None:
    client = Client()
    answer = client.post("/ui/type/", {"next": "/style/home/?a=1"})
    assert (answer.status_code, answer["Location"]) == (303, "/style/home/?a=1")
    assert 'class="portal large"' in client.get("/style/home/").content.decode()
    client.post("/ui/type/", {"next": "/style/home/"})
    assert 'class="portal"' in client.get("/style/home/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_switch_never_leads_away(target: str) -> None:
    assert Client().post("/ui/type/", {"next": target})["Location"] == "/"


def test_the_switch_is_not_turned_by_a_link() -> None:
    assert Client().get("/ui/type/").status_code == 405
