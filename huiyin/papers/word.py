"""The .docx writer: GB/T 9704-2012 as Word and WPS know it. The fonts are named (Windows and WPS have them), not put in."""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import Any

import segno
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from huiyin.papers.composing import FICTIONAL, Block, Cell, Composed

TITLE, HEADING, BODY, PAGE = "方正小标宋简体", "黑体", "仿宋_GB2312", "宋体"
RED, GREY = RGBColor(0xC8, 0x10, 0x2E), RGBColor(0x5F, 0x63, 0x68)
# What follows w:spacing and w:pBdr in the order the format wants.
AFTER_SPACING = tuple(
    f"w:{name}"
    for name in [
        "w",
        "kern",
        "position",
        "sz",
        "szCs",
        "highlight",
        "u",
        "effect",
        "bdr",
        "shd",
        "fitText",
        "vertAlign",
    ]
)
AFTER_BORDERS = tuple(
    f"w:{name}"
    for name in [
        "shd",
        "tabs",
        "suppressAutoHyphens",
        "kinsoku",
        "wordWrap",
        "overflowPunct",
        "topLinePunct",
        "autoSpaceDE",
        "autoSpaceDN",
        "bidi",
        "adjustRightInd",
        "snapToGrid",
        "spacing",
        "ind",
        "contextualSpacing",
        "mirrorIndents",
        "suppressOverlap",
        "jc",
        "textDirection",
        "textAlignment",
        "textboxTightWrap",
        "outlineLvl",
        "divId",
        "cnfStyle",
        "rPr",
        "sectPr",
        "pPrChange",
    ]
)
# What goes with the signature to its page, as in the PDF.
LAST_LINES = frozenset({"paragraph", "attachment_note"})
# The four columns of a form, as in the PDF.
COLUMNS = (0.23, 0.27, 0.23, 0.27)


def write(composed: Composed, *, head_size: float) -> bytes:
    """The paper as the bytes of a .docx."""
    page = _Page(composed)
    page.head(head_size)
    for block, next_one in zip(composed.blocks, (*composed.blocks[1:], None), strict=True):
        page.add(block)
        if page.is_letter and next_one is not None and next_one.kind == "signature" and block.kind in LAST_LINES:
            page.document.paragraphs[-1].paragraph_format.keep_with_next = True
    made = io.BytesIO()
    page.document.save(made)
    return made.getvalue()


