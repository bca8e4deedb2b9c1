"""The rules of the adviser: complete, cited, marked where not read in the law; damaged ones are refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huiyin.cases import routes
from huiyin.cases.lists import BadList
from huiyin.cases.routes import reading


def test_every_route_cites_an_article_and_names_organ_and_limit() -> None:
    for route in routes.routes():
        assert re.search(r"《.+?》第.+?条", route.article), route.code
        assert route.organ
        assert route.limit_text
        assert route.materials
        assert route.grievances
        assert route.branch_name


def test_every_branch_of_article_31_outside_this_procedure_has_a_route() -> None:
    assert {route.branch for route in routes.routes() if route.leads_out} == {1, 2, 3, 4, 5}


def test_what_is_not_read_in_the_law_is_to_be_confirmed() -> None:
    for route in routes.routes():
        assert route.to_confirm is (route.source == "K"), route.code
        assert (routes.TO_BE_CONFIRMED in route.limit_text) is route.to_confirm, route.code


def test_an_unknown_route_is_none() -> None:
    assert routes.route("nothing") is None


GOOD = (reading.HERE / "routes.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "劳动争议仲裁"', 'nam = "劳动争议仲裁"', "nam isn't known"),
        ("branch = 2", "branch = 7", "1 to 6"),
        ("branch = 2", 'branch = "2"', "1 to 6"),
        ('unit = "year"', 'unit = "workday"', "a limit looks like"),
        ('from = ["known_on"]', 'from = ["matter"]', "a limit looks like"),
        ('matter = ["pay"]', 'matter = ["wages"]', "are not answers to a question"),
        ('rows = ["labour_dispute"]', 'rows = ["nothing"]', "rows are those of"),
        ('source = "V"', 'source = "V"\nto_confirm = true', "limit_text must contain"),
        ('code = "wage_arrears_arbitration"', 'code = "labour_arbitration"', "stands twice"),
        ('interruption = ""\n', "", "interruption is missing"),
        ("[[routes]]", "[[route]]", "and nothing else"),
        ('code = "labour_arbitration"', "code = ", "can't be read"),
    ],
)
def test_a_damaged_route_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "routes.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1), "utf-8")
    with pytest.raises(BadList, match=re.escape(reason)):
        reading.read_rules(path, routes.questions())
