"""From a template and its fields to blocks of plain text: what both writers set and `lines` compares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from huiyin.kernel.ids import grouped
from huiyin.papers.templates import PLACEHOLDER, Field, Fields, Part, Template, Value, is_empty, of
from huiyin.papers.typefaces import printable

FICTIONAL = "所有数据为虚构演示"
SEAL_PLACE = "（盖章）"
UNNUMBERED = "（草稿，未编号）"
CODE_LABEL = "查询码"
QR_LABEL = "扫码查询"
# Groups in a row: the 28 characters stand in two rows, to be copied by hand.
CODE_ROW = 4


@dataclass(frozen=True)
class Cell:
    text: str
    is_label: bool = False
    span: int = 1
    tall: int = 0


@dataclass(frozen=True)
class Block:
    """`kind` as in templates, and grid: rows of cells, four columns wide. `texts` are set one below the other.

    A table's first row is its head; `widths` are its columns' shares.
    """

    kind: str
    texts: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    widths: tuple[int, ...] = ()
    is_strong: bool = False
    link: str = ""


@dataclass(frozen=True)
class Composed:
    title: str
    layout: str
    unit: str
    number: str
    on: date
    blocks: tuple[Block, ...] = field(default=())
    is_fictional: bool = False


def compose(form: str | Template, fields: Fields, *, unit: str, number: str, on: date) -> Composed:
    """A paper's text, whole, by the template that ships for the kind or by the one given. What is required and not filled in reads 〔办理期限：待填〕."""
    made = of(form)
    if isinstance(on, datetime):
        on = timezone.localtime(on).date()
    known: dict[str, str] = {
        "unit": unit,
        "number": number,
        "on": chinese_date(on),
        "office_contact": _office_contact(),
        "site": settings.SITE_ADDRESS,
    }
    letter = made.layout == "letter"
    return Composed(
        title=made.title,
        layout=made.layout,
        unit=printable(unit),
        number=printable(number) or (UNNUMBERED if letter else ""),
        on=on,
        blocks=tuple(_grids(_Reader(made, fields, known).blocks(made.parts))),
        is_fictional=settings.ENTERPRISE.is_fictional,
    )


def lines(composed: Composed) -> list[str]:
    """The text that both writers' files have, in reading order; page numbers and the demonstration mark apart."""
    found = [composed.unit]
    if composed.layout == "letter":
        found += [composed.number, composed.title]
    else:
        found += [composed.title, composed.number]
    for block in composed.blocks:
        found += [*block.texts, *(cell.text for row in block.rows for cell in row)]
    return [line for text in found for line in text.split("\n") if line.strip()]


def chinese_date(day: date) -> str:
    """2026年8月3日: Arabic digits, no leading zeros (GB/T 9704-2012, 7.3.5)."""
    return f"{day.year}年{day.month}月{day.day}日"


def _dated(text: str, *, with_time: bool) -> str:
    """An ISO date or moment as papers write it, in the enterprise's time zone; any other words stay."""
    try:
        moment = parse_datetime(text) if "T" in text or " " in text else None
        day = None if moment else parse_date(text)
    except ValueError:
        return text
    if moment is None:
        return chinese_date(day) if day else text
    if timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    return f"{chinese_date(moment.date())} {moment:%H:%M}" if with_time else chinese_date(moment.date())


def _office_contact() -> str:
    enterprise = settings.ENTERPRISE
    return "，".join(part for part in (enterprise.office, enterprise.address, enterprise.phone) if part)


