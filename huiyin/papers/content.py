"""What a file is: told by its extension and by its content, and both must agree (trust.md 4.8, threat T13).

An own table of signatures: ready-made sniffers call an OFD a .docx. Nothing is unpacked to disk, nothing is executed;
a damaged picture or recording is still evidence and is taken as long as its beginning is what its name says.
"""

from __future__ import annotations

import codecs
import os
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from huiyin.kernel.errors import Invalid
from huiyin.papers import office
from huiyin.papers.names import clean_name, extension_of

# product.md 4.1: at most 20 files a filing, 50 MB each.
MOST_FILES = 20
LARGEST_FILE = 50 * 1024 * 1024
# trust.md 4.8: all files of one case together. The office may go on to 500 MB, so that a case full of what came in
# still takes the proof that its paper was delivered.
MOST_OF_A_CASE = 200 * 1024 * 1024
MOST_BY_THE_OFFICE = 500 * 1024 * 1024

HEAD = 4096
FIELD = "files"


@dataclass(frozen=True)
class Kind:
    """One kind of file that is taken: its name for people, media type, and whether a content is of it."""

    label: str
    media_type: str
    fits: Callable[[bytes, BinaryIO, int], bool]


def check_name(name: str) -> str:
    """The cleaned name of a file that may be sent. Raises Invalid, with what to do instead, by its extension."""
    cleaned = clean_name(name)
    extension = extension_of(cleaned)
    if extension in KINDS:
        return cleaned
    for endings, advice in _ADVICE.items():
        if extension in endings.split():
            raise Invalid("file_kind", _("“%(name)s”不能上传。") % {"name": cleaned} + advice(), field=FIELD)
    raise Invalid(
        "file_kind",
        _(
            "“%(name)s”这种文件不能上传。可以上传：PDF、照片（jpg、png、heic）、文字（txt、docx）、表格（xlsx）、"
            "录音（mp3、wav、m4a、amr）、录像（mp4）。其他内容请打印或另存为 PDF。"
        )
        % {"name": cleaned},
        field=FIELD,
    )


def check_size(size: int, name: str) -> None:
    """Raises Invalid for an empty file and for one above 50 MB. `size` in bytes."""
    shown = {"name": clean_name(name)}
    if size <= 0:
        raise Invalid("file_empty", _("“%(name)s”是空文件。请打开原文件看一看，保存后重新选择。") % shown, field=FIELD)
    if size > LARGEST_FILE:
        raise Invalid(
            "file_too_large",
            _("“%(name)s”超过了 50 MB。请把照片或录像压缩，或者把文件分成几份再上传。") % shown,
            field=FIELD,
        )


def check_together(kept: int, more: int, *, most: int) -> None:
    """Raises Invalid when a case that holds `kept` bytes of files can't take `more`, with what is left of `most`."""
    if kept + more <= most:
        return
    said = {"most": most // 2**20, "more": -(-more // 2**20), "left": max(0, most - kept) // 2**20}
    raise Invalid(
        "files_too_much",
        _(
            "一件事项的材料合计不能超过 %(most)d MB，还能再收 %(left)d MB，这次选的有 %(more)d MB。"
            "请去掉几个，或者先压缩照片和录像；放不下的可以拷贝好交到接待场所，并索要收据。"
        )
        % said,
        field=FIELD,
    )


def check(file: BinaryIO, name: str) -> str:
    """The media type of a seekable file called `name`. Raises Invalid with a sentence that says what to do.

    Extension and content must agree. Office files are looked through for macros, objects, outside links and bombs.
    """
    cleaned = check_name(name)
    size = file.seek(0, os.SEEK_END)
    check_size(size, cleaned)
    file.seek(0)
    head = file.read(HEAD)
    extension = extension_of(cleaned)
    kind = KINDS[extension]
    if head.startswith(office.OLE):
        raise Invalid(
            "file_ole",
            _(
                "“%(name)s”是旧版 Office 文件，或者设了密码。请用 Word 或 WPS 打开，去掉密码，另存为 .docx、.xlsx 或 PDF 再上传。"
            )
            % {"name": cleaned},
            field=FIELD,
        )
    if extension != "txt" and _MARKUP.search(head[:1024]):
        raise _mismatch(cleaned, kind)
    if extension in office.MAIN_PARTS and head.startswith(office.LOCAL_HEADER):
        try:
            office.check(file, size, extension)
        except office.Unfit as unfit:
            raise Invalid(
                f"file_{unfit.code}", _("“%(name)s”不能上传：") % {"name": cleaned} + unfit.sentence, field=FIELD
            ) from None
        return kind.media_type
    if not kind.fits(head, file, size):
        raise _mismatch(cleaned, kind, _really(head, file, size, extension))
    return kind.media_type


def _mismatch(name: str, kind: Kind, really: str = "") -> Invalid:
    shown = {"name": name, "kind": _(kind.label)}
    if really:
        told = _("“%(name)s”的内容其实是%(really)s。请把文件名的结尾改成 .%(ending)s 再上传。") % {
            **shown,
            "really": _(KINDS[really].label),
            "ending": really,
        }
    else:
        told = (
            _("“%(name)s”的内容不是%(kind)s，或者文件已经损坏。请用原来的软件打开看一看，另存为 PDF 或常用格式再上传。")
            % shown
        )
    return Invalid("file_content", told, field=FIELD)


def _really(head: bytes, file: BinaryIO, size: int, claimed: str) -> str:
    """The extension that would have fitted, for the sentence; text is no finding, as nearly anything may be text."""
    for extension, kind in KINDS.items():
        if extension not in {claimed, "txt", "docx", "xlsx"} and kind.fits(head, file, size):
            return "" if kind is KINDS[claimed] else extension
    return ""


# A page in a browser begins like this, whatever the file is called. XMP (`<?xpacket`) in pictures does not.
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|script|svg|iframe)", re.IGNORECASE)


