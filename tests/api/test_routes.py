"""The route adviser for programs: the same answer as the command, nothing kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from huiyin.org import doorway
from huiyin.trail.models import Event


def ask(facts: dict[str, Any]) -> Any:
    return Client().post("/api/v1/routes", facts, content_type="application/json")


@pytest.mark.django_db
def test_the_ways_come_with_their_last_days_and_nothing_is_kept(django_assert_num_queries: Any) -> None:
    doorway.forget()
    with django_assert_num_queries(0):
        answer = ask({"matter": "pay", "employed": False, "left_on": "2025.12.25", "asked_on": None})
    [way] = answer.json()["routes"]
    assert answer.status_code == 200
    assert (way["route"], way["last_day"]) == ("劳动报酬争议仲裁", "2026-12-25")
    assert "不保证上述期限停止计算" in answer.json()["caution"]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"matter": "wages"}, "given.matter"),
        ({"salary": 1}, "given.salary"),
        ({"matter": "pay", "left_on": "2199-1-1"}, "left_on"),
        ({}, "matter"),
    ],
)
@pytest.mark.django_db
def test_what_can_t_be_is_a_problem_at_its_fact(facts: dict[str, Any], field: str) -> None:
    doorway.forget()
    answer = ask(facts)
    assert answer.status_code == 422 and answer.json()["field"] == field
    assert answer["Content-Type"] == "application/problem+json"
