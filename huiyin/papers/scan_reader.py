"""Reads the pages of a scan into text, offline: a program of its own, so that no server process ever holds the models.

    python -m huiyin.papers.scan_reader SOURCE FOLDER

Leaves in FOLDER how many pages there are (`count.json`); then page by page `1.jpg` to look at, with a frame around each
doubtful line, and `1.json` with the lines in reading order and how sure the reader is of each; at last `done.json`.
Pictures come first and even where the reader isn't installed: then an officer types beside them. Knows neither Django nor the database. docs/decisions/0020.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from PIL import Image, ImageDraw, ImageOps

MOST_PAGES = 30
LONGEST_SIDE = 2000  # pixels of a page: more doesn't read better, and takes memory
DOTS_PER_INCH = 200
MOST_MEMORY = 4 * 1024**3  # of addresses, of which about 0.8 GB is ever used
MOST_SECONDS = 900  # of one processor
DOUBTFUL = 0.93  # lines of which the reader is less sure are marked
FRAME = (217, 119, 6)  # of a doubtful line: the amber of the pages
GOOD_ENOUGH = 0.8  # how sure of its characters a page read the right way up is
NO_READER = 3  # exit status: the pictures are there, the text isn't


@dataclass(frozen=True)
class Line:
    """One line as it was read: its box in pixels and how sure the reader is, 0 to 1."""

    text: str
    sure: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


class Reader(Protocol):
    def __call__(self, picture: Any, **options: Any) -> tuple[list[Any] | None, Any]: ...


def _is_pdf(source: Path) -> bool:
    with source.open("rb") as file:
        return file.read(5) == b"%PDF-"


def count_pages(source: Path) -> int:
    """How many pages there are, also those beyond the 30 that are read."""
    if not _is_pdf(source):
        return 1
    import pypdfium2

    return len(pypdfium2.PdfDocument(source))


def pages(source: Path) -> Iterator[Image.Image]:
    """The pages of a PDF or the one of a picture, upright as the camera noted, at most 30."""
    if not _is_pdf(source):
        with Image.open(source) as picture:
            yield _bounded(ImageOps.exif_transpose(picture).convert("RGB"))
        return
    import pypdfium2

    document = pypdfium2.PdfDocument(source)
    for number in range(min(len(document), MOST_PAGES)):
        page = document[number]
        longest = max(page.get_width(), page.get_height(), 1)
        scale = min(DOTS_PER_INCH / 72, LONGEST_SIDE / longest)
        yield _bounded(page.render(scale=scale).to_pil().convert("RGB"))


def _bounded(picture: Image.Image) -> Image.Image:
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return picture


def lines_of(reader: Reader, picture: Image.Image) -> tuple[list[Line], Image.Image]:
    """The lines of a page in reading order, and the page turned as it was read.

    A page that reads badly is tried upside down, or lying on either side where its lines stand; the surest wins.
    """
    best = _read(reader, picture)
    found, upright = best, picture
    if _sureness(best) < GOOD_ENOUGH or _stands(best):
        for degrees in (90, 270) if _stands(best) else (180,):
            turned = picture.rotate(degrees, expand=True)
            tried = _read(reader, turned)
            if not _stands(tried) and _sureness(tried) > _sureness(found) - (0.2 if _stands(found) else 0):
                found, upright = tried, turned
    return in_reading_order(found), upright


def _read(reader: Reader, picture: Image.Image) -> list[Line]:
    import numpy

    rows, _times = reader(numpy.asarray(picture), use_cls=False)
    found = []
    for box, text, sure in rows or []:
        across, down = [float(point[0]) for point in box], [float(point[1]) for point in box]
        found.append(Line(str(text), float(sure), min(across), min(down), max(across), max(down)))
    return found


def _sureness(lines: Sequence[Line]) -> float:
    """The mean over all characters."""
    count = sum(len(line.text) for line in lines)
    return sum(line.sure * len(line.text) for line in lines) / count if count else 0.0


def _stands(lines: Sequence[Line]) -> bool:
    """Whether most lines are higher than they are long: the page lies on its side, or is written downwards."""
    long = [line for line in lines if len(line.text) > 3]
    return bool(long) and sum(line.height > line.right - line.left for line in long) * 2 > len(long)


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Lines as a person reads them: two columns of prose one after the other, else row by row from left to right.

    The cells of a row stay side by side: a form reads as label and value. Lines written downwards go from right to left.
    """
    if _stands(lines):
        return sorted(lines, key=lambda line: (-line.left, line.top))
    columns = _columns(lines)
    return [line for column in columns for row in rows_of(column) for line in row]


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    """Two columns where a gap runs through all lines and both sides hold prose; else all as one."""
    if len(lines) < 6:
        return [list(lines)]
    first, last = min(line.left for line in lines), max(line.right for line in lines)
    for edge in sorted({line.right for line in lines}):
        if not first + (last - first) * 0.3 < edge < first + (last - first) * 0.7:
            continue
        left = [line for line in lines if line.right <= edge]
        right = [line for line in lines if line.left > edge + (last - first) * 0.015]
        if len(left) + len(right) == len(lines) and all(_is_prose(side) for side in (left, right)):
            return [left, right]
    return [list(lines)]