class _Page:
    """One document being written, with the measures of its layout."""

    def __init__(self, composed: Composed) -> None:
        self.composed = composed
        self.is_letter = composed.layout == "letter"
        self.size = 16.0 if self.is_letter else 12.0
        self.line = 28.9 if self.is_letter else 19.0
        self.document: Any = Document()
        section = self.document.sections[0]
        across = composed.layout == "sheet"
        wide, high = (297, 210) if across else (210, 297)
        section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(wide), Mm(high)
        margins = (37, 35, 28, 26) if self.is_letter else (16, 18, 24, 24)
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = map(Mm, margins)
        section.footer_distance = Mm(margins[1] - 12)
        self.width = Mm(wide - margins[2] - margins[3])
        self._style(section)
        self._footers(section)

    def _style(self, section: Any) -> None:
        normal = self.document.styles["Normal"]
        normal.font.size = Pt(self.size)
        _fonts(normal.element.get_or_add_rPr(), BODY)
        normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
        grid = section._sectPr.find(qn("w:docGrid"))
        if grid is not None:  # lines are exact; a grid of characters is read differently by each office program
            section._sectPr.remove(grid)
        properties = self.document.core_properties
        properties.title, properties.author = self.composed.title, self.composed.unit[:255]
        properties.comments = ""
        properties.created = properties.modified = datetime.combine(self.composed.on, time())
        properties.language = "zh-CN"

    def _footers(self, section: Any) -> None:
        """Page numbers on the outer side, — 1 —, and the demonstration mark."""
        self.document.settings.odd_and_even_pages_header_footer = True
        for footer, side in (
            (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
            (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
        ):
            footer.is_linked_to_previous = False
            number = footer.paragraphs[0]
            number.alignment = side
            size = 14.0 if self.is_letter else 10.5
            _run(number, "— ", PAGE, size)
            _page_number(number, size)
            _run(number, " —", PAGE, size)
            if self.composed.is_fictional:
                mark = footer.add_paragraph()
                mark.alignment = WD_ALIGN_PARAGRAPH.CENTER
                _run(mark, FICTIONAL, BODY, 9, colour=GREY)

    def head(self, head_size: float) -> None:
        composed = self.composed
        if self.is_letter:
            unit = self._line(composed.unit, TITLE, head_size, colour=RED, exact=max(head_size * 1.25, self.line))
            unit.alignment = WD_ALIGN_PARAGRAPH.CENTER
            number = self._line(composed.number, BODY, self.size)
            number.alignment = WD_ALIGN_PARAGRAPH.CENTER
            number.paragraph_format.space_before = Pt(9)
            _rule_under(number)
            title = self._line(composed.title, TITLE, 22, exact=34)
            title.alignment = WD_ALIGN_PARAGRAPH.CENTER
            title.paragraph_format.space_before, title.paragraph_format.space_after = Pt(20), Pt(12)
            return
        self._line(composed.unit, BODY, 14).alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._line(composed.title, TITLE, 22, exact=34).alignment = WD_ALIGN_PARAGRAPH.CENTER
        if composed.number:
            self._line(composed.number, BODY, self.size).alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def add(self, block: Block) -> None:
        match block.kind:
            case "addressee":
                for text in block.texts:
                    self._line(text, BODY, self.size)
            case "heading" | "subheading":
                for text in block.texts:
                    made = self._line(text, HEADING, self.size if self.is_letter else 14, is_indented=self.is_letter)
                    made.paragraph_format.keep_with_next = True
                    if not self.is_letter:
                        made.paragraph_format.space_before = Pt(8)
            case "grid":
                self._grid(block)
            case "table":
                self._ledger(block)
            case "code":
                self._code(block)
            case "signature":
                self._signature(block)
            case "hint":
                for text in block.texts:
                    self._line(text, BODY, 9, colour=GREY, exact=14)
            case _:
                font = HEADING if block.is_strong else BODY
                for text in block.texts:
                    self._line(text, font, self.size, is_indented=self.is_letter)

    def _line(
        self,
        text: str,
        font: str,
        size: float,
        *,
        is_indented: bool = False,
        colour: RGBColor | None = None,
        exact: float = 0,
        inside: Any = None,
    ) -> Any:
        paragraph = inside if inside is not None else self.document.add_paragraph()
        run = _run(paragraph, text, font, size, colour=colour)
        if self.is_letter and size == self.size and inside is None:  # 28 characters in 156 mm
            spacing = OxmlElement("w:spacing")
            spacing.set(qn("w:val"), "-4")
            run._r.rPr.insert_element_before(spacing, *AFTER_SPACING)
        layout = paragraph.paragraph_format
        layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        layout.line_spacing = Pt(exact or self.line)
        if is_indented:
            indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
            indent.set(qn("w:firstLineChars"), "200")
            indent.set(qn("w:firstLine"), str(int(size * 2 * 20)))
        return paragraph

    def _table(self, rows: int, columns: tuple[float, ...]) -> Any:
        table = self.document.add_table(rows=rows, cols=len(columns))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, share in zip(table.columns, columns, strict=True):
            column.width = int(self.width * share)
        return table

    def _grid(self, block: Block) -> None:
        table = self._table(len(block.rows), COLUMNS)
        for row, cells in zip(table.rows, block.rows, strict=True):
            place = 0
            for cell in cells:
                shown = row.cells[place]
                if cell.span > 1:
                    shown = shown.merge(row.cells[place + cell.span - 1])
                shown.width = int(self.width * sum(COLUMNS[place : place + cell.span]))
                self._cell(shown, cell)
                place += cell.span
            row.height = Pt(max(24, *(cell.tall * 18 for cell in cells)))
        self._line("", BODY, 6, exact=10)

    def _ledger(self, block: Block) -> None:
        whole = sum(block.widths)
        shares = tuple(width / whole for width in block.widths)
        table = self._table(len(block.rows), shares)
        for row, cells in zip(table.rows, block.rows, strict=True):
            for shown, cell, share in zip(row.cells, cells, shares, strict=True):
                shown.width = int(self.width * share)
                self._cell(shown, cell, size=10.5)
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        self._line("", BODY, 6, exact=10)

    def _cell(self, shown: Any, cell: Cell, *, size: float = 12) -> None:
        shown.vertical_alignment = 0 if cell.tall and not cell.is_label else 1
        for place, text in enumerate(cell.text.split("\n")):
            paragraph = shown.paragraphs[0] if place == 0 else shown.add_paragraph()
            self._line(text, BODY, size, exact=size * 1.5, inside=paragraph)
            if cell.is_label:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _code(self, block: Block) -> None:
        label, code, address, name = block.texts
        table = self._table(1, (0.72, 0.28))
        left, right = table.rows[0].cells
        self._line(label, HEADING, 14, exact=24, inside=left.paragraphs[0])
        for row in code.split("\n"):
            self._line(row, PAGE, 20, exact=30, inside=left.add_paragraph())
        self._line(address, BODY, 10.5, exact=18, inside=left.add_paragraph())
        picture = io.BytesIO()
        segno.make(block.link, error="m").save(picture, kind="png", border=2, scale=6)
        picture.seek(0)
        holder = right.paragraphs[0]
        holder.alignment = WD_ALIGN_PARAGRAPH.CENTER
        drawing = holder.add_run().add_picture(picture, width=Mm(32))
        drawing._inline.docPr.set("descr", name)
        caption = self._line(name, BODY, 9, exact=14, inside=right.add_paragraph(), colour=GREY)
        caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._line("", BODY, 6, exact=10)

    def _signature(self, block: Block) -> None:
        *closing, unit, day = block.texts
        for text in closing:
            if text:
                self._line(text, BODY, self.size, is_indented=self.is_letter).paragraph_format.keep_with_next = True
        table = self.document.add_table(rows=1, cols=2)
        table.autofit = False
        for column, share in zip(table.columns, (0.3, 0.7), strict=True):
            column.width = int(self.width * share)
        empty, holder = table.rows[0].cells
        empty.width, holder.width = int(self.width * 0.3), int(self.width * 0.7)
        row = table.rows[0]._tr.get_or_add_trPr()
        row.append(OxmlElement("w:cantSplit"))
        first = self._line(unit, BODY, self.size, inside=holder.paragraphs[0])
        first.paragraph_format.space_before = Pt(self.line if self.is_letter else 6)
        second = self._line(day, BODY, self.size, inside=holder.add_paragraph())
        for line in (first, second):
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _run(paragraph: Any, text: str, font: str, size: float, *, colour: RGBColor | None = None) -> Any:
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    _fonts(run._r.get_or_add_rPr(), font)
    if colour is not None:
        run.font.color.rgb = colour
    return run


def _fonts(properties: Any, name: str) -> None:
    """Word chooses by script: without eastAsia, Chinese text falls to the theme's font."""
    fonts = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _page_number(paragraph: Any, size: float) -> None:
    for kind, text in (("begin", ""), ("", " PAGE "), ("separate", ""), ("text", "1"), ("end", "")):
        run = _run(paragraph, "", PAGE, size)
        if kind in {"begin", "separate", "end"}:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:t" if kind == "text" else "w:instrText")
            mark.text = text
            mark.set(qn("xml:space"), "preserve")
        run._r.append(mark)


def _rule_under(paragraph: Any) -> None:
    """The red line under the number of a formal paper."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "11"), ("color", "C8102E")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *AFTER_BORDERS)
