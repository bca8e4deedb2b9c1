"""Topics and statutory routes: complete, cited, in people's words; damaged ones are refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huiyin.cases import lists
from huiyin.cases.lists import BadList, Limit


def test_topics_come_parents_first_in_two_levels() -> None:
    topics = lists.topics()
    codes = [topic.code for topic in topics]
    assert len(codes) == len(set(codes))
    assert [topic.position for topic in topics] == list(range(1, len(topics) + 1))
    for topic in topics:
        assert topic.code.count(".") == (0 if topic.parent is None else 1)
        assert topic.parent is None or codes.index(topic.parent) < codes.index(topic.code)


def test_the_first_topics_are_said_in_people_s_words() -> None:
    first = lists.topics()[0]
    assert (first.code, first.name, first.plain_name) == ("pay", "薪酬绩效", "工资、奖金、加班费")


def test_every_route_cites_an_article_and_names_organ_and_limit() -> None:
    for route in lists.routes():
        assert re.search(r"《.+?》第.+?条", route.article), route.code
        assert route.organ
        assert route.limit_text
        assert route.materials
        assert route.grievances
        assert route.branch_name


def test_every_branch_of_article_31_outside_this_procedure_has_a_route() -> None:
    assert {route.branch for route in lists.routes()} == {1, 2, 3, 4, 5}


def test_what_is_not_read_in_the_law_is_to_be_confirmed() -> None:
    for route in lists.routes():
        assert route.to_confirm is (route.source == "K"), route.code
        assert (lists.TO_BE_CONFIRMED in route.limit_text) is route.to_confirm, route.code


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        ("labour_arbitration", Limit(1, "year")),
        ("injury_recognition", Limit(1, "year")),
        ("capability_reappraisal", Limit(15, "day")),
        ("suit_after_award", Limit(15, "day")),
        ("labour_inspection", Limit(2, "year")),
        ("housing_fund", None),
        ("disease_appraisal", None),  # 30 and 15 days aren't confirmed: no date is computed from them
    ],
)
def test_limits_are_those_of_the_law(code: str, limit: Limit | None) -> None:
    route = lists.route(code)
    assert route is not None
    assert route.limit == limit


def test_no_route_promises_that_filing_here_protects_a_limit() -> None:
    for route in lists.routes():
        assert "信访" not in route.interruption


def test_an_unknown_route_is_none() -> None:
    assert lists.route("nothing") is None


GOOD = (lists.HERE / "routes.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "劳动争议仲裁"', 'nam = "劳动争议仲裁"', "nam isn't known"),
        ("branch = 2", "branch = 6", "1 to 5"),
        ("branch = 2", 'branch = "2"', "of the kind int"),
        ('unit = "year"', 'unit = "workday"', "limit must look like"),
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
        lists.read_routes(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[topics]]\ncode = "a.b"\nname = "甲"\nplain_name = "乙"\n', "must stand before"),
        ('[[topics]]\ncode = "a"\nname = "甲"\n', "plain_name is missing"),
        (f'[[topics]]\ncode = "a"\nname = "{"甲" * 31}"\nplain_name = "乙"\n', "at most 30"),
    ],
)
def test_a_damaged_topic_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "topics.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadList, match=reason):
        lists.read_topics(path)
