"""One value, one spelling."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.trail.canonical import canonical, event_hash, moment_text, plain

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts.map(lambda text: unicodedata.normalize("NFC", text)), inner, max_size=3)
    ),
    max_leaves=10,
)


def test_keys_are_sorted_and_nothing_is_padded() -> None:
    assert canonical({"b": [1, True, None], "a": "信访"}) == '{"a":"信访","b":[1,true,null]}'.encode()


def test_two_spellings_of_one_character_are_one() -> None:
    assert canonical({"a": "e\u0301"}) == canonical({"a": "\u00e9"})


def test_a_moment_is_utc_with_microseconds_wherever_it_was_said() -> None:
    shanghai = datetime(2026, 8, 3, 9, 0, tzinfo=timezone(timedelta(hours=8)))
    assert plain(shanghai) == plain(datetime(2026, 8, 3, 1, 0, tzinfo=UTC)) == "2026-08-03T01:00:00.000000Z"
    assert plain(date(2026, 8, 3)) == "2026-08-03"


def test_an_early_year_keeps_four_digits() -> None:
    assert moment_text(datetime(1, 1, 1, tzinfo=UTC)).startswith("0001-")


@pytest.mark.parametrize("value", [1.0, float("nan"), b"x", Decimal("1"), {1, 2}, {1: "a"}, object()])
def test_what_has_no_single_spelling_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical({"a": value})


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), datetime(2026, 8, 3), {"e\u0301": 1, "\u00e9": 2}, "\ud800"],  # noqa: DTZ001
)
def test_what_could_be_read_in_two_ways_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical({"a": value})


@given(st.dictionaries(texts.map(lambda text: unicodedata.normalize("NFC", text)), values, max_size=4))
def test_reading_and_writing_again_gives_the_same_bytes(body: dict[str, object]) -> None:
    kept = canonical(body)
    assert canonical(json.loads(kept)) == kept


def test_the_hash_is_tagged() -> None:
    assert event_hash(b"{}") == sha256(b"\x00huiyin-event{}").digest() != sha256(b"{}").digest()
