"""Word and Excel files looked through without unpacking them to disk: bombs, macros, objects, outside links.

The directory of the archive is measured before it is read; then every entry is inflated in pieces and thrown away, so
that a lying size shows. Limits: trust.md 4.8.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

from django.utils.translation import gettext as _

LOCAL_HEADER = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The part that makes an archive a document of its kind, and that part's type.
MAIN_PARTS = {
    "docx": (
        "word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ),
    "xlsx": ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
}

# trust.md 4.8: 2,000 entries, 500 MB total, ratio 100, depth 1.
MOST_ENTRIES = 2000
LARGEST_TOTAL = 500 * 1024 * 1024
LARGEST_RATIO = 100
# Below this an entry's ratio says nothing: an empty sheet of a thousand equal rows packs 150 to 1.
RATIO_COUNTS_FROM = 1024 * 1024
# Room for 2,000 names of ordinary length; a directory above that is one made to fill memory.
LARGEST_DIRECTORY = 1024 * 1024
# Parts that are parsed are small in any real file.
LARGEST_RELATIONSHIPS = 8 * 1024 * 1024

_PIECE = 256 * 1024
_LINKS = ("http://", "https://", "mailto:", "ftp://", "tel:", "#")
_DOCTYPE = re.compile(
    b"|".join(
        re.escape(mark.encode(code))
        for mark in ("<!DOCTYPE", "<!ENTITY")
        for code in ("ascii", "utf-16-le", "utf-16-be")
    ),
    re.IGNORECASE,
)
_BEFORE = 32  # bytes carried over between pieces so that no mark is cut in two
_RELATIONSHIP = "http://schemas.openxmlformats.org/package/2006/relationships Relationship"
_STRICT_RELATIONSHIP = "http://purl.oclc.org/ooxml/package/relationships Relationship"
_TYPE_TAGS = {"Override", "Default"}


class Unfit(Exception):
    """Why an Office file can't be taken: a code, and the half sentence that says what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


@dataclass
class _Budget:
    """Bytes that may still be inflated, over all levels."""

    left: int = LARGEST_TOTAL

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise _bomb()


def check(file: BinaryIO, size: int, extension: str) -> None:
    """Raises Unfit unless the file is a whole document of that kind with nothing in it that acts by itself.

    `size` in bytes. At most 500 MB are inflated, never more than a piece of 256 KiB in memory, but for relationship
    parts and one level of embedded workbooks.
    """
    _check_archive(file, size, extension, _Budget(), is_embedded=False)


def _check_archive(file: BinaryIO, size: int, extension: str, budget: _Budget, *, is_embedded: bool) -> None:
    directory_at = _measure_directory(file, size)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeDecodeError, EOFError):
        raise _damaged() from None
    _check_entries(entries, size)
    places = _places(file, entries, directory_at)
    main, main_type = MAIN_PARTS[extension]
    if not {"[Content_Types].xml", main} <= {entry.filename for entry in entries}:
        raise Unfit(
            "content",
            _("它的内容不是 .%(ending)s 文档。请用 Word 或 WPS 打开，另存为 .%(ending)s 或 PDF。")
            % {"ending": extension},
        )
    for entry in entries:
        _check_entry(
            file, entry, places[entry.filename], budget, main=main, main_type=main_type, is_embedded=is_embedded
        )


