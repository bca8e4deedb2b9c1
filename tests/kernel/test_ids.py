"""Query codes survive people: case, spaces, look-alikes; and no single slip opens somebody else's filing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.kernel import ids
from huiyin.kernel.errors import Invalid

CODES = st.lists(st.sampled_from(ids.ALPHABET), min_size=26, max_size=26).map(
    lambda body: "".join(body) + ids._check_characters("".join(body))
)


def refused(text: str) -> str:
    with pytest.raises(Invalid) as caught:
        ids.normalise_code(text, field="query_code")
    assert caught.value.code == "query_code"
    assert caught.value.field == "query_code"
    return caught.value.sentence


def test_a_new_code_has_28_characters_and_is_taken_as_it_is() -> None:
    code = ids.new_query_code()
    assert len(code) == 28
    assert set(code) <= set(ids.ALPHABET)
    assert ids.normalise_code(code) == code


def test_codes_references_and_public_ids_do_not_repeat() -> None:
    for new, length in ((ids.new_query_code, 28), (ids.new_reference, 10), (ids.new_public_id, 32)):
        made = {new() for _ in range(2000)}
        assert len(made) == 2000
        assert {len(one) for one in made} == {length}


def test_all_32_characters_occur_in_random_codes() -> None:
    assert set("".join(ids.new_reference() for _ in range(500))) == set(ids.ALPHABET)


@given(CODES)
def test_a_code_typed_in_any_usual_way_is_the_same_code(code: str) -> None:
    wide = code.translate({ord(c): ord(c) + 0xFEE0 for c in ids.ALPHABET})
    typed = (
        code.lower(),
        ids.grouped(code),
        f"  {ids.grouped(code).lower()}\n",
        "-".join(ids.grouped(code).split()),
        " — ".join(ids.grouped(code).split()),
        wide,
        "　".join(wide[start : start + 4] for start in range(0, 28, 4)),
        code.replace("0", "O").replace("1", "l"),
        code.replace("0", "o").replace("1", "I"),
        "\u200b".join(code),
        f"https://example.com/track#{code}",
    )
    for text in typed:
        assert ids.normalise_code(text) == code


@given(CODES, st.integers(0, 27), st.sampled_from(ids.ALPHABET))
def test_every_single_typo_is_found_and_its_group_named(code: str, place: int, wrong: str) -> None:
    if wrong == code[place]:
        return
    sentence = refused(code[:place] + wrong + code[place + 1 :])
    assert f"第 {place // 4 + 1} 组" in sentence


@given(CODES, st.integers(0, 27), st.integers(0, 27))
def test_every_swap_of_two_characters_is_found_neighbours_or_not(code: str, one: int, other: int) -> None:
    swapped = list(code)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    if "".join(swapped) == code:
        assert ids.normalise_code("".join(swapped)) == code
    else:
        assert "输错或颠倒" in refused("".join(swapped))


def test_without_check_characters_a_swap_would_pass() -> None:
    """The twin: a plain sum instead of the weighted one doesn't see a swap."""
    code = "0123456789ABCDEFGHJKMNPQRS"
    swapped = "1" + "0" + code[2:]
    values = [[ids._VALUE[c] for c in text] for text in (code, swapped)]
    assert ids._syndromes(values[0])[0] == ids._syndromes(values[1])[0]
    assert ids._check_characters(code) != ids._check_characters(swapped)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "请输入"),
        (" - ", "请输入"),
        ("ABCD", "您输入了 4 位"),
        ("0" * 29, "您输入了 29 位"),
        ("ABCDU", "第 2 组里的“U”"),
        ("回执在哪里", "第 1 组里的“回”"),
        ("0" * 5_000_000, "您输入了 400 位"),
    ],
)
def test_what_is_no_code_is_refused_with_what_to_do(text: str, says: str) -> None:
    assert says in refused(text)


def test_a_reference_is_read_leniently_and_anything_else_finds_nothing() -> None:
    reference = ids.new_reference()
    assert ids.normalise_reference(f" {reference.lower()[:5]}-{reference.lower()[5:]}") == reference
    assert ids.normalise_reference("x" * 11) == ""
    assert ids.normalise_reference("../../etc") == ""
    assert ids.normalise_reference("") == ""
