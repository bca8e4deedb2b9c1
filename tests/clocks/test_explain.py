"""Explanations, time left in words, and the colour of a limit."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from huiyin.clocks.explain import explain, time_left, urgency_of
from huiyin.kernel.errors import Invalid
from tests.clocks.rule_samples import CALENDAR, POLICY


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_json_has_exactly_the_promised_keys() -> None:
    found = explain("notice", at("2026-02-01T09:00")).as_dict()
    assert list(found) == [
        "rule", "due", "unrolled", "internal_target", "provisional", "source", "calendar", "policy", "days",
    ]  # fmt: skip
    assert (found["due"], found["unrolled"], found["internal_target"]) == ("2026-02-24", "2026-02-16", "2026-02-14")
    assert found["provisional"] is False
    assert found["source"] == "《信访工作条例》第二十三条"
    assert found["policy"] == POLICY.sha256
    assert found["days"][0] == {"date": "2026-02-01", "counted": False, "reason": "起算当日，不计入"}
    assert found["days"][-1]["date"] == "2026-02-24"


def test_an_extension_is_explained() -> None:
    found = explain("decision", at("2026-08-03T09:00"), extend=30)
    assert found.as_dict()["due"] == "2026-11-02"
    assert any("延长30日" in sentence for sentence in found.sentences())


def test_a_date_in_2027_says_provisional() -> None:
    found = explain("decision", at("2026-12-01T09:00"))
    assert found.as_dict()["provisional"] is True
    assert "暂定" in found.as_text()
    assert "2027年：放假安排尚未公布" in found.as_dict()["calendar"]
    assert "暂定" not in explain("notice", at("2026-02-01T09:00")).as_text()


def test_the_text_for_a_terminal_has_a_line_a_day() -> None:
    text = explain("objection", at("2026-09-30T09:00")).as_text()
    assert "  2026-10-10 + 第3个工作日（周六，调休上班）" in text
    assert "  2026-10-01 · 国庆节休假，不是工作日，不计入" in text
    assert "《信访工作条例》第二十三条" in text


@pytest.mark.parametrize(
    ("rule", "start", "extend", "code"),
    [
        ("nothing", "2026-02-01", 0, "unknown_rule"),
        ("notice", "2026-02-01", 5, "extension_too_long"),
        ("decision", "2026-02-01", 31, "extension_too_long"),
        ("decision", "2026-02-01", -1, "extension_too_long"),
        ("decision", "9999-12-01", 0, "date_out_of_range"),
    ],
)
def test_what_cannot_be_counted_is_told(rule: str, start: str, extend: int, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        explain(rule, date.fromisoformat(start), extend=extend)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("due_on", "today", "words"),
    [
        ("2026-09-24", "2026-09-21", "还有 3 个工作日（9月24日 周四）"),
        ("2026-09-26", "2026-09-24", "还有 2 天（9月26日 周六）"),
        ("2026-10-08", "2026-09-30", "还有 1 个工作日（10月8日 周四）"),
        ("2027-01-04", "2026-12-31", "还有 1 个工作日（2027年1月4日 周一）"),
        ("2026-09-24", "2026-09-24", "今天到期"),
        ("2026-09-24", "2026-09-26", "已超期 2 天"),
    ],
)
def test_time_left_is_said_in_words(due_on: str, today: str, words: str) -> None:
    assert time_left(date.fromisoformat(due_on), date.fromisoformat(today), CALENDAR) == words


@pytest.mark.parametrize(
    ("started_on", "due_on", "today", "colour"),
    [
        ("2026-08-01", "2026-08-21", "2026-08-15", "calm"),
        ("2026-08-01", "2026-08-21", "2026-08-16", "soon"),
        ("2026-08-01", "2026-08-21", "2026-08-21", "soon"),
        ("2026-08-01", "2026-08-21", "2026-08-22", "missed"),
        (None, "2026-08-21", "2026-08-17", "calm"),
        (None, "2026-08-21", "2026-08-18", "soon"),
        ("2026-08-21", "2026-08-21", "2026-08-21", "soon"),
    ],
)
def test_amber_from_75_per_cent_red_only_when_missed(
    started_on: str | None, due_on: str, today: str, colour: str
) -> None:
    start = date.fromisoformat(started_on) if started_on else None
    assert urgency_of(start, date.fromisoformat(due_on), date.fromisoformat(today)) == colour