def _is_pdf(head: bytes, file: BinaryIO, size: int) -> bool:
    """Header at the very start and an end mark with nothing of another format behind it (PDF + ZIP in one)."""
    if not re.match(rb"%PDF-[12]\.\d", head):
        return False
    file.seek(max(0, size - 70_000))
    tail = file.read()
    end = tail.rfind(b"%%EOF")
    if end < 0:
        return False
    behind = tail[end + 5 :]
    return len(behind) <= 1024 and b"PK" not in behind and not _MARKUP.search(behind)


def _is_jpeg(head: bytes, file: BinaryIO, size: int) -> bool:
    """Start mark and a walk over segments to a frame header with a width and height."""
    if not head.startswith(b"\xff\xd8\xff"):
        return False
    place = 2
    while place + 4 <= size:
        file.seek(place)
        segment = file.read(9)
        if len(segment) < 9 or segment[0] != 0xFF:
            return False
        marker, length = segment[1], int.from_bytes(segment[2:4], "big")
        if marker == 0xFF:  # fill byte
            place += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return segment[5:7] != b"\0\0" and segment[7:9] != b"\0\0"
        if marker < 0xC0 or marker in {0xD8, 0xD9, 0xDA} or length < 2:
            return False
        place += 2 + length
    return False


def _is_png(head: bytes, file: BinaryIO, size: int) -> bool:
    if not head.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") or len(head) < 33:
        return False
    width, height = struct.unpack(">II", head[16:24])
    return bool(width and height) and zlib.crc32(head[12:29]) == int.from_bytes(head[29:33], "big")


_SECOND_BOXES = {b"moov", b"mdat", b"free", b"skip", b"wide", b"meta", b"uuid", b"moof", b"sidx", b"styp", b"pdin"}
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"}
_AUDIO = {b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"3gp4", b"3gp5", b"3gp6"}
_VIDEO = {
    *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"hvc1", b"dash"),
    *(b"M4V ", b"MSNV", b"XAVC", b"mmp4", b"3gp4", b"3gp5", b"3gp6"),
}  # fmt: skip


def _brands(head: bytes) -> tuple[bytes, set[bytes]]:
    """Major and all brands of an ISO media file whose second box is one that may stand there; nothing otherwise."""
    length = int.from_bytes(head[:4], "big")
    if (
        head[4:8] != b"ftyp"
        or not 16 <= length <= 512
        or length % 4
        or head[length + 4 : length + 8] not in _SECOND_BOXES
    ):
        return b"", set()
    major = head[8:12]
    return major, {major, *(head[place : place + 4] for place in range(16, length, 4))}


def _is_heic(head: bytes, file: BinaryIO, size: int) -> bool:
    brands = _brands(head)[1]
    return bool(brands & _HEIC) and b"avif" not in brands


def _is_m4a(head: bytes, file: BinaryIO, size: int) -> bool:
    return bool(_brands(head)[1] & _AUDIO)


def _is_mp4(head: bytes, file: BinaryIO, size: int) -> bool:
    major, brands = _brands(head)
    return bool(brands & _VIDEO) and major not in {b"M4A ", b"M4B ", b"qt  "}


def _is_wav(head: bytes, file: BinaryIO, size: int) -> bool:
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return False
    place = 12
    while place + 24 <= len(head):
        if head[place : place + 4] == b"fmt ":
            channels, rate = struct.unpack("<HI", head[place + 10 : place + 16])
            return bool(1 <= channels <= 64 and 1000 <= rate <= 768_000)
        length = int.from_bytes(head[place + 4 : place + 8], "little")
        place += 8 + length + length % 2
    return False


def _is_amr(head: bytes, file: BinaryIO, size: int) -> bool:
    """RFC 4867 §5: magic line, then frames whose header keeps bits 0, 6 and 7 empty."""
    for magic in (b"#!AMR\n", b"#!AMR-WB\n"):
        if head.startswith(magic):
            return len(head) > len(magic) and head[len(magic)] & 0x83 == 0
    return False