def _measure_directory(file: BinaryIO, size: int) -> int:
    """Where the central directory begins, after checking the end record's own numbers.

    Nothing may stand behind the record, and no ZIP64 record before it: no document of 50 MB needs one, and it would
    be believed instead of the numbers checked here.
    """
    file.seek(max(0, size - 22 - 65_535))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise _damaged()
    disk, first_disk, here, total, length, start, comment = struct.unpack("<4H2IH", tail[at + 4 : at + 22])
    if at + 22 + comment != len(tail) or comment or disk or first_disk or here != total:
        raise _damaged()
    if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07") or total > MOST_ENTRIES or length > LARGEST_DIRECTORY:
        raise Unfit("bomb", _("它里面的部件太多。请打开后另存为 PDF 再上传。"))
    if start + length != size - (len(tail) - at):
        raise _damaged()
    return int(start)


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    if len(entries) > MOST_ENTRIES:
        raise Unfit("bomb", _("它里面的部件太多。请打开后另存为 PDF 再上传。"))
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) != len(names):
        raise _damaged()
    total = sum(entry.file_size for entry in entries)
    if total > LARGEST_TOTAL or (total > RATIO_COUNTS_FROM and total > LARGEST_RATIO * size):
        raise _bomb()
    for entry in entries:
        if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1):
            raise _bomb()
        if entry.flag_bits & 0x1:
            raise Unfit("password", _("它设了密码。请打开后去掉密码，另存为 .docx、.xlsx 或 PDF 再上传。"))
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise _damaged()
        _check_path(entry)


