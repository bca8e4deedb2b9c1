"""Cases for programs: exactly what the token's account sees at the desk."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huiyin.api.tokens import StaffToken
from huiyin.cases.models import Stage
from huiyin.kernel.actors import Held, System
from huiyin.kernel.errors import Forbidden, Invalid
from huiyin.org import accounts, tokens
from huiyin.org.models import ApiToken, Post, User
from huiyin.trail import verify
from huiyin.trail.moments import server_now, server_time
from tests.cases.world import World, bring, file

Headers = Callable[[str], dict[str, str]]


def get(path: str, headers: dict[str, str] | None = None, **query: str | int) -> tuple[int, dict[str, Any]]:
    response = Client().get(f"/api/v1/cases{path}", query, headers=headers or {})
    return response.status_code, json.loads(response.content)


def test_without_a_token_nothing_is_shown(world: World) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer "}, {"Authorization": "Basic eDp5"}):
        status, found = get("", headers)
        assert (status, found["code"]) == (401, "token")


def test_a_signed_on_browser_is_no_token(world: World) -> None:
    client = Client()
    client.force_login(User.objects.get(username="officer"))
    assert client.get("/api/v1/cases").status_code == 401


def test_each_role_gets_what_it_sees(world: World, token_of: Headers) -> None:
    bring(world, Stage.HANDLING)
    bring(world, Stage.INSPECTED)
    counts = {name: get("", token_of(name))[1]["count"] for name in world.people}
    assert counts == {
        "officer": 1, "chief": 1, "inspector": 1, "liaison": 1, "handler": 1, "head": 1, "deputy": 1,
        "stranger": 0, "stranger_head": 0, "admin": 0, "reviewer": 0,
    }  # fmt: skip


def test_a_case_out_of_sight_is_not_there(world: World, token_of: Headers) -> None:
    case, _ = bring(world, Stage.HANDLING)
    assert get(f"/{case.reference}", token_of("handler"))[0] == 200
    hidden, missing = get(f"/{case.reference}", token_of("stranger")), get("/0000000000", token_of("stranger"))
    assert hidden == missing and hidden[0] == 404


def test_a_case_tells_its_requests_and_record_and_nobody_s_name(world: World, token_of: Headers) -> None:
    case, _ = bring(world, Stage.CLOSED, text="设备坏了三天。")
    _, found = get(f"/{case.reference}", token_of("officer"))
    assert found["demands"][0]["outcome"] == "supported" and found["stage_label"] == "已办结"
    assert found["events"][-1]["code"] == "receive"
    assert "王小明" not in json.dumps(found, ensure_ascii=False)


def test_a_sealed_report_shows_no_words(world: World, token_of: Headers) -> None:
    case, _ = bring(world, Stage.INSPECTED)
    status, found = get(f"/{case.reference}", token_of("inspector"))
    assert (status, found["matter"], [row["text"] for row in found["demands"]]) == (200, "", [""])
    assert get(f"/{case.reference}", token_of("officer"))[0] == 404


def test_filters_and_pages_narrow_the_list(world: World, token_of: Headers) -> None:
    headers = token_of("officer")
    bring(world, Stage.HANDLING)
    file(world, "宿舍漏雨，没有人来修。")
    assert get("", headers, state="received")[1]["count"] == 1
    assert get("", headers, text="漏雨")[1]["count"] == 1
    assert get("", headers, unit=world.refinery.pk)[1]["count"] == 1
    assert get("", headers, unit=10**9)[1]["count"] == 0
    first = get("", headers, size=1)[1]
    assert (len(first["items"]), first["count"], first["pages"]) == (1, 2, 2)
    assert get("", headers, size=101)[0] == get("", headers, page=0)[0] == 422


def test_a_name_finds_nothing(world: World, token_of: Headers) -> None:
    file(world)  # the text names the filer
    assert get("", token_of("officer"), text="王小明")[1]["count"] == 0
    assert get("", token_of("officer"), text="工资")[1]["count"] == 1


def test_a_page_costs_the_same_however_many_rows(world: World, token_of: Headers) -> None:
    headers = token_of("officer")
    for number in range(3):
        file(world, f"第{number}件事情没有解决。")
    with CaptureQueriesContext(
        connection,
    ) as few:
        get("", headers, size=1)
    with CaptureQueriesContext(connection) as many:
        get("", headers, size=3)
    assert len(many) == len(few) <= 10


def test_a_token_ends_with_revoking_and_with_the_account(world: World, token_of: Headers) -> None:
    headers = token_of("officer")
    assert get("", headers)[0] == 200
    tokens.revoke(ApiToken.objects.get(), by=world.officer, at=server_now())
    assert get("", headers)[0] == 401
    headers = token_of("officer")
    accounts.disable_account(User.objects.get(username="officer"), by=System("test"), at=server_now())
    assert get("", headers)[0] == 401


def posts(headers: dict[str, str]) -> tuple[Held, ...]:
    found = StaffToken().authenticate(HttpRequest(), headers["Authorization"].removeprefix("Bearer "))
    assert found is not None
    return found.staff.posts


def test_a_post_ends_with_the_enterprises_day_for_programs_too(world: World, token_of: Headers) -> None:
    headers = token_of("officer")
    Post.objects.filter(user__username="officer").update(ends_on=date(2026, 9, 1))
    with server_time(datetime(2026, 9, 1, 15, 0, tzinfo=UTC)):  # 23:00 in Shanghai: the last day counts
        assert posts(headers)
    with server_time(datetime(2026, 9, 1, 19, 0, tzinfo=UTC)):  # 03:00 of the next day, still the first in UTC
        assert not posts(headers)


def test_a_token_is_not_stored_and_its_change_behind_the_program_shows(world: World, token_of: Headers) -> None:
    text = token_of("officer")["Authorization"].removeprefix("Bearer ")
    token = ApiToken.objects.get()
    assert text.encode() not in bytes(token.digest)
    tokens.revoke(token, by=world.officer, at=server_now())
    assert verify.verify().findings == []
    ApiToken.objects.update(revoked_at=None)
    assert any(f"token:{token.pk}" in str(finding) for finding in verify.verify().findings)


def test_nobody_gets_a_token_for_somebody_else_s_account(world: World) -> None:
    officer = User.objects.get(username="officer")
    with pytest.raises(Forbidden):
        tokens.issue(officer, "报表", by=world.admin, at=server_now())
    assert tokens.issue(officer, "报表", by=world.officer, at=server_now())
    with pytest.raises(Forbidden):
        tokens.revoke(ApiToken.objects.get(), by=world.admin, at=server_now())
    with pytest.raises(Invalid):
        tokens.issue(officer, " ", by=world.officer, at=server_now())


def test_a_filter_that_is_not_there_is_refused_by_name(token_of: Headers, world: World) -> None:
    status, told = get("", token_of("officer"), person="王小明")
    assert status == 422
    assert "person" in str(told)
