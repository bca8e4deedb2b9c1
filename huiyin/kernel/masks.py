"""Identity as it stands on screen until it is opened: enough to recognise what one knows, too little to learn it.

Every mask takes any text and never gives it back whole; '' stays ''.
"""

from __future__ import annotations

import re
import unicodedata

STAR = "*"
_DOUBLE = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 "
    "钟离 长孙 宇文 司徒 鲜于 司空 令狐 呼延"
)
_DOUBLE_SURNAMES = frozenset(_DOUBLE.split())
# 小区, 矿区, 家属区 … are no administrative districts.
_REGION = re.compile(
    r"[^省市区县旗州盟\d\s]{1,8}(?:省|自治区|特别行政区|自治州|地区|市|盟|县|旗|(?<![小社园矿厂库校片辖院住宅生活家属东西南北新老])区)"
)


def _first_sign(text: str) -> str:
    """The first character with the marks and variant selectors that belong to it."""
    end = 1
    while end < len(text) and (
        unicodedata.combining(text[end]) or unicodedata.category(text[end]) in {"Mn", "Mc", "Me"}
    ):
        end += 1
    return text[:end]


def mask_name(name: str) -> str:
    """`张*`, `欧阳*`, `阿*` for 阿卜杜拉·买买提, `J*` for John Smith. One star for any length; one character alone: `*`."""
    name = name.strip()
    if not name:
        return ""
    first = name[:2] if name[:2] in _DOUBLE_SURNAMES and len(name) > 2 else _first_sign(name)
    return STAR if first == name else first + STAR


def mask_id_number(number: str) -> str:
    """`1101**********002X`: the first and last four of a full number; of shorter ones first and last character."""
    number = "".join(number.split())
    if len(number) >= 15:
        return number[:4] + STAR * (len(number) - 8) + number[-4:]
    if len(number) >= 6:
        return number[0] + STAR * (len(number) - 2) + number[-1]
    return STAR * len(number)


def mask_phone(phone: str) -> str:
    """`138****5678`, `010-****6666`; of other numbers of 7 or more the last two, of shorter ones nothing."""
    phone = "".join(phone.split())
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
    if not phone:
        return ""
    if re.fullmatch(r"1\d{10}", digits):
        return f"{digits[:3]}****{digits[-4:]}"
    landline = re.fullmatch(r"(0\d{2,3})-?(\d{7,8})", unicodedata.normalize("NFKC", phone))
    if landline:
        return f"{landline[1]}-****{landline[2][-4:]}"
    return "****" + digits[-2:] if len(digits) >= 7 else "****"


def mask_address(address: str) -> str:
    """Province, city and district stay, the rest is `****`: `北京市朝阳区****`. Without a district nothing stays."""
    address = "".join(address.split())
    if not address:
        return ""
    kept = ""
    while len(kept) < len(address) and kept.count("\0") < 3:
        region = _REGION.match(address[len(kept.replace("\0", "")) :])
        if not region:
            break
        kept += region[0] + "\0"
    return kept.replace("\0", "") + "****"


def mask_email(email: str) -> str:
    """`z***@example.com`; a local part of one character goes too."""
    email = email.strip()
    if not email:
        return ""
    local, at, domain = email.rpartition("@")
    if not at or not local:
        return "***"
    return f"{local[0] if len(local) > 1 else ''}***@{domain}"
