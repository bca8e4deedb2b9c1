"""What is said to the adviser is typed and checked: a clear sentence at the fact, or unknown; never a guess, never a crash."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huiyin.cases import routes
from huiyin.clocks import calendars
from huiyin.kernel.errors import Invalid

ON = date(2026, 11, 24)
FACTS = routes.questions().facts


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"matter": "pay", "left_on": "2026-11-25"}, "left_on", "还没有到的日子"),
        ({"matter": "injury", "accident_on": "2027-1-1"}, "accident_on", "还没有到的日子"),
        ({"matter": "pay", "joined_on": "2026-3-1", "left_on": "2026-2-1"}, "left_on", "早于入职日期"),
        ({"matter": "injury", "joined_on": "2026-3-1", "accident_on": "2026-2-1"}, "accident_on", "早于入职日期"),
        ({"discipline_by": "manager", "decision_made_on": "2026-3-2", "decision_received_on": "2026-3-1"},
         "decision_received_on", "早于决定作出"),
        ({"injury_stage": "grade", "appraisal_concluded_on": "2026-3-2", "appraisal_received_on": "2026-3-1"},
         "appraisal_received_on", "早于结论作出"),
        ({"matter": "pay", "employed": "yes", "left_on": "2026-3-1"}, "left_on", "还是本单位职工"),
        ({"matter": "pay", "proceeding": "none", "award_received_on": "2026-3-1"}, "award_received_on", "没有选"),
        ({"matter": "pay", "left_on": "2026年3月"}, "left_on", "只写到了月份"),
        ({"matter": "pay", "left_on": "2026-02-30"}, "left_on", "年、月、日"),
        ({"matter": "pay", "left_on": "去年"}, "left_on", "年、月、日"),
        ({"matter": "pay", "left_on": True}, "left_on", "年、月、日"),
        ({"matter": "pay", "left_on": "1900-1-1"}, "left_on", "年份太早"),
        ({"matter": "pay", "workers": 0}, "workers", "请写数字"),
        ({"matter": "pay", "workers": "十个"}, "workers", "请写数字"),
        ({"matter": "pay", "workers": 1.5}, "workers", "请写数字"),
        ({"matter": "pay", "employed": "也许"}, "employed", "选一项"),
        ({"matter": "pay", "employed": 3}, "employed", "选一项"),
        ({"matter": "wages"}, "matter", "选一项"),
        ({"matter": ["pay"]}, "matter", "选一项"),
        ({"matter": "pay", "salary": 3}, "salary", "没有“salary”这一项"),
        ({}, "matter", "请先选择是什么事"),
        ({"matter": "不知道"}, "matter", "请先选择是什么事"),
    ],
)  # fmt: skip
def test_what_can_t_be_is_told_at_the_fact(said: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        routes.read(said, ON)
    assert refusal.value.field == field
    assert words in refusal.value.sentence


@pytest.mark.parametrize(
    "said",
    ["2026.1.5", "2026/1/5", "2026-01-05", "20260105", 20260105, "2026年1月5日", "２０２６．１．５", date(2026, 1, 5),
     datetime(2026, 1, 5, 9, 30, tzinfo=UTC)],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(said: object) -> None:
    assert routes.read({"matter": "pay", "left_on": said}, ON).day("left_on") == date(2026, 1, 5)


@pytest.mark.parametrize("said", [None, "", "  ", "unknown", "不知道", "记不清"])
def test_what_isn_t_known_stays_unknown(said: object) -> None:
    found = routes.read({"matter": "pay", "employed": "no", "left_on": said}, ON)
    assert found.day("left_on") is None
    assert found.plain()["left_on"] == "unknown"


def test_an_answer_that_belongs_to_one_matter_names_it() -> None:
    assert routes.read({"injury_stage": "grade"}, ON).answer("matter") == "injury"


def test_an_open_question_shows_every_way_it_could_be() -> None:
    answer = routes.advise(routes.read({"matter": "injury", "accident_on": "2026-10-30"}, ON), ON, calendars.current())
    assert len(answer.routes) == 6 and not any(one.is_sure for one in answer.routes)
    assert all("工伤到了哪一步" in "".join(one.unknown) for one in answer.routes)


def test_each_question_is_put_once_and_each_fact_can_be_asked() -> None:
    for matter in FACTS["matter"].choices:
        said: dict[str, object] = {"matter": matter}
        for _ in range(len(FACTS)):
            asked = routes.next_questions(routes.read(said, ON), said)
            if not asked:
                break
            assert not {fact.code for fact in asked} & set(said)
            said |= {fact.code: None for fact in asked}
        assert len(said) < len(FACTS)


def test_no_way_promises_that_filing_here_protects_a_limit() -> None:
    for route in routes.routes():
        told = "".join([route.procedure, route.limit_text, route.interruption, *(limit.said for limit in route.limits)])
        assert "信访" not in route.interruption
        assert "保护期限" not in told and "停止计算" not in told
    assert "不保证上述期限停止计算" in routes.CAUTION


def test_what_asks_who_somebody_is_is_not_asked() -> None:
    assert not {"name", "phone", "id_number", "account", "address"} & set(FACTS)
    assert not [fact for fact in FACTS.values() if "姓名" in fact.question or "身份证" in fact.question]


def values_of(code: str) -> st.SearchStrategy[object]:
    fact = FACTS[code]
    if fact.kind == "date":
        return st.dates(date(2000, 1, 1), ON + timedelta(days=3)).map(lambda day: day.isoformat()) | st.just("不知道")
    if fact.kind == "number":
        return st.integers(-1, 2000)
    return st.sampled_from([*fact.choices, "unknown"])


WILD = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.lists(st.integers(), max_size=2)
)
SETS = st.sets(st.sampled_from(list(FACTS)), max_size=9).flatmap(
    lambda codes: st.fixed_dictionaries({code: values_of(code) for code in sorted({*codes, "matter"})})
)


def tried(said: dict[str, object]) -> routes.Advice | None:
    try:
        return routes.advise(routes.read(said, ON), ON, calendars.current())
    except Invalid as refusal:
        assert refusal.field and refusal.sentence
        return None


@settings(max_examples=250, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(said=SETS, more=st.sampled_from(list(FACTS)), wild=WILD)
def test_no_fact_makes_it_crash_and_the_days_add_up(said: dict[str, object], more: str, wild: object) -> None:
    tried({**said, more: wild})
    answer = tried(said)
    if answer is None:
        return
    assert answer.routes
    answer.as_text()
    for entry, advised in zip(answer.as_dict()["routes"], answer.routes, strict=True):  # type: ignore[call-overload]
        assert {"route", "organ", "last_day", "days_left", "article", "materials", "employer_duty", "unknown"} <= set(
            entry
        )
        assert (entry["last_day"] is None) is (entry["days_left"] is None)
        for last in advised.lasts:
            assert last.days_left == (last.last_day - ON).days
            assert last.last_day >= last.due.unrolled
            assert calendars.current().is_workday(last.last_day)
            assert last.first is None or last.first < last.last_day
    assert routes.read(answer.given.plain(), ON) == answer.given  # what is kept gives the same answer again