_BIT_RATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def _frame_length(header: bytes) -> int:
    """Bytes of the MPEG audio frame that begins with these four; 0 when none does (ISO 11172-3 2.4.1.3)."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    rate_index, sampling_index = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer == 4 or rate_index in {0, 15} or sampling_index == 3:
        return 0
    generation = 1 if version == 3 else 2
    bits = _BIT_RATES[generation, layer][rate_index - 1] * 1000
    sampling = (44100, 48000, 32000)[sampling_index] // {3: 1, 2: 2, 0: 4}[version]
    padding = header[2] >> 1 & 1
    if layer == 1:
        return (12 * bits // sampling + padding) * 4
    return (72 if layer == 3 and generation == 2 else 144) * bits // sampling + padding


def _is_mp3(head: bytes, file: BinaryIO, size: int) -> bool:
    """Two frames in a row within the first 4 KiB behind an ID3v2 tag, if there is one."""
    start = 0
    if head.startswith(b"ID3") and len(head) >= 10:
        length = 0
        for byte in head[6:10]:
            length = length << 7 | byte & 0x7F
        start = 10 + length
    file.seek(start)
    body = file.read(2 * HEAD)
    # Without a tag the sound begins at once: else any binary file may hold two frames somewhere.
    last = HEAD if start else 1
    for place in range(min(last, len(body))):
        length = _frame_length(body[place : place + 4])
        if length and _frame_length(body[place + length : place + length + 4]):
            return True
    return False


# What editors leave in text: tab, line ends, form feed, vertical tab, DOS end mark.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_OTHER_FORMATS = (b"%PDF-", b"{\\rtf", b"#!AMR", b"PK\x03\x04", b"<?xml", b"MZ", b"From: <Saved by")


def _is_text(head: bytes, file: BinaryIO, size: int) -> bool:
    """UTF-8 or GB18030 throughout, no control characters, and no page or document of another kind."""
    begin = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if begin.startswith(_OTHER_FORMATS) or _MARKUP.match(begin) or b"multipart/related" in head[:2048].lower():
        return False
    return any(_decodes(file, encoding) for encoding in ("utf-8", "gb18030"))


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(1 << 20):
            if _NOT_TEXT.search(decoder.decode(piece)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _never(head: bytes, file: BinaryIO, size: int) -> bool:
    return False


_JPEG = Kind(gettext_noop("JPG 照片"), "image/jpeg", _is_jpeg)
# In the order in which a wrong ending is looked up. Office files have their own check.
KINDS: dict[str, Kind] = {
    "pdf": Kind(gettext_noop("PDF"), "application/pdf", _is_pdf),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": Kind(gettext_noop("PNG 图片"), "image/png", _is_png),
    "heic": Kind(gettext_noop("HEIC 照片"), "image/heic", _is_heic),
    "mp4": Kind(gettext_noop("MP4 录像"), "video/mp4", _is_mp4),
    "m4a": Kind(gettext_noop("M4A 录音"), "audio/mp4", _is_m4a),
    "wav": Kind(gettext_noop("WAV 录音"), "audio/wav", _is_wav),
    "amr": Kind(gettext_noop("AMR 录音"), "audio/amr", _is_amr),
    "mp3": Kind(gettext_noop("MP3 录音"), "audio/mpeg", _is_mp3),
    "txt": Kind(gettext_noop("文字（UTF-8 或 GB18030 编码的 txt）"), "text/plain", _is_text),
    "docx": Kind(
        gettext_noop("Word 文档（docx）"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        _never,
    ),
    "xlsx": Kind(
        gettext_noop("Excel 表格（xlsx）"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _never
    ),
}

_ADVICE: dict[str, Callable[[], str]] = {
    "doc dot wps rtf odt pages": lambda: _("请用 Word 或 WPS 打开，另存为 .docx 或 PDF 再上传。"),
    "xls xlt et csv ods numbers xlsb": lambda: _("请用 Excel 或 WPS 打开，另存为 .xlsx 或 PDF 再上传。"),
    "docm dotm xlsm xltm dotx xltx": lambda: _("它可能带有宏或是模板，请另存为不带宏的 .docx、.xlsx 或 PDF 再上传。"),
    "ppt pptx dps pptm odp key ofd": lambda: _("请另存为 PDF 再上传。"),
    "htm html mht mhtml svg xml": lambda: _("请在浏览器里打开，打印成 PDF 再上传。"),
    "zip rar 7z gz tar tgz": lambda: _("请先解压，再把里面的文件一个一个上传。"),
    "gif bmp webp tif tiff heif avif jfif": lambda: _("请打开图片，另存为 JPG 或 PNG 再上传。"),
    "mov avi wmv flv mkv rmvb 3gp mpg mpeg": lambda: _("请把录像转成 MP4 再上传。"),
    "wma ogg aac flac opus caf silk": lambda: _("请把录音转成 MP3 或 M4A 再上传。"),
}