def _is_prose(lines: Sequence[Line]) -> bool:
    return len(lines) >= 3 and statistics.median(len(line.text) for line in lines) >= 10


def rows_of(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines grouped into rows by their middle, each from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom) / 2):
        middle = (line.top + line.bottom) / 2
        if rows and rows[-1][0].top < middle < rows[-1][0].bottom:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def as_text(lines: Sequence[Line]) -> str:
    """Lines put together into paragraphs: a new one where a line is set in, the one before ended early, or a row of a form ended."""
    if not lines or _stands(lines):
        return "".join(line.text for line in lines)
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    size = statistics.median(line.height for line in lines)
    pieces, was_beside = [lines[0].text], False
    for before, line in itertools.pairwise(lines):
        is_beside = before.top < (line.top + line.bottom) / 2 < before.bottom and line.left > before.right
        is_new_column = line.bottom < before.top
        is_set_in = line.left > left + 1.3 * size
        is_early = before.right < right - 2.5 * size
        if is_beside:
            pieces.append(" " + line.text)
        elif not is_new_column and (was_beside or is_set_in or is_early):
            pieces.append("\n" + line.text)
        else:
            pieces.append(line.text)
        was_beside = is_beside
    return "".join(pieces)


def _reader() -> Reader | None:
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError:
        return None
    threads = max(1, (os.cpu_count() or 1) // 2)
    reader: Reader = RapidOCR(intra_op_num_threads=threads, inter_op_num_threads=1)
    return reader


def _name() -> str:
    from importlib.metadata import version

    return f"rapidocr-onnxruntime {version('rapidocr-onnxruntime')}"


def _put(folder: Path, name: str, data: bytes) -> None:
    """Whole or not at all: who looks meanwhile never sees half a file."""
    part = folder / f"{name}.part"
    part.touch(mode=0o600)
    part.write_bytes(data)
    part.replace(folder / name)


def put_json(folder: Path, name: str, content: object) -> None:
    _put(folder, name, json.dumps(content, ensure_ascii=False).encode())


def _put_picture(folder: Path, number: int, picture: Image.Image) -> None:
    part = folder / f"{number}.jpg.part"
    part.touch(mode=0o600)
    picture.save(part, "JPEG", quality=80)
    part.replace(folder / f"{number}.jpg")


def _marked(picture: Image.Image, lines: Sequence[Line]) -> Image.Image:
    """A copy with a frame around each line to look at twice."""
    marked = picture.copy()
    drawing = ImageDraw.Draw(marked)
    for line in lines:
        if line.sure < DOUBTFUL:
            drawing.rectangle((line.left - 5, line.top - 5, line.right + 5, line.bottom + 5), outline=FRAME, width=4)
    return marked


def run(source: Path, folder: Path) -> int:
    """Read every page. 0, or NO_READER."""
    reader, count, there = _reader(), 0, count_pages(source)
    put_json(folder, "count.json", {"pages": there, "reader": _name() if reader else ""})
    for number, picture in enumerate(pages(source), start=1):
        _put_picture(folder, number, picture)
        if reader is not None:
            lines, upright = lines_of(reader, picture)
            if upright is not picture or any(line.sure < DOUBTFUL for line in lines):
                _put_picture(folder, number, _marked(upright, lines))
            told = [{"text": line.text, "sure": round(line.sure, 3)} for line in lines]
            put_json(folder, f"{number}.json", {"text": as_text(lines), "lines": told})
        count = number
    put_json(folder, "done.json", {"pages": count, "reader": _name() if reader else ""})
    return 0 if reader else NO_READER


def main(arguments: Sequence[str]) -> int:
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    return run(Path(arguments[0]), Path(arguments[1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
