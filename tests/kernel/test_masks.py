"""A mask shows enough to recognise and too little to learn; and never the whole, whatever it is given."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.kernel.masks import mask_address, mask_email, mask_id_number, mask_name, mask_phone

MASKS = (mask_address, mask_email, mask_id_number, mask_name, mask_phone)


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (mask_name, "张三", "张*"),
        (mask_name, "张三丰", "张*"),
        (mask_name, "欧阳春", "欧阳*"),
        (mask_name, "欧阳", "欧*"),
        (mask_name, "阿卜杜拉·买买提", "阿*"),
        (mask_name, "𬭎堃", "𬭎*"),
        (mask_name, "葛\U000e0100某", "葛\U000e0100*"),
        (mask_name, "张", "*"),
        (mask_name, "John Smith", "J*"),
        (mask_id_number, "11010519491231002X", "1101**********002X"),
        (mask_id_number, "E12345678", "E*******8"),
        (mask_id_number, "1234", "****"),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "138 1234 5678", "138****5678"),
        (mask_phone, "010-88886666", "010-****6666"),
        (mask_phone, "0351-4567890-801", "****01"),
        (mask_phone, "+85291234567", "****67"),
        (mask_phone, "95588", "****"),
        (mask_address, "北京市朝阳区建国路88号", "北京市朝阳区****"),
        (mask_address, "山西省大同市云冈区某矿家属区3栋", "山西省大同市云冈区****"),
        (mask_address, "内蒙古自治区鄂尔多斯市东胜区1号", "内蒙古自治区鄂尔多斯市东胜区****"),
        (mask_address, "幸福小区5栋201", "****"),
        (mask_address, "三号院", "****"),
        (mask_email, "zhang.san@example.com", "z***@example.com"),
        (mask_email, "z@example.com", "***@example.com"),
        (mask_email, "没有", "***"),
    ],
)
def test_what_a_mask_shows(mask: Callable[[str], str], text: str, shown: str) -> None:
    assert mask(text) == shown


@given(st.text(min_size=1, max_size=60).filter(str.strip))
def test_no_mask_gives_a_text_back_whole(text: str) -> None:
    for mask in MASKS:
        assert "*" in mask(text)
        assert mask(text).replace("*", "") != text.strip()


@given(st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True))
def test_an_id_number_s_birthday_is_never_shown(number: str) -> None:
    assert mask_id_number(number)[4:14] == "*" * 10


def test_nothing_stays_nothing() -> None:
    for mask in MASKS:
        assert mask("") == "" == mask("  ")
