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
MOST_SECONDS = 1200
DOUBTFUL = 0.93  # lines of which the reader is less sure are marked
PAGE_LIMIT = 20_000

_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Doubt:
    """A line to look at twice: its number on the page and how it was read."""

    no: int
    text: str


@dataclass(frozen=True)
class Scan:
    """How far the reading is. `pages`: of which a picture is there; `is_done`: nothing more will come.

    `reader` is '' where the text has to be typed by hand; `failed` is then true when a reader is there but gave up.
    """

    token: str
    pages: int
    is_done: bool
    reader: str = ""
    failed: bool = False
    confirmed: frozenset[int] = frozenset()

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
    command = [sys.executable, "-m", "huiyin.papers.scan_reader", str(source), str(folder)]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False)  # noqa: S603 # nosec B603
        status, told = ended.returncode, ended.stderr.decode(errors="replace")[-500:]
    except subprocess.TimeoutExpired:
        status, told = -1, "took too long"
    if (folder / "done.json").exists():
        return "read" if status == 0 else "pictures alone"
    log.warning("scan %s was not read: status %s, %s", token[:8], status, told)
    if folder.is_dir():
        _put(folder, "done.json", {"pages": _pictures(folder), "reader": "", "failed": True})
    return "failed"


def scan_of(token: str, *, user_id: int) -> Scan:
    """A scan that this person had read; NotFound for anybody else's, and for one that is gone."""
    folder = _folder(token)
    if _get(folder, "owner.json").get("user") != user_id or not Upload.objects.filter(token=token).exists():
        raise NotFound()
    done = _get(folder, "done.json")
    texts = {int(path.stem) for path in folder.glob("*.txt") if path.stem.isdecimal()}
    pages = int(done.get("pages", 0)) if done else _pictures(folder)
    return Scan(token, pages, bool(done), str(done.get("reader", "")), bool(done.get("failed")), frozenset(texts))


def picture(scan: Scan, number: int) -> Path:
    """The file with the picture of a page; NotFound when it isn't there (yet)."""
    path = _folder(scan.token) / f"{int(number)}.jpg"
    if not path.is_file():
        raise NotFound()
    return path


def text_of(scan: Scan, number: int) -> str:
    """The text of a page: confirmed, else as it was read."""
    confirmed = _folder(scan.token) / f"{int(number)}.txt"
    if confirmed.is_file():
        return confirmed.read_text("utf-8")
    return str(_get(_folder(scan.token), f"{int(number)}.json").get("text", ""))


def doubts_of(scan: Scan, number: int) -> list[Doubt]:
    """The lines of a page of which the reader is not sure."""
    lines = _get(_folder(scan.token), f"{int(number)}.json").get("lines", [])
    return [Doubt(no, line["text"]) for no, line in enumerate(lines, start=1) if line["sure"] < DOUBTFUL]


def confirm(scan: Scan, number: int, text: str) -> None:
    """Keep the text of a page as a person corrected and confirmed it. Invalid when it is too long."""
    picture(scan, number)
    cleaned = chinese.clean(text, limit=PAGE_LIMIT, field="text")
    folder = _folder(scan.token)
    path = folder / f"{int(number)}.txt"
    path.touch(mode=0o600)
    path.write_text(cleaned, "utf-8")


def confirmed_text(scan: Scan) -> str:
    """The confirmed pages in order; a page that breaks off inside a sentence goes on without a new line."""
    found = ""
    for number in sorted(scan.confirmed):
        text = text_of(scan, number)
        goes_on = found and text and found[-1] not in "。！？!?：:\n”" and len(found.rsplit("\n", 1)[-1]) > 15
        found += text if not found or goes_on else "\n" + text
    return found.strip()


def raw_hash(scan: Scan) -> str:
    """SHA-256 over the words as the program read them, page by page; '' where it read none."""
    if not scan.reader:
        return ""
    raw = [_get(_folder(scan.token), f"{number}.json").get("text", "") for number in range(1, scan.pages + 1)]
    return hashlib.sha256(json.dumps(raw, ensure_ascii=False).encode()).hexdigest()


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
