"""ID and phone numbers as people write them. All numbers are made up; 110105194912310021-like ones come from GB 11643."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.kernel.errors import Invalid
from huiyin.kernel.id_number import check_digit, check_id_number, check_phone


def whole(body: str) -> str:
    return body + check_digit(body)


def refused(text: str) -> str:
    with pytest.raises(Invalid) as caught:
        check_id_number(text)
    assert (caught.value.code, caught.value.field) == ("id_number", "id_number")
    return caught.value.sentence


def test_the_example_of_the_standard_is_right() -> None:
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        " 110105 19491231 002x ",
        "110105-19491231-002X",
        "110105194912310 02×",
        "11010519491231002Х",  # a Cyrillic one
        "\u202a11010519491231002X\u202c",
        "110105491231002",
    ],
)
def test_one_number_written_in_many_ways_is_one_number(text: str) -> None:
    assert check_id_number(text) == "11010519491231002X"


@pytest.mark.parametrize(
    "body", ["81000019810723002", "82000019900101001", "83000019811230001", "91115619810723002", "93110219750606123"]
)
def test_residence_permits_and_foreigners_cards_are_taken(body: str) -> None:
    assert check_id_number(whole(body)) == whole(body)


def test_a_centenarian_s_short_number_belongs_to_the_19th_century() -> None:
    assert check_id_number("110105960101997")[6:10] == "1896"


@given(st.integers(0, 16), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(place: int, change: int) -> None:
    number = "11010519491231002X"
    wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
    assert "核对" in refused(wrong)


@given(st.integers(0, 15))
def test_every_swap_of_neighbours_is_found(place: int) -> None:
    number = "13020319790415268"
    number = whole(number)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        assert "核对" in refused(swapped)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "请填写 18 位"),
        ("110105194912310021", "第 18 位（校验码）"),
        ("11010519491331002X", "第 7 至 14 位"),
        ("11010517491231002X", "第 7 至 14 位"),
        (whole("10010519491231002"), "第 1、2 位"),
        ("1101051949123100", "您填了 16 位"),
        ("11010519491231002XX", "您填了 19 位"),
        ("11010519491231O02X", "第 15 位是“O”"),
        ("1101051949123100X2", "第 17 位是“X”"),
        ("1101**********002X", "遮盖过"),
        ("１１０１＊＊＊＊＊＊＊＊＊＊００２X", "遮盖过"),
        ("没有带", "第 1 位是“没”"),
        ("1" * 5000, "您填了 5000 个字"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "第 1 位"),
    ],
)
def test_a_wrong_number_is_refused_with_the_position_to_check(text: str, says: str) -> None:
    assert says in refused(text)


def test_the_sentence_never_tells_the_right_check_digit() -> None:
    """Else people 'correct' the last digit instead of the mistake."""
    assert "X" not in refused("110105194912310021")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13812345678", "13812345678"),
        ("１３８　１２３４　５６７８", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("0086 13812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("010-88886666", "010-88886666"),
        ("(010) 8888 6666", "010-88886666"),
        ("（0351）4567890", "0351-4567890"),
        ("01088886666", "010-88886666"),
        ("+86 10 8888 6666", "010-88886666"),
        ("0351-4567890-801", "0351-4567890-801"),
        ("0351—4567890转801", "0351-4567890-801"),
        ("0351-4567890 分机 801", "0351-4567890-801"),
        ("0351-456-7890", "0351-4567890"),
        ("400-123-4567", "4001234567"),
        ("95588", "95588"),
        ("12345", "12345"),
        ("661234", "661234"),
        ("+852 9123 4567", "+85291234567"),
        ("00852 91234567", "+85291234567"),
    ],
)
def test_phones_of_every_kind_come_to_one_form_that_stays(text: str, number: str) -> None:
    assert check_phone(text) == number
    assert check_phone(number) == number


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "请填写电话"),
        ("1381234567", "您填了 10 位"),
        ("12812345678", "没有以“12”开头"),
        ("88886666", "加上区号"),
        ("138****5678", "遮盖过"),
        ("打我手机", "没有认出"),
        ("12", "没有认出"),
        ("13812345678 13912345678", "您填了 22 位"),
        ("9" * 5000, "5000 个字"),
        ("١٣٨١٢٣٤٥٦٧٨", "没有认出"),
    ],
)
def test_a_wrong_phone_is_refused_with_what_to_do(text: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_phone(text)
    assert says in caught.value.sentence
    assert caught.value.code == "phone"
