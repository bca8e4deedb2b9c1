"""The whole-case file (卷宗): everything of a case in one archive that anybody can check without this program.

Taken by the office with a stated purpose, as an event the filer sees; of a report of wrongdoing by the inspector alone.
Names and numbers of those who filed are cut, and what can't be cut is left out, unless it goes to the archive.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import identity, letters, sealed, timeline, together
from huiyin.cases.lifecycle import taking
from huiyin.cases.models import Case, Instruction, Note
from huiyin.clocks import running
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Invalid
from huiyin.papers import files
from huiyin.papers.models import Paper, StoredFile
from huiyin.papers.names import clean_name
from huiyin.papers.templates import template
from huiyin.trail import checkpoints
from huiyin.trail.models import Event

ARCHIVE = "archive"
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Item:
    """One line of the index. `stored` is None where the document itself is not in this file."""

    no: int
    title: str
    number: str
    on: datetime
    sha256: str
    size: int
    place: str
    stored: StoredFile | None


@dataclass(frozen=True)
class Dossier:
    """A file ready to be sent: small parts in memory, originals by their rows."""

    name: str
    parts: tuple[tuple[str, bytes], ...]
    items: tuple[Item, ...]
    at: datetime


def take_file(case: Case, *, purpose: str, by: Actor, at: datetime) -> Dossier:
    """Take the whole file along for a purpose. The act is recorded before anything is given out."""
    if purpose not in identity.FILE_PURPOSES:
        raise Invalid("purpose", "请选择取走卷宗的目的。", field="purpose")
    with taking("take_report_file" if case.is_sealed else "take_file", case, by=by, at=at) as turn:
        turn.facts["purpose"] = purpose
    return _made(case, is_whole=purpose == ARCHIVE, purpose=purpose, at=at)


def retention(case: Case) -> str:
    """How long the file is kept: 永久 with a leader's instruction and a result, 30年 with a result, else 10年
    (国家档案局令第8号, 第10号)."""
    has_result = bool(letters.telling(case)) or (case.is_sealed and not case.is_open)
    if has_result and Instruction.objects.filter(case=case).exists():
        return "永久"
    return "30年" if has_result else "10年"


def packed(dossier: Dossier) -> Iterator[bytes]:
    """The archive as a stream. At most one piece of a file (1 MiB) is in memory; sums are taken as it is written."""
    pipe = _Pipe()
    sums: list[tuple[str, str]] = []
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for name, content in dossier.parts:
            with archive.open(_entry(name, dossier.at), "w") as target:
                target.write(content)
            sums.append((hashlib.sha256(content).hexdigest(), name))
            yield pipe.drained()
        for item in dossier.items:
            if item.stored is None:
                continue
            digest = hashlib.sha256()
            with archive.open(_entry(item.place, dossier.at), "w", force_zip64=True) as target:
                for piece in files.open_file(item.stored):
                    digest.update(piece)
                    target.write(piece)
                    yield pipe.drained()
            sums.append((digest.hexdigest(), item.place))
        with archive.open(_entry(SUMS, dossier.at), "w") as target:
            target.write("".join(f"{digest}  {name}\n" for digest, name in sums).encode())
    yield pipe.drained()


class _Pipe:
    """What `zipfile` writes into; it can't seek, so the archive is written in one go."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here: `drained` takes it."""

    def close(self) -> None:
        """Nothing to close."""

    def drained(self) -> bytes:
        whole = b"".join(self.pieces)
        self.pieces.clear()
        return whole


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    here = timezone.localtime(at)
    return zipfile.ZipInfo(name, (here.year, here.month, here.day, here.hour, here.minute, here.second))


