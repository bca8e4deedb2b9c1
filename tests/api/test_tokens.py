"""A program's token: what it reads, how long, and that the record notices a token stretched behind the program's back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from huiyin.cases.models import Stage
from huiyin.kernel.actors import System
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org import tokens
from huiyin.org.models import ApiToken, User
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases.world import World, bring

BY = System("test")


def status(text: str, path: str = "") -> int:
    answer: int = Client().get(f"/api/v1/cases{path}", headers={"Authorization": f"Bearer {text}"}).status_code
    return answer


@pytest.fixture
def officer(world: World) -> User:
    return User.objects.get(username="officer")


def test_a_token_for_the_list_opens_no_case_and_says_why(world: World, officer: User) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    narrow = tokens.issue(officer, "大屏", is_list_only=True, by=BY, at=server_now())
    whole = tokens.issue(officer, "报表", by=BY, at=server_now())
    assert [status(narrow), status(whole)] == [200, 200]
    assert [status(narrow, f"/{case.reference}"), status(whole, f"/{case.reference}")] == [403, 200]
    told = Client().get(f"/api/v1/cases/{case.reference}", headers={"Authorization": f"Bearer {narrow}"})
    assert told["Content-Type"] == "application/problem+json" and told.json()["code"] == "token_scope"


def test_a_token_ends_by_itself(officer: User) -> None:
    now = server_now()
    text = tokens.issue(officer, "报表", lasts=timedelta(days=30), by=BY, at=now)
    with server_time(now + timedelta(days=29)):
        assert status(text) == 200
    with server_time(now + timedelta(days=30, seconds=1)):
        assert status(text) == 401


def test_a_token_of_a_disabled_account_opens_nothing_and_none_is_given(officer: User) -> None:
    text = tokens.issue(officer, "报表", by=BY, at=server_now())
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert status(text) == 401
    with pytest.raises(Refused, match="account_disabled"):
        tokens.issue(officer, "报表", by=BY, at=server_now())


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_lasts_a_day_to_a_year(officer: User, days: int) -> None:
    with pytest.raises(Invalid) as told:
        tokens.issue(officer, "报表", lasts=timedelta(days=days), by=BY, at=server_now())
    assert told.value.field == "days" and not ApiToken.objects.exists()


def test_of_one_account_twenty_tokens_live_and_a_revoked_one_makes_room(officer: User) -> None:
    for no in range(tokens.MOST_LIVING):
        tokens.issue(officer, f"程序{no}", by=BY, at=server_now())
    with pytest.raises(Refused, match="too_many_tokens"):
        tokens.issue(officer, "又一个", by=BY, at=server_now())
    first = ApiToken.objects.order_by("pk").first()
    assert first is not None
    tokens.revoke(first, by=BY, at=server_now())
    assert tokens.issue(officer, "又一个", by=BY, at=server_now())


CHANGES: dict[str, Callable[[], object]] = {
    "scope": lambda: ApiToken.objects.update(is_list_only=False),
    "end": lambda: ApiToken.objects.update(expires_at=None),
    "removed": lambda: ApiToken.objects.all().delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_token_stretched_behind_the_programs_back_is_found(officer: User, change: str) -> None:
    tokens.issue(officer, "大屏", is_list_only=True, by=BY, at=server_now())
    assert verify().is_ok
    CHANGES[change]()
    assert any("token:" in finding.place for finding in verify().findings)
