"""One address can't flood the office; whoever is told to wait keeps every word; nothing of an address is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from huiyin.cases.models import Filing
from huiyin.kernel.errors import TooMany
from huiyin.kernel.ids import new_public_id
from huiyin.org import doorway
from huiyin.papers.models import Upload
from huiyin.trail.moments import server_now, server_time
from tests.cases import world as made

TEXT = "三个月没有发工资了，去财务科问过两次。"


@pytest.fixture(autouse=True)
def narrow_door(db: None, settings: Any) -> Iterator[None]:
    made.build()
    settings.FILINGS_PER_ADDRESS, settings.UPLOADS_PER_ADDRESS = 2, 2
    doorway.forget()
    cache.clear()
    yield
    doorway.forget()


def file(address: str = "10.0.0.1", **more: str) -> Any:
    said = {
        "idempotency_key": new_public_id(), "said": "claim", "text": TEXT, "demands-0": "补发工资",
        "identity": "anonymous", **more,
    }  # fmt: skip
    return Client(REMOTE_ADDR=address).post(reverse("file"), said)


def test_a_flood_from_one_address_waits_and_keeps_its_words() -> None:
    assert [file().status_code for _ in range(2)] == [201, 201]
    told = file()
    page = told.content.decode()
    assert told.status_code == 429
    assert TEXT in page
    assert "补发工资" in page
    assert "请在" in page and "都还在这一页上" in page
    assert Filing.objects.count() == 2
    assert file("10.0.0.2").status_code == 201


def test_after_ten_minutes_the_door_is_open_again() -> None:
    now = server_now()
    for _ in range(2):
        file()
    with server_time(now + timedelta(minutes=9)):
        assert file().status_code == 429
    with server_time(now + timedelta(minutes=11)):
        assert file().status_code == 201


def test_the_sentence_names_the_minute_from_which_it_works() -> None:
    request = RequestFactory().post("/", REMOTE_ADDR="10.0.0.1")
    at = server_now().replace(hour=1, minute=0, second=30, microsecond=0)  # 9:00 in Shanghai
    with server_time(at):
        doorway.filing(request)
        doorway.filing(request)
        with pytest.raises(TooMany) as told:
            doorway.filing(request)
    assert "09:10" in told.value.sentence
    with server_time(at.replace(minute=10, second=0)):
        doorway.filing(request)


def test_what_was_not_sent_right_is_not_counted() -> None:
    for _ in range(5):
        assert file(text="").status_code == 422
    assert file().status_code == 201


def test_uploads_from_one_address_wait_with_a_sentence() -> None:
    def begin(address: str = "10.0.0.1") -> Any:
        return Client(REMOTE_ADDR=address).post(reverse("upload_begin"), {"name": "工资条.jpg", "size": "9"})

    assert [begin().status_code for _ in range(2)] == [201, 201]
    told = begin()
    assert told.status_code == 429 and "请在" in told.json()["sentence"] and Upload.objects.count() == 2
    assert begin("10.0.0.2").status_code == 201


def test_zero_means_any_number(settings: Any) -> None:
    settings.FILINGS_PER_ADDRESS = 0
    assert [file().status_code for _ in range(4)] == [201] * 4


def test_counting_writes_nothing_and_asks_no_database() -> None:
    request = RequestFactory().post("/", REMOTE_ADDR="10.0.0.1")
    with CaptureQueriesContext(connection) as seen:
        doorway.filing(request)
    assert len(seen) == 0 and not any(b"10.0.0.1" in key for key in doorway._came)


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorway, "MOST_ADDRESSES", 3)
    for no in range(9):
        doorway.filing(RequestFactory().post("/", REMOTE_ADDR=f"10.0.0.{no}"))
    assert len(doorway._came) == 3
