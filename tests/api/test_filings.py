"""Filing, following and adding by program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from huiyin.api import filings
from huiyin.cases import intake
from huiyin.cases.models import Case, Filing, Note, Party
from huiyin.cases.models.case import Classification
from huiyin.kernel.ids import new_query_code
from tests.cases.world import World

KEY = "0f6d3c1a-5f5e-4bb0-9d36-2a4f6f0c9b11"
WORDS: dict[str, Any] = {
    "text": "食堂连续两周没有热水，反映过两次。",
    "demands": ["恢复热水供应"],
    "identity": "named",
    "person": {"name": "李小兰", "phone": "13812345678"},
}


@pytest.fixture(autouse=True)
def fresh_limits(world: World) -> Iterator[None]:
    yield
    cache.clear()


def post(path: str, content: object, key: str = "", **headers: str) -> HttpResponse:
    more = {"Idempotency-Key": key} if key else {}
    return Client().post(
        f"/api/v1/filings{path}", content, content_type="application/json", headers={**more, **headers}
    )  # type: ignore[return-value]


def answer(response: HttpResponse) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads(response.content)
    return found


def test_a_filing_is_answered_with_its_receipt() -> None:
    response = post("", WORDS, KEY)
    receipt = answer(response)
    assert response.status_code == 201
    filing = Filing.objects.get(reference=receipt["reference"])
    assert receipt["content_hash"] == filing.content_hash
    assert receipt["received_at"].endswith("+08:00")
    assert receipt["next"]["sentence"] and receipt["next"]["due_on"] == filing.case.next_due_on.isoformat()  # type: ignore[union-attr]
    assert intake.filing_by_code(receipt["code"]) == filing
    assert filing.channel == "web" and filing.entered_by is None


def test_a_retry_gets_the_same_receipt_and_files_nothing_new() -> None:
    first, second = post("", WORDS, KEY), post("", WORDS, KEY)
    assert (first.status_code, second.status_code) == (201, 200)
    assert answer(first) == answer(second)
    assert Filing.objects.count() == 1


def test_the_same_key_with_other_words_is_refused() -> None:
    post("", WORDS, KEY)
    response = post("", {**WORDS, "text": "别的事情。"}, KEY)
    assert (response.status_code, answer(response)["code"]) == (409, "already_received")
    assert Filing.objects.count() == 1


def test_without_a_key_nothing_is_filed() -> None:
    response = post("", WORDS)
    assert (response.status_code, answer(response)["field"]) == (422, "Idempotency-Key")
    assert Filing.objects.count() == 0


def test_an_anonymous_filing_keeps_nobody_even_when_a_name_is_sent() -> None:
    post("", {**WORDS, "identity": "anonymous"}, KEY)
    party = Party.objects.get()
    assert party.sealed_identity is None and party.account_digest is None


def test_a_report_goes_into_the_sealed_lane_at_once() -> None:
    post("", {**WORDS, "identity": "anonymous", "said": "report"}, KEY)
    case = Case.objects.get()
    assert case.is_sealed and case.classification == Classification.REPORT
    assert Filing.objects.get().text == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"person": {}}, "name"),
        ({"person": {"name": "李小兰", "phone": "12"}}, "phone"),
        ({"topic": "nothing"}, "topic"),
        ({"text": ""}, "text"),
        ({"demands": []}, "demands"),
        ({"demands": ["a"] * 11}, "demands"),
        ({"identity": "known"}, "identity"),
        ({"headcount": 0}, "headcount"),
        ({"risk": 1}, "risk"),
    ],
)
def test_what_is_not_usable_is_named(change: dict[str, object], field: str) -> None:
    response = post("", {**WORDS, **change}, KEY)
    found = answer(response)
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    assert field in found["field"]
    assert set(found) == {"type", "title", "status", "detail", "code", "field"} and found["detail"]
    assert Filing.objects.count() == 0


def test_what_is_not_json_is_400() -> None:
    headers = {"Idempotency-Key": KEY}
    response = Client().post("/api/v1/filings", "{", content_type="application/json", headers=headers)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_the_code_shows_where_the_filing_stands() -> None:
    receipt = answer(post("", WORDS, KEY))
    response = post("/track", {"code": receipt["code"].lower()})
    found = answer(response)
    assert response.status_code == 200
    assert found["reference"] == receipt["reference"] and found["next"] == receipt["next"]
    assert found["stage"] == "已收到，等待登记"
    assert [line["sentence"] for line in found["happened"]] == ["我们收到了您反映的问题"]
    assert "李小兰" not in response.content.decode() and "热水" not in response.content.decode()


def test_an_unknown_code_is_not_found_and_a_mistyped_one_is_told() -> None:
    code = new_query_code()
    assert post("/track", {"code": code}).status_code == 404
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "1")
    response = post("/track", {"code": mistyped})
    assert (response.status_code, answer(response)["field"]) == (422, "code")


def test_guessing_codes_is_stopped() -> None:
    statuses = [post("/track", {"code": new_query_code()}).status_code for _ in range(12)]
    assert statuses == [404] * 10 + [429] * 2


def test_after_a_stop_the_answer_says_when_to_come_again() -> None:
    for _ in range(10):
        post("/track", {"code": new_query_code()})
    response = post("/add", {"code": new_query_code(), "text": "补充"})
    assert response.status_code == 429 and response["Retry-After"]


def test_words_are_added_to_the_own_filing() -> None:
    receipt = answer(post("", WORDS, KEY))
    response = post("/add", {"code": receipt["code"], "text": "昨天又停了。"})
    assert response.status_code == 201 and answer(response)["reference"] == receipt["reference"]
    assert Note.objects.get().text == "昨天又停了。"


def test_nothing_is_added_by_an_unknown_code() -> None:
    post("", WORDS, KEY)
    assert post("/add", {"code": new_query_code(), "text": "补充"}).status_code == 404
    assert Note.objects.count() == 0


def test_a_flood_of_filings_is_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filings, "FROM_ADDRESS", 2)
    keys = [f"{KEY}{number}" for number in range(3)]
    assert [post("", WORDS, key).status_code for key in keys] == [201, 201, 429]


def test_the_address_of_an_unnamed_filer_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr("huiyin.org.throttle.allow", lambda purpose, key, *_: counted.append(f"{purpose} {key}"))
    post("", {**WORDS, "identity": "anonymous"}, KEY)
    post("", {**WORDS, "identity": "confidential"}, f"{KEY}2")
    assert counted == ["api.file.all *"] * 2
    post("", WORDS, f"{KEY}3")
    assert counted[2:] == ["api.file.address 127.0.0.1", "api.file.all *"]
