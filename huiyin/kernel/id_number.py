"""Citizen ID numbers (GB 11643) and phone numbers, as people write them, brought to one form or refused with a reason."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from huiyin.kernel.errors import Invalid

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
# GB/T 2260 provinces, and 81 82 83: residence permits of people from Hong Kong, Macao and Taiwan.
_PROVINCE_CODES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
)
_PROVINCES = frozenset(_PROVINCE_CODES.split())
_X = str.maketrans({"x": "X", "×": "X", "х": "X", "Х": "X", "✕": "X", "╳": "X"})
_BETWEEN = re.compile(r"[\s\-_.·‐‑‒–—―−]+")
_MASK = re.compile(r"[*＊●•]")
_LONGEST = 100  # characters as typed, spaces included


def _bare(text: str) -> str:
    """Full-width forms made plain, without separators and invisible characters."""
    shown = "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc"} or c.isspace())
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", shown))


def check_digit(body: str) -> str:
    """The 18th character for the first 17 (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return _CHECK[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]


def check_id_number(text: str, *, field: str = "id_number") -> str:
    """The number in its one form: 18 characters, capital X. Numbers of 15 digits become 18.

    Takes citizens' numbers, residence permits (81, 82, 83) and foreigners' permanent residence cards (9…), full-width
    digits, spaces, a small x. Raises Invalid; the sentence says which positions to look at, never the right digit.
    """

    def refuse(sentence: str, **values: object) -> Invalid:
        return Invalid("id_number", sentence, field=field, **values)

    if len(text) > _LONGEST:
        raise refuse("证件号码应为 18 位，您填了 %(count)d 个字，请只填号码。", count=len(text))
    if _MASK.search(text):
        raise refuse("这是遮盖过的号码。请填写完整的 18 位证件号码，或者不改动这一项。")
    number = _bare(text).translate(_X)
    if not number:
        raise refuse("请填写 18 位身份证号码。")
    for place, character in enumerate(number[:18], start=1):
        if not ("0" <= character <= "9") and not (character == "X" and place == 18):
            raise refuse(
                "证件号码第 %(place)d 位是“%(character)s”。前 17 位只能是数字，第 18 位是数字或 X，请核对这一位。",
                place=place,
                character=character,
            )
    if len(number) == 15 and number.isdigit():
        # 996-999 were kept for people over a hundred when the short numbers were given.
        century = "18" if number[12:] in {"996", "997", "998", "999"} else "19"
        number = number[:6] + century + number[6:]
        number += check_digit(number)
    elif len(number) != 18:
        raise refuse("身份证号码应为 18 位，您填了 %(count)d 位，请检查有没有多填或漏填。", count=len(number))
    if number[0] != "9" and number[:2] not in _PROVINCES:
        raise refuse("证件号码第 1、2 位是“%(area)s”，没有这个地区代码，请核对第 1、2 位。", area=number[:2])
    if not _is_day(number[6:14]):
        raise refuse("证件号码第 7 至 14 位是出生日期，“%(day)s”不是一个日期，请核对这 8 位。", day=number[6:14])
    if check_digit(number[:17]) != number[17]:
        raise refuse("证件号码第 18 位（校验码）与前 17 位对不上。请先核对第 18 位，再从左到右核对前 17 位。")
    return number


def _is_day(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return day.year >= 1850


_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.ASCII)
_LANDLINE = re.compile(
    r"(?:(?:\+86|0086)0?|0)(10|2\d|[3-9]\d{2})([2-9]\d{6,7})(?:(?:转|ext|x|#|,)(\d{1,6}))?", re.ASCII
)
_SERVICE = re.compile(r"[48]00\d{7}|95\d{3,6}|96\d{3,6}|1[02]\d{3,4}|[1-9]\d{2,5}", re.ASCII)
_ABROAD = re.compile(r"(?:\+|00)(?!86)([1-9]\d{6,14})", re.ASCII)


def check_phone(text: str, *, field: str = "phone") -> str:
    """The number in its one form: `13812345678`, `010-88886666`, `010-88886666-801`, `4001234567`, `95588`, `+85291234567`.

    Takes +86, spaces, dashes, brackets, full-width digits, extensions, short numbers of a plant's exchange (3 to 6 digits).
    Raises Invalid with a sentence that says what is missing.
    """

    def refuse(sentence: str, **values: object) -> Invalid:
        return Invalid("phone", sentence, field=field, **values)

    if len(text) > _LONGEST:
        raise refuse("这里只填一个电话号码，您填了 %(count)d 个字，请只留号码。", count=len(text))
    if _MASK.search(text):
        raise refuse("这是遮盖过的号码。请填写完整的电话号码，或者不改动这一项。")
    # An extension is often written with a dash: keep it apart before the dashes go.
    marked = re.sub(
        r"(\d{7,8})\s*[-－—–]\s*(\d{1,6})\s*$", r"\1转\2", unicodedata.normalize("NFKC", text), flags=re.ASCII
    )
    number = re.sub(r"[()（）]", "", _bare(marked)).lower().replace("分机", "转").replace("转转", "转")
    if not number:
        raise refuse("请填写电话号码。")
    if found := _MOBILE.fullmatch(number):
        return found[1]
    if found := _LANDLINE.fullmatch(number):
        area, local, extension = found.groups()
        return f"0{area}-{local}" + (f"-{extension}" if extension else "")
    if _SERVICE.fullmatch(number):
        return number
    if found := _ABROAD.fullmatch(number):
        return f"+{found[1]}"
    if re.fullmatch(r"1[0-9]*", number) and len(number) >= 8:
        if len(number) != 11:
            raise refuse("手机号码应为 11 位，您填了 %(count)d 位，请核对。", count=len(number))
        raise refuse("没有以“%(start)s”开头的手机号码，请核对。", start=number[:2])
    if re.fullmatch(r"[2-9][0-9]{6,7}", number):
        raise refuse("座机号码请加上区号，例如 010-88886666。")
    raise refuse("没有认出这个电话号码。请填写 11 位手机号码，或带区号的座机号码，例如 010-88886666。")