@dataclass(frozen=True)
class _Reader:
    """Reads parts with the values of one paper; inside `each`, `row` holds the row's own."""

    template: Template
    fields: Fields
    known: Mapping[str, str]
    row: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[Field, ...] = ()

    def blocks(self, parts: Sequence[Part]) -> Iterator[Block]:
        for part in parts:
            if part.when and is_empty(self._value(part.when)):
                continue
            yield from self._of(part)

    def _of(self, part: Part) -> Iterator[Block]:
        match part.kind:
            case "each":
                for row in _rows(self.fields.get(part.of)):
                    columns = self.template.fields[part.of].columns
                    yield from _Reader(self.template, self.fields, self.known, row, columns).blocks(part.parts)
            case "list":
                items = [item for item in _items(self.fields.get(part.of)) if item.strip()]
                if not items:
                    items = [part.empty or self._lack(self.template.fields[part.of])]
                elif len(items) > 1:
                    items = [f"{place}. {item}" for place, item in enumerate(items, 1)]
                yield Block("list", tuple(_paragraphs("\n".join(items))))
            case "table":
                yield self._table(part)
            case "field":
                text = self._filled(part.text, part.empty)
                cells = (Cell(part.label, True), Cell(text, span=1 if part.is_half else 3, tall=part.tall))
                yield Block("field", rows=(cells,))
            case "code":
                yield self._code()
            case "signature":
                closing = tuple(_paragraphs(self._filled(part.text)))
                yield Block("signature", (*closing, printable(self.known["unit"]) + SEAL_PLACE, self.known["on"]))
            case _:
                texts = tuple(_paragraphs(self._filled(part.text, part.empty)))
                yield Block(part.kind, texts, is_strong=part.is_strong)

    def _table(self, part: Part) -> Block:
        known = self.template.fields[part.of]
        rows = _rows(self.fields.get(part.of))
        if not rows:
            return Block("paragraph", (part.empty or self._lack(known),))
        cells = [tuple(Cell(printable(column.label), True) for column in known.columns)]
        for row in rows:
            reader = _Reader(self.template, self.fields, self.known, row, known.columns)
            cells.append(tuple(Cell(printable(reader._text(column.name))) for column in known.columns))
        return Block("table", rows=tuple(cells), widths=tuple(column.width for column in known.columns))

    def _code(self) -> Block:
        code = str(self.fields.get("query_code", ""))
        address = str(self.fields.get("query_address", "") or settings.SITE_ADDRESS)
        link = address if "#" in address else f"{address}#{re.sub(r'[^0-9A-Za-z]', '', code)}"
        shown = address.partition("#")[0]
        groups = (code if " " in code else grouped(code)).split()
        rows = "\n".join(" ".join(groups[start : start + CODE_ROW]) for start in range(0, len(groups), CODE_ROW))
        return Block("code", (CODE_LABEL, printable(rows), printable(f"查询网址：{shown}"), QR_LABEL), link=link)

    def _filled(self, text: str, empty: str = "") -> str:
        return printable(PLACEHOLDER.sub(lambda match: self._text(match.group(1)) or empty, text))

    def _text(self, name: str) -> str:
        known = self._field(name)
        if known is None:
            return self.known[name]
        value = self._value(name)
        if is_empty(value):
            return self._lack(known) if known.is_required else ""
        if known.shape == "list":
            items = [item for item in _items(value) if item.strip()]
            return "\n".join(f"{place}. {item}" for place, item in enumerate(items, 1)) if len(items) > 1 else items[0]
        text = str(value).strip()
        if known.shape in {"date", "moment"}:
            return _dated(text, with_time=known.shape == "moment")
        return known.words.get(text, text)

    def _field(self, name: str) -> Field | None:
        own = next((column for column in self.columns if column.name == name), None)
        return own or self.template.fields.get(name)

    def _value(self, name: str) -> Value | None:
        if any(column.name == name for column in self.columns):
            return self.row.get(name)
        return self.fields.get(name)

    @staticmethod
    def _lack(known: Field) -> str:
        return f"〔{known.label}：待填〕"


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()] or [""]


def _items(value: Value | None) -> list[str]:
    """A list field's items; a plain text counts as a list of its lines."""
    if value is None:
        return []
    if isinstance(value, str):
        return value.split("\n")
    return [item for item in value if isinstance(item, str)]


def _rows(value: Value | None) -> list[dict[str, str]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _grids(blocks: Iterator[Block]) -> Iterator[Block]:
    """Fields that follow one another make one grid; two halves share a row."""
    rows: list[tuple[Cell, ...]] = []
    for block in blocks:
        if block.kind == "field":
            (cells,) = block.rows
            if cells[1].span == 1 and rows and len(rows[-1]) == 2 and rows[-1][1].span == 1:
                rows[-1] = (*rows[-1], *cells)
            else:
                rows.append(cells)
            continue
        if rows:
            yield Block("grid", rows=tuple(_whole(row) for row in rows))
            rows = []
        yield block
    if rows:
        yield Block("grid", rows=tuple(_whole(row) for row in rows))


def _whole(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """A half that stayed alone takes its row's whole width."""
    if len(row) == 2 and row[1].span == 1:
        return row[0], Cell(row[1].text, span=3, tall=row[1].tall)
    return row
