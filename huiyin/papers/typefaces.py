"""The fonts papers are set in, and which characters they have.

Shipped: Noto Serif SC Regular and Bold (OFL), with all of GBK and the rare characters of names. A customer's licensed
fonts (方正小标宋, 仿宋_GB2312, 黑体, 楷体_GB2312) in settings.FONT_DIR are taken before it where they are there.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

SHIPPED = Path(__file__).parent / "fonts"
SHIPPED_FAMILY = "Noto Serif SC"
MISSING = "□"
# What a role asks for by GB/T 9704-2012, under the names these fonts carry; the first that is there is taken.
WANTED = {
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK"),
    "heading": ("SimHei", "黑体", "FZHei-B01S"),
    "body": ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "FZFangSong-Z02S"),
    "page": ("SimSun", "宋体", "NSimSun"),
}
_KINDS = frozenset({".ttf", ".otf", ".ttc"})


def files() -> tuple[Path, ...]:
    """The customer's fonts, in the order of their names, then the shipped ones."""
    folder: Path | None = settings.FONT_DIR
    own = sorted(path for path in folder.iterdir() if path.suffix.lower() in _KINDS) if folder else []
    return (*own, *sorted(SHIPPED.glob("*.ttf")))


def printable(text: str) -> str:
    """The text as both writers set it: what no font has becomes a box, controls and invisible marks go.

    Line ends stay. The box stands for emoji and scripts that the fonts lack: a paper never fails for a character.
    """
    have = characters()
    return "".join(_printed(character, have) for character in text.replace("\r\n", "\n").replace("\r", "\n"))


def characters() -> frozenset[int]:
    """Code points that at least one of the fonts can draw."""
    return _characters(files())


@cache
def _characters(paths: tuple[Path, ...]) -> frozenset[int]:
    return frozenset(point for path in paths for point in _mapped(path.read_bytes()))


def _printed(character: str, have: frozenset[int]) -> str:
    if character == "\n":
        return character
    category = unicodedata.category(character)
    if category == "Zs" or character == "\t":
        return character if character == "\u3000" else " "
    if category in {"Cc", "Cf", "Zl", "Zp"} or "\ufe00" <= character <= "\ufe0f" or character >= "\U000e0000":
        return MISSING if category == "Co" else ""
    return character if ord(character) in have else MISSING


def _mapped(data: bytes) -> Iterator[int]:
    """Code points of an OpenType file or collection, out of its 'cmap' tables of format 4 and 12."""
    starts = [0]
    if data[:4] == b"ttcf":
        count = struct.unpack_from(">I", data, 8)[0]
        starts = list(struct.unpack_from(f">{count}I", data, 12))
    for start in starts:
        for record in range(struct.unpack_from(">H", data, start + 4)[0]):
            tag, _, offset, _ = struct.unpack_from(">4sIII", data, start + 12 + 16 * record)
            if tag == b"cmap":
                yield from _of_cmap(data, offset)


def _of_cmap(data: bytes, cmap: int) -> Iterator[int]:
    for record in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * record)
        if platform != 0 and (platform, encoding) not in {(3, 1), (3, 10)}:
            continue
        table = cmap + offset
        form = struct.unpack_from(">H", data, table)[0]
        if form == 12:
            for group in range(struct.unpack_from(">I", data, table + 12)[0]):
                first, last, glyph = struct.unpack_from(">III", data, table + 16 + 12 * group)
                yield from range(first + (glyph == 0), last + 1)
        elif form == 4:
            yield from _of_format_4(data, table)


def _of_format_4(data: bytes, table: int) -> Iterator[int]:
    count = struct.unpack_from(">H", data, table + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", data, table + 14)
    firsts = struct.unpack_from(f">{count}H", data, table + 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", data, table + 16 + 4 * count)
    place = table + 16 + 6 * count
    ranges = struct.unpack_from(f">{count}H", data, place)
    for segment in range(count):
        for point in range(firsts[segment], min(ends[segment], 0xFFFE) + 1):
            if ranges[segment] == 0:
                glyph = point + deltas[segment] & 0xFFFF
            else:
                where = place + 2 * segment + ranges[segment] + 2 * (point - firsts[segment])
                glyph = struct.unpack_from(">H", data, where)[0]
            if glyph:
                yield point
