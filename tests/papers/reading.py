"""Reads back what the writers wrote, without white space and page numbers."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from xml.etree import ElementTree

import pypdfium2

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PAGE_NUMBER = re.compile(r"—\d+—")


def bare(text: str) -> str:
    """Without white space, page numbers, and the marks that readers put where a line was broken."""
    return PAGE_NUMBER.sub("", re.sub(r"[\s\u200b\u00ad\ufffe\x02]", "", text))


def pdf_text(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        return "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def page_count(data: bytes) -> int:
    document = pypdfium2.PdfDocument(data)
    try:
        return len(document)
    finally:
        document.close()


def docx_part(data: bytes, name: str = "word/document.xml") -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return ElementTree.fromstring(parts.read(name))  # noqa: S314


def docx_text(data: bytes) -> str:
    return "".join(element.text or "" for element in docx_part(data).iter(f"{W}t"))


def joined(lines: Sequence[str]) -> str:
    return bare("".join(lines))
