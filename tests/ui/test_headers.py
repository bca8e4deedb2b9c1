"""The strict policy is on every answer, and the two exceptions are as narrow as they say."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings

from huiyin.ui.headers import SecurityHeaders, may_be_framed, shows_own_papers


def answered(response: HttpResponse) -> HttpResponse:
    answer = SecurityHeaders(lambda request: response)(HttpRequest())
    assert isinstance(answer, HttpResponse)
    return answer


def test_nothing_inline_and_nothing_from_elsewhere() -> None:
    policy = answered(HttpResponse())["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "object-src 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy


def test_a_page_with_a_preview_may_hold_own_frames_only() -> None:
    answer = answered(shows_own_papers(HttpResponse()))
    assert "frame-src 'self'" in answer["Content-Security-Policy"]
    assert "frame-src" not in answered(HttpResponse())["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_a_paper_may_be_framed_by_ourselves_only() -> None:
    answer = answered(may_be_framed(HttpResponse()))
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]


def test_a_stricter_policy_of_the_view_is_kept() -> None:
    own = "sandbox; default-src 'none'"
    assert answered(HttpResponse(headers={"Content-Security-Policy": own}))["Content-Security-Policy"] == own


def test_pages_are_not_stored_unless_the_view_says_otherwise() -> None:
    assert answered(HttpResponse())["Cache-Control"] == "no-store"
    assert answered(HttpResponse(headers={"Cache-Control": "max-age=60"}))["Cache-Control"] == "max-age=60"


@pytest.mark.parametrize("address", ["/refuse/404/", "/refuse/500/", "/style/home/", "/nowhere"])
def test_every_answer_carries_the_policy(address: str) -> None:
    with override_settings(ROOT_URLCONF="tests.ui.style_pages", ALLOWED_HOSTS=["testserver"]):
        answer = Client(raise_request_exception=False).get(address)
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
