"""Topics: complete, in people's words; damaged ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiyin.cases import lists
from huiyin.cases.lists import BadList


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