def _made(case: Case, *, is_whole: bool, purpose: str, at: datetime) -> Dossier:
    items = tuple(_items(case, is_whole=is_whole))
    events = list(Event.objects.filter(subject=case.subject_id).order_by("seq"))
    head = bytes(events[-1].hash).hex()
    newest = checkpoints.latest()
    manifest = {
        "v": 1,
        "case": case.reference,
        "number": case.number or "",
        "taken_at": at.isoformat(),
        "purpose": purpose,
        "subject": case.subject.public_id,
        "events": len(events),
        "head": head,
        "files": [
            {"place": one.place, "sha256": one.sha256, "size": one.size, "inside": bool(one.stored)} for one in items
        ],
    }
    text = "\n".join(_pages(case, items, events, is_whole=is_whole, purpose=purpose))
    if not is_whole:
        text = letters.without_parties(text, case)
    parts = [
        ("卷宗.txt", text.encode()),
        ("index.csv", _index(items)),
        ("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()),
        ("checkpoint.txt", (newest.note if newest else "").encode()),
    ]
    if is_whole:
        lines = (
            json.dumps({"hash": bytes(one.hash).hex(), "event": bytes(one.canonical).decode()}, ensure_ascii=False)
            for one in events
        )
        parts.append(("events.jsonl", "".join(f"{line}\n" for line in lines).encode()))
    return Dossier(clean_name(f"卷宗 {case.number or case.reference}.zip"), tuple(parts), items, at)


def _items(case: Case, *, is_whole: bool) -> Iterator[Item]:
    """Sealed papers and materials of the case and of what was joined into it, in order of time."""
    rows = StoredFile.objects.filter(subject__case__in=together.members(case), original=None)
    papers = {row.pdf_id: row for row in Paper.objects.filter(pdf__in=rows.values("pk"))}
    for no, row in enumerate(rows.select_related("subject__key").order_by("stored_at", "pk"), start=1):
        paper = papers.get(row.pk)
        shown = f"{template(paper.kind).title} {paper.number}.pdf" if paper else files.shown_name(row)
        if not is_whole and paper is None:
            shown = _("材料（名称和内容不随卷）")
        folder = "文书" if paper else "材料"
        title = template(paper.kind).title if paper else shown
        number = (paper.number or "") if paper else ""
        place = f"{folder}/{no:03d} {clean_name(shown)}"
        yield Item(no, title, number, row.stored_at, row.sha256, row.size, place, row if is_whole else None)


def _index(items: Iterable[Item]) -> bytes:
    """卷内目录 as a table that Excel opens; cells that begin like a formula are made harmless."""
    target = io.StringIO()
    rows = csv.writer(target)
    rows.writerow([_("序号"), _("文件"), _("文号"), _("日期"), _("字节"), "SHA-256", _("在本卷中的位置")])
    for one in items:
        inside = one.place if one.stored else _("不随卷")
        cells = [one.title, one.number]
        safe = [f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t"} else cell for cell in cells]
        rows.writerow([one.no, *safe, f"{timezone.localtime(one.on):%Y-%m-%d}", one.size, one.sha256, inside])
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def _pages(
    case: Case, items: Iterable[Item], events: Iterable[Event], *, is_whole: bool, purpose: str
) -> Iterator[str]:
    """Cover, index, what was said, what happened with its hashes, limits: plain text that will open in fifty years."""
    yield "信访事项卷宗"
    yield f"编号：{case.number or case.reference}"
    yield f"事项：{case.matter or '（加密办理）'}"
    yield f"性质：{case.get_classification_display()}    现在：{case.stage_words}"
    yield f"收到：{_day(case.received_at)}    办结：{_day(case.closed_at)}"
    yield f"信访机构：{case.office.name}    承办：{case.unit.name if case.unit else '—'}"
    yield f"保管期限：{retention(case)}    取走目的：{identity.FILE_PURPOSES[purpose]}"
    if not is_whole:
        yield "本卷遮去了反映人的姓名和号码；写有姓名的文书和材料只列目录，不随卷。"
    yield "\n一、卷内目录"
    for one in items:
        yield f"{one.no}. {one.title} {one.number} {_day(one.on)} {one.size}字节\n   SHA-256 {one.sha256}"
    yield "\n二、来件"
    for filing, parties in identity.filings(case):
        names = "、".join(party.name for party in parties) or "匿名"
        yield f"{filing.reference} {filing.get_channel_display()} {_day(filing.received_at)} {names}\n{sealed.text_of(filing)}"
        yield from (f"诉求：{demand}" for demand in sealed.demands_of(filing))
    yield "\n三、办理记录"
    for note in Note.objects.select_related("case__subject__key").filter(case=case).order_by("at", "pk"):
        yield f"{_day(note.at)} {note.get_kind_display()}\n{sealed.text_of(note)}"
    yield "\n四、经过（每一步的哈希值由前一步连到后一步）"
    entries = timeline.for_staff(case)[::-1]
    for entry, event in zip(entries, events, strict=True):
        yield f"{event.seq}. {timezone.localtime(entry.at):%Y-%m-%d %H:%M} {entry.sentence} {entry.who}\n   {bytes(event.hash).hex()}"
    yield "\n五、期限"
    for clock in running.numbered(case.subject_id).values():
        ended = f"，{_day(clock.stopped_at)}停止" if clock.stopped_at else "，还在计算"
        yield f"{running.rule_of(clock).title}：{_day(clock.started_at)}起，{clock.due_on.isoformat()}到期{ended}"
    yield f"\n六、怎样核对\n在本文件夹里运行 sha256sum -c {SUMS}。checkpoint.txt 是取走时最新的签名检查点。"


def _day(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d}" if moment else "—"
