"""Scans being read: the work in the background, what it found, and what an officer confirmed, until a filing takes it.

Lies beside the uploads (`<data folder>/scans/<token>/`, mode 0700) and goes with the upload: when the filing is saved,
when it is given up, or after 7 days. The confirmed text becomes the filing's own; of the raw text only the hash stays.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import subprocess  # nosec B404 - our own program, with arguments that we made
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django_tasks import task

from huiyin.kernel import chinese
from huiyin.kernel.errors import Invalid, NotFound
from huiyin.papers import scan_reader, uploads
from huiyin.papers.models import Upload

log = logging.getLogger(__name__)
READABLE = frozenset({"application/pdf", "image/jpeg", "image/png"})
READER = (sys.executable, "-m", "huiyin.papers.scan_reader")
MOST_SECONDS = 900
PAGE_LIMIT = 20_000

_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Doubt:
    """A line to look at twice: its number on the page and how it was read."""

    no: int
    text: str


@dataclass(frozen=True)
class Scan:
    """How far the reading is. `pages`: ready to be proof-read, of `count` in all (0: not known yet), of which at most 30
    are read; `is_done`: nothing more will come.

    `reader` is '' where the text has to be typed by hand; `failed` is then true when a reader is there but gave up.
    """

    token: str
    name: str
    pages: int
    count: int
    is_done: bool
    reader: str = ""
    failed: bool = False
    confirmed: frozenset[int] = frozenset()

    @property
    def numbers(self) -> range:
        """The pages that are ready."""
        return range(1, self.pages + 1)

    @property
    def is_confirmed(self) -> bool:
        return self.is_done and self.pages > 0 and len(self.confirmed) == self.pages


def begin(upload: Upload, *, user_id: int) -> None:
    """Have a finished upload read in the background. Invalid for a kind of file that holds no pages."""
    if upload.media_type not in READABLE:
        raise Invalid("not_a_scan", "请上传 PDF、JPG 或 PNG 的扫描件。", field="files")
    folder = _folder(upload.token)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _put(folder, "owner.json", {"user": user_id})
    read_scan.enqueue(upload.token)


@task
def read_scan(token: str) -> str:
    """Read one scan in a process of its own, with limits of memory and time. Safe to run twice."""
    folder = _folder(token)
    if (folder / "done.json").exists() or not (folder / "owner.json").exists():
        return "done before"
    try:
        source = uploads.path_of(uploads.upload_of(token))
    except NotFound:
        return "gone"
    command = [*READER, str(source), str(folder)]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False)  # noqa: S603 # nosec B603
        status, told = ended.returncode, ended.stderr.decode(errors="replace")[-500:]
    except subprocess.TimeoutExpired:
        status, told = -1, "took too long"
    if (folder / "done.json").exists():
        return "read" if status == 0 else "pictures alone"
    log.warning("scan %s was not read: status %s, %s", token[:8], status, told)
    if folder.is_dir():
        _put(folder, "done.json", {"pages": _pictures(folder), "reader": _read_by(folder), "failed": True})
    return "failed"


def scan_of(token: str, *, user_id: int) -> Scan:
    """A scan that this person had read; NotFound for anybody else's, and for one that is gone."""
    folder = _folder(token)
    upload = Upload.objects.filter(token=token).first()
    if upload is None or _get(folder, "owner.json").get("user") != user_id:
        raise NotFound()
    done = _get(folder, "done.json")
    numbers = [int(path.stem) for path in folder.glob("*.json") if path.stem.isdecimal()]
    confirmed = {no for no in _edited(folder) if _get(folder, f"{no}.typed.json").get("is_confirmed")}
    return Scan(
        token,
        upload.name,
        pages=int(done.get("pages", 0)) if done else len(numbers),
        count=int(_get(folder, "count.json").get("pages", 0)),
        is_done=bool(done),
        reader=str(done.get("reader", "")),
        failed=bool(done.get("failed")),
        confirmed=frozenset(confirmed),
    )


