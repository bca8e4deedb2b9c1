"""Two writers of one paper: the PDF, which is the one that gets sealed, and the .docx, a working copy.

Both set the same composed text; `lines` is that text. Typst draws the PDF (docs/decisions/0007): the fields go in as
JSON, so that nobody's words are ever read as markup; one compiler is kept for its fonts, behind a lock.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import segno
import typst
from PIL import Image

from huiyin.org.models import Unit
from huiyin.papers import composing, typefaces, word
from huiyin.papers.composing import Block, Composed
from huiyin.papers.templates import Fields, Template

LAYOUT = Path(__file__).parent / "layout"
# Width of the text in points (156 mm) and the largest size of the issuing unit's name above a formal paper.
TEXT_WIDTH = 442
HEAD_SIZE = 38

_one_at_a_time = threading.Lock()


class UnclearPaper(RuntimeError):
    """The layout can't be drawn without a warning: a font named that isn't there, or a fault in the layout itself."""


def pdf(form: str | Template, fields: Fields, *, unit: Unit | str, number: str, on: date) -> bytes:
    """The paper as PDF/A-2b, the same bytes for the same words and fonts.

    `number` is empty for a draft. `on` is the date under the signature. LookupError for an unknown kind.
    """
    drawn = _drawn(composing.compose(form, fields, unit=str(unit), number=number, on=on), format="pdf")
    if not isinstance(drawn, bytes):
        raise UnclearPaper("a PDF in pieces")
    return drawn


def pictures(form: str | Template, fields: Fields, *, unit: Unit | str, number: str, on: date) -> list[bytes]:
    """The paper's pages as PNG, 794 pixels wide (A4 at 96 dots an inch): to look at, never the paper itself."""
    drawn = _drawn(composing.compose(form, fields, unit=str(unit), number=number, on=on), format="png")
    return [_small(page) for page in ([drawn] if isinstance(drawn, bytes) else drawn)]


def docx(form: str | Template, fields: Fields, *, unit: Unit | str, number: str, on: date) -> bytes:
    """The paper for Word and WPS, with the fonts of GB/T 9704 named and none put in."""
    composed = composing.compose(form, fields, unit=str(unit), number=number, on=on)
    return word.write(composed, head_size=_head_size(composed.unit))


def lines(form: str | Template, fields: Fields, *, unit: Unit | str, number: str, on: date) -> list[str]:
    """The text both files have, in reading order, without page numbers."""
    return composing.lines(composing.compose(form, fields, unit=str(unit), number=number, on=on))


def _small(page: bytes) -> bytes:
    """The same picture in 32 colours: a third of the bytes."""
    made = io.BytesIO()
    with Image.open(io.BytesIO(page), formats=["PNG"]) as opened:
        opened.convert("RGB").quantize(32, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    return made.getvalue()


def _drawn(composed: Composed, *, format: Literal["pdf", "png"]) -> bytes | Sequence[bytes]:
    with _one_at_a_time:
        drawn, warnings = _compiler(typefaces.files()).compile_with_warnings(
            input=(LAYOUT / "paper.typ").read_bytes(),
            format=format,
            ppi=96 if format == "png" else None,
            sys_inputs={"data": json.dumps(_data(composed), ensure_ascii=False)},
            pdf_standards=["a-2b"] if format == "pdf" else [],
            timestamp=datetime(composed.on.year, composed.on.month, composed.on.day, tzinfo=UTC),
        )
    if warnings or drawn is None:
        raise UnclearPaper("; ".join(warning.message for warning in warnings))
    return drawn


def _data(composed: Composed) -> dict[str, Any]:
    fonts, weights = _fonts(typefaces.files())
    return {
        "title": composed.title,
        "layout": composed.layout,
        "unit": composed.unit,
        "number": composed.number,
        "head": _head_size(composed.unit),
        "fictional": composing.FICTIONAL if composed.is_fictional else "",
        "fonts": fonts,
        "weights": weights,
        "blocks": [_plain(block) for block in composed.blocks],
    }


def _plain(block: Block) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": block.kind, "texts": list(block.texts), "strong": block.is_strong}
    if block.rows:
        made["rows"] = [
            [{"text": cell.text, "label": cell.is_label, "span": cell.span, "tall": cell.tall} for cell in row]
            for row in block.rows
        ]
    if block.widths:
        made["widths"] = list(block.widths)
    if block.link:
        picture = io.BytesIO()
        segno.make(block.link, error="m").save(picture, kind="svg", border=2, xmldecl=False, unit="", scale=4)
        made["qr"] = picture.getvalue().decode("ascii")
    return made


def _head_size(unit: str) -> float:
    """The issuing unit's name on one line: as large as the width allows, at most 38 points, at least 14."""
    ems = sum(1.0 if ord(character) > 0x2E7F else 0.55 for character in unit) or 1.0
    return max(14.0, min(float(HEAD_SIZE), round(TEXT_WIDTH / ems * 0.98, 1)))


@cache
def _compiler(paths: tuple[Path, ...]) -> typst.Compiler:
    return typst.Compiler(root=str(LAYOUT), font_paths=_loaded(paths))


@cache
def _loaded(paths: tuple[Path, ...]) -> typst.Fonts:
    """No font of the machine's: the same paper everywhere."""
    folders = list(dict.fromkeys(str(path.parent) for path in paths))
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


@cache
def _fonts(paths: tuple[Path, ...]) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Families by role and their weights: GB/T 9704's own where they are there, else the shipped one, in bold for titles."""
    there = set(_loaded(paths).families())
    families: dict[str, list[str]] = {}
    weights: dict[str, int] = {}
    for role, wanted in typefaces.WANTED.items():
        own = next((name for name in wanted if name in there), None)
        families[role] = [own, typefaces.SHIPPED_FAMILY] if own else [typefaces.SHIPPED_FAMILY]
        weights[role] = 400 if own or role in {"body", "page"} else 700
    families["subheading"], weights["subheading"] = families["heading"], weights["heading"]
    return families, weights
