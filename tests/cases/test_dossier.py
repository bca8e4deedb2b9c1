"""The whole-case file: complete for the archive, masked otherwise, an event the filer sees, checkable, never whole in memory."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
import zipfile

import pytest
from django.test import Client

from huiyin.cases import dossier, identity
from huiyin.cases.models import Case, Stage
from huiyin.kernel.errors import DomainError, Forbidden
from huiyin.org.models import User
from huiyin.papers import files
from huiyin.trail import checkpoints
from huiyin.trail.canonical import event_hash
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import World, bring


@pytest.fixture
def world(db: None) -> World:
    return made.build()


def opened(case: Case, world: World, purpose: str, name: str = "officer") -> zipfile.ZipFile:
    taken = dossier.take_file(case, purpose=purpose, by=world.people[name], at=server_now())
    return zipfile.ZipFile(io.BytesIO(b"".join(dossier.packed(taken))))


def test_the_archive_is_whole_and_checks_offline(world: World) -> None:
    case, filing = bring(world, Stage.CLOSED)
    archive = opened(case, world, "archive")
    assert archive.testzip() is None
    for line in archive.read("SHA256SUMS").decode().splitlines():
        digest, name = line.split("  ", 1)
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    manifest = json.loads(archive.read("manifest.json"))
    for one in manifest["files"]:
        assert one["inside"] and hashlib.sha256(archive.read(one["place"])).hexdigest() == one["sha256"]
    assert sum(one["place"].endswith(".pdf") for one in manifest["files"]) >= 2
    lines = [json.loads(line) for line in archive.read("events.jsonl").decode().splitlines()]
    assert [event_hash(one["event"].encode()).hex() for one in lines] == [one["hash"] for one in lines]
    assert lines[-1]["hash"] == manifest["head"] and json.loads(lines[-1]["event"])["act"] == "take_file"
    text = archive.read("卷宗.txt").decode()
    assert "保管期限：30年" in text and made.TEXT in text and manifest["head"] in text
    views = identity.views(case, world.filer)
    assert (views[0].what, views[0].purpose) == ("取走了整件卷宗", "归档")
    checkpoints.grow(server_now())
    assert verify().is_ok and filing.case_id == case.pk


def test_for_other_purposes_no_name_and_no_original_is_in_it(world: World) -> None:
    case, _filing = bring(world, Stage.CLOSED)
    archive = opened(case, world, "court")
    assert not [name for name in archive.namelist() if name.endswith(".pdf")]
    for name in archive.namelist():
        assert "王小明" not in archive.read(name).decode() and "13812345678" not in archive.read(name).decode()
    assert json.loads(archive.read("manifest.json"))["files"]


def test_the_office_alone_takes_it_and_of_a_report_the_inspector_alone(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    for name in ("handler", "head", "chief", "inspector"):
        with pytest.raises(Forbidden):
            opened(case, world, "archive", name)
    with pytest.raises(DomainError, match="目的"):
        opened(case, world, "curiosity")
    report, _filing = bring(world, Stage.INSPECTED)
    with pytest.raises(Forbidden):
        opened(report, world, "archive")
    assert made.TEXT in opened(report, world, "archive", "inspector").read("卷宗.txt").decode()


def test_no_file_is_whole_in_memory(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    size = 24 * 1024 * 1024
    files.store_bytes(case.subject, bytes(size), "长录音.bin", "application/octet-stream", server_now())
    taken = dossier.take_file(case, purpose="archive", by=world.officer, at=server_now())
    tracemalloc.start()
    sent = sum(len(piece) for piece in dossier.packed(taken))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent > size and peak < 8 * 1024 * 1024


def test_the_page_asks_what_for_and_answers_with_the_archive(world: World) -> None:
    case, filing = bring(world, Stage.HANDLING)
    pages: dict[str, Client] = {}
    for name in ("officer", "handler"):
        pages[name] = Client()
        pages[name].force_login(User.objects.get(username=name))
    url = f"/desk/cases/{case.reference}/take_file/"
    assert url in pages["officer"].get(f"/desk/cases/{case.reference}/").content.decode()
    assert pages["handler"].get(url).status_code == 404
    assert "归档" in pages["officer"].get(url).content.decode()
    assert pages["officer"].post(url, {"sent": "1"}).status_code == 422
    answer = pages["officer"].post(url, {"sent": "1", "purpose": "archive"})
    assert answer.status_code == 200 and b"".join(answer.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    employee = Client()
    employee.force_login(world.employee)
    assert "取走了整件卷宗" in employee.get(f"/progress/{filing.reference}/").content.decode()
