"""What people type is understood; what is not is answered with a sentence at the field."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from django import forms as django_forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from huiyin.kernel.days import read_day
from huiyin.kernel.errors import Invalid, Refused
from huiyin.ui import forms
from tests.ui.style_pages import StyleForm


@pytest.mark.parametrize(
    "typed",
    [
        "2026.1.5",
        "2026/1/5",
        "2026-01-05",
        "20260105",
        "２０２６－１－５",
        "2026年1月5日",
        " 2026 年 1 月 5 号 ",
        "２０２６。1。5".replace("。", "．"),
    ],
)
def test_days_are_read_as_people_type_them(typed: str) -> None:
    assert read_day(typed) == date(2026, 1, 5)


@pytest.mark.parametrize("typed", ["2026-2-30", "昨天", "26-1-5", "2026-1", "3026-1-5", "2026-1-5-6", "", "1/5/2026"])
def test_what_is_no_day_is_refused_not_guessed(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_day(typed)


@pytest.mark.parametrize(
    ("typed", "meant"), [("9:05", time(9, 5)), ("9：05", time(9, 5)), ("9点", time(9)), ("９点05分", time(9, 5))]
)
def test_times_too(typed: str, meant: time) -> None:
    assert forms.read_time(typed) == meant


@pytest.mark.parametrize(
    "typed", ["2026-8-3 9:05", "2026年8月3日9点05分", "2026-08-03T09:05", "20260803 09:05", "２０２６.8.3　9：05"]
)
def test_a_moment_is_in_the_enterprises_zone(typed: str) -> None:
    assert forms.MomentField().clean(typed) == datetime(2026, 8, 3, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["2026-8-3", "9:05", "2026-8-3 25:00"])
def test_half_a_moment_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        forms.MomentField().clean(typed)


@pytest.mark.parametrize(("typed", "meant"), [("１２", 12), ("1,200", 1200), (" 35 人", 35), ("1 200", 1200)])
def test_counts_are_read_as_people_type_them(typed: str, meant: int) -> None:
    assert forms.CountField().clean(typed) == meant


@pytest.mark.parametrize("typed", ["十二", "1.5", "9" * 5000, "1,20"])
def test_what_is_no_count_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        forms.CountField().clean(typed)


@given(st.text(max_size=30))
def test_no_text_breaks_a_field(typed: str) -> None:
    for field in (forms.DayField(required=False), forms.MomentField(required=False), forms.CountField(required=False)):
        try:
            field.clean(typed)
        except ValidationError as error:
            assert error.messages[0].endswith("。")


def test_a_text_too_long_is_told_and_kept() -> None:
    form = StyleForm({"matter": "长" * 5000})
    assert not form.is_valid()
    assert "80" in form.errors["matter"][0]
    assert form["matter"].value() == "长" * 5000


def test_bidi_and_control_characters_are_taken_out() -> None:
    assert forms.LineField().clean("津贴\u202e\x00没发") == "津贴没发"


def test_messages_name_the_field_and_quotes_do_not_collide() -> None:
    form = StyleForm({})
    assert form.errors["matter"] == ["请填写“一句话说说什么事”。"]
    assert form.errors["identity"] == ["请选择“您想让我们怎样称呼您”。"]
    assert form.errors["agreed"] == ["请先勾选“我已看过‘怎样处理您的信息’”。"]


def test_an_own_required_sentence_wins() -> None:
    class Own(forms.HuiyinForm):
        code = django_forms.CharField(label="查询码", error_messages={"required": "请输入回执上的查询码。"})

    assert Own({}).errors["code"] == ["请输入回执上的查询码。"]


def test_a_refusal_lands_at_its_field_or_in_the_summary() -> None:
    form = StyleForm({"matter": "x"})
    form.blame(Invalid("bad", "请写清楚。", field="matter"))
    form.blame(Refused("taken", "已经办过了。", field="nowhere"))
    assert "请写清楚。" in form.errors["matter"]
    assert form.non_field_errors() == ["已经办过了。"]
