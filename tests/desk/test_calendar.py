"""设置 · 放假安排: a year taken in on the page counts at once; a damaged file changes nothing and says where it is wrong."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from huiyin.clocks import calendars
from huiyin.org.models import User
from tests.cases import world as made
from tests.cases.world import World

DAYS = [
    {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
    {"name": "元旦", "date": "2027-01-02", "isOffDay": True},
]


@pytest.fixture
def world(db: None, tmp_path: Path, settings: Settings) -> World:
    settings.CALENDAR_DIR = tmp_path / "calendar"
    return made.build()


def send(name: str, text: str, file: str = "2027.json") -> tuple[int, str]:
    client = Client()
    client.force_login(User.objects.get(username=name))
    upload = SimpleUploadedFile(file, text.encode(), "application/json")
    answer = client.post(reverse("desk:calendar"), {"sent": "1", "file": upload}, follow=True)
    return answer.status_code, answer.content.decode()


def test_a_year_is_taken_in_and_listed(world: World) -> None:
    assert calendars.current().is_provisional(date(2027, 6, 1))
    status, page = send("admin", json.dumps({"year": 2027, "papers": [], "days": DAYS}))
    assert status == 200
    assert "2027年的放假安排已导入，0个期限重新计算" in page
    assert "元旦 2027年1月1日—2027年1月2日" in page
    assert not calendars.current().is_provisional(date(2027, 6, 1))


@pytest.mark.parametrize(
    ("text", "file", "where"),
    [
        ('{"year": 2027', "2027.json", "line 1"),
        (json.dumps({"year": 2028, "days": DAYS}), "2027.json", "field year"),
        (
            json.dumps({"year": 2027, "days": [{"name": "元旦", "date": "1.1", "isOffDay": True}]}),
            "2027.json",
            "days[0]",
        ),
        (json.dumps({"year": 2027, "days": DAYS}), "holidays.txt", "例如 2027.json"),
        ("", "2027.json", "line 1"),
    ],
)
def test_a_damaged_file_changes_nothing(world: World, text: str, file: str, where: str) -> None:
    status, page = send("admin", text, file)
    assert status == 422
    assert where in page
    assert calendars.current().is_provisional(date(2027, 6, 1))


def test_others_find_no_such_page(world: World) -> None:
    assert send("officer", "{}")[0] == 404
