"""Every refusal is a page with a title, a landmark and a sentence that says what to do, without the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.utils.translation import override

from huiyin.ui.refusals import WORDS

KINDS = {"403": 403, "404": 404, "409": 409, "422": 422, "429": 429, "gone": 404, "500": 500, "503": 503}


@pytest.fixture(autouse=True)
def style_urls() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.ui.style_pages", ALLOWED_HOSTS=["testserver"]):
        yield


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("kind", KINDS)
def test_every_status_page_has_landmark_title_and_sentence(client: Client, kind: str) -> None:
    answer = client.get(f"/refuse/{kind}/")
    page = answer.content.decode()
    assert answer.status_code == KINDS[kind]
    assert '<main id="main"' in page and "<h1>" in page and "· 回音</title>" in page
    assert '<p class="lead">' in page and "严禁处理、传输国家秘密" in page
    assert "11010519491231002X" not in page


def test_the_domains_sentence_is_shown_as_it_is(client: Client) -> None:
    assert "这件事刚刚被签收了。请刷新页面。" in client.get("/refuse/409/").content.decode()


def test_at_the_desk_the_way_leads_back_to_the_desk(client: Client) -> None:
    assert 'href="/desk/"' in client.get("/desk/refuse/409/").content.decode()
    assert 'href="/desk/"' not in client.get("/refuse/409/").content.decode()


def test_a_script_gets_json_and_a_swap_gets_a_notice(client: Client) -> None:
    answer = client.get("/refuse/429/", headers={"accept": "application/json"})
    assert json.loads(answer.content)["sentence"] == "查询太频繁，请10分钟后再试。"
    assert answer["Retry-After"] == "60"
    answer = client.get("/refuse/409/", headers={"hx-request": "true"})
    assert answer["HX-Retarget"] == "#notices"
    assert "<html" not in answer.content.decode() and 'role="alert"' in answer.content.decode()


def test_a_swap_is_told_of_our_own_failure_too(client: Client) -> None:
    answer = client.get("/refuse/500/", headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Retarget"]) == (500, "#notices")


def test_a_page_comes_up_even_when_templates_do_not(client: Client) -> None:
    with patch("huiyin.ui.refusals.loader.render_to_string", side_effect=RuntimeError):
        answer = client.get("/refuse/500/")
    assert answer.status_code == 500
    assert "<main><h1>系统出了问题</h1>" in answer.content.decode()


def test_a_stale_form_shows_what_was_typed_but_no_secret() -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["session"] = "x"
    answer = client.post(
        "/style/act/",
        {
            "story": "夜班津贴<b>没有</b>发",
            "password": "secret-word",
            "query_code": "7K3MQ2ZT9WXA",
            "csrfmiddlewaretoken": "t" * 64,
        },
    )
    page = answer.content.decode()
    assert answer.status_code == 403 and "这一页已经过期" in page
    assert "夜班津贴&lt;b&gt;没有&lt;/b&gt;发" in page
    assert "secret-word" not in page and "7K3MQ2ZT9WXA" not in page and "tttt" not in page


def test_without_cookies_the_page_says_so() -> None:
    page = Client(enforce_csrf_checks=True).post("/style/act/", {}).content.decode()
    assert "Cookie" in page


def test_too_much_at_once_is_told_apart(client: Client) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        answer = client.post("/style/act/", {"story": "长" * 200}, content_type="application/x-www-form-urlencoded")
        answer = client.post("/style/act/", "story=" + "a" * 300, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413 and "内容太大" in answer.content.decode()


def test_more_files_than_a_form_can_hold_are_told_with_what_to_do(client: Client) -> None:
    many = [SimpleUploadedFile(f"{no}.txt", b"x") for no in range(101)]
    answer = client.post("/style/act/", {"files_whole": many})
    assert answer.status_code == 413 and "每次最多选 20 个" in answer.content.decode()


def test_every_standard_sentence_says_what_to_do() -> None:
    with override("zh-hans"):
        for status, words in WORDS.items():
            assert "请" in str(words.sentence), status