def picture(scan: Scan, number: int) -> Path:
    """The file with the picture of a page; NotFound when it isn't there (yet)."""
    path = _folder(scan.token) / f"{int(number)}.jpg"
    if not path.is_file():
        raise NotFound()
    return path


def text_of(scan: Scan, number: int) -> str:
    """The text of a page: as a person typed it, else as it was read."""
    folder = _folder(scan.token)
    typed = _get(folder, f"{int(number)}.typed.json") or _get(folder, f"{int(number)}.json")
    return str(typed.get("text", ""))


def is_read(scan: Scan, number: int) -> bool:
    """Whether the program read words on this page."""
    return bool(_get(_folder(scan.token), f"{int(number)}.json").get("text"))


def doubts_of(scan: Scan, number: int) -> list[Doubt]:
    """The lines of a page of which the reader is not sure."""
    lines = _get(_folder(scan.token), f"{int(number)}.json").get("lines", [])
    return [Doubt(no, line["text"]) for no, line in enumerate(lines, start=1) if line["sure"] < scan_reader.DOUBTFUL]


def keep_text(scan: Scan, number: int, text: str, *, is_confirmed: bool) -> None:
    """Keep the text of a page as a person corrected it, confirmed or not yet. Invalid when it is too long.

    Leaving a page without a change leaves it as it was.
    """
    picture(scan, number)
    cleaned = chinese.clean(text, limit=PAGE_LIMIT, field="scan_text")
    if is_confirmed or cleaned != chinese.clean(text_of(scan, number), limit=PAGE_LIMIT, field="scan_text"):
        _put(_folder(scan.token), f"{int(number)}.typed.json", {"text": cleaned, "is_confirmed": is_confirmed})


def confirmed_text(scans: Sequence[Scan]) -> str:
    """The confirmed pages in order; a page that breaks off inside a sentence goes on without a new line."""
    found = ""
    for scan in scans:
        for number in sorted(scan.confirmed):
            text = text_of(scan, number)
            goes_on = found and text and found[-1] not in "。！？!?：:\n”" and len(found.rsplit("\n", 1)[-1]) > 15
            found += text if not found or goes_on else "\n" + text
    return found.strip()


def raw_hash(scans: Sequence[Scan]) -> str:
    """SHA-256 over the words as the program read them, scan by scan and page by page; '' where it read none."""
    read = [scan for scan in scans if scan.reader]
    raw = [_get(_folder(scan.token), f"{number}.json").get("text", "") for scan in read for number in scan.numbers]
    return hashlib.sha256(json.dumps(raw, ensure_ascii=False).encode()).hexdigest() if read else ""


def discard(token: str) -> None:
    """Remove what was read: the filing has it, or it was given up."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(_folder(token), ignore_errors=True)


def sweep(now: datetime) -> int:
    """Remove scans whose upload is gone: taken by a filing, given up, or swept after its 7 days; answers how many."""
    root = Path(settings.DATA) / "scans"
    names = [path.name for path in root.iterdir()] if root.is_dir() else []
    there = set(Upload.objects.filter(token__in=names).values_list("token", flat=True))
    gone = [name for name in names if name not in there]
    for name in gone:
        discard(name)
    return len(gone)


def _folder(token: str) -> Path:
    if not _TOKEN.fullmatch(token):
        raise NotFound()
    return Path(settings.DATA) / "scans" / token


def _read_by(folder: Path) -> str:
    """The program that read at least one page before it gave up; '' when it read none."""
    is_begun = any(path.stem.isdecimal() for path in folder.glob("*.json"))
    return str(_get(folder, "count.json").get("reader", "")) if is_begun else ""


def _edited(folder: Path) -> list[int]:
    return [int(path.name.split(".")[0]) for path in folder.glob("*.typed.json")]


def _pictures(folder: Path) -> int:
    return len(list(folder.glob("*.jpg")))


def _get(folder: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads((folder / name).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found if isinstance(found, dict) else {}


def _put(folder: Path, name: str, content: dict[str, object]) -> None:
    scan_reader.put_json(folder, name, content)
