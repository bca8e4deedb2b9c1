"""The adviser against a table worked out by hand from the law (sets.toml)."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from huiyin.cases import routes
from huiyin.cases.routes import Advice, Advised, counting
from huiyin.clocks import calendars
from huiyin.clocks.counting import count

TODAY = "2026-11-24"
SETS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "sets.toml").read_text("utf-8"))["sets"]
CONFIRM = "to be confirmed by the legal office"


def answer(row: dict[str, Any]) -> Advice:
    on = date.fromisoformat(row.get("on", TODAY))
    return routes.advise(routes.read(row["facts"], on), on, calendars.current())


def advised(row: dict[str, Any]) -> Advised:
    found = answer(row).of(row["route"])
    assert found is not None, row["why"]
    return found


def last_day(row: dict[str, Any]) -> str:
    found = advised(row).last_day
    return found.isoformat() if found else ""


def cited(row: dict[str, Any]) -> list[str]:
    """The articles that the answer must name: 《name》, then each 第…条 without its paragraph."""
    return re.findall(r"《[^》]+》|第[一二三四五六七八九十]+条", row.get("cites", row["law"]))


def test_the_table_is_long_enough() -> None:
    assert len(SETS) >= 60
    assert len({str(row["facts"]) + row.get("on", "") for row in SETS}) == len(SETS)


@pytest.mark.parametrize("row", SETS, ids=[f"{place}-{row['route']}" for place, row in enumerate(SETS)])
def test_the_way_the_article_and_the_last_day_are_those_of_the_law(row: dict[str, Any]) -> None:
    found = advised(row)
    assert last_day(row) == row["last_day"], (row["why"], found.explain())
    told = found.article + found.employer_duty
    assert [part for part in cited(row) if part not in told] == []
    assert found.route.to_confirm is (CONFIRM in row["law"])
    assert (found.last is not None and found.last.is_lapsed) is row.get("lapsed", False)
    if "days_left" in row:
        assert found.last is not None and found.last.days_left == row["days_left"]
    if "first" in row:
        assert found.last is not None and found.last.first == date.fromisoformat(row["first"])
    if "employer" in row:
        assert found.employer is not None and found.employer.last_day == date.fromisoformat(row["employer"])
        assert found.has_employer_alert
    if "other" in row:
        assert found.lasts[1].last_day == date.fromisoformat(row["other"])
    if "opens" in row:
        assert found.opens_on == date.fromisoformat(row["opens"])
    if "alone" in row:
        assert [one.route.code for one in answer(row).routes] == [row["route"]]
    everything = "\n".join([*found.explain(), *found.unknown, found.employer_duty, found.article])
    assert row.get("says", "") in everything
    assert "without" not in row or row["without"] not in found.article


def test_every_row_of_the_list_of_ways_is_hit() -> None:
    hit: set[str] = set()
    for row in SETS:
        found = advised(row)
        hit |= {*found.route.rows, *(aside.row for aside in found.asides)}
    assert set(routes.rules().rows) - hit == set()


def test_every_route_is_hit() -> None:
    assert {route.code for route in routes.routes()} - {row["route"] for row in SETS} == set()


def wrong() -> int:
    return sum(last_day(row) != row["last_day"] for row in SETS)


def test_a_roll_that_is_off_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong() == 0

    def unrolled(rule: Any, start: date, calendar: Any) -> Any:
        due = count(rule, start, calendar)
        return due.__class__(**{**{name: getattr(due, name) for name in due.__dataclass_fields__}, "due": due.unrolled})

    monkeypatch.setattr(counting, "count", unrolled)
    assert wrong() >= 10


def test_an_interruption_that_is_off_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = routes.rules()
    deaf = [limit for route in rules.routes.values() for limit in route.limits if limit.restart]
    assert deaf
    for limit in deaf:
        monkeypatch.setitem(limit.__dict__, "restart", ())
    assert wrong() >= 4