def _check_path(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    parts = name.split("/")
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    if is_link or name.startswith("/") or ".." in parts or re.search(r"[\\:\x00-\x1f\x7f]", name) or len(name) > 400:
        raise Unfit("path", _("它里面有不安全的路径，不是 Word 或 Excel 保存的文件。请打开后另存为 PDF 再上传。"))
    lower = name.lower()
    if re.search(r"vbaproject|vbadata|/macrosheets/|/dialogsheets/", lower):
        raise _macro()
    if "/activex/" in lower or re.search(r"oleobject[^/]*$", lower):
        raise _object()


def _places(file: BinaryIO, entries: list[zipfile.ZipInfo], directory_at: int) -> dict[str, int]:
    """Where each entry's data begin. Entries that overlap, or a local header that disagrees → Unfit."""
    places: dict[str, int] = {}
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        file.seek(entry.header_offset)
        header = file.read(30)
        if len(header) < 30 or not header.startswith(LOCAL_HEADER):
            raise _damaged()
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        name = file.read(name_length)
        encoding = "utf-8" if entry.flag_bits & 0x800 else "cp437"
        if entry.header_offset < end or name != entry.orig_filename.encode(encoding, "replace"):
            raise _bomb() if entry.header_offset < end else _damaged()
        start = entry.header_offset + 30 + name_length + extra_length
        end = start + entry.compress_size
        places[entry.filename] = start
    if end > directory_at or (entries and min(entry.header_offset for entry in entries) != 0):
        raise _damaged()
    return places


def _check_entry(
    file: BinaryIO, entry: zipfile.ZipInfo, start: int, budget: _Budget, *, main: str, main_type: str, is_embedded: bool
) -> None:
    name = entry.filename.lower()
    is_read = name.endswith(".rels") or name == "[content_types].xml"
    embedded = next((ending for ending in MAIN_PARTS if "/embeddings/" in name and name.endswith(f".{ending}")), "")
    if is_read and entry.file_size > LARGEST_RELATIONSHIPS:
        raise _bomb()
    kept, before, is_first = bytearray(), b"", True
    for piece in _inflated(file, entry, start):
        budget.spend(len(piece))
        if is_first:
            _check_beginning(piece, is_embedding=bool(embedded) and not is_embedded)
        if name.endswith((".xml", ".rels", ".vml")) and _DOCTYPE.search(before + piece):
            raise Unfit("entity", _("它里面有可疑的 XML 定义。请打开后另存为 PDF 再上传。"))
        if is_read or embedded:
            kept += piece
        before, is_first = (before + piece)[-_BEFORE:], False
    if name.endswith(".rels"):
        _check_relationships(bytes(kept))
    elif name == "[content_types].xml":
        _check_types(bytes(kept), f"/{main}", main_type)
    elif embedded and kept:
        _check_archive(io.BytesIO(kept), len(kept), embedded, budget, is_embedded=True)


def _check_beginning(piece: bytes, *, is_embedding: bool) -> None:
    if piece.startswith(OLE):
        raise _object()
    if (
        piece.startswith((b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08"))
        and not is_embedding
    ):
        raise Unfit("nested", _("它里面还有压缩包。请把里面的文件取出来，一个一个上传。"))
    if piece.startswith((b"MZ\x90", b"\x7fELF")):
        raise _object()


def _inflated(file: BinaryIO, entry: zipfile.ZipInfo, start: int) -> Iterator[bytes]:
    """The content in pieces; raises Unfit as soon as it is longer than declared, or when length or CRC are wrong."""
    left, count, crc = entry.compress_size, 0, 0
    inflate = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    file.seek(start)
    while left or (inflate and inflate.unconsumed_tail):
        if inflate and inflate.unconsumed_tail:
            packed = inflate.unconsumed_tail
        else:
            place = start + entry.compress_size - left
            file.seek(place)
            packed = file.read(min(_PIECE, left))
            if not packed:
                raise _damaged()
            left -= len(packed)
        try:
            piece = inflate.decompress(packed, _PIECE) if inflate else packed
        except zlib.error:
            raise _damaged() from None
        count += len(piece)
        crc = zlib.crc32(piece, crc)
        if count > entry.file_size:
            raise _bomb()
        if inflate and inflate.eof and (left or inflate.unused_data):
            raise _damaged()
        if piece:
            yield piece
    if inflate and entry.compress_size:
        rest = inflate.flush()  # at most what the window still held
        count += len(rest)
        crc = zlib.crc32(rest, crc)
        if not inflate.eof or inflate.unused_data:
            raise _damaged()
        if rest:
            yield rest
    if count != entry.file_size or crc != entry.CRC:
        raise _damaged()


def _elements(text: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """All elements as (namespace and name, attributes). A document type is refused before anything is expanded."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_args: object) -> None:
        raise Unfit("entity", _("它里面有可疑的 XML 定义。请打开后另存为 PDF 再上传。"))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: found.append((name, attributes))
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise _damaged() from None
    yield from found


def _check_relationships(text: bytes) -> None:
    for name, attributes in _elements(text):
        if name not in {_RELATIONSHIP, _STRICT_RELATIONSHIP}:
            continue
        kind, target = attributes.get("Type", "").lower(), attributes.get("Target", "").strip().lower()
        if kind.endswith("/vbaproject") or kind.endswith("/xlmacrosheet"):
            raise _macro()
        if attributes.get("TargetMode", "").lower() == "external" or re.match(r"[a-z][a-z0-9+.-]*:|//|\\\\", target):
            # A link that is only followed by a click stays; whatever is loaded on opening doesn't.
            if kind.endswith("/hyperlink") and target.startswith(_LINKS):
                continue
            raise Unfit(
                "outside",
                _("它会从别处载入内容（外部模板、图片或表格链接）。请打开后断开这些链接，或另存为 PDF 再上传。"),
            )


def _check_types(text: bytes, main: str, main_type: str) -> None:
    types = {}
    for name, attributes in _elements(text):
        kind = attributes.get("ContentType", "")
        if re.search(r"macroenabled|vbaproject|activex", kind, re.IGNORECASE):
            raise _macro()
        if name.rpartition(" ")[2] in _TYPE_TAGS:
            types[attributes.get("PartName") or "." + attributes.get("Extension", "")] = kind
    if types.get(main, types.get(".xml")) != main_type:
        raise Unfit("content", _("它的内容和名字不符。请用 Word 或 WPS 打开，另存为 .docx、.xlsx 或 PDF 再上传。"))


def _macro() -> Unfit:
    return Unfit("macro", _("它带有宏。请打开后另存为不带宏的 .docx、.xlsx 或 PDF 再上传。"))


def _object() -> Unfit:
    return Unfit("object", _("它里面嵌有其他程序的对象。请打开后删去这些对象，或另存为 PDF 再上传。"))


def _damaged() -> Unfit:
    return Unfit("damaged", _("文件已经损坏，或者不是 Word、Excel 保存的。请打开原文件，另存一份再上传。"))


def _bomb() -> Unfit:
    return Unfit("bomb", _("它展开后太大。请打开后另存为 PDF，或分成几份再上传。"))
