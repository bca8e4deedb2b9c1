"""Text as it comes: pasted, mirrored, invisible, rare, long; and what counts as alike."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.kernel.chinese import ALIKE, clean, grams, likeness, plain
from huiyin.kernel.errors import Invalid

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=200)
STORY = "我是机修车间的工人，从今年三月起单位一直没有发夜班津贴，问了班长和劳资科都说等通知，请帮忙核实并补发。"


@pytest.mark.parametrize(
    "name", ["䶮㛃", "王堃", "𬭎", "阿卜杜拉·买买提", "张三👨‍👩‍👧", "葛\U000e0100", "\ue000某", "O'Brien"]
)
def test_rare_names_middle_dots_and_emoji_stay_as_they_are(name: str) -> None:
    assert clean(name, limit=50, field="name", is_line=True) == name


@pytest.mark.parametrize(
    "sign",
    [
        "\0",
        "\x07",
        "\x1b",
        "\x7f",
        "\x9b",
        "\u202e",
        "\u2066",
        "\u200f",
        "\u061c",
        "\u200b",
        "\ufeff",
        "\u00ad",
        "\ud800",
        "\uffff",
    ],
)
def test_what_cannot_be_seen_or_stored_is_taken_out(sign: str) -> None:
    assert clean(f"工{sign}资", limit=10, field="text") == "工资"
    assert clean(f"工{sign}资", limit=10, field="text", is_line=True) == "工资"


def test_a_text_keeps_tabs_and_lines_and_all_line_ends_are_one() -> None:
    assert clean("一\r\n二\r三\u2028四\x0b五\t六\n\n七", limit=50, field="text") == "一\n二\n三\n四\n五\t六\n\n七"


def test_a_line_keeps_single_spaces_only() -> None:
    assert clean(" 王\t小\r\n明　二 ", limit=50, field="name", is_line=True) == "王 小 明 二"


def test_a_name_of_5000_characters_is_told_not_cut() -> None:
    with pytest.raises(Invalid) as caught:
        clean("王" * 5000, limit=50, field="name", is_line=True)
    assert caught.value.field == "name"
    assert caught.value.status == 422
    for number in ("50 个字", "5000 个字", "4950 个字"):
        assert number in caught.value.sentence


def test_the_limit_counts_what_is_kept() -> None:
    assert clean("\0" * 100 + "  工资  ", limit=2, field="text") == "工资"


@given(ANY_TEXT, st.booleans())
def test_cleaned_text_is_storable_and_cleaning_it_again_changes_nothing(text: str, is_line: bool) -> None:
    kept = clean(text, limit=10_000, field="text", is_line=is_line)
    assert clean(kept, limit=10_000, field="text", is_line=is_line) == kept
    kept.encode()  # no lone surrogates
    assert not {c for c in kept if unicodedata.category(c) == "Cc"} - {"\n", "\t"}
    assert not {
        c
        for c in kept
        if unicodedata.bidirectional(c) in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    }


def test_grams_are_pairs_with_the_last_character_and_latin_runs_whole() -> None:
    assert grams("拖欠工资") == ["拖欠", "欠工", "工资", "资"]
    assert grams("ＯＡ系统2号，社保") == ["oa", "系统", "统", "2", "号", "社保", "保"]
    assert grams("矸") == ["矸"]
    assert grams("𬭎工𬭎工") == ["𬭎工", "工𬭎", "工"]
    assert grams("！？ 😀") == []


@given(st.text("拖欠工资社保a1 ，", max_size=40), st.integers(0, 40), st.integers(2, 6))
def test_every_word_in_a_text_has_its_pairs_among_the_grams_of_the_text(text: str, start: int, length: int) -> None:
    word = text[start : start + length]
    if len(word) < 2 or not all(c in "拖欠工资社保" for c in word):
        return
    pairs = {word[i : i + 2] for i in range(len(word) - 1)}
    assert pairs <= set(grams(text))


def test_plain_makes_width_and_case_one() -> None:
    assert plain("ＡＢｃ１２３㈱") == "abc123(株)"


def test_an_exact_repeat_is_1_whatever_its_punctuation_and_width() -> None:
    assert likeness(STORY, STORY) == 1.0
    assert likeness(STORY, STORY.replace("，", ", ").replace("。", "！！ ")) == 1.0
    assert likeness("工资", "工资") == 1.0


def test_a_repeat_with_greeting_addition_or_half_of_it_is_alike_and_another_matter_is_not() -> None:
    other = "我退休前在铸造分厂接触粉尘二十年，体检说肺部有阴影，单位不给开职业史证明，医院无法做职业病诊断。"
    assert likeness(STORY, f"尊敬的领导您好！{STORY}已经等了半年。") > 0.7
    assert likeness(STORY, STORY[: len(STORY) // 2]) > ALIKE
    assert likeness(STORY, STORY + other) > ALIKE
    assert likeness(STORY, other) < 0.1 < ALIKE


def test_a_short_text_contained_in_a_long_one_is_not_alike() -> None:
    """The twin: containment alone would call this 1.0."""
    short, long = (
        frozenset(grams("夜班津贴")),
        frozenset(grams(STORY * 1 + "补充：" + "另外还有社保缴费基数和公积金的问题。")),
    )
    assert len(short & long) / len(short) >= 0.75
    assert likeness(short, long) < ALIKE


@given(ANY_TEXT, ANY_TEXT)
def test_likeness_is_symmetric_and_between_0_and_1(a: str, b: str) -> None:
    assert 0.0 <= likeness(a, b) <= 1.0
    assert likeness(a, b) == likeness(b, a) == likeness(grams(a), set(grams(b)))
    assert likeness("", a) == 0.0
