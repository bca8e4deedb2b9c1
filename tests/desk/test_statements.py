"""What a page costs: a fixed number of statements, and not one more for more rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from huiyin.cases import handling, joining
from huiyin.cases.models import Case, Stage
from huiyin.trail.moments import server_now
from tests.cases import world as made
from tests.cases.world import World, bring
from tests.desk.signed import client

ALLOWED = 10


def statements(signed: Client, url: str, **query: str) -> list[str]:
    """The statements of the second reading: what is kept in memory after the first doesn't count."""
    signed.get(url, query)
    with CaptureQueriesContext(connection) as seen:
        assert signed.get(url, query).status_code == 200
    return [row["sql"] for row in seen.captured_queries]


@pytest.mark.parametrize("name, query", [("work", {}), ("cases", {}), ("cases", {"q": "工资", "due": "month"})])
def test_lists_cost_no_more_with_more_rows(world: World, name: str, query: dict[str, str]) -> None:
    bring(world, Stage.REGISTERED)
    url, officer = reverse(f"desk:{name}"), client("officer")
    few = statements(officer, url, **query)
    for no in range(5):
        bring(world, Stage.REGISTERED, text=f"第{no}个月的工资还没有发，问过财务科。")
    many = statements(officer, url, **query)
    assert len(many) == len(few) <= ALLOWED, "\n".join(many)


@pytest.mark.parametrize("name", ["officer", "handler", "head"])
def test_the_page_of_a_whole_case_has_its_ceiling(world: World, name: str) -> None:
    case, _filing = bring(world, Stage.CLOSED)
    few = statements(client(name), reverse("desk:case", args=[case.reference]))
    assert len(few) <= ALLOWED, "\n".join(few)


def test_the_page_of_a_case_costs_no_more_with_more_in_it(world: World) -> None:
    case, filing = bring(world, Stage.HANDLING)
    url, officer = reverse("desk:case", args=[case.reference]), client("officer")
    few = statements(officer, url)
    for no in range(3):
        other = made.file(world, f"第{no}次说同一件事：工资没有发。").case
        joining.join(other, into=Case.objects.get(pk=case.pk), reason="同一件事", by=world.officer, at=server_now())
        handling.note(case, text=f"第{no}次调取工资表", by=world.handler, at=server_now())
        handling.add(filing, text=f"补充{no}", by=world.filer, at=server_now())
    many = statements(officer, url)
    assert len(many) == len(few), "\n".join(many)


def test_the_count_would_see_a_query_in_a_loop(world: World) -> None:
    for _no in range(2):
        bring(world, Stage.REGISTERED)
    with CaptureQueriesContext(connection) as seen:
        assert [case.office.name for case in Case.objects.all()]
    assert len(seen) == 3
